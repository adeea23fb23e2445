#pragma once
// A recorded answer as the stream of events that `"stream": true` asks for.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

struct AnswerEvents {
  std::string text;               // all of them
  std::vector<std::size_t> ends;  // where in it each event ends
};

// `body`, as rendered by us, in chat.completion.chunk events: a word of the text or of a call's arguments each, with
// the space after it, then the finish_reason, then, if `has_usage`, the usage (where it was recorded), then [DONE].
AnswerEvents EventsOf(std::string_view body, bool has_usage);

}  // namespace assay
