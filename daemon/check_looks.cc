// Checks that end before their runs: gates with `stop: early` or `max_n`.

#include "daemon/check_looks.h"

#include <algorithm>
#include <utility>

#include "daemon/active_check.h"
#include "daemon/blocking.h"
#include "daemon/check_decision.h"
#include "daemon/check_parameters.h"
#include "daemon/control_history.h"
#include "daemon/log.h"
#include "daemon/prepared_run.h"
#include "daemon/sentinels.h"
#include "daemon/store_retry.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kAskAgain{100};

}  // namespace

bool NeedNotAskAll(const GateSpec& gate) { return gate.stop == StopWhen::kEarly || gate.max_n.has_value(); }

bool IsEndedFor(const RunRecord& run, const CheckRecord& check) {
  const auto looks = PlannedLooksOf(run);
  return looks && looks->gate_version == check.gate_version && IsEndedAsPlanned(run);
}

bool IsEndedAsPlanned(const RunRecord& run) {
  if (run.state != RunState::kStopped) return false;
  const auto looks = PlannedLooksOf(run);
  return looks && (run.error == kEndedEarly || run.position >= looks->cases * run.trials);
}

// Blocking; with kAll on `preparing`. Absent of a gate that asks every case. How often it looks depends on its largest
// suite, so that all datasets are read before the first run is started.
Result<std::optional<Checks::CheckLooks>> Checks::LooksFor(const ActiveCheck& active, const CheckParameters& parameters,
                                                           Datasets datasets) {
  const CheckRecord& check = active.check;
  const auto document = ReadStored(context_.store, kinds_, check.project, "Gate", check.gate, check.gate_version);
  if (!document && document.error().code == ErrorCode::kUnavailable) return Fail(document.error());
  if (!document || !NeedNotAskAll(*document->gate())) return std::nullopt;  // the verdict says what is wrong with it
  const GateSpec& gate = *document->gate();
  std::int64_t most = 0;
  for (const CheckParameters::Suite& named : parameters.suites) {
    const CatalogDocument* suite = active.served->catalog.FindSuite(named.name);
    if (suite == nullptr || suite->version != named.version) continue;  // said when its run is started
    if (datasets == Datasets::kAll) {
      ASSAY_TRY(context_.runs.BuildSnapshot({.principal = check.principal, .project = check.project}, *suite));
    } else {
      ASSAY_ASSIGN(const bool is_stored, context_.runs.HasSnapshot(check.project, *suite));
      if (!is_stored) return std::optional(CheckLooks());
    }
    ASSAY_ASSIGN(const std::int64_t cases, context_.runs.CountCases(check.project, *suite));
    most = std::max(most, PlannedCases(gate, cases));
  }
  return std::optional(CheckLooks{.is_known = true, .looks = Looks::Of(gate.stop, most), .max_n = gate.max_n});
}

// Blocking. Whether its gate wants the baseline beside the candidate.
Result<bool> Checks::Interleaves(const CheckRecord& check) const {
  const auto document = ReadStored(context_.store, kinds_, check.project, "Gate", check.gate, check.gate_version);
  if (!document && document.error().code == ErrorCode::kUnavailable) return Fail(document.error());
  return document && document->gate()->interleave;
}

// Blocking. The newest run that an earlier check of this gate ended, which would be asked the same and judged the same.
Result<std::optional<RunRecord>> Checks::FindEndedEarly(const CheckRecord& check, const CatalogDocument& suite,
                                                        const ModelIdentity& of) const {
  const RunFilter filter{.project = check.project,
                         .suite = suite.name,
                         .model = of.name,
                         .model_label = of.version,
                         .state = RunState::kStopped};
  ASSAY_ASSIGN(Page<RunRecord> runs, context_.store.ListRuns(filter, {.token = "", .limit = 20}));
  for (RunRecord& run : runs.items) {
    const bool is_same = run.model_version == of.content_version && run.suite_version == suite.version;
    if (!is_same || !IsEndedFor(run, check)) continue;
    // As of complete runs: who deletes one does not get the answers before it instead.
    return run.IsWhole() ? std::optional(std::move(run)) : std::nullopt;
  }
  return std::nullopt;
}

// Blocking. The newest run that the check may use again: a complete one, or one that was ended early for its gate. Only
// the newest, whoever drew it: an earlier one would be a choice among answers. Of a suite with a response cache only
// runs that took nothing from it: whoever draws under many requests that differ in nothing that matters chooses what a
// run finds there.
Result<std::optional<RunRecord>> Checks::FindUsable(const CheckRecord& check, const CatalogDocument& suite,
                                                    const ModelIdentity& of, bool may_be_ended_early) const {
  const auto among = suite.suite()->cache.is_on ? Store::ReusableRuns::kFresh : Store::ReusableRuns::kAll;
  ASSAY_ASSIGN(auto complete, context_.store.FindReusableRun(check.project, suite.version, of.content_version, among));
  std::optional<RunRecord> newest = std::move(complete);
  if (may_be_ended_early) {
    ASSAY_ASSIGN(auto ended, FindEndedEarly(check, suite, of));
    if (ended && (!newest || newest->key < ended->key)) newest = std::move(ended);
  }
  if (!newest) return newest;
  ASSAY_ASSIGN(const bool was_moved, WasDrawnWhileMoved(check, *newest));
  return was_moved ? std::nullopt : std::move(newest);
}

// Blocking. Whether an alarm of the check's baseline stands for the run, candidate's or baseline's, and none does any
// more for one that is drawn now: asked again, it would hold the gate for ever.
Result<bool> Checks::WasDrawnWhileMoved(const CheckRecord& check, const RunRecord& run) const {
  ASSAY_ASSIGN(const CheckParameters parameters, ReadParameters(check));
  if (!parameters.baseline) return false;
  const ControlPast past{.store = context_.store, .kinds = kinds_, .until = context_.clock.Now()};
  RunRecord of_baseline = run;
  of_baseline.model_version = parameters.baseline->content_version;
  ASSAY_ASSIGN(const ControlHistory then, ControlHistory::Read(past, of_baseline));
  if (then.alarms().empty()) return false;
  of_baseline.key = kNow;
  of_baseline.created = Time::max();
  ASSAY_ASSIGN(const ControlHistory now, ControlHistory::Read(past, of_baseline));
  return now.alarms().empty();
}

// Blocking. A run that was ended for another check need not settle this one, which compares with another baseline or is
// a later attempt: then the rest is to be asked.
Result<std::vector<RunRecord>> Checks::FindEndedTooEarly(const CheckRecord& check) {
  std::vector<RunRecord> ended;
  ASSAY_ASSIGN(const std::vector<CheckRun> linked, context_.store.ListCheckRuns(check.project, check.id));
  for (const CheckRun& link : linked) {
    ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(link.key));
    if (IsEndedFor(run, check) && run.error == kEndedEarly) ended.push_back(std::move(run));
  }
  if (ended.empty()) return ended;
  ASSAY_ASSIGN(const Verdict verdict,
               DecideCheck(context_.store, kinds_, check, std::nullopt, context_.clock.Now(), &cache_));
  const bool is_settled = verdict.look && verdict.look->look < verdict.look->looks;
  if (is_settled || verdict.state == VerdictState::kFail) ended.clear();
  return ended;
}

// Returns when the first `trials` of the run are stored, the run has ended, or the daemon stops: then true. False when
// nobody drives it, so that it will not come.
asio::awaitable<Result<bool>> Checks::AwaitTrials(const RunRecord& run, std::int64_t trials) {
  while (!is_stopping()) {
    const bool is_driven = context_.runs.IsDriven(run.id);  // before the read: when driven no longer, its end is stored
    const auto until = steady_clock::now() + std::chrono::minutes(1);
    const auto now = co_await context_.runs.AwaitPosition(run.project, run.id, trials, until);
    if (!now && now.error().code != ErrorCode::kUnavailable) co_return Fail(now.error());
    if (now && (IsFinal(now->state) || now->position >= trials)) co_return true;
    if (now && !is_driven && now->state != RunState::kPaused) co_return false;
    co_await stop_.Wait(0, steady_clock::now() + kAskAgain);
  }
  co_return true;
}

// Likewise when the judges of the run are asked about no sentinel any more that a look at its first `cases` rests on.
asio::awaitable<Result<bool>> Checks::AwaitJudges(const RunRecord& run, std::int64_t cases) {
  auto read = [this, &run, cases]() -> Result<std::pair<RunState, bool>> {
    ASSAY_ASSIGN(const RunRecord now, context_.store.GetRun(run.key));
    ASSAY_ASSIGN(const auto awaited, CasesBeforeAwaited(context_.store, now));
    return std::pair(now.state, awaited && *awaited <= cases);
  };
  while (!is_stopping()) {
    const bool is_driven = context_.runs.IsDriven(run.id);
    ASSAY_CO_ASSIGN(const auto now, co_await RetryUnavailable(context_.blocking, stop_, read));
    const auto [state, is_awaited] = now;
    if (IsFinal(state) || !is_awaited) co_return true;
    if (!is_driven && state != RunState::kPaused) co_return false;
    co_await stop_.Wait(0, steady_clock::now() + kAskAgain);
  }
  co_return true;
}

// What is left of the runs is not asked. A run that others use has ended before, or was started for them (EnsureRun).
asio::awaitable<void> Checks::EndEarly(const CheckRecord& check, const std::vector<CheckRun>& runs) {
  const Caller caller{.principal = check.principal, .project = check.project};
  for (const CheckRun& each : runs) {
    const Status ended = co_await context_.runs.EndEarly(caller, each.run_id);
    if (!ended) {
      Log(LogLevel::kWarning, "a run that is not needed any more goes on",
          {{"check", check.id}, {"run", each.run_id}, {"error", ended.error().message}});
    }
  }
}

// Looks whenever all runs have come as far as the next look. True when one of them settled the gate: then the runs were
// ended.
asio::awaitable<Result<bool>> Checks::AwaitLooks(std::shared_ptr<ActiveCheck> active, std::vector<CheckRun> runs) {
  const CheckRecord& check = active->check;
  auto read = [this, &runs]() -> Result<std::vector<RunRecord>> {
    std::vector<RunRecord> records;
    for (const CheckRun& each : runs) {
      ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(each.key));
      records.push_back(std::move(run));
    }
    return records;
  };
  ASSAY_CO_ASSIGN(const std::vector<RunRecord> records, co_await RetryUnavailable(context_.blocking, stop_, read));
  const auto going_on = std::ranges::find_if(
      records, [](const RunRecord& run) { return !IsFinal(run.state) && PlannedLooksOf(run).has_value(); });
  if (going_on == records.end()) co_return false;  // decided as it stands
  const Looks looks = PlannedLooksOf(*going_on)->looks;
  for (const CheckRun& each : runs) context_.runs.Prefer(each.run_id);
  for (int look = 1; look < looks.count(); ++look) {
    for (const RunRecord& run : records) {
      const auto planned = PlannedLooksOf(run);
      const std::int64_t cases = looks.CasesAt(look, planned ? planned->cases : run.cases);
      ASSAY_CO_ASSIGN(const bool has_come, co_await AwaitTrials(run, cases * run.trials));
      if (!has_come || is_stopping()) co_return false;  // what is wrong is said where their end is awaited
      ASSAY_CO_ASSIGN(const bool is_judged, co_await AwaitJudges(run, cases));
      if (!is_judged || is_stopping()) co_return false;
    }
    auto decide = [this, &check, &runs, look]() {
      return DecideAtLook(context_.store, kinds_, check, runs, look, context_.clock.Now(), &cache_);
    };
    const auto verdict = co_await RetryUnavailable(context_.blocking, stop_, decide);
    if (!verdict) co_return false;  // the verdict at the end says why
    if (!*verdict) continue;
    active->look = look;
    Log(LogLevel::kInfo, "check is settled early",
        {{"check", check.id}, {"gate", check.gate}, {"look", std::to_string(look)}});
    co_await EndEarly(check, runs);
    co_return true;
  }
  co_return false;
}

}  // namespace assay
