// What the daemon adds to a command of people, and what it refuses before anything is stored.

#include <algorithm>

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

// "" of a copy that nothing is known of.
std::string Reviews::SourceOf(const ItemState& copy) const {
  if (const GoldEntry* gold = books_.FindGold(copy.item.id)) return gold->source_item;
  const CalibrationEntry* session = books_.CalibrationOf(copy.item.id);
  if (session == nullptr) return "";
  const auto found = std::ranges::find(session->session.items, copy.item.id);
  const auto place = static_cast<std::size_t>(found - session->session.items.begin());
  return place < session->sources.size() ? session->sources[place] : "";
}

// Harm that a person flags in a copy is of the text that was shown: it is flagged in what the copy was made of, by
// them, and goes the way of all such flags; nothing there says that there is a copy. A source on which nobody can rule
// any more is no way: then trust and safety looks at the copy. Sent again, the same flag is told of once.
Status Reviews::TellOfHarm(const Asking& asking, const ItemState& copy, const ItemCommand& command) {
  const auto flags = std::ranges::count(copy.severe_flags, asking.reviewer.id, &SevereFlag::by);
  if (flags == 0) return {};
  const std::string key = "copy " + copy.item.id + " " + std::to_string(flags);
  const auto* flag = std::get_if<FlagSevereAct>(&command);
  const auto* escalate = std::get_if<EscalateCommand>(&command);
  const std::string note = flag != nullptr ? flag->reason : escalate != nullptr ? escalate->note : "by a judgement";
  const std::string source = SourceOf(copy);
  const auto plan = [&](const ItemState& state, const ReviewPolicy& policy, Time now) -> Result<ReviewFacts> {
    const ReasonCommand reason{.reviewer = asking.reviewer, .reason = note, .key = key};
    ASSAY_ASSIGN(ReviewFacts facts, FlagSevere(state, reason, policy, now));
    ASSAY_TRY(CheckCanBeJudged(state, facts, now));
    return facts;
  };
  if (!source.empty()) {
    const auto told = desk_.Do(asking.project, source, plan);
    if (told) return {};
    const bool is_no_way =
        told.error().code == ErrorCode::kFailedPrecondition || told.error().code == ErrorCode::kNotFound;
    if (!is_no_way) return Fail(told.error());
  }
  const auto escalated =
      desk_.Do(asking.project, copy.item.id, [&](const ItemState& state, const ReviewPolicy& policy, Time now) {
        const bool is_asked =
            std::ranges::find(state.escalations, kReviewSystem, &ReviewEscalation::by) != state.escalations.end();
        return is_asked ? Result<ReviewFacts>(ReviewFacts()) : EscalateHarmByDaemon(state, note, policy, now);
      });
  return escalated ? Status() : Fail(escalated.error());
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
