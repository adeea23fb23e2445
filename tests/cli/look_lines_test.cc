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

}  // namespace
}  // namespace assay
