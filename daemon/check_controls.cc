#include "daemon/check_controls.h"

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/alike_runs.h"
#include "daemon/case_order.h"
#include "daemon/check_decision.h"
#include "daemon/check_looks.h"
#include "daemon/evidence.h"
#include "gates/control_arm.h"

namespace assay {
namespace {

const RunPast* KnownPast(const RecordedDecision& recorded, const RunRecord& run) {
  const auto known = recorded.pasts.find(run.id);
  return known == recorded.pasts.end() ? nullptr : &known->second;
}

void AddComparable(const LoadedRun& loaded, const EarlierEvidence& control, const std::vector<std::uint32_t>& ordinals,
                   GateEvidence& evidence) {
  if (ordinals.empty()) return;
  evidence.comparable_baseline.push_back(EvidenceOn(loaded.evidence, ordinals, loaded.statuses));
  evidence.earlier_baseline.push_back(EvidenceOn(control.evidence, ordinals, control.statuses));
}

// What the alarms that stand have cost the candidate, of the suite of that baseline. 0 without a run of it.
Result<std::int64_t> AttemptsUnder(const std::vector<StandingAlarm>& alarms, const CheckPast& past,
                                   const std::string& suite, const std::vector<LoadedRun>& runs) {
  const auto candidate =
      std::ranges::find_if(runs, [&](const LoadedRun& each) { return !each.is_baseline && each.run.suite == suite; });
  if (candidate == runs.end()) return 0;
  return past.CountAttemptsSince(alarms.back(), candidate->run);
}

bool IsThere(const std::optional<TrialStatus>& status) { return status && *status != TrialStatus::kSkipped; }

}  // namespace

bool IsCaseThere(const TrialStatuses& statuses, std::uint32_t ordinal, std::size_t trials) {
  const auto begin = statuses.begin() + static_cast<std::ptrdiff_t>(ordinal * trials);
  return std::all_of(begin, begin + static_cast<std::ptrdiff_t>(trials), IsThere);
}

Status CheckControls::Load(const RecordedDecision& recorded, const CheckPast& past,
                           std::vector<LoadedRun>& runs) const {
  std::map<std::string, ControlHistory> histories;  // by run
  std::int64_t metrics = 0;
  for (LoadedRun& loaded : runs) {
    if (!loaded.is_baseline) continue;
    const RunPast* known = KnownPast(recorded, loaded.run);
    std::vector<std::string> alarmed = known == nullptr ? std::vector<std::string>() : known->alarmed_metrics;
    if (known == nullptr) {
      const ControlPast of_run{.store = store, .kinds = kinds, .until = now, .is_beside = gate.interleave};
      ASSAY_ASSIGN(ControlHistory history, ControlHistory::Read(of_run, loaded.run));
      alarmed = history.AlarmedMetrics();
      histories.emplace(loaded.run.id, std::move(history));
    }
    loaded.controlled = ControlledMetrics(gate, loaded.evidence.observations, alarmed);
    metrics += std::ssize(loaded.controlled);
  }
  for (LoadedRun& loaded : runs) {
    if (!loaded.is_baseline) continue;
    AlikeRuns alike(store, kinds, loaded.run, loaded.controlled);
    const auto history = histories.find(loaded.run.id);
    if (history == histories.end()) {
      ASSAY_ASSIGN(const CatalogDocument suite, SuiteOf(loaded.run));
      const int held = gate.interleave ? looks.count() : 0;
      ASSAY_ASSIGN(loaded.control, BaselineControl::Recorded(store, loaded.run, *suite.suite(), alike,
                                                             *KnownPast(recorded, loaded.run), held));
      continue;
    }
    if (!gate.interleave) loaded.control = BaselineControl::AlarmsOf(loaded.run, history->second);
    if (gate.interleave) ASSAY_TRY(Find(std::move(history->second), alike, metrics, recorded.look, loaded));
    if (loaded.control.alarms().empty()) continue;
    ASSAY_ASSIGN(const std::int64_t attempts, AttemptsUnder(loaded.control.alarms(), past, loaded.run.suite, runs));
    loaded.control.SayTheyCost(attempts);
  }
  return {};
}

Status CheckControls::Find(ControlHistory history, AlikeRuns& alike, std::int64_t metrics, std::optional<int> look,
                           LoadedRun& loaded) const {
  ASSAY_ASSIGN(const CatalogDocument suite, SuiteOf(loaded.run));
  std::vector<ControlReach> reaches;
  for (int each = 1; each <= looks.count(); ++each) {
    const double share = looks.ErrorShareOf(each) / static_cast<double>(std::max<std::int64_t>(metrics, 1));
    reaches.push_back({.cases = CasesAt(each, loaded.run), .error_share = share});
  }
  const ControlQuery query{.metrics = loaded.controlled, .most = reaches.back(), .alike = alike};
  ASSAY_ASSIGN(loaded.control,
               BaselineControl::Find(store, loaded.run, *suite.suite(), std::move(history), query, reaches, look));
  return {};
}

Result<CatalogDocument> CheckControls::SuiteOf(const RunRecord& run) const {
  return ReadStored(store, kinds, run.project, "Suite", run.suite, run.suite_version);
}

std::int64_t CheckControls::CasesAt(int look, const RunRecord& run) const {
  return looks.CasesAt(look, PlannedCases(gate, run.cases));
}

// The last look up to `look` that the baseline's earlier run had come to when it ended. Which answers it has beyond
// depends on how fast they came. 0: not even to the first.
int CheckControls::LookOf(const EarlierEvidence& control, int look, const LoadedRun& loaded) const {
  const auto trials = static_cast<std::size_t>(loaded.run.trials);
  for (; look > 0; --look) {
    const std::vector<std::uint32_t> first = FirstCases(loaded.run, CasesAt(look, loaded.run));
    const bool has_come = std::ranges::all_of(
        first, [&](std::uint32_t ordinal) { return IsCaseThere(control.statuses, ordinal, trials); });
    if (has_come) break;
  }
  return look;
}

bool CheckControls::AddTo(GateEvidence& evidence, int look, const LoadedRun& loaded) const {
  if (!loaded.control.alarms().empty()) evidence.alarms[loaded.run.suite] = loaded.control.alarms();
  if (!loaded.control.alarmed_metrics().empty())
    evidence.alarmed_metrics[loaded.run.suite] = loaded.control.alarmed_metrics();
  const EarlierEvidence* control = loaded.control.At(look);
  if (control == nullptr || control->evidence.state == RunState::kComplete) return true;
  if (control->run.seed != loaded.run.seed) {
    AddComparable(loaded, *control, FirstCasesAlsoIn(control->run, loaded.run, CasesAt(look, loaded.run)), evidence);
    return false;
  }
  const int of_control = LookOf(*control, look, loaded);
  if (of_control == look && (of_control < looks.count() || gate.max_n)) return true;
  if (of_control == 0) return false;
  AddComparable(loaded, *control, FirstCases(loaded.run, CasesAt(of_control, loaded.run)), evidence);
  evidence.control_share = std::min(evidence.control_share, looks.ErrorShareOf(of_control));
  return false;
}

}  // namespace assay
