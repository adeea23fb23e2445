#pragma once
// What a baseline that is asked beside a candidate (`interleave`) is held against: which of its earlier runs tell what
// it was, and which verdicts found it moved since.

#include <cstdint>
#include <functional>
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

// Later than any run.
inline constexpr RunKey kNow{std::numeric_limits<std::int64_t>::max()};

// When the answers of a run were drawn, as far as that tells of others.
struct RunTime {
  RunKey key{};
  Time from{};
  Time to{};  // Time::max() of one that goes on

  static RunTime Of(const RunRecord& run);
  static RunTime Now() { return {.key = kNow, .from = Time::max(), .to = Time::max()}; }
};

// Of which verdicts.
struct ControlPast {
  Store& store;
  const PluginKinds& kinds;
  Time until;
  // What stands for these runs counts too, whatever model they asked: what is compared with the run is of their time.
  std::vector<RunTime> also = {};
  std::optional<RunKey> without = {};  // as if this run were deleted
  ControlPages pages = {};
};

// What verdicts found of the other runs of a baseline.
class ControlHistory {
 public:
  // Blocking. Of the runs of the baseline of `run`, of the same model content. `past` outlives it in its parts.
  // kResourceExhausted where more found it moved than can be looked at.
  static Result<ControlHistory> Read(const ControlPast& past, const RunRecord& run);

  // Those that stand for this run, of the newest runs first, of any metric: what has changed for one gate has for all.
  // An alarm stands for all runs after the one that it is of, and also for those before it, until there is a run
  // between it and them, started when the one had ended and ended when the other was started, of which a verdict
  // excludes it (Excludes of gates/control_arm.h), whichever gate asked for that, or kUnmovedInARow of them on as much
  // that would have found nothing whatever they lack.
  const std::vector<StandingAlarm>& alarms() const { return alarms_; }
  // What they are of, but for those of a version of the suite that was not alike, with which nothing can be compared.
  std::vector<ControlledPart> Alarmed() const;

  // Whether a run is to be taken; kNoneAnyMore: neither that nor a later one.
  enum class Wanted { kYes, kNo, kNoneAnyMore };
  // Blocking. Gives `take` the runs before it that were asked alike and `wants` accepts, oldest first: what they say of
  // a case is what the baseline was. The first of all, and after it those that a gate with `interleave` asked for and
  // decided on, and no verdict found moved or decided while an alarm stood; none that is newer than what the alarms
  // that stand are a move from. So whoever asks again finds the same, and no run that somebody starts becomes what
  // later ones are measured by. The first error of `take` ends it.
  Status VisitFirstRuns(AlikeRuns& alike, const std::function<Wanted(const RunRecord&)>& wants,
                        const std::function<Status(const RunRecord&)>& take);

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
  Result<bool> HasSlice(const std::string& slice);
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
  std::optional<std::vector<std::string>> slices_;        // of the run's suite, once they have been needed
  std::map<std::string, std::optional<RunKey>> keys_;     // of runs, by id; absent of those that are not stored
  std::vector<StandingAlarm> alarms_;
  std::optional<RunKey> barrier_;                  // the newest run that all alarms which stand are a move from
  std::vector<std::shared_ptr<const Held>> held_;  // as far as they have been read
  std::optional<RunKey> below_;                    // of those to be read next; absent when all have been
};

}  // namespace assay
