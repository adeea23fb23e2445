#include "daemon/reviews/reviews.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/log.h"
#include "daemon/review_telemetry.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::minutes kSweepInterval{1};
constexpr std::chrono::seconds kShowInterval{5};
constexpr std::chrono::hours kMeasureInterval{1};
constexpr std::chrono::hours kRateWindow{2};

// One fact may be told twice by a daemon that was restarted in between, never by one.
void CountFact(const ReviewFact& fact, const ItemState& after, ReviewTelemetry& telemetry) {
  const std::string& queue = after.item.queue;
  if (const auto* made = std::get_if<JudgementMade>(&fact.body)) {
    telemetry.CountJudgement(queue, WordOf(after.item.subject.kind), WordOf(made->role));
    telemetry.CountActive(queue, made->content.times.active);
  } else if (const auto* decision = std::get_if<DecisionMade>(&fact.body)) {
    telemetry.Count(ReviewCount::kDecision, queue, WordOf(decision->method));
    if (decision->method == DecisionMethod::kAdjudicated)
      telemetry.Count(ReviewCount::kAdjudication, queue, WordOf(decision->cause));
  } else if (const auto* audit = std::get_if<AuditMade>(&fact.body)) {
    telemetry.Count(ReviewCount::kAudit, queue, audit->passes ? "passed" : "failed");
    if (!audit->passes) telemetry.Count(ReviewCount::kRework, queue, WordOf(after.audits.back().cause));
  } else if (const auto* reopened = std::get_if<ItemReopened>(&fact.body)) {
    telemetry.Count(ReviewCount::kRework, queue, WordOf(reopened->cause));
  } else if (const auto* escalated = std::get_if<EscalationOpened>(&fact.body)) {
    telemetry.Count(ReviewCount::kEscalation, queue, WordOf(escalated->reason));
  } else if (std::holds_alternative<EscalationResolved>(fact.body)) {
    for (const ReviewEscalation& escalation : after.escalations) {
      if (escalation.resolved_at == fact.at) telemetry.ObserveEscalation(queue, fact.at - escalation.at);
    }
  } else if (std::holds_alternative<GoldGraded>(fact.body)) {
    telemetry.Count(ReviewCount::kGold, queue, std::get<GoldGraded>(fact.body).is_hit ? "right" : "wrong");
  }
}

std::unexpected<Error> NoRole(const Caller& caller) {
  if (caller.principal == kNobody)
    return Fail(ErrorCode::kPermissionDenied,
                "review needs a name, and without tokens every caller is \"local\"; give people tokens and roles "
                "(auth: {tokens: FILE} in assayd.yaml, docs/review.md)");
  return Fail(ErrorCode::kPermissionDenied,
              "\"" + caller.principal +
                  "\" has no role in human review; its line in the token file needs one, like "
                  "roles=reviewer");
}

}  // namespace

Reviews::Reviews(ReviewsContext context)
    : context_(std::move(context)),
      kinds_(BuiltinKinds()),
      store_(context_.store),
      policies_(context_.catalog, context_.store),
      books_(store_),
      desk_(store_, policies_, people_, context_.clock,
            [this](const ReviewFact& fact, const ItemState& after) { Observe(fact, after); }),
      next_(desk_, policies_, people_, books_, store_) {}

Reviews::~Reviews() = default;

Status Reviews::Load() {
  ASSAY_TRY(policies_.Open(context_.clock.Now()));
  ASSAY_TRY(OpenProject(kDefaultProject));
  return desk_.Load();
}

Status Reviews::OpenProject(const std::string& project) {
  if (projects_.contains(project)) return {};
  ASSAY_TRY(policies_.KeepRubrics(project, context_.clock.Now()));
  ASSAY_TRY(books_.Load(project));
  projects_.insert(project);
  return {};
}

void Reviews::Start() {
  {
    const std::lock_guard lock(mutex_);
    is_driving_ = true;
  }
  asio::co_spawn(context_.loops.executor(0), Watch(), asio::detached);
}

void Reviews::Weigh(std::string check, std::vector<ItemInfluence> items) {
  asio::post(context_.desk,
             [this, check = std::move(check), items = std::move(items)] { PlaceAgain(desk_.Weigh(check, items)); });
}

void Reviews::Await(std::string run, bool is_awaited) {
  asio::post(context_.desk, [this, run = std::move(run), is_awaited] { PlaceAgain(desk_.Await(run, is_awaited)); });
}

// A part at a time: who asks for an item meanwhile is answered in between.
void Reviews::PlaceAgain(std::vector<std::string> items) {
  constexpr std::size_t kPlacedAtOnce = 250;
  const std::size_t now = std::min(items.size(), kPlacedAtOnce);
  desk_.PlaceAgain(std::span(items).last(now));
  items.resize(items.size() - now);
  if (!items.empty()) asio::post(context_.desk, [this, items = std::move(items)] { PlaceAgain(items); });
}

asio::awaitable<Status> Reviews::Settle() {
  auto nothing = []() { return Status(); };
  co_return co_await RunBlocking(context_.desk, nothing);
}

void Reviews::Stop() {
  stop_.Notify();
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, std::chrono::seconds(5), [this] { return !is_driving_; });
}

asio::awaitable<void> Reviews::Watch() {
  auto measure_at = steady_clock::now();
  while (!is_stopping()) {
    auto look = [this]() -> Status {
      LookAround();
      return {};
    };
    auto looking = RunBlocking(context_.desk, look);
    const Status looked = co_await ErrorInsteadOfException(std::move(looking));
    if (!looked) Log(LogLevel::kError, "reviews not looked after", {{"error", looked.error().message}});
    while (looked && is_sweeping_ && !is_stopping()) {
      auto sweep = [this]() -> Status {
        SweepSome();
        return {};
      };
      auto sweeping = RunBlocking(context_.desk, sweep);
      const Status swept = co_await ErrorInsteadOfException(std::move(sweeping));
      if (swept) continue;
      Log(LogLevel::kError, "review items not swept", {{"error", swept.error().message}});
      break;
    }
    if (const Status offered = co_await ErrorInsteadOfException(OfferRuns()); !offered)
      Log(LogLevel::kWarning, "runs not offered to queues", {{"error", offered.error().message}});
    if (steady_clock::now() >= measure_at && !is_stopping()) {
      measure_at = steady_clock::now() + kMeasureInterval;
      auto measure = [this]() { return ShowAgreement(); };
      auto measuring = RunBlocking(context_.reading, measure);
      if (const Status measured = co_await ErrorInsteadOfException(std::move(measuring)); !measured)
        Log(LogLevel::kWarning, "agreement not measured", {{"error", measured.error().message}});
    }
    co_await stop_.Wait(0, steady_clock::now() + context_.look_interval);
  }
  const std::lock_guard lock(mutex_);
  is_driving_ = false;
  idle_.notify_all();
}

// What has changed by itself, and what people or documents that have changed make of the items.
void Reviews::LookAround() {
  desk_.Tick();
  const Time now = context_.clock.Now();
  if (now - shown_at_ >= kShowInterval) {
    shown_at_ = now;
    ShowQueues();
  }
  const auto roster = Roster();
  const std::string catalog = policies_.served()->version;
  if (catalog != swept_catalog_) {
    for (const std::string& project : projects_) {
      if (const Status kept = policies_.KeepRubrics(project, now); !kept)
        Log(LogLevel::kWarning, "rubrics not kept", {{"error", kept.error().message}});
    }
  }
  const bool has_changed = roster != swept_roster_ || catalog != swept_catalog_;
  if (!has_changed && now - swept_at_ < kSweepInterval) return;
  swept_roster_ = roster;
  swept_catalog_ = catalog;
  swept_at_ = now;
  is_sweeping_ = !roster->empty();
  sweeping_after_.clear();
  swept_ = 0;
}

// The next part of the open items, by the people of the look that began it.
void Reviews::SweepSome() {
  const ReviewDesk::SweepStep step = desk_.Sweep(*swept_roster_, sweeping_after_);
  sweeping_after_ = step.last;
  swept_ += step.escalated;
  if (!step.is_last) return;
  is_sweeping_ = false;
  if (swept_ > 0)
    Log(LogLevel::kWarning, "review items escalated: nobody can go on with them", {{"items", std::to_string(swept_)}});
}

void Reviews::Observe(const ReviewFact& fact, const ItemState& after) {
  CountFact(fact, after, context_.telemetry.reviews());
  if (!std::holds_alternative<DecisionMade>(fact.body)) return;
  std::deque<Time>& times = done_[{after.item.project, after.item.queue}];
  times.push_front(fact.at);
  while (!times.empty() && fact.at - times.back() > kRateWindow) times.pop_back();
}

// For /metrics. What is still on its way to the desk is shown the next time.
void Reviews::ShowQueues() {
  const Time now = context_.clock.Now();
  std::map<std::string, QueueReading> readings;
  for (const QueueStatus& status : Statuses(kDefaultProject, *Roster())) {
    QueueReading& reading = readings[status.queue];
    for (const auto& [state, items] : status.states) reading.items[std::string(WordOf(state))] = items;
    if (status.oldest_at) reading.oldest_seconds = std::chrono::duration<double>(now - *status.oldest_at).count();
    reading.overdue = status.overdue;
    reading.overdue_rulings = status.overdue_rulings;
    reading.severe_flags = status.severe_flags;
  }
  context_.telemetry.reviews().SetQueues(readings);
}

Result<Asking> Reviews::WhoAsks(const Caller& caller) const {
  Asking asking{.project = caller.project, .roster = Roster(), .now = context_.clock.Now()};
  const auto found = std::ranges::find(*asking.roster, caller.principal, &Reviewer::id);
  if (caller.principal == kNobody || found == asking.roster->end()) return NoRole(caller);
  asking.reviewer = *found;
  return asking;
}

asio::awaitable<Result<std::vector<Reviewer>>> Reviews::ListReviewers(const Caller& caller) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking]() -> Result<std::vector<Reviewer>> {
    std::vector<Reviewer> shown;
    for (const Reviewer& reviewer : *asking.roster) {
      const bool may_see = reviewer.id == asking.reviewer.id || asking.reviewer.roles.Has(ReviewRole::kLead);
      if (!may_see) continue;
      Reviewer each = reviewer;
      for (const std::string& queue : books_.PausedIn(asking.project, reviewer.id)) {
        each.is_paused = true;
        each.paused_why +=
            (each.paused_why.empty() ? "" : "; ") + queue + ": " + books_.WhyPaused(asking.project, reviewer.id, queue);
      }
      shown.push_back(std::move(each));
    }
    return shown;
  };
  co_return co_await RunBlocking(context_.desk, work);
}

}  // namespace assay
