#include "config/cron.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

Time At(std::string_view text) { return *ParseTime(text); }

std::string NextOf(std::string_view cron, std::string_view after) {
  const auto parsed = CronExpression::Parse(cron);
  if (!parsed) return parsed.error().message;
  const auto next = parsed->NextAfter(At(after));
  return next ? FormatTime(*next).substr(0, 16) : "never";
}

TEST(CronExpression, NamesTheNextDueTime) {
  struct Case {
    std::string_view cron;
    std::string_view after;
    std::string_view next;
  };
  const Case cases[] = {
      {"* * * * *", "2026-11-28T15:44:00Z", "2026-11-28T15:45"},
      {"* * * * *", "2026-11-28T15:44:59.999999Z", "2026-11-28T15:45"},
      {"* * * * *", "2026-12-31T23:59:30Z", "2027-01-01T00:00"},
      {"0 2 * * *", "2026-11-28T01:59:59.999999Z", "2026-11-28T02:00"},
      {"0 2 * * *", "2026-11-28T02:00:00Z", "2026-11-29T02:00"},
      {"0 2 * * *", "2026-11-28T02:00:00.000001Z", "2026-11-29T02:00"},
      {"*/15 * * * *", "2026-11-28T15:45:00Z", "2026-11-28T16:00"},
      {"5-20/5 9-17/4 * * *", "2026-11-28T09:20:00Z", "2026-11-28T13:05"},
      {"5-20/5 9-17/4 * * *", "2026-11-28T17:20:00Z", "2026-11-29T09:05"},
      {"59 23 31 12 *", "2026-11-28T00:00:00Z", "2026-12-31T23:59"},
      {"0,30,45 0 * * *", "2026-11-28T00:30:00Z", "2026-11-28T00:45"},
      {"  0\t2  *  * * ", "2026-11-28T00:00:00Z", "2026-11-28T02:00"},
      {"00 02 01 01 *", "2026-11-28T00:00:00Z", "2027-01-01T02:00"},
      // 2026-11-28 is a Saturday.
      {"0 2 * * 1-5", "2026-11-28T00:00:00Z", "2026-11-30T02:00"},
      {"0 2 * * mon-FRI", "2026-11-27T02:00:00Z", "2026-11-30T02:00"},
      {"0 2 * * 0", "2026-11-28T00:00:00Z", "2026-11-29T02:00"},
      {"0 2 * * 7", "2026-11-28T00:00:00Z", "2026-11-29T02:00"},
      {"0 2 * * Sun", "2026-11-28T00:00:00Z", "2026-11-29T02:00"},
      {"0 2 * * fri-sun", "2026-11-30T00:00:00Z", "2026-12-04T02:00"},
      {"0 2 * * 5-7", "2026-11-28T02:00:00Z", "2026-11-29T02:00"},
      {"0 2 * jan,JUL *", "2026-11-28T00:00:00Z", "2027-01-01T02:00"},
      {"0 2 1 jan-mar/2 *", "2027-01-01T02:00:00Z", "2027-03-01T02:00"},
      // The end of a month: 31 is due in those that have it.
      {"0 0 31 * *", "2026-11-01T00:00:00Z", "2026-12-31T00:00"},
      {"0 0 31 * *", "2027-01-31T00:00:00Z", "2027-03-31T00:00"},
      {"0 0 30 * *", "2027-01-30T00:00:00Z", "2027-03-30T00:00"},
      {"0 0 28-31 2 *", "2027-02-28T00:00:00Z", "2028-02-28T00:00"},
      // Leap years, of which 2000 is one and 2100 none.
      {"0 0 29 2 *", "2026-11-28T00:00:00Z", "2028-02-29T00:00"},
      {"0 0 29 2 *", "2096-02-29T00:00:00Z", "2104-02-29T00:00"},
      {"0 0 29 2 *", "1996-02-29T00:00:00Z", "2000-02-29T00:00"},
      {"0 0 29 2 */7", "2026-11-28T00:00:00Z", "2032-02-29T00:00"},
      {"0 12 1 3 *", "2028-02-29T23:00:00Z", "2028-03-01T12:00"},
      // Both fields of days restrict: either makes a day due. The 13th, and each Friday.
      {"0 0 13 * fri", "2026-11-28T00:00:00Z", "2026-12-04T00:00"},
      {"0 0 13 * fri", "2026-12-11T00:00:00Z", "2026-12-13T00:00"},
      {"0 0 30 2 mon", "2026-11-28T00:00:00Z", "2027-02-01T00:00"},
      // One of them begins with a star: both must hold. Mondays among the odd days.
      {"0 0 */2 * mon", "2026-11-28T00:00:00Z", "2026-12-07T00:00"},
      {"0 0 13 * *", "2026-11-28T00:00:00Z", "2026-12-13T00:00"},
      {"0 0 31 12 *", "9999-12-31T00:00:00Z", "never"},
  };
  for (const Case& each : cases) EXPECT_EQ(NextOf(each.cron, each.after), each.next) << each.cron << " " << each.after;
}

TEST(CronExpression, SaysWhatIsWrong) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "needs five fields: minute, hour, day of the month, month, day of the week; got 0"},
      {"0 2 * *", "needs five fields: minute, hour, day of the month, month, day of the week; got 4"},
      {"0 0 2 * * *", "needs five fields: minute, hour, day of the month, month, day of the week; got 6"},
      {"@daily", "needs five fields: minute, hour, day of the month, month, day of the week; got 1"},
      {"60 2 * * *", "minute: must be from 0 to 59, got \"60\""},
      {"0 24 * * *", "hour: must be from 0 to 23, got \"24\""},
      {"0 2 0 * *", "day of the month: must be from 1 to 31, got \"0\""},
      {"0 2 32 * *", "day of the month: must be from 1 to 31, got \"32\""},
      {"0 2 * 13 *", "month: must be from 1 to 12, got \"13\""},
      {"0 2 * * 8", "day of the week: must be from 0 to 7, got \"8\""},
      {"a 2 * * *", "minute: expected a number from 0 to 59, got \"a\""},
      {"-1 2 * * *", "minute: expected a number from 0 to 59, got \"\""},
      {"+1 2 * * *", "minute: expected a number from 0 to 59, got \"+1\""},
      {"99999 2 * * *", "minute: expected a number from 0 to 59, got \"99999\""},
      {"0 2 * foo *", "month: expected a number from 1 to 12 or a name such as jan, got \"foo\""},
      {"0 2 * monday *", "month: expected a number from 1 to 12 or a name such as jan, got \"monday\""},
      {"0 2 * * jan", "day of the week: expected a number from 0 to 7 or a name such as sun, got \"jan\""},
      {"0 2 ? * *", "day of the month: expected a number from 1 to 31, got \"?\""},
      {"0 2 L * *", "day of the month: expected a number from 1 to 31, got \"L\""},
      {"0 2,,3 * * *", "hour: expected a number from 0 to 23, got \"\""},
      {"0 2, * * *", "hour: expected a number from 0 to 23, got \"\""},
      {"0 17-9 * * *", "hour: the range \"17-9\" ends before it begins"},
      {"0 2 * * fri-mon", "day of the week: the range \"fri-mon\" ends before it begins"},
      {"0 2- * * *", "hour: expected a number from 0 to 23, got \"\""},
      {"*/0 * * * *", "minute: the step after \"/\" must be from 1 to 59, got \"0\""},
      {"*/60 * * * *", "minute: the step after \"/\" must be from 1 to 59, got \"60\""},
      {"*/ * * * *", "minute: the step after \"/\" must be from 1 to 59, got \"\""},
      {"*/5/2 * * * *", "minute: the step after \"/\" must be from 1 to 59, got \"5/2\""},
      {"5/15 * * * *", "minute: a step needs a range: write 5-59/15"},
      {"0 0 30 2 *", "no year has such a day"},
      {"0 0 31 4,6,9,11 *", "no year has such a day"},
      {"0 0 30 feb */2", "no year has such a day"},
  };
  for (const auto& [cron, message] : cases) {
    const auto parsed = CronExpression::Parse(cron);
    ASSERT_FALSE(parsed) << cron;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(parsed.error().message, message) << cron;
  }
}

TEST(CronExpression, IsBounded) {
  const std::string longest = "0" + std::string(CronExpression::kMostCharacters - 9, ' ') + "2 * * *";
  EXPECT_TRUE(CronExpression::Parse(longest));
  EXPECT_EQ(CronExpression::Parse(longest + "  ").error().message, "has more than 200 characters");
}

}  // namespace
}  // namespace assay
