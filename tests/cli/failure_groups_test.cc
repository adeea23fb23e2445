// What reports say of all failing cases together.

#include "cli/failure_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "assay/v1/gate.pb.h"
#include "assay/v1/replay.pb.h"
#include "cli/check_report.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

v1::Check CheckThatFailed() {
  v1::Check check;
  check.set_gate("g");
  check.set_state(v1::VerdictState::FAIL);
  v1::Verdict& verdict = *check.mutable_verdict();
  verdict.set_id("v");
  verdict.set_state(v1::VerdictState::FAIL);
  v1::RuleOutcome& rule = *verdict.add_rules();
  rule.set_rule("floor");
  rule.set_kind("at_least");
  rule.set_metric("answer");
  rule.set_state(v1::VerdictState::FAIL);
  rule.add_parts()->set_state(v1::VerdictState::FAIL);
  return check;
}

// Over all of them: those that are named are examples.
TEST(Reports, SayHowAllFailingCasesFallIntoSlicesAndLabels) {
  FailureGroups groups;
  for (const auto& [value, label, cases] : std::vector<std::tuple<std::string, std::string, int>>{
           {"de", "refusal", 21}, {"en", "", 9}, {"fr", "", 4}, {"it", "", 3}, {"pl", "", 2}, {"", "", 1}}) {
    groups.rows.push_back({.rule = "floor",
                           .suite = "s",
                           .part = "topic=a",
                           .slice = "language",
                           .slice_value = value,
                           .label = label,
                           .cases = cases,
                           .of_cases = 30,
                           .failing = 40});
  }
  groups.problems = {"worse: its failing cases are not grouped: run r was deleted"};
  const auto report = [&](ReportFormat format) { return RenderCheck(CheckThatFailed(), {}, format, false, groups); };
  EXPECT_THAT(report(ReportFormat::kText),
              HasSubstr("\nAll failing cases by slice and label\n"
                        "  RULE   PART     SLICE        LABEL    FAIL  OF CASES  ALL THAT FAIL\n"
                        "  floor  topic=a  language=de  refusal  21    30        40\n"
                        "                  language=en  (none)   9     30\n"
                        "                  language=fr  (none)   4     30\n"
                        "                  language=it  (none)   3     30\n"
                        "                  language=pl  (none)   2     30\n"
                        "  floor topic=a: 1 smaller group of language left out\n"
                        "\n  worse: its failing cases are not grouped: run r was deleted\n"));
  EXPECT_THAT(report(ReportFormat::kMarkdown), HasSubstr("### All failing cases by slice and label\n\n| RULE |"));
  EXPECT_THAT(report(ReportFormat::kJunit),
              HasSubstr("\ntopic=a, language=de, label refusal: 21 of 30 cases, of 40 that fail\n"));
  const Json json = *Json::Parse(report(ReportFormat::kJson));
  EXPECT_EQ(json.Find("failing_groups")->as_array().size(), 6u) << "none is left out";
  EXPECT_EQ(json.Find("failing_groups")->as_array().at(0).Dump(),
            R"({"rule":"floor","suite":"s","part":"topic=a","slice":"language","slice_value":"de","label":"refusal",)"
            R"("cases":21,"of_cases":30,"failing":40,"is_least":false})");
}

TEST(FailureGroups, SayThatLabelsAreWithheldOnceForEachRule) {
  v1::ListWorstCasesResponse response;
  for (int i = 0; i < 2; ++i) {
    v1::PartCases& part = *response.add_parts();
    part.set_rule("floor");
    part.set_failing(3);
    part.set_labels_withheld("withheld: you are not cleared for its data (health)");
    part.add_groups()->set_cases(3);
  }
  v1::PartCases& other = *response.add_parts();
  other.set_rule("ceiling");
  other.add_groups()->set_cases(5);
  FailureGroups groups;
  AddFailureGroups(CheckThatFailed().verdict().rules(0), response, groups);
  EXPECT_EQ(groups.rows.size(), 2u);
  EXPECT_EQ(groups.rows.at(0).label, "");
  EXPECT_EQ(groups.rows.at(0).cases, 3);
  EXPECT_THAT(groups.problems,
              ::testing::ElementsAre(
                  "floor: labels of its failing cases are withheld: you are not cleared for its data (health)"));
}

TEST(FailureGroups, SayOfWhichRuleTheyCouldNotBeMade) {
  v1::ListWorstCasesResponse response;
  v1::PartCases& part = *response.add_parts();
  part.set_rule("floor");
  part.set_not_grouped("they fall into more than 20000 groups");
  response.add_parts()->set_rule("ceiling");
  FailureGroups groups;
  AddFailureGroups(CheckThatFailed().verdict().rules(0), response, groups);
  EXPECT_TRUE(groups.rows.empty());
  EXPECT_THAT(groups.problems, ::testing::ElementsAre("floor: its failing cases are not grouped: they fall into more "
                                                      "than 20000 groups"));
}

}  // namespace
}  // namespace assay
