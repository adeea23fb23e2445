#include "gates/retries.h"

#include <optional>

#include "gates/rules/decision.h"
#include "gates/stats/contingency.h"

namespace assay {
namespace {

constexpr double kFalseWarnings = 0.01;  // of a suite
constexpr std::int64_t kFewestCases = 10;

struct Group {
  std::int64_t cases = 0;
  double sum = 0;
  std::int64_t below = 0;  // cases under the mean of both groups
  double Mean() const { return sum / static_cast<double>(cases); }
};

struct RetriedAndFirst {
  Group retried;
  Group first_try;
  double p = 1;
};

// Calls `visit(is_retried, value)` for each case that is compared.
template <class Visit>
void ForEachCase(const SuiteObservations& seen, std::size_t metric, const Visit& visit) {
  const TallyColumn& tallies = seen.Tallies(metric);
  for (std::int64_t ordinal = 0; ordinal < seen.cases(); ++ordinal) {
    const AnswerOrigin origin = seen.OriginOf(ordinal);
    if (origin == AnswerOrigin::kCached) continue;
    const CaseTally tally = tallies[static_cast<std::size_t>(ordinal)];
    if (tally.scored > 0) visit(origin == AnswerOrigin::kRetried, tally.sum / tally.scored);
  }
}

// Absent where there are too few cases to compare.
std::optional<RetriedAndFirst> Compare(const SuiteObservations& seen, std::size_t metric) {
  RetriedAndFirst found;
  ForEachCase(seen, metric, [&](bool is_retried, double value) {
    Group& group = is_retried ? found.retried : found.first_try;
    ++group.cases;
    group.sum += value;
  });
  if (found.retried.cases < kFewestCases || found.first_try.cases < kFewestCases) return std::nullopt;
  const double mean =
      (found.retried.sum + found.first_try.sum) / static_cast<double>(found.retried.cases + found.first_try.cases);
  ForEachCase(seen, metric, [&](bool is_retried, double value) {
    Group& group = is_retried ? found.retried : found.first_try;
    if (value < mean) ++group.below;
  });
  found.p = FisherExact({.first_with = found.retried.below,
                         .first_without = found.retried.cases - found.retried.below,
                         .second_with = found.first_try.below,
                         .second_without = found.first_try.cases - found.first_try.below})
                .value_or(1);
  return found;
}

std::string Sentence(const std::string& suite, const std::string& metric, const RetriedAndFirst& found) {
  return "suite \"" + suite + "\", metric \"" + metric + "\": " + std::to_string(found.retried.cases) +
         " cases whose requests failed and were sent again have a mean of " + Shown(found.retried.Mean()) + ", the " +
         std::to_string(found.first_try.cases) + " others " + Shown(found.first_try.Mean()) +
         " (p = " + Shown(found.p) + "): the endpoint's faults do not fall on the cases at random";
}

}  // namespace

std::vector<std::string> WarnOfRetries(const SuiteEvidence& suite) {
  const SuiteObservations& seen = suite.observations;
  if (!seen.HasRetries()) return {};
  std::vector<std::pair<std::size_t, RetriedAndFirst>> compared;
  for (std::size_t metric = 0; metric < seen.metrics().size(); ++metric) {
    // A reduction has the trials of its grader, whose own metric shows more of them.
    const MetricShape& shape = seen.metrics()[metric];
    if (!IsOfGrader(shape.source) || shape.reduction.by != Reduce::kMean) continue;
    if (const auto found = Compare(seen, metric)) compared.emplace_back(metric, *found);
  }
  std::vector<std::string> warnings;
  for (const auto& [metric, found] : compared) {
    if (found.p * static_cast<double>(compared.size()) >= kFalseWarnings) continue;
    warnings.push_back(Sentence(suite.suite, seen.metrics()[metric].name, found));
  }
  return warnings;
}

}  // namespace assay
