#include "config/schedule.h"

#include <gtest/gtest.h>

#include "config/catalog.h"
#include "tests/config/plugin_tables.h"

namespace assay {
namespace {

using testing::TestKinds;

Time TimeOf(std::string_view text) { return *ParseTime(text); }

TEST(ScheduleSpec, EveryCountsFromTheEpoch) {
  struct Case {
    std::string_view every;
    std::string_view after;
    std::string_view next;
  };
  const Case cases[] = {{"24h", "2026-11-28T15:44:23Z", "2026-11-29T00:00:00.000000Z"},
                        {"24h", "2026-11-29T00:00:00Z", "2026-11-30T00:00:00.000000Z"},
                        {"24h", "2026-11-28T23:59:59.999999Z", "2026-11-29T00:00:00.000000Z"},
                        {"6h", "2026-11-28T15:44:23Z", "2026-11-28T18:00:00.000000Z"},
                        {"1m", "2026-11-28T15:44:23Z", "2026-11-28T15:45:00.000000Z"},
                        {"7d", "1970-01-01T00:00:00Z", "1970-01-08T00:00:00.000000Z"},
                        {"7d", "1969-12-31T23:00:00Z", "1970-01-01T00:00:00.000000Z"},
                        {"1d", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00.000000Z"}};
  for (const Case& each : cases) {
    const ScheduleSpec schedule{.every = *ParseDuration(each.every)};
    EXPECT_EQ(FormatTime(*schedule.NextAfter(TimeOf(each.after))), each.next) << each.every << " " << each.after;
  }
}

TEST(ScheduleSpec, IsReadFromADocument) {
  Diagnostics diagnostics;
  const auto document = ParseDocument("request",
                                      "kind: Schedule\nname: nightly\ngate: release\ncandidate: {model: bot, stage: "
                                      "production}\nbaseline: {model: bot, version: v1}\ncron: 0 2 * * 1-5\n",
                                      TestKinds(), ReferencedFiles::kRead, diagnostics);
  ASSERT_TRUE(document) << diagnostics.Render();
  EXPECT_EQ(document->kind, DocumentKind::kSchedule);
  EXPECT_EQ(document->name, "nightly");
  const ScheduleSpec& schedule = *document->schedule();
  EXPECT_EQ(schedule.gate, "release");
  EXPECT_EQ(schedule.candidate.model, "bot");
  EXPECT_EQ(schedule.candidate.stage, "production");
  EXPECT_EQ(schedule.baseline->version, "v1");
  EXPECT_EQ(schedule.Timing(), "cron 0 2 * * 1-5");
  EXPECT_EQ(FormatTime(*schedule.NextAfter(TimeOf("2026-11-28T00:00:00Z"))), "2026-11-30T02:00:00.000000Z");
}

TEST(ScheduleSpec, TimingSaysWhenItIsDue) {
  EXPECT_EQ((ScheduleSpec{.every = std::chrono::hours(24)}).Timing(), "every 1d");
  EXPECT_EQ((ScheduleSpec{.cron = "0 2 * * *"}).Timing(), "cron 0 2 * * *");
  EXPECT_EQ((ScheduleSpec{.cron = "0 2 * * *", .paused = true}).Timing(), "paused");
}

}  // namespace
}  // namespace assay
