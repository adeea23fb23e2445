#pragma once
// Chat Completions as a stream of "chat.completion.chunk" events, ended by "[DONE]".

#include <memory>
#include <string>

#include "runners/endpoints/provider.h"

namespace assay {

// `wants_logprobs`: those of the answer's tokens are read, else passed over.
std::unique_ptr<AnswerStream> MakeOpenaiChatStream(std::string api_key, bool wants_logprobs);

}  // namespace assay
