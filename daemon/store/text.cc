#include "daemon/store/text.h"

#include <simdjson.h>

#include <cstring>

namespace assay {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The length of the well-formed sequence that starts `text`, or 0.
std::size_t SequenceLength(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead == 0) return 0;
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (length > text.size() || !simdjson::validate_utf8(text.data(), length)) return 0;
  return length;
}

}  // namespace

std::string_view StorableText(std::string_view text, std::string& scratch) {
  if (text.empty()) return text;
  if (simdjson::validate_utf8(text.data(), text.size()) && std::memchr(text.data(), 0, text.size()) == nullptr) {
    return text;
  }
  scratch.clear();
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    scratch += length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return scratch;
}

}  // namespace assay
