#pragma once
// Server-sent events (WHATWG HTML, "Server-sent events", §9.2.6), read as they arrive in pieces cut anywhere.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace assay {

struct ServerEvent {
  std::string type;  // "message" when the server names none
  std::string data;  // its lines joined by newlines
};

// Whether a body that begins with these bytes is a stream of events, by the name of its first field. Nothing when they
// are too few to tell.
std::optional<bool> LooksLikeEvents(std::string_view beginning);

// Thread-compatible.
class EventStream {
 public:
  // An event, line or both beyond `max_bytes` are an error.
  explicit EventStream(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Calls `event` for every event that `bytes` completes. Events without data are no events. kResourceExhausted beyond
  // the bound; what `event` returns ends the reading too.
  Status Read(std::string_view bytes, const std::function<Status(const ServerEvent&)>& event);

 private:
  Status ReadLine(std::string_view line, const std::function<Status(const ServerEvent&)>& event);

  std::size_t max_bytes_;
  bool is_first_line_ = true;   // a byte order mark may begin it
  bool skips_newline_ = false;  // after a carriage return
  bool has_data_ = false;
  std::string line_;
  std::string type_;
  std::string data_;
};

}  // namespace assay
