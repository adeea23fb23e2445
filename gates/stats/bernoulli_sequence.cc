// The mixture against p is the probability of the outcomes when p is drawn from Beta(R p, R (1 - p)), over that at p
// itself. As a product over the cases,
//   M(p) = prod_{i < successes} (R + i / p) * prod_{i < failures} (R + i / (1 - p)) / prod_{i < n} (R + i),
// its logarithm is convex in p: d/dp is a sum of -i / (p (R p + i)) and of i / ((1 - p) (R (1 - p) + i)), which all
// rise. At p = successes / n it is at most 0, as no p makes the outcomes more probable. So the p that are not refuted
// are an interval around successes / n, and each of its ends is the only root on its side.

#include "gates/stats/bernoulli_sequence.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/log_gamma.h"

namespace assay {
namespace {

constexpr int kHalvings = 60;
// Beyond it the logarithms of Gamma functions are too large for their differences to be precise.
constexpr std::int64_t kMostTrials = 10'000'000'000;

struct BernoulliCounts {
  long double successes;
  long double failures;
  long double weight;  // R: cases that the prior is worth
};

long double LogMixtureAt(const BernoulliCounts& counts, long double p) {
  const long double pass = counts.weight * p;
  const long double fail = counts.weight * (1 - p);
  return LogBeta(counts.successes + pass, counts.failures + fail) - LogBeta(pass, fail) -
         (counts.successes > 0 ? counts.successes * std::log(p) : 0) -
         (counts.failures > 0 ? counts.failures * std::log1p(-p) : 0);
}

// The p nearest to the share of successes that is refuted on the side of `end`, which is 0 or 1 and is taken as such.
double NearestRefuted(const BernoulliCounts& counts, long double threshold, long double end) {
  long double refuted = end;
  long double open = counts.successes / (counts.successes + counts.failures);
  for (int i = 0; i < kHalvings; ++i) {
    const long double middle = (refuted + open) / 2;
    (LogMixtureAt(counts, middle) >= threshold ? refuted : open) = middle;
  }
  return static_cast<double>(refuted);
}

}  // namespace

std::optional<Interval> BernoulliSequenceInterval(std::int64_t successes, std::int64_t n,
                                                  const BernoulliSequence& sequence) {
  const auto is_level = [](double alpha) { return alpha > 0 && alpha < 1; };
  if (n < 1 || n > kMostTrials || successes < 0 || successes > n || !is_level(sequence.alpha) ||
      !is_level(sequence.tuned_alpha) || !(sequence.tuned_for > 0) ||
      !(sequence.tuned_for <= static_cast<double>(kMostTrials))) {
    return std::nullopt;
  }
  const double twice = -2 * std::log(sequence.tuned_alpha);
  const double best = sequence.tuned_for / (twice + std::log1p(twice));
  const BernoulliCounts counts{.successes = static_cast<long double>(successes),
                               .failures = static_cast<long double>(n - successes),
                               .weight = std::max(best - 1, 1e-3)};
  const long double threshold = -std::log(static_cast<long double>(sequence.alpha));
  return Interval{.lower = successes == 0 ? 0 : NearestRefuted(counts, threshold, 0),
                  .upper = successes == n ? 1 : NearestRefuted(counts, threshold, 1)};
}

}  // namespace assay
