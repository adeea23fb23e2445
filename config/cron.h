#pragma once
// Due times as cron writes them: five fields for minute, hour, day of the month, month and day of the week, in UTC.
// Immutable values; thread-safe.

#include <bitset>
#include <optional>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"

namespace assay {

class CronExpression {
 public:
  // "0 2 * * 1-5": each field is `*` or a list of numbers and ranges, with steps (`*/15`, `8-18/2`); months and days of
  // the week also by the first three letters of their names, and Sunday is 0 or 7. Where both fields of days restrict
  // (neither begins with `*`) a day is due that either of them names, else one that both do. kInvalidArgument, naming
  // the field, for anything else, and for dates that no year has (`0 0 30 2 *`).
  static Result<CronExpression> Parse(std::string_view text);

  // The first due time after `time`; absent where it would lie beyond the year 9999.
  std::optional<Time> NextAfter(Time time) const;

  // Of 100 more characters than people write.
  static constexpr std::size_t kMostCharacters = 200;

 private:
  CronExpression() = default;
  bool IsDue(std::chrono::sys_days day) const;
  bool HasDue() const;

  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     // of the month, from 1
  std::bitset<13> months_;   // from 1
  std::bitset<8> weekdays_;  // 0 is Sunday
  bool either_day_ = false;  // both fields of days restrict
};

}  // namespace assay
