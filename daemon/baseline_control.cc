#include "daemon/baseline_control.h"

#include <algorithm>

#include "daemon/evidence.h"
#include "daemon/past_warnings.h"

namespace assay {
namespace {

Result<std::shared_ptr<const EarlierEvidence>> ReadEarlier(Store& store, const RunRecord& run, const SuiteSpec& suite) {
  EarlierEvidence read;
  ASSAY_ASSIGN(read.evidence, LoadEvidence(store, run, suite, &read.statuses));
  return std::make_shared<const EarlierEvidence>(std::move(read));
}

// Whether the comparisons of this verdict could have seen what one of that reach can.
bool IsHeldOn(const Verdict& verdict, const std::string& suite, const std::vector<std::string>& metrics,
              const ControlReach& reach) {
  return std::ranges::all_of(metrics, [&](const std::string& metric) {
    return std::ranges::any_of(verdict.controls, [&](const ControlComparison& each) {
      const ControlReach of{.cases = each.cases.value_or(0), .error_share = each.error_share.value_or(0)};
      return each.suite == suite && each.metric == metric && of.Covers(reach);
    });
  });
}

void SetAlarm(const ControlAlarm& alarm, bool is_elsewhere, RunPast& past) {
  past.alarm = alarm.verdict;
  past.alarm_run = alarm.run;
  past.alarm_from = alarm.from;
  past.alarm_cases = alarm.reach.cases;
  past.is_alarm_elsewhere = is_elsewhere;
}

}  // namespace

Result<BaselineControl> BaselineControl::Find(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                              const ControlQuery& query, const std::vector<ControlReach>& looks,
                                              std::optional<int> only) {
  ASSAY_ASSIGN(const ControlHistory history, ControlHistory::Read(store, run, query));
  BaselineControl control;
  control.suite_ = run.suite;
  control.alarm_ = history.alarm();
  control.elsewhere_ = history.alarm_elsewhere();
  ASSAY_ASSIGN(std::optional<RunRecord> measure, history.NearestMeasure());
  std::map<RunKey, std::shared_ptr<const EarlierEvidence>> read;
  for (std::size_t i = 0; i < looks.size() && measure; ++i) {
    // Where none has so many cases, as many as the look before had: it finds what that one found.
    ASSAY_ASSIGN(auto as_long, history.MeasureFor(looks[i]));
    if (as_long) measure = std::move(as_long);
    const int look = static_cast<int>(i) + 1;
    if (only && *only != look && i + 1 < looks.size()) continue;
    std::shared_ptr<const EarlierEvidence>& evidence = read[measure->key];
    if (evidence == nullptr) {
      ASSAY_ASSIGN(const SuiteSpec spec, query.alike.SpecFor(suite, *measure));
      ASSAY_ASSIGN(evidence, ReadEarlier(store, *measure, spec));
    }
    control.looks_[look] = evidence;
  }
  return control;
}

Result<BaselineControl> BaselineControl::Recorded(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                                  AlikeRuns& alike, const RunPast& past, int looks) {
  BaselineControl control;
  control.suite_ = run.suite;
  control.recorded_ = past;
  if (past.control.empty()) return control;
  ASSAY_ASSIGN(const RunRecord earlier, store.GetRun(run.project, past.control));
  ASSAY_ASSIGN(const SuiteSpec spec, alike.SpecFor(suite, earlier));
  ASSAY_ASSIGN(const std::shared_ptr<const EarlierEvidence> evidence, ReadEarlier(store, earlier, spec));
  for (int look = 1; look <= looks; ++look) control.looks_[look] = evidence;
  return control;
}

const EarlierEvidence* BaselineControl::At(int look) const {
  const auto found = looks_.find(look);
  return found == looks_.end() ? nullptr : found->second.get();
}

void BaselineControl::Explain(int look, const std::vector<std::string>& metrics, Verdict& verdict,
                              RunPast& past) const {
  const EarlierEvidence* control = At(look);
  if (control != nullptr) {
    past.control = control->evidence.run;
  } else {
    verdict.warnings.push_back("suite \"" + suite_ +
                               "\": the baseline has no earlier run that tells whether it is what it was (interleave)");
  }
  if (recorded_) {
    past.alarm = recorded_->alarm;
    past.alarm_run = recorded_->alarm_run;
    past.alarm_from = recorded_->alarm_from;
    past.alarm_cases = recorded_->alarm_cases;
    past.is_alarm_elsewhere = recorded_->is_alarm_elsewhere;
  } else if (alarm_ && !IsHeldOn(verdict, suite_, metrics, alarm_->reach)) {
    SetAlarm(*alarm_, false, past);
  } else if (elsewhere_) {
    SetAlarm(*elsewhere_, true, past);
  }
  if (!past.alarm.empty()) verdict.warnings.push_back(WarningOfAlarm(past, suite_));
}

}  // namespace assay
