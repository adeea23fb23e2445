#include "runners/graders/instructions/language_profiles.h"

#include <algorithm>
#include <iterator>

namespace assay::instructions {
namespace {

// Defines kCodes, kTotals, kGrams (sorted), kStarts (one more than kGrams), kLanguages, kCounts,
// kCharacters (sorted), kRepresentatives. Written by language_profiles.py.
#include <language_profiles.inc>

}  // namespace

std::span<const std::string_view> LanguageCodes() { return kCodes; }

double TotalOf(std::size_t language, std::size_t length) { return kTotals[language * 3 + length - 1]; }

GramCounts CountsOf(Gram gram) {
  const auto* const found = std::lower_bound(std::begin(kGrams), std::end(kGrams), gram);
  if (found == std::end(kGrams) || *found != gram) return {};
  const auto index = static_cast<std::size_t>(found - std::begin(kGrams));
  const std::size_t begin = kStarts[index];
  const std::size_t count = kStarts[index + 1] - begin;
  return {std::span(kLanguages).subspan(begin, count), std::span(kCounts).subspan(begin, count)};
}

char32_t RepresentativeOf(char32_t c) {
  if (c > 0xFFFF) return c;
  const auto* const found = std::lower_bound(std::begin(kCharacters), std::end(kCharacters), static_cast<char16_t>(c));
  if (found == std::end(kCharacters) || *found != c) return c;
  return kRepresentatives[found - std::begin(kCharacters)];
}

}  // namespace assay::instructions
