// Checks from their request to their verdict, and what callers ask of them. check_runs.cc has their runs.
#include "daemon/checks.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "core/identifier.h"
#include "daemon/active_check.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/catalog_lookup.h"
#include "daemon/check_decision.h"
#include "daemon/check_parameters.h"
#include "daemon/check_people.h"
#include "daemon/log.h"
#include "daemon/prepared_run.h"
#include "daemon/review_telemetry.h"
#include "daemon/store_retry.h"
#include "daemon/verdict_readings.h"
#include "daemon/verdict_signing.h"
#include "daemon/waivers.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kUpdateInterval{250};
constexpr std::int64_t kMostAtOnce = 100;  // candidates that fail in the same microsecond

Result<StoredVerdict> ParseVerdict(VerdictRecord record) {
  ASSAY_ASSIGN(const Json document, Json::Parse(record.document));
  ASSAY_ASSIGN(Verdict verdict, VerdictFromJson(document));
  return StoredVerdict{.record = std::move(record), .verdict = std::move(verdict)};
}

// Blocking. With the waivers that are live now.
Result<StoredVerdict> ReadVerdict(Store& store, VerdictRecord record, Time now) {
  ASSAY_ASSIGN(StoredVerdict stored, ParseVerdict(std::move(record)));
  ASSAY_TRY(ApplyStoredWaivers(store, stored.record.project, now, stored.verdict));
  return stored;
}

bool Compares(const GateSpec& gate, const PluginKinds& kinds) {
  return std::ranges::any_of(gate.rules, [&](const RuleSpec& rule) {
    const PluginKind* kind = FindKind(kinds.rules, rule.kind);
    return kind != nullptr && kind->compares;
  });
}

ModelIdentity IdentityOf(const DocumentRecord& model) { return {model.name, model.label, model.content_version}; }

std::string WaitingReason(const std::vector<CheckRunState>& runs) {
  if (runs.empty()) return "its runs are being prepared: datasets are read";
  for (const CheckRunState& state : runs) {
    if (IsFinal(state.run.state)) continue;
    const std::string of_baseline = state.role == kBaselineRole ? " of the baseline" : "";
    const bool is_paused = state.run.state == RunState::kPaused;
    std::string doing = is_paused ? "paused until somebody resumes it (assay run resume " + state.run.id + "), " : "";
    if (!state.run.retry_of.empty()) doing += "it asks again for what run " + state.run.retry_of + " lacks, ";
    return "waiting for run " + state.run.id + of_baseline + " of suite \"" + state.run.suite + "\": " + doing +
           std::to_string(state.run.counts.Accounted()) + " of " + std::to_string(state.run.counts.scheduled) +
           " trials";
  }
  return "its runs have ended; the verdict is being computed";
}

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

Checks::Checks(ChecksContext context) : context_(std::move(context)), kinds_(BuiltinKinds()) {}
Checks::~Checks() = default;

Status Checks::Resume() {
  ASSAY_ASSIGN(const std::vector<VerdictRecord> latest, context_.store.LatestVerdicts());
  for (const VerdictRecord& record : latest) {
    if (const auto stored = ReadVerdict(context_.store, record, context_.clock.Now()))
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
  CheckParameters parameters{.fresh = arguments.fresh,
                             .is_baseline_given = baseline && !arguments.baseline.empty() && gate->gate()->baseline,
                             .baseline = baseline,
                             .timeout = gate->gate()->timeout};
  for (const CatalogDocument* suite : suites) parameters.suites.push_back({suite->name, suite->version});
  check.parameters = ToText(parameters);
  check.created = context_.clock.Now();
  if (!arguments.request && !arguments.fresh) {
    ASSAY_ASSIGN(auto standing, FindStanding(check, *gate->gate(), suites));
    if (standing) {
      ASSAY_ASSIGN(const bool is_open, MayAlarmsHaveChanged(*standing, *gate->gate()));
      if (!is_open) return std::move(standing->check);
    }
  }
  ASSAY_ASSIGN(CheckRecord stored, context_.store.CreateCheck(check, arguments.request));
  if (stored.id != check.id) return stored;
  if (!arguments.fresh) {
    if (const Status rests = RestOnStanding(stored, *gate->gate(), suites); !rests) {
      Log(LogLevel::kWarning, "a check asks anew although it was asked before",
          {{"check", stored.id}, {"gate", stored.gate}, {"error", rests.error().message}});
    }
  }
  context_.telemetry.CountCheck(check.gate, "PENDING");
  Launch(stored, served);
  return stored;
}

// Absent when no rule compares; one that is given all the same must exist.
Result<std::optional<ModelIdentity>> Checks::BaselineFor(const std::string& project, const GateSpec& gate,
                                                         const CheckArguments& arguments,
                                                         const ModelIdentity& candidate) const {
  const bool compares = gate.interleave || Compares(gate, kinds_);
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
  Status prepared = co_await ErrorInsteadOfException(AwaitEvidence(active));
  if (prepared && !is_stopping()) prepared = co_await ErrorInsteadOfException(AwaitPeople(active));
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

// Decides the check when its runs have ended, and keeps trying to store the verdict while the store is out of reach. A
// verdict that the store refuses is replaced by ERROR with the cause: a caller waits for it.
asio::awaitable<Status> Checks::Settle(std::shared_ptr<ActiveCheck> active, Status prepared) {
  const CheckRecord& check = active->check;
  auto decide = [this, &check, &active, &prepared]() -> Status {
    const Time now = active->people_until.value_or(context_.clock.Now());
    if (!prepared) return Publish(check, UndecidableCheck(check, prepared.error().message, now));
    ASSAY_ASSIGN(const Verdict verdict, DecideCheck(context_.store, kinds_, check, active->look, now, &cache_));
    return Publish(check, verdict);
  };
  // Also what a rule throws: a check that is left without a verdict would be waited for.
  auto deciding = RetryUnavailable(context_.blocking, stop_, decide);
  const Status published = co_await ErrorInsteadOfException(std::move(deciding));
  if (published || published.error().code == ErrorCode::kUnavailable) co_return published;
  auto give_up = [this, &check, &published]() {
    const std::string reason = "the verdict could not be stored: " + published.error().message;
    return Publish(check, UndecidableCheck(check, reason, context_.clock.Now()));
  };
  co_return co_await RetryUnavailable(context_.blocking, stop_, give_up);
}

Status Checks::Publish(const CheckRecord& check, Verdict verdict) {
  ASSAY_TRY(ApplyStoredWaivers(context_.store, check.project, verdict.decided_at, verdict));
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
  if (context_.decided) context_.decided(check.id);
  context_.telemetry.CountCheck(check.gate, record.state);
  ShowVerdict(context_.telemetry, check.project, verdict);
  if (verdict.state == VerdictState::kFail && check.project == kDefaultProject) ShowRegression(record);
  Log(LogLevel::kInfo, "verdict",
      {{"verdict", record.id},
       {"check", check.id},
       {"gate", check.gate},
       {"model", check.model + "@" + check.model_label},
       {"state", record.state},
       {"decision", std::string(Name(verdict.Decision()))},
       {"reason", verdict.reason}});
  return {};
}

// How long the candidate had been there, where no gate had failed it before. A matter of metrics: a store that does not
// answer costs no verdict.
void Checks::ShowRegression(const VerdictRecord& verdict) {
  const auto first =
      context_.store.ListFirstFailures(verdict.project, verdict.created, verdict.created + Duration(1), kMostAtOnce);
  if (!first) return;
  for (const FirstFailure& failure : *first) {
    if (failure.verdict == verdict.id)
      context_.telemetry.reviews().ObserveRegression(verdict.gate, failure.decided - failure.registered);
  }
}

void Checks::ShowWaived(const Waiver& waiver) {
  const auto latest = context_.store.LatestVerdicts();
  if (!latest) return;  // the next verdict or start shows it
  for (const VerdictRecord& record : *latest) {
    if (record.project != waiver.project || record.gate != waiver.gate || record.model != waiver.candidate.name)
      continue;
    if (const auto stored = ReadVerdict(context_.store, record, context_.clock.Now()))
      ShowVerdict(context_.telemetry, record.project, stored->verdict);
  }
}

std::shared_ptr<Checks::ActiveCheck> Checks::FindDriven(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto found = active_.find(id);
  return found == active_.end() ? nullptr : found->second;
}

Result<CheckStatus> Checks::Describe(const std::string& project, std::string_view id) {
  CheckStatus status;
  ASSAY_ASSIGN(status.check, context_.store.GetCheck(project, id));
  if (auto parameters = ReadParameters(status.check)) {
    status.baseline = std::move(parameters->baseline);
    status.timeout = parameters->timeout;
  }
  ASSAY_ASSIGN(const std::vector<CheckRun> runs, context_.store.ListCheckRuns(project, id));
  for (const CheckRun& link : runs) {
    ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(link.key));
    const bool reused = IsReused(run, status.check);
    status.runs.push_back({.run = std::move(run), .role = link.role, .reused = reused});
  }
  if (status.check.verdict_id.empty()) {
    status.reason = WaitingReason(status.runs);
    const bool are_ended = !status.runs.empty() && std::ranges::all_of(status.runs, [](const CheckRunState& state) {
      return IsFinal(state.run.state);
    });
    if (!are_ended) return status;
    const auto people = PeopleAwaitedBy(context_.store, kinds_, status.check, context_.clock.Now(), harm_);
    if (people && !people->IsSettled()) status.reason = TextOf(*people);
    return status;
  }
  ASSAY_ASSIGN(VerdictRecord record, context_.store.GetVerdict(project, status.check.verdict_id));
  ASSAY_ASSIGN(status.verdict, ReadVerdict(context_.store, std::move(record), context_.clock.Now()));
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
    return ReadVerdict(context_.store, std::move(record), context_.clock.Now());
  };
  co_return co_await RunBlocking(context_.reading, read);
}

asio::awaitable<Result<Page<StoredVerdict>>> Checks::ListVerdicts(const Caller& caller, std::string_view gate,
                                                                  const PageRequest& page) {
  auto read = [&]() -> Result<Page<StoredVerdict>> {
    ASSAY_ASSIGN(Page<VerdictRecord> records, context_.store.ListVerdicts(caller.project, gate, page));
    Page<StoredVerdict> verdicts{.items = {}, .next = std::move(records.next)};
    for (VerdictRecord& record : records.items) {
      ASSAY_ASSIGN(StoredVerdict stored, ReadVerdict(context_.store, std::move(record), context_.clock.Now()));
      verdicts.items.push_back(std::move(stored));
    }
    return verdicts;
  };
  co_return co_await RunBlocking(context_.reading, read);
}

}  // namespace assay
