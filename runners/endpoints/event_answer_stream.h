#pragma once
// An answer that comes as server-sent events, each of them JSON but for terminators.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "runners/endpoints/json_reply.h"
#include "runners/endpoints/provider.h"
#include "runners/http/event_stream.h"

namespace assay {

class EventAnswerStream : public AnswerStream {
 public:
  // `api_key` is never quoted.
  explicit EventAnswerStream(std::string api_key) : api_key_(std::move(api_key)) {}

  Status Read(std::string_view piece) final {
    const Status read = events_.Read(piece, [this](const ServerEvent& event) -> Status {
      if (is_done_) return {};
      // Some servers say only by its name that an event is an error. One without data says nothing: a sign of life.
      if (Trimmed(event.data).empty() && event.type != "error") return {};
      failure_ = event.type == "error" ? FailureOfErrorData(event.data, api_key_) : ReadEvent(event.data);
      return failure_ ? Fail(failure_->error) : Status();
    });
    if (!read && !failure_) failure_ = Malformed("answered 200 with a stream of which " + read.error().message).error();
    return read;
  }
  std::optional<bool> MayBegin(std::string_view bytes) const final { return LooksLikeEvents(bytes); }
  // Proxies are known that swallow the blank line after the last event.
  void EndOfBody() final {
    if (is_done_ || failure_) return;
    EventStream rest = events_;
    std::string last;
    const Status ended = rest.Read("\n\n", [&last](const ServerEvent& event) -> Status {
      last = event.data;
      return {};
    });
    if (ended && (IsTerminator(last) || Json::Parse(last))) (void)Read("\n\n");
  }
  bool is_done() const final { return is_done_; }
  bool has_token() const final { return has_token_; }

 protected:
  // Of those that stand outside of JSON. Servers are known that write a space after it.
  static bool IsTerminator(std::string_view data) { return Trimmed(data) == "[DONE]"; }
  // Of any event but those named "error". Nothing when it could be read.
  virtual std::optional<AttemptFailure> ReadEvent(const std::string& data) = 0;

  const std::string api_key_;
  std::optional<AttemptFailure> failure_;  // why there will be no answer
  bool is_done_ = false;                   // the terminator was read: what follows is passed over
  bool has_token_ = false;

 private:
  static std::string_view Trimmed(std::string_view text) {
    const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
    return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
  }

  static constexpr std::size_t kMaxEventBytes = 4u << 20;

  EventStream events_{kMaxEventBytes};
};

}  // namespace assay
