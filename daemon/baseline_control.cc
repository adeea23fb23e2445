#include "daemon/baseline_control.h"

#include <algorithm>
#include <set>

#include "daemon/case_order.h"
#include "daemon/evidence.h"
#include "daemon/past_warnings.h"
#include "daemon/prepared_run.h"
#include "gates/control_arm.h"

namespace assay {
namespace {

constexpr std::int64_t kMostEarlierTrials = 1'000'000;  // of all these runs together

bool IsMany(std::int64_t few, std::int64_t of) { return few > 0 && 10 * few >= of; }

std::vector<std::string> NamesOf(const std::vector<ControlledMetric>& metrics) {
  std::vector<std::string> names;
  for (const ControlledMetric& each : metrics) names.push_back(each.name);
  return names;
}

}  // namespace

// As it is put together.
class BaselineControl::Measure final : public FirstRuns {
 public:
  Measure(Store& store, const PluginKinds& kinds, const RunRecord& run, const SuiteSpec& suite,
          std::vector<std::string> metrics)
      : store_(store),
        run_(run),
        suite_(suite),
        alike_(store, kinds, run, {}),
        metrics_(std::move(metrics)),
        known_(run.suite, metrics_, run.cases) {}

  EarlierBaseline& known() { return known_; }
  bool WasEndedEarly() const { return was_ended_early_; }

  bool IsEnough() const override {
    const std::int64_t taken = std::ssize(known_.runs());
    if (taken == 0) return metrics_.empty();  // of a suite of more trials than that the first is read all the same
    if (taken == 2 * kMostControlRuns || (taken + 1) * run_.cases * run_.trials > kMostEarlierTrials) return true;
    return enough_.size() == metrics_.size();
  }

  // O(cases that the run has come to).
  bool Wants(const RunRecord& run, const std::string& metric) const override {
    if (enough_.contains(metric)) return false;
    if (!known_.Has(metric)) return true;
    const std::vector<std::uint32_t> ordinals = FirstCases(run, CasesReached(run));
    const std::int64_t first = known_.CountFewer(metric, ordinals, 1);
    if (run.state == RunState::kComplete ? first > 0 : IsMany(first, run.cases)) return true;
    return HasRoomForMore(metric) &&
           IsMany(known_.CountFewer(metric, ordinals, kFirstControlRuns), std::ssize(ordinals));
  }

  bool Has(const std::string& metric) const override { return known_.Has(metric); }

  // Of a run that was ended which answers came after the last of its order that all had depends on how fast they were.
  Status Take(const RunRecord& run, const std::vector<std::string>& metrics) override {
    ASSAY_ASSIGN(const SuiteSpec spec, alike_.SpecFor(suite_, run));
    ASSAY_ASSIGN(const SuiteEvidence shown, LoadEvidence(store_, run, spec));
    known_.Add(run.id, shown.observations, FirstCases(run, CasesReached(run)), metrics);
    const auto looks = PlannedLooksOf(run);
    was_ended_early_ = was_ended_early_ || (looks && CasesReached(run) < looks->cases);
    for (const std::string& metric : metrics) {
      if (IsEnoughOf(metric)) enough_.insert(metric);
    }
    return {};
  }

 private:
  // Runs that are the first of some cases go before those that are one of the first of many, else who asks few cases
  // often would leave no room for the others.
  bool HasRoomForMore(const std::string& metric) const {
    return std::ssize(known_.RunsOf(metric)) < kMostControlRuns / 2;
  }

  // O(cases).
  bool IsEnoughOf(const std::string& metric) const {
    if (std::ssize(known_.RunsOf(metric)) == kMostControlRuns) return true;
    if (known_.CountFewer(metric, 1) > 0) return false;
    return !HasRoomForMore(metric) || !IsMany(known_.CountFewer(metric, kFirstControlRuns), known_.cases());
  }

  Store& store_;
  const RunRecord& run_;
  const SuiteSpec& suite_;
  AlikeRuns alike_;
  const std::vector<std::string> metrics_;
  EarlierBaseline known_;
  std::set<std::string> enough_;  // metrics of which no further run is wanted
  bool was_ended_early_ = false;
};

BaselineControl BaselineControl::AlarmsOf(const RunRecord& run, const ControlHistory& history) {
  BaselineControl control;
  control.suite_ = run.suite;
  control.alarms_ = history.alarms();
  control.is_held_ = false;
  return control;
}

Result<BaselineControl> BaselineControl::Find(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                              const SuiteSpec& suite, const SuiteObservations& now,
                                              ControlHistory history, const std::vector<ControlledMetric>& metrics) {
  BaselineControl control = AlarmsOf(run, history);
  control.is_held_ = true;
  control.alarmed_ = history.Alarmed();
  Measure measure(store, kinds, run, suite, NamesOf(metrics));
  measure.known().ExpectAsked(now);
  ASSAY_TRY(history.VisitFirstRuns(metrics, measure));
  control.Keep(std::move(measure));
  return control;
}

Result<BaselineControl> BaselineControl::Recorded(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                                  const SuiteSpec& suite, const std::vector<ControlledMetric>& metrics,
                                                  const RunPast& past, bool is_held) {
  BaselineControl control;
  control.suite_ = run.suite;
  control.recorded_ = past;
  control.is_held_ = is_held;
  control.alarmed_ = past.alarmed;
  if (past.alarm && !past.alarm->metric.empty()) control.alarms_ = {*past.alarm};
  if (!is_held || past.control_runs.empty()) return control;
  Measure measure(store, kinds, run, suite, NamesOf(metrics));
  for (const std::string& id : past.control_runs) {
    ASSAY_ASSIGN(const RunRecord each, store.GetRun(run.project, id));
    std::vector<std::string> taken;
    for (const ControlledMetric& metric : metrics) {
      const auto of = past.control_runs_of.find(metric.name);
      const bool is_taken = of == past.control_runs_of.end() || std::ranges::find(of->second, id) != of->second.end();
      if (is_taken) taken.push_back(metric.name);
    }
    ASSAY_TRY(measure.Take(each, taken));
  }
  control.Keep(std::move(measure));
  return control;
}

void BaselineControl::Keep(Measure measure) {
  was_ended_early_ = measure.WasEndedEarly();
  if (!measure.known().runs().empty()) earlier_ = std::make_shared<const EarlierBaseline>(std::move(measure.known()));
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
  if (earlier_ != nullptr) {
    past.control_runs = earlier_->runs();
    past.control_runs_of = earlier_->PartialRuns();
  }
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
