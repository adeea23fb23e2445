#include "runners/http/event_stream.h"

#include <algorithm>
#include <array>
#include <utility>

namespace assay {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

std::optional<bool> LooksLikeEvents(std::string_view beginning) {
  static constexpr std::array<std::string_view, 4> kNames = {"data", "event", "id", "retry"};
  if (beginning.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(beginning)) return std::nullopt;
  if (beginning.starts_with(kByteOrderMark)) beginning.remove_prefix(kByteOrderMark.size());
  const std::size_t begin = beginning.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return std::nullopt;
  beginning.remove_prefix(begin);
  if (beginning.front() == ':') return true;  // a comment
  const std::size_t end = beginning.find_first_of(":\r\n");
  const std::string_view word = beginning.substr(0, end);
  if (end != std::string_view::npos) return std::ranges::find(kNames, word) != kNames.end();
  if (std::ranges::any_of(kNames, [&](std::string_view name) { return name.starts_with(word); })) return std::nullopt;
  return false;
}

Status EventStream::Read(std::string_view bytes, const std::function<Status(const ServerEvent&)>& event) {
  while (!bytes.empty()) {
    if (skips_newline_ && bytes.front() == '\n') bytes.remove_prefix(1);
    skips_newline_ = false;
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    if (line_.size() + piece.size() + data_.size() > max_bytes_) {
      return Fail(ErrorCode::kResourceExhausted, "an event has more than " + std::to_string(max_bytes_) + " bytes");
    }
    if (end == std::string_view::npos) {
      line_ += piece;
      return {};
    }
    skips_newline_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {  // it came whole, as most do
      ASSAY_TRY(ReadLine(piece, event));
      continue;
    }
    const std::string line = std::exchange(line_, "").append(piece);
    ASSAY_TRY(ReadLine(line, event));
  }
  return {};
}

Status EventStream::ReadLine(std::string_view line, const std::function<Status(const ServerEvent&)>& event) {
  if (is_first_line_ && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  is_first_line_ = false;
  if (line.empty()) {
    const std::string type = std::exchange(type_, "");
    if (!std::exchange(has_data_, false)) return {};
    return event({type.empty() ? "message" : type, std::exchange(data_, "")});
  }
  const std::size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
  } else if (name == "event") {
    type_ = value;
  }
  // A line that begins with a colon is a comment; id and retry are for clients that connect again.
  return {};
}

}  // namespace assay
