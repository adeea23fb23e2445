#include "gates/stats/proportion.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

bool IsValid(std::int64_t successes, std::int64_t n, double confidence) {
  return n >= 1 && successes >= 0 && successes <= n && confidence > 0 && confidence < 1;
}

struct WilsonParts {
  double centre;
  double half_width;
};

std::optional<WilsonParts> Wilson(std::int64_t successes, std::int64_t n, double confidence) {
  const std::optional<double> z = NormalQuantile(confidence);
  if (!z) return std::nullopt;
  const auto size = static_cast<double>(n);
  const double p = static_cast<double>(successes) / size;
  const double z2 = *z * *z;
  const double denominator = 1 + z2 / size;
  return WilsonParts{(p + z2 / (2 * size)) / denominator,
                     *z / denominator * std::sqrt(p * (1 - p) / size + z2 / (4 * size * size))};
}

}  // namespace

std::optional<double> ClopperPearsonLower(std::int64_t successes, std::int64_t n, double confidence) {
  if (!IsValid(successes, n, confidence)) return std::nullopt;
  if (successes == 0) return 0.0;
  return BetaQuantile(1 - confidence, static_cast<double>(successes), static_cast<double>(n - successes) + 1);
}

std::optional<double> ClopperPearsonUpper(std::int64_t successes, std::int64_t n, double confidence) {
  if (!IsValid(successes, n, confidence)) return std::nullopt;
  if (successes == n) return 1.0;
  return BetaQuantile(confidence, static_cast<double>(successes) + 1, static_cast<double>(n - successes));
}

std::optional<double> WilsonLower(std::int64_t successes, std::int64_t n, double confidence) {
  if (!IsValid(successes, n, confidence)) return std::nullopt;
  const std::optional<WilsonParts> wilson = Wilson(successes, n, confidence);
  if (!wilson) return std::nullopt;
  if (successes == 0) return 0.0;
  return std::clamp(wilson->centre - wilson->half_width, 0.0, 1.0);
}

std::optional<double> WilsonUpper(std::int64_t successes, std::int64_t n, double confidence) {
  if (!IsValid(successes, n, confidence)) return std::nullopt;
  const std::optional<WilsonParts> wilson = Wilson(successes, n, confidence);
  if (!wilson) return std::nullopt;
  if (successes == n) return 1.0;
  return std::clamp(wilson->centre + wilson->half_width, 0.0, 1.0);
}

std::optional<double> ZeroFailuresUpper(std::int64_t n, double confidence) {
  if (!IsValid(0, n, confidence)) return std::nullopt;
  return -std::expm1(std::log1p(-confidence) / static_cast<double>(n));
}

std::optional<std::int64_t> ZeroFailuresNeeded(double max_rate, double confidence) {
  if (!(max_rate > 0 && max_rate < 1) || !(confidence > 0 && confidence < 1)) return std::nullopt;
  const double exact = std::log1p(-confidence) / std::log1p(-max_rate);
  if (!(exact < 9007199254740992.0)) return std::nullopt;
  // The quotient may be off by an ulp on either side of an integer; the bound itself decides.
  auto n = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(exact)));
  while (*ZeroFailuresUpper(n, confidence) > max_rate) ++n;
  return n;
}

}  // namespace assay
