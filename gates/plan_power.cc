#include "gates/plan_power.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

constexpr double kNegligible = 1e-9;  // of the number of disagreements: so rare a one is left out

double BinomialProbability(std::int64_t n, std::int64_t k, double p) {
  const auto log = LogBinomialProbability(k, n, p);
  return log ? std::exp(*log) : 0;
}

double AtLeast(std::int64_t n, std::int64_t k, double p) { return BinomialUpperTail(k, n, p).value_or(0); }

// Of so many disagreements: the least number in favour of the candidate that passes, one more than there are for none,
// and the greatest that fails, -1 for none.
struct DecidingNumbers {
  std::int64_t disagreements = 0;
  double probability = 0;
  std::int64_t passes = 0;
  std::int64_t fails = -1;
};

// One more disagreement moves a limit by a step or two, so that it is looked for from the last one on.
template <class Holds>
std::int64_t LeastThat(const Holds& holds, std::int64_t from, std::int64_t end) {
  std::int64_t least = std::clamp<std::int64_t>(from, 0, end);
  while (least < end && !holds(least)) ++least;
  while (least > 0 && holds(least - 1)) --least;
  return least;
}

std::vector<DecidingNumbers> LimitsOf(const Rehearsal& rehearsal, std::int64_t cases, double discordance,
                                      bool is_lower_better) {
  const auto disagree = [&](std::int64_t good, std::int64_t all) {
    return is_lower_better ? Disagreements{.only_candidate = all - good, .only_baseline = good}
                           : Disagreements{.only_candidate = good, .only_baseline = all - good};
  };
  std::vector<DecidingNumbers> limits;
  for (std::int64_t all = 0; all <= cases; ++all) {
    const double probability = BinomialProbability(cases, all, discordance);
    if (probability < kNegligible) continue;
    const DecidingNumbers last = limits.empty() ? DecidingNumbers{} : limits.back();
    const auto passes = [&](std::int64_t good) { return rehearsal.PassesOn(disagree(good, all), cases); };
    const auto does_not_fail = [&](std::int64_t good) { return !rehearsal.FailsOn(disagree(good, all), cases); };
    limits.push_back({.disagreements = all,
                      .probability = probability,
                      .passes = LeastThat(passes, last.passes, all + 1),
                      .fails = LeastThat(does_not_fail, last.fails + 1, all + 1) - 1});
  }
  return limits;
}

// The least p in [0, 1] for which `power_at`, which rises with it, reaches `power`; absent when it does not.
template <class PowerAt>
std::optional<double> LeastShare(const PowerAt& power_at, double power) {
  if (power_at(1.0) < power) return std::nullopt;
  double low = 0;
  double high = 1;
  for (int step = 0; step < 40; ++step) {
    const double middle = (low + high) / 2;
    (power_at(middle) < power ? low : high) = middle;
  }
  return high;
}

}  // namespace

DecidingDifferences DifferencesThatDecide(const Rehearsal& rehearsal, std::int64_t cases, double discordance,
                                          double power, bool is_lower_better) {
  const std::vector<DecidingNumbers> limits = LimitsOf(rehearsal, cases, discordance, is_lower_better);
  // By the share of the disagreements that is in favour of the candidate, or for a FAIL of the baseline.
  const auto passes = [&](double share) {
    double sum = 0;
    for (const DecidingNumbers& each : limits)
      sum += each.probability * AtLeast(each.disagreements, each.passes, share);
    return sum;
  };
  const auto fails = [&](double share) {
    double sum = 0;
    for (const DecidingNumbers& each : limits)
      sum += each.probability * AtLeast(each.disagreements, each.disagreements - each.fails, share);
    return sum;
  };
  const double sign = is_lower_better ? -1 : 1;
  DecidingDifferences found;
  if (const auto share = LeastShare(passes, power)) found.passes_from = sign * discordance * (2 * *share - 1);
  if (const auto share = LeastShare(fails, power)) found.fails_to = -sign * discordance * (2 * *share - 1);
  return found;
}

}  // namespace assay
