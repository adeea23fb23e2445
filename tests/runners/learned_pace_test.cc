#include "runners/endpoints/learned_pace.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class LearnedPaceTest : public ::testing::Test {
 protected:
  void Pass(int times, Duration apart = Duration(0)) {
    for (int i = 0; i < times; ++i) pace.OnPassed(1, now += apart);
  }
  // Sent after all that came before.
  Duration Refuse(bool is_many, Duration asked = Duration(0)) {
    now += milliseconds(1);
    return pace.OnRefused({.sent = now, .asked = asked, .is_many = is_many, .uniform = 0.5}, now);
  }
  // The 429 of one burst.
  Duration RefuseMany(Duration asked = Duration(0)) {
    Duration hold{0};
    now += milliseconds(1);
    const Deadline sent = now;
    for (int i = 0; i < 20; ++i) {
      now += milliseconds(1);
      hold += pace.OnRefused({.sent = sent, .asked = asked, .is_many = i >= 2, .uniform = 0.5}, now);
    }
    return hold;
  }

  Deadline now = Deadline(std::chrono::hours(1));
  LearnedPace pace;
};

TEST_F(LearnedPaceTest, ABurstHoldsOnceAndTheNextForTwiceAsLong) {
  EXPECT_EQ(RefuseMany(), milliseconds(375));
  EXPECT_EQ(RefuseMany(), milliseconds(750));
  for (int i = 0; i < 20; ++i) RefuseMany();
  EXPECT_EQ(RefuseMany(), milliseconds(22'500));
  Pass(10);
  EXPECT_EQ(RefuseMany(), milliseconds(375));
}

TEST_F(LearnedPaceTest, WhereMostPassedNothingIsHeldNorSlowedDown) {
  Pass(300);
  EXPECT_EQ(RefuseMany(), Duration::zero());
  EXPECT_EQ(pace.spacing(), Duration::zero());
}

TEST_F(LearnedPaceTest, BeginsAtWhatPassedOfLate) {
  Pass(40, milliseconds(100));
  RefuseMany();
  EXPECT_GE(pace.spacing(), milliseconds(95));
  EXPECT_LE(pace.spacing(), milliseconds(102));
}

TEST_F(LearnedPaceTest, WhoSaysHowLongToWaitIsNotHeldAndAskedAgainAfterThat) {
  EXPECT_EQ(RefuseMany(milliseconds(20)), Duration::zero());
  EXPECT_EQ(pace.spacing(), milliseconds(20));
  for (int i = 0; i < 20; ++i) RefuseMany(milliseconds(20));
  EXPECT_EQ(pace.spacing(), milliseconds(20));
}

TEST_F(LearnedPaceTest, SettlesWhereOneInTwentyIsRefused) {
  Pass(40, milliseconds(100));
  RefuseMany();
  Refuse(false);  // what is there was known
  const Duration before = pace.spacing();
  for (int i = 0; i < 100; ++i) {
    Pass(20, milliseconds(100));
    Refuse(false);
  }
  EXPECT_NEAR(static_cast<double>(pace.spacing().count()), static_cast<double>(before.count()), 0.1 * before.count());
}

TEST_F(LearnedPaceTest, NeverSlowerThanFiveAMinute) {
  for (int i = 0; i < 100; ++i) {
    RefuseMany();
    now += minutes(1);
  }
  EXPECT_EQ(pace.spacing(), seconds(12));
}

TEST_F(LearnedPaceTest, EndsWhenNothingIsHeldBackAnyMore) {
  Pass(40, milliseconds(100));
  RefuseMany();
  Refuse(false);
  Pass(50, seconds(1));
  EXPECT_TRUE(pace.is_on());
  Pass(50, seconds(1));
  EXPECT_FALSE(pace.is_on());
  EXPECT_EQ(pace.spacing(), Duration::zero());
}

}  // namespace
}  // namespace assay
