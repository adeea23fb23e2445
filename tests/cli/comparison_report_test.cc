// What reports say of a comparison with the baseline, and of the look that it was settled at.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assay/v1/gate.pb.h"
#include "cli/check_report.h"
#include "core/json.h"
#include "tests/cli/failed_check.h"

namespace assay {
namespace {

using testing::FailedCheck;
using ::testing::HasSubstr;
using ::testing::Not;

// A rule that compares, and a case that got worse.
v1::Check ComparedCheck() {
  v1::Check check = FailedCheck();
  check.mutable_verdict()->mutable_baseline()->set_name("m");
  check.mutable_verdict()->mutable_baseline()->set_version("1");
  v1::RuleOutcome& rule = *check.mutable_verdict()->mutable_rules(0);
  rule.set_kind("non_inferior");
  rule.set_asks("difference >= -0.02");
  v1::RulePart& part = *rule.mutable_parts(0);
  part.set_slice("lang");
  part.set_slice_value("de");
  part.set_pass_bound(-0.3);
  part.set_fail_bound(-0.1);
  v1::PassTable& passes = *part.mutable_comparison()->mutable_passes();
  passes.set_both(5);
  passes.set_candidate_only(1);
  passes.set_baseline_only(3);
  v1::CheckRun& run = *check.add_runs();
  run.set_role(v1::ComparisonRole::BASELINE);
  run.mutable_run()->set_id("run-2");
  return check;
}

// Of 300 pairs with 5 that the candidate alone passes.
v1::Check ComparedCheck(std::int64_t lost, double margin) {
  v1::Check check = FailedCheck();
  v1::RuleOutcome& rule = *check.mutable_verdict()->mutable_rules(0);
  rule.clear_parts();
  rule.set_kind("non_inferior");
  rule.set_threshold(margin);
  rule.set_confidence(0.95);
  rule.set_asks("difference >= -" + std::to_string(margin));
  v1::RulePart& part = *rule.add_parts();
  part.set_suite("s");
  part.set_state(v1::VerdictState::FAIL);
  part.set_method("paired_gaffke");
  part.mutable_counts()->set_scheduled(300);
  part.mutable_counts()->set_scored(300);
  v1::PassTable& passes = *part.mutable_comparison()->mutable_passes();
  passes.set_both(250 - lost);
  passes.set_candidate_only(5);
  passes.set_baseline_only(lost);
  passes.set_neither(45);
  return check;
}

v1::Check EarlyCheck() {
  v1::Check check = FailedCheck();
  v1::VerdictLook& look = *check.mutable_verdict()->mutable_look();
  look.set_look(2);
  look.set_looks(6);
  look.set_error_share(0.1);
  look.set_cases(63);
  look.set_planned_cases(1000);
  look.set_asked_trials(140);
  look.set_planned_trials(2000);
  v1::ControlComparison& control = *check.mutable_verdict()->add_controls();
  control.set_suite("s");
  control.set_metric("answer");
  control.set_earlier_run_id("run-0");
  control.set_before(0.9);
  control.set_now(0.5);
  control.set_has_moved(true);
  return check;
}

TEST(CheckReport, ShowsAComparisonWithItsBaseline) {
  FailingCase worse{"floor", "c-1", "answer: no", "new text"};
  worse.baseline = {"answer: yes", "old text"};
  const FailingCase other{"other", "c-2", "why", "text"};
  const std::string text = RenderCheck(ComparedCheck(), {worse, other}, ReportFormat::kText, false);
  EXPECT_THAT(text, HasSubstr("candidate m@2  baseline m@1\n"));
  EXPECT_THAT(text, HasSubstr("[-0.3, -0.1]  difference >= -0.02"));
  EXPECT_THAT(text, HasSubstr("  floor lang=de: passed by both 5, by the candidate only 1, by the baseline only 3, by "
                              "neither 0\n"));
  EXPECT_THAT(text, HasSubstr("RULE   CASE  WHY         RESPONSE  BASELINE     ITS RESPONSE\n"));
  EXPECT_THAT(text, HasSubstr("floor  c-1   answer: no  new text  answer: yes  old text\n"));
  EXPECT_THAT(text, HasSubstr("run run-2  baseline  suite"));
  const std::string page = RenderCheck(ComparedCheck(), {worse}, ReportFormat::kMarkdown, false);
  EXPECT_THAT(page, HasSubstr("for `m@2`, compared with `m@1`\n"));
  EXPECT_THAT(page, HasSubstr("- floor lang=de: passed by both 5"));
}

TEST(Reports, OfComparisonsSayHowManyCasesMayBeLostToTheBaseline) {
  const auto report = [](const v1::Check& check) { return RenderCheck(check, {}, ReportFormat::kText, false); };
  EXPECT_THAT(report(ComparedCheck(60, 0.05)),
              HasSubstr("would have passed with 11 or fewer of 300 cases lost to the baseline"));
  EXPECT_THAT(report(ComparedCheck(2, 0.05)),
              HasSubstr("would have passed with 11 or fewer of 300 cases lost to the baseline"))
      << "whatever it has lost";
  EXPECT_THAT(report(ComparedCheck(60, 0.001)), HasSubstr("with none of 300 cases lost to the baseline"));
  v1::Check equal = ComparedCheck(60, 0.009);  // 300 equal ones show 1 - 0.05^(1/300) = 0.00994
  v1::PassTable& passes =
      *equal.mutable_verdict()->mutable_rules(0)->mutable_parts(0)->mutable_comparison()->mutable_passes();
  passes.set_candidate_only(0);
  passes.set_both(195);
  EXPECT_THAT(report(equal), HasSubstr("with no result of 300 cases lost to the baseline"));
  v1::Check passed = ComparedCheck(2, 0.05);
  passed.mutable_verdict()->mutable_rules(0)->mutable_parts(0)->set_state(v1::VerdictState::PASS);
  EXPECT_THAT(RenderCheck(passed, {}, ReportFormat::kJunit, false),
              HasSubstr("passes with 11 or fewer of 300 cases lost to the baseline"));
  v1::Check missing = ComparedCheck(60, 0.05);
  missing.mutable_verdict()->mutable_rules(0)->mutable_parts(0)->mutable_counts()->set_scheduled(301);
  EXPECT_THAT(report(missing), Not(HasSubstr("lost to the baseline"))) << "some missing";
}

TEST(Reports, OfJsonHaveTheResponsesOfRegressions) {
  FailingCase worse{"floor", "c-1", "answer: no", "new\ntext"};
  worse.baseline = {"answer: yes", "old text"};
  const auto json = Json::Parse(RenderCheck(ComparedCheck(), {worse}, ReportFormat::kJson, false));
  ASSERT_TRUE(json);
  const Json& item = json->Find("failing_cases")->as_array().at(0);
  EXPECT_EQ(item.Find("response")->as_string(), "new\ntext");
  EXPECT_EQ(item.Find("baseline")->Find("response")->as_string(), "old text");
  EXPECT_EQ(item.Find("case_id")->as_string(), "c-1");
}

TEST(Reports, NameWhatARuleThatPassesHasLost) {
  v1::Check check = ComparedCheck(2, 0.05);
  v1::RuleOutcome& rule = *check.mutable_verdict()->mutable_rules(0);
  rule.mutable_parts(0)->set_state(v1::VerdictState::PASS);
  rule.mutable_parts(0)->mutable_estimate()->set_cases(300);
  for (const ReportFormat format : {ReportFormat::kText, ReportFormat::kMarkdown}) {
    EXPECT_THAT(RenderCheck(check, {}, format, false),
                HasSubstr("lost 2 of 300 cases to the baseline: assay verdict cases "));
  }
}

// Not only in the reason, which is about the rules.
TEST(CheckReport, SaysAtWhichLookItWasSettledAndWhatTheBaselineDid) {
  const std::string look =
      "look 2 of 6: decided on the first 63 of 1000 cases, with 0.1 of each rule's error rate; 1860 of 2000 trials "
      "were "
      "not asked\n";
  const std::string control =
      "baseline beside it: suite s, answer was 0.9 in run run-0 and is 0.5 on the same cases now: it has MOVED by more "
      "than chance\n";
  const v1::Check check = EarlyCheck();
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kText, false), HasSubstr("  " + look + "  " + control));
  EXPECT_THAT(RenderCheck(check, {}, ReportFormat::kMarkdown, false), HasSubstr("- " + look + "- " + control));
  const Json json = *Json::Parse(RenderCheck(check, {}, ReportFormat::kJson, false));
  EXPECT_EQ(json.Find("look")->Dump(),
            R"({"look":2,"looks":6,"error_share":0.1,"cases":63,"planned_cases":1000,"asked_trials":140,)"
            R"("planned_trials":2000,"saved_trials":1860})");
  EXPECT_EQ(json.Find("controls")->Dump(),
            R"([{"suite":"s","metric":"answer","slice":null,"slice_value":null,"earlier_run":"run-0","earlier_runs":1,)"
            R"("before":0.9,"now":0.5,"has_moved":true,"cases":null,"error_share":null,"missing":null,"lower":null,)"
            R"("upper":null}])");
  v1::Check whole = FailedCheck();
  whole.mutable_verdict()->mutable_look()->set_look(1);
  whole.mutable_verdict()->mutable_look()->set_looks(1);
  whole.mutable_verdict()->mutable_look()->set_error_share(1);
  whole.mutable_verdict()->mutable_look()->set_cases(100);
  whole.mutable_verdict()->mutable_look()->set_planned_cases(100);
  whole.mutable_verdict()->mutable_look()->set_planned_trials(100);
  whole.mutable_verdict()->mutable_look()->set_asked_trials(100);
  EXPECT_THAT(RenderCheck(whole, {}, ReportFormat::kText, false),
              HasSubstr("look 1 of 1: decided on all 100 cases that were planned; 0 of 100 trials were not asked\n"));
  EXPECT_THAT(RenderCheck(FailedCheck(), {}, ReportFormat::kText, false), Not(HasSubstr("look ")));
}

}  // namespace
}  // namespace assay
