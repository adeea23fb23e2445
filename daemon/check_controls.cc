#include "daemon/check_controls.h"

#include <algorithm>
#include <utility>

#include "daemon/check_decision.h"
#include "daemon/check_looks.h"
#include "daemon/evidence.h"
#include "gates/control_arm.h"

namespace assay {
namespace {

// At which look a run ended that was ended by what it showed depends on its answers, which are a little better or worse
// for that.
constexpr double kShareOfEndedEarly = 0.5;

const RunPast* KnownPast(const RecordedDecision& recorded, const RunRecord& run) {
  const auto known = recorded.pasts.find(run.id);
  return known == recorded.pasts.end() ? nullptr : &known->second;
}

// Of a gate that uses stored answers: candidate and baseline were drawn at different times, before which, between which
// and after which an endpoint or a judge may have changed.
std::vector<RunTime> TimesOf(const std::vector<LoadedRun>& runs, const std::string& suite) {
  std::vector<RunTime> times{RunTime::Now()};
  for (const LoadedRun& each : runs) {
    if (!each.is_baseline && each.run.suite == suite) times.push_back(RunTime::Of(each.run));
  }
  return times;
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
  for (LoadedRun& loaded : runs) {
    if (!loaded.is_baseline) continue;
    const RunPast* known = KnownPast(recorded, loaded.run);
    if (known != nullptr) {
      ASSAY_TRY(LoadRecorded(*known, loaded));
      continue;
    }
    ControlPast of_run{.store = store, .kinds = kinds, .until = now};
    if (!gate.interleave) of_run.also = TimesOf(runs, loaded.run.suite);
    ASSAY_ASSIGN(ControlHistory history, ControlHistory::Read(of_run, loaded.run));
    if (gate.interleave) {
      ASSAY_TRY(Find(std::move(history), loaded));
    } else {
      loaded.control = BaselineControl::AlarmsOf(loaded.run, history);
    }
    if (loaded.control.alarms().empty()) continue;
    ASSAY_ASSIGN(const std::int64_t attempts, AttemptsUnder(loaded.control.alarms(), past, loaded.run.suite, runs));
    loaded.control.SayTheyCost(attempts);
  }
  return {};
}

Status CheckControls::LoadRecorded(const RunPast& past, LoadedRun& loaded) const {
  const auto metrics = ControlledMetrics(gate, loaded.evidence.observations, past.alarmed);
  ASSAY_ASSIGN(const CatalogDocument suite, SuiteOf(loaded.run));
  ASSAY_ASSIGN(loaded.control,
               BaselineControl::Recorded(store, kinds, loaded.run, *suite.suite(), metrics, past, gate.interleave));
  return {};
}

Status CheckControls::Find(ControlHistory history, LoadedRun& loaded) const {
  const auto metrics = ControlledMetrics(gate, loaded.evidence.observations, history.Alarmed());
  ASSAY_ASSIGN(const CatalogDocument suite, SuiteOf(loaded.run));
  ASSAY_ASSIGN(loaded.control, BaselineControl::Find(store, kinds, loaded.run, *suite.suite(),
                                                     loaded.evidence.observations, std::move(history), metrics));
  return {};
}

Result<CatalogDocument> CheckControls::SuiteOf(const RunRecord& run) const {
  return ReadStored(store, kinds, run.project, "Suite", run.suite, run.suite_version);
}

std::int64_t CheckControls::CasesAt(int look, const RunRecord& run) const {
  return looks.CasesAt(look, PlannedCases(gate, run.cases));
}

void CheckControls::AddTo(GateEvidence& evidence, const LoadedRun& loaded,
                          const std::vector<std::uint32_t>* ordinals) const {
  const BaselineControl& control = loaded.control;
  if (!control.alarms().empty()) evidence.alarms[loaded.run.suite] = control.alarms();
  if (!control.alarmed().empty()) evidence.alarmed[loaded.run.suite] = control.alarmed();
  if (control.earlier() == nullptr) return;
  evidence.earlier_baseline.push_back(ordinals == nullptr ? *control.earlier() : control.earlier()->Part(*ordinals));
  if (control.WasEndedEarly()) evidence.control_share = std::min(evidence.control_share, kShareOfEndedEarly);
}

}  // namespace assay
