#include "gates/waivers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gates/attestation.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using enum VerdictState;

const Time kNow = *ParseTime("2026-11-24T12:00:00Z");
constexpr std::chrono::hours kDay(24);
const std::string kFloorName = "{name: floor, metric: m, at_least: 0.9}";
const std::string kGravest = "{name: grave, metric: m, at_least: 0.9, severity: 1}";

// "m" passes in 60 of 100 cases.
Verdict Evaluated(const std::vector<std::string>& rules, const std::string& cases = "60 x 1; 40 x 0") {
  Verdict verdict = testing::DecideOn({testing::MakeEvidence({.cases = cases})}, rules);
  verdict.origin = {.verdict = "v-1", .check = "c-1", .project = "default", .sequence = 1, .version = "1"};
  return verdict;
}

WaiverRequest Asked(std::vector<std::string> rules) {
  return {.requester = "ann",
          .rules = std::move(rules),
          .reason = "known, fixed in the next one",
          .ticket = "T-1",
          .expires_at = kNow + 7 * kDay};
}

Waiver Requested(const Verdict& verdict, std::vector<std::string> rules) {
  auto waiver = MakeWaiver(verdict, Asked(std::move(rules)), kLongestWaiver, kNow);
  EXPECT_TRUE(waiver) << waiver.error().message;
  Waiver made = waiver.value_or(Waiver{});
  made.id = "w-1";
  return made;
}

Waiver Approved(const Verdict& verdict, std::vector<std::string> rules, std::vector<std::string> by = {"bob"}) {
  Waiver waiver = Requested(verdict, std::move(rules));
  for (const std::string& who : by) waiver.approvals.push_back({who, kNow, ""});
  return waiver;
}

VerdictState DecisionAt(Verdict verdict, const std::vector<Waiver>& waivers, Time now = kNow,
                        const std::string& project = "default") {
  const VerdictState state = verdict.state;
  ApplyWaivers(project, waivers, now, verdict);
  EXPECT_EQ(verdict.state, state) << "what was evaluated stays";
  return verdict.Decision();
}

std::string Refusal(const Verdict& verdict, const WaiverRequest& request, Duration longest = kLongestWaiver) {
  const auto waiver = MakeWaiver(verdict, request, longest, kNow);
  return waiver ? "" : waiver.error().message;
}

TEST(Waivers, KeepWhatWasEvaluatedAndSayWhoAllowedWhat) {
  Verdict verdict = Evaluated({kFloorName});
  ASSERT_EQ(verdict.state, kFail);
  const Waiver waiver = Approved(verdict, {"floor"});
  ApplyWaivers("default", std::vector{waiver}, kNow, verdict);
  EXPECT_EQ(verdict.state, kFail);
  EXPECT_EQ(verdict.rules[0].state, kFail);
  EXPECT_EQ(verdict.Decision(), kPass);
  ASSERT_EQ(verdict.waivers.size(), 1u);
  EXPECT_EQ(verdict.waivers[0].id, "w-1");
  EXPECT_EQ(verdict.waivers[0].verdict, "v-1");
  EXPECT_THAT(verdict.waivers[0].rules, ElementsAre("floor"));
  EXPECT_THAT(verdict.waivers[0].approvers, ElementsAre("bob"));
  EXPECT_EQ(verdict.waivers[0].requester, "ann");
  EXPECT_FALSE(MayBeSummarised(verdict)) << "no other tool may take it for a PASS";
}

TEST(Waivers, EndWithTheirTime) {
  const Verdict verdict = Evaluated({kFloorName});
  const Waiver waiver = Approved(verdict, {"floor"});
  EXPECT_EQ(DecisionAt(verdict, {waiver}, kNow + 7 * kDay - Duration(1)), kPass);
  EXPECT_EQ(DecisionAt(verdict, {waiver}, kNow + 7 * kDay), kFail);
  EXPECT_EQ(DecisionAt(verdict, {waiver}, kNow - Duration(1)), kFail) << "a clock that went back";
  EXPECT_EQ(StateAt(waiver, kNow), WaiverState::kLive);
  EXPECT_EQ(StateAt(waiver, kNow + 7 * kDay), WaiverState::kExpired);
}

TEST(Waivers, ADecisionIsTakenAnewEachTime) {
  Verdict verdict = Evaluated({kFloorName});
  ApplyWaivers("default", std::vector{Approved(verdict, {"floor"})}, kNow, verdict);
  ASSERT_EQ(verdict.Decision(), kPass);
  ApplyWaivers("default", {}, kNow, verdict);
  EXPECT_EQ(verdict.Decision(), kFail);
  EXPECT_TRUE(verdict.waivers.empty());
}

TEST(Waivers, AreLiveOnlyWhenWholeAndApprovedByOthers) {
  const Verdict verdict = Evaluated({kFloorName});
  const auto state = [&](auto change) {
    Waiver waiver = Approved(verdict, {"floor"});
    change(waiver);
    EXPECT_EQ(DecisionAt(verdict, {waiver}) == kPass, StateAt(waiver, kNow) == WaiverState::kLive);
    return StateAt(waiver, kNow);
  };
  using enum WaiverState;
  EXPECT_EQ(state([](Waiver&) {}), kLive);
  EXPECT_EQ(state([](Waiver& w) { w.approvals.clear(); }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.approvals[0].principal = "ann"; }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.approvals[0].principal = "local"; }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.approvals[0].principal = ""; }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.requester = "local"; }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.requester = ""; }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.reason = " \n"; }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.ticket = ""; }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.rules.clear(); }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.rules[0].state = VerdictState::kError; }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.expires_at = kNow + 91 * kDay; }), kRequested);
  EXPECT_EQ(state([](Waiver& w) { w.revoked_at = kNow; }), kRevoked);
  EXPECT_EQ(state([](Waiver& w) { w.revoked_at = kNow + kDay; }), kRevoked);
}

TEST(Waivers, OfTheGravestRulesNeedTwoApprovers) {
  const Verdict verdict = Evaluated({kGravest});
  const auto decision = [&](std::vector<std::string> by) {
    return DecisionAt(verdict, {Approved(verdict, {"grave"}, std::move(by))});
  };
  EXPECT_EQ(ApprovalsNeeded(Approved(verdict, {"grave"})), 2);
  EXPECT_EQ(decision({"bob"}), kFail);
  EXPECT_EQ(decision({"bob", "bob"}), kFail) << "one person is one";
  EXPECT_EQ(decision({"bob", "ann"}), kFail) << "the requester is none of them";
  EXPECT_EQ(decision({"bob", "cid"}), kPass);
  Waiver forged = Approved(verdict, {"grave"});
  forged.rules[0].severity = 5;  // what the gate says counts, not the waiver's record
  ASSERT_EQ(StateAt(forged, kNow), WaiverState::kLive);
  EXPECT_EQ(DecisionAt(verdict, {forged}), kFail);
}

// What its suite calls grave is grave, whatever the gate says of it.
TEST(Waivers, OfARuleOnAGraderAreAsGraveAsTheGrader) {
  struct Row {
    std::optional<int> grader;
    const char* rule;
    std::optional<std::int64_t> severity;
  };
  const Row rows[] = {{1, "{name: r, metric: m, at_least: 0.9}", 1},
                      {1, "{name: r, grader: m, at_least: 0.9, severity: 3}", 1},
                      {3, "{name: r, metric: m, at_least: 0.9, severity: 2}", 2},
                      {3, "{name: r, metric: m, at_least: 0.9}", 3},
                      {1, "{name: r, expression: \"m >= 0.9\"}", 1},
                      {std::nullopt, "{name: r, metric: m, at_least: 0.9}", std::nullopt}};
  for (const Row& row : rows) {
    Verdict verdict =
        testing::DecideOn({testing::MakeEvidence({.cases = "60 x 1; 40 x 0", .severity = row.grader})}, {row.rule});
    verdict.origin = {.verdict = "v-1", .check = "c-1", .project = "default", .sequence = 1, .version = "1"};
    EXPECT_EQ(verdict.rules[0].severity, row.severity) << row.rule;
    const bool needs_two = row.severity == 1;
    EXPECT_EQ(DecisionAt(verdict, {Approved(verdict, {"r"})}), needs_two ? kFail : kPass) << row.rule;
    EXPECT_EQ(DecisionAt(verdict, {Approved(verdict, {"r"}, {"bob", "cid"})}), kPass) << row.rule;
  }
}

TEST(Waivers, AreBoundToExactlyWhatWasEvaluated) {
  Verdict verdict = Evaluated({kFloorName});
  verdict.baseline = {"base", "1", "sha256:base"};
  const Waiver waiver = Approved(verdict, {"floor"});
  const auto decision = [&](auto change) {
    Verdict other = verdict;
    change(other);
    return DecisionAt(other, {waiver});
  };
  EXPECT_EQ(decision([](Verdict&) {}), kPass);
  EXPECT_EQ(decision([](Verdict& v) { v.gate = "other"; }), kFail);
  EXPECT_EQ(decision([](Verdict& v) { v.gate_version = "sha256:changed"; }), kFail);
  EXPECT_EQ(decision([](Verdict& v) { v.candidate.content_version = "sha256:retrained"; }), kFail);
  EXPECT_EQ(decision([](Verdict& v) { v.baseline->content_version = "sha256:other"; }), kFail);
  EXPECT_EQ(decision([](Verdict& v) { v.baseline.reset(); }), kFail);
  EXPECT_EQ(decision([](Verdict& v) { v.suites[0].suite_version = "sha256:edited"; }), kFail);
  EXPECT_EQ(decision([](Verdict& v) { v.suites[0].dataset_version = "sha256:edited"; }), kFail);
  EXPECT_EQ(decision([](Verdict& v) { v.suites.push_back(v.suites[0]); }), kFail);
  EXPECT_EQ(DecisionAt(verdict, {waiver}, kNow, "elsewhere"), kFail);
  EXPECT_EQ(decision([](Verdict& v) { v.suites[0].run = "run-2"; }), kPass) << "another run on the same data";
  // Without content versions nothing is bound.
  Verdict bare = verdict;
  bare.candidate.content_version = "";
  EXPECT_EQ(DecisionAt(bare, {Approved(bare, {"floor"})}), kFail);
}

TEST(Waivers, OfTwoRulesBothMustBeCovered) {
  const std::string other = "{name: other, metric: m, at_least: 0.8}";
  Verdict verdict = Evaluated({kFloorName, other, "{name: hint, metric: m, at_least: 0.95, role: advisory}"});
  const Waiver first = Approved(verdict, {"floor"});
  Waiver second = Approved(verdict, {"other"});
  second.id = "w-2";
  ApplyWaivers("default", std::vector{first}, kNow, verdict);
  EXPECT_EQ(verdict.Decision(), kFail);
  ASSERT_EQ(verdict.waivers.size(), 1u) << "what is covered is shown all the same";
  EXPECT_EQ(DecisionAt(verdict, {second}), kFail);
  EXPECT_EQ(DecisionAt(verdict, {first, second}), kPass);
  EXPECT_EQ(DecisionAt(verdict, {Approved(verdict, {"floor", "other"})}), kPass);
}

TEST(Waivers, TheOneThatLastsLongestIsNamed) {
  Verdict verdict = Evaluated({kFloorName});
  const Waiver first = Approved(verdict, {"floor"});
  Waiver second = first;
  second.id = "w-2";
  second.expires_at += kDay;
  ApplyWaivers("default", std::vector{first, second}, kNow, verdict);
  ASSERT_EQ(verdict.waivers.size(), 1u);
  EXPECT_EQ(verdict.waivers[0].id, "w-2");
}

TEST(Waivers, OfDoubtDoNotCoverHarm) {
  const Verdict doubt = Evaluated({kFloorName}, "9 x 1; 1 x 0");
  ASSERT_EQ(doubt.state, kInconclusive);
  const Waiver waiver = Approved(doubt, {"floor"});
  EXPECT_EQ(DecisionAt(doubt, {waiver}), kPass);
  const Verdict harm = Evaluated({kFloorName});  // other answers of the same candidate
  EXPECT_EQ(DecisionAt(harm, {waiver}), kFail);
  EXPECT_EQ(DecisionAt(doubt, {Approved(harm, {"floor"})}), kPass) << "the other way round it is less";
}

// What was waived is what was seen: a slice that fails later was not.
TEST(Waivers, OfOneSliceCoverNoOther) {
  const std::string by_topic = "{name: floor, metric: m, at_least: 0.9, by: topic}";
  const auto decision = [&](const std::string& cases, const Waiver& waiver) {
    return DecisionAt(Evaluated({by_topic}, cases), {waiver});
  };
  const std::string a_fails = "60 x 1 @a; 40 x 0 @a; 100 x 1 @b";
  const std::string b_fails = "100 x 1 @a; 100 x 0 @b";
  const std::string both_fail = "60 x 1 @a; 40 x 0 @a; 100 x 0 @b";
  const Verdict waived = Evaluated({by_topic}, a_fails);
  const Waiver waiver = Approved(waived, {"floor"});
  const RulePart& a = waived.rules[0].parts[0];
  EXPECT_THAT(waiver.rules[0].parts, ElementsAre(WaivedPart{"floor", "s", "topic", "a", kFail,
                                                            WaivedFinding{.margin = a.margin, .scored = 100}}));
  EXPECT_EQ(decision(a_fails, waiver), kPass);
  EXPECT_EQ(decision(b_fails, waiver), kFail);
  EXPECT_EQ(decision(both_fail, waiver), kFail);
  EXPECT_EQ(decision(both_fail, Approved(Evaluated({by_topic}, both_fail), {"floor"})), kPass);
  EXPECT_EQ(decision(a_fails, Approved(Evaluated({by_topic}, both_fail), {"floor"})), kPass) << "less than was waived";
  Verdict shown = waived;
  ApplyWaivers("default", std::vector{waiver}, kNow, shown);
  EXPECT_EQ(shown.waivers[0].parts, waiver.rules[0].parts) << "so that the document says what may be covered";
}

// Other answers of the same candidate may be worse ones.
TEST(Waivers, CoverNothingWorseThanWhatWasSeen) {
  const std::string none = "{name: none, grader: m, zero_failures: {max_rate: 0.05}}";
  const std::string each = "{name: each, metric: m, per_case_floor: {at_least: 0.5}}";
  struct Row {
    const char* what;
    std::string rule;
    std::string waived;
    std::string now;
    VerdictState decision;
  };
  const Row rows[] = {
      {"a mean that is no worse", kFloorName, "60 x 1; 40 x 0", "60 x 1; 40 x 0", kPass},
      {"a better one", kFloorName, "60 x 1; 40 x 0", "61 x 1; 39 x 0", kPass},
      {"a worse one", kFloorName, "60 x 1; 40 x 0", "59 x 1; 41 x 0", kFail},
      {"a worse one of fewer cases", kFloorName, "600 x 1; 400 x 0", "18 x 1; 14 x 0", kFail},
      {"a better one of more cases", kFloorName, "18 x 1; 14 x 0", "750 x 1; 250 x 0", kPass},
      {"a worse one in doubt", kFloorName, "92 x 1; 8 x 0", "90 x 1; 10 x 0", kInconclusive},
      {"more cases without a score", kFloorName, "50 x 1; 40 x 0; 10 x unscored", "60 x 1; 29 x 0; 11 x unscored",
       kFail},
      {"the same case again", none, "99 x 1; 1 x 0", "99 x 1; 1 x 0", kPass},
      {"another case", none, "99 x 1; 1 x 0", "98 x 1; 1 x 0; 1 x 1", kFail},
      {"one case more", none, "99 x 1; 1 x 0", "98 x 1; 2 x 0", kFail},
      {"one case less", none, "98 x 1; 2 x 0", "99 x 1; 1 x 0", kPass},
      {"every case", none, "99 x 1; 1 x 0", "100 x 0", kFail},
      {"more cases than are kept, as many", none, "80 x 1; 20 x 0", "80 x 1; 20 x 0", kPass},
      {"more cases than are kept, one more", none, "80 x 1; 20 x 0", "79 x 1; 21 x 0", kFail},
      {"another case below a floor", each, "99 x 1; 1 x 0", "98 x 1; 1 x 0; 1 x 1", kFail},
  };
  for (const Row& row : rows) {
    const Verdict waived = Evaluated({row.rule}, row.waived);
    const Waiver waiver = Approved(waived, {waived.rules[0].rule});
    EXPECT_EQ(DecisionAt(Evaluated({row.rule}, row.now), {waiver}), row.decision) << row.what;
    Waiver from_before = waiver;
    from_before.rules[0].parts[0].finding.reset();
    EXPECT_EQ(DecisionAt(Evaluated({row.rule}, row.now), {from_before}), kPass) << "it did not say what it covers";
  }
}

TEST(Waivers, OfADoubtfulSliceDoNotCoverItsFailureBesideAnother) {
  const std::string by_topic = "{name: floor, metric: m, at_least: 0.9, by: topic}";
  const Verdict waived = Evaluated({by_topic}, "60 x 1 @a; 40 x 0 @a; 9 x 1 @b; 1 x 0 @b");
  const Waiver waiver = Approved(waived, {"floor"});
  ASSERT_EQ(waiver.rules[0].parts.size(), 2u);
  ASSERT_EQ(waiver.rules[0].parts[1].state, kInconclusive);
  EXPECT_EQ(DecisionAt(waived, {waiver}), kPass);
  EXPECT_EQ(DecisionAt(Evaluated({by_topic}, "60 x 1 @a; 40 x 0 @a; 100 x 0 @b"), {waiver}), kFail);
}

TEST(Waivers, FromBeforePartsWereKeptCoverRulesOfOnePart) {
  const std::string by_topic = "{name: floor, metric: m, at_least: 0.9, by: topic}";
  const auto decision = [&](const std::string& rule, const std::string& cases) {
    const Verdict verdict = Evaluated({rule}, cases);
    Waiver waiver = Approved(verdict, {"floor"});
    waiver.rules[0].parts.clear();
    return DecisionAt(verdict, {waiver});
  };
  EXPECT_EQ(decision(kFloorName, "60 x 1; 40 x 0"), kPass);
  EXPECT_EQ(decision(by_topic, "60 x 1 @a; 40 x 0 @a"), kPass);
  EXPECT_EQ(decision(by_topic, "60 x 1 @a; 40 x 0 @a; 100 x 1 @b"), kFail);
}

TEST(Waivers, EndWithTheirGraders) {
  SuiteEvidence evidence = testing::MakeEvidence({.cases = "60 x 1; 40 x 0"});
  const auto with = [&](const std::string& judge) {
    evidence.graders = {"m " + judge};
    Verdict verdict = testing::DecideOn({evidence}, {kFloorName});
    verdict.origin = Evaluated({kFloorName}).origin;
    return verdict;
  };
  const Verdict verdict = with("sha256:judge");
  EXPECT_EQ(DecisionAt(verdict, {Approved(verdict, {"floor"})}), kPass);
  EXPECT_EQ(DecisionAt(with("sha256:another"), {Approved(verdict, {"floor"})}), kFail);
  Waiver older = Approved(verdict, {"floor"});
  older.suites[0].graders_version = "";
  EXPECT_EQ(DecisionAt(verdict, {older}), kPass) << "from before graders were kept";
}

TEST(Waivers, NeverCoverAnError) {
  const std::string missing = "{name: missing, metric: absent, at_least: 0.5}";
  const Verdict verdict = Evaluated({kFloorName, missing});
  ASSERT_EQ(verdict.state, kFail) << "which hides the error";
  EXPECT_EQ(DecisionAt(verdict, {Approved(verdict, {"floor"})}), kFail);
  EXPECT_THAT(Refusal(verdict, Asked({"missing"})), HasSubstr("cannot be waived: it is ERROR"));
  Waiver forged = Approved(verdict, {"floor"});
  forged.rules.push_back({.rule = "missing", .state = kFail});
  EXPECT_EQ(DecisionAt(verdict, {forged}), kFail);
}

TEST(Waivers, NeverCoverAPartInError) {
  Verdict verdict =
      Evaluated({"{name: floor, metric: m, at_least: 0.9, by: topic}"}, "20 x 1; 80 x 0 @a; 20 x error @b");
  ASSERT_EQ(verdict.state, kFail);
  EXPECT_THAT(Refusal(verdict, Asked({"floor"})), HasSubstr("cannot be waived: a part of it is"));
}

TEST(Waivers, NeverCoverWhatHasNoEvidence) {
  const Verdict verdict = Evaluated({kFloorName}, "10 x unscored");
  ASSERT_NE(verdict.state, kPass);
  EXPECT_NE(Refusal(verdict, Asked({"floor"})), "");
  Verdict empty = Evaluated({kFloorName});
  empty.rules[0].parts[0].counts.scored = 0;
  EXPECT_THAT(Refusal(empty, Asked({"floor"})), HasSubstr("no scored case"));
  EXPECT_EQ(DecisionAt(empty, {Approved(Evaluated({kFloorName}), {"floor"})}), kFail);
  empty.rules[0].parts.clear();
  EXPECT_THAT(Refusal(empty, Asked({"floor"})), HasSubstr("there is no evidence"));
  EXPECT_EQ(DecisionAt(empty, {Approved(Evaluated({kFloorName}), {"floor"})}), kFail);
}

// A FAIL that is proven outranks what else is wrong with the runs, and must not hide it from a waiver.
TEST(Waivers, NeverCoverWhatTheGateLacksBesideItsRules) {
  for (const RunState state : {RunState::kError, RunState::kCancelled, RunState::kStopped, RunState::kRunning}) {
    Verdict verdict = testing::DecideOn(
        {testing::MakeEvidence({.cases = "200 x 0; 2 x 1; 1 x skipped", .state = state})}, {kFloorName});
    verdict.origin = Evaluated({kFloorName}).origin;
    EXPECT_NE(verdict.ceiling, kPass) << Name(state);
    EXPECT_EQ(DecisionAt(verdict, {Approved(Evaluated({kFloorName}), {"floor"})}), verdict.state) << Name(state);
    EXPECT_NE(Refusal(verdict, Asked({"floor"})), "") << Name(state);
  }
  Verdict older = Evaluated({kFloorName});
  older.ceiling.reset();
  EXPECT_EQ(DecisionAt(older, {Approved(Evaluated({kFloorName}), {"floor"})}), kFail);
  EXPECT_THAT(Refusal(older, Asked({"floor"})), HasSubstr("check the gate again"));
}

TEST(Waivers, AreRefusedWhereTheGateSaysSo) {
  const Verdict verdict = Evaluated({"{name: floor, metric: m, at_least: 0.9, waivable: false}"});
  ASSERT_FALSE(verdict.rules[0].waivable);
  EXPECT_THAT(Refusal(verdict, Asked({"floor"})), HasSubstr("waivable: false"));
  EXPECT_EQ(DecisionAt(verdict, {Approved(Evaluated({kFloorName}), {"floor"})}), kFail);
}

TEST(Waivers, OfAPassThereIsNone) {
  const Verdict verdict = Evaluated({"{name: floor, metric: m, at_least: 0.3}"});
  ASSERT_EQ(verdict.state, kPass);
  EXPECT_THAT(Refusal(verdict, Asked({"floor"})), HasSubstr("nothing to waive"));
  EXPECT_EQ(DecisionAt(verdict, {}), kPass);
}

TEST(Waivers, ARequestSaysWhatIsWrongWithIt) {
  const Verdict verdict = Evaluated(
      {kFloorName, "{name: easy, metric: m, at_least: 0.1}", "{name: hint, metric: m, at_least: 0.9, role: advisory}"});
  const auto refusal = [&](auto change, Duration longest = kLongestWaiver) {
    WaiverRequest request = Asked({"floor"});
    change(request);
    return Refusal(verdict, request, longest);
  };
  EXPECT_EQ(refusal([](WaiverRequest&) {}), "");
  EXPECT_EQ(refusal([](WaiverRequest& r) { r.reason = " "; }), "reason: a waiver needs one");
  EXPECT_EQ(refusal([](WaiverRequest& r) { r.ticket = ""; }), "ticket: a waiver needs one");
  EXPECT_THAT(refusal([](WaiverRequest& r) { r.reason.assign(4001, 'x'); }), HasSubstr("at most 4000"));
  EXPECT_THAT(refusal([](WaiverRequest& r) { r.rules.clear(); }), HasSubstr("name the rules"));
  EXPECT_THAT(refusal([](WaiverRequest& r) { r.rules = {"flor"}; }), HasSubstr("has no rule \"flor\""));
  EXPECT_THAT(refusal([](WaiverRequest& r) { r.rules = {"floor", "floor"}; }), HasSubstr("named twice"));
  EXPECT_THAT(refusal([](WaiverRequest& r) { r.rules = {"easy"}; }), HasSubstr("it passes"));
  EXPECT_THAT(refusal([](WaiverRequest& r) { r.rules = {"hint"}; }), HasSubstr("advisory"));
  EXPECT_THAT(refusal([](WaiverRequest& r) { r.expires_at = kNow; }), HasSubstr("not in the future"));
  EXPECT_THAT(refusal([](WaiverRequest& r) { r.expires_at = kNow + 91 * kDay; }), HasSubstr("at most"));
  EXPECT_THAT(refusal([](WaiverRequest&) {}, kDay), HasSubstr("lives 1d at most"));
}

}  // namespace
}  // namespace assay
