#include "daemon/baseline_control.h"

#include <algorithm>
#include <cmath>

#include "daemon/case_order.h"
#include "daemon/evidence.h"
#include "daemon/past_warnings.h"
#include "daemon/prepared_run.h"
#include "gates/control_arm.h"

namespace assay {

BaselineControl BaselineControl::AlarmsOf(const RunRecord& run, const ControlHistory& history) {
  BaselineControl control;
  control.suite_ = run.suite;
  control.alarms_ = history.alarms();
  control.is_held_ = false;
  return control;
}

// Of a run that was ended which answers came after the last of its order that all had depends on how fast they were.
Status BaselineControl::ReadEarlier(Store& store, const RunRecord& run, const SuiteSpec& suite, AlikeRuns& alike,
                                    const std::vector<std::string>& metrics, const std::vector<RunRecord>& runs) {
  if (runs.empty()) return {};
  auto earlier = std::make_shared<EarlierBaseline>(run.suite, metrics, run.cases);
  for (const RunRecord& each : runs) {
    ASSAY_ASSIGN(const SuiteSpec spec, alike.SpecFor(suite, each));
    ASSAY_ASSIGN(const SuiteEvidence shown, LoadEvidence(store, each, spec));
    earlier->Add(each.id, shown.observations, FirstCases(each, CasesReached(each)));
    const auto looks = PlannedLooksOf(each);
    was_ended_early_ = was_ended_early_ || (looks && CasesReached(each) < looks->cases);
  }
  earlier_ = std::move(earlier);
  return {};
}

Result<BaselineControl> BaselineControl::Find(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                              ControlHistory history, AlikeRuns& alike,
                                              const std::vector<std::string>& metrics) {
  BaselineControl control = AlarmsOf(run, history);
  control.is_held_ = true;
  control.alarmed_metrics_ = history.AlarmedMetrics();
  ASSAY_ASSIGN(const std::vector<RunRecord> runs, history.FirstRuns(alike));
  ASSAY_TRY(control.ReadEarlier(store, run, suite, alike, metrics, runs));
  return control;
}

Result<BaselineControl> BaselineControl::Recorded(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                                  AlikeRuns& alike, const std::vector<std::string>& metrics,
                                                  const RunPast& past, bool is_held) {
  BaselineControl control;
  control.suite_ = run.suite;
  control.recorded_ = past;
  control.is_held_ = is_held;
  control.alarmed_metrics_ = past.alarmed_metrics;
  if (past.alarm && !past.alarm->metric.empty()) control.alarms_ = {*past.alarm};
  if (!is_held) return control;
  std::vector<RunRecord> runs;
  for (const std::string& id : past.control_runs) {
    ASSAY_ASSIGN(RunRecord earlier, store.GetRun(run.project, id));
    runs.push_back(std::move(earlier));
  }
  ASSAY_TRY(control.ReadEarlier(store, run, suite, alike, metrics, runs));
  return control;
}

void BaselineControl::SayTheyCost(std::int64_t attempts) {
  for (StandingAlarm& alarm : alarms_) alarm.attempts = attempts;
}

// What people are told where little or nothing tells whether the baseline is what it was.
void BaselineControl::ExplainHold(Verdict& verdict) const {
  if (!is_held_) return;
  const std::string of_suite = "suite \"" + suite_ + "\": ";
  if (earlier_ == nullptr) {
    verdict.warnings.push_back(of_suite +
                               "the baseline has no earlier run that tells whether it is what it was (interleave)");
    return;
  }
  std::int64_t known = 0;
  bool is_compared = false;
  for (const ControlComparison& each : verdict.controls) {
    if (each.suite != suite_) continue;
    is_compared = true;
    known = std::max(known, each.cases.value_or(0));
  }
  const auto suite = std::ranges::find(verdict.baseline_suites, suite_, &SuiteIdentity::suite);
  const std::int64_t all = suite == verdict.baseline_suites.end() ? known : suite->counts.scheduled;
  if (!is_compared) {
    verdict.warnings.push_back(of_suite +
                               "earlier runs of the baseline have nothing to compare with: whether it is "
                               "what it was is not known (interleave)");
  } else if (10 * known < 9 * all) {
    verdict.warnings.push_back(of_suite + "of " + std::to_string(known) + " of " + std::to_string(all) +
                               " cases it is known what the baseline was before: of the others this run is the first, "
                               "and whether it is what it was there is not known (interleave)");
  }
}

void BaselineControl::Explain(Verdict& verdict, RunPast& past) const {
  if (earlier_ != nullptr) past.control_runs = earlier_->runs();
  past.alarmed_metrics = alarmed_metrics_;
  ExplainHold(verdict);
  if (recorded_) {
    past.alarm = recorded_->alarm;
  } else if (const StandingAlarm* alarm = FindUnanswered(suite_, alarms_, verdict.controls)) {
    past.alarm = *alarm;
  }
  if (past.alarm) verdict.warnings.push_back(WarningOfAlarm(*past.alarm, suite_));
}

}  // namespace assay
