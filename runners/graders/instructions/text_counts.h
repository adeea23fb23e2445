#pragma once
// What IFEval counts in a response. Where it has a regular expression, the comment gives it. All in linear time. Only
// for files of this folder.

#include <concepts>
#include <cstdint>
#include <string_view>
#include <vector>

#include "runners/graders/instructions/pattern.h"

namespace assay::instructions {

// Between the places where `separator` stands. The parts point into `text`, so a text that ends with the expression is
// refused.
std::vector<std::string_view> Split(std::string_view text, std::string_view separator);
template <std::same_as<std::string> Text>
std::vector<std::string_view> Split(Text&& text, std::string_view separator) = delete;

std::int64_t CountPlaceholders(std::string_view text);  // \[.*?\]
std::int64_t CountBullets(std::string_view text);       // lines ^\s*\*[^\*].*$ and lines ^\s*-.*$
// \*[^\n\*]*\* and \*\*[^\n\*]*\*\*, not blank between the asterisks.
std::int64_t CountHighlights(std::string_view text);
std::int64_t CountSections(std::string_view text, const Pattern& marker);  // marker\s?\d+
bool HasTitle(std::string_view text);                                      // <<[^\n]+>>, not blank
// Whether `form`, in lower case, stands in the text, in which a blank of the form may be one white space or nothing:
// "p. s." is p\.\s?s\.
bool HasSpaced(std::string_view text, std::string_view form);

}  // namespace assay::instructions
