#include "daemon/reviews/reviews.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "core/digest.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/log.h"
#include "daemon/queue_draw.h"
#include "daemon/review_telemetry.h"
#include "daemon/reviews/content_reads.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/perform.h"

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

// What a judgement says that the guideline should say waits for a lead, like any other proposal. The same judgement
// sent again proposes nothing anew.
Status FileProposal(ReviewStore& store, const Asking& asking, const ItemState& state, const JudgementContent& content) {
  const std::string& text = content.proposal;
  const std::string id = "w-" + Sha256Hex(state.item.id + "\n" + asking.reviewer.id + "\n" + text).substr(0, 32);
  if (FindChange(store, asking.project, id)) return {};
  const std::string clause = content.clauses.empty() ? "" : " § " + content.clauses.front();
  KeptChange kept{.request = {.id = id,
                              .change = ReviewChange::kProposal,
                              .subject = "rubric " + state.item.rubric + clause,
                              .diff_hash = Sha256Hex(text),
                              .reason = "while judging item " + state.item.id},
                  .diff = text};
  ASSAY_ASSIGN(kept.request, Propose(kept.request, asking.reviewer, asking.now));
  return PutChange(store, asking.project, kept, asking.now, asking.reviewer.id);
}

// What a command says of a lease, as the item has it.
template <class Command>
void TakeToken(const ItemState& state, const std::string& person, Command& command) {
  if constexpr (requires { command.token; }) command.token = TokenFromShown(state, person, command.token);
}

// Of the commands that carry one.
const JudgementContent* ContentOf(const ItemCommand& command) {
  if (const auto* submit = std::get_if<SubmitCommand>(&command)) return &submit->content;
  if (const auto* revise = std::get_if<ReviseCommand>(&command)) return &revise->content;
  if (const auto* adjudicate = std::get_if<AdjudicateCommand>(&command)) return &adjudicate->content;
  return nullptr;
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

Result<ItemView> Reviews::ViewFor(const Asking& asking, const ItemState& state, std::span<const ReviewFact> facts) {
  std::optional<ItemContent> content;
  if (ViewOf(state, next_.Looking(asking, state), asking.now).shows_content) {
    ASSAY_ASSIGN(const std::string text, store_.ReadContent(state.item.project, state.content_hash));
    ASSAY_ASSIGN(content, ItemContentFrom(text));
  }
  ASSAY_ASSIGN(ItemView view, ViewWith(content, asking, state, facts));
  ASSAY_ASSIGN(view.draft, store_.ReadDraft(state.item.id, asking.reviewer.id));
  return view;
}

Result<ItemView> Reviews::ViewWith(const std::optional<ItemContent>& content, const Asking& asking,
                                   const ItemState& state, std::span<const ReviewFact> facts) {
  ASSAY_ASSIGN(const PolicyRef policy, policies_.For(state.item, state.rubric_version));
  const Reviewer viewer = next_.Looking(asking, state);
  const GoldEntry* gold = books_.FindGold(state.item.id);
  ItemView view =
      ViewOfItem(state, facts, content, *policy, gold == nullptr ? nullptr : &gold->answer, viewer, asking.now);
  // What was settled of it is the answer that others are yet to find.
  const bool is_secret = (books_.IsSourceOfGold(state.item.id) && !viewer.roles.Has(ReviewRole::kLead)) ||
                         books_.IsSourceOfBlind(state.item.id, viewer.id);
  if (is_secret) ForgetOthers(view);
  return view;
}

asio::awaitable<Result<ClaimedItem>> Reviews::ClaimItem(const Caller& caller, const ClaimArguments& arguments) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, &arguments]() { return Claim(asking, arguments); };
  co_return co_await RunBlocking(context_.desk, work);
}

Result<ClaimedItem> Reviews::Claim(const Asking& asking, const ClaimArguments& arguments) {
  ASSAY_TRY(OpenProject(asking.project));
  desk_.Tick();
  const auto began = steady_clock::now();
  std::string item = arguments.item;
  if (item.empty()) {
    ASSAY_ASSIGN(NextItems::Found found, next_.First(asking, arguments));
    if (found.item.empty()) return ClaimedItem{.why_none = std::move(found.why_none), .free_at = found.free_at};
    item = std::move(found.item);
  }
  ASSAY_TRY(FindOfTheirQueue(asking, item));
  const auto plan = [&](const ItemState& state, const ReviewPolicy& policy, Time now) -> Result<ReviewFacts> {
    if (state.item.purpose == ItemPurpose::kCalibration) ASSAY_TRY(next_.CheckCalibration(asking, state));
    ASSAY_TRY(next_.CheckGold(asking, state));
    ASSAY_TRY(next_.CheckHasRead(asking, state, policy));
    return assay::Claim(state,
                        {.reviewer = next_.As(asking, state.item.queue),
                         .load = next_.LoadOf(asking, state),
                         .is_prefetch = arguments.is_prefetch},
                        *asking.roster, policy, now);
  };
  ASSAY_ASSIGN(const ItemState state, desk_.Do(asking.project, item, plan, true));
  ASSAY_ASSIGN(ItemView view, ViewFor(asking, state, {}));
  context_.telemetry.reviews().ObserveClaim(
      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began));
  return ClaimedItem{.view = std::move(view)};
}

asio::awaitable<Result<ReviewDraft>> Reviews::SaveDraft(const Caller& caller, std::string_view item,
                                                        std::int64_t revision, std::string_view text) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, item = std::string(item), revision, text = std::string(text)]() {
    return KeepDraft(asking, item, revision, text);
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

Result<ReviewDraft> Reviews::KeepDraft(const Asking& asking, const std::string& item, std::int64_t revision,
                                       std::string text) {
  ASSAY_ASSIGN(const ItemState state, FindOfTheirQueue(asking, item));
  if (text.empty()) {
    ASSAY_TRY(store_.RemoveDraft(item, asking.reviewer.id));
    return ReviewDraft{.item = item, .person = asking.reviewer.id, .revision = revision};
  }
  ASSAY_ASSIGN(const auto earlier, store_.ReadDraft(item, asking.reviewer.id));
  ASSAY_ASSIGN(ReviewDraft draft,
               assay::SaveDraft(state, earlier, asking.reviewer, revision, std::move(text), asking.now));
  ASSAY_TRY(store_.PutDraft(asking.project, draft));
  return draft;
}

asio::awaitable<Result<ItemView>> Reviews::Act(const Caller& caller, std::string_view item, std::string_view key,
                                               const ItemCommand& command) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  const std::string id(item);
  const std::string own_key(key);
  if (const auto* act = std::get_if<QuarantineAct>(&command)) co_return co_await Withhold(asking, id, own_key, *act);
  if (const auto* act = std::get_if<EndQuarantineAct>(&command))
    co_return co_await EndWithholding(asking, id, own_key, *act);
  auto work = [&]() { return Perform(asking, id, own_key, command); };
  co_return co_await RunBlocking(context_.desk, work);
}

Result<ItemState> Reviews::FindOfTheirQueue(const Asking& asking, const std::string& item) {
  ASSAY_ASSIGN(ItemState state, desk_.Find(asking.project, item));
  ASSAY_TRY(CheckMayLookAt(asking.reviewer, state.item));
  return state;
}

Result<ItemView> Reviews::Perform(const Asking& asking, const std::string& item, const std::string& key,
                                  const ItemCommand& command) {
  ASSAY_TRY(OpenProject(asking.project));
  desk_.Tick();
  ASSAY_TRY(FindOfTheirQueue(asking, item));
  const GoldEntry* gold = books_.FindGold(item);
  Performing performing{.reviewer = asking.reviewer, .key = key, .gold = gold == nullptr ? nullptr : &gold->answer};
  std::optional<std::string> content;
  ItemCommand whole = command;
  if (gold != nullptr) {
    ASSAY_ASSIGN(const ItemState state, desk_.Find(asking.project, item));
    std::visit([&](auto& each) { TakeToken(state, asking.reviewer.id, each); }, whole);
  }
  if (auto* ended = std::get_if<EndQuarantineAct>(&whole); ended != nullptr && ended->content) {
    ASSAY_TRY(CompleteRedaction(asking, item, *ended->content));
    content = StoredText(*ended->content);
  }
  if (auto* advance = std::get_if<AdvanceCommand>(&whole)) ASSAY_TRY(CompleteAdvance(asking, item, *advance));
  if (auto* reopen = std::get_if<ReopenCommand>(&whole)) ASSAY_TRY(NameVerdicts(asking, item, *reopen));
  if (EndsDraft(command)) {
    ASSAY_ASSIGN(performing.suggestion, SuggestionOfItem(asking, item));
    ASSAY_ASSIGN(performing.leased_rubric, LeasedRubric(asking, item));
  }
  const ReviewPlan plan = PlanOf(whole, performing, people_);
  const auto checked = [&](const ItemState& state, const ReviewPolicy& policy, Time now) -> Result<ReviewFacts> {
    if (state.item.purpose == ItemPurpose::kCalibration && EndsDraft(command))
      ASSAY_TRY(next_.CheckCalibration(asking, state));
    ASSAY_ASSIGN(ReviewFacts facts, plan(state, policy, now));
    ASSAY_TRY(CheckCanBeJudged(state, facts, now));
    return facts;
  };
  ASSAY_ASSIGN(const ItemState state, desk_.Do(asking.project, item, checked, false, content));
  if (state.item.purpose != ItemPurpose::kLabel) ASSAY_TRY(TellOfHarm(asking, state, command));
  if (const JudgementContent* said = ContentOf(command); said != nullptr && !said->proposal.empty()) {
    // The judgement is in, and holds the words as well.
    if (const Status filed = FileProposal(store_, asking, state, *said); !filed)
      Log(LogLevel::kWarning, "proposal not filed", {{"item", item}, {"error", filed.error().message}});
  }
  if (EndsDraft(command)) {
    // It is shown as a draft of what is in already, should this fail.
    if (const Status removed = store_.RemoveDraft(item, asking.reviewer.id); !removed)
      Log(LogLevel::kWarning, "draft not removed", {{"item", item}, {"error", removed.error().message}});
  }
  if (gold != nullptr && EndsDraft(command)) {
    ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(state));
    AfterGold(asking, state, *policy);
  }
  return ViewFor(asking, state, {});
}

// Absent where it is the one in service.
Result<std::optional<RubricSpec>> Reviews::LeasedRubric(const Asking& asking, const std::string& item) {
  ASSAY_ASSIGN(const ItemState state, desk_.Find(asking.project, item));
  ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(state));
  const ReviewLease* lease = LeaseOf(state, asking.reviewer.id);
  const RubricVersion served = policy->rubric.ParsedVersion();
  const bool is_older =
      lease != nullptr && lease->rubric_version.major == served.major && lease->rubric_version < served;
  if (!is_older) return std::optional<RubricSpec>();
  auto rubric = policies_.RubricAt(asking.project, state.item.rubric, lease->rubric_version);
  if (!rubric && rubric.error().code != ErrorCode::kUnavailable) return std::optional<RubricSpec>();
  if (!rubric) return Fail(rubric.error());
  return std::optional(*std::move(rubric));
}

// What a model says of it, where the queue has people say something to that.
Result<std::optional<ReviewSuggestion>> Reviews::SuggestionOfItem(const Asking& asking, const std::string& item) {
  ASSAY_ASSIGN(const ItemState state, desk_.Find(asking.project, item));
  ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(state));
  if (policy->queue.prelabel.show == PrelabelShow::kOff) return std::optional<ReviewSuggestion>();
  ASSAY_ASSIGN(const std::string text, store_.ReadContent(asking.project, state.content_hash));
  ASSAY_ASSIGN(ItemContent content, ItemContentFrom(text));
  return std::move(content.suggestion);
}

// Who is right too rarely is paused, and the decisions since their last right answer are looked at.
void Reviews::AfterGold(const Asking& asking, const ItemState& state, const ReviewPolicy& policy) {
  constexpr std::size_t kDecisionsLookedAt = 10;
  const std::string& person = asking.reviewer.id;
  const std::string& queue = state.item.queue;
  const GoldRecord record = people_.GoldOf(person, queue);
  const GoldStanding standing = StandingOf(policy.queue.gold, record);
  const bool is_paused = standing == GoldStanding::kUnderMark || standing == GoldStanding::kFailedTraining;
  if (is_paused && books_.WhyPaused(asking.project, person, queue).empty()) {
    const Status paused = books_.Pause(asking.project, person, queue,
                                       "too few right answers to items whose answer is known; a lead ends the pause",
                                       "", asking.now, std::string(kReviewSystem));
    if (!paused) Log(LogLevel::kError, "person not paused", {{"queue", queue}, {"error", paused.error().message}});
  }
  const bool has_missed = state.item.purpose == ItemPurpose::kGold && !state.gold.empty() && !state.gold.back().is_hit;
  if (!has_missed) return;
  std::size_t looked_at = 0;
  for (const RecentJudgement& recent : people_.RecentOf(person)) {
    if (recent.queue != queue || recent.item == state.item.id || ++looked_at > kDecisionsLookedAt) continue;
    const auto ordered = desk_.Do(
        asking.project, recent.item,
        [this](const ItemState& each, const ReviewPolicy&, Time now) -> Result<ReviewFacts> {
          ASSAY_ASSIGN(ReviewFacts facts, OrderAuditByDaemon(each, "its author has missed a known answer since", now));
          ASSAY_TRY(CheckCanBeJudged(each, facts, now));
          return facts;
        });
    if (!ordered && ordered.error().code == ErrorCode::kUnavailable) return;
  }
}

asio::awaitable<Result<ItemView>> Reviews::GetItem(const Caller& caller, std::string_view id) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  // On the desk's thread for the books; what it reads is one item.
  auto work = [this, &asking, id = std::string(id)]() -> Result<ItemView> {
    ASSAY_TRY(FindOfTheirQueue(asking, id));
    ASSAY_ASSIGN(const StoredReviewItem stored, store_.ReadItem(asking.project, id));
    ASSAY_ASSIGN(const ItemState state, Fold(stored.facts));
    ASSAY_ASSIGN(ItemView view, ViewFor(asking, state, stored.facts));
    if (ViewOf(state, next_.Looking(asking, state), asking.now).shows_names) {
      ASSAY_ASSIGN(view.reads, ReadsOf(store_, state));
    }
    if (view.content) ASSAY_TRY(NoteRead(store_, state.item, asking.reviewer.id, asking.now));
    return view;
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
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
