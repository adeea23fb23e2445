#pragma once
// A baseline that is asked beside a candidate (`interleave`) and what it is held against, at each look of the check.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/control_history.h"
#include "gates/looks.h"
#include "gates/verdict.h"

namespace assay {

struct EarlierEvidence {
  RunRecord run = {};
  SuiteEvidence evidence = {};
  TrialStatuses statuses = {};  // as LoadEvidence sets them
};

class BaselineControl {
 public:
  BaselineControl() = default;  // held against nothing

  // Of `run` where it is held against nothing: the alarms alone.
  static BaselineControl AlarmsOf(const RunRecord& run, const ControlHistory& history);
  // Blocking. Of `run`, whose `history` that is, at looks of these lengths, ascending; of `only` one and the last where
  // that is given. Errors as of ControlHistory.
  static Result<BaselineControl> Find(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                      ControlHistory history, const ControlQuery& query,
                                      const std::vector<ControlReach>& looks, std::optional<int> only);
  // Blocking. As a verdict has it, whichever of its `looks` that was decided at. kFailedPrecondition where the run is
  // deleted that it was held against, kNotFound.
  static Result<BaselineControl> Recorded(Store& store, const RunRecord& run, const SuiteSpec& suite, AlikeRuns& alike,
                                          const RunPast& past, int looks);

  // How many attempts of the candidate were drawn while its alarms stood.
  void SayTheyCost(std::int64_t attempts);

  // Null pointer: nothing.
  const EarlierEvidence* At(int look) const;
  // Which stand before this run is looked at.
  const std::vector<StandingAlarm>& alarms() const { return alarms_; }
  const std::vector<std::string>& alarmed_metrics() const { return alarmed_metrics_; }

  // Of a verdict at that look: what the baseline was held against and to which alarm that is no answer, in `past` and,
  // for people, in the verdict's warnings.
  void Explain(int look, Verdict& verdict, RunPast& past) const;

 private:
  std::string suite_;
  std::map<int, std::shared_ptr<const EarlierEvidence>> looks_;
  std::vector<StandingAlarm> alarms_;
  std::vector<std::string> alarmed_metrics_;
  bool is_held_ = true;  // against an earlier run, where there is one
  std::optional<RunPast> recorded_;
};

}  // namespace assay
