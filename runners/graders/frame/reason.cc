#include "runners/graders/frame/reason.h"

#include <algorithm>
#include <cstdint>

#include "core/plain_line.h"

namespace assay {
namespace {

constexpr std::string_view kEllipsis = "…";
constexpr char kHex[] = "0123456789abcdef";

}  // namespace

std::string PlainLine(std::string_view text, std::size_t max_bytes) {
  std::string plain;
  for (std::string_view rest = text; !rest.empty() && plain.size() <= max_bytes;) {
    const std::size_t length = CharacterLength(rest);
    const std::string escape = PlainEscape(rest, length);
    plain += escape.empty() ? std::string(rest.substr(0, length)) : escape;
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return CutText(plain, max_bytes);
}

std::string CutText(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes < kEllipsis.size() ? 0 : max_bytes - kEllipsis.size();
  // Back to the beginning of a character: at most three continuation bytes belong to one.
  for (int i = 0; i < 3 && end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80; ++i) --end;
  return std::string(text.substr(0, end)) + std::string(kEllipsis);
}

std::string Quoted(std::string_view text, std::size_t max_bytes) {
  std::string out = "\"";
  out.reserve(std::min(text.size(), max_bytes) + 8);
  while (!text.empty()) {
    if (out.size() >= max_bytes) return out + "…\"";
    // Nearly all of nearly every text is plain, and taken as a whole.
    const auto special = std::find_if(
        text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), max_bytes - out.size())),
        [](char c) { return c < 0x20 || c == 0x7F; });
    if (special != text.begin()) {
      out.append(text.begin(), special);
      text.remove_prefix(static_cast<std::size_t>(special - text.begin()));
      continue;
    }
    const std::size_t length = CharacterLength(text);
    const auto byte = static_cast<std::uint8_t>(text.front());
    if (length == 1 && text.front() == '\n') {
      out += "\\n";
    } else if (length == 1 && text.front() == '\t') {
      out += "\\t";
    } else if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out + "\"";
}

std::string ShownText(std::string_view text, std::size_t max_bytes) {
  std::string shown;
  // What is cut off need not be looked at.
  for (std::string_view rest = text.substr(0, max_bytes + 4); !rest.empty();) {
    const std::size_t length = CharacterLength(rest);
    if (length == 0) {
      shown += "\uFFFD";
    } else {
      shown += rest.substr(0, length);
    }
    rest.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return CutText(shown, max_bytes);
}

}  // namespace assay
