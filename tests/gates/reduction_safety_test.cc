// A trial that is missing never helps, whatever the reduction. Random evidence, seeded.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "gates/rules/reducer.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using Values = std::vector<std::optional<double>>;  // of the trials of a case; those absent are missing

struct Drawn {
  MetricShape shape;
  int trials = 1;
  std::vector<Values> cases;
};

Reduction DrawReduction(Random& random, int trials, MetricRange range) {
  const int kinds = range == MetricRange::kUnit ? 9 : 5;  // amounts neither pass nor fail
  Reduction reduction{.by = static_cast<Reduce>(random.Below(static_cast<std::uint64_t>(kinds)))};
  const auto some = static_cast<int>(1 + random.Below(static_cast<std::uint64_t>(trials)));
  if (HasK(reduction.by)) reduction.k = some;
  if (reduction.by == Reduce::kMajority && random.Below(2) == 0) reduction.quorum = some;
  return reduction;
}

Drawn Draw(Random& random, std::size_t most_cases) {
  Drawn drawn;
  drawn.trials = 1 + static_cast<int>(random.Below(5));
  drawn.shape = {.name = "m", .grader = "m"};
  drawn.shape.range = random.Below(5) == 0 ? MetricRange::kUnbounded : MetricRange::kUnit;
  drawn.shape.reduction = DrawReduction(random, drawn.trials, drawn.shape.range);
  const bool is_quantile = random.Below(4) == 0;
  if (is_quantile) drawn.shape.aggregate = Aggregate::kP50;
  if (drawn.shape.range == MetricRange::kUnit && random.Below(3) == 0) drawn.shape.source = MetricSource::kPass;
  const bool is_graded =
      !CountsPasses(drawn.shape.reduction.by) && drawn.shape.source == MetricSource::kScore && random.Below(2) == 0;
  const double good = random.Uniform();
  const double missing = random.Below(2) == 0 ? 0 : 0.3 * random.Uniform();
  const std::size_t cases = 1 + random.Below(most_cases);
  for (std::size_t i = 0; i < cases; ++i) {
    Values values;
    for (int trial = 0; trial < drawn.trials; ++trial) {
      double value = random.Uniform() < good ? 1 : 0;
      if (is_graded) value = static_cast<double>(random.Below(5)) / 4;
      values.push_back(random.Uniform() < missing ? std::nullopt : std::optional(value));
    }
    drawn.cases.push_back(std::move(values));
  }
  return drawn;
}

SuiteEvidence EvidenceOf(const Drawn& drawn, TrialStatus missing) {
  SuiteEvidence evidence;
  evidence.suite = "s";
  evidence.state = RunState::kComplete;
  const auto cases = static_cast<std::int64_t>(drawn.cases.size());
  evidence.counts.scheduled = cases * drawn.trials;
  evidence.observations = *SuiteObservations::Make(cases, drawn.trials, {drawn.shape}, {});
  for (std::int64_t i = 0; i < cases; ++i) {
    for (int trial = 0; trial < drawn.trials; ++trial) {
      const auto& value = drawn.cases[static_cast<std::size_t>(i)][static_cast<std::size_t>(trial)];
      evidence.counts.Add(value ? TrialStatus::kScored : missing);
      if (value) {
        EXPECT_TRUE(evidence.observations.AddScore(0, i, trial, ScoreStatus::kScored, *value, *value >= 1));
      } else {
        EXPECT_TRUE(evidence.observations.AddTrial(i, trial, missing));
      }
    }
  }
  return evidence;
}

std::string Named(const Drawn& drawn) {
  std::string text = DescribeReduction(drawn.shape.reduction, drawn.trials) + ":";
  for (const Values& values : drawn.cases) {
    for (const auto& value : values) text += value ? " " + std::to_string(*value) : " -";
    text += ";";
  }
  return text;
}

// The case with its missing trials filled in every way from five values.
std::vector<Values> CompletionsOf(const Values& values) {
  std::vector<Values> all{values};
  for (std::size_t trial = 0; trial < values.size(); ++trial) {
    if (values[trial]) continue;
    std::vector<Values> more;
    for (const Values& one : all) {
      for (int quarter = 0; quarter <= 4; ++quarter) {
        more.push_back(one);
        more.back()[trial] = quarter / 4.0;
      }
    }
    all = std::move(more);
  }
  return all;
}

ValueBox BoxOf(const Drawn& drawn, ErrorValue errors = ErrorValue::kUnknown) {
  const SuiteEvidence evidence = EvidenceOf(drawn, TrialStatus::kError);
  Reducer reducer(evidence.observations, 0);
  return reducer.BoxOf(0, errors);
}

TEST(ReductionSafety, EveryCompletionOfACaseLiesInItsBox) {
  Random random(20'261'126);
  int with_missing = 0;
  for (int round = 0; round < 4000; ++round) {
    Drawn drawn = Draw(random, 1);
    const bool passes_only = CountsPasses(drawn.shape.reduction.by) || drawn.shape.source == MetricSource::kPass;
    const ValueBox box = BoxOf(drawn);
    ASSERT_LE(box.low, box.high) << Named(drawn);
    const std::string named = Named(drawn);
    ValueBox found{2, -1};
    const std::vector<Values> completions = CompletionsOf(drawn.cases[0]);
    with_missing += completions.size() > 1 ? 1 : 0;
    for (const Values& completion : completions) {
      const auto is_fraction = [](const auto& value) { return *value != 0 && *value != 1; };
      if (passes_only && std::ranges::any_of(completion, is_fraction)) continue;
      drawn.cases[0] = completion;
      const ValueBox inner = BoxOf(drawn);
      ASSERT_GE(inner.low, box.low) << named << " completed " << Named(drawn);
      ASSERT_LE(inner.high, box.high) << named << " completed " << Named(drawn);
      found = {std::min(found.low, inner.low), std::max(found.high, inner.high)};
    }
    // And it is no wider than it must be, where enough trials are scored.
    const Reduction& reduction = drawn.shape.reduction;
    const bool asks = reduction.quorum > 0 || reduction.by == Reduce::kPassAtK || reduction.by == Reduce::kPassHatK;
    if (drawn.shape.range == MetricRange::kUnit && !asks) {
      EXPECT_EQ(found.low, box.low) << named;
      EXPECT_EQ(found.high, box.high) << named;
    }
  }
  EXPECT_GT(with_missing, 500);
}

TEST(ReductionSafety, ErrorsAtTheirWorstAndBestLieInTheBoxToo) {
  Random random(31);
  for (int round = 0; round < 3000; ++round) {
    const Drawn drawn = Draw(random, 1);
    const ValueBox box = BoxOf(drawn);
    for (const ErrorValue errors : {ErrorValue::kLowest, ErrorValue::kHighest}) {
      const ValueBox inner = BoxOf(drawn, errors);
      ASSERT_LE(box.low, inner.low) << Named(drawn);
      ASSERT_LE(inner.low, inner.high) << Named(drawn);
      ASSERT_LE(inner.high, box.high) << Named(drawn);
    }
  }
}

VerdictState StateOf(const Drawn& drawn, TrialStatus missing, const std::string& rule) {
  std::vector<SuiteEvidence> evidence;
  evidence.push_back(EvidenceOf(drawn, missing));
  return testing::DecideOn(std::move(evidence), {rule}).state;
}

std::string DrawRule(Random& random) {
  const int percent = 1 + static_cast<int>(random.Below(99));
  return "{name: r, metric: m, " + std::string(random.Below(2) == 0 ? "at_least" : "at_most") + ": " +
         std::to_string(percent / 100.0) + "}";
}

// What was decided with a trial in error had been decided so with the trial.
TEST(ReductionSafety, NoResultIsBetterLost) {
  Random random(424'243);
  std::map<Reduce, int> decided;
  for (int round = 0; round < 3000; ++round) {
    const Drawn drawn = Draw(random, 60);
    Drawn poorer = drawn;
    const std::size_t lost = 1 + random.Below(3);
    for (std::size_t i = 0; i < lost; ++i) {
      Values& values = poorer.cases[random.Below(poorer.cases.size())];
      values[random.Below(values.size())].reset();
    }
    const TrialStatus missing = random.Below(2) == 0 ? TrialStatus::kError : TrialStatus::kUnscored;
    const std::string rule = DrawRule(random);
    const VerdictState state = StateOf(poorer, missing, rule);
    if (state != VerdictState::kPass && state != VerdictState::kFail) continue;
    ++decided[drawn.shape.reduction.by];
    ASSERT_EQ(StateOf(drawn, missing, rule), state) << rule << " " << Named(drawn);
  }
  for (const auto& word : EnumWords<Reduce>::kWords) EXPECT_GT(decided[word.value], 20) << word.word;
}

constexpr Reduction kReductions[] = {{.by = Reduce::kMedian},
                                     {.by = Reduce::kMode},
                                     {.by = Reduce::kMax},
                                     {.by = Reduce::kMin},
                                     {.by = Reduce::kMajority},
                                     {.by = Reduce::kMajority, .quorum = 2},
                                     {.by = Reduce::kAtLeastK, .k = 1},
                                     {.by = Reduce::kPassAtK, .k = 2},
                                     {.by = Reduce::kPassHatK, .k = 2}};

RuleOutcome OutcomeOn(const std::string& cases, const Reduction& reduction, const std::string& rule) {
  testing::EvidenceText text;
  text.cases = cases;
  text.reduction = reduction;
  return testing::DecideOn({testing::MakeEvidence(text)}, {rule}).rules.at(0);
}

TEST(ReductionSafety, WithoutScoresThereIsNoEvidence) {
  for (const Reduction& reduction : kReductions) {
    for (const char* rule : {"{name: r, metric: m, at_least: 0.01}", "{name: r, metric: m, at_most: 0.99}"}) {
      const std::string named = DescribeReduction(reduction, 3) + " " + rule;
      EXPECT_EQ(OutcomeOn("90 x error,error,error", reduction, rule).state, VerdictState::kError) << named;
      EXPECT_EQ(OutcomeOn("90 x unscored,skipped,unscored", reduction, rule).state, VerdictState::kInconclusive)
          << named;
      if (reduction.k < 2 && reduction.quorum == 0) {  // of evidence without cases the trials are not known
        EXPECT_EQ(OutcomeOn("", reduction, rule).state, VerdictState::kInconclusive) << named;
      }
    }
  }
}

// A score of one trial each tells nothing of two, and says so.
TEST(ReductionSafety, TooFewTrialsOfEveryCaseAreNoEvidence) {
  const char* rule = "{name: r, metric: m, at_least: 0.01}";
  const RuleOutcome one = OutcomeOn("90 x 1,unscored,unscored", {.by = Reduce::kPassHatK, .k = 2}, rule);
  EXPECT_EQ(one.state, VerdictState::kInconclusive);
  EXPECT_THAT(one.reason, ::testing::StartsWith("no case has a value: pass^2 of 3 trials cannot be told"));
  const RuleOutcome broken = OutcomeOn("90 x 1,error,error", {.by = Reduce::kPassAtK, .k = 2}, rule);
  EXPECT_EQ(broken.state, VerdictState::kError);
  EXPECT_THAT(broken.reason, ::testing::HasSubstr("90 of 90 cases ended in errors"));
  EXPECT_EQ(OutcomeOn("90 x 1,1,unscored", {.by = Reduce::kMajority, .quorum = 3}, rule).state,
            VerdictState::kInconclusive);
  EXPECT_EQ(OutcomeOn("90 x 1,1,unscored", {.by = Reduce::kMajority, .quorum = 2}, rule).state, VerdictState::kPass);
}

// Errors that keep cases below the quorum would decide, whatever else they are.
TEST(ReductionSafety, ErrorsBelowTheQuorumMatter) {
  const Reduction quorum{.by = Reduce::kMajority, .quorum = 4};
  const std::string rule = "{name: r, metric: m, at_least: 0.9}";
  EXPECT_EQ(OutcomeOn("60 x 1,1,1,1,0; 20 x 1,1,1,error,error", quorum, rule).state, VerdictState::kError);
  EXPECT_EQ(OutcomeOn("60 x 1,1,1,1,0; 20 x 1,1,1,skipped,unscored", quorum, rule).state, VerdictState::kInconclusive);
  EXPECT_EQ(OutcomeOn("60 x 1,1,1,1,0; 20 x 1,1,1,0,error", quorum, rule).state, VerdictState::kPass);
}

// One trial of five fails in each case: the majority is perfect, and no invariant holds.
TEST(ReductionSafety, ZeroFailuresIsNeverOfAReduction) {
  const std::string cases = "300 x 1,1,1,1,0";
  for (const Reduction& reduction : kReductions) {
    const RuleOutcome outcome = OutcomeOn(cases, reduction, "{name: r, metric: m, zero_failures: {max_rate: 0.05}}");
    EXPECT_EQ(outcome.state, VerdictState::kError);
    EXPECT_THAT(outcome.reason, ::testing::HasSubstr("zero_failures counts every trial that fails; name the grader"));
  }
  EXPECT_EQ(OutcomeOn(cases, {}, "{name: r, grader: m, zero_failures: {max_rate: 0.05}}").state, VerdictState::kFail);
}

TEST(ReductionSafety, AThresholdOnAnImpossibleReductionIsAnError) {
  const RuleOutcome outcome =
      OutcomeOn("90 x 1,1", {.by = Reduce::kPassHatK, .k = 3}, "{name: r, metric: m, at_least: 0.5}");
  EXPECT_EQ(outcome.state, VerdictState::kError);
  EXPECT_EQ(outcome.reason, "metric \"m\" asks for 3 trials of a case, which has 2");
}

// Two suites that ask differently often: pass^2 is the same in both, the best of all trials is not.
TEST(ReductionSafety, MeaningsThatDependOnTheNumberOfTrialsDiffer) {
  const auto reason = [](Reduction first, Reduction second) {
    testing::EvidenceText a{.suite = "a", .cases = "90 x 1,1", .reduction = first};
    testing::EvidenceText b{.suite = "b", .cases = "90 x 1,1,1", .reduction = second};
    return testing::DecideOn({testing::MakeEvidence(a), testing::MakeEvidence(b)},
                             {"{name: r, metric: m, at_least: 0.5}"})
        .rules.at(0)
        .reason;
  };
  const Reduction pass_hat{.by = Reduce::kPassHatK, .k = 2};
  EXPECT_THAT(reason(pass_hat, pass_hat), ::testing::HasSubstr("lower bound"));
  EXPECT_EQ(reason(pass_hat, {.by = Reduce::kPassAtK, .k = 2}),
            "\"m\" is not the same metric in suite \"b\" as in suite \"a\"");
  EXPECT_EQ(reason({.by = Reduce::kMax, .trials = 2}, {.by = Reduce::kMax, .trials = 3}),
            "\"m\" is not the same metric in suite \"b\" as in suite \"a\"");
}

TEST(ReductionSafety, TheVerdictNamesTheReduction) {
  const RuleOutcome outcome =
      OutcomeOn("90 x 1,1,0", {.by = Reduce::kPassHatK, .k = 2}, "{name: r, metric: m, at_least: 0.3}");
  EXPECT_EQ(outcome.reduce, "pass_hat_k");
  EXPECT_EQ(outcome.k, 2);
  EXPECT_EQ(outcome.quorum, std::nullopt);
  const RuleOutcome mean = OutcomeOn("90 x 1,1,0", {}, "{name: r, metric: m, at_least: 0.3}");
  EXPECT_EQ(mean.reduce, "");
  EXPECT_EQ(mean.k, std::nullopt);
  const RuleOutcome majority =
      OutcomeOn("90 x 1,1,0", {.by = Reduce::kMajority, .quorum = 3}, "{name: r, metric: m, at_least: 0.3}");
  EXPECT_EQ(majority.reduce, "majority");
  EXPECT_EQ(majority.quorum, 3);
}

}  // namespace
}  // namespace assay
