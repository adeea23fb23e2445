// Gates on what a judge says: how often whole rules err when the truth lies on the threshold, and that no judge whose
// errors are not known makes one pass. Fail-open entries of judges are named after what would open.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "gates/plan.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using testing::EvidenceText;
using ::testing::HasSubstr;

// 0, 1, 2, … of a seed.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : seed_(seed) {}
  bool Is(double probability) { return static_cast<double>(RandomAt(seed_, next_++) >> 11) * 0x1p-53 < probability; }
  std::int64_t Count(std::int64_t n, double probability) {
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < n; ++i) count += Is(probability) ? 1 : 0;
    return count;
  }

 private:
  const std::uint64_t seed_;
  std::uint64_t next_ = 0;
};

struct JudgedTruth {
  double rate;
  double sensitivity;
  double specificity;
  double asked = 1;  // share of the cases that the judge is asked of; the others fail

  // Of those that it is asked of, the share that it passes.
  double Judged() const {
    const double good = rate / asked;
    return good * sensitivity + (1 - good) * (1 - specificity);
  }
};

SuiteEvidence DrawnEvidence(const JudgedTruth& truth, std::int64_t cases, std::int64_t sentinels, Draws& draws) {
  const std::int64_t asked = truth.asked == 1 ? cases : draws.Count(cases, truth.asked);
  const std::int64_t passing = draws.Count(asked, truth.Judged());
  SuiteEvidence evidence =
      testing::MakeEvidence({.cases = std::to_string(passing) + " x 1; " + std::to_string(asked - passing) + " x 0; " +
                                      std::to_string(cases - asked) + " x not_judged",
                             .judged = Judged::kCorrectable});
  evidence.judges = {PerfectJudge("m", sentinels, sentinels)};
  evidence.judges[0].counts.true_passes = draws.Count(sentinels, truth.sensitivity);
  evidence.judges[0].counts.true_fails = draws.Count(sentinels, truth.specificity);
  return evidence;
}

struct Tally {
  int pass = 0;
  int fail = 0;
};

constexpr int kRuns = 600;
// The most of so many that a rate of 5 % gives, with three standard errors.
int MostOf(int runs) { return static_cast<int>(runs * (0.05 + 3 * std::sqrt(0.05 * 0.95 / runs))); }
const int kMost = MostOf(kRuns);

Tally TallyOf(const JudgedTruth& truth, const std::string& rule, int runs = kRuns) {
  Tally tally;
  Draws draws(7);
  for (int run = 0; run < runs; ++run) {
    const VerdictState state = testing::DecideOn({DrawnEvidence(truth, 300, 100, draws)}, {rule}).state;
    tally.pass += state == VerdictState::kPass ? 1 : 0;
    tally.fail += state == VerdictState::kFail ? 1 : 0;
  }
  return tally;
}

TEST(JudgedRules, OnTheThresholdTheyPassAndFailNoMoreOftenThanTheySay) {
  for (const JudgedTruth& truth :
       {JudgedTruth{0.8, 0.95, 0.9}, JudgedTruth{0.8, 0.8, 0.99}, JudgedTruth{0.8, 0.99, 0.7}}) {
    const Tally tally = TallyOf(truth, "{name: r, metric: m, at_least: 0.8}");
    EXPECT_LE(tally.pass, kMost);
    EXPECT_LE(tally.fail, kMost);
    const Tally raw = TallyOf(truth, "{name: r, metric: m, at_least: 0.8, uncorrected: true}");
    if (truth.specificity < 0.8) {
      EXPECT_GT(raw.pass, kRuns / 10) << "what the correction is for";
    }
  }
}

// Blank answers fail without the judge: nothing of its errors is to be taken out of these.
TEST(JudgedRules, CorrectOnlyWhatTheJudgeWasAskedOf) {
  constexpr int kFewer = 150;
  for (const JudgedTruth& truth : {JudgedTruth{0.5, 0.95, 0.7, 0.6}, JudgedTruth{0.05, 0.9, 0.7, 0.3}}) {
    for (const std::string bound : {"at_least", "at_most"}) {
      const std::string rule = "{name: r, metric: m, " + bound + ": " + std::to_string(truth.rate) + "}";
      const Tally tally = TallyOf(truth, rule, kFewer);
      EXPECT_LE(tally.pass, MostOf(kFewer)) << bound << " " << truth.rate << " asked of " << truth.asked;
      EXPECT_LE(tally.fail, MostOf(kFewer)) << bound << " " << truth.rate << " asked of " << truth.asked;
    }
  }
  Draws draws(8);
  const JudgedTruth half{0.5, 1, 0.7, 0.5};
  const SuiteEvidence evidence = DrawnEvidence(half, 1000, 500, draws);
  const Verdict verdict = testing::DecideOn(
      {evidence}, {"{name: floor, metric: m, at_least: 0.4}", "{name: ceiling, metric: m, at_most: 0.4}",
                   "{name: sum, expression: \"m >= 0.4\"}"});
  EXPECT_EQ(verdict.rules[0].state, VerdictState::kPass) << verdict.rules[0].reason;
  EXPECT_EQ(verdict.rules[1].state, VerdictState::kFail) << verdict.rules[1].reason;
  EXPECT_EQ(verdict.rules[2].state, VerdictState::kPass) << verdict.rules[2].reason;
  EXPECT_NEAR(verdict.rules[0].parts[0].estimate.value.value_or(0), 0.5, 0.03);
  EXPECT_THAT(verdict.rules[0].reason, HasSubstr(" trials failed without being judged"));
}

// A baseline half of whose answers are blank is as good as what it answered, and a candidate that is worse is seen.
TEST(JudgedRules, CompareWhatTheJudgeWasAskedOf) {
  Draws draws(9);
  const SuiteEvidence baseline = DrawnEvidence({0.5, 1, 0.7, 0.5}, 1000, 500, draws);
  const SuiteEvidence candidate = DrawnEvidence({0.25, 1, 0.7}, 1000, 500, draws);
  const Verdict verdict =
      testing::DecideOn({candidate}, {"{name: r, metric: m, non_inferior: {margin: 0.22}}"}, {baseline});
  EXPECT_NE(verdict.state, VerdictState::kPass) << verdict.rules[0].reason;
  const RulePart& part = verdict.rules[0].parts[0];
  EXPECT_LT(part.estimate.lower.value_or(0), -0.25);
  EXPECT_NEAR(part.estimate.value.value_or(0), -0.25, 0.05);
}

TEST(JudgedRules, FarFromTheThresholdTheyDecide) {
  EXPECT_GT(TallyOf({0.97, 0.98, 0.95}, "{name: r, metric: m, at_least: 0.8}").pass, kRuns * 9 / 10);
  EXPECT_GT(TallyOf({0.5, 0.95, 0.95}, "{name: r, metric: m, at_least: 0.8}").fail, kRuns * 9 / 10);
}

// The judge is milder with the candidate: its errors are those of either run.
TEST(JudgedRules, ComparisonsAreCorrectedByArm) {
  Draws draws(11);
  int passes = 0;
  int raw_passes = 0;
  for (int run = 0; run < kRuns; ++run) {
    const SuiteEvidence candidate = DrawnEvidence({0.7, 0.95, 0.5}, 300, 100, draws);
    const SuiteEvidence baseline = DrawnEvidence({0.8, 0.95, 0.95}, 300, 100, draws);
    const auto state = [&](const std::string& more) {
      return testing::DecideOn({candidate}, {"{name: r, metric: m, non_inferior: {margin: 0.1}" + more + "}"},
                               {baseline})
          .state;
    };
    passes += state("") == VerdictState::kPass ? 1 : 0;
    raw_passes += state(", uncorrected: true") == VerdictState::kPass ? 1 : 0;
  }
  EXPECT_LE(passes, kMost);
  EXPECT_GT(raw_passes, kRuns / 2) << "what the correction is for";
}

VerdictState StateOf(const EvidenceText& text, const std::string& rule, const EvidenceText& baseline = {}) {
  std::vector<SuiteEvidence> baselines;
  if (!baseline.cases.empty()) baselines.push_back(testing::MakeEvidence(baseline));
  return testing::DecideOn({testing::MakeEvidence(text)}, {rule}, std::move(baselines)).state;
}

TEST(JudgedFailOpen, AJudgeWithoutSentinelsNeitherPassesNorFails) {
  for (const char* cases : {"5000 x 1", "5000 x 0"}) {
    for (const Judged judged : {Judged::kCorrectable, Judged::kUncorrectable}) {
      const EvidenceText text{.cases = cases, .judged = judged};
      for (const char* rule :
           {"{name: r, metric: m, at_least: 0.9}", "{name: r, metric: m, at_most: 0.1}",
            "{name: r, grader: m, zero_failures: {max_rate: 0.01}}",
            "{name: r, metric: m, per_case_floor: {at_least: 1}}", "{name: r, expression: m >= 0.9}"}) {
        EXPECT_EQ(StateOf(text, rule), VerdictState::kInconclusive) << rule;
      }
      for (const char* rule :
           {"{name: r, metric: m, non_inferior: {margin: 0.1}}", "{name: r, metric: m, superior: {}}",
            "{name: r, metric: m, equivalent: {margin: 0.1}}", "{name: r, grader: m, no_new_failures: {}}"}) {
        EXPECT_EQ(StateOf(text, rule, text), VerdictState::kInconclusive) << rule;
      }
    }
  }
}

// Every rule that can rest on a judge, with `uncorrected: true`: whatever the judge says of the cases, it decides where
// its sentinels show that it can tell good from bad, in this run and in the baseline's, and nowhere else.
TEST(JudgedFailOpen, UncorrectedIsNoWayRoundSentinels) {
  struct Row {
    const char* sentinels;
    bool is_known;
  };
  const std::vector<std::string> rules = {
      "metric: m, at_least: 0.9",
      "metric: m, at_most: 0.1",
      "metric: m, at_least: 0.9, by: topic",
      "grader: m, zero_failures: {max_rate: 0.01}",
      "metric: m, per_case_floor: {at_least: 1}",
      "metric: m, per_case_floor: {at_least: 1, share: 0.9}",
      "expression: m >= 0.9",
      "metric: m, non_inferior: {margin: 0.1}",
      "metric: m, superior: {}",
      "metric: m, equivalent: {margin: 0.1}",
      "grader: m, no_new_failures: {}",
  };
  for (const Row& row :
       {Row{"", false}, Row{"500 of 500, 0 of 500", false}, Row{"3 of 3, 3 of 3", false},
        Row{"0 + 500 of 500, 500 of 500", false}, Row{"6 of 6, 6 of 6", true}, Row{"200 of 500, 490 of 500", true}}) {
    for (const Judged judged : {Judged::kCorrectable, Judged::kUncorrectable}) {
      for (const char* cases : {"1000 x 1", "1000 x 0"}) {
        const EvidenceText text{.cases = cases, .judged = judged, .sentinels = row.sentinels};
        // Nothing fails anew where the baseline passes nothing.
        const auto baseline_of = [&](const std::string& rule) {
          const bool is_of_ones = rule.find("no_new_failures") != std::string::npos || std::string(cases) == "1000 x 0";
          return EvidenceText{
              .cases = is_of_ones ? "1000 x 1" : "1000 x 0", .judged = judged, .sentinels = row.sentinels};
        };
        for (const std::string& rule : rules) {
          const VerdictState state = StateOf(text, "{name: r, " + rule + ", uncorrected: true}", baseline_of(rule));
          const bool is_decided = state == VerdictState::kPass || state == VerdictState::kFail;
          EXPECT_EQ(is_decided, row.is_known) << rule << " on " << cases << " with " << row.sentinels;
          if (row.is_known) continue;
          EXPECT_EQ(state, VerdictState::kInconclusive) << rule << " on " << cases << " with " << row.sentinels;
        }
      }
    }
  }
}

// All the judges of a combination must be known, each by itself.
TEST(JudgedFailOpen, OneUnknownJudgeOfACombinationSuffices) {
  EvidenceText text{.cases = "1000 x 1",
                    .judged = Judged::kUncorrectable,
                    .sentinels = "200 of 200, 200 of 200",
                    .judge_parts = {"m", "other"}};
  const std::string rule = "{name: r, metric: m, at_least: 0.9, uncorrected: true}";
  SuiteEvidence evidence = testing::MakeEvidence(text);
  const Verdict without = testing::DecideOn({evidence}, {rule});
  EXPECT_EQ(without.state, VerdictState::kInconclusive);
  EXPECT_EQ(without.reason,
            "r: not calibrated: \"other\" is a judge, and how often it is wrong is not known; add sentinels");
  evidence.judges.push_back(testing::MakeCalibration("200 of 200, 200 of 200"));
  evidence.judges.back().grader = "other";
  const Verdict with = testing::DecideOn({evidence}, {rule});
  EXPECT_EQ(with.state, VerdictState::kPass);
  EXPECT_EQ(with.rules.at(0).parts.at(0).judge->judges.size(), 2u) << "the verdict carries what is known of both";
  EXPECT_FALSE(with.rules.at(0).parts.at(0).judge->is_corrected);
  EXPECT_TRUE(with.rules.at(0).uncorrected);
}

// Who draws again until the judge's sentinels turn out well needs more of them each time.
TEST(JudgedFailOpen, ALaterAttemptNeedsAJudgeThatIsBetterKnown) {
  const std::vector<SuiteEvidence> evidence = {
      testing::MakeEvidence({.cases = "1000 x 1", .judged = Judged::kCorrectable, .sentinels = "6 of 6, 6 of 6"})};
  const GateSpec gate = testing::MakeGate(evidence, {"{name: r, metric: m, at_least: 0.9, uncorrected: true}"});
  GateEvidence all{"sha256:gate", {"model", "1", "sha256:model"}, evidence};
  EXPECT_EQ(Decide(gate, all, Time{}).state, VerdictState::kPass);
  all.attempt = 2;
  const Verdict second = Decide(gate, all, Time{});
  EXPECT_EQ(second.state, VerdictState::kInconclusive);
  EXPECT_THAT(second.reason, HasSubstr("not shown to be better than chance"));
}

// An advisory rule shows what the judge says, and a gate of nothing else decides nothing.
TEST(JudgedFailOpen, AnAdvisoryRuleOnAJudgeIsNoPassOfTheGate) {
  const Verdict verdict =
      testing::DecideOn({testing::MakeEvidence({.cases = "5000 x 1", .judged = Judged::kCorrectable})},
                        {"{name: r, metric: m, at_least: 0.9, role: advisory}"});
  EXPECT_EQ(verdict.rules.at(0).state, VerdictState::kPass);
  EXPECT_EQ(verdict.state, VerdictState::kInconclusive);
  EXPECT_FALSE(verdict.rules.at(0).parts.at(0).judge->is_corrected);
}

// A judge that agrees with people is no evidence about the candidate.
TEST(JudgedFailOpen, AgreementAloneIsNoPassOfTheGate) {
  const Verdict verdict = testing::DecideOn(
      {testing::MakeEvidence(
          {.cases = "100 x 1", .judged = Judged::kCorrectable, .sentinels = "500 of 500, 500 of 500"})},
      {"{name: r, agreement: {of: m, at_least: 0.6}}"});
  EXPECT_EQ(verdict.rules.at(0).state, VerdictState::kPass);
  EXPECT_NE(verdict.state, VerdictState::kPass);
}

TEST(JudgedFailOpen, AJudgeThatPassesEverythingPassesNothing) {
  const EvidenceText text{.cases = "5000 x 1", .judged = Judged::kCorrectable, .sentinels = "500 of 500, 0 of 500"};
  EXPECT_EQ(StateOf(text, "{name: r, metric: m, at_least: 0.01}"), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf(text, "{name: r, grader: m, zero_failures: {max_rate: 0.5}}"), VerdictState::kInconclusive);
}

TEST(JudgedFailOpen, SentinelsOfOneLabelTellNothing) {
  for (const char* sentinels : {"500 of 500, 0 of 0", "0 of 0, 500 of 500", "0 of 0, 0 of 0"}) {
    const EvidenceText text{.cases = "5000 x 1", .judged = Judged::kCorrectable, .sentinels = sentinels};
    EXPECT_EQ(StateOf(text, "{name: r, metric: m, at_least: 0.5}"), VerdictState::kInconclusive) << sentinels;
  }
}

// Values that are no passes and failures have no rate, whatever the suite's document says of them.
TEST(JudgedFailOpen, MarksAreNoPasses) {
  const EvidenceText text{.cases = "500 x 0.99", .judged = Judged::kCorrectable, .sentinels = "500 of 500, 500 of 500"};
  EXPECT_EQ(StateOf(text, "{name: r, metric: m, at_least: 0.5}"), VerdictState::kInconclusive);
}

TEST(JudgedFailOpen, TheBaselinesJudgeMustBeKnownToo) {
  const EvidenceText known{.cases = "5000 x 1", .judged = Judged::kCorrectable, .sentinels = "500 of 500, 500 of 500"};
  const EvidenceText unknown{.cases = "5000 x 1", .judged = Judged::kCorrectable};
  const std::string rule = "{name: r, metric: m, non_inferior: {margin: 0.2}}";
  EXPECT_EQ(StateOf(known, rule, known), VerdictState::kPass);
  EXPECT_EQ(StateOf(known, rule, unknown), VerdictState::kInconclusive);
  EXPECT_EQ(StateOf(unknown, rule, known), VerdictState::kInconclusive);
}

// A verdict in the middle of a run would rest on the sentinels asked so far, and on one judge that may become two.
TEST(JudgedFailOpen, NothingIsDecidedBeforeTheRunHasEnded) {
  const EvidenceText text{.cases = "5000 x 0",
                          .state = RunState::kRunning,
                          .judged = Judged::kCorrectable,
                          .sentinels = "500 of 500, 500 of 500"};
  EXPECT_EQ(StateOf(text, "{name: r, metric: m, at_least: 0.9}"), VerdictState::kPending);
}

TEST(JudgedRules, SayWhatTheJudgeDid) {
  const Verdict verdict = testing::DecideOn(
      {testing::MakeEvidence(
          {.cases = "970 x 1; 30 x 0", .judged = Judged::kCorrectable, .sentinels = "196 of 200, 195 of 200"})},
      {"{name: r, metric: m, at_least: 0.9}"});
  const RulePart& part = verdict.rules.at(0).parts.at(0);
  ASSERT_TRUE(part.judge);
  EXPECT_TRUE(part.judge->is_corrected);
  EXPECT_DOUBLE_EQ(*part.judge->raw.value, 0.97);
  EXPECT_EQ(part.judge->judges.at(0).counts.true_passes, 196);
  EXPECT_THAT(part.reason, HasSubstr("as judged 0.97"));
  EXPECT_THAT(part.reason, HasSubstr("passes 196 of 200 sentinels that people pass and fails 195 of 200"));
  EXPECT_EQ(part.estimate.method, "judge_corrected");
  EXPECT_LT(*part.estimate.lower, *part.estimate.value);
  const auto again = VerdictFromJson(ToJson(verdict));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(ToJson(*again), ToJson(verdict));
}

TEST(JudgedRules, ArePlannedWithTheSentinelsThatThereAre) {
  const auto planned = [](std::int64_t sentinels) {
    auto suite = SuiteObservations::Make(400, 1, {{.name = "m", .grader = "m", .judged = Judged::kCorrectable}}, {});
    PlannedSuite one{"s", *std::move(suite)};
    if (sentinels > 0) one.judges.push_back(PerfectJudge("m", sentinels, sentinels));
    GateSpec gate;
    gate.suites = {"s"};
    gate.rules = {testing::MakeRuleSpec("{name: r, metric: m, at_least: 0.95}")};
    return PlanGate(gate, {one}).at(0).parts.at(0);
  };
  EXPECT_THAT(planned(0).problem, HasSubstr("not calibrated"));
  EXPECT_EQ(planned(3).problem,
            "not calibrated: the judge is not shown to be better than chance: more sentinels would tell, or a better "
            "judge (judge \"m\" passes 3 of 3 sentinels that people pass and fails 3 of 3 that they fail)");
  EXPECT_FALSE(planned(3).can_pass);
  EXPECT_TRUE(planned(100).can_pass);
  EXPECT_TRUE(planned(100).can_fail);
  EXPECT_THAT(planned(100).remark, HasSubstr("right on all of its 100 passing and 100 failing sentinels"));
}

// What more cases would show is foretold of the judge's own rate in clusters; for want of that such a check threw, and
// never had a verdict.
TEST(JudgedRules, OfClustersAreUndecidedAndSayWhatWouldDecide) {
  std::string cases;
  for (int i = 0; i < 40; ++i)
    cases += (i == 0 ? "" : "; ") + std::string("5 x ") + (i % 4 == 0 ? "0" : "1") + " %c" + std::to_string(i);
  for (const std::string rule : {"{name: r, metric: m, at_least: 0.7}", "{name: r, metric: m, at_most: 0.8}"}) {
    const Verdict verdict = testing::DecideOn(
        {testing::MakeEvidence(
            {.cases = cases, .judged = Judged::kCorrectable, .sentinels = "1990 of 2000, 1990 of 2000"})},
        {rule});
    EXPECT_EQ(verdict.state, VerdictState::kInconclusive) << verdict.reason;
    EXPECT_THAT(verdict.reason, HasSubstr("lies between the lower bound"));
    EXPECT_THAT(verdict.reason, HasSubstr(" more like these would pass it"));
    EXPECT_TRUE(verdict.rules.at(0).parts.at(0).more_cases) << verdict.reason;
  }
}

// Every rule that corrects, on clusters, with few and many sentinels: something is said of each.
TEST(JudgedRules, OfClustersAreDecidedByEveryRule) {
  for (const std::string sentinels : {"190 of 200, 190 of 200", "3 of 4, 3 of 4", "10 + 5 of 20, 12 of 20"}) {
    for (const std::string cases :
         {"5 x 1 %a; 5 x 0 %b; 5 x 1 %c; 5 x 1 %d", "5 x 1 %a; 5 x 1 %b", "9 x 1 %a; 1 x error %a"}) {
      const EvidenceText text{.cases = cases, .judged = Judged::kCorrectable, .sentinels = sentinels};
      for (const std::string rule :
           {"{name: r, metric: m, at_least: 0.5}", "{name: r, metric: m, at_most: 0.5}",
            "{name: r, metric: m, at_least: 0.5, by: topic}", "{name: r, grader: m, zero_failures: {max_rate: 0.3}}",
            "{name: r, metric: m, non_inferior: {margin: 0.3}}", "{name: r, metric: m, equivalent: {margin: 0.3}}",
            "{name: r, metric: m, superior: {}}", "{name: r, expression: m >= 0.5}",
            "{name: r, metric: m, per_case_floor: {at_least: 0.5, share: 0.5}, uncorrected: true}"}) {
        const Verdict verdict = testing::DecideOn({testing::MakeEvidence(text)}, {rule}, {testing::MakeEvidence(text)});
        EXPECT_NE(verdict.state, VerdictState::kPending) << rule << " on " << cases;
        EXPECT_NE(verdict.rules.at(0).reason, "") << rule << " on " << cases;
      }
    }
  }
}

}  // namespace
}  // namespace assay
