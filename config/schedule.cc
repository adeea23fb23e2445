#include "config/schedule.h"

#include <algorithm>

#include "config/cron.h"

namespace assay {
namespace {

void CheckCron(const ScheduleSpec& schedule, const Node& node, Diagnostics& diagnostics) {
  if (!schedule.cron) return;
  if (const auto cron = CronExpression::Parse(*schedule.cron); !cron)
    diagnostics.Add(node.Find("cron")->At(cron.error().message));
}

// A multiple of minutes, so that due times are what people read on a clock.
void CheckEvery(const ScheduleSpec& schedule, const Node& node, Diagnostics& diagnostics) {
  if (schedule.every && *schedule.every % std::chrono::minutes(1) != Duration(0))
    diagnostics.Add(node.Find("every")->At("must be whole minutes, got " + FormatDuration(*schedule.every)));
}

constexpr std::int64_t kMostCounted = 366 * 24 * 60;
constexpr int kPeriodsLookedAt = 100;

Time MultipleAfter(Time time, Duration period) {
  const Duration since = time.time_since_epoch();
  const auto periods = since / period - (since % period < Duration(0) ? 1 : 0);
  return Time(period * (periods + 1));
}

// Absent when there are more than kMostCounted.
std::optional<DueTimes> CountDue(const CronExpression& cron, Time after, Time until) {
  DueTimes due;
  for (auto next = cron.NextAfter(after); next && *next <= until; next = cron.NextAfter(*next)) {
    if (++due.count > kMostCounted) return std::nullopt;
    due.newest = next;
  }
  return due;
}

DueTimes CountMultiples(Duration period, Time after, Time until) {
  const Time first = MultipleAfter(after, period);
  if (first > until) return {};
  const std::int64_t more = (until - first) / period;
  return {.newest = first + period * more, .count = more + 1};
}

}  // namespace

const FieldTable<ScheduledModelSpec>& ScheduledModelSpec::Fields() {
  static const auto table =
      FieldTable<ScheduledModelSpec>()
          .Required("model", &ScheduledModelSpec::model, "name of the model", {.form = TextForm::kName})
          .Optional("stage", &ScheduledModelSpec::stage, "the version that has this stage when a check is made",
                    {.form = TextForm::kName})
          .Optional("version", &ScheduledModelSpec::version,
                    "this version; without it and a stage the newest registered when a check is made",
                    {.form = TextForm::kName})
          .AtMostOneOf({"stage", "version"});
  return table;
}

const FieldTable<ScheduleSpec>& ScheduleSpec::Fields() {
  static const auto table =
      FieldTable<ScheduleSpec>()
          .Required("name", &ScheduleSpec::name, "name of the schedule, unique in the catalog",
                    {.form = TextForm::kName})
          .Optional("description", &ScheduleSpec::description, "what it is for")
          .Optional("owner", &ScheduleSpec::owner, "who answers for it")
          .Required("gate", &ScheduleSpec::gate, "gate that is checked", {.form = TextForm::kName})
          .Required("candidate", &ScheduleSpec::candidate, "model that is checked")
          .Optional("baseline", &ScheduleSpec::baseline, "what it is compared with; absent: the gate's baseline")
          .Optional("every", &ScheduleSpec::every,
                    "a check at each multiple of this since 1970-01-01T00:00:00Z, in whole minutes",
                    {.min = 60, .max = 366 * 86400})
          .Optional("cron", &ScheduleSpec::cron,
                    "a check at these times in UTC: minute, hour, day of the month, month, day of the week",
                    {.min_size = 1, .max_size = CronExpression::kMostCharacters})
          .Optional("paused", &ScheduleSpec::paused,
                    "true: it starts nothing, and what is due meanwhile is not made up")
          .ExactlyOneOf({"every", "cron"})
          .Check(CheckEvery, {"every"})
          .Check(CheckCron, {"cron"});
  return table;
}

std::optional<Time> ScheduleSpec::NextAfter(Time time) const {
  if (every) return MultipleAfter(time, *every);
  const auto parsed = CronExpression::Parse(cron.value_or(""));
  return parsed ? parsed->NextAfter(time) : std::nullopt;
}

DueTimes ScheduleSpec::DueBetween(Time after, Time until) const {
  if (every) return CountMultiples(*every, after, until);
  const auto parsed = CronExpression::Parse(cron.value_or(""));
  if (!parsed) return {};
  if (const auto due = CountDue(*parsed, after, until)) return *due;
  return CountDue(*parsed, until - std::chrono::minutes(kMostCounted), until).value_or(DueTimes());
}

Duration ScheduleSpec::LongestPeriod(Time from) const {
  if (every) return *every;
  Duration longest{0};
  std::optional<Time> before = NextAfter(from);
  for (int i = 0; before && i < kPeriodsLookedAt; ++i) {
    const std::optional<Time> next = NextAfter(*before);
    if (next) longest = std::max(longest, *next - *before);
    before = next;
  }
  return longest;
}

std::string ScheduleSpec::Timing() const {
  if (paused) return "paused";
  return every ? "every " + FormatDuration(*every) : "cron " + cron.value_or("");
}

}  // namespace assay
