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
#include "gates/control_arm.h"
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

// What is made of the first runs.
class FirstRuns {
 public:
  virtual ~FirstRuns() = default;
  // Whether no further run is wanted.
  virtual bool IsEnough() const = 0;
  // Whether what the run says of the metric is wanted beside what others have said.
  virtual bool Wants(const RunRecord& run, const std::string& metric) const = 0;
  // Whether a run that was taken has a value of the metric.
  virtual bool Has(const std::string& metric) const = 0;
  // Blocking.
  virtual Status Take(const RunRecord& run, const std::vector<std::string>& metrics) = 0;
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

  // Blocking. Gives `measure` the runs before it that were asked alike, oldest first, with the metrics of which it is
  // what the baseline was; none that is newer than what the alarms that stand are a move from. Of a metric that is the
  // first that has a value of it and that no verdict found moved and that was not drawn for a verdict under an alarm,
  // whoever started it (behind one that is deleted only one that a gate with `interleave` asked for and decided on),
  // and after it those of such gates whose verdicts compared that metric, in the slices that are asked for too, and
  // found nothing moved: a verdict that did not look at a metric says nothing of it. So whoever asks again finds the
  // same, and no run that somebody starts becomes what later ones are measured by. The first error of `measure` ends
  // it.
  Status VisitFirstRuns(const std::vector<ControlledMetric>& metrics, FirstRuns& measure);

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
  // What verdicts found of an earlier run.
  struct Trust;
  Result<const Trust*> TrustIn(const RunRecord& earlier);
  Result<std::vector<ControlledRun>> VerdictsOn(RunKey run);
  Result<bool> WasAskedBeside(const RunRecord& earlier);
  // A metric as its first runs are gone through.
  struct Search;
  Result<bool> IsTaken(const RunRecord& earlier, const FirstRuns& measure, Search& search);

  ControlPast past_;
  RunRecord run_;
  std::map<std::string, std::vector<Version>> versions_;  // by metric, that of the run first
  std::optional<std::vector<std::string>> slices_;        // of the run's suite, once they have been needed
  std::map<std::string, std::optional<RunKey>> keys_;     // of runs, by id; absent of those that are not stored
  std::vector<StandingAlarm> alarms_;
  std::optional<RunKey> barrier_;                  // the newest run that all alarms which stand are a move from
  std::vector<std::shared_ptr<const Held>> held_;  // as far as they have been read
  std::optional<RunKey> below_;                    // of those to be read next; absent when all have been
  std::map<RunKey, std::shared_ptr<const Trust>> trust_;
};

}  // namespace assay
