#pragma once
// A baseline that is asked beside a candidate (`interleave`) and what it is held against.

#include <memory>
#include <string>
#include <vector>

#include "config/suite.h"
#include "daemon/control_history.h"
#include "gates/earlier_baseline.h"
#include "gates/verdict.h"

namespace assay {

// How many of the first runs of a baseline say what it was of a case: of one alone it would be chance, and five know it
// nearly as well as any number would.
inline constexpr int kFirstControlRuns = 5;
// How many are read of a metric, and twice as many of all: where runs were of other lengths and orders, or have no
// answer to some cases. Of large suites fewer, a million trials in all.
inline constexpr std::int64_t kMostControlRuns = 20;

class BaselineControl {
 public:
  BaselineControl() = default;  // held against nothing

  // Of `run` where it is held against nothing: the alarms alone.
  static BaselineControl AlarmsOf(const RunRecord& run, const ControlHistory& history);
  // Blocking. Of `run`, which has shown `now` and whose `history` that is, on these metrics. Errors as of
  // ControlHistory.
  static Result<BaselineControl> Find(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                      const SuiteSpec& suite, const SuiteObservations& now, ControlHistory history,
                                      const std::vector<ControlledMetric>& metrics);
  // Blocking. As a verdict has it. Of one that held it against nothing: `is_held` false. kFailedPrecondition where a
  // run is deleted that it was held against, kNotFound.
  static Result<BaselineControl> Recorded(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                          const SuiteSpec& suite, const std::vector<ControlledMetric>& metrics,
                                          const RunPast& past, bool is_held);

  // How many attempts of the candidate were drawn while its alarms stood.
  void SayTheyCost(std::int64_t attempts);

  // Of all cases. Null pointer: nothing.
  const EarlierBaseline* earlier() const { return earlier_.get(); }
  // Whether one of its runs was ended by what it showed.
  bool WasEndedEarly() const { return was_ended_early_; }
  // Which stand before this run is looked at.
  const std::vector<StandingAlarm>& alarms() const { return alarms_; }
  const std::vector<ControlledPart>& alarmed() const { return alarmed_; }

  // Of a verdict: what the baseline was held against and to which alarm that is no answer, in `past` and, for people,
  // in the verdict's warnings.
  void Explain(Verdict& verdict, RunPast& past) const;

 private:
  class Measure;

  void Keep(Measure measure);
  void ExplainHold(Verdict& verdict) const;

  std::string suite_;
  std::shared_ptr<const EarlierBaseline> earlier_;
  bool was_ended_early_ = false;
  std::vector<StandingAlarm> alarms_;
  std::vector<ControlledPart> alarmed_;
  bool is_held_ = true;  // against earlier runs, where there are any
  std::optional<RunPast> recorded_;
};

}  // namespace assay
