// How far the comparison of a baseline with its own past can be relied on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "assay/v1/gate.pb.h"
#include "cli/check_report.h"

namespace assay {
namespace {

using ::testing::HasSubstr;

TEST(CheckReport, SaysOnHowManyCasesTheBaselineWasCompared) {
  v1::Check check;
  v1::Verdict& verdict = *check.mutable_verdict();
  verdict.set_id("v");
  v1::ControlComparison& control = *verdict.add_controls();
  control.set_suite("s");
  control.set_metric("answer");
  control.set_has_moved(true);
  const auto line = [&] { return RenderCheck(check, {}, ReportFormat::kText, false); };
  control.set_cases(50);
  control.set_error_share(0.25);
  EXPECT_THAT(line(), HasSubstr("more than chance; compared on 50 cases with 1/4 of the error share\n"));
  v1::VerdictSuite& suite = *verdict.add_suites();
  suite.mutable_suite()->set_name("s");
  suite.mutable_counts()->set_scheduled(200);
  EXPECT_THAT(line(), HasSubstr("; compared on 50 of 200 cases with 1/4 of the error share\n"));
  control.set_cases(200);
  control.set_error_share(1);
  EXPECT_THAT(line(), HasSubstr("; compared on 200 cases with the whole error share\n"));
  const Json json = *Json::Parse(RenderCheck(check, {}, ReportFormat::kJson, false));
  EXPECT_EQ(*json.Find("controls")->as_array().at(0).Find("cases"), Json(200));
}

TEST(CheckReport, SumsUpTheSlicesInWhichTheBaselineHasNotMoved) {
  v1::Check check;
  v1::Verdict& verdict = *check.mutable_verdict();
  verdict.set_id("v");
  const auto add = [&](const std::string& slice, std::int64_t cases, bool has_moved) {
    v1::ControlComparison& control = *verdict.add_controls();
    control.set_suite("s");
    control.set_metric("answer");
    control.set_earlier_run_id("r");
    if (!slice.empty()) control.set_slice("lang");
    control.set_slice_value(slice);
    control.set_cases(cases);
    control.set_missing(0.25);
    control.set_has_moved(has_moved);
  };
  add("", 40, false);
  add("de", 20, true);
  add("en", 10, false);
  add("fr", 9, false);
  add("it", 0, false);
  const std::string text = RenderCheck(check, {}, ReportFormat::kText, false);
  EXPECT_THAT(text, HasSubstr("suite s, answer was – in run r"));
  EXPECT_THAT(text,
              HasSubstr("suite s, answer in lang=de was – in run r and is – on the same cases now: it has MOVED"));
  EXPECT_THAT(text, HasSubstr("baseline beside it: in 2 slices not moved by more than chance\n"));
  EXPECT_THAT(text, HasSubstr("baseline beside it: in 1 slice nothing tells whether it has moved\n"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("lang=en")));
  const Json json = *Json::Parse(RenderCheck(check, {}, ReportFormat::kJson, false));
  EXPECT_EQ(*json.Find("controls")->as_array().at(1).Find("slice_value"), Json("de"));
  EXPECT_EQ(*json.Find("controls")->as_array().at(1).Find("missing"), Json(0.25));
}

}  // namespace
}  // namespace assay
