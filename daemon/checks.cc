#include "daemon/checks.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>

#include "core/digest.h"
#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/catalog_lookup.h"
#include "daemon/check_decision.h"
#include "daemon/check_parameters.h"
#include "daemon/log.h"
#include "daemon/prepared_run.h"
#include "daemon/store_retry.h"
#include "daemon/verdict_readings.h"
#include "daemon/verdict_signing.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kUpdateInterval{250};

Result<StoredVerdict> ParseVerdict(VerdictRecord record) {
  ASSAY_ASSIGN(const Json document, Json::Parse(record.document));
  ASSAY_ASSIGN(Verdict verdict, VerdictFromJson(document));
  return StoredVerdict{.record = std::move(record), .verdict = std::move(verdict)};
}

// Null pointer when the suite of that name is gone or has other content by now.
const CatalogDocument* FindFrozenSuite(const ServedVersion& served, const std::string& name,
                                       const std::string& version) {
  const CatalogDocument* suite = served.catalog.FindSuite(name);
  return suite != nullptr && suite->version == version ? suite : nullptr;
}

bool Compares(const GateSpec& gate, const PluginKinds& kinds) {
  return std::ranges::any_of(gate.rules, [&](const RuleSpec& rule) {
    const PluginKind* kind = FindKind(kinds.rules, rule.kind);
    return kind != nullptr && kind->compares;
  });
}

ModelIdentity IdentityOf(const DocumentRecord& model) { return {model.name, model.label, model.content_version}; }
ModelIdentity CandidateOf(const CheckRecord& check) { return {check.model, check.model_label, check.model_version}; }

std::string WaitingReason(const std::vector<CheckRunState>& runs) {
  if (runs.empty()) return "its runs are being prepared: datasets are read";
  for (const CheckRunState& state : runs) {
    if (IsFinal(state.run.state)) continue;
    const std::string doing = state.run.state == RunState::kPaused ? "paused, " : "";
    const std::string of_baseline = state.role == kBaselineRole ? " of the baseline" : "";
    return "waiting for run " + state.run.id + of_baseline + " of suite \"" + state.run.suite + "\": " + doing +
           std::to_string(state.run.counts.Accounted()) + " of " + std::to_string(state.run.counts.scheduled) +
           " trials";
  }
  return "its runs have ended; the verdict is being computed";
}

bool IsReused(const RunRecord& run, const CheckRecord& check) { return run.ended && *run.ended <= check.created; }

bool IsReusedWithErrors(const CheckRunState& state) { return state.reused && state.run.counts.error > 0; }

// What somebody who does not like the verdict can do about errors that are older than the check; "" when there are
// none. Answers that only lack the verdict of a judge want no other answers. Blocking.
Result<std::string> HintOnReusedErrors(Store& store, VerdictState state, const std::vector<CheckRunState>& runs) {
  if (state != VerdictState::kError && state != VerdictState::kInconclusive) return "";
  const auto found = std::ranges::find_if(runs, IsReusedWithErrors);
  if (found == runs.end()) return "";
  const RunRecord& run = found->run;
  ASSAY_ASSIGN(const std::vector<std::int64_t> unjudged, store.UnjudgedPositions(run.key));
  const std::string cure = unjudged.empty() ? "assay gate check --fresh (\"fresh\": true) starts new runs"
                                            : "assay run retry " + run.id + " keeps its answers and asks again for " +
                                                  std::to_string(unjudged.size()) + " missing verdicts";
  return "; run " + run.id + " of suite \"" + run.suite + "\" was reused with " + std::to_string(run.counts.error) +
         " of " + std::to_string(run.counts.scheduled) + " trials in error; " + cure;
}

}  // namespace

struct Checks::ActiveCheck {
  ActiveCheck(CheckRecord record, std::shared_ptr<const ServedVersion> version)
      : check(std::move(record)), served(std::move(version)) {}
  const CheckRecord check;
  const std::shared_ptr<const ServedVersion> served;  // gate and suites come from this one version of the catalog
  ChangeSignal decided;  // notified once, when the check has its verdict or is no longer driven
};

Checks::Checks(ChecksContext context) : context_(std::move(context)), kinds_(BuiltinKinds()) {}
Checks::~Checks() = default;

Status Checks::Resume() {
  ASSAY_ASSIGN(const std::vector<VerdictRecord> latest, context_.store.LatestVerdicts());
  for (const VerdictRecord& record : latest) {
    if (const auto stored = ParseVerdict(record))
      ShowVerdict(context_.telemetry, stored->record.project, stored->verdict);
  }
  ASSAY_ASSIGN(std::vector<CheckRecord> open, context_.store.ListOpenChecks());
  for (CheckRecord& check : open) {
    Log(LogLevel::kInfo, "check goes on", {{"check", check.id}, {"gate", check.gate}});
    Launch(std::move(check), context_.catalog.current());
  }
  return {};
}

void Checks::Stop() {
  stop_.Notify();
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, std::chrono::seconds(10), [this] { return active_.empty(); });
}

asio::awaitable<Result<CheckStatus>> Checks::CheckGate(const Caller& caller, const CheckArguments& arguments) {
  auto make = [this, caller, arguments]() { return Make(caller, arguments); };
  ASSAY_CO_ASSIGN(const CheckRecord check, co_await RunBlocking(context_.blocking, std::move(make)));
  auto describe = [this, &check]() { return Describe(check.project, check.id); };
  co_return co_await RunBlocking(context_.reading, describe);
}

// The check is stored before anything that takes long is done for it, so that its caller always gets its id.
Result<CheckRecord> Checks::Make(const Caller& caller, const CheckArguments& arguments) {
  if (is_stopping()) return Fail(ErrorCode::kUnavailable, "assayd is stopping; try again in a moment");
  if (arguments.request) {
    ASSAY_ASSIGN(const auto answered, context_.store.FindRequest(caller.project, *arguments.request));
    if (answered) return context_.store.GetCheck(caller.project, *answered);
  }
  const auto served = context_.catalog.current();
  ASSAY_ASSIGN(const CatalogDocument* gate, FindServed(*served, DocumentKind::kGate, arguments.gate));
  std::vector<const CatalogDocument*> suites;
  for (const std::string& name : gate->gate()->suites) {
    ASSAY_ASSIGN(const CatalogDocument* suite, FindServed(*served, DocumentKind::kSuite, name));
    suites.push_back(suite);
  }
  ASSAY_TRY(context_.catalog.Share(*served, caller.project));
  ASSAY_ASSIGN(const DocumentRecord candidate, context_.models.Resolve(caller.project, arguments.candidate));
  ASSAY_ASSIGN(const auto baseline, BaselineFor(caller.project, *gate->gate(), arguments, IdentityOf(candidate)));
  CheckRecord check;
  check.id = MakeId(context_.clock.Now());
  check.project = caller.project;
  check.gate = gate->name;
  check.gate_version = gate->version;
  check.model = candidate.name;
  check.model_label = candidate.label;
  check.model_version = candidate.content_version;
  check.principal = caller.principal;
  CheckParameters parameters{.fresh = arguments.fresh, .baseline = baseline};
  for (const CatalogDocument* suite : suites) parameters.suites.push_back({suite->name, suite->version});
  check.parameters = ToText(parameters);
  check.created = context_.clock.Now();
  ASSAY_ASSIGN(CheckRecord stored, context_.store.CreateCheck(check, arguments.request));
  if (stored.id != check.id) return stored;
  context_.telemetry.CountCheck(check.gate, "PENDING");
  Launch(stored, served);
  return stored;
}

// Absent when no rule compares; one that is given all the same must exist.
Result<std::optional<ModelIdentity>> Checks::BaselineFor(const std::string& project, const GateSpec& gate,
                                                         const CheckArguments& arguments,
                                                         const ModelIdentity& candidate) const {
  const bool compares = Compares(gate, kinds_);
  std::optional<ModelIdentity> baseline;
  if (!arguments.baseline.empty()) {
    ASSAY_ASSIGN(const DocumentRecord model, context_.models.Resolve(project, arguments.baseline));
    baseline = IdentityOf(model);
  } else if (compares && gate.baseline) {
    auto model = context_.models.Resolve(project, *gate.baseline);
    if (!model) return Fail(model.error().code, "the baseline of gate \"" + gate.name + "\": " + model.error().message);
    baseline = IdentityOf(*model);
  }
  if (!compares) return std::optional<ModelIdentity>();
  if (!baseline)
    return Fail(ErrorCode::kFailedPrecondition, "gate \"" + gate.name +
                                                    "\" compares with a baseline and names none; give one "
                                                    "(assay gate check --baseline M@V)");
  if (baseline->content_version == candidate.content_version)
    return Fail(ErrorCode::kFailedPrecondition, "the candidate " + candidate.name + "@" + candidate.version +
                                                    " is its own baseline: nothing would be compared; give another "
                                                    "(assay gate check --baseline M@V)");
  return baseline;
}

void Checks::Launch(CheckRecord check, std::shared_ptr<const ServedVersion> served) {
  auto active = std::make_shared<ActiveCheck>(std::move(check), std::move(served));
  int loop = 0;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping()) return;  // stored; the next start goes on with it
    if (!active_.emplace(active->check.id, active).second) return;
    loop = next_loop_++ % context_.loops.count();
  }
  asio::co_spawn(context_.loops.executor(loop), Drive(std::move(active)), asio::detached);
}

asio::awaitable<void> Checks::Drive(std::shared_ptr<ActiveCheck> active) {
  const CheckRecord& check = active->check;
  const Status prepared = co_await ErrorInsteadOfException(AwaitEvidence(active));
  if (!is_stopping()) {
    const Status settled = co_await ErrorInsteadOfException(Settle(active, prepared));
    if (!settled)
      Log(LogLevel::kError, "check left without a verdict; the next start tries again",
          {{"check", check.id}, {"gate", check.gate}, {"error", settled.error().message}});
  }
  {
    const std::lock_guard lock(mutex_);
    active_.erase(check.id);
    idle_.notify_all();
  }
  active->decided.Notify();
}

// Returns when the check can be decided, or the daemon stops. An error is why it cannot.
asio::awaitable<Status> Checks::AwaitEvidence(std::shared_ptr<ActiveCheck> active) {
  ASSAY_CO_TRY(co_await AwaitRuns(active));
  if (is_stopping()) co_return Status();
  auto replace = [this, &active]() { return ReplaceReusedErrors(*active); };
  ASSAY_CO_ASSIGN(const int replaced, co_await RetryUnavailable(context_.blocking, stop_, replace));
  if (replaced == 0) co_return Status();
  co_return co_await AwaitRuns(active);
}

// Starts the runs that the check lacks and returns when all have ended, or the daemon stops. An error is why the check
// cannot be decided.
asio::awaitable<Status> Checks::AwaitRuns(std::shared_ptr<ActiveCheck> active) {
  const CheckRecord& check = active->check;
  // A check whose datasets are in the store waits for no dataset that is being read for another.
  auto ensure_stored = [this, &active]() { return EnsureRuns(*active, Datasets::kOnlyStored); };
  ASSAY_CO_ASSIGN(const bool is_ensured, co_await RetryUnavailable(context_.blocking, stop_, ensure_stored));
  if (!is_ensured) {
    auto ensure_all = [this, &active]() { return EnsureRuns(*active, Datasets::kAll); };
    ASSAY_CO_TRY(co_await RetryUnavailable(context_.preparing, stop_, ensure_all));
  }
  auto list = [this, &check]() { return context_.store.ListCheckRuns(check.project, check.id); };
  ASSAY_CO_ASSIGN(const std::vector<CheckRun> runs, co_await RetryUnavailable(context_.blocking, stop_, list));
  for (std::size_t i = 0; i < runs.size() && !is_stopping();) {
    for (const CheckRun& each : runs) context_.runs.Prefer(each.run_id);
    const std::string& id = runs[i].run_id;
    const bool is_driven = context_.runs.IsDriven(id);  // before the read: when driven no longer, its end is stored
    const auto run = co_await context_.runs.AwaitEnd(check.project, id, steady_clock::now() + std::chrono::minutes(1));
    if (run && IsFinal(run->state)) {
      ++i;
      continue;
    }
    const bool is_paused = run && run->state == RunState::kPaused;
    if (run && !is_driven && !is_paused && !context_.runs.is_stopping())
      co_return Fail(ErrorCode::kInternal, "run " + id + " has stopped but its end is not stored; see the log");
    if (!run && run.error().code != ErrorCode::kUnavailable) co_return Fail(run.error());
    co_await stop_.Wait(0, steady_clock::now() + kUpdateInterval);
  }
  co_return Status();
}

// Blocking; with kAll on `preparing`. Repeated when a check goes on after a restart: links that are there stay. Returns
// whether all runs are there.
Result<bool> Checks::EnsureRuns(const ActiveCheck& active, Datasets datasets) {
  const CheckRecord& check = active.check;
  ASSAY_ASSIGN(const CheckParameters parameters, ReadParameters(check));
  ASSAY_ASSIGN(const std::vector<CheckRun> linked, context_.store.ListCheckRuns(check.project, check.id));
  std::set<std::pair<std::string, std::string>> covered;  // content version of the suite, role
  for (const CheckRun& link : linked) {
    ASSAY_ASSIGN(const RunRecord run, context_.store.GetRun(link.key));
    covered.emplace(run.suite_version, link.role);
  }
  bool is_ensured = true;
  for (const auto& [name, version] : parameters.suites) {
    if (covered.contains({version, std::string(kCandidateRole)}) &&
        (!parameters.baseline || covered.contains({version, std::string(kBaselineRole)})))
      continue;
    const CatalogDocument* suite = FindFrozenSuite(*active.served, name, version);
    if (suite == nullptr)
      return Fail(ErrorCode::kFailedPrecondition, "suite \"" + name +
                                                      "\" was changed before its run was started, while assayd was "
                                                      "down; check the gate again");
    if (datasets == Datasets::kOnlyStored) {
      ASSAY_ASSIGN(const bool is_stored, context_.runs.HasSnapshot(check.project, *suite));
      is_ensured = is_ensured && is_stored;
      if (!is_stored) continue;
    } else {
      ASSAY_TRY(context_.runs.BuildSnapshot({.principal = check.principal, .project = check.project}, *suite));
    }
    for (const std::string_view role : {kCandidateRole, kBaselineRole}) {
      const bool is_baseline = role == kBaselineRole;
      if ((is_baseline && !parameters.baseline) || !covered.emplace(version, role).second) continue;
      const ModelIdentity model = is_baseline ? *parameters.baseline : CandidateOf(check);
      ASSAY_ASSIGN(const RunRecord run, EnsureRun(check, *suite, model, parameters.fresh, nullptr));
      ASSAY_TRY(context_.store.LinkCheckRun(check.project, check.id, run.key, role));
    }
  }
  return is_ensured;
}

// Blocking. Trials that have no answer: one that was answered is an error for ever, and no reason for another answer.
Result<std::int64_t> Checks::CountUnanswered(const RunRecord& run) const {
  if (run.counts.error == 0) return 0;
  ASSAY_ASSIGN(const std::int64_t answered, context_.store.CountAnswered(run.key, TrialStatus::kError));
  return run.counts.error - answered;
}

// Blocking; the datasets are in the store. Errors of an endpoint that are older than the check must not decide it: it
// may have been repaired since. Where they do, another run takes the place of the reused one, once: that one is not
// reused. Returns the number of such runs.
Result<int> Checks::ReplaceReusedErrors(const ActiveCheck& active) {
  const CheckRecord& check = active.check;
  std::vector<RunRecord> candidates;
  ASSAY_ASSIGN(const std::vector<CheckRun> linked, context_.store.ListCheckRuns(check.project, check.id));
  for (const CheckRun& link : linked) {
    ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(link.key));
    if (!IsReused(run, check)) continue;
    ASSAY_ASSIGN(const std::int64_t unanswered, CountUnanswered(run));
    if (unanswered > 0) candidates.push_back(std::move(run));
  }
  if (candidates.empty()) return 0;
  ASSAY_ASSIGN(const Verdict verdict, DecideCheck(context_.store, kinds_, check, context_.clock.Now()));
  if (verdict.state != VerdictState::kError) return 0;
  const std::vector<std::string> undecided = SuitesLeftUndecidedByErrors(verdict);
  int replaced = 0;
  for (const RunRecord& run : candidates) {
    if (std::ranges::find(undecided, run.suite) == undecided.end()) continue;
    const CatalogDocument* suite = FindFrozenSuite(*active.served, run.suite, run.suite_version);
    if (suite == nullptr) continue;  // changed while assayd was down: its only run decides
    const ModelIdentity model{run.model, run.model_label, run.model_version};
    ASSAY_ASSIGN(const RunRecord other, EnsureRun(check, *suite, model, false, &run));
    ASSAY_TRY(context_.store.ReplaceCheckRun(check.project, check.id, run.key, other.key));
    Log(LogLevel::kInfo, "run with errors is not reused",
        {{"check", check.id}, {"gate", check.gate}, {"run", run.id}, {"replaced_by", other.id}});
    ++replaced;
  }
  return replaced;
}

// A complete run of the same contents other than `except`, one that is going on, or a new one. Of a suite whose dataset
// is in the store.
Result<RunRecord> Checks::EnsureRun(const CheckRecord& check, const CatalogDocument& suite, const ModelIdentity& of,
                                    bool fresh, const RunRecord* except) {
  const std::lock_guard lock(starting_);
  if (!fresh) {
    // In this order: a run that ends in between is found complete, since its end is stored before it is driven no more.
    const auto active = context_.runs.FindActive(check.project, suite, of.content_version);
    ASSAY_ASSIGN(auto complete, context_.store.FindReusableRun(check.project, suite.version, of.content_version));
    const bool is_excepted = complete && except != nullptr && complete->key == except->key;
    if (complete && !is_excepted && context_.runs.IsGradedAlike(*complete, suite)) return *std::move(complete);
    if (active) {
      ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(check.project, *active));
      if (context_.runs.IsGradedAlike(run, suite)) return run;
    }
  }
  ASSAY_ASSIGN(const DocumentRecord model,
               context_.store.GetDocumentVersion(check.project, "Model", of.name, of.content_version));
  // One run for this check, suite and model, whatever happens between its start and its link.
  const std::string of_baseline = of.content_version == check.model_version ? "" : "/baseline";
  const RequestKey request{.method = "CheckGate/run",
                           .request_id = check.id + "/" + suite.name + of_baseline,
                           .content_hash = ContentVersion(suite.version + of.content_version)};
  return context_.runs.Start({.principal = check.principal, .project = check.project}, suite, model, request,
                             {.is_fresh = fresh});
}

// Decides the check when its runs have ended, and keeps trying to store the verdict while the store is out of reach. A
// verdict that the store refuses is replaced by ERROR with the cause: a caller waits for it.
asio::awaitable<Status> Checks::Settle(std::shared_ptr<ActiveCheck> active, Status prepared) {
  const CheckRecord& check = active->check;
  auto decide = [this, &check, &prepared]() -> Status {
    const Time now = context_.clock.Now();
    if (!prepared) return Publish(check, UndecidableCheck(check, prepared.error().message, now));
    ASSAY_ASSIGN(const Verdict verdict, DecideCheck(context_.store, kinds_, check, now));
    return Publish(check, verdict);
  };
  const Status published = co_await RetryUnavailable(context_.blocking, stop_, decide);
  if (published || published.error().code == ErrorCode::kUnavailable) co_return published;
  auto give_up = [this, &check, &published]() {
    const std::string reason = "the verdict could not be stored: " + published.error().message;
    return Publish(check, UndecidableCheck(check, reason, context_.clock.Now()));
  };
  co_return co_await RetryUnavailable(context_.blocking, stop_, give_up);
}

Status Checks::Publish(const CheckRecord& check, const Verdict& verdict) {
  const VerdictRecord record{.id = MakeId(verdict.decided_at),
                             .project = check.project,
                             .check_id = check.id,
                             .gate = check.gate,
                             .gate_version = check.gate_version,
                             .model = check.model,
                             .model_label = check.model_label,
                             .state = std::string(Name(verdict.state)),
                             .document = {},
                             .created = verdict.decided_at,
                             .principal = check.principal};
  const auto seal = [&](const ChainPlace& place) { return SealVerdict(verdict, record, place, context_.signing_key); };
  if (const Status status = context_.store.CompleteCheck(record, seal); !status) {
    if (status.error().code == ErrorCode::kFailedPrecondition) return {};  // it has its verdict already
    return status;
  }
  context_.telemetry.CountCheck(check.gate, record.state);
  ShowVerdict(context_.telemetry, check.project, verdict);
  Log(LogLevel::kInfo, "verdict",
      {{"verdict", record.id},
       {"check", check.id},
       {"gate", check.gate},
       {"model", check.model + "@" + check.model_label},
       {"state", record.state},
       {"reason", verdict.reason}});
  return {};
}

std::shared_ptr<Checks::ActiveCheck> Checks::FindDriven(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(id);
  return found == active_.end() ? nullptr : found->second;
}

Result<CheckStatus> Checks::Describe(const std::string& project, std::string_view id) {
  CheckStatus status;
  ASSAY_ASSIGN(status.check, context_.store.GetCheck(project, id));
  if (auto parameters = ReadParameters(status.check)) status.baseline = std::move(parameters->baseline);
  ASSAY_ASSIGN(const std::vector<CheckRun> runs, context_.store.ListCheckRuns(project, id));
  for (const CheckRun& link : runs) {
    ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(link.key));
    const bool reused = IsReused(run, status.check);
    status.runs.push_back({.run = std::move(run), .role = link.role, .reused = reused});
  }
  if (status.check.verdict_id.empty()) {
    status.reason = WaitingReason(status.runs);
    return status;
  }
  ASSAY_ASSIGN(VerdictRecord record, context_.store.GetVerdict(project, status.check.verdict_id));
  ASSAY_ASSIGN(status.verdict, ParseVerdict(std::move(record)));
  const Verdict& verdict = status.verdict->verdict;
  ASSAY_ASSIGN(const std::string hint, HintOnReusedErrors(context_.store, verdict.state, status.runs));
  status.reason = verdict.reason + hint;
  return status;
}

asio::awaitable<Result<CheckStatus>> Checks::AwaitVerdict(const Caller& caller, std::string_view id,
                                                          steady_clock::time_point until) {
  if (const auto active = FindDriven(id)) {
    // In short steps, so that a daemon that stops answers its callers with PENDING instead of letting them hang.
    while (active->decided.version() == 0 && steady_clock::now() < until && !is_stopping()) {
      co_await active->decided.Wait(0, std::min(until, steady_clock::now() + std::chrono::seconds(1)));
    }
  }
  co_return co_await GetCheck(caller, id);
}

asio::awaitable<Result<CheckStatus>> Checks::GetCheck(const Caller& caller, std::string_view id) {
  auto read = [&]() { return Describe(caller.project, id); };
  co_return co_await RunBlocking(context_.reading, read);
}

// The check as it stands, a few times a second while its runs go on.
class Checks::CheckUpdates final : public Updates<CheckStatus> {
 public:
  CheckUpdates(Checks& checks, Caller caller, std::string id)
      : checks_(checks), caller_(std::move(caller)), id_(std::move(id)) {}

  asio::awaitable<Result<std::optional<CheckStatus>>> Next() override {
    while (!is_last_) {
      if (!is_first_) {
        if (checks_.is_stopping())
          co_return Fail(ErrorCode::kUnavailable, "assayd is stopping; the check goes on after its restart");
        co_await Pause();
      }
      driven_ = checks_.FindDriven(id_);  // before the read: when driven no longer, the verdict is stored
      ASSAY_CO_ASSIGN(CheckStatus status, co_await checks_.GetCheck(caller_, id_));
      is_last_ = !status.check.verdict_id.empty();
      const bool is_new = is_first_ || is_last_ || status.reason != reason_;
      is_first_ = false;
      if (!is_new) continue;
      reason_ = status.reason;
      co_return std::optional<CheckStatus>(std::move(status));
    }
    co_return std::optional<CheckStatus>();
  }

 private:
  // Until there may be news. A check that is open and yet not driven has none before the next start of the daemon.
  asio::awaitable<void> Pause() {
    const auto until = steady_clock::now() + kUpdateInterval;
    co_await (driven_ != nullptr ? driven_->decided : checks_.stop_).Wait(0, until);
  }

  Checks& checks_;
  const Caller caller_;
  const std::string id_;
  std::shared_ptr<ActiveCheck> driven_;
  std::string reason_;
  bool is_first_ = true;
  bool is_last_ = false;
};

asio::awaitable<Result<std::unique_ptr<Updates<CheckStatus>>>> Checks::WatchCheck(const Caller& caller,
                                                                                  std::string_view id) {
  ASSAY_CO_TRY(co_await GetCheck(caller, id));
  co_return std::make_unique<CheckUpdates>(*this, caller, std::string(id));
}

asio::awaitable<Result<Page<CheckStatus>>> Checks::ListChecks(const Caller& caller, std::string_view gate,
                                                              const PageRequest& page) {
  auto read = [&]() -> Result<Page<CheckStatus>> {
    ASSAY_ASSIGN(Page<CheckRecord> records, context_.store.ListChecks(caller.project, gate, page));
    Page<CheckStatus> statuses{.items = {}, .next = std::move(records.next)};
    for (CheckRecord& record : records.items) {
      CheckStatus status;
      status.check = std::move(record);
      statuses.items.push_back(std::move(status));
    }
    return statuses;
  };
  co_return co_await RunBlocking(context_.reading, read);
}

asio::awaitable<Result<StoredVerdict>> Checks::GetVerdict(const Caller& caller, std::string_view id) {
  auto read = [&]() -> Result<StoredVerdict> {
    ASSAY_ASSIGN(VerdictRecord record, context_.store.GetVerdict(caller.project, id));
    return ParseVerdict(std::move(record));
  };
  co_return co_await RunBlocking(context_.reading, read);
}

asio::awaitable<Result<Page<StoredVerdict>>> Checks::ListVerdicts(const Caller& caller, std::string_view gate,
                                                                  const PageRequest& page) {
  auto read = [&]() -> Result<Page<StoredVerdict>> {
    ASSAY_ASSIGN(Page<VerdictRecord> records, context_.store.ListVerdicts(caller.project, gate, page));
    Page<StoredVerdict> verdicts{.items = {}, .next = std::move(records.next)};
    for (VerdictRecord& record : records.items) {
      ASSAY_ASSIGN(StoredVerdict stored, ParseVerdict(std::move(record)));
      verdicts.items.push_back(std::move(stored));
    }
    return verdicts;
  };
  co_return co_await RunBlocking(context_.reading, read);
}

}  // namespace assay
