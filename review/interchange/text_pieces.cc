#include "review/interchange/text_pieces.h"

namespace assay {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

bool IsWhite(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string TooLong(std::size_t longest) {
  return "is longer than " + std::to_string(longest) + " bytes, the most that a record may have";
}

}  // namespace

void LinePieces::Take(std::string_view bytes) {
  if (is_too_long_) return;
  // One byte more than allowed: a carriage return, which does not count.
  is_too_long_ = held_.size() + bytes.size() > longest_ + 1;
  if (is_too_long_) {
    held_.clear();
  } else {
    held_ += bytes;
  }
}

Status LinePieces::EndLine() {
  const std::int64_t line = line_++;
  std::string_view text = held_;
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (line == 1 && text.starts_with(kMark)) text.remove_prefix(kMark.size());
  Status status;
  if (is_too_long_ || text.size() > longest_) {
    status = handlers_.fault(line, TooLong(longest_));
  } else if (text.find_first_not_of(" \t\r") != std::string_view::npos) {
    status = handlers_.piece(text, line);
  }
  held_.clear();
  is_too_long_ = false;
  return status;
}

Status LinePieces::Read(std::string_view chunk) {
  while (true) {
    const std::size_t end = chunk.find('\n');
    Take(chunk.substr(0, end));
    if (end == std::string_view::npos) return {};
    ASSAY_TRY(EndLine());
    chunk.remove_prefix(end + 1);
  }
}

Status LinePieces::Finish() { return held_.empty() && !is_too_long_ ? Status() : EndLine(); }

Status JsonPieces::Read(std::string_view chunk) {
  for (const char c : chunk) {
    ASSAY_TRY(Take(c));
    if (c == '\n') ++line_;
  }
  return {};
}

Status JsonPieces::Take(char c) {
  if (at_ == At::kInside) {
    TakeInside(c);
    return depth_ == 0 ? End() : Status();
  }
  if (at_ == At::kInScalar) {
    const bool ends = c == '\n' || c == ',' || c == ']' || c == '{';
    if (!ends) return {};
    at_ = At::kAfterValue;
  }
  return TakeBetween(c);
}

Status JsonPieces::TakeBetween(char c) {
  const bool is_mark = at_ == At::kStart && static_cast<std::size_t>(mark_bytes_) < kMark.size() &&
                       c == kMark[static_cast<std::size_t>(mark_bytes_)];
  if (is_mark) {
    ++mark_bytes_;
    return {};
  }
  if (IsWhite(c)) return {};
  if (at_ == At::kEnd) {
    if (has_complained_) return {};
    has_complained_ = true;
    return Complain("there is more behind the end of the list");
  }
  if (at_ == At::kStart && c == '[') {
    is_list_ = true;
    at_ = At::kBetween;
    return {};
  }
  if (is_list_ && c == ',') {
    const bool is_right = at_ == At::kAfterValue;
    at_ = At::kAfterComma;
    return is_right ? Status() : Complain("a comma without a value before it");
  }
  if (is_list_ && c == ']') {
    const bool is_right = at_ != At::kAfterComma;
    at_ = At::kEnd;
    return is_right ? Status() : Complain("a comma without a value behind it");
  }
  return Begin(c);
}

Status JsonPieces::Begin(char c) {
  const bool lacks_comma = is_list_ && at_ == At::kAfterValue;
  if (c == '{') {
    at_ = At::kInside;
    begun_at_ = line_;
    depth_ = 1;
    held_ = c;
    is_too_long_ = false;
    return lacks_comma ? Complain("a comma is missing before this value") : Status();
  }
  at_ = At::kInScalar;
  return Complain("expected an object");
}

void JsonPieces::TakeInside(char c) {
  if (held_.size() >= longest_) {
    is_too_long_ = true;
    held_.clear();
  }
  if (!is_too_long_) held_ += c;
  if (in_string_) {
    const bool was_escaped = is_escaped_;
    is_escaped_ = !was_escaped && c == '\\';
    if (c == '"' && !was_escaped) in_string_ = false;
    return;
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') --depth_;
}

Status JsonPieces::End() {
  at_ = At::kAfterValue;
  Status status = is_too_long_ ? handlers_.fault(begun_at_, TooLong(longest_)) : handlers_.piece(held_, begun_at_);
  held_.clear();
  return status;
}

Status JsonPieces::Finish() {
  if (at_ == At::kInside) return handlers_.fault(begun_at_, "ends in the middle of this object");
  if (is_list_ && at_ != At::kEnd) return Complain("ends without the end of the list");
  return {};
}

}  // namespace assay
