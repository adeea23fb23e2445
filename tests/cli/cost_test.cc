#include "cli/cost.h"

#include <gtest/gtest.h>

#include "assay/v1/gate.pb.h"
#include "assay/v1/run.pb.h"
#include "cli/check_report.h"
#include "cli/message_json.h"

namespace assay {
namespace {

TEST(Cost, OfARunIsNeverShownAsZeroWhenItIsNotKnown) {
  v1::Run run;
  EXPECT_EQ(Describe(CostOf(run)), "–");
  run.set_answers_without_cost(3);
  EXPECT_EQ(Describe(CostOf(run)), "–");
  run.set_cost_usd(1.2);
  EXPECT_EQ(Describe(CostOf(run)), "at least $1.20; 3 answers without usage");
  run.set_answers_without_cost(1);
  EXPECT_EQ(Describe(CostOf(run)), "at least $1.20; 1 answer without usage");
  run.set_answers_without_cost(0);
  EXPECT_EQ(Describe(CostOf(run)), "$1.20");
}

TEST(Cost, OfAVerdictIsThatOfItsRunsAndNullWhereAPartIsNotKnown) {
  v1::Check check;
  v1::VerdictSuite& first = *check.mutable_verdict()->add_suites();
  EXPECT_TRUE(ToJson(check).Find("cost_usd")->is_null());
  EXPECT_EQ(RenderCheck(check, {}, ReportFormat::kText, false).find("cost"), std::string::npos);
  first.set_cost_usd(1.25);
  EXPECT_EQ(*ToJson(check).Find("cost_usd"), Json(1.25));
  EXPECT_NE(RenderCheck(check, {}, ReportFormat::kText, false).find("\ncost of the runs $1.25\n"), std::string::npos);
  EXPECT_NE(RenderCheck(check, {}, ReportFormat::kMarkdown, false).find("- cost of the runs $1.25\n"),
            std::string::npos);
  v1::VerdictSuite& second = *check.mutable_verdict()->add_suites();
  EXPECT_TRUE(ToJson(check).Find("cost_usd")->is_null());
  EXPECT_NE(
      RenderCheck(check, {}, ReportFormat::kText, false).find("\ncost of the runs $1.25; not known of 1 of 2 suites\n"),
      std::string::npos);
  second.set_cost_usd(0.25);
  EXPECT_EQ(*ToJson(check).Find("cost_usd"), Json(1.5));
  second.set_answers_without_cost(2);
  EXPECT_TRUE(ToJson(check).Find("cost_usd")->is_null());
  EXPECT_NE(RenderCheck(check, {}, ReportFormat::kText, false)
                .find("\ncost of the runs at least $1.50; 2 answers without usage\n"),
            std::string::npos);
}

}  // namespace
}  // namespace assay
