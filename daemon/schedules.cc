#include "daemon/schedules.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "core/digest.h"
#include "daemon/blocking.h"
#include "daemon/log.h"
#include "daemon/telemetry.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr Duration kLongestWait = std::chrono::minutes(1);
constexpr Duration kShortestWait = std::chrono::milliseconds(50);
constexpr Duration kAfterFailedLook = std::chrono::seconds(2);

Caller CallerOf(const std::string& schedule) { return {.principal = std::string(kSchedulePrincipalPrefix) + schedule}; }

// One for a schedule and a due time, whatever the schedule says by then.
RequestKey RequestOf(const std::string& schedule, Time due) {
  const std::string id = schedule + "/" + FormatTime(due);
  return {.method = "Schedule", .request_id = id, .content_hash = ContentVersion(id)};
}

// The next fact of a schedule, with the sums so far.
ScheduleFact NextFact(const ScheduleFact& newest, ScheduleAct act, Time due, Time now) {
  ScheduleFact fact = newest;
  fact.act = act;
  fact.due = due;
  fact.at = now;
  fact.check_id.clear();
  fact.error.clear();
  return fact;
}

std::vector<const ScheduleSpec*> SchedulesOf(const ServedVersion& served) {
  std::vector<const ScheduleSpec*> schedules;
  for (const CatalogDocument& document : served.catalog.documents) {
    if (document.schedule() != nullptr) schedules.push_back(document.schedule());
  }
  std::ranges::sort(schedules, {}, &ScheduleSpec::name);
  return schedules;
}

std::optional<Time> NextDue(const ScheduleSpec& schedule, Time now) {
  return schedule.paused ? std::nullopt : schedule.NextAfter(now);
}

bool IsUndecided(const std::optional<CheckRecord>& check) { return check && check->verdict_id.empty(); }

// The store does not answer, or the daemon stops.
bool IsWorthAnotherTry(const Error& error) {
  return error.code == ErrorCode::kUnavailable || error.code == ErrorCode::kAborted;
}

std::optional<Time> Later(const std::optional<Time>& one, const std::optional<Time>& other) {
  if (!one || !other) return one ? one : other;
  return std::max(*one, *other);
}

}  // namespace

Schedules::Schedules(SchedulesContext context) : context_(std::move(context)) {}

Status Schedules::Load() {
  ASSAY_ASSIGN(const std::vector<ScheduleFact> facts, context_.store.ListNewestScheduleFacts(kDefaultProject));
  for (const ScheduleFact& fact : facts) Remember(fact);
  return {};
}

void Schedules::Start() {
  {
    const std::lock_guard lock(mutex_);
    is_driving_ = true;
  }
  asio::co_spawn(context_.loops.executor(0), Drive(), asio::detached);
}

void Schedules::Stop() {
  stop_.Notify();
  wake_.Notify();
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, std::chrono::seconds(5), [this] { return !is_driving_; });
}

void Schedules::CheckEnded(std::string_view check) {
  const auto is_its = [&](const auto& each) { return each.second.started && each.second.started->check_id == check; };
  bool is_waited_for = false;
  {
    const std::lock_guard lock(mutex_);
    is_waited_for = std::ranges::any_of(known_, is_its);
  }
  if (is_waited_for) wake_.Notify();
}

asio::awaitable<void> Schedules::Drive() {
  while (!is_stopping()) {
    const std::uint64_t seen = wake_.version();
    const Status looked = co_await ErrorInsteadOfException(Look());
    if (is_stopping()) break;
    if (!looked) Log(LogLevel::kWarning, "schedules wait for the store", {{"error", looked.error().message}});
    co_await wake_.Wait(seen, steady_clock::now() + (looked ? UntilNextDue() : kAfterFailedLook));
  }
  const std::lock_guard lock(mutex_);
  is_driving_ = false;
  idle_.notify_all();
}

Duration Schedules::UntilNextDue() const {
  const auto served = context_.catalog.current();
  const Time now = context_.clock.Now();
  Duration wait = kLongestWait;
  for (const ScheduleSpec* schedule : SchedulesOf(*served)) {
    if (const auto next = NextDue(*schedule, now)) wait = std::min(wait, *next - now);
  }
  return std::max(wait, kShortestWait);
}

asio::awaitable<Status> Schedules::Look() {
  const auto served = context_.catalog.current();
  ASSAY_CO_TRY(co_await ObserveChecks());
  ASSAY_CO_TRY(co_await LeaveOut(*served));
  Status all;
  for (const ScheduleSpec* schedule : SchedulesOf(*served)) {
    if (is_stopping()) break;
    const Status attended = co_await Attend(*schedule);
    if (!attended) all = attended;  // the others are due all the same
  }
  Show(*served);
  co_return all;
}

// Which of the checks that were going on at the last look still are.
asio::awaitable<Status> Schedules::ObserveChecks() {
  KnownSchedules before;
  {
    const std::lock_guard lock(mutex_);
    before = known_;
  }
  auto observe = [this, before = std::move(before)]() -> Result<KnownSchedules> {
    KnownSchedules observed;
    for (const auto& [name, known] : before) {
      if (!known.started || (known.last && !IsUndecided(known.last))) continue;
      ASSAY_ASSIGN(observed[name], Observed(known));
    }
    return observed;
  };
  ASSAY_CO_ASSIGN(const KnownSchedules observed, co_await RunBlocking(context_.blocking, std::move(observe)));
  const std::lock_guard lock(mutex_);
  for (const auto& [name, known] : observed) {
    known_[name].last = known.last;
    known_[name].is_running = known.is_running;
  }
  co_return Status();
}

// A check that waits for people, or for somebody who resumes its run, takes no room.
Result<Schedules::Known> Schedules::Observed(Known known) const {
  const std::string& check = known.started->check_id;
  ASSAY_ASSIGN(known.last, context_.store.GetCheck(kDefaultProject, check));
  known.is_running = false;
  if (!IsUndecided(known.last)) return known;
  ASSAY_ASSIGN(const std::vector<CheckRun> runs, context_.store.ListCheckRuns(kDefaultProject, check));
  known.is_running = runs.empty();
  for (const CheckRun& link : runs) {
    ASSAY_ASSIGN(const RunRecord run, context_.store.GetRun(link.key));
    known.is_running = known.is_running || (!IsFinal(run.state) && run.state != RunState::kPaused);
  }
  return known;
}

// What is not in the catalog any more begins anew if it comes back: what would have been due meanwhile never was.
asio::awaitable<Status> Schedules::LeaveOut(const ServedVersion& served) {
  std::vector<ScheduleFact> gone;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, known] : known_) {
      const bool is_new = !known.newest.timing.empty() && served.catalog.FindSchedule(name) == nullptr;
      if (is_new) gone.push_back(known.newest);
    }
  }
  for (ScheduleFact& newest : gone) {
    if (newest.act == ScheduleAct::kDue) ASSAY_CO_TRY(co_await Settle(newest));
    const Time now = context_.clock.Now();
    ScheduleFact fact = NextFact(newest, ScheduleAct::kSeen, now, now);
    fact.timing.clear();
    ASSAY_CO_TRY(co_await Append(std::move(fact)));
    Log(LogLevel::kInfo, "schedule is not in the catalog any more", {{"schedule", newest.schedule}});
  }
  co_return Status();
}

asio::awaitable<Status> Schedules::Attend(const ScheduleSpec& schedule) {
  const Time now = context_.clock.Now();
  Known known = KnownOf(schedule.name);
  if (known.newest.act == ScheduleAct::kDue) {
    const DueTimes later = schedule.DueBetween(known.newest.due, now);
    const bool is_as_it_was = known.newest.timing == schedule.Timing();
    if (is_as_it_was && later.count == 0) co_return co_await CheckNow(schedule, known.newest.due);
    ASSAY_CO_TRY(co_await Settle(known.newest));
    known.last = KnownOf(schedule.name).last;
  }
  const bool is_clock_back = known.newest.due > now;
  if (known.newest.timing != schedule.Timing() || is_clock_back) {
    ScheduleFact seen = NextFact(known.newest, ScheduleAct::kSeen, now, now);
    seen.schedule = schedule.name;
    seen.timing = schedule.Timing();
    co_return co_await Append(std::move(seen));
  }
  if (schedule.paused) co_return Status();
  const DueTimes due = schedule.DueBetween(known.newest.due, now);
  if (due.count == 0) co_return Status();
  const bool is_skipped = IsUndecided(known.last);
  if (!is_skipped && !HasRoom()) co_return Status();
  ScheduleFact fact = NextFact(known.newest, is_skipped ? ScheduleAct::kSkipped : ScheduleAct::kDue, *due.newest, now);
  fact.missed += due.count - 1;
  if (is_skipped) {
    ++fact.skipped;
    Log(LogLevel::kWarning, "a schedule is due, and its check before has not ended",
        {{"schedule", schedule.name}, {"due", FormatTime(fact.due)}, {"check", known.last->id}});
  }
  if (due.count > 1)
    Log(LogLevel::kWarning, "due times of a schedule were missed",
        {{"schedule", schedule.name}, {"missed", std::to_string(due.count - 1)}, {"made_up", FormatTime(fact.due)}});
  const Status stored = co_await Append(fact);
  if (!stored && stored.error().code == ErrorCode::kAlreadyExists) {
    Remember(NextFact(known.newest, ScheduleAct::kSeen, fact.due, now));  // before the clock was set back
    co_return Status();
  }
  ASSAY_CO_TRY(stored);
  if (is_skipped) co_return Status();
  co_return co_await CheckNow(schedule, fact.due);
}

// Of a due time that is not checked any more, or not under these terms: its check may have been made before the daemon
// ended. Without one it was missed, which the next fact says.
asio::awaitable<Status> Schedules::Settle(ScheduleFact& due) {
  ASSAY_CO_ASSIGN(const std::optional<std::string> check, co_await FindCheck(due.schedule, due.due));
  if (!check) {
    ++due.missed;
    co_return Status();
  }
  due = NextFact(due, ScheduleAct::kStarted, due.due, context_.clock.Now());
  due.check_id = *check;
  ASSAY_CO_TRY(co_await Append(due));
  co_return co_await ObserveChecks();
}

asio::awaitable<Status> Schedules::CheckNow(const ScheduleSpec& schedule, Time due) {
  const Result<std::string> check = co_await MakeCheck(schedule, due);
  if (!check && IsWorthAnotherTry(check.error())) co_return Fail(check.error());
  const ScheduleFact newest = KnownOf(schedule.name).newest;
  ScheduleFact fact = NextFact(newest, check ? ScheduleAct::kStarted : ScheduleAct::kFailed, due, context_.clock.Now());
  if (check) {
    fact.check_id = *check;
  } else {
    fact.error = check.error().message;
    ++fact.failed;
  }
  ASSAY_CO_TRY(co_await Append(fact));
  Log(check ? LogLevel::kInfo : LogLevel::kError, check ? "schedule started a check" : "schedule could not check",
      {{"schedule", schedule.name},
       {"gate", schedule.gate},
       {"due", FormatTime(due)},
       {"check", fact.check_id},
       {"error", fact.error}});
  co_return co_await ObserveChecks();
}

asio::awaitable<Result<std::string>> Schedules::MakeCheck(const ScheduleSpec& schedule, Time due) {
  ASSAY_CO_ASSIGN(const std::optional<std::string> made, co_await FindCheck(schedule.name, due));
  if (made) co_return *made;
  CheckArguments arguments;
  arguments.gate = schedule.gate;
  ASSAY_CO_ASSIGN(arguments.candidate, co_await CandidateOf(schedule.candidate));
  if (schedule.baseline) {
    ASSAY_CO_ASSIGN(arguments.baseline, co_await VersionOf(*schedule.baseline));
  }
  arguments.request = RequestOf(schedule.name, due);
  const Caller caller = CallerOf(schedule.name);
  ASSAY_CO_ASSIGN(const CheckStatus status, co_await context_.gates.CheckGate(caller, arguments));
  co_return status.check.id;
}

asio::awaitable<Result<std::optional<std::string>>> Schedules::FindCheck(const std::string& schedule, Time due) {
  auto find = [this, request = RequestOf(schedule, due)] {
    return context_.store.FindRequest(kDefaultProject, request);
  };
  co_return co_await RunBlocking(context_.blocking, std::move(find));
}

asio::awaitable<Result<std::string>> Schedules::CandidateOf(const ScheduledModelSpec& candidate) {
  if (!candidate.stage && !candidate.version) co_return candidate.model;
  const BaselineSpec named{.model = candidate.model, .stage = candidate.stage, .version = candidate.version};
  co_return co_await VersionOf(named);
}

// "M@V". A stage is that of the moment.
asio::awaitable<Result<std::string>> Schedules::VersionOf(const BaselineSpec& model) {
  auto resolve = [this, model] { return context_.models.Resolve(kDefaultProject, model); };
  ASSAY_CO_ASSIGN(const DocumentRecord found, co_await RunBlocking(context_.blocking, std::move(resolve)));
  co_return found.name + "@" + found.label;
}

asio::awaitable<Status> Schedules::Append(ScheduleFact fact) {
  auto append = [this, fact] { return context_.store.AppendScheduleFact(fact); };
  ASSAY_CO_TRY(co_await RunBlocking(context_.blocking, std::move(append)));
  Remember(fact);
  co_return Status();
}

void Schedules::Remember(const ScheduleFact& fact) {
  const std::lock_guard lock(mutex_);
  Known& known = known_[fact.schedule];
  known.newest = fact;
  if (fact.act == ScheduleAct::kSeen) known.seen = fact;
  if (fact.act == ScheduleAct::kFailed) known.failed = fact;
  if (fact.act != ScheduleAct::kStarted) return;
  known.started = fact;
  known.last.reset();
}

Schedules::Known Schedules::KnownOf(const std::string& schedule) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(schedule);
  return found == known_.end() ? Known() : found->second;
}

bool Schedules::HasRoom() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::count_if(known_, [](const auto& each) { return each.second.is_running; }) < context_.most_running;
}

void Schedules::Show(const ServedVersion& served) {
  const Time now = context_.clock.Now();
  std::map<std::string, ScheduleReading> readings;
  for (const ScheduleSpec* schedule : SchedulesOf(served)) {
    const Known known = KnownOf(schedule->name);
    const std::optional<Time> seen = known.seen ? std::optional(known.seen->at) : std::nullopt;
    const std::optional<Time> ended = known.last ? known.last->ended : std::nullopt;
    readings[schedule->name] = {.next_due = NextDue(*schedule, now),
                                .period = schedule->LongestPeriod(now),
                                .started = known.started ? std::optional(known.started->at) : std::nullopt,
                                .quiet_since = Later(ended, seen),
                                .missed = known.newest.missed,
                                .skipped = known.newest.skipped,
                                .failed = known.newest.failed};
  }
  context_.telemetry.schedules().SetSchedules(readings);
}

asio::awaitable<Result<std::vector<ScheduleStatus>>> Schedules::ListSchedules(const Caller& caller) {
  if (caller.project != kDefaultProject) co_return std::vector<ScheduleStatus>();
  auto list = [this]() -> Result<std::vector<ScheduleStatus>> {
    const auto served = context_.catalog.current();
    const Time now = context_.clock.Now();
    std::vector<ScheduleStatus> schedules;
    for (const ScheduleSpec* spec : SchedulesOf(*served)) {
      Known known = KnownOf(spec->name);
      ScheduleStatus status{.spec = *spec,
                            .next_due = NextDue(*spec, now),
                            .missed = known.newest.missed,
                            .skipped = known.newest.skipped,
                            .failed = known.newest.failed};
      if (known.started) {
        status.last_due = known.started->due;
        ASSAY_ASSIGN(status.last, context_.store.GetCheck(kDefaultProject, known.started->check_id));
      }
      const bool is_last = known.failed && (!known.started || known.started->at < known.failed->at);
      if (is_last) {
        status.last_error = known.failed->error;
        status.last_error_at = known.failed->at;
      }
      schedules.push_back(std::move(status));
    }
    return schedules;
  };
  co_return co_await RunBlocking(context_.reading, list);
}

}  // namespace assay
