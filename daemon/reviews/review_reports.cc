// What is listed and measured of human review.

#include <algorithm>
#include <tuple>

#include "daemon/blocking.h"
#include "daemon/catalog_lookup.h"
#include "daemon/human_evidence.h"
#include "daemon/review_telemetry.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/grader_trust.h"
#include "daemon/reviews/program.h"
#include "daemon/reviews/reviews.h"
#include "gates/stats/proportion.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr int kMostPages = 10;                // of stored items that are looked through for one page of matching ones
constexpr std::int64_t kMostItems = 200'000;  // of a report
constexpr std::chrono::days kReportWindow{30};
constexpr std::chrono::hours kRate{2};
constexpr std::size_t kMostHeld = 200;

bool Mentions(const ItemState& state, const std::string& text, bool in_judgements) {
  const auto has = [&](const std::string& where) { return where.find(text) != std::string::npos; };
  if (std::ranges::any_of(state.escalations, [&](const auto& each) { return has(each.ruling) || has(each.note); }))
    return true;
  return in_judgements &&
         std::ranges::any_of(state.judgements, [&](const auto& each) { return has(each.content.rationale); });
}

// A lead who has an item to judge looks at it as all who judge it do, in lists too.
Reviewer AsListed(const ItemState& state, const Reviewer& viewer, Time at) {
  Reviewer listed = viewer;
  const ReviewLease* lease = LeaseOf(state, viewer.id);
  const bool judges = lease != nullptr && lease->IsLiveAt(at) && lease->role != LeaseRole::kAdjudicate;
  if (judges) listed.roles.Remove(ReviewRole::kLead);
  return listed;
}

// Whether they could be about to label it, or to audit it, and must not find out by asking what others said of it.
bool CouldJudge(const ItemState& state, const Reviewer& viewer, Time at) {
  const std::optional<LeaseRole> offered = RoleOffered(state, at);
  const bool could_label = offered == LeaseRole::kLabel || offered == LeaseRole::kRework;
  const ReviewState now = StateAt(state, at);
  const bool could_audit = (now == ReviewState::kDecided || now == ReviewState::kAudit) &&
                           !IsAuthorOfDecision(state, viewer.id) && !HasJudgedForAudit(state, viewer.id);
  return (viewer.roles.Has(ReviewRole::kReviewer) && could_label) ||
         (viewer.roles.Has(ReviewRole::kAuditor) && could_audit);
}

// "1.4" is every version that begins so.
bool IsOfVersion(const RubricVersion& version, const std::string& wanted) {
  const std::string text = ToString(version);
  return text == wanted || text.starts_with(wanted + ".");
}

// Under which version of the rubric it was answered, and whether that is not what is asked by now.
bool MatchesVersion(const ItemState& state, const ItemFilter& filter, const ServedVersion& served) {
  if (!filter.rubric_version.empty()) {
    const std::optional<RubricVersion> under = AnsweredUnder(state);
    if (!under || !IsOfVersion(*under, filter.rubric_version)) return false;
  }
  if (!filter.outdated) return true;
  const CatalogDocument* rubric = served.catalog.FindRubric(state.item.rubric);
  return rubric != nullptr && IsOutdated(state, rubric->rubric()->ParsedVersion());
}

bool Matches(const ItemState& state, const ItemFilter& filter, const Reviewer& viewer, const ServedVersion& served,
             Time now) {
  if (!MayLookAt(viewer, state.item)) return false;
  const Time at = std::max(now, state.last_at);
  const bool is_in_state =
      filter.states.empty() || std::ranges::find(filter.states, StateAt(state, at)) != filter.states.end();
  if (!is_in_state) return false;
  // Only leads may know which items are gold; for others these are not there, but for who has one or has judged it: to
  // them it is an item like all others.
  const bool is_theirs = state.item.purpose == ItemPurpose::kGold &&
                         (LeaseOf(state, viewer.id) != nullptr || HasJudged(state, viewer.id, {JudgementRole::kGold}));
  const bool is_shown = state.item.purpose == ItemPurpose::kLabel || viewer.roles.Has(ReviewRole::kLead) || is_theirs;
  if (!is_shown) return false;
  // Whose items these are is told by the filter as well.
  const bool asks_version = !filter.rubric_version.empty() || filter.outdated;
  const bool narrows = !filter.run.empty() || !filter.case_id.empty() || asks_version;
  const bool may_narrow = viewer.roles.Has(ReviewRole::kLead) || StateAt(state, at) == ReviewState::kDone;
  if (narrows && !may_narrow) return false;
  if (asks_version && !MatchesVersion(state, filter, served)) return false;
  if (filter.text.empty()) return true;
  return ViewOf(state, AsListed(state, viewer, at), at).shows_judgements &&
         Mentions(state, filter.text, !CouldJudge(state, viewer, at));
}

ItemSummary ListedSummary(const ItemState& state, const Reviewer& viewer, Time now) {
  ItemSummary summary = SummaryOf(state, AsListed(state, viewer, now), now);
  if (CouldJudge(state, viewer, std::max(now, state.last_at))) summary.severity.reset();  // it is what others said
  return summary;
}

// Whether every state that is asked for is one of items that are open, which the desk has all of.
bool OnlyOpen(const std::vector<ReviewState>& states) {
  return !states.empty() && std::ranges::all_of(states, [](ReviewState state) {
    return state != ReviewState::kDone && state != ReviewState::kCancelled;
  });
}

// The place of an open item in a list, which is its page token too.
struct ListPlace {
  Time due_at{};
  Time entered_at{};
  std::string id = {};
  friend auto operator<=>(const ListPlace&, const ListPlace&) = default;
};

ListPlace PlaceInList(const ItemState& state) {
  return {.due_at = RulingDueAt(state).value_or(state.due_at.value_or(Time::max())),
          .entered_at = state.entered_at,
          .id = state.item.id};
}

std::string TokenOf(const ListPlace& place) {
  return Json(Json::Array{place.due_at.time_since_epoch().count(), place.entered_at.time_since_epoch().count(),
                          place.id})
      .Dump();
}

Result<ListPlace> PlaceFrom(const std::string& token) {
  const auto json = Json::Parse(token);
  const bool is_good = json && json->is_array() && json->as_array().size() == 3 && json->as_array()[0].is_integer() &&
                       json->as_array()[1].is_integer() && json->as_array()[2].is_string();
  if (!is_good) return Fail(ErrorCode::kInvalidArgument, "page_token: is none of this list");
  const Json::Array& parts = json->as_array();
  return ListPlace{.due_at = Time(Duration(parts[0].as_integer())),
                   .entered_at = Time(Duration(parts[1].as_integer())),
                   .id = parts[2].as_string()};
}

// At the rate of the last two hours; absent where nothing was decided in them.
std::optional<Time> DoneAt(std::int64_t open, const std::deque<Time>& decisions, Time now) {
  const auto recent = std::ranges::count_if(decisions, [&](Time at) { return now - at <= kRate; });
  if (recent == 0 || open == 0) return std::nullopt;
  return now +
         std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::micro>(
             static_cast<double>(Duration(kRate).count()) / static_cast<double>(recent) * static_cast<double>(open)));
}

void ShowShares(const std::string& queue, const ReviewKpis& kpis, ReviewTelemetry& telemetry) {
  const std::pair<const char*, const ReviewShare&> shares[] = {{"audits_passed", kpis.audits_passed},
                                                               {"reworked", kpis.reworked},
                                                               {"escalated", kpis.escalated},
                                                               {"adjudicated", kpis.adjudicated},
                                                               {"labels_overturned", kpis.labels_overturned},
                                                               {"gold_right", kpis.gold_hits},
                                                               {"on_time", kpis.on_time},
                                                               {"severe", kpis.severe},
                                                               {"false_refusals", kpis.false_refusals},
                                                               {"missed_refusals", kpis.missed_refusals},
                                                               {"hallucinating", kpis.hallucinating},
                                                               {"claims_supported", kpis.claims_supported},
                                                               {"first_shown_wins", kpis.first_shown_wins},
                                                               {"longer_wins", kpis.longer_wins},
                                                               {"suggestions_followed", kpis.suggestions_followed}};
  for (const auto& [measure, share] : shares) {
    ReviewTelemetry::ShareReading reading{
        .share = share.share, .lower = share.lower, .upper = share.upper, .of = share.of};
    // Of what is not seen at all Wilson's bound says too little: 3 of n.
    if (share.count == 0) reading.upper = ZeroFailuresUpper(share.of, 0.95);
    telemetry.SetShare(queue, measure, reading);
  }
  telemetry.SetShare(queue, "decisions_right", {.share = kpis.decisions_right, .of = kpis.audits_passed.of});
  telemetry.SetLost(queue, "leases_expired", kpis.leases_expired);
  telemetry.SetLost(queue, "too_late", kpis.extras);
}

// The leases of one item that somebody holds now.
void AddHeld(const ItemState& state, Time now, std::vector<HeldItem>& held) {
  for (const ReviewLease& lease : state.leases) {
    if (lease.IsLiveAt(now)) held.push_back({.item = state.item.id, .lease = lease});
  }
}

// The first to end come first.
void KeepMost(std::vector<HeldItem>& held) {
  std::ranges::sort(held, [](const HeldItem& one, const HeldItem& other) {
    return std::tie(one.lease.expires_at, one.item, one.lease.person) <
           std::tie(other.lease.expires_at, other.item, other.lease.person);
  });
  if (held.size() > kMostHeld) held.resize(kMostHeld);
}

bool MayLabel(const Reviewer& reviewer, const QueueSpec& queue) {
  const auto lists = [](const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
  };
  return reviewer.roles.Has(ReviewRole::kReviewer) && (reviewer.queues.empty() || lists(reviewer.queues, queue.name)) &&
         std::ranges::all_of(queue.skills, [&](const std::string& skill) { return lists(reviewer.skills, skill); });
}

}  // namespace

asio::awaitable<Result<Page<ItemSummary>>> Reviews::ListItems(const Caller& caller, const ItemFilter& filter,
                                                              const PageRequest& page) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  if (!filter.queue.empty()) {
    ASSAY_CO_TRY(CheckOfQueue(asking.reviewer, filter.queue));
  }
  if (OnlyOpen(filter.states)) {
    auto list = [this, &asking, &filter, &page]() { return ListOpen(asking, filter, page); };
    co_return co_await RunBlocking(context_.desk, list);
  }
  // Who finds what a copy was made of has its answer.
  ASSAY_CO_ASSIGN(const Standing standing, co_await StandsNow(asking));
  std::set<std::string, std::less<>> sources(standing.blind.begin(), standing.blind.end());
  if (!asking.reviewer.roles.Has(ReviewRole::kLead))
    sources.insert(standing.gold_sources.begin(), standing.gold_sources.end());
  auto work = [this, &asking, &filter, &page, &sources]() { return ListStored(asking, filter, page, sources); };
  co_return co_await RunBlocking(context_.reading, work);
}

asio::awaitable<Result<Page<ItemView>>> Reviews::ListItemViews(const Caller& caller, const ItemFilter& filter,
                                                               const PageRequest& page) {
  ASSAY_CO_ASSIGN(const Page<ItemSummary> listed, co_await ListItems(caller, filter, page));
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  // On the desk's thread for the books.
  auto work = [this, &asking, &listed]() -> Result<Page<ItemView>> {
    Page<ItemView> views{.items = {}, .next = listed.next};
    for (const ItemSummary& summary : listed.items) {
      ASSAY_ASSIGN(const StoredReviewItem stored, store_.ReadItem(asking.project, summary.id));
      ASSAY_ASSIGN(const ItemState state, Fold(stored.facts));
      ASSAY_ASSIGN(ItemView view, ViewWith(std::nullopt, asking, state, stored.facts));
      view.item = summary;
      views.items.push_back(std::move(view));
    }
    return views;
  };
  co_return co_await RunBlocking(context_.desk, work);
}

// Newest first. A page is never empty where something that fits comes later.
Result<Page<ItemSummary>> Reviews::ListStored(const Asking& asking, const ItemFilter& filter, const PageRequest& page,
                                              const std::set<std::string, std::less<>>& hidden) {
  const ReviewFilter stored{
      .project = asking.project, .queue = filter.queue, .run = filter.run, .case_id = filter.case_id};
  const auto served = policies_.served();
  Page<ItemSummary> found;
  PageRequest wanted = page;
  for (int looked_at = 1;; ++looked_at) {
    ASSAY_ASSIGN(const Page<StoredReviewItem> items, store_.ListItems(stored, wanted));
    for (const StoredReviewItem& item : items.items) {
      if (!item.readable || hidden.contains(item.id)) continue;
      ASSAY_ASSIGN(const ItemState state, Fold(item.facts));
      if (Matches(state, filter, asking.reviewer, *served, asking.now))
        found.items.push_back(ListedSummary(state, asking.reviewer, asking.now));
    }
    found.next = items.next;
    wanted.token = items.next;
    if (items.next.empty() || std::ssize(found.items) >= page.limit) return found;
    if (looked_at >= kMostPages && !found.items.empty()) return found;
  }
}

// By when they are due, on the desk's thread: what is open is all there, however much has entered since.
Result<Page<ItemSummary>> Reviews::ListOpen(const Asking& asking, const ItemFilter& filter, const PageRequest& page) {
  ASSAY_TRY(OpenProject(asking.project));
  desk_.Tick();
  std::optional<ListPlace> after;
  if (!page.token.empty()) {
    ASSAY_ASSIGN(after, PlaceFrom(page.token));
  }
  const auto served = policies_.served();
  std::vector<std::pair<ListPlace, const ItemState*>> fitting;
  for (const std::string& queue : filter.queue.empty() ? desk_.QueuesOf(asking.project) : std::vector{filter.queue}) {
    desk_.VisitOpen(asking.project, queue, [&](const ItemState& state) {
      const bool is_of_run = filter.run.empty() || state.item.run == filter.run;
      const bool is_of_case = filter.case_id.empty() || state.item.case_id == filter.case_id;
      if (!is_of_run || !is_of_case || !Matches(state, filter, asking.reviewer, *served, asking.now)) return true;
      ListPlace place = PlaceInList(state);
      if (!after || *after < place) fitting.emplace_back(std::move(place), &state);
      return true;
    });
  }
  const auto shown = std::min<std::ptrdiff_t>(page.limit, std::ssize(fitting));
  std::ranges::partial_sort(fitting, fitting.begin() + shown, {}, &std::pair<ListPlace, const ItemState*>::first);
  Page<ItemSummary> found;
  for (std::ptrdiff_t i = 0; i < shown; ++i)
    found.items.push_back(ListedSummary(*fitting[static_cast<std::size_t>(i)].second, asking.reviewer, asking.now));
  if (shown < std::ssize(fitting)) found.next = TokenOf(fitting[static_cast<std::size_t>(shown - 1)].first);
  return found;
}

asio::awaitable<Result<std::vector<QueueStatus>>> Reviews::ListQueues(const Caller& caller) {
  auto work = [this, &caller]() -> Result<std::vector<QueueStatus>> {
    desk_.Tick();
    std::vector<QueueStatus> statuses = Statuses(caller.project, *Roster());
    const auto asking = WhoAsks(caller);
    for (QueueStatus& status : statuses) {
      const bool leads =
          asking && asking->reviewer.roles.Has(ReviewRole::kLead) && IsOfQueue(asking->reviewer, status.queue);
      if (!leads) status.held.clear();
    }
    return statuses;
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

std::vector<QueueStatus> Reviews::Statuses(const std::string& project, const std::vector<Reviewer>& roster) {
  const Time now = context_.clock.Now();
  const auto served = policies_.served();
  std::vector<QueueStatus> statuses;
  for (const CatalogDocument& document : served->catalog.documents) {
    const QueueSpec* queue = document.queue();
    if (queue == nullptr) continue;
    QueueStatus status{.queue = queue->name,
                       .description = queue->description,
                       .owner = queue->owner,
                       .kind = queue->item,
                       .rubric = queue->rubric,
                       .suites = queue->suites};
    if (const CatalogDocument* rubric = served->catalog.FindRubric(queue->rubric))
      status.rubric_version = rubric->rubric()->version;
    status.people = std::ranges::count_if(roster, [&](const Reviewer& each) { return MayLabel(each, *queue); });
    std::int64_t stuck = 0;
    desk_.VisitOpen(project, queue->name, [&](const ItemState& state) {
      AddHeld(state, now, status.held);  // known answers and calibrations too: they are work
      if (state.item.purpose != ItemPurpose::kLabel) return true;
      ++status.states[StateAt(state, std::max(now, state.last_at))];
      ++status.open;
      if (!status.oldest_at || state.entered_at < *status.oldest_at) status.oldest_at = state.entered_at;
      status.overdue += state.due_at && *state.due_at < now ? 1 : 0;
      const std::optional<Time> ruling_due_at = RulingDueAt(state);
      status.overdue_rulings += ruling_due_at && *ruling_due_at < now ? 1 : 0;
      status.severe_flags += HasOpenSevereFlag(state) ? 1 : 0;
      const ReviewEscalation* escalation = OpenEscalation(state);
      stuck += escalation != nullptr && escalation->reason == EscalationReason::kStuck ? 1 : 0;
      return true;
    });
    if (stuck > 0)
      status.held_up_by = std::to_string(stuck) + (stuck == 1 ? " item waits" : " items wait") +
                          " for a lead: nobody who may go on with it is there";
    KeepMost(status.held);
    status.targets = TargetsOf(*queue);
    status.open_done_at = DoneAt(status.open, done_[{project, queue->name}], now);
    statuses.push_back(std::move(status));
  }
  return statuses;
}

// Of everybody.
Result<QueueReport> Reviews::Measure(const std::string& project, const std::string& queue, const KpiWindow& window) {
  ASSAY_ASSIGN(const PolicyRef policy, policies_.ForQueue(project, queue));
  std::vector<ItemState> states;
  ASSAY_TRY(store_.ReadItems({.project = project,
                              .queue = queue,
                              .touched_from = window.from,
                              .or_open = true,  // what nobody touches is late too
                              .entered_until = window.to},
                             [&](StoredReviewItem item) -> Status {
                               if (std::ssize(states) >= kMostItems)
                                 return Fail(ErrorCode::kResourceExhausted,
                                             "a report is on at most 200000 items; ask for a shorter time");
                               if (!item.readable) return {};
                               ASSAY_ASSIGN(auto state, StateUntil(item.facts, window.to));
                               if (!state || state->imported_as) return {};  // the work of others
                               // No measure reads the words, which may be long.
                               for (Judgement& judgement : state->judgements) {
                                 judgement.content.rationale.clear();
                                 judgement.content.proposal.clear();
                               }
                               states.push_back(*std::move(state));
                               return {};
                             }));
  std::vector<const ItemState*> items;
  std::vector<const ItemState*> worked_on;  // in the window
  for (const ItemState& state : states) {
    items.push_back(&state);
    if (state.last_at >= window.from) worked_on.push_back(&state);
  }
  QueueReport report{.window = window,
                     .kpis = KpisOf(items, window, policy->queue, policy->rubric),
                     .suggestions = SuggestionBiasOf(items, window),
                     .agreement = AgreementOf(worked_on, policy->rubric, 1),
                     .people = PersonKpisOf(items, window, policy->queue, policy->rubric),
                     .items = std::ssize(items),
                     .targets = TargetsOf(policy->queue),
                     .differences = DifferencesOf(worked_on, policy->rubric)};
  report.standings = StandingsOf(policy->queue, report.kpis, report.agreement);
  return report;
}

// For /metrics.
Status Reviews::ShowAgreement() {
  const Time now = context_.clock.Now();
  ReviewTelemetry& telemetry = context_.telemetry.reviews();
  for (const CatalogDocument& document : policies_.served()->catalog.documents) {
    if (document.queue() == nullptr) continue;
    const std::string& queue = document.queue()->name;
    ASSAY_ASSIGN(const QueueReport report, Measure(kDefaultProject, queue, {.from = now - kReportWindow, .to = now}));
    for (const CriterionAgreement& agreement : report.agreement) {
      telemetry.SetAgreement(queue, agreement.criterion, "percent", agreement.percent);
      telemetry.SetAgreement(queue, agreement.criterion, "alpha", agreement.alpha);
      telemetry.SetAgreement(queue, agreement.criterion, "alpha_lower", agreement.alpha_lower);
      telemetry.SetAgreement(queue, agreement.criterion, "ac1", agreement.ac1);
    }
    ShowShares(queue, report.kpis, telemetry);
    ASSAY_ASSIGN(const auto graders, TrustInGraders(context_.store, kDefaultProject, queue, report.window));
    for (const auto& [grader, trust] : graders) {
      telemetry.SetGraderTrust(queue, grader, "tpr", trust.true_positive_rate.share);
      telemetry.SetGraderTrust(queue, grader, "tnr", trust.true_negative_rate.share);
      telemetry.SetGraderTrust(queue, grader, "kappa", trust.kappa);
    }
  }
  ASSAY_TRY(ShowProgram(context_.store, policies_.served()->catalog, telemetry, now));
  return ShowClarifications({.from = now - kReportWindow, .to = now});
}

Status Reviews::ShowClarifications(const KpiWindow& window) {
  ReviewTelemetry& telemetry = context_.telemetry.reviews();
  for (const CatalogDocument& document : policies_.served()->catalog.documents) {
    if (document.rubric() == nullptr) continue;
    ASSAY_ASSIGN(const auto statuses, ReadClarifications(store_, kDefaultProject, document.name));
    std::vector<Clarification> clarifications;
    for (const ClarificationStatus& status : statuses) clarifications.push_back(status.clarification);
    const ClarificationTimes times = ClarificationTimesOf(clarifications, window);
    telemetry.SetClarificationDays(document.name, "median", times.median);
    telemetry.SetClarificationDays(document.name, "p90", times.p90);
    telemetry.SetClarificationDays(document.name, "oldest_open", times.oldest_open);
  }
  return {};
}

asio::awaitable<Result<QueueReport>> Reviews::GetQueueReport(const Caller& caller, std::string_view queue,
                                                             std::optional<Time> from, std::optional<Time> to) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(CheckOfQueue(asking.reviewer, std::string(queue)));
  const Time until = to.value_or(asking.now);
  const KpiWindow window{.from = from.value_or(until - kReportWindow), .to = until};
  if (window.from >= window.to) co_return Fail(ErrorCode::kInvalidArgument, "from: is not before `to`");
  // Until now is another time with every call; the report says until when it is.
  const auto ticks = [](const std::optional<Time>& time) {
    return time ? std::to_string(time->time_since_epoch().count()) : "-";
  };
  const std::string key = asking.project + "\n" + std::string(queue) + "\n" + ticks(from) + "\n" + ticks(to);
  auto work = [this, &asking, window, key, name = std::string(queue)]() -> Result<QueueReport> {
    const auto began = std::chrono::steady_clock::now();
    auto kept = reports_.Find(key, began);
    if (!kept) {
      ASSAY_ASSIGN(kept, Measure(asking.project, name, window));
      const auto ended = std::chrono::steady_clock::now();
      reports_.Keep(key, *kept, ended - began, ended);
    }
    QueueReport report = *std::move(kept);
    if (!asking.reviewer.roles.Has(ReviewRole::kLead)) {
      std::erase_if(report.people, [&](const auto& each) { return each.first != asking.reviewer.id; });
      report.differences.clear();
    }
    return report;
  };
  co_return co_await RunBlocking(context_.reading, std::move(work));
}

}  // namespace assay
