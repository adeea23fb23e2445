#pragma once
// kind: Schedule. When the daemon itself checks a gate. Documents are immutable values once read; thread-safe.

#include <cstdint>
#include <optional>
#include <string>

#include "config/fields.h"
#include "config/gate.h"
#include "core/clock.h"

namespace assay {

// Which version of a model a schedule checks; neither given: the newest registered when a check is made.
struct ScheduledModelSpec {
  std::string model = {};
  std::optional<std::string> stage = {};
  std::optional<std::string> version = {};
  static const FieldTable<ScheduledModelSpec>& Fields();
};

// The due times of a stretch of time.
struct DueTimes {
  std::optional<Time> newest = {};
  std::int64_t count = 0;  // with the newest
};

struct ScheduleSpec {
  std::string name = {};
  std::string description = {};
  std::string owner = {};
  std::string gate = {};
  ScheduledModelSpec candidate = {};
  std::optional<BaselineSpec> baseline = {};  // in place of the gate's
  std::optional<Duration> every = {};         // exactly one of this and `cron`
  std::optional<std::string> cron = {};
  bool paused = false;
  static const FieldTable<ScheduleSpec>& Fields();

  // The first due time after `time`, whether it is paused or not. Those of `every` are the multiples of it since
  // 1970-01-01T00:00:00Z, those of `cron` lie in UTC: neither moves with a start of the daemon. Absent where there is
  // none.
  std::optional<Time> NextAfter(Time time) const;
  // Those after `after` and until `until`. More than a year of minutes of them are not counted one by one: those of
  // the last year then stand for all.
  DueTimes DueBetween(Time after, Time until) const;
  // The longest time between two that follow each other, of the next hundred after `from`; 0 where there are not two.
  Duration LongestPeriod(Time from) const;
  // "every 1d", "cron 0 2 * * 1-5", as it is written; "paused" while it is.
  std::string Timing() const;
};

}  // namespace assay
