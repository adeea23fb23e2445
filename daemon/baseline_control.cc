#include "daemon/baseline_control.h"

#include <algorithm>

#include "daemon/evidence.h"
#include "daemon/past_warnings.h"
#include "gates/control_arm.h"

namespace assay {
namespace {

Result<std::shared_ptr<const EarlierEvidence>> ReadEarlier(Store& store, const RunRecord& run, const SuiteSpec& suite) {
  EarlierEvidence read{.run = run};
  ASSAY_ASSIGN(read.evidence, LoadEvidence(store, run, suite, &read.statuses));
  return std::make_shared<const EarlierEvidence>(std::move(read));
}

}  // namespace

BaselineControl BaselineControl::AlarmsOf(const RunRecord& run, const ControlHistory& history) {
  BaselineControl control;
  control.suite_ = run.suite;
  control.alarms_ = history.alarms();
  control.is_held_ = false;
  return control;
}

Result<BaselineControl> BaselineControl::Find(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                              ControlHistory history, const ControlQuery& query,
                                              const std::vector<ControlReach>& looks, std::optional<int> only) {
  BaselineControl control = AlarmsOf(run, history);
  control.is_held_ = true;
  control.alarmed_metrics_ = history.AlarmedMetrics();
  ASSAY_TRY(history.FindMeasures(query));
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
  control.is_held_ = looks > 0;
  control.alarmed_metrics_ = past.alarmed_metrics;
  if (past.alarm && !past.alarm->metric.empty()) control.alarms_ = {*past.alarm};
  if (past.control.empty()) return control;
  ASSAY_ASSIGN(const RunRecord earlier, store.GetRun(run.project, past.control));
  ASSAY_ASSIGN(const SuiteSpec spec, alike.SpecFor(suite, earlier));
  ASSAY_ASSIGN(const std::shared_ptr<const EarlierEvidence> evidence, ReadEarlier(store, earlier, spec));
  for (int look = 1; look <= looks; ++look) control.looks_[look] = evidence;
  return control;
}

void BaselineControl::SayTheyCost(std::int64_t attempts) {
  for (StandingAlarm& alarm : alarms_) alarm.attempts = attempts;
}

const EarlierEvidence* BaselineControl::At(int look) const {
  const auto found = looks_.find(look);
  return found == looks_.end() ? nullptr : found->second.get();
}

void BaselineControl::Explain(int look, Verdict& verdict, RunPast& past) const {
  const EarlierEvidence* control = At(look);
  const bool is_compared =
      std::ranges::any_of(verdict.controls, [&](const ControlComparison& each) { return each.suite == suite_; });
  if (control != nullptr) past.control = control->evidence.run;
  past.alarmed_metrics = alarmed_metrics_;
  if (control == nullptr && is_held_) {
    verdict.warnings.push_back("suite \"" + suite_ +
                               "\": the baseline has no earlier run that tells whether it is what it was (interleave)");
  } else if (control != nullptr && !is_compared) {
    verdict.warnings.push_back("suite \"" + suite_ + "\": run " + control->evidence.run +
                               " of the baseline has nothing to compare with: whether it is what it was is not known "
                               "(interleave)");
  }
  if (recorded_) {
    past.alarm = recorded_->alarm;
  } else if (const StandingAlarm* alarm = FindUnanswered(suite_, alarms_, verdict.controls)) {
    past.alarm = *alarm;
  }
  if (past.alarm) verdict.warnings.push_back(WarningOfAlarm(*past.alarm, suite_));
}

}  // namespace assay
