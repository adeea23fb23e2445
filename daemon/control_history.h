#pragma once
// What a baseline that is asked beside a candidate (`interleave`) is held against: which of its earlier runs tell what
// it was, and which verdicts found it moved since.

#include <cstdint>
#include <map>
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

// Of which verdicts.
struct ControlPast {
  Store& store;
  const PluginKinds& kinds;
  Time until;
  // Whether candidate and baseline are asked side by side. Then a later run says nothing of this one, neither that what
  // an alarm saw had begun by then, before the run that it was a move from, nor that it had ended. Else the answers are
  // of different times, and whatever is known now counts.
  bool is_beside = true;
  std::optional<RunKey> without = {};  // as if this run were deleted
};

struct ControlQuery {
  std::vector<std::string> metrics;  // that it is to tell of
  ControlReach most;                 // on which the gate holds it against one
  AlikeRuns& alike;                  // of its run and these metrics
};

// What verdicts found of the runs of a baseline before one.
class ControlHistory {
 public:
  // Blocking. Of the runs of the baseline of `run`, of the same model content. `past` outlives it in its parts.
  // kResourceExhausted where more found it moved than can be looked at.
  static Result<ControlHistory> Read(const ControlPast& past, const RunRecord& run);

  // Those that stand, the newest first, of any metric: what has changed for one gate has for all. An alarm ends with a
  // verdict on a later run that excludes it (Excludes of gates/control_arm.h), whichever gate asked for it, or with
  // kUnmovedInARow on as much that found nothing.
  const std::vector<StandingAlarm>& alarms() const { return alarms_; }
  // Of which they are, but for those of a version of the suite that was not alike, with which nothing can be compared.
  std::vector<std::string> AlarmedMetrics() const;

  // Blocking. The metrics on which the newest run that was held against one before it was; empty without one.
  Result<std::vector<std::string>> NewestMetrics();

  // Blocking. Looks for what the run can be held against, among those before it that were asked alike, case by case.
  // Before any of the below. kFailedPrecondition where the run is deleted that a baseline has moved from, and not come
  // back to.
  Status FindMeasures(const ControlQuery& query);
  // Blocking. What it is held against by a comparison of `reach`: the newest run that was found unmoved on as much;
  // else the first that has as many cases, which nobody could hold against anything on all of these. While alarms
  // stand, none that is newer than what they had moved from. So whoever asks again finds the same, what was unmoved on
  // few cases is no measure for many, and runs that no verdict looked at do not become what later ones are measured by.
  // Absent without such a run.
  Result<std::optional<RunRecord>> MeasureFor(const ControlReach& reach) const;
  // Blocking. Likewise that on the most cases, fewer than are asked for. Absent without a run before it.
  Result<std::optional<RunRecord>> NearestMeasure() const;

  // How many verdicts in a row, each on another run, end an alarm that none of them can exclude. Is the baseline where
  // the alarm saw it, each finds it moved at least every other time: its own bounds were no wider than that move. A
  // chance of 1 in 256.
  static constexpr int kUnmovedInARow = 8;

 private:
  struct Unmoved {
    RunRecord run;
    ControlReach reach;
  };

  struct Length {
    RunRecord run;
    std::int64_t cases = 0;  // that a verdict was decided on, beside this run
  };

  ControlHistory(const ControlPast& past, const RunRecord& run);

  struct Finding;
  struct Moved;
  // A run that was held against one before it, with what verdicts found.
  struct Held;

  // Runs that were asked alike, as far as a metric goes.
  struct Version {
    RunRecord run;  // one of them
    AlikeRuns alike;
  };

  Result<std::string> VersionOf(const RunRecord& held, const std::string& metric);
  Result<Finding> FindingIn(const ControlledRun& controlled, const RunRecord& held);
  Result<Held> ReadHeld(std::span<const ControlledRun> verdicts);
  // The i-th, the newest first; null pointer beyond the oldest.
  Result<const Held*> HeldAt(std::size_t i);
  Status AddMoved(std::span<const ControlledRun> verdicts, std::vector<Moved>& moved);
  Result<std::vector<Moved>> FindStanding(std::vector<Moved> open);
  Status FindAlarms();
  Status FindBarrier();
  bool IsDeleted(const RunRecord& earlier) const;
  Result<std::optional<RunKey>> KeyOf(const std::string& run);
  // As it was before anybody deleted it.
  Result<bool> WasControl(const RunRecord& earlier) const;
  // Whether it was started for a gate with `interleave`.
  Result<bool> WasAskedBeside(const RunRecord& earlier) const;
  bool IsBarred(RunKey run) const { return barrier_ && *barrier_ < run; }
  bool IsKnown() const;
  Result<std::optional<RunRecord>> FindFirst() const;
  Result<std::optional<RunRecord>> FindFirst(std::int64_t cases) const;

  ControlPast past_;
  RunRecord run_;
  std::optional<ControlQuery> query_;                     // once measures are looked for
  std::map<std::string, std::vector<Version>> versions_;  // by metric, that of the run first
  std::map<std::string, std::optional<RunKey>> keys_;     // of runs, by id; absent of those that are not stored
  std::vector<Unmoved> unmoved_;                          // that it may be held against, the newest first
  std::vector<Length> lengths_;                           // of those that were not found moved, the newest first
  std::vector<StandingAlarm> alarms_;
  std::optional<RunKey> barrier_;                  // the oldest that an alarm which stands is of a move from
  std::vector<std::shared_ptr<const Held>> held_;  // as far as they have been read
  std::optional<RunKey> below_;                    // of those to be read next; absent when all have been
};

}  // namespace assay
