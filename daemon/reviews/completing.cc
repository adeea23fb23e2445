// What the daemon adds to a command of people, and what it refuses before anything is stored.

#include "daemon/people_verdicts.h"
#include "daemon/reviews/covered_cases.h"
#include "daemon/reviews/governance_records.h"
#include "daemon/reviews/reviews.h"

namespace assay {

// Whose responses these are is not for whoever redacts them to say.
Status Reviews::CompleteRedaction(const Asking& asking, const std::string& item, ItemContent& redacted) {
  ASSAY_ASSIGN(const ItemState state, desk_.Find(asking.project, item));
  ASSAY_ASSIGN(const std::string text, store_.ReadContent(asking.project, state.content_hash));
  ASSAY_ASSIGN(const ItemContent before, ItemContentFrom(text));
  // Of texts that are gone nothing is left to be shown; what was said of them may repeat them.
  if (before.is_deleted) redacted = before;
  if (!ShowsTheSame(before, redacted))
    return Fail(ErrorCode::kInvalidArgument, "the redacted content has other responses, claims or calls than the item");
  redacted.sources = before.sources;
  redacted.suggestion = before.suggestion;
  redacted.masked_by = before.masked_by;
  redacted.is_redacted = true;
  // Before the fact: what was withheld with another has no note of its own yet.
  return NoteCovered(store_, state.item, asking.now, asking.reviewer.id);
}

// Nobody can judge what is not there to be read.
Status Reviews::RequireTexts(const std::string& project, const ItemState& state) {
  ASSAY_ASSIGN(const std::string text, store_.ReadContent(project, state.content_hash));
  ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(text));
  if (!content.is_deleted) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              "the texts of item " + state.item.id + " were deleted for their age (retention): nobody could judge it");
}

// What is done is not opened again where its texts were deleted: it would wait for ever for somebody who could read it.
Status Reviews::CheckCanBeJudged(const ItemState& before, const ReviewFacts& facts, Time now) {
  constexpr EnumSet<ReviewState> kOver = {ReviewState::kDone, ReviewState::kCancelled, ReviewState::kQuarantined};
  if (facts.empty() || StateAt(before, std::max(now, before.last_at)) != ReviewState::kDone) return {};
  ItemState after = before;
  for (const ReviewFact& fact : facts) ASSAY_TRY(Apply(fact, after));
  if (kOver.Has(StateAt(after, after.last_at))) return {};
  return RequireTexts(before.item.project, before);
}

// Which verdicts used a decision is for the daemon to say.
Status Reviews::NameVerdicts(const Asking& asking, const std::string& item, ReopenCommand& reopen) {
  ASSAY_ASSIGN(const StoredReviewItem stored, store_.ReadItem(asking.project, item));
  ASSAY_ASSIGN(const ItemState state, Fold(stored.facts));
  ASSAY_TRY(RequireTexts(asking.project, state));
  ASSAY_ASSIGN(reopen.verdicts, VerdictsThatUsed(context_.store, kinds_, stored.facts));
  return {};
}

// To a version that was in service, and to another major one by an approval of exactly that version only.
Status Reviews::CompleteAdvance(const Asking& asking, const std::string& item, AdvanceCommand& advance) {
  ASSAY_ASSIGN(const ItemState state, desk_.Find(asking.project, item));
  ASSAY_ASSIGN(advance.rubric, policies_.RubricAt(asking.project, state.item.rubric, advance.version));
  if (advance.version.major == state.rubric_version.major) return {};
  ASSAY_ASSIGN(const std::string canonical, policies_.TextOfRubric(asking.project, state.item.rubric, advance.version));
  const auto served = policies_.served();
  const CatalogDocument* document = served->catalog.FindRubric(state.item.rubric);
  const bool is_served = document != nullptr && document->rubric()->ParsedVersion() == advance.version;
  const bool is_approved_as_written =
      is_served && CheckApproved(store_, asking.project, advance.approval, ReviewChange::kRubricMajor, document->text);
  if (is_approved_as_written) return {};
  return CheckApproved(store_, asking.project, advance.approval, ReviewChange::kRubricMajor, canonical);
}

}  // namespace assay
