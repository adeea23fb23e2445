#pragma once
// How a value of a slice is shown to people.

#include <string>
#include <string_view>

namespace assay {

// "(none)" for the cases without the field, whose value is "". A field that says just that is shown in quotes, and one
// that says it in quotes in another pair of them: no two values look the same.
inline std::string ShownSliceValue(std::string_view value) {
  constexpr std::string_view kNone = "(none)";
  if (value.empty()) return std::string(kNone);
  const std::size_t begin = value.find_first_not_of('"');
  const std::size_t end = value.find_last_not_of('"');
  const bool is_alike = begin != std::string_view::npos && value.substr(begin, end - begin + 1) == kNone;
  const std::string quote = is_alike ? "\"" : "";
  return quote + std::string(value) + quote;
}

}  // namespace assay
