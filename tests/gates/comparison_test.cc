// Rules that compare: what must hold of the runs that they pair, that no completion overturns them, and how often they
// err where the candidate lies exactly on the margin.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

#include "core/random.h"
#include "gates/rules/comparison.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::ComparisonOn;
using testing::DecideOn;
using ::testing::HasSubstr;
using testing::MakeEvidence;
using testing::MakeGate;

const char* const kNotWorse = "{name: r, metric: m, non_inferior: {margin: 0.02}}";

std::string Reason(const Verdict& verdict) { return verdict.rules.at(0).reason; }

TEST(Comparison, RefusesRunsThatAreNotOfTheSameCases) {
  struct Problem {
    std::string expected;
    std::function<void(SuiteEvidence&)> change;
  };
  const Problem problems[] = {
      {"the baseline's run is of another version of the suite",
       [](SuiteEvidence& run) { run.suite_version = "sha256:other"; }},
      {"the baseline's run is of another version of the dataset",
       [](SuiteEvidence& run) { run.dataset_version = "sha256:other"; }},
      {"the baseline's run has 199 x 1 trials, the candidate's 200 x 1",
       [](SuiteEvidence& run) {
         run.observations = MakeEvidence({.cases = "199 x 1"}).observations, --run.counts.scheduled,
         --run.counts.scored;
       }},
      {"the metrics of the baseline's run are not those of the candidate's",
       [](SuiteEvidence& run) {
         run.observations = MakeEvidence({.cases = "200 x 1", .range = MetricRange::kUnbounded}).observations;
       }},
      {"of the baseline: the run is complete, but only 199 of 200 scheduled trials are accounted for",
       [](SuiteEvidence& run) { --run.counts.scored; }},
      {"the baseline's run was graded by other versions of the graders or their models; a check with new runs "
       "(--fresh) "
       "grades both alike",
       [](SuiteEvidence& run) { run.graders = {"m 2"}; }},
      {"there is no run of the baseline", [](SuiteEvidence& run) { run.suite = "other"; }},
  };
  for (const Problem& problem : problems) {
    SuiteEvidence baseline = MakeEvidence({.cases = "200 x 1"});
    problem.change(baseline);
    const Verdict verdict = DecideOn({MakeEvidence({.cases = "200 x 1"})}, {kNotWorse}, {baseline});
    EXPECT_EQ(verdict.state, VerdictState::kError) << problem.expected;
    EXPECT_EQ(Reason(verdict), problem.expected);
  }
}

TEST(Comparison, OfACandidateWithItselfIsAnError) {
  GateEvidence evidence{"sha256:gate", {"m", "1", "sha256:same"}, {MakeEvidence({.cases = "200 x 1"})}};
  evidence.baseline = {"m", "0.9", "sha256:same"};
  evidence.baseline_suites = {MakeEvidence({.cases = "200 x 1"})};
  const Verdict verdict = Decide(MakeGate(evidence.suites, {kNotWorse}), evidence, Time{});
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_EQ(Reason(verdict), "the candidate is its own baseline (m@0.9): nothing would be compared");
}

TEST(Comparison, WaitsForTheBaseline) {
  SuiteEvidence pending = MakeEvidence({.cases = ""});
  pending.state = RunState::kPending;
  pending.observations = {};
  const Verdict verdict = DecideOn({MakeEvidence({.cases = "200 x 1"})}, {kNotWorse}, {pending});
  EXPECT_EQ(verdict.state, VerdictState::kPending);
  EXPECT_EQ(Reason(verdict), "a run has not started");
}

TEST(Comparison, ThatIsAdvisoryBreaksNoVerdictByItsBaseline) {
  SuiteEvidence broken = MakeEvidence({.cases = "200 x error", .state = RunState::kError, .cause = "down"});
  const Verdict verdict = DecideOn(
      {MakeEvidence({.cases = "200 x 1"})},
      {"{name: f, metric: m, at_least: 0.9}", "{name: r, metric: m, non_inferior: {margin: 0.02}, role: advisory}"},
      {broken});
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  EXPECT_EQ(verdict.rules.at(1).state, VerdictState::kError);
  EXPECT_THAT(verdict.rules.at(1).reason, HasSubstr("the baseline's run ended in an error: down"));
}

// "A candidate equal to its baseline case by case passes once n allows it."
TEST(Comparison, OfEqualResultsPassesFromTheNumberOfCasesThatTheMarginNeeds) {
  for (const auto& [margin, needed] : {std::pair{0.05, 59}, std::pair{0.02, 149}, std::pair{0.01, 299}}) {
    const std::string rule = "{name: r, metric: m, non_inferior: {margin: " + std::to_string(margin) + "}}";
    const auto state = [&](int cases) {
      const std::string text = std::to_string(cases - 7) + " x 1; 7 x 0";
      return ComparisonOn(text, text, rule).state;
    };
    EXPECT_EQ(state(needed - 1), VerdictState::kInconclusive) << margin;
    EXPECT_EQ(state(needed), VerdictState::kPass) << margin;
  }
}

constexpr double kAbsent = -1;

// Trials of cases, kAbsent where missing.
using TrialValues = std::vector<std::vector<double>>;

TrialValues DrawTrials(Random& random, std::size_t cases, int trials, double good, double missing, bool is_graded) {
  TrialValues values(cases);
  for (std::vector<double>& of_case : values) {
    for (int trial = 0; trial < trials; ++trial) {
      const double value = is_graded ? static_cast<double>(random.Below(5)) / 4 : (random.Uniform() < good ? 1.0 : 0.0);
      of_case.push_back(random.Uniform() < missing ? kAbsent : value);
    }
  }
  return values;
}

SuiteEvidence RunOf(const TrialValues& values, TrialStatus status, MetricRange range, Random* fill) {
  const auto cases = static_cast<std::int64_t>(values.size());
  const int trials = static_cast<int>(values.front().size());
  SuiteEvidence evidence;
  evidence.suite = "s";
  evidence.state = RunState::kComplete;
  evidence.counts.scheduled = cases * trials;
  evidence.observations = *SuiteObservations::Make(cases, trials, {{.name = "m", .grader = "m", .range = range}}, {});
  const double scale = range == MetricRange::kUnit ? 1 : 500;
  for (std::int64_t i = 0; i < cases; ++i) {
    for (int trial = 0; trial < trials; ++trial) {
      double value = values[static_cast<std::size_t>(i)][static_cast<std::size_t>(trial)];
      if (value == kAbsent && fill == nullptr) {
        evidence.counts.Add(status);
        EXPECT_TRUE(evidence.observations.AddTrial(i, trial, status));
        continue;
      }
      if (value == kAbsent) value = fill->Below(3) == 0 ? fill->Uniform() : static_cast<double>(fill->Below(2));
      evidence.counts.Add(TrialStatus::kScored);
      EXPECT_TRUE(evidence.observations.AddScore(0, i, trial, ScoreStatus::kScored, value * scale, value == 1));
    }
  }
  return evidence;
}

TEST(Comparison, IsOverturnedByNoCompletionOfWhatIsMissing) {
  Random random(20261);
  int decided = 0;
  for (int round = 0; round < 250; ++round) {
    const std::size_t cases = 5 + random.Below(80);
    const int trials = 1 + static_cast<int>(random.Below(3));
    const bool is_graded = random.Below(3) == 0;
    const MetricRange range = random.Below(5) == 0 ? MetricRange::kUnbounded : MetricRange::kUnit;
    const double missing = 0.05 * random.Uniform();
    const TrialValues candidate = DrawTrials(random, cases, trials, random.Uniform(), missing, is_graded);
    const TrialValues baseline = DrawTrials(random, cases, trials, random.Uniform(), missing, is_graded);
    const std::string margin = std::to_string(range == MetricRange::kUnit ? 0.3 * random.Uniform() + 0.01 : 100);
    const char* const kinds[] = {"non_inferior", "superior", "equivalent", "no_new_failures"};
    const std::string kind = kinds[random.Below(4)];
    std::string rule = "{name: r, metric: m, " + kind + ": {margin: " + margin +
                       (kind == "equivalent" || range == MetricRange::kUnit ? "" : ", better: higher") + "}}";
    if (kind == "no_new_failures") {
      rule = "{name: r, metric: m, no_new_failures: {allow: " + std::to_string(random.Below(cases)) +
             ", failing_trials: " + (random.Below(2) == 0 ? "any" : "every") + "}}";
    }
    const TrialStatus status = random.Below(2) == 0 ? TrialStatus::kError : TrialStatus::kUnscored;
    const VerdictState state =
        DecideOn({RunOf(candidate, status, range, nullptr)}, {rule}, {RunOf(baseline, status, range, nullptr)}).state;
    if (state != VerdictState::kPass && state != VerdictState::kFail) continue;
    ++decided;
    for (int fill = 0; fill < 4; ++fill) {
      const VerdictState whole =
          DecideOn({RunOf(candidate, status, range, &random)}, {rule}, {RunOf(baseline, status, range, &random)}).state;
      EXPECT_EQ(whole, state) << rule << " of " << cases << " x " << trials;
    }
  }
  EXPECT_GT(decided, 60);
}

double LogChoose(int n, int k) { return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1); }

// What a rule decides of every outcome of kPairs passes and failures, by how many of them the candidate gains and
// loses.
class Decisions {
 public:
  static constexpr int kPairs = 30;

  explicit Decisions(const std::string& rule) {
    for (int gains = 0; gains <= kPairs; ++gains) {
      for (int losses = 0; gains + losses <= kPairs; ++losses) {
        const auto text = [&](int gain, int loss) {
          return std::to_string(kPairs - gains - losses) + " x 1; " + std::to_string(gains) + " x " +
                 std::to_string(gain) + "; " + std::to_string(losses) + " x " + std::to_string(loss);
        };
        states_[{gains, losses}] = ComparisonOn(text(1, 0), text(0, 1), rule).state;
      }
    }
  }

  // How probable that decision is when a case is gained with probability `up` and lost with `down`: no random draw.
  double ProbabilityOf(VerdictState state, double up, double down) const {
    double sum = 0;
    for (const auto& [outcome, decided] : states_) {
      const auto& [gains, losses] = outcome;
      if (decided != state) continue;
      sum += std::exp(LogChoose(kPairs, gains) + LogChoose(kPairs - gains, losses) + gains * std::log(up) +
                      losses * std::log(down) + (kPairs - gains - losses) * std::log1p(-up - down));
    }
    return sum;
  }

 private:
  std::map<std::pair<int, int>, VerdictState> states_;
};

TEST(Comparison, ErrsNoMoreOftenThanItMayOnTheMargin) {
  const Decisions not_worse("{name: r, metric: m, non_inferior: {margin: 0.1}}");
  for (const double up : {1e-9, 0.02, 0.1, 0.25}) {
    EXPECT_LE(not_worse.ProbabilityOf(VerdictState::kPass, up, up + 0.1), 0.05) << up;
    EXPECT_LE(not_worse.ProbabilityOf(VerdictState::kFail, up, up + 0.1), 0.05) << up;
  }
  // It is no rule that never passes, nor one that never fails.
  EXPECT_GT(not_worse.ProbabilityOf(VerdictState::kPass, 1e-9, 1e-9), 0.99);
  EXPECT_GT(not_worse.ProbabilityOf(VerdictState::kFail, 0.02, 0.5), 0.9);

  const Decisions same("{name: r, metric: m, equivalent: {margin: 0.15}}");
  for (const double up : {1e-9, 0.02, 0.1}) {
    EXPECT_LE(same.ProbabilityOf(VerdictState::kPass, up, up + 0.15), 0.05) << up;
    EXPECT_LE(same.ProbabilityOf(VerdictState::kPass, up + 0.15, up), 0.05) << up;
    EXPECT_LE(same.ProbabilityOf(VerdictState::kFail, up, up + 0.15), 0.05) << up;
  }

  const Decisions better("{name: r, metric: m, superior: {}}");
  for (const double up : {0.01, 0.1, 0.3}) {
    EXPECT_LE(better.ProbabilityOf(VerdictState::kPass, up, up), 0.05) << up;
    EXPECT_LE(better.ProbabilityOf(VerdictState::kFail, up, up), 0.05) << up;
  }
  EXPECT_GT(better.ProbabilityOf(VerdictState::kPass, 0.4, 0.01), 0.9);
}

}  // namespace
}  // namespace assay
