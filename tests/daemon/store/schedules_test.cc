// What became of due times of schedules.

#include <gmock/gmock.h>

#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {
namespace {

ScheduleFact Fact(const std::string& schedule, ScheduleAct act, int due, std::int64_t missed = 0) {
  return {.schedule = schedule, .act = act, .due = At(due), .at = At(due + 1), .timing = "every 1d", .missed = missed};
}

// "nightly 2 @10", act and due time.
std::vector<std::string> Newest(Store& store, const std::string& project = "default") {
  const auto facts = store.ListNewestScheduleFacts(project);
  EXPECT_TRUE(facts) << facts.error().message;
  std::vector<std::string> shown;
  for (const ScheduleFact& fact : *facts) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(fact.due - At(0)).count();
    shown.push_back(fact.schedule + " " + std::to_string(static_cast<int>(fact.act)) + " @" + std::to_string(seconds));
  }
  return shown;
}

TEST_P(StoreTest, ScheduleFactsAreReadBackAsTheyWereAppended) {
  ScheduleFact fact = Fact("nightly", ScheduleAct::kFailed, 10, 4);
  fact.error = "no model \"bot\"";
  fact.check_id = "c";
  fact.skipped = 5;
  fact.failed = 6;
  ASSERT_OK(store().AppendScheduleFact(fact));
  Reopen();
  const auto facts = store().ListNewestScheduleFacts("default");
  ASSERT_OK(facts);
  ASSERT_EQ(facts->size(), 1u);
  const ScheduleFact& read = facts->front();
  EXPECT_EQ(read.project, "default");
  EXPECT_EQ(read.schedule, "nightly");
  EXPECT_EQ(read.act, ScheduleAct::kFailed);
  EXPECT_EQ(read.due, At(10));
  EXPECT_EQ(read.at, At(11));
  EXPECT_EQ(read.timing, "every 1d");
  EXPECT_EQ(read.check_id, "c");
  EXPECT_EQ(read.error, "no model \"bot\"");
  EXPECT_EQ(read.missed, 4);
  EXPECT_EQ(read.skipped, 5);
  EXPECT_EQ(read.failed, 6);
}

TEST_P(StoreTest, TheNewestFactOfEachActIsListedInTheOrderOfAppending) {
  ASSERT_OK(store().AppendScheduleFact(Fact("b", ScheduleAct::kSeen, 1)));
  ASSERT_OK(store().AppendScheduleFact(Fact("a", ScheduleAct::kSeen, 2)));
  ASSERT_OK(store().AppendScheduleFact(Fact("b", ScheduleAct::kDue, 10)));
  ASSERT_OK(store().AppendScheduleFact(Fact("b", ScheduleAct::kStarted, 10)));
  ASSERT_OK(store().AppendScheduleFact(Fact("b", ScheduleAct::kDue, 20)));
  ASSERT_OK(store().AppendScheduleFact(Fact("b", ScheduleAct::kStarted, 20)));
  // Appended later, of an earlier due time: the clock was set back.
  ASSERT_OK(store().AppendScheduleFact(Fact("b", ScheduleAct::kDue, 15)));
  EXPECT_THAT(Newest(store()), ::testing::ElementsAre("b 1 @1", "a 1 @2", "b 3 @20", "b 2 @15"));
  EXPECT_THAT(Newest(store(), "other"), ::testing::IsEmpty());
}

TEST_P(StoreTest, AScheduleHasOneFactOfAnActAndDueTime) {
  ASSERT_OK(store().AppendScheduleFact(Fact("a", ScheduleAct::kDue, 10)));
  const Status again = store().AppendScheduleFact(Fact("a", ScheduleAct::kDue, 10, 3));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_THAT(again.error().message, ::testing::StartsWith("schedule \"a\" has such a fact of "));
  ASSERT_OK(store().AppendScheduleFact(Fact("a", ScheduleAct::kStarted, 10)));
  ASSERT_OK(store().AppendScheduleFact(Fact("b", ScheduleAct::kDue, 10)));
  ASSERT_OK(store().AppendScheduleFact(Fact("a", ScheduleAct::kSeen, 10)));
  ASSERT_OK(store().AppendScheduleFact(Fact("a", ScheduleAct::kSeen, 10)));  // changed twice in a microsecond
  ScheduleFact elsewhere = Fact("a", ScheduleAct::kDue, 10);
  elsewhere.project = "other";
  ASSERT_OK(store().AppendScheduleFact(elsewhere));
}

}  // namespace
}  // namespace assay::testing
