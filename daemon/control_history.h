#pragma once
// What a baseline that is asked beside a candidate (`interleave`) is held against: which of its earlier runs tell what
// it was, and which verdicts found it moved since.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "daemon/alike_runs.h"
#include "daemon/store/store.h"
#include "gates/gate.h"

namespace assay {

// How many runs before that of a baseline are kept, against which it may yet be held.
inline constexpr std::int64_t kEarlierControlRuns = 10;

// On how much a comparison with an earlier run is made.
struct ControlReach {
  std::int64_t cases = 0;  // the first of the order
  double error_share = 0;  // of kControlErrorRate

  // Whether it could have seen whatever a comparison on `other` can, but for a twentieth of the cases.
  bool Covers(const ControlReach& other) const;
};

struct ControlQuery {
  std::vector<std::string> metrics;  // that it is to tell of
  Time until;
  ControlReach most;  // on which the gate holds it against one
  AlikeRuns& alike;   // of its run and these metrics
};

// What verdicts found of the runs of a baseline before one.
class ControlHistory {
 public:
  // Blocking. Of the runs before `run` of the same model content that were asked alike, case by case.
  // kFailedPrecondition where the run is deleted that a baseline has moved from, and not come back to.
  static Result<ControlHistory> Read(Store& store, const RunRecord& run, const ControlQuery& query);

  // Blocking. What it is held against by a comparison of `reach`: the newest run that was found unmoved on as much;
  // else the first that has as many cases, which nobody could hold against anything on all of these. While alarms
  // stand, none that is newer than what they had moved from. So whoever asks again finds the same, what was unmoved on
  // few cases is no measure for many, and runs that no verdict looked at do not become what later ones are measured by.
  // Absent without such a run.
  Result<std::optional<RunRecord>> MeasureFor(const ControlReach& reach) const;
  // Blocking. Likewise that on the most cases, fewer than are asked for. Absent without a run before it.
  Result<std::optional<RunRecord>> NearestMeasure() const;

  // Those that stand, the newest first. An alarm ends with a verdict on a later run that excludes it (Excludes of
  // gates/control_arm.h), whichever gate asked for it. Of metrics that are asked; of a version of
  // the suite that was not alike, with which nothing can be compared, of any.
  const std::vector<StandingAlarm>& alarms() const { return alarms_; }

 private:
  struct Unmoved {
    RunRecord run;
    ControlReach reach;
  };

  struct Length {
    RunRecord run;
    std::int64_t cases = 0;  // that a verdict was decided on, beside this run
  };

  ControlHistory(Store& store, const RunRecord& run, const ControlQuery& query)
      : store_(&store), run_(run), query_(query), below_(run.key) {}

  struct Finding;
  struct Moved;
  struct Clearance;
  // A run that was held against one before it, with what verdicts found.
  struct Held;

  Result<std::string> VersionOf(const RunRecord& held) const;
  Finding FindingIn(const ControlledRun& controlled, const std::string& version) const;
  Result<Held> ReadHeld(std::span<const ControlledRun> verdicts) const;
  // The i-th, the newest first; null pointer beyond the oldest.
  Result<const Held*> HeldAt(std::size_t i);
  Result<std::vector<Moved>> ListMoved() const;
  Status FindAlarms();
  Status Raise(std::span<const Moved> standing);
  Status FindMeasures();
  Result<bool> IsControl(const RunRecord& earlier) const;
  bool IsBarred(RunKey run) const { return barrier_ && *barrier_ < run; }
  bool IsKnown() const;
  Result<std::optional<RunRecord>> FindFirst() const;
  Result<std::optional<RunRecord>> FindFirst(std::int64_t cases) const;

  Store* store_;
  RunRecord run_;
  ControlQuery query_;
  std::vector<Unmoved> unmoved_;  // that it may be held against, the newest first
  std::vector<Length> lengths_;   // of those that were not found moved, the newest first
  std::vector<StandingAlarm> alarms_;
  std::optional<RunKey> barrier_;                  // the oldest that an alarm which stands is of a move from
  std::vector<std::shared_ptr<const Held>> held_;  // as far as they have been read
  std::optional<RunKey> below_;                    // of those to be read next; absent when all have been
};

}  // namespace assay
