// What people ask of one item: to have it, to keep a draft, to act on it, to look at it.

#include <algorithm>

#include "core/digest.h"
#include "daemon/blocking.h"
#include "daemon/log.h"
#include "daemon/review_telemetry.h"
#include "daemon/reviews/content_reads.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/perform.h"
#include "daemon/reviews/reviews.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

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

}  // namespace assay
