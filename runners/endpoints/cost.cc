#include "runners/endpoints/cost.h"

#include <algorithm>

namespace assay {

std::optional<double> CostUsd(const TokenPricesSpec& prices, const Usage& usage) {
  if (!usage.tokens_in || !usage.tokens_out) return std::nullopt;
  const std::int64_t cached = std::clamp<std::int64_t>(usage.tokens_in_cached.value_or(0), 0, *usage.tokens_in);
  const double millionths = static_cast<double>(*usage.tokens_in - cached) * prices.input +
                            static_cast<double>(cached) * prices.cached_input.value_or(prices.input) +
                            static_cast<double>(*usage.tokens_out) * prices.output;
  return millionths / 1e6;
}

}  // namespace assay
