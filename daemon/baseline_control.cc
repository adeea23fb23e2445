#include "daemon/baseline_control.h"

#include <algorithm>

#include "daemon/case_order.h"
#include "daemon/evidence.h"
#include "daemon/past_warnings.h"
#include "daemon/prepared_run.h"
#include "gates/control_arm.h"

namespace assay {
namespace {

constexpr std::int64_t kMostEarlierTrials = 1'000'000;  // of all these runs together

bool IsMany(std::int64_t few, std::int64_t of) { return few > 0 && 10 * few >= of; }

// Runs that are the first of some cases go before those that are one of the first of many, else who asks few cases
// often would leave no room for the others.
bool HasRoomForMore(const EarlierBaseline& known) { return std::ssize(known.runs()) < kMostControlRuns / 2; }

// Whether no further run is wanted. O(cases).
bool IsEnough(const RunRecord& run, const EarlierBaseline& known) {
  const std::int64_t taken = std::ssize(known.runs());
  if (taken == kMostControlRuns || (taken + 1) * run.cases * run.trials > kMostEarlierTrials) return true;
  if (known.CountFewer(1) > 0) return false;
  return !HasRoomForMore(known) || !IsMany(known.CountFewer(kFirstControlRuns), known.cases());
}

// Whether what the run says of its cases is wanted beside what others have said. O(those that it has come to).
bool IsWanted(const RunRecord& run, const EarlierBaseline& known) {
  if (known.runs().empty()) return true;
  const std::vector<std::uint32_t> ordinals = FirstCases(run, CasesReached(run));
  const std::int64_t first = known.CountFewer(ordinals, 1);
  if (run.state == RunState::kComplete ? first > 0 : IsMany(first, run.cases)) return true;
  return HasRoomForMore(known) && IsMany(known.CountFewer(ordinals, kFirstControlRuns), std::ssize(ordinals));
}

}  // namespace

BaselineControl BaselineControl::AlarmsOf(const RunRecord& run, const ControlHistory& history) {
  BaselineControl control;
  control.suite_ = run.suite;
  control.alarms_ = history.alarms();
  control.is_held_ = false;
  return control;
}

// Of a run that was ended which answers came after the last of its order that all had depends on how fast they were.
Status BaselineControl::Add(Store& store, const RunRecord& earlier, const SuiteSpec& suite, const AlikeRuns& alike,
                            EarlierBaseline& baseline) {
  ASSAY_ASSIGN(const SuiteSpec spec, alike.SpecFor(suite, earlier));
  ASSAY_ASSIGN(const SuiteEvidence shown, LoadEvidence(store, earlier, spec));
  baseline.Add(earlier.id, shown.observations, FirstCases(earlier, CasesReached(earlier)));
  const auto looks = PlannedLooksOf(earlier);
  was_ended_early_ = was_ended_early_ || (looks && CasesReached(earlier) < looks->cases);
  return {};
}

Result<BaselineControl> BaselineControl::Find(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                              ControlHistory history, AlikeRuns& alike,
                                              const std::vector<std::string>& metrics) {
  BaselineControl control = AlarmsOf(run, history);
  control.is_held_ = true;
  control.alarmed_ = history.Alarmed();
  auto earlier = std::make_shared<EarlierBaseline>(run.suite, metrics, run.cases);
  bool is_enough = false;
  const auto wants = [&](const RunRecord& each) {
    using enum ControlHistory::Wanted;
    if (is_enough) return kNoneAnyMore;
    return IsWanted(each, *earlier) ? kYes : kNo;
  };
  const auto take = [&](const RunRecord& each) -> Status {
    ASSAY_TRY(control.Add(store, each, suite, alike, *earlier));
    is_enough = IsEnough(run, *earlier);
    return {};
  };
  ASSAY_TRY(history.VisitFirstRuns(alike, wants, take));
  if (!earlier->runs().empty()) control.earlier_ = std::move(earlier);
  return control;
}

Result<BaselineControl> BaselineControl::Recorded(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                                  AlikeRuns& alike, const std::vector<std::string>& metrics,
                                                  const RunPast& past, bool is_held) {
  BaselineControl control;
  control.suite_ = run.suite;
  control.recorded_ = past;
  control.is_held_ = is_held;
  control.alarmed_ = past.alarmed;
  if (past.alarm && !past.alarm->metric.empty()) control.alarms_ = {*past.alarm};
  if (!is_held || past.control_runs.empty()) return control;
  auto earlier = std::make_shared<EarlierBaseline>(run.suite, metrics, run.cases);
  for (const std::string& id : past.control_runs) {
    ASSAY_ASSIGN(const RunRecord each, store.GetRun(run.project, id));
    ASSAY_TRY(control.Add(store, each, suite, alike, *earlier));
  }
  control.earlier_ = std::move(earlier);
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
  const ControlComparison* least = nullptr;  // of which the least is known
  for (const ControlComparison& each : verdict.controls) {
    if (!each.slice.empty()) continue;  // all of its cases are among those of the metric
    if (each.suite == suite_ && (least == nullptr || least->unknown < each.unknown)) least = &each;
  }
  if (least == nullptr) {
    verdict.warnings.push_back(of_suite +
                               "earlier runs of the baseline have nothing to compare with: whether it is "
                               "what it was is not known (interleave)");
    return;
  }
  const std::int64_t asked = least->cases.value_or(0) + least->unknown;
  if (100 * least->unknown <= asked) return;
  verdict.warnings.push_back(of_suite + "of " + std::to_string(least->unknown) + " of " + std::to_string(asked) +
                             " cases this run is the first that says what the baseline is: whether it is what it was "
                             "there is not known (interleave)");
}

void BaselineControl::Explain(Verdict& verdict, RunPast& past) const {
  if (earlier_ != nullptr) past.control_runs = earlier_->runs();
  past.alarmed = alarmed_;
  ExplainHold(verdict);
  if (recorded_) {
    past.alarm = recorded_->alarm;
  } else if (const StandingAlarm* alarm = FindUnanswered(suite_, alarms_, verdict.controls)) {
    past.alarm = *alarm;
  }
  if (past.alarm) verdict.warnings.push_back(WarningOfAlarm(*past.alarm, suite_));
}

}  // namespace assay
