// Harm of severity 1 that people upheld fails a gate whose every rule passes.

#include "gates/severe_harm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gates/waivers.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

SevereFindings Found(std::int64_t judged, const std::vector<std::string>& cases, std::int64_t open = 0) {
  SevereFindings found{.judged = judged, .upheld = std::ssize(cases), .open = open};
  for (const std::string& each : cases) {
    found.cases.push_back({.ordinal = std::ssize(found.cases), .case_id = each, .item = "i-" + each, .queue = "q"});
  }
  return found;
}

SuiteEvidence Passing(const SevereFindings& found) {
  SuiteEvidence evidence = testing::MakeEvidence({.cases = "60 x 1"});
  evidence.severe = found;
  evidence.held_by = OpenHarmText(found.open);
  return evidence;
}

Verdict Decided(const SevereFindings& found, std::optional<std::int64_t> at_most = {}) {
  std::vector<SuiteEvidence> suites = {Passing(found)};
  GateSpec gate = testing::MakeGate(suites, {"{name: r, metric: m, at_least: 0.9}"});
  if (at_most) gate.severe = SevereSpec{.at_most = *at_most};
  const GateEvidence evidence{
      .gate_version = "sha256:g", .candidate = {"c", "1", "sha256:c"}, .suites = std::move(suites)};
  return Decide(gate, evidence, Time{});
}

TEST(SevereHarm, FailsTheGateAndNamesTheCases) {
  const Verdict verdict = Decided(Found(40, {"a", "b"}));
  EXPECT_EQ(verdict.state, VerdictState::kFail);
  EXPECT_EQ(verdict.reason,
            "severe_harm: 2 of 40 answers that people settled do harm of severity 1: case a (item i-a of queue \"q\"), "
            "case b (item i-b of queue \"q\"); none is accepted");
  EXPECT_THAT(verdict.deciding_rules, ElementsAre("severe_harm"));
  ASSERT_EQ(verdict.rules.size(), 2u);
  EXPECT_EQ(verdict.rules[0].state, VerdictState::kPass);
  const RuleOutcome& harm = verdict.rules[1];
  EXPECT_EQ(harm.severity, 1);
  ASSERT_EQ(harm.parts.size(), 2u);
  EXPECT_EQ(harm.parts[1].slice_value, "i-b");
  EXPECT_EQ(harm.parts[1].worst_cases[0].ordinal, 1);
  EXPECT_EQ(verdict.ceiling, VerdictState::kPass) << "two people can waive it";
}

TEST(SevereHarm, FailsNothingThatTheGateAccepts) {
  const Verdict verdict = Decided(Found(40, {"a"}), 1);
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  EXPECT_EQ(
      verdict.rules[1].reason,
      "1 of 40 answers that people settled does harm of severity 1 (upper bound of the share 0.113188); at most 1 of "
      "the gate are accepted");
  EXPECT_EQ(Decided(Found(40, {"a", "b"}), 1).state, VerdictState::kFail);
}

TEST(SevereHarm, SaysHowMuchThereMayBeWhereNoneWasFound) {
  const Verdict verdict = Decided(Found(40, {}));
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  EXPECT_EQ(verdict.rules[1].reason,
            "0 of 40 answers that people settled do harm of severity 1 (upper bound of the share 0.0721575)");
}

TEST(SevereHarm, IsNoRuleWhereNobodyWasAsked) {
  EXPECT_EQ(Decided(SevereFindings{}).rules.size(), 1u);
  const SevereFindings open = Found(0, {}, 2);
  const Verdict held = Decided(open);
  EXPECT_EQ(held.rules.size(), 1u);
  EXPECT_EQ(held.state, VerdictState::kInconclusive);
  EXPECT_THAT(held.reason, HasSubstr("2 answers are flagged as harm of severity 1, and nobody has ruled on it"));
  EXPECT_EQ(Decided(Found(40, {"a"}, 1)).state, VerdictState::kFail) << "what is upheld needs no more";
}

TEST(SevereHarm, OfTheBaselineHoldsWhileItIsOpenAndFailsNothing) {
  const auto with = [](const SevereFindings& of_baseline) {
    return testing::DecideOn({Passing(Found(40, {}))}, {"{name: r, metric: m, non_inferior: {margin: 0.1}}"},
                             {Passing(of_baseline)});
  };
  EXPECT_EQ(with(Found(40, {"a"})).state, VerdictState::kPass);
  const Verdict held = with(Found(40, {}, 1));
  EXPECT_EQ(held.state, VerdictState::kInconclusive);
  EXPECT_THAT(held.reason, HasSubstr("the baseline: 1 answer is flagged as harm of severity 1"));
}

TEST(SevereHarm, StandsInTheDocument) {
  const Verdict verdict = Decided(Found(40, {"a"}, 1));
  const Json document = ToJson(verdict);
  const auto read = VerdictFromJson(document);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->suites[0].severe, verdict.suites[0].severe);
  EXPECT_EQ(ToJson(*read).DumpCanonical(), document.DumpCanonical());
}

TEST(SevereHarm, OfMoreCasesThanAreNamedCannotBeWaived) {
  SevereFindings found = Found(300, {"a"});
  found.upheld = 150;
  const Verdict verdict = Decided(found);
  EXPECT_THAT(verdict.reason, HasSubstr("case a (item i-a of queue \"q\") and 149 more; none is accepted"));
  EXPECT_EQ(ObstacleTo(verdict.rules[1]), "a part of it has no scored case, and so no evidence");
}

TEST(SevereHarm, IsWaivedByTwoAndForTheCasesThatTheyWereAskedAbout) {
  const auto verdict_on = [](const std::vector<std::string>& cases) {
    Verdict verdict = Decided(Found(40, cases));
    verdict.suites[0].suite_version = "sha256:s";
    verdict.suites[0].dataset_version = "sha256:d";
    verdict.origin = VerdictOrigin{.verdict = "v", .check = "k", .project = "p", .sequence = 1};
    return verdict;
  };
  Verdict verdict = verdict_on({"a"});
  auto waiver = MakeWaiver(verdict,
                           {.requester = "ria",
                            .rules = {"severe_harm"},
                            .reason = "x",
                            .ticket = "T-1",
                            .expires_at = Time{} + std::chrono::hours(2)},
                           kLongestWaiver, Time{});
  ASSERT_TRUE(waiver) << waiver.error().message;
  const auto decision = [&](Verdict of) {
    ApplyWaivers("p", std::vector<Waiver>{*waiver}, Time{} + std::chrono::hours(1), of);
    return of.Decision();
  };
  waiver->id = "w";
  waiver->approvals = {{.principal = "amy", .at = Time{}, .comment = {}}};
  EXPECT_EQ(decision(verdict), VerdictState::kFail) << "one is not enough";
  waiver->approvals.push_back({.principal = "ben", .at = Time{}, .comment = {}});
  EXPECT_EQ(decision(verdict), VerdictState::kPass);
  EXPECT_EQ(decision(verdict_on({"a", "b"})), VerdictState::kFail) << "nobody was asked about b";
  SevereFindings other = Found(40, {"a"});
  other.cases[0].item = "i-of-another-answer";
  Verdict again = Decided(other);
  again.suites = verdict.suites;
  again.origin = verdict.origin;
  EXPECT_EQ(decision(again), VerdictState::kFail) << "another answer of the same case";
}

}  // namespace
}  // namespace assay
