#include "daemon/schedule_telemetry.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <mutex>
#include <set>

namespace assay {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;

Family<Counter>& ScheduleCounters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& ScheduleGauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

void SetScheduleTime(Family<Gauge>& family, const prometheus::Labels& labels, const std::optional<Time>& time) {
  Gauge& gauge = family.Add(labels);
  if (time) {
    gauge.Set(std::chrono::duration<double>(time->time_since_epoch()).count());
  } else {
    family.Remove(&gauge);
  }
}

void RaiseTo(Counter& counter, std::int64_t total) {
  counter.Increment(std::max(static_cast<double>(total) - counter.Value(), 0.0));
}

}  // namespace

struct ScheduleTelemetry::Families {
  explicit Families(prometheus::Registry& registry)
      : next_due(
            ScheduleGauges(registry, "assay_schedule_next_due_timestamp_seconds", "When the schedule is due next.")),
        period(ScheduleGauges(registry, "assay_schedule_period_seconds",
                              "The longest time between two due times of the schedule.")),
        started(ScheduleGauges(registry, "assay_schedule_last_start_timestamp_seconds",
                               "When the schedule's last check was made.")),
        quiet_since(ScheduleGauges(registry, "assay_schedule_last_end_timestamp_seconds",
                                   "When the schedule's last check ended, or since when its due times count if that "
                                   "is later.")),
        missed(ScheduleCounters(registry, "assay_schedule_missed_total",
                                "Due times for which nothing was tried, because a later one was due by then.")),
        skipped(ScheduleCounters(registry, "assay_schedule_skipped_total",
                                 "Due times at which the check before had not ended.")),
        failed(
            ScheduleCounters(registry, "assay_schedule_errors_total", "Due times at which no check could be made.")) {}

  void Set(const prometheus::Labels& labels, const ScheduleReading& reading) {
    const bool is_due = reading.next_due.has_value();
    SetScheduleTime(next_due, labels, reading.next_due);
    SetScheduleTime(started, labels, reading.started);
    SetScheduleTime(quiet_since, labels, is_due ? reading.quiet_since : std::nullopt);
    Gauge& longest = period.Add(labels);
    longest.Set(std::chrono::duration<double>(reading.period).count());
    if (!is_due) period.Remove(&longest);
    RaiseTo(missed.Add(labels), reading.missed);
    RaiseTo(skipped.Add(labels), reading.skipped);
    RaiseTo(failed.Add(labels), reading.failed);
  }

  void Remove(const prometheus::Labels& labels) {
    for (Family<Gauge>* family : {&next_due, &period, &started, &quiet_since}) family->Remove(&family->Add(labels));
    for (Family<Counter>* family : {&missed, &skipped, &failed}) family->Remove(&family->Add(labels));
  }

  Family<Gauge>& next_due;
  Family<Gauge>& period;
  Family<Gauge>& started;
  Family<Gauge>& quiet_since;
  Family<Counter>& missed;
  Family<Counter>& skipped;
  Family<Counter>& failed;
  std::mutex mutex;
  std::set<std::string> shown = {};  // guarded by mutex
};

ScheduleTelemetry::ScheduleTelemetry(prometheus::Registry& registry)
    : families_(std::make_unique<Families>(registry)) {}
ScheduleTelemetry::~ScheduleTelemetry() = default;

void ScheduleTelemetry::SetSchedules(const std::map<std::string, ScheduleReading>& readings) {
  const std::lock_guard lock(families_->mutex);
  for (const std::string& name : families_->shown) {
    if (!readings.contains(name)) families_->Remove({{"schedule", name}});
  }
  families_->shown.clear();
  for (const auto& [name, reading] : readings) {
    families_->Set({{"schedule", name}}, reading);
    families_->shown.insert(name);
  }
}

}  // namespace assay
