#include <algorithm>

#include "review/fact_planner.h"
#include "review/item_events.h"

namespace assay {
namespace {

// Whether a person has ever had the item under this token.
bool HadToken(const ItemState& state, std::string_view person, std::int64_t token) {
  const auto is_it = [&](const auto& lease) { return lease.person == person && lease.token == token; };
  return std::ranges::any_of(state.leases, is_it) || std::ranges::any_of(state.ended_leases, is_it);
}

// T6 and T7: why a lease is none that can be submitted under.
Result<const ReviewLease*> LeaseFor(const ItemState& state, const Reviewer& reviewer, std::int64_t token) {
  const ReviewLease* lease = LeaseOf(state, reviewer.id);
  if (lease != nullptr && lease->token == token) return lease;
  const std::string where =
      "item " + state.item.id + ", \"" + reviewer.id + "\", token " + std::to_string(token) + ": ";
  if (!HadToken(state, reviewer.id, token))
    return Fail(ErrorCode::kFailedPrecondition, where + "never had the item under it");
  return Fail(ErrorCode::kAborted,
              where + "the lease was ended or superseded; claim the item again, or keep this as an extra");
}

// Adds a judgement; one that comes after its lease, and finds no place, is told so.
Status AddJudgement(FactPlanner& planner, const ReviewLease& lease, JudgementMade made) {
  const bool is_late = !lease.IsLiveAt(planner.now());
  Status added = planner.Add(std::move(made));
  if (added || !is_late) return added;
  return Fail(ErrorCode::kDeadlineExceeded, added.error().message + "; the lease ended at " +
                                                FormatTime(lease.expires_at) + ": keep this as an extra");
}

Status FlagWhereSevere(FactPlanner& planner, const JudgementContent& content, const ReviewPolicy& policy) {
  return FlagWhereSevere(planner, content, "by a judgement", policy);
}

Status CheckKey(std::string_view key) {
  return key.empty() ? Fail(ErrorCode::kInvalidArgument, "a submission needs a key, so that sending it again is safe")
                     : Status();
}

Result<ReviewFacts> SubmitExtra(const ItemState& state, const SubmitCommand& command, const ReviewPolicy& policy,
                                Time now) {
  constexpr std::size_t kMost = 4 * ReviewBounds::kText;
  ASSAY_TRY(CheckMay(state, command.reviewer, ReviewEvent::kSubmitExtra, now));
  if (!HadToken(state, command.reviewer.id, command.token)) {
    return Fail(ErrorCode::kFailedPrecondition, "item " + state.item.id + ", \"" + command.reviewer.id +
                                                    "\": never had the item under token " +
                                                    std::to_string(command.token));
  }
  if (ToJson(command.content).Dump().size() > kMost)
    return Fail(ErrorCode::kInvalidArgument, "an extra has at most 262144 bytes");
  FactPlanner planner(state, command.reviewer, command.key, now);
  ASSAY_TRY(
      planner.Add(JudgementMade{.token = command.token, .role = JudgementRole::kExtra, .content = command.content}));
  // It does not count; what it warns of may be there all the same.
  ASSAY_TRY(FlagWhereSevere(planner, command.content, policy));
  return planner.Take();
}

Status GradeAndAdd(FactPlanner& planner, const GoldAnswer* gold, const ReviewPolicy& policy) {
  if (gold == nullptr) {
    return Fail(ErrorCode::kFailedPrecondition, "item " + planner.state().item.id + ": its known answer is not there");
  }
  const Judgement& judgement = planner.state().judgements.back();
  const GoldGrade grade = GradeGold(*gold, judgement.content.opinion, policy.rubric);
  return planner.Add(GoldGraded{.judgement = judgement.id, .is_hit = grade.is_hit, .misses = grade.misses});
}

JudgementRole RoleOfSubmission(const ReviewLease& lease, ItemPurpose purpose) {
  return lease.role == LeaseRole::kRework ? JudgementRole::kRework : LabelRoleOf(purpose);
}

// What follows from a judgement that is in.
Status Conclude(FactPlanner& planner, JudgementRole role, const SubmitCommand& command, const ReviewPolicy& policy,
                const GoldAnswer* gold) {
  ASSAY_TRY(FlagWhereSevere(planner, command.content, policy));
  if (role == JudgementRole::kGold) return GradeAndAdd(planner, gold, policy);
  if (role != JudgementRole::kRework) return SettleLabels(planner, policy, command.history);
  // One person does not undo what was upheld as harm of severity 1.
  if (HarmOf(planner.state()) == HarmState::kOpen)
    return FlagHarm(planner, "judged anew after harm of severity 1 was upheld", policy);
  const Judgement rework = planner.state().judgements.back();
  return DecideBy(planner, rework, DecisionMethod::kRework, planner.state().rework_cause, policy, command.history);
}

}  // namespace

Result<ReviewFacts> Submit(const ItemState& state, const SubmitCommand& command, const ReviewPolicy& policy,
                           const GoldAnswer* gold, Time now) {
  ASSAY_TRY(CheckKey(command.key));
  ASSAY_ASSIGN(const bool was_done, WasDone(state, command.reviewer, command.key, &command.content));
  if (was_done) return ReviewFacts();
  if (command.as_extra) return SubmitExtra(state, command, policy, now);
  // The lease tells what is submitted, and it tells who has lost it before the state does.
  ASSAY_ASSIGN(const ReviewLease* lease, LeaseFor(state, command.reviewer, command.token));
  const bool is_label = lease->role == LeaseRole::kLabel;
  if (!is_label && lease->role != LeaseRole::kRework) {
    return Fail(ErrorCode::kFailedPrecondition, "item " + state.item.id + ", \"" + command.reviewer.id +
                                                    "\" has it to " + std::string(WordOf(lease->role)) +
                                                    ", not to judge it");
  }
  FactPlanner planner(state, command.reviewer, command.key, now);
  const bool is_late = !lease->IsLiveAt(planner.now());
  const ReviewEvent event = is_label ? ReviewEvent::kSubmitLabel : ReviewEvent::kSubmitRework;
  if (Status may = CheckMay(state, command.reviewer, event, now); !may) {
    const bool is_too_late = is_late && may.error().code == ErrorCode::kFailedPrecondition;
    if (is_too_late) {
      return Fail(ErrorCode::kDeadlineExceeded, may.error().message + "; the lease had ended: keep this as an extra");
    }
    return Fail(may.error());
  }
  ASSAY_TRY(CheckContent(state, command.content, policy));
  const JudgementRole role = RoleOfSubmission(*lease, state.item.purpose);
  ASSAY_TRY(
      AddJudgement(planner, *lease,
                   {.token = command.token, .role = role, .presented = lease->presented, .content = command.content}));
  ASSAY_TRY(Conclude(planner, role, command, policy, gold));
  return planner.Take();
}

Result<ReviewFacts> ImportJudgement(const ItemState& state, const ImportJudgementCommand& command,
                                    std::span<const Reviewer> roster, const ReviewPolicy& policy, Time now) {
  Judgement judgement = command.judgement;
  const std::string where = "item " + state.item.id + ", judgement " + Json(judgement.id.substr(0, 64)).Dump() + ": ";
  if (const Judgement* known = FindJudgement(state, judgement.id)) {
    if (known->content == judgement.content) return ReviewFacts();
    return Fail(ErrorCode::kAlreadyExists, where + "is here with another content, and judgements are never changed");
  }
  const auto is_name = [](const std::string& text) { return !text.empty() && text.size() <= ReviewBounds::kName; };
  if (!is_name(judgement.id) || !is_name(judgement.person))
    return Fail(ErrorCode::kInvalidArgument, where + "id and person have 1 to 128 bytes each");
  ASSAY_TRY(CheckMay(state, command.importer, ReviewEvent::kImport, now));
  for (const std::string_view party : {std::string_view(command.importer.id), NameAtHome(judgement.person)}) {
    const bool has_judged = std::ranges::any_of(
        state.judgements, [&](const Judgement& each) { return each.person == party && each.epoch == state.epoch; });
    const ReviewLease* lease = LeaseOf(state, party);
    if (!has_judged && (lease == nullptr || !lease->IsLiveAt(now))) continue;
    return Fail(ErrorCode::kFailedPrecondition, where + "\"" + std::string(party) +
                                                    "\" has judged the item here, or has it: nobody judges twice, and "
                                                    "who has judged brings in no others");
  }
  if (!MayBeSpent(state, command.importer, roster, policy.queue, now)) {
    return Fail(ErrorCode::kPermissionDenied,
                where + "\"" + command.importer.id +
                    "\" is kept free to adjudicate or audit the item; a lead without these roles may bring it in");
  }
  ASSAY_TRY(CheckContent(state, judgement.content, policy));
  FactPlanner planner(state, command.importer, "", now);
  judgement.role = JudgementRole::kLabel;
  judgement.epoch = state.epoch;
  judgement.imported_by = command.importer.id;
  judgement.approval = command.approval;
  ASSAY_TRY(planner.Add(JudgementImported{.judgement = judgement}));
  ASSAY_TRY(FlagWhereSevere(planner, judgement.content, policy));
  ASSAY_TRY(SettleLabels(planner, policy, command.history));
  return planner.Take();
}

Result<ReviewFacts> Revise(const ItemState& state, const ReviseCommand& command, const ReviewPolicy& policy, Time now) {
  constexpr int kMostRevisions = 10;
  ASSAY_TRY(CheckKey(command.key));
  ASSAY_ASSIGN(const bool was_done, WasDone(state, command.reviewer, command.key, &command.content));
  if (was_done) return ReviewFacts();
  ASSAY_TRY(CheckMay(state, command.reviewer, ReviewEvent::kRevise, now));
  FactPlanner planner(state, command.reviewer, command.key, now);
  const Judgement* earlier = FindJudgement(state, command.judgement);
  const bool is_own = earlier != nullptr && earlier->person == command.reviewer.id;
  if (!is_own || planner.now() >= earlier->at + policy.queue.undo) {
    return Fail(ErrorCode::kFailedPrecondition,
                "item " + state.item.id + ", \"" + command.reviewer.id +
                    "\": " + (is_own ? "the time to revise is over" : "has no such judgement to revise"));
  }
  if (earlier->revision >= kMostRevisions)
    return Fail(ErrorCode::kResourceExhausted, "a judgement is revised at most 9 times");
  ASSAY_TRY(CheckContent(state, command.content, policy));
  ASSAY_TRY(planner.Add(JudgementMade{.role = earlier->role,
                                      .supersedes = command.judgement,
                                      .presented = earlier->presented,
                                      .content = command.content}));
  ASSAY_TRY(FlagWhereSevere(planner, command.content, policy));
  ASSAY_TRY(SettleLabels(planner, policy, command.history));
  return planner.Take();
}

Result<ReviewFacts> Adjudicate(const ItemState& state, const AdjudicateCommand& command, const ReviewPolicy& policy,
                               Time now) {
  ASSAY_TRY(CheckKey(command.key));
  ASSAY_ASSIGN(const bool was_done, WasDone(state, command.reviewer, command.key, &command.content));
  if (was_done) return ReviewFacts();
  ASSAY_ASSIGN(const ReviewLease* lease, LeaseFor(state, command.reviewer, command.token));
  ASSAY_TRY(CheckMay(state, command.reviewer, ReviewEvent::kAdjudicate, now));
  if (HasOpenFlagOf(state, command.reviewer.id)) {
    return Fail(ErrorCode::kFailedPrecondition, "item " + state.item.id + ", \"" + command.reviewer.id +
                                                    "\": has flagged it as harm of severity 1; somebody else decides");
  }
  if (command.cause == ReviewCause::kNone && CountedLabels(state).size() > 1) {
    return Fail(ErrorCode::kInvalidArgument, "an adjudication needs a cause: why people differed");
  }
  ASSAY_TRY(CheckContent(state, command.content, policy));
  FactPlanner planner(state, command.reviewer, command.key, now);
  ASSAY_TRY(AddJudgement(planner, *lease,
                         {.token = command.token,
                          .role = JudgementRole::kAdjudicate,
                          .presented = lease->presented,
                          .content = command.content}));
  const Judgement own = planner.state().judgements.back();
  ASSAY_TRY(DecideBy(planner, own, DecisionMethod::kAdjudicated, command.cause, policy, command.history));
  return planner.Take();
}

Result<ReviewFacts> Audit(const ItemState& state, const AuditCommand& command, const ReviewPolicy& policy, Time now) {
  ASSAY_TRY(CheckKey(command.key));
  ASSAY_ASSIGN(const bool was_done, WasDone(state, command.reviewer, command.key));
  if (was_done) return ReviewFacts();
  ASSAY_ASSIGN(const ReviewLease* lease, LeaseFor(state, command.reviewer, command.token));
  ASSAY_TRY(CheckMay(state, command.reviewer, ReviewEvent::kAudit, now));
  ASSAY_TRY(CheckNote("defect", command.defect, !command.passes));
  ASSAY_TRY(CheckNote("action", command.action, false));
  if (command.passes && (!command.defect.empty() || command.severity)) {
    return Fail(ErrorCode::kInvalidArgument, "an audit that passes has no defect");
  }
  if (command.passes != (command.cause == ReviewCause::kNone)) {
    return Fail(ErrorCode::kInvalidArgument, command.passes ? "an audit that passes has no cause"
                                                            : "an audit that fails needs a cause: why the decision is "
                                                              "wrong");
  }
  if (command.severity && (*command.severity < 1 || *command.severity > 5)) {
    return Fail(ErrorCode::kInvalidArgument, "the severity of a defect is 1 to 5");
  }
  FactPlanner planner(state, command.reviewer, command.key, now);
  if (command.content) {
    ASSAY_TRY(CheckContent(state, *command.content, policy));
    ASSAY_TRY(AddJudgement(planner, *lease,
                           {.token = command.token,
                            .role = JudgementRole::kAudit,
                            .presented = lease->presented,
                            .content = *command.content}));
  }
  ASSAY_TRY(planner.Add(AuditMade{.token = command.token,
                                  .decision = ActiveDecision(state)->id,
                                  .passes = command.passes,
                                  .defect = command.defect,
                                  .severity = command.severity,
                                  .action = command.action,
                                  .cause = command.cause}));
  if (command.content) ASSAY_TRY(FlagWhereSevere(planner, *command.content, policy));
  if (command.severity == 1) ASSAY_TRY(FlagHarm(planner, "by an audit: " + command.defect, policy));
  return planner.Take();
}

}  // namespace assay
