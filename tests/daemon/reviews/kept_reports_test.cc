#include "daemon/reviews/kept_reports.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using std::chrono::seconds;

QueueReport ReportOn(std::int64_t items) { return {.items = items}; }

TEST(KeptReports, AreGivenAgainForTwentyTimesAsLongAsTheyTook) {
  KeptReports reports;
  const KeptReports::SteadyTime now{};
  reports.Keep("q", ReportOn(KeptReports::kFewItems), seconds(2), now);
  ASSERT_TRUE(reports.Find("q", now + seconds(39)).has_value());
  EXPECT_EQ(reports.Find("q", now + seconds(39))->items, KeptReports::kFewItems);
  EXPECT_FALSE(reports.Find("q", now + seconds(40)).has_value());
  EXPECT_FALSE(reports.Find("other", now).has_value());
}

TEST(KeptReports, OnFewItemsAreMadeAnew) {
  KeptReports reports;
  reports.Keep("q", ReportOn(KeptReports::kFewItems - 1), seconds(2), {});
  EXPECT_FALSE(reports.Find("q", {}).has_value());
}

TEST(KeptReports, AreNoMoreThanSixtyFour) {
  KeptReports reports;
  for (int i = 0; i < 100; ++i) reports.Keep(std::to_string(i), ReportOn(5000), seconds(1 + i), {});
  int kept = 0;
  for (int i = 0; i < 100; ++i) kept += reports.Find(std::to_string(i), {}) ? 1 : 0;
  EXPECT_EQ(kept, 64);
  EXPECT_TRUE(reports.Find("99", {}).has_value()) << "what ends first goes first";
}

}  // namespace
}  // namespace assay
