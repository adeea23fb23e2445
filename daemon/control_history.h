#pragma once
// What a baseline that is asked beside a candidate (`interleave`) is held against: which of its earlier runs tell what
// it was, and which verdicts found it moved since.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/alike_runs.h"
#include "daemon/store/store.h"

namespace assay {

// How many runs before that of a baseline are kept, against which it may yet be held.
inline constexpr std::int64_t kEarlierControlRuns = 10;

// On how much a comparison with an earlier run is made.
struct ControlReach {
  std::int64_t cases = 0;  // the first of the order
  double error_share = 0;  // of kControlErrorRate

  // Whether it could have seen whatever a comparison on `other` can.
  bool Covers(const ControlReach& other) const;
};

struct ControlQuery {
  std::vector<std::string> metrics;  // that it is to tell of
  Time until;
  std::function<bool(const RunRecord&)> counts;  // a run that was stopped; complete ones do
  ControlReach most;                             // on which the gate holds it against one
  AlikeRuns& alike;                              // of its run and these metrics
};

// A verdict that found the baseline moved, and no later one on as much that found it unmoved.
struct ControlAlarm {
  std::string verdict;  // id
  std::string run;      // id of the baseline's
  std::string from;     // likewise, of the one before
  ControlReach reach = {};
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

  // That stands on the most cases.
  const std::optional<ControlAlarm>& alarm() const { return alarm_; }
  // The newest of a version of the suite that was not alike, with which nothing can be compared; until a run of one
  // that is was found unmoved.
  const std::optional<ControlAlarm>& alarm_elsewhere() const { return elsewhere_; }

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
      : store_(&store), run_(run), query_(query) {}

  struct Finding;
  Finding FindingIn(const ControlledRun& controlled, const RunRecord& held, bool is_alike) const;
  Status Add(const RunRecord& held, const std::vector<Finding>& findings);
  Status AddAlarm(const Finding& finding);
  void AddElsewhere(const RunRecord& held, const std::vector<Finding>& findings);
  Result<bool> IsControl(const RunRecord& earlier) const;
  bool IsBarred(RunKey run) const { return barrier_ && *barrier_ < run; }
  bool IsKnown() const;
  Result<std::optional<RunRecord>> FindFirst() const;
  Result<std::optional<RunRecord>> FindFirst(std::int64_t cases) const;

  Store* store_;
  RunRecord run_;
  ControlQuery query_;
  std::vector<Unmoved> unmoved_;       // that it may be held against, the newest first
  std::vector<Length> lengths_;        // of those that were not found moved, the newest first
  std::vector<ControlReach> cleared_;  // on which some run was found unmoved, newer than what was read
  std::optional<RunKey> barrier_;      // the oldest that an alarm which stands is of a move from
  std::optional<ControlAlarm> alarm_;
  std::optional<ControlAlarm> elsewhere_;
  std::map<std::string, std::vector<ControlReach>> cleared_elsewhere_;  // by version of the suite
};

}  // namespace assay
