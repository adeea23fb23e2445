#pragma once
// The metrics of schedules (deploy/README.md). The only label is the schedule's name, as the catalog has it.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"

namespace prometheus {
class Registry;
}

namespace assay {

struct ScheduleReading {
  std::optional<Time> next_due = {};  // absent while it is paused
  Duration period{0};                 // the longest between two due times
  std::optional<Time> started = {};   // when its last check was made
  std::optional<Time> quiet_since =
      {};                   // when its last check ended; since when its due times count, where that is later
  std::int64_t missed = 0;  // in all, as the next two
  std::int64_t skipped = 0;
  std::int64_t failed = 0;
};

// Thread-safe.
class ScheduleTelemetry {
 public:
  explicit ScheduleTelemetry(prometheus::Registry& registry);
  ~ScheduleTelemetry();

  // Schedules of former calls that are not among these have no series any more.
  void SetSchedules(const std::map<std::string, ScheduleReading>& readings);

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace assay
