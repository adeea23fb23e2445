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
  SuiteEvidence evidence = {};
  TrialStatuses statuses = {};  // as LoadEvidence sets them
};

class BaselineControl {
 public:
  BaselineControl() = default;  // held against nothing

  // Blocking. Of `run`, at looks of these lengths, ascending; of `only` one and the last where that is given. Errors as
  // of ControlHistory.
  static Result<BaselineControl> Find(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                      const ControlQuery& query, const std::vector<ControlReach>& looks,
                                      std::optional<int> only);
  // Blocking. As a verdict has it, whichever of its `looks` that was decided at. kFailedPrecondition where the run is
  // deleted that it was held against, kNotFound.
  static Result<BaselineControl> Recorded(Store& store, const RunRecord& run, const SuiteSpec& suite, AlikeRuns& alike,
                                          const RunPast& past, int looks);

  // Null pointer: nothing.
  const EarlierEvidence* At(int look) const;
  const std::optional<ControlAlarm>& alarm() const { return alarm_; }

  // Of a verdict at that look on these metrics: what the baseline was held against and which alarm that could not
  // clear, in `past` and, for people, in the verdict's warnings.
  void Explain(int look, const std::vector<std::string>& metrics, Verdict& verdict, RunPast& past) const;

 private:
  std::string suite_;
  std::map<int, std::shared_ptr<const EarlierEvidence>> looks_;
  std::optional<ControlAlarm> alarm_;
  std::optional<ControlAlarm> elsewhere_;
  std::optional<RunPast> recorded_;
};

}  // namespace assay
