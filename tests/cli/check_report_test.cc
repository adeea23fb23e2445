#include "cli/check_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assay/v1/gate.pb.h"
#include "cli/exit_codes.h"
#include "core/json.h"
#include "tests/cli/failed_check.h"

namespace assay {
namespace {

using testing::FailedCheck;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(ExitCodes, AreThoseThatPipelinesDependOn) {
  const std::pair<v1::VerdictState::Value, int> rows[] = {{v1::VerdictState::PASS, 0},
                                                          {v1::VerdictState::FAIL, 1},
                                                          {v1::VerdictState::INCONCLUSIVE, 2},
                                                          {v1::VerdictState::ERROR, 3},
                                                          {v1::VerdictState::PENDING, 4},
                                                          {v1::VerdictState::UNSPECIFIED, 3},
                                                          {static_cast<v1::VerdictState::Value>(99), 3}};
  for (const auto& [state, code] : rows) {
    v1::Check check;
    check.set_state(state);
    EXPECT_EQ(ExitCodeOf(check), code) << state;
  }
}

TEST(TextReport, ShowsTheRuleWithItsEvidenceAndTheFailingCases) {
  const std::string text =
      RenderCheck(FailedCheck(), {{"floor", "case-7", "answer: wrong", "forty\ntwo"}}, ReportFormat::kText, false);
  EXPECT_EQ(text,
            "FAIL  gate release  candidate m@2\n"
            "floor: upper bound 0.7 < 0.9\n"
            "\n"
            "  RULE   METRIC    SLICE  ESTIMATE  BOUNDS       THRESHOLD  MARGIN  CASES  STATE\n"
            "  floor  accuracy         0.6       [0.45, 0.7]  ≥ 0.9      -0.2    9/10   FAIL\n"
            "  floor: counted\n"
            "\n"
            "First failing cases\n"
            "  RULE   CASE    WHY            RESPONSE\n"
            "  floor  case-7  answer: wrong  forty two\n"
            "\n"
            "check check-1  verdict verdict-1\n");
}

TEST(Reports, NameTheReductionOfTrials) {
  v1::Check check = FailedCheck();
  v1::RuleOutcome& rule = *check.mutable_verdict()->mutable_rules(0);
  rule.set_reduce("pass_hat_k");
  rule.set_k(3);
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kText, false), HasSubstr("  floor  accuracy (pass_hat_k 3)  "));
  rule.set_reduce("majority");
  rule.clear_k();
  rule.set_quorum(4);
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kMarkdown, false), HasSubstr("accuracy (majority, quorum 4)"));
}

TEST(Reports, SayByWhatWasBoundedAndInWhichClusters) {
  v1::Check check = FailedCheck();
  v1::RuleOutcome& rule = *check.mutable_verdict()->mutable_rules(0);
  rule.set_method("t");
  rule.mutable_parts(0)->set_method("clustered_t");
  v1::PartClusters& clusters = *rule.mutable_parts(0)->mutable_clusters();
  clusters.set_count(4);
  clusters.set_largest(3);
  clusters.set_design_effect(2.5);
  for (const ReportFormat format : {ReportFormat::kText, ReportFormat::kMarkdown}) {
    const std::string report = RenderCheck(check, {}, format, false);
    EXPECT_THAT(report, HasSubstr("9/10 in 4"));
    EXPECT_THAT(report, HasSubstr("asks for t, bounds by clustered"));
    EXPECT_THAT(report, HasSubstr("4 clusters of up to 3 cases, design effect 2.5"));
  }
}

// 60 of 100 cases pass a floor of 0.9, those of topic b all.
v1::Check SlicedCheck() {
  v1::Check check = FailedCheck();
  v1::RuleOutcome& rule = *check.mutable_verdict()->mutable_rules(0);
  rule.clear_parts();
  for (const auto& [topic, value] : {std::pair("a", 0.6), std::pair("b", 1.0)}) {
    v1::RulePart& part = *rule.add_parts();
    part.set_suite("s");
    part.set_slice("topic");
    part.set_slice_value(topic);
    part.set_state(value < 0.9 ? v1::VerdictState::FAIL : v1::VerdictState::PASS);
    part.mutable_estimate()->set_value(value);
    part.mutable_estimate()->set_cases(100);
    part.mutable_shown()->set_value(value);
    part.set_pass_bound(value < 0.9 ? 0.51 : 0.97);
    part.set_fail_bound(value < 0.9 ? 0.69 : 1);
    part.set_margin(value < 0.9 ? -0.21 : 0.07);
    part.set_method("clopper_pearson");
    part.mutable_counts()->set_scheduled(100);
    part.mutable_counts()->set_scored(100);
  }
  return check;
}

TEST(Reports, NameTheMethodAndWhatWouldHavePassed) {
  for (const ReportFormat format : {ReportFormat::kText, ReportFormat::kMarkdown}) {
    const std::string report = RenderCheck(SlicedCheck(), {}, format, false);
    EXPECT_THAT(report, HasSubstr("floor: bounds by clopper"));
    EXPECT_THAT(report,
                HasSubstr("BOUNDS: each by itself, one-sided, at the confidence of its rule (below), what is "
                          "missing counted at its worst. MARGIN: from the threshold to the bound that decides."));
    // At a rate of 0.9 there are 95 or more in 5.8 %, 96 or more in 2.4 %.
    EXPECT_THAT(report, HasSubstr("floor topic=a: would have passed with 96 or more of 100 cases"));
  }
  v1::Check check = SlicedCheck();
  v1::RuleOutcome& rule = *check.mutable_verdict()->mutable_rules(0);
  rule.set_kind("at_most");
  rule.set_threshold(0.1);
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kText, false), HasSubstr("with 4 or fewer of 100 cases"));
  rule.set_threshold(0.01);
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kText, false), HasSubstr("with no result of 100 cases"));
  rule.mutable_parts(0)->mutable_counts()->set_scored(99);
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kText, false), Not(HasSubstr("would have passed")))
      << "some missing";
}

TEST(Reports, OfJunitSayOfEachRuleWhatWasAskedAndFound) {
  v1::Check check = SlicedCheck();
  check.mutable_verdict()->mutable_rules(0)->mutable_parts()->DeleteSubrange(0, 1);
  check.mutable_verdict()->mutable_rules(0)->set_state(v1::VerdictState::PASS);
  EXPECT_THAT(
      RenderCheck(check, {}, ReportFormat::kJunit, false),
      HasSubstr(
          "name=\"floor\"><system-out>topic=b: asks ≥ 0.9; estimate 1, bounds [0.97, 1], 100 of 100 cases "
          "scored, bounds by clopper_pearson at 95 %; passes with 96 or more of 100 cases</system-out></testcase>"));
}

TEST(Reports, GroupFailingCasesAndSayHowManyAreLeftOut) {
  FailingCase first{"floor", "c-1", "answer: no", "text"};
  first.suite = "s";
  first.slice = "topic=a";
  first.label = "refusal";
  FailingCase second = first;
  second.case_id = "c-2";
  const std::string text = RenderCheck(SlicedCheck(), {first, second}, ReportFormat::kText, false);
  EXPECT_THAT(text, HasSubstr("  RULE   SLICE    LABEL    CASE  WHY         RESPONSE\n"
                              "  floor  topic=a  refusal  c-1   answer: no  text\n"));
  EXPECT_THAT(text, HasSubstr("  floor topic=a: 38 more of 40 failing cases are left out\n"));
  EXPECT_THAT(text, Not(HasSubstr("topic=b: 0 more")));
  EXPECT_THAT(RenderCheck(SlicedCheck(), {first}, ReportFormat::kMarkdown, false), HasSubstr("39 more of 40 failing"));
}

v1::Check WaivedCheck() {
  v1::Check check = FailedCheck();
  check.set_decision(v1::VerdictState::PASS);
  v1::Verdict& verdict = *check.mutable_verdict();
  verdict.set_decision(v1::VerdictState::PASS);
  v1::AppliedWaiver& waiver = *verdict.add_waivers();
  waiver.set_id("w-1");
  waiver.add_rules("floor");
  waiver.set_reason("known\n<b>");
  waiver.set_ticket("T-1");
  waiver.set_requester("ann");
  waiver.add_approvers("bob");
  waiver.mutable_expires_at()->set_seconds(1'800'000'000);
  return check;
}

TEST(Reports, OfAWaivedVerdictShoutThatItDidNotPass) {
  const v1::Check check = WaivedCheck();
  EXPECT_EQ(ExitCodeOf(check), 0);
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kText, false),
              HasSubstr("FAIL, WAIVED  gate release  candidate m@2\nfloor: upper bound 0.7 < 0.9\n"
                        "FAIL, waived until 2027-01-15T08:00:00Z by ann, approved by bob: rule floor (ticket T-1, "
                        "waiver w-1): known <b>\n"));
  const std::string page = RenderCheck(check, {}, ReportFormat::kMarkdown, false);
  EXPECT_THAT(page, HasSubstr("## ⚠️ FAIL, WAIVED: gate"));
  EXPECT_THAT(page, Not(HasSubstr("✅")));
  const std::string junit = RenderCheck(check, {}, ReportFormat::kJunit, false);
  EXPECT_THAT(junit, HasSubstr("failures=\"0\" errors=\"0\""));
  EXPECT_THAT(junit, HasSubstr("waived until 2027-01-15T08:00:00Z (ticket T-1) FAIL: upper bound"));
  EXPECT_THAT(junit, HasSubstr("WAIVED FAIL: floor"));
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kJson, false), HasSubstr("\"decision\": \"PASS\""));
}

TEST(ExitCodes, AreThoseOfTheStateUnlessWaiversReallyCoverIt) {
  v1::Check partial = WaivedCheck();
  partial.set_decision(v1::VerdictState::FAIL);
  partial.mutable_verdict()->set_decision(v1::VerdictState::FAIL);
  EXPECT_EQ(ExitCodeOf(partial), 1);
  EXPECT_THAT(RenderCheck(partial, {}, ReportFormat::kText, false), HasSubstr("Waived in part, which is not enough"));
  EXPECT_THAT(RenderCheck(partial, {}, ReportFormat::kJunit, false), HasSubstr("failures=\"2\""));
  v1::Check without = WaivedCheck();
  without.mutable_verdict()->clear_waivers();
  EXPECT_EQ(ExitCodeOf(without), 1) << "a decision that nobody answers for";
  for (const auto state : {v1::VerdictState::ERROR, v1::VerdictState::PENDING, v1::VerdictState::UNSPECIFIED}) {
    v1::Check check = WaivedCheck();
    check.set_state(state);
    EXPECT_NE(ExitCodeOf(check), 0);
  }
}

TEST(TextReport, SaysEachReasonOnce) {
  v1::Check check = FailedCheck();
  v1::RuleOutcome& other = *check.mutable_verdict()->add_rules();
  other.set_rule("speed");
  other.set_kind("at_most");
  other.set_confidence(0.99);
  other.set_state(v1::VerdictState::INCONCLUSIVE);
  other.set_reason("300 lies between the bounds");
  v1::RulePart& part = *other.add_parts();
  part.set_pass_bound(400);
  part.set_state(v1::VerdictState::INCONCLUSIVE);
  const std::string text = RenderCheck(check, {}, ReportFormat::kText, false);
  EXPECT_EQ(text.find("floor: upper bound 0.7 < 0.9"), text.rfind("floor: upper bound 0.7 < 0.9"));
  EXPECT_THAT(text, HasSubstr("\n  speed: 300 lies between the bounds\n"));
  EXPECT_THAT(text, HasSubstr("[–, 400]"));
}

TEST(Reports, SayTheConfidenceOfEachRuleAndSide) {
  v1::Check check = SlicedCheck();
  v1::RuleOutcome& other = *check.mutable_verdict()->add_rules();
  other = check.verdict().rules(0);
  other.set_rule("harm");
  other.set_confidence(0.99);
  other.set_severity(1);
  for (v1::RulePart& part : *other.mutable_parts()) part.set_fail_confidence(0.9);
  v1::RuleOutcome& drift = *check.mutable_verdict()->add_rules();
  drift.set_rule("steady");
  drift.set_kind("drift");
  drift.add_parts()->mutable_estimate()->set_method("ewma");
  for (const ReportFormat format : {ReportFormat::kText, ReportFormat::kMarkdown, ReportFormat::kJunit}) {
    const std::string report = RenderCheck(check, {}, format, false);
    for (const std::string line :
         {"at 95 %", "severity 1, bounds by ", "at 99 % for PASS and 90 % for FAIL", "chart ewma"}) {
      EXPECT_THAT(report, HasSubstr(line)) << line;
    }
  }
}

TEST(Reports, SayWhatWouldChangeOfRulesThatForetellNoNumber) {
  v1::Check check = SlicedCheck();
  v1::RuleOutcome& rule = *check.mutable_verdict()->mutable_rules(0);
  rule.set_kind("superior");
  rule.set_asks("difference > 0");
  for (v1::RulePart& part : *rule.mutable_parts()) part.set_method("paired_gaffke");
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kText, false),
              HasSubstr("floor topic=a: would pass once its bound for PASS, 0.51, meets difference > 0\n"));
  const auto json = Json::Parse(RenderCheck(check, {}, ReportFormat::kJson, false));
  ASSERT_TRUE(json);
  EXPECT_EQ(json->Find("what_would_change")->as_array().at(0).as_string(),
            "floor topic=a: would pass once its bound for PASS, 0.51, meets difference > 0");
}

TEST(Reports, OfJunitNameTheFailingCasesWithBothAnswers) {
  FailingCase lost{"floor", "c-1", "answer: no", "It is\n5."};
  lost.label = "wrong";
  lost.baseline = {"answer", "It is 4."};
  EXPECT_THAT(RenderCheck(FailedCheck(), {lost}, ReportFormat::kJunit, false),
              HasSubstr("c-1 [wrong]: answer: no | It is 5. | baseline: answer | It is 4."));
}

TEST(Reports, ShowTheWarningsOfTheVerdict) {
  v1::Check check = FailedCheck();
  check.mutable_verdict()->add_warnings("half of <it> was retried");
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kText, false), HasSubstr("\nWarning: half of <it> was retried\n"));
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kMarkdown, false),
              HasSubstr("\n⚠️ half of \\<it> was retried\n"));
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kJunit, false),
              HasSubstr("    <system-out>Warning: half of &lt;it&gt; was retried\n</system-out>\n  </testsuite>"));
}

// The verdict does not say which metrics an expression puts together.
TEST(WhatCounts, OfAnExpressionIsWhatAllGradersSaid) {
  v1::RuleOutcome rule;
  rule.set_kind("expression");
  v1::Trial trial;
  const auto add = [&](const std::string& grader) {
    v1::Score& score = *trial.add_scores();
    score.set_grader(grader);
    score.set_status(v1::ScoreStatus::SCORED);
    return &score;
  };
  v1::Score& answer = *add("answer");
  answer.set_pass(false);
  answer.set_reason("no number in it");
  v1::Score& polite = *add("polite");
  polite.set_pass(true);
  polite.set_reason("says please");
  add("similarity")->set_value(0.25);
  v1::Score& judge = *add("judge");
  judge.set_status(v1::ScoreStatus::ERROR);
  judge.set_reason("did not answer");
  EXPECT_EQ(WhatCounts(rule, trial),
            "answer FAIL: no number in it; polite pass; similarity 0.25; judge ERROR: did not answer");
  trial.clear_scores();
  trial.set_error("endpoint answered 503");
  EXPECT_EQ(WhatCounts(rule, trial), "endpoint answered 503");
}

TEST(WhatCounts, IsOfTheGraderThatTheRuleJudges) {
  v1::Trial trial;
  v1::Score& tone = *trial.add_scores();
  tone.set_grader("tone");
  tone.set_status(v1::ScoreStatus::SCORED);
  tone.set_pass(false);
  tone.set_reason("rude");
  v1::Score& similarity = *trial.add_scores();
  similarity.set_grader("similarity");
  similarity.set_status(v1::ScoreStatus::SCORED);
  similarity.set_value(0.25);
  similarity.set_reason("far off");
  trial.mutable_response()->mutable_latency()->set_nanos(812'500'000);
  v1::RuleOutcome rule;
  rule.set_source("score");
  rule.set_grader("tone");
  EXPECT_EQ(WhatCounts(rule, trial), "tone: rude");
  rule.set_grader("similarity");
  EXPECT_EQ(WhatCounts(rule, trial), "similarity 0.25: far off");
  rule.set_grader("");
  rule.set_source("latency_ms");
  EXPECT_EQ(WhatCounts(rule, trial), "latency_ms 812.5");
  rule.set_source("tokens_out");
  trial.set_error("endpoint answered 503");
  EXPECT_EQ(WhatCounts(rule, trial), "endpoint answered 503");
}

TEST(JunitReport, TurnsRedForEverythingThatIsNotAPass) {
  v1::Check check = FailedCheck();
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kJunit, false),
              HasSubstr("tests=\"2\" failures=\"2\" errors=\"0\""));
  check.set_state(v1::VerdictState::INCONCLUSIVE);
  check.mutable_verdict()->mutable_rules(0)->set_state(v1::VerdictState::INCONCLUSIVE);
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kJunit, false), HasSubstr("<failure type=\"INCONCLUSIVE\""));
  check.set_state(v1::VerdictState::ERROR);
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kJunit, false), HasSubstr("<error type=\"ERROR\""));
  check.clear_verdict();
  check.set_state(v1::VerdictState::PENDING);
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kJunit, false), HasSubstr("errors=\"1\""));
}

TEST(JunitReport, EscapesWhatItQuotes) {
  v1::Check check = FailedCheck();
  check.set_reason("a<b>\"&\x01");
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kJunit, false), HasSubstr("message=\"a&lt;b&gt;&quot;&amp;\""));
}

TEST(MarkdownReport, IsATableAndNeverShowsAGreenMarkUnlessItPasses) {
  const std::string text = RenderCheck(FailedCheck(), {}, ReportFormat::kMarkdown, false);
  EXPECT_THAT(text, HasSubstr("## ❌ FAIL: gate `release` for `m@2`"));
  EXPECT_THAT(text, HasSubstr("| floor | accuracy |  | 0.6 | [0.45, 0.7] | ≥ 0.9 | -0.2 | 9/10 | FAIL |"));
  EXPECT_THAT(text, Not(HasSubstr("✅")));
}

TEST(JsonReport, CarriesTheStoredVerdictAndNullWhileThereIsNone) {
  v1::Check check = FailedCheck();
  check.mutable_verdict()->set_document(R"({"state":"FAIL","rules":[]})");
  const std::string json = RenderCheck(check, {}, ReportFormat::kJson, false);
  EXPECT_THAT(json, HasSubstr("\"state\": \"FAIL\""));
  EXPECT_THAT(json, HasSubstr("\"verdict\": {\n"));
  check.clear_verdict();
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kJson, false), HasSubstr("\"verdict\": null"));
}

}  // namespace
}  // namespace assay
