#pragma once
// How often sequences of up to three characters occur in texts of each language: the profiles of Debian's package
// python3-langdetect, compiled in (language_profiles.py). Only for language.cc.

#include <cstdint>
#include <span>
#include <string_view>

namespace assay::instructions {

// A sequence of one to three characters of the Basic Multilingual Plane: 16 bits each, the last in the lowest, and
// above them their number.
using Gram = std::uint64_t;

// The languages that have a sequence, and how often each has it.
struct GramCounts {
  std::span<const std::uint8_t> languages;
  std::span<const std::uint32_t> counts;
};

std::span<const std::string_view> LanguageCodes();
// Of all sequences with `length` characters in the texts of a language.
double TotalOf(std::size_t language, std::size_t length);
// Empty for a sequence that no language has.
GramCounts CountsOf(Gram gram);
// The Chinese character that stands for `c` and others like it; `c` for any other.
char32_t RepresentativeOf(char32_t c);

}  // namespace assay::instructions
