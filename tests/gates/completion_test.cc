// Whatever the missing trials turn out to be, a decision that was made without them stands. Random evidence, seeded.

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::EvidenceText;
using testing::MakeEvidence;
using testing::MakeGate;

constexpr double kMissing = -1;

struct RandomEvidence {
  int trials = 1;
  MetricRange range = MetricRange::kUnit;
  Aggregate aggregate = Aggregate::kMean;
  std::vector<std::vector<double>> values;  // by case, by trial; kMissing
};

RandomEvidence Draw(Random& random) {
  RandomEvidence drawn;
  drawn.trials = 1 + static_cast<int>(random.Below(3));
  drawn.range = random.Below(4) == 0 ? MetricRange::kUnbounded : MetricRange::kUnit;
  const Aggregate aggregates[] = {Aggregate::kMean, Aggregate::kMean, Aggregate::kP50, Aggregate::kP90};
  drawn.aggregate = aggregates[random.Below(4)];
  const std::size_t cases = 1 + random.Below(60);
  const double good = random.Uniform();
  const double missing = random.Below(3) == 0 ? 0 : 0.15 * random.Uniform();
  const bool is_graded = random.Below(3) == 0;
  for (std::size_t i = 0; i < cases; ++i) {
    std::vector<double> trials;
    for (int trial = 0; trial < drawn.trials; ++trial) {
      double value = random.Uniform() < good ? 1 : 0;
      if (is_graded) value = static_cast<double>(random.Below(5)) / 4;
      if (drawn.range == MetricRange::kUnbounded) value *= 1000;
      trials.push_back(random.Uniform() < missing ? kMissing : value);
    }
    drawn.values.push_back(trials);
  }
  return drawn;
}

// The evidence with its missing trials as `missing` says: absent for `status`, else that value.
SuiteEvidence Build(const RandomEvidence& drawn, TrialStatus status, std::optional<double> fill, Random* random) {
  const auto cases = static_cast<std::int64_t>(drawn.values.size());
  SuiteEvidence evidence;
  evidence.suite = "s";
  evidence.state = RunState::kComplete;
  evidence.counts.scheduled = cases * drawn.trials;
  evidence.observations = *SuiteObservations::Make(cases, drawn.trials, {{"m", "m", drawn.aggregate, drawn.range}}, {});
  for (std::int64_t i = 0; i < cases; ++i) {
    for (int trial = 0; trial < drawn.trials; ++trial) {
      double value = drawn.values[static_cast<std::size_t>(i)][static_cast<std::size_t>(trial)];
      if (value == kMissing) {
        if (!fill && random == nullptr) {
          evidence.counts.Add(status);
          EXPECT_TRUE(evidence.observations.AddTrial(i, trial, status));
          continue;
        }
        value = fill ? *fill : random->Uniform() * (drawn.range == MetricRange::kUnit ? 1 : 5000);
      }
      evidence.counts.Add(TrialStatus::kScored);
      EXPECT_TRUE(evidence.observations.AddScore(0, i, trial, ScoreStatus::kScored, value, value >= 1));
    }
  }
  return evidence;
}

// All means equal, or one case: where the completion's own data carry no variance the bound is the fallback, which the
// missing trials could have brought about; covered like every other completion.
TEST(Completion, NoneOverturnsADecision) {
  Random random(424242);
  int decided = 0;
  int with_missing = 0;
  for (int round = 0; round < 1500; ++round) {
    const RandomEvidence drawn = Draw(random);
    const double scale = drawn.range == MetricRange::kUnit ? 1 : 1000;
    const double threshold = scale * std::round(100 * random.Uniform()) / 100;
    const std::string kind = random.Below(5) == 0 ? "zero" : random.Below(2) == 0 ? "at_least" : "at_most";
    std::string rule = "{name: r, metric: m, " + kind + ": " + std::to_string(threshold) + "}";
    if (kind == "zero") rule = "{name: r, grader: m, zero_failures: {max_rate: 0.2}}";
    if (random.Below(4) == 0) {
      const std::string share = random.Below(2) == 0 ? "1" : std::to_string(0.05 + 0.9 * random.Uniform());
      rule =
          "{name: r, metric: m, per_case_floor: {at_least: " + std::to_string(threshold) + ", share: " + share + "}}";
    }
    const TrialStatus status = random.Below(2) == 0 ? TrialStatus::kError : TrialStatus::kUnscored;
    std::vector<SuiteEvidence> seen{Build(drawn, status, std::nullopt, nullptr)};
    const GateSpec gate = MakeGate(seen, {rule});
    const bool is_missing = seen[0].counts.scored < seen[0].counts.scheduled;
    const VerdictState state = Decide(gate, {"", {}, std::move(seen)}, Time{}).state;
    if (state != VerdictState::kPass && state != VerdictState::kFail) continue;
    ++decided;
    if (is_missing) ++with_missing;
    for (int completion = 0; completion < 6; ++completion) {
      std::optional<double> fill;
      if (completion == 0) fill = 0;
      if (completion == 1) fill = scale;
      std::vector<SuiteEvidence> completed{Build(drawn, status, fill, &random)};
      const Verdict verdict = Decide(gate, {"", {}, std::move(completed)}, Time{});
      ASSERT_EQ(verdict.state, state) << "round " << round << " completion " << completion << " " << rule << ": "
                                      << verdict.reason;
    }
  }
  EXPECT_GT(decided, 300);
  EXPECT_GT(with_missing, 50) << "the property was hardly tried";
}

}  // namespace
}  // namespace assay
