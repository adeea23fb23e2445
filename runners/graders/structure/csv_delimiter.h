#pragma once
// What stands between the fields of a table, as an option.

#include <string_view>

#include "config/fields.h"

namespace assay {

enum class CsvDelimiter { kComma, kSemicolon, kTab, kPipe };

template <>
struct EnumWords<CsvDelimiter> {
  static constexpr EnumWord<CsvDelimiter> kWords[] = {{"comma", CsvDelimiter::kComma, "a,b"},
                                                      {"semicolon", CsvDelimiter::kSemicolon, "a;b"},
                                                      {"tab", CsvDelimiter::kTab, "with a tab"},
                                                      {"pipe", CsvDelimiter::kPipe, "a|b"}};
};

inline char CharacterOf(CsvDelimiter delimiter) {
  return delimiter == CsvDelimiter::kComma       ? ','
         : delimiter == CsvDelimiter::kSemicolon ? ';'
         : delimiter == CsvDelimiter::kTab       ? '\t'
                                                 : '|';
}

// `text` without the empty lines that it begins or ends with.
inline std::string_view WithoutBlankLines(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of("\r\n"), text.size());
  text.remove_prefix(first);
  const std::size_t last = text.find_last_not_of("\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace assay
