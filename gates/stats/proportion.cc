#include "gates/stats/proportion.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

// One case is no sample: what it shows of others is nothing.
constexpr std::int64_t kFewestCases = 2;

bool IsValid(std::int64_t successes, std::int64_t n, double confidence) {
  return n >= kFewestCases && successes >= 0 && successes <= n && confidence > 0 && confidence < 1;
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

constexpr std::int64_t kMostCases = std::int64_t{1} << 53;

// How much more probable than the observed count another may be and still count as equally so: it differs by rounding.
constexpr double kLogTie = 1e-7;

// The end of the run from `start` to `end` (exclusive, in either direction) that is not as improbable as `observed`
// yet; probabilities fall on the way.
template <class IsImprobable>
std::int64_t FirstImprobable(std::int64_t start, std::int64_t end, const IsImprobable& is_improbable) {
  while (start != end) {
    const std::int64_t middle = start + (end - start) / 2;
    if (is_improbable(middle)) {
      end = middle;
    } else {
      start = middle + (end > start ? 1 : -1);
    }
  }
  return start;
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

std::optional<Interval> AgrestiCoull(std::int64_t successes, std::int64_t n, double confidence) {
  if (!IsValid(successes, n, confidence) || !(confidence > 0.5)) return std::nullopt;
  const std::optional<double> z = NormalQuantile(confidence);
  if (!z) return std::nullopt;
  const double size = static_cast<double>(n) + *z * *z;
  const double centre = (static_cast<double>(successes) + *z * *z / 2) / size;
  const double half_width = *z * std::sqrt(centre * (1 - centre) / size);
  return Interval{centre - half_width, centre + half_width};
}

std::optional<double> BinomialTest(std::int64_t successes, std::int64_t n, double p) {
  if (!IsValid(successes, n, 0.5) || n > kMostCases || !(p >= 0 && p <= 1)) return std::nullopt;
  if (p == 0 || p == 1) return successes == (p == 0 ? 0 : n) ? 1.0 : 0.0;
  const double observed = *LogBinomialProbability(successes, n, p);
  const auto is_improbable = [&](std::int64_t count) {
    return *LogBinomialProbability(count, n, p) <= observed + kLogTie;
  };
  const auto mode = std::clamp<std::int64_t>(static_cast<std::int64_t>((static_cast<double>(n) + 1) * p), 0, n);
  if (is_improbable(mode)) return 1.0;
  const std::int64_t last_below = successes < mode ? successes : FirstImprobable(mode, -1, is_improbable);
  const std::int64_t first_above = successes < mode ? FirstImprobable(mode, n + 1, is_improbable) : successes;
  const std::optional<double> below = BinomialCdf(last_below, n, p);
  const std::optional<double> above = BinomialUpperTail(first_above, n, p);
  if (!below || !above) return std::nullopt;
  return std::min(1.0, *below + *above);
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
  auto n = std::max<std::int64_t>(kFewestCases, static_cast<std::int64_t>(std::floor(exact)));
  while (*ZeroFailuresUpper(n, confidence) > max_rate) ++n;
  return n;
}

}  // namespace assay
