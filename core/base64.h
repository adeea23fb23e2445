#pragma once
// Base64 (RFC 4648, section 4).

#include <optional>
#include <string>
#include <string_view>

namespace assay {

std::string ToBase64(std::string_view bytes);
// The bytes that `text` stands for; its padding may be left out. Nothing when it is no Base64.
std::optional<std::string> FromBase64(std::string_view text);
// Likewise of either alphabet: the standard one or the one for URLs (RFC 4648, section 5), but not of both in one text.
std::optional<std::string> FromEitherBase64(std::string_view text);

}  // namespace assay
