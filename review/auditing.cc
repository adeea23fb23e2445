// The first step of an audit: the auditor judges, and is shown the decision afterwards.

#include <algorithm>

#include "review/fact_planner.h"

namespace assay {

bool HasJudgedForAudit(const ItemState& state, std::string_view person) {
  const ReviewDecision* decision = ActiveDecision(state);
  return decision != nullptr && std::ranges::any_of(state.judgements, [&](const Judgement& judgement) {
           return judgement.role == JudgementRole::kAudit && judgement.person == person &&
                  judgement.epoch == state.epoch && !judgement.is_void && judgement.at >= decision->at;
         });
}

Result<ReviewFacts> JudgeForAudit(const ItemState& state, const SubmitCommand& command, const ReviewPolicy& policy,
                                  Time now) {
  if (command.key.empty())
    return Fail(ErrorCode::kInvalidArgument, "a submission needs a key, so that sending it again is safe");
  ASSAY_ASSIGN(const bool was_done, WasDone(state, command.reviewer, command.key, &command.content));
  if (was_done) return ReviewFacts();
  const std::string where = "item " + state.item.id + ", \"" + command.reviewer.id + "\": ";
  const ReviewLease* lease = LeaseOf(state, command.reviewer.id);
  if (lease == nullptr || lease->role != LeaseRole::kAudit || lease->token != command.token)
    return Fail(ErrorCode::kAborted, where + "does not have it to audit under this token; claim the item again");
  ASSAY_TRY(CheckMay(state, command.reviewer, ReviewEvent::kAudit, now));
  if (HasJudgedForAudit(state, command.reviewer.id))
    return Fail(ErrorCode::kFailedPrecondition,
                where + "has judged it and been shown the decision; say whether that is right (SubmitAudit)");
  ASSAY_TRY(CheckContent(state, command.content, policy));
  FactPlanner planner(state, command.reviewer, command.key, now);
  ASSAY_TRY(planner.Add(JudgementMade{.token = command.token,
                                      .role = JudgementRole::kAudit,
                                      .presented = lease->presented,
                                      .content = command.content}));
  // The audit ends with that.
  ASSAY_TRY(FlagWhereSevere(planner, command.content, "by an auditor", policy));
  return planner.Take();
}

}  // namespace assay
