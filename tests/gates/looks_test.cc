#include "gates/looks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/random.h"
#include "gates/stats/proportion.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

TEST(LooksOfAGate, DoubleUpToAllCases) {
  struct Row {
    StopWhen stop;
    std::int64_t most;
    std::vector<std::int64_t> cases;
  };
  const Row rows[] = {{StopWhen::kAll, 1000, {1000}},         {StopWhen::kEarly, 1, {1}},
                      {StopWhen::kEarly, 49, {49}},           {StopWhen::kEarly, 50, {25, 50}},
                      {StopWhen::kEarly, 101, {26, 51, 101}}, {StopWhen::kEarly, 1000, {32, 63, 125, 250, 500, 1000}}};
  for (const Row& row : rows) {
    const Looks looks = Looks::Of(row.stop, row.most);
    ASSERT_EQ(looks.count(), static_cast<int>(row.cases.size())) << row.most;
    double shares = 0;
    for (int look = 1; look <= looks.count(); ++look) {
      EXPECT_EQ(looks.CasesAt(look, row.most), row.cases[static_cast<std::size_t>(look - 1)]) << row.most;
      shares += looks.ErrorShareOf(look);
    }
    EXPECT_NEAR(shares, 1, 1e-12);
  }
  EXPECT_EQ(Looks::Of(StopWhen::kEarly, 100'000'000).count(), Looks::kMost);
}

TEST(LooksOfAGate, TakeTheSameShareOfASmallerSuite) {
  const Looks looks = Looks::Of(StopWhen::kEarly, 1000);
  EXPECT_EQ(looks.CasesAt(1, 3), 1);
  EXPECT_EQ(looks.CasesAt(5, 3), 2);
  EXPECT_EQ(looks.CasesAt(6, 3), 3);
}

TEST(LooksOfAGate, AreAsManyAsThereCanBe) {
  for (const std::int64_t none : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{13}, std::int64_t{1} << 40})
    EXPECT_EQ(Looks::OfCount(none), std::nullopt) << none;
  EXPECT_EQ(Looks::OfCount(1)->count(), 1);
  EXPECT_EQ(Looks::OfCount(12)->count(), 12);
}

TEST(SentinelsOfLooks, AreOneInEachStretchOfTheCases) {
  const auto within = [](std::int64_t from, std::int64_t to) { return AllOf(Ge(from), Le(to)); };
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_THAT(SpreadOver(Looks(), 100, 4, seed),
                ElementsAre(within(1, 25), within(26, 50), within(51, 75), within(76, 100)));
    EXPECT_THAT(SpreadOver(Looks(), 2, 5, seed), ElementsAre(1, 1, within(1, 2), 2, 2));
    EXPECT_THAT(SpreadOver(Looks(), 10, 0, seed), IsEmpty());
    const Looks looks = Looks::Of(StopWhen::kEarly, 1000);
    const std::vector<std::int64_t> due = SpreadOver(looks, 1000, 100, seed);
    for (int look = 1; look <= looks.count(); ++look) {
      const std::int64_t cases = looks.CasesAt(look, 1000);
      const auto asked = std::ranges::count_if(due, [&](std::int64_t each) { return each <= cases; });
      EXPECT_EQ(asked, 100 * cases / 1000) << look;
    }
  }
  EXPECT_EQ(SpreadOver(Looks(), 1000, 50, 7), SpreadOver(Looks(), 1000, 50, 7));
  EXPECT_NE(SpreadOver(Looks(), 1000, 50, 7), SpreadOver(Looks(), 1000, 50, 8));
}

// Of a judge behind which two answer in turn each is asked about half of them, whatever the distance between two.
TEST(SentinelsOfLooks, AreInStepWithNothing) {
  for (const std::int64_t count : {50, 100, 200}) {
    double odd = 0;
    constexpr int kRounds = 200;
    for (int seed = 0; seed < kRounds; ++seed) {
      std::int64_t before = 0;  // sentinels asked
      for (const std::int64_t due : SpreadOver(Looks(), 400, count, static_cast<std::uint64_t>(seed)))
        odd += static_cast<double>((due + before++) % 2) / static_cast<double>(count);
    }
    EXPECT_NEAR(odd / kRounds, 0.5, 0.02) << count;
  }
}

SentinelAnswers Answers(std::int64_t count, const std::function<bool(std::int64_t)>& is_right) {
  SentinelAnswers answers;
  for (std::int64_t i = 0; i < count; ++i)
    for (const bool passes : {true, false})
      answers.push_back({.passes = passes, .due_cases = i + 1, .verdicts = {is_right(i) == passes}});
  return answers;
}

TEST(SentinelsOfLooks, CountWhereTheyWereDueByThen) {
  const SentinelAnswers answers = Answers(40, [](std::int64_t i) { return i != 3 && i != 30; });
  const JudgeCalibration judge{.grader = "g", .judge = "j", .counts = {.passes = 999}};
  EXPECT_EQ(CalibratedOn(judge, answers, 20).counts, (SentinelCounts{20, 19, 0, 20, 19, 0}));
  EXPECT_EQ(CalibratedOn(judge, answers, 40).counts, (SentinelCounts{40, 38, 0, 40, 38, 0}));
  EXPECT_EQ(CalibratedOn(judge, answers, 40).Unsteady(), "");
}

TEST(SentinelsOfLooks, OfATakenOverRunCountTheWorse) {
  const SentinelAnswers answers{{.passes = true, .due_cases = 1, .verdicts = {true, false}},
                                {.passes = false, .due_cases = 2, .verdicts = {std::nullopt, false}}};
  EXPECT_EQ(CountsOf(answers), (SentinelCounts{1, 0, 1, 1, 0, 1}));
}

TEST(SentinelsOfLooks, TellThatAJudgeChanged) {
  SentinelAnswers answers = Answers(60, [](std::int64_t) { return true; });
  for (SentinelAnswer& each : answers) {
    if (!each.passes && each.due_cases > 30) each.verdicts = {true};
  }
  const JudgeCalibration judge = CalibratedOn({.grader = "g", .judge = "j"}, answers, 60);
  EXPECT_EQ(
      judge.Unsteady(),
      "judge \"j\" changed during the run: of the sentinels that people fail it failed 30 of 30 in the first half "
      "of the run and 0 of 30 in the second");
  EXPECT_EQ(CalibratedOn({.grader = "g", .judge = "j"}, answers, 30).Unsteady(), "") << "it had not changed by then";
  for (SentinelAnswer& each : answers) each.due_cases = 0;
  EXPECT_EQ(CalibratedOn({.grader = "g", .judge = "j"}, answers, 60).Unsteady(), "")
      << "when each was asked is not known";
}

// Over all looks and both labels together: twelve looks at a judge that errs on a fifth, and does not change.
TEST(SentinelsOfLooks, TakeASteadyJudgeForChangedNoMoreOftenThanSaid) {
  constexpr int kRounds = 4000;
  const Looks looks = Looks::Of(StopWhen::kEarly, 3200);
  int changed = 0;
  for (int round = 0; round < kRounds; ++round) {
    Random random(RandomAt(7, static_cast<std::uint64_t>(round)));
    SentinelAnswers answers = Answers(200, [&](std::int64_t) { return random.Uniform() < 0.8; });
    for (SentinelAnswer& each : answers) each.due_cases *= 16;
    bool is_changed = false;
    for (int look = 1; look <= looks.count() && !is_changed; ++look)
      is_changed = !CalibratedOn({.grader = "g"}, answers, looks.CasesAt(look, 3200)).changed.empty();
    changed += is_changed ? 1 : 0;
  }
  EXPECT_LE(changed, kJudgeChangeErrorRate * kRounds + 2 * std::sqrt(kJudgeChangeErrorRate * kRounds));
}

TEST(PlannedCasesOfAGate, AreAtMostThoseThereAre) {
  GateSpec gate;
  EXPECT_EQ(PlannedCases(gate, 10), 10);
  gate.max_n = 7;
  EXPECT_EQ(PlannedCases(gate, 10), 7);
  EXPECT_EQ(PlannedCases(gate, 5), 5);
}

double Binomial(std::int64_t k, std::int64_t n, double p) {
  return std::exp(std::lgamma(static_cast<double>(n + 1)) - std::lgamma(static_cast<double>(k + 1)) -
                  std::lgamma(static_cast<double>(n - k + 1)) + static_cast<double>(k) * std::log(p) +
                  static_cast<double>(n - k) * std::log1p(-p));
}

// The probability that any look of a floor passes, or fails, by adding up all paths of the number of passing cases.
double EverDecides(const Looks& looks, std::int64_t cases, double floor, double truth, bool passes) {
  std::vector<double> going_on{1};  // by passing cases
  std::int64_t seen = 0;
  double decided = 0;
  for (int look = 1; look <= looks.count(); ++look) {
    const std::int64_t now = looks.CasesAt(look, cases);
    std::vector<double> next(static_cast<std::size_t>(now) + 1);
    for (std::int64_t before = 0; before <= seen; ++before) {
      for (std::int64_t more = 0; more <= now - seen; ++more) {
        next[static_cast<std::size_t>(before + more)] +=
            going_on[static_cast<std::size_t>(before)] * Binomial(more, now - seen, truth);
      }
    }
    const double confidence = 1 - 0.05 * looks.ErrorShareOf(look);
    for (std::int64_t k = 0; k <= now; ++k) {
      const bool is_decided =
          passes ? *ClopperPearsonLower(k, now, confidence) >= floor : *ClopperPearsonUpper(k, now, confidence) < floor;
      if (!is_decided) continue;
      decided += next[static_cast<std::size_t>(k)];
      next[static_cast<std::size_t>(k)] = 0;
    }
    going_on = std::move(next);
    seen = now;
  }
  return decided;
}

TEST(LooksOfAGate, TogetherErrNoMoreOftenThanTheRuleMay) {
  for (const std::int64_t cases : {50, 130, 400}) {
    const Looks looks = Looks::Of(StopWhen::kEarly, cases);
    for (const double floor : {0.5, 0.8, 0.9, 0.95, 0.98}) {
      const double passes = EverDecides(looks, cases, floor, floor, true);
      const double fails = EverDecides(looks, cases, floor, floor, false);
      EXPECT_LE(passes, 0.05) << cases << " " << floor;
      EXPECT_LE(fails, 0.05) << cases << " " << floor;
      EXPECT_EQ(EverDecides(Looks(), cases, floor, floor, true) > 0.05, false);
    }
  }
}

SuiteObservations SixCases(int trials) {
  SliceColumn kind("kind", 6);
  for (const auto& [ordinal, value] : std::vector<std::pair<int, const char*>>{{0, "x"}, {1, "y"}, {2, "x"}, {5, "z"}})
    EXPECT_TRUE(kind.Set(ordinal, value));
  MetricShape shape{.name = "m", .grader = "m"};
  shape.reduction.by = Reduce::kMedian;
  auto made = SuiteObservations::Make(6, trials, {shape}, {kind});
  EXPECT_TRUE(made);
  for (int ordinal = 0; ordinal < 6; ++ordinal) {
    for (int trial = 0; trial < trials; ++trial) {
      const double value = (ordinal + trial) % 3 / 2.0;
      EXPECT_TRUE(made->AddScore(0, ordinal, trial, ScoreStatus::kScored, value, value == 1));
    }
    EXPECT_TRUE(made->AddOrigin(ordinal, ordinal == 3 ? AnswerOrigin::kRetried : AnswerOrigin::kFirstTry));
  }
  EXPECT_TRUE(made->SetClusters({0, 0, 1, 2, 2, 3}));
  return *std::move(made);
}

class PartOfTheCases : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Trials, PartOfTheCases, ::testing::Values(1, 2));

TEST_P(PartOfTheCases, IsASuiteOfItsOwn) {
  const SuiteObservations whole = SixCases(GetParam());
  const std::vector<std::uint32_t> ordinals{2, 3, 5};
  const SuiteObservations part = whole.Part(ordinals);
  EXPECT_EQ(part.cases(), 3);
  EXPECT_EQ(part.trials(), GetParam());
  EXPECT_EQ(part.metrics(), whole.metrics());
  for (std::size_t i = 0; i < ordinals.size(); ++i) {
    const CaseTally of_part = part.Tallies(0)[i];
    const CaseTally of_whole = whole.Tallies(0)[ordinals[i]];
    EXPECT_EQ(of_part.sum, of_whole.sum);
    EXPECT_EQ(of_part.scored, of_whole.scored);
    EXPECT_EQ(of_part.passing, of_whole.passing);
    EXPECT_EQ(of_part.Accounted(), GetParam());
    const auto values = part.TrialValues(0, static_cast<std::int64_t>(i));
    const auto of_all = whole.TrialValues(0, ordinals[i]);
    EXPECT_TRUE(std::ranges::equal(values, of_all));
  }
  EXPECT_EQ(part.OriginOf(1), AnswerOrigin::kRetried);
  EXPECT_TRUE(part.HasRetries());
  EXPECT_FALSE(whole.Part(std::vector<std::uint32_t>{0, 1}).HasRetries());
  EXPECT_EQ(part.clusters(), 3);
  EXPECT_EQ(part.ClusterOf(0), 0u);
  EXPECT_EQ(part.ClusterOf(2), 2u);
  const SliceColumn& kind = *part.FindSlice("kind");
  EXPECT_EQ(kind.values()[kind.ValueOf(0)], "x");
  EXPECT_EQ(kind.values()[kind.ValueOf(1)], "");
  EXPECT_THAT(kind.missing(), ElementsAre("y"));
  EXPECT_THAT(whole.FindSlice("kind")->missing(), IsEmpty());
}

TEST(EvidenceOnPartOfTheCases, CountsTheirTrialsOnly) {
  SuiteEvidence whole;
  whole.suite = "s";
  whole.state = RunState::kRunning;
  whole.observations = SixCases(2);
  TrialStatuses statuses(12, TrialStatus::kScored);
  statuses[5] = TrialStatus::kError;
  statuses[11] = std::nullopt;
  const SuiteEvidence part = EvidenceOn(whole, std::vector<std::uint32_t>{0, 2}, statuses);
  EXPECT_EQ(part.state, RunState::kComplete);
  EXPECT_EQ(part.counts, (RunCounts{.scheduled = 4, .scored = 3, .error = 1}));
}

TEST(SettledEarly, OnlyByRulesThatSpeakOfCasesToCome) {
  struct Row {
    const char* kind;
    VerdictState state;
    bool is_settled;
  };
  const Row rows[] = {
      {"at_least", VerdictState::kPass, true},
      {"at_least", VerdictState::kFail, true},
      {"at_least", VerdictState::kInconclusive, false},
      {"at_least", VerdictState::kError, false},
      {"at_least", VerdictState::kPending, false},
      {"at_most", VerdictState::kPass, true},
      {"non_inferior", VerdictState::kPass, true},
      {"superior", VerdictState::kFail, true},
      {"equivalent", VerdictState::kPass, true},
      {"zero_failures", VerdictState::kPass, true},
      {"zero_failures", VerdictState::kFail, true},
      {"expression", VerdictState::kPass, true},
      {"agreement", VerdictState::kPass, true},
      {"coverage", VerdictState::kPass, true},
      {"coverage", VerdictState::kFail, false},
      {"no_new_failures", VerdictState::kPass, false},
      {"no_new_failures", VerdictState::kFail, true},
      {"per_case_floor", VerdictState::kPass, false},
      {"per_case_floor", VerdictState::kFail, false},
      {"freshness", VerdictState::kPass, true},
      {"budget", VerdictState::kFail, true},
      {"drift", VerdictState::kPass, true},
      {"no_such_rule", VerdictState::kPass, false},
  };
  for (const Row& row : rows) {
    GateSpec gate;
    gate.rules.emplace_back().kind = row.kind;
    Verdict verdict;
    verdict.state = row.state;
    verdict.rules.emplace_back().state = row.state;
    EXPECT_EQ(IsSettled(gate, verdict), row.is_settled) << row.kind << " " << Name(row.state);
    gate.rules[0].role = RuleRole::kAdvisory;
    verdict.rules[0].blocking = false;
    EXPECT_EQ(IsSettled(gate, verdict), row.state == VerdictState::kPass) << row.kind << " as advice";
  }
}

}  // namespace
}  // namespace assay
