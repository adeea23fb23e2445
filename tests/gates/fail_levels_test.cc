// How sure one part of many must be of a FAIL: the levels against Holm's and Benjamini's adjusted p-values, and what
// whole gates do with slices that sit on the threshold.

#include "gates/fail_levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "gates/stats/multiplicity.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::DecideOn;
using ::testing::HasSubstr;
using testing::MakeEvidence;
using testing::OutcomeOn;

TEST(FailLevels, RejectWhatTheAdjustedPValuesReject) {
  Random random(77);
  int rejected = 0;
  for (int round = 0; round < 2000; ++round) {
    const double alpha = round % 2 == 0 ? 0.05 : 0.01;
    std::vector<double> all(1 + random.Below(30));
    for (double& p : all) p = random.Below(3) == 0 ? random.Uniform() : alpha * std::pow(random.Uniform(), 3);
    if (round % 5 == 0) all.push_back(all.front());
    std::vector<double> failing;
    for (const double p : all) {
      if (p <= alpha) failing.push_back(p);
    }
    for (const Multiplicity multiplicity : {Multiplicity::kHolm, Multiplicity::kBenjaminiHochberg}) {
      const PValues adjusted = multiplicity == Multiplicity::kHolm ? AdjustHolm(all) : AdjustBenjaminiHochberg(all);
      const auto fails_at = [&](std::size_t i, double error_rate) { return failing[i] <= error_rate; };
      const std::vector<double> levels = FailLevels(failing.size(), all.size(), alpha, multiplicity, fails_at);
      std::size_t at = 0;
      for (std::size_t i = 0; i < all.size(); ++i) {
        if (all[i] > alpha) {
          EXPECT_GT((*adjusted)[i], alpha);
          continue;
        }
        const bool fails = all[i] <= levels[at];
        EXPECT_LE(levels[at], alpha);
        EXPECT_EQ(fails, (*adjusted)[i] <= alpha * (1 + 1e-12)) << all[i] << " of " << all.size();
        rejected += fails;
        ++at;
      }
    }
  }
  EXPECT_GT(rejected, 10'000);
}

// Of fifty slices that are all far off, each is asked once at the level of the first and once more to be described.
TEST(FailLevels, AskLittleWhereEveryPartIsFarOff) {
  int asked = 0;
  const auto fails_at = [&](std::size_t, double error_rate) {
    ++asked;
    return error_rate >= 1e-8;
  };
  EXPECT_EQ(FailLevels(50, 50, 0.05, Multiplicity::kHolm, fails_at), std::vector<double>(50, 0.05 / 50));
  EXPECT_EQ(asked, 50);
  asked = 0;
  EXPECT_EQ(FailLevels(50, 50, 0.05, Multiplicity::kBenjaminiHochberg, fails_at), std::vector<double>(50, 0.05));
  EXPECT_EQ(asked, 50);
}

std::string Groups(const std::vector<std::pair<int, int>>& passed_and_failed) {
  std::string text;
  int value = 0;
  for (const auto& [passed, failed] : passed_and_failed) {
    const std::string topic = " @v" + std::to_string(value++) + "; ";
    if (passed > 0) text += std::to_string(passed) + " x 1" + topic;
    if (failed > 0) text += std::to_string(failed) + " x 0" + topic;
  }
  return text;
}

// 15 of 20 is below 0.9 at 95 % (p = 0.043); as the worst of ten slices it is what chance brings.
TEST(FailLevels, LetChanceFailNoneOfManySlices) {
  const std::string rule = "{name: r, metric: m, at_least: 0.9, by: topic}";
  std::vector<std::pair<int, int>> slices{{15, 5}};
  EXPECT_EQ(OutcomeOn(Groups(slices), rule).state, VerdictState::kFail);
  for (int i = 0; i < 9; ++i) slices.emplace_back(19, 1);
  const RuleOutcome many = OutcomeOn(Groups(slices), rule);
  EXPECT_EQ(many.state, VerdictState::kInconclusive);
  EXPECT_NEAR(*many.parts.at(0).fail_confidence, 0.995, 1e-12);
  EXPECT_THAT(many.parts.at(0).reason, HasSubstr("FAIL needs 99.5 % confidence, one of 10 parts (Holm)"));
  EXPECT_FALSE(many.parts.at(1).fail_confidence.has_value());
}

TEST(FailLevels, HideNoSliceThatIsReallyBad) {
  std::vector<std::pair<int, int>> slices(40, {20, 0});
  slices[17] = {8, 12};
  const RuleOutcome outcome = OutcomeOn(Groups(slices), "{name: r, metric: m, at_least: 0.9, by: topic}");
  EXPECT_EQ(outcome.state, VerdictState::kFail);
  EXPECT_EQ(outcome.Deciding()->slice_value, "v17");
}

TEST(FailLevels, OfAdvisoryRulesControlTheShareOfFalseOnes) {
  std::vector<std::pair<int, int>> slices(10, {19, 1});
  for (int i = 0; i < 6; ++i) slices[static_cast<std::size_t>(i)] = {14, 6};  // p = 0.011 each
  const std::string shown = "{name: r, metric: m, at_least: 0.9, by: topic, role: advisory}";
  const std::string blocking = "{name: r, metric: m, at_least: 0.9, by: topic}";
  const auto failing = [&](const std::string& rule) {
    const RuleOutcome outcome = OutcomeOn(Groups(slices), rule);
    return std::ranges::count(outcome.parts, VerdictState::kFail, &RulePart::state);
  };
  EXPECT_EQ(failing(shown), 6);
  EXPECT_EQ(failing(blocking), 0);
}

// A failing case is a fact, whatever the number of slices.
TEST(FailLevels, AreNothingToRulesThatCount) {
  std::vector<std::pair<int, int>> slices(30, {20, 0});
  slices[3] = {19, 1};
  const RuleOutcome outcome =
      OutcomeOn(Groups(slices), "{name: r, grader: m, zero_failures: {max_rate: 0.2}, by: topic}");
  EXPECT_EQ(outcome.state, VerdictState::kFail);
}

// Twelve slices that all sit on the threshold.
TEST(FailLevels, FailAGoodCandidateNoMoreOftenThanTheRuleMay) {
  constexpr int kRounds = 300;
  Random random(4242);
  int failed = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::pair<int, int>> slices(12);
    for (auto& [passed, rest] : slices) {
      for (int i = 0; i < 60; ++i) ++(random.Uniform() < 0.8 ? passed : rest);
    }
    failed += OutcomeOn(Groups(slices), "{name: r, metric: m, at_least: 0.8, by: topic}").state == VerdictState::kFail;
  }
  EXPECT_LE(static_cast<double>(failed) / kRounds, 0.05 + 3 * std::sqrt(0.05 * 0.95 / kRounds));
}

// Whoever draws answers until the gate passes.
TEST(Attempts, AreChargedToTheErrorRate) {
  EXPECT_EQ(ConfidenceAt(0.95, 1), 0.95);
  EXPECT_EQ(ConfidenceAt(0.95, 2), 0.975);
  EXPECT_EQ(ConfidenceAt(0.95, 3), 0.9875);
  EXPECT_LT(ConfidenceAt(0.95, 1000), 1);
  double error = 0;
  for (int attempt = 1; attempt < 100; ++attempt) error += 1 - ConfidenceAt(0.95, attempt);
  EXPECT_LE(error, 0.1 + 1e-6);

  GateEvidence evidence{"sha256:gate", {"m", "1", "sha256:m"}, {MakeEvidence({.cases = "29 x 1"})}};
  const GateSpec gate = testing::MakeGate(evidence.suites, {"{name: r, metric: m, at_least: 0.9}"});
  EXPECT_EQ(Decide(gate, evidence, Time{}).state, VerdictState::kPass);
  evidence.attempt = 2;
  const Verdict second = Decide(gate, evidence, Time{});
  EXPECT_EQ(second.state, VerdictState::kInconclusive);
  EXPECT_EQ(second.attempt, 2);
  EXPECT_EQ(second.rules.at(0).confidence, 0.975);
  // Nobody draws again to fail: what failed at the first attempt fails at the tenth.
  evidence.suites = {MakeEvidence({.cases = "82 x 1; 18 x 0"})};
  for (evidence.attempt = 1; evidence.attempt <= 10; ++evidence.attempt) {
    EXPECT_EQ(Decide(gate, evidence, Time{}).state, VerdictState::kFail) << evidence.attempt;
  }
  EXPECT_THAT(second.warnings,
              ::testing::ElementsAre(HasSubstr("this is attempt 2: other answers of this candidate were drawn")));
}

}  // namespace
}  // namespace assay
