#include "daemon/checks.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "core/identifier.h"
#include "core/nearest_name.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/evidence.h"
#include "daemon/log.h"
#include "daemon/verdict_readings.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds kUpdateInterval{250};
constexpr std::chrono::seconds kStoreRetry{2};

Result<StoredVerdict> ParseVerdict(VerdictRecord record) {
  ASSAY_ASSIGN(const Json document, Json::Parse(record.document));
  ASSAY_ASSIGN(Verdict verdict, VerdictFromJson(document));
  return StoredVerdict{.record = std::move(record), .verdict = std::move(verdict)};
}

std::string WaitingReason(const std::vector<CheckRunState>& runs) {
  for (const CheckRunState& state : runs) {
    if (IsFinal(state.run.state)) continue;
    return "waiting for run " + state.run.id + " of suite \"" + state.run.suite +
           "\": " + std::to_string(state.run.counts.Accounted()) + " of " + std::to_string(state.run.counts.scheduled) +
           " trials";
  }
  return "its runs have ended; the verdict is being computed";
}

}  // namespace

struct Checks::ActiveCheck {
  explicit ActiveCheck(CheckRecord record) : check(std::move(record)) {}
  const CheckRecord check;
  ChangeSignal decided;  // notified once, when the check has its verdict or is no longer driven
};

Checks::Checks(ChecksContext context) : context_(std::move(context)), kinds_(BuiltinKinds()) {}
Checks::~Checks() = default;

Status Checks::Resume() {
  ASSAY_ASSIGN(const auto verdicts,
               context_.store.ListVerdicts(kDefaultProject, "", {.token = "", .limit = PageRequest::kMaxPage}));
  std::set<std::pair<std::string, std::string>> shown;
  for (const VerdictRecord& record : verdicts.items) {  // newest first
    if (!shown.emplace(record.gate, record.model).second) continue;
    const auto stored = ParseVerdict(record);
    if (stored) ShowVerdict(context_.telemetry, stored->verdict);
  }
  ASSAY_ASSIGN(std::vector<CheckRecord> open, context_.store.ListOpenChecks());
  for (CheckRecord& check : open) {
    Log(LogLevel::kInfo, "check goes on", {{"check", check.id}, {"gate", check.gate}});
    ASSAY_TRY(LinkRuns(check));
    Launch(std::move(check));
  }
  return {};
}

void Checks::Stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  idle_.wait_for(lock, std::chrono::seconds(10), [this] { return active_.empty(); });
}

bool Checks::is_stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

asio::awaitable<Result<CheckStatus>> Checks::CheckGate(const Caller& caller, const CheckArguments& arguments) {
  auto make = [this, caller, arguments]() { return Make(caller, arguments); };
  ASSAY_CO_ASSIGN(const CheckRecord check, co_await RunBlocking(context_.preparing, std::move(make)));
  auto describe = [this, &check]() { return Describe(check.project, check.id); };
  co_return co_await RunBlocking(context_.blocking, describe);
}

Result<CheckRecord> Checks::Make(const Caller& caller, const CheckArguments& arguments) {
  if (is_stopping()) return Fail(ErrorCode::kUnavailable, "assayd is stopping; try again in a moment");
  if (arguments.request) {
    ASSAY_ASSIGN(const auto answered, context_.store.FindRequest(caller.project, *arguments.request));
    if (answered) return context_.store.GetCheck(caller.project, *answered);
  }
  const auto served = context_.catalog.current();
  const CatalogDocument* gate = served->catalog.FindGate(arguments.gate);
  if (gate == nullptr) {
    std::vector<std::string> names;
    for (const CatalogDocument& document : served->catalog.documents) {
      if (document.kind == DocumentKind::kGate) names.push_back(document.name);
    }
    const auto nearest = NearestName(arguments.gate, names);
    return Fail(ErrorCode::kNotFound, "gate \"" + arguments.gate + "\" is not in the catalog" +
                                          (nearest ? "; did you mean \"" + *nearest + "\"?" : ""));
  }
  ASSAY_ASSIGN(const DocumentRecord candidate, context_.models.Resolve(caller.project, arguments.candidate));
  if (!arguments.baseline.empty()) {  // no rule compares yet: only that it exists is checked
    ASSAY_TRY(context_.models.Resolve(caller.project, arguments.baseline));
  }
  CheckRecord check;
  check.id = MakeId(context_.clock.Now());
  check.project = caller.project;
  check.gate = gate->name;
  check.gate_version = gate->version;
  check.model = candidate.name;
  check.model_label = candidate.label;
  check.model_version = candidate.content_version;
  check.principal = caller.principal;
  Json::Array runs;
  for (const std::string& suite : gate->gate()->suites) {
    ASSAY_ASSIGN(const std::string run, EnsureRun(caller, suite, candidate, arguments.fresh));
    runs.emplace_back(run);
  }
  check.parameters = Json::Of({{"fresh", arguments.fresh},
                               {"baseline", arguments.baseline.empty() ? Json() : Json(arguments.baseline)},
                               {"runs", std::move(runs)}})
                         .Dump();
  check.created = context_.clock.Now();
  ASSAY_ASSIGN(CheckRecord stored, context_.store.CreateCheck(check, arguments.request));
  if (stored.id != check.id) return stored;
  ASSAY_TRY(LinkRuns(stored));
  context_.telemetry.CountCheck(check.gate, "PENDING");
  Launch(stored);
  return stored;
}

// Repeated when a check goes on after a restart: a crash may have come between the check and its links.
Status Checks::LinkRuns(const CheckRecord& check) {
  ASSAY_ASSIGN(const Json parameters, Json::Parse(check.parameters));
  const Json* runs = parameters.Find("runs");
  if (runs == nullptr || !runs->is_array()) return {};
  for (const Json& id : runs->as_array()) {
    ASSAY_ASSIGN(const RunRecord run, context_.store.GetRun(check.project, id.as_string()));
    ASSAY_TRY(context_.store.LinkCheckRun(check.project, check.id, run.key, "candidate"));
  }
  return {};
}

// A complete run of the same contents, one that is going on, or a new one.
Result<std::string> Checks::EnsureRun(const Caller& caller, const std::string& suite_name,
                                      const DocumentRecord& candidate, bool fresh) {
  const auto served = context_.catalog.current();
  const CatalogDocument* suite = served->catalog.FindSuite(suite_name);
  if (suite == nullptr) return Fail(ErrorCode::kNotFound, "suite \"" + suite_name + "\" is not in the catalog");
  if (!fresh) {
    ASSAY_ASSIGN(const auto complete,
                 context_.store.FindReusableRun(caller.project, suite->version, candidate.content_version));
    if (complete) return complete->id;
    if (auto id = context_.runs.FindActive(caller.project, suite->version, candidate.content_version))
      return *std::move(id);
  }
  ASSAY_ASSIGN(const RunRecord run, context_.runs.Start(caller, suite_name, candidate, std::nullopt));
  return run.id;
}

void Checks::Launch(CheckRecord check) {
  auto active = std::make_shared<ActiveCheck>(std::move(check));
  int loop = 0;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;                                          // stored; the next start goes on with it
    if (!active_.emplace(active->check.id, active).second) return;  // made between the start of the daemon and Resume
    loop = next_loop_++ % context_.loops.count();
  }
  asio::co_spawn(context_.loops.executor(loop), Drive(std::move(active)), asio::detached);
}

asio::awaitable<void> Checks::Drive(std::shared_ptr<ActiveCheck> active) {
  const CheckRecord& check = active->check;
  if (co_await AwaitRuns(active)) {
    for (;;) {
      auto decide = [this, &check]() -> Status {
        ASSAY_ASSIGN(const Verdict verdict, ComputeVerdict(check));
        return Publish(check, verdict);
      };
      const Status status = co_await RunBlocking(context_.blocking, decide);
      if (status || is_stopping()) break;
      Log(LogLevel::kError, "verdict not stored",
          {{"check", check.id}, {"gate", check.gate}, {"error", status.error().message}});
      if (status.error().code != ErrorCode::kUnavailable) break;  // stays PENDING: the next start tries again
      asio::steady_timer timer(co_await asio::this_coro::executor, kStoreRetry);
      co_await timer.async_wait(asio::use_awaitable);
    }
  }
  {
    const std::lock_guard lock(mutex_);
    active_.erase(check.id);
    idle_.notify_all();
  }
  active->decided.Notify();
}

// False when the daemon stops first.
asio::awaitable<bool> Checks::AwaitRuns(std::shared_ptr<ActiveCheck> active) {
  const CheckRecord& check = active->check;
  auto list = [this, &check]() { return context_.store.ListCheckRuns(check.project, check.id); };
  Result<std::vector<CheckRun>> runs = co_await RunBlocking(context_.blocking, list);
  for (std::size_t i = 0; runs && i < runs->size();) {
    const auto run = co_await context_.runs.AwaitEnd(check.project, (*runs)[i].run_id,
                                                     steady_clock::now() + std::chrono::minutes(1));
    if (is_stopping()) co_return false;
    if (run && IsFinal(run->state)) {
      ++i;
      continue;
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, kUpdateInterval);
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_return runs.has_value();
}

// What cannot be computed is a verdict ERROR that says so; only a store out of reach is an error here.
Result<Verdict> Checks::ComputeVerdict(const CheckRecord& check) {
  const auto broken = [&](const Error& error) -> Result<Verdict> {
    if (error.code == ErrorCode::kUnavailable) return Fail(error);
    Verdict verdict;
    verdict.gate = check.gate;
    verdict.gate_version = check.gate_version;
    verdict.candidate = {check.model, check.model_label, check.model_version};
    verdict.state = VerdictState::kError;
    verdict.reason = "the verdict could not be computed: " + error.message;
    verdict.decided_at = context_.clock.Now();
    return verdict;
  };
  const auto record = context_.store.GetDocumentVersion(check.project, "Gate", check.gate, check.gate_version);
  if (!record) return broken(record.error());
  Diagnostics diagnostics;
  const auto document = ParseDocument("gate", record->json, kinds_, ReferencedFiles::kIgnore, diagnostics);
  if (!document || document->gate() == nullptr)
    return broken({ErrorCode::kFailedPrecondition, "the stored gate cannot be read:\n" + diagnostics.Render(), {}});

  GateEvidence evidence{.gate_version = check.gate_version,
                        .candidate = {check.model, check.model_label, check.model_version},
                        .suites = {}};
  std::vector<RunRecord> runs;
  const auto linked = context_.store.ListCheckRuns(check.project, check.id);
  if (!linked) return broken(linked.error());
  for (const CheckRun& link : *linked) {
    const auto run = context_.store.GetRun(link.key);
    if (!run) return broken(run.error());
    const auto suite = context_.store.GetDocumentVersion(run->project, "Suite", run->suite, run->suite_version);
    if (!suite) return broken(suite.error());
    const auto parsed = ParseDocument("suite", suite->json, kinds_, ReferencedFiles::kIgnore, diagnostics);
    if (!parsed || parsed->suite() == nullptr)
      return broken({ErrorCode::kFailedPrecondition, "the stored suite cannot be read:\n" + diagnostics.Render(), {}});
    auto loaded = LoadEvidence(context_.store, *run, *parsed->suite());
    if (!loaded) return broken(loaded.error());
    evidence.suites.push_back(*std::move(loaded));
    runs.push_back(*run);
  }
  Verdict verdict = Decide(*document->gate(), evidence, context_.clock.Now());
  if (!IsFinal(verdict.state))
    return broken({ErrorCode::kInternal, "all runs have ended and yet the gate is pending: " + verdict.reason, {}});
  if (const Status named = NameWorstCases(context_.store, runs, verdict); !named) return broken(named.error());
  return verdict;
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
                             .document = ToJson(verdict).DumpCanonical(),
                             .created = verdict.decided_at,
                             .principal = check.principal};
  if (const Status status = context_.store.CompleteCheck(record); !status) {
    if (status.error().code == ErrorCode::kFailedPrecondition) return {};  // it has its verdict already
    return status;
  }
  context_.telemetry.CountCheck(check.gate, record.state);
  ShowVerdict(context_.telemetry, verdict);
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
  ASSAY_ASSIGN(const std::vector<CheckRun> runs, context_.store.ListCheckRuns(project, id));
  for (const CheckRun& link : runs) {
    ASSAY_ASSIGN(RunRecord run, context_.store.GetRun(link.key));
    const bool reused = run.ended && *run.ended <= status.check.created;
    status.runs.push_back({.run = std::move(run), .role = link.role, .reused = reused});
  }
  if (status.check.verdict_id.empty()) {
    status.reason = WaitingReason(status.runs);
    return status;
  }
  ASSAY_ASSIGN(VerdictRecord record, context_.store.GetVerdict(project, status.check.verdict_id));
  ASSAY_ASSIGN(status.verdict, ParseVerdict(std::move(record)));
  status.reason = status.verdict->verdict.reason;
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
  co_return co_await RunBlocking(context_.blocking, read);
}

// The check as it stands, a few times a second while its runs go on.
class Checks::CheckUpdates final : public Updates<CheckStatus> {
 public:
  CheckUpdates(Checks& checks, Caller caller, std::string id)
      : checks_(checks), caller_(std::move(caller)), id_(std::move(id)) {}

  asio::awaitable<Result<std::optional<CheckStatus>>> Next() override {
    while (!is_last_) {
      const auto active = checks_.FindDriven(id_);
      if (!is_first_) {
        if (checks_.is_stopping())
          co_return Fail(ErrorCode::kUnavailable, "assayd is stopping; the check goes on after its restart");
        if (active != nullptr) co_await active->decided.Wait(0, steady_clock::now() + kUpdateInterval);
      }
      ASSAY_CO_ASSIGN(CheckStatus status, co_await checks_.GetCheck(caller_, id_));
      is_last_ = !status.check.verdict_id.empty();
      const bool is_new = is_first_ || is_last_ || status.reason != reason_;
      is_first_ = false;
      if (!is_new && active != nullptr) continue;
      reason_ = status.reason;
      co_return std::optional<CheckStatus>(std::move(status));
    }
    co_return std::optional<CheckStatus>();
  }

 private:
  Checks& checks_;
  const Caller caller_;
  const std::string id_;
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
  co_return co_await RunBlocking(context_.blocking, read);
}

asio::awaitable<Result<StoredVerdict>> Checks::GetVerdict(const Caller& caller, std::string_view id) {
  auto read = [&]() -> Result<StoredVerdict> {
    ASSAY_ASSIGN(VerdictRecord record, context_.store.GetVerdict(caller.project, id));
    return ParseVerdict(std::move(record));
  };
  co_return co_await RunBlocking(context_.blocking, read);
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
  co_return co_await RunBlocking(context_.blocking, read);
}

}  // namespace assay
