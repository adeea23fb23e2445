#pragma once
// What a baseline that is asked beside a candidate (`interleave`) is held against: which of its earlier runs tell what
// it was, and which verdicts found it moved since.

#include <cstdint>
#include <limits>
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

// How many of the first runs of a baseline say what it was of a case: of one alone it would be chance, and five know it
// nearly as well as any number would.
inline constexpr int kFirstControlRuns = 5;
// Likewise, where runs of other lengths and orders were the first of other cases.
inline constexpr std::int64_t kMostControlRuns = 10;

// On how much a comparison with earlier runs is made.
struct ControlReach {
  std::int64_t cases = 0;
  double error_share = 0;  // of kControlErrorRate

  // Whether it could have seen whatever a comparison on `other` can, but for a twentieth of the cases.
  bool Covers(const ControlReach& other) const;
};

// How many verdicts are read at a time: of those on runs before one, the newest first, and of those that found
// something moved. A run that lies on both sides of a border is read whole, but for one that fills all of these.
struct ControlPages {
  std::int64_t all = 50;  // of a run there are one or two
  std::int64_t moved = 500;
};

// Of which verdicts.
struct ControlPast {
  Store& store;
  const PluginKinds& kinds;
  Time until;
  // What stands for these runs counts too, whatever model they asked: what is compared with the run is of their time.
  std::vector<RunKey> also = {};
  std::optional<RunKey> without = {};  // as if this run were deleted
  ControlPages pages = {};
};

// Later than any run.
inline constexpr RunKey kNow{std::numeric_limits<std::int64_t>::max()};

// What verdicts found of the other runs of a baseline.
class ControlHistory {
 public:
  // Blocking. Of the runs of the baseline of `run`, of the same model content. `past` outlives it in its parts.
  // kResourceExhausted where more found it moved than can be looked at.
  static Result<ControlHistory> Read(const ControlPast& past, const RunRecord& run);

  // Those that stand for this run, of the newest runs first, of any metric: what has changed for one gate has for all.
  // An alarm stands for all runs after the one that it is of, and also for those before it, until there is a run
  // between it and them of which a verdict excludes it (Excludes of gates/control_arm.h), whichever gate asked for
  // that, or kUnmovedInARow of them on as much that would have found nothing whatever they lack.
  const std::vector<StandingAlarm>& alarms() const { return alarms_; }
  // Of which they are, but for those of a version of the suite that was not alike, with which nothing can be compared.
  std::vector<std::string> AlarmedMetrics() const;

  // Blocking. The first runs before it that were asked alike, oldest first: what they say of a case is what the
  // baseline was. The first of all, and after it those that a gate with `interleave` asked for and no verdict found
  // moved or decided while an alarm stood; none that is newer than what the alarms that stand are a move from. So
  // whoever asks again finds the same, and no run that somebody starts becomes what later ones are measured by. At most
  // kMostControlRuns, and of each case as many as kFirstControlRuns, fewer of large suites; empty where there is none.
  Result<std::vector<RunRecord>> FirstRuns(AlikeRuns& alike);

  // How many verdicts in a row, each on another run, end an alarm that none of them can exclude. Is the baseline where
  // the alarm saw it, each finds it moved at least every other time: its own bounds were no wider than that move. A
  // chance of 1 in 256.
  static constexpr int kUnmovedInARow = 8;

 private:
  ControlHistory(const ControlPast& past, const RunRecord& run) : past_(past), run_(run) {}

  struct Finding;
  struct Moved;
  // A run that was held against those before it, with what verdicts found.
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
  Result<bool> IsOver(const Held& held, Moved& moved);
  Status FindAlarms();
  Result<std::optional<RunKey>> KeyOf(const std::string& run);
  // Whether what it says is what the baseline was then: of a run that is not the first.
  Result<bool> IsTrusted(const RunRecord& earlier);

  ControlPast past_;
  RunRecord run_;
  std::map<std::string, std::vector<Version>> versions_;  // by metric, that of the run first
  std::map<std::string, std::optional<RunKey>> keys_;     // of runs, by id; absent of those that are not stored
  std::vector<StandingAlarm> alarms_;
  std::optional<RunKey> barrier_;                  // the newest run that all alarms which stand are a move from
  std::vector<std::shared_ptr<const Held>> held_;  // as far as they have been read
  std::optional<RunKey> below_;                    // of those to be read next; absent when all have been
};

}  // namespace assay
