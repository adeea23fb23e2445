#include "core/money.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace assay {

std::string FormatUsd(double usd) {
  constexpr int kCents = 2;
  constexpr int kMostDecimals = 9;
  const double size = std::fabs(usd);
  const int decimals =
      size >= 1 || size == 0 ? kCents : std::min(kMostDecimals, 2 - static_cast<int>(std::floor(std::log10(size))));
  char text[400];  // the largest double has 309 digits
  std::snprintf(text, sizeof text, "%.*f", decimals, size);
  std::string digits = text;
  const std::size_t least = digits.find('.') + 1 + kCents;
  while (digits.size() > least && digits.back() == '0') digits.pop_back();
  return (usd < 0 ? "-$" : "$") + digits;
}

}  // namespace assay
