#include "daemon/kept_measures.h"

#include <algorithm>

#include "daemon/control_history.h"
#include "gates/control_arm.h"

namespace assay {
namespace {

// One of the same, that would be made next.
RunRecord NextRun(const RunRecord& run) {
  RunRecord next = run;
  next.key = kNow;
  next.created = Time::max();
  next.ended.reset();
  return next;
}

// Whether there is a run, of whatever is asked of it.
class AnyRun final : public FirstRuns {
 public:
  bool IsEnough() const override { return has_one_; }
  bool Wants(const RunRecord&, const std::string&) const override { return true; }
  bool Has(const std::string&) const override { return has_one_; }
  Status Take(const RunRecord&, const std::vector<std::string>&) override {
    has_one_ = true;
    return {};
  }

 private:
  bool has_one_ = false;
};

// Whether the next run could be held against any.
Result<bool> HasMeasure(const ControlPast& past, const RunRecord& run) {
  ASSAY_ASSIGN(ControlHistory history, ControlHistory::Read(past, NextRun(run)));
  AnyRun any;
  ASSAY_TRY(history.VisitFirstRuns({ControlledMetric{.name = ""}}, any));
  return any.IsEnough();
}

Result<bool> IsOnlyMeasure(ControlPast past, const RunRecord& run) {
  ASSAY_ASSIGN(const bool has_now, HasMeasure(past, run));
  if (!has_now) return false;
  past.without = run.key;
  ASSAY_ASSIGN(const bool has_then, HasMeasure(past, run));
  return !has_then;
}

}  // namespace

Result<std::string> WhatIsMeasuredBy(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                     const Liveness& liveness) {
  if (run.deleted || !IsFinal(run.state)) return "";
  ASSAY_ASSIGN(const std::vector<BaselineUse> uses, store.ListBaselineUses(run, liveness.newest_after));
  if (uses.empty()) return "";
  const ControlPast past{.store = store, .kinds = kinds, .until = liveness.now};
  const auto history = ControlHistory::Read(past, NextRun(run));
  // More alarms than can be looked at: one may be of it.
  if (!history && history.error().code == ErrorCode::kResourceExhausted) return history.error().message;
  if (!history) return Fail(history.error());
  for (const StandingAlarm& alarm : history->alarms()) {
    if (alarm.from != run.id) continue;
    return "verdict " + alarm.verdict + " found " + TextOf(alarm.Part()) +
           " of the baseline moved from it, and no verdict since has excluded that";
  }
  const auto beside = std::ranges::find_if(uses, &BaselineUse::is_beside);
  if (beside == uses.end()) return "";
  const auto is_only = IsOnlyMeasure(past, run);
  if (!is_only) return Fail(is_only.error());
  if (!*is_only) return "";
  return "gate \"" + beside->gate + "\" can hold its baseline " + run.model + "@" + run.model_label +
         " against no other run of suite \"" + run.suite + "\"; a check that finds a later one unmoved frees it";
}

}  // namespace assay
