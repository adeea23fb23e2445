// What is decided about reviewing itself: pauses, guidelines, changes that others approve.

#include <algorithm>

#include "core/digest.h"
#include "core/identifier.h"
#include "daemon/blocking.h"
#include "daemon/catalog_lookup.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/reviews.h"
#include "review/fact_planner.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMostDiff = 1u << 20;
constexpr std::chrono::days kConfusionWindow{28};  // twice the 14 days in which three are a recurrence

Status RequireRole(const Asking& asking, ReviewRole role, std::string_view what) {
  if (asking.reviewer.roles.Has(role)) return {};
  return Fail(ErrorCode::kPermissionDenied, "\"" + asking.reviewer.id + "\" may not " + std::string(what) +
                                                ": it needs the role " + std::string(WordOf(role)));
}

ChangeStatus StatusOfChange(const KeptChange& kept, const Reviewer& viewer) {
  ChangeStatus status{.request = kept.request,
                      .diff = kept.diff,
                      .state = StateOf(kept.request),
                      .missing = MissingOf(kept.request),
                      .may_answer = CheckMayAnswer(kept.request, viewer).has_value()};
  // Of which item somebody found that is nothing for those who may be asked of it too.
  const bool may_know = viewer.id == kept.request.proposer || viewer.roles.Has(ReviewRole::kLead);
  if (kept.request.change == ReviewChange::kProposal && !may_know) status.request.reason.clear();
  return status;
}

// Of a known answer to be, without what tells it: neither the text, nor its hash, which a guess could be tried on.
ChangeStatus Withheld(ChangeStatus status) {
  status.diff.clear();
  status.request.diff_hash.clear();
  status.request.subject = "a known answer";
  status.request.reason.clear();
  for (ReviewApproval& answer : status.request.approvals) answer.comment.clear();
  return status;
}

bool ComesIntoServiceWhenApproved(const ChangeStatus& status) {
  const ReviewChange change = status.request.change;
  return status.state == ApprovalState::kApproved &&
         (change == ReviewChange::kRubricMajor || change == ReviewChange::kThreshold);
}

}  // namespace

asio::awaitable<Result<Reviewer>> Reviews::EndPause(const Caller& caller, std::string_view person,
                                                    std::string_view queue, std::string_view reason) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(RequireRole(asking, ReviewRole::kLead, "end a pause"));
  ASSAY_CO_TRY(CheckOfQueue(asking.reviewer, std::string(queue)));
  auto work = [this, &asking, person = std::string(person), queue = std::string(queue),
               reason = std::string(reason)]() -> Result<Reviewer> {
    const auto found = std::ranges::find(*asking.roster, person, &Reviewer::id);
    if (found == asking.roster->end())
      return Fail(ErrorCode::kNotFound, "\"" + person + "\" has no role in human review");
    if (books_.WhyPaused(asking.project, person, queue).empty())
      return Fail(ErrorCode::kFailedPrecondition, "\"" + person + "\" is not paused in queue \"" + queue + "\"");
    if (person == asking.reviewer.id) return Fail(ErrorCode::kPermissionDenied, "nobody ends the pause of their own");
    ASSAY_TRY(books_.Pause(asking.project, person, queue, "", reason, asking.now, asking.reviewer.id));
    return *found;
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<std::vector<KeptRubric>>> Reviews::ListRubricVersions(const Caller& caller,
                                                                             std::string_view rubric) {
  auto work = [this, project = caller.project, rubric = std::string(rubric)]() -> Result<std::vector<KeptRubric>> {
    ASSAY_TRY(policies_.KeepRubrics(project, context_.clock.Now()));
    ASSAY_ASSIGN(std::vector<KeptRubric> kept, policies_.KeptRubrics(project, rubric));
    if (kept.empty()) return Fail(ErrorCode::kNotFound, "there is no rubric \"" + rubric + "\"");
    ASSAY_ASSIGN(const auto acknowledged, CountAcknowledgements(store_, project, rubric));
    for (KeptRubric& each : kept) {
      const auto count = acknowledged.find(each.version);
      each.acknowledged_by = count == acknowledged.end() ? 0 : count->second;
    }
    return kept;
  };
  co_return co_await RunBlocking(context_.reading, std::move(work));
}

asio::awaitable<Result<Time>> Reviews::AcknowledgeRubric(const Caller& caller, std::string_view rubric,
                                                         std::string_view version) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  const auto parsed = ParseRubricVersion(version);
  if (!parsed) co_return Fail(ErrorCode::kInvalidArgument, "version: is not of the form MAJOR.MINOR.PATCH");
  auto work = [this, &asking, rubric = std::string(rubric), parsed = *parsed]() -> Result<Time> {
    ASSAY_TRY(policies_.RubricAt(asking.project, rubric, parsed));
    ASSAY_TRY(Acknowledge(store_, asking.project, asking.reviewer.id, rubric, ToString(parsed), asking.now));
    return asking.now;
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

// Those that somebody has opened, and what recurs and nobody has opened yet.
Result<std::vector<ClarificationStatus>> Reviews::Clarifications(const Asking& asking, const std::string& rubric) {
  ASSAY_ASSIGN(std::vector<ClarificationStatus> statuses, ReadClarifications(store_, asking.project, rubric));
  std::vector<Confusion> confusions;
  ASSAY_TRY(store_.ReadItems({.project = asking.project, .touched_from = asking.now - kConfusionWindow},
                             [&](StoredReviewItem item) -> Status {
                               if (!item.readable) return {};
                               ASSAY_ASSIGN(const ItemState state, Fold(item.facts));
                               for (Confusion& confusion : ConfusionsOf(state)) {
                                 if (rubric.empty() || confusion.rubric == rubric)
                                   confusions.push_back(std::move(confusion));
                               }
                               return {};
                             }));
  for (const Recurrence& recurrence : RecurrencesOf(confusions)) {
    const auto opened = std::ranges::find_if(statuses, [&](const ClarificationStatus& status) {
      return status.clarification.rubric == recurrence.rubric && status.clarification.clause == recurrence.clause &&
             (!status.clarification.closed_at || *status.clarification.closed_at > recurrence.first_at);
    });
    if (opened != statuses.end()) {
      opened->items = recurrence.items;
      continue;
    }
    statuses.push_back(
        {.clarification = {.rubric = recurrence.rubric, .clause = recurrence.clause, .first_at = recurrence.first_at},
         .items = recurrence.items});
  }
  return statuses;
}

asio::awaitable<Result<std::vector<ClarificationStatus>>> Reviews::ListClarifications(const Caller& caller,
                                                                                      std::string_view rubric) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, rubric = std::string(rubric)]() { return Clarifications(asking, rubric); };
  co_return co_await RunBlocking(context_.reading, std::move(work));
}

// What somebody says of a question that is open already.
Result<ClarificationStatus> Reviews::AddNote(const Asking& asking, const ClarificationStatus& open,
                                             const ClarificationNote& note) {
  ASSAY_ASSIGN(KeptClarification kept, FindClarification(store_, asking.project, open.clarification.id));
  Clarification& clarification = kept.status.clarification;
  const std::size_t before = clarification.notes.size();
  ASSAY_ASSIGN(clarification, WithNote(clarification, note));
  if (clarification.notes.size() > before)
    ASSAY_TRY(PutClarification(store_, asking.project, kept.status, kept.revision, asking.now, asking.reviewer.id));
  kept.status.items = open.items;
  return std::move(kept.status);
}

asio::awaitable<Result<ClarificationStatus>> Reviews::OpenClarification(const Caller& caller, std::string_view rubric,
                                                                        std::string_view clause,
                                                                        std::string_view note) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(RequireRole(asking, ReviewRole::kLead, "open a clarification"));
  auto work = [this, &asking, rubric = std::string(rubric), clause = std::string(clause),
               note = std::string(note)]() -> Result<ClarificationStatus> {
    ASSAY_TRY(FindServed(*policies_.served(), DocumentKind::kRubric, rubric));
    ASSAY_ASSIGN(std::vector<ClarificationStatus> known, Clarifications(asking, rubric));
    ClarificationStatus opened{.clarification = {.rubric = rubric, .clause = clause, .first_at = asking.now}};
    const ClarificationNote noted{.person = asking.reviewer.id, .text = note, .at = asking.now};
    for (ClarificationStatus& each : known) {
      if (each.clarification.clause != clause || each.clarification.closed_at) continue;
      if (!each.clarification.id.empty()) return AddNote(asking, each, noted);  // somebody was faster
      opened = std::move(each);
    }
    opened.clarification.id = MakeId(asking.now);
    opened.clarification.opened_at = asking.now;
    opened.opened_by = asking.reviewer.id;
    ASSAY_ASSIGN(opened.clarification, WithNote(opened.clarification, noted));
    ASSAY_TRY(PutClarification(store_, asking.project, opened, 0, asking.now, asking.reviewer.id));
    return opened;
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<ClarificationStatus>> Reviews::CloseClarification(const Caller& caller, std::string_view id,
                                                                         bool rejects, std::string_view reason) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  ASSAY_CO_TRY(RequireRole(asking, ReviewRole::kLead, "close a clarification"));
  if (rejects && reason.empty()) co_return Fail(ErrorCode::kInvalidArgument, "reason: is needed to reject");
  ASSAY_CO_TRY(CheckNote("reason", reason, false));
  auto work = [this, &asking, id = std::string(id), rejects,
               reason = std::string(reason)]() -> Result<ClarificationStatus> {
    ASSAY_ASSIGN(KeptClarification kept, FindClarification(store_, asking.project, id));
    Clarification& clarification = kept.status.clarification;
    if (clarification.closed_at)
      return Fail(ErrorCode::kFailedPrecondition,
                  "clarification " + id + " is closed already" +
                      (clarification.ended_by.empty() ? "" : ", by " + clarification.ended_by));
    if (rejects) {
      clarification.closed_at = asking.now;
      clarification.is_rejected = true;
    } else {
      ASSAY_ASSIGN(const CatalogDocument* served,
                   FindServed(*policies_.served(), DocumentKind::kRubric, clarification.rubric));
      ASSAY_ASSIGN(clarification, Close(clarification, *served->rubric(), asking.now));
    }
    clarification.ended_by = asking.reviewer.id;
    clarification.reason = reason;
    ASSAY_TRY(PutClarification(store_, asking.project, kept.status, kept.revision, asking.now, asking.reviewer.id));
    return kept.status;
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<ChangeStatus>> Reviews::ProposeChange(const Caller& caller, ReviewChange change,
                                                             std::string_view subject, std::string_view diff,
                                                             std::string_view reason) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  if (diff.size() > kMostDiff) co_return Fail(ErrorCode::kInvalidArgument, "diff: at most 1048576 bytes");
  KeptChange kept{.request = {.id = MakeId(asking.now),
                              .change = change,
                              .subject = std::string(subject),
                              .diff_hash = Sha256Hex(diff),
                              .reason = std::string(reason)},
                  .diff = std::string(diff)};
  auto work = [this, &asking, &kept]() -> Result<ChangeStatus> {
    ASSAY_ASSIGN(kept.request, Propose(kept.request, asking.reviewer, asking.now));
    ASSAY_TRY(NoteKnows(asking, kept));
    ASSAY_TRY(PutChange(store_, asking.project, kept, asking.now, asking.reviewer.id));
    return StatusOfChange(kept, asking.reviewer);
  };
  co_return co_await RunBlocking(context_.desk, work);
}

asio::awaitable<Result<ChangeStatus>> Reviews::AnswerChange(const Caller& caller, std::string_view id, bool approves,
                                                            std::string_view diff_hash, std::string_view comment) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, id = std::string(id), approves, diff_hash = std::string(diff_hash),
               comment = std::string(comment)]() -> Result<ChangeStatus> {
    ASSAY_ASSIGN(KeptChange kept, FindChange(store_, asking.project, id));
    ASSAY_ASSIGN(ReviewApproval approval,
                 Answer(kept.request, asking.reviewer, approves, diff_hash, comment, asking.now));
    ASSAY_TRY(NoteKnows(asking, kept));
    kept.request.approvals.push_back(std::move(approval));
    ASSAY_TRY(PutChange(store_, asking.project, kept, asking.now, asking.reviewer.id));
    return StatusOfChange(kept, asking.reviewer);
  };
  ASSAY_CO_ASSIGN(ChangeStatus status, co_await RunBlocking(context_.desk, std::move(work)));
  if (!ComesIntoServiceWhenApproved(status)) co_return status;
  ASSAY_CO_ASSIGN(const CatalogStatus catalog, co_await context_.catalog.GetStatus(caller));
  if (catalog.errors.empty()) co_return status;
  auto reload = [this]() -> Status {
    context_.catalog.Reload();  // what was refused may be served now, and no file changes that would bring it about
    return {};
  };
  ASSAY_CO_TRY(co_await RunBlocking(context_.reading, reload));
  co_return status;
}

// Whoever has read the answer of an item is not asked it as a known one.
Status Reviews::NoteKnows(const Asking& asking, const KeptChange& change) {
  if (change.request.change != ReviewChange::kGatingGold) return {};
  const std::string source = SourceOfGold(change.diff);
  if (source.empty()) return {};
  ASSAY_TRY(OpenProject(asking.project));
  return books_.NoteKnows(asking.project, source, asking.reviewer.id, asking.now);
}

// Their own, what they have looked at, and what tells no known answer.
bool Reviews::MaySee(const Asking& asking, const KeptChange& change) const {
  if (change.request.change != ReviewChange::kGatingGold || change.request.proposer == asking.reviewer.id) return true;
  const std::string source = SourceOfGold(change.diff);
  return !source.empty() && books_.KnowsAnswer(asking.project, source, asking.reviewer.id);
}

asio::awaitable<Result<ChangeStatus>> Reviews::GetChange(const Caller& caller, std::string_view id) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, id = std::string(id)]() -> Result<ChangeStatus> {
    ASSAY_TRY(OpenProject(asking.project));
    ASSAY_ASSIGN(const KeptChange kept, FindChange(store_, asking.project, id));
    if (MaySee(asking, kept)) return StatusOfChange(kept, asking.reviewer);
    if (const Status may = CheckMayAnswer(kept.request, asking.reviewer); !may)
      return Fail(
          ErrorCode::kPermissionDenied,
          "change " + id + " is a known answer, which is shown to who may still approve it: " + may.error().message);
    ASSAY_TRY(NoteKnows(asking, kept));
    return StatusOfChange(kept, asking.reviewer);
  };
  co_return co_await RunBlocking(context_.desk, std::move(work));
}

asio::awaitable<Result<std::vector<ChangeStatus>>> Reviews::ListChanges(const Caller& caller,
                                                                        std::optional<ApprovalState> state) {
  ASSAY_CO_ASSIGN(const Asking asking, WhoAsks(caller));
  auto work = [this, &asking, state]() -> Result<std::vector<ChangeStatus>> {
    ASSAY_TRY(OpenProject(asking.project));
    ASSAY_ASSIGN(const std::vector<KeptChange> kept, ReadChanges(store_, asking.project));
    std::vector<ChangeStatus> statuses;
    for (auto change = kept.rbegin(); change != kept.rend(); ++change) {
      ChangeStatus status = StatusOfChange(*change, asking.reviewer);
      if (!MaySee(asking, *change)) status = Withheld(std::move(status));
      if (!state || status.state == *state) statuses.push_back(std::move(status));
    }
    return statuses;
  };
  co_return co_await RunBlocking(context_.desk, work);
}

}  // namespace assay
