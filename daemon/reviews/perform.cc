#include "daemon/reviews/perform.h"

#include "core/digest.h"
#include "review/fact_planner.h"

namespace assay {
namespace {

// One overload for each command. Each fills in what the caller does not say.
class Performer {
 public:
  Performer(const ItemState& state, const ReviewPolicy& policy, Time now, const Performing& by,
            const PeopleRecords& people)
      : state_(state), policy_(policy), now_(now), by_(by), people_(people) {}

  Result<ReviewFacts> operator()(SubmitCommand command) const {
    Identify(command);
    command.history = History();
    Stamp(command.content);
    const ReviewLease* lease = LeaseOf(state_, by_.reviewer.id);
    const bool is_of_audit = lease != nullptr && lease->role == LeaseRole::kAudit && lease->token == command.token;
    const Judgement* before = MadeBefore();
    if (is_of_audit || (before != nullptr && before->role == JudgementRole::kAudit))
      return JudgeForAudit(state_, command, policy_, now_);
    // What is shown afterwards is shown after this.
    ASSAY_TRY(NoteSuggestion(command.content, command.content.opinion));
    return Submit(state_, command, policy_, by_.gold, now_);
  }
  Result<ReviewFacts> operator()(ReviseCommand command) const {
    Identify(command);
    command.history = History();
    Stamp(command.content);
    ASSAY_TRY(NoteSuggestion(command.content, FirstOpinion(command)));
    return Revise(state_, command, policy_, now_);
  }
  Result<ReviewFacts> operator()(AdjudicateCommand command) const {
    Identify(command);
    command.history = History();
    Stamp(command.content);
    return Adjudicate(state_, command, policy_, now_);
  }
  Result<ReviewFacts> operator()(AuditCommand command) const {
    Identify(command);
    if (command.content)
      return Fail(ErrorCode::kInvalidArgument,
                  "content: an auditor judges first, with SubmitJudgement under the token of the audit; the answer "
                  "shows the decision");
    const bool was_done = FindCommand(state_, by_.reviewer.id, by_.key) != nullptr;
    if (!was_done && !HasJudgedForAudit(state_, by_.reviewer.id))
      return Fail(ErrorCode::kFailedPrecondition,
                  "item " + state_.item.id + ", \"" + by_.reviewer.id +
                      "\": an auditor judges for themselves first (SubmitJudgement under the token of the audit), "
                      "and is shown the decision then");
    return assay::Audit(state_, command, policy_, now_);
  }
  Result<ReviewFacts> operator()(GiveBackCommand command) const {
    command.reviewer = by_.reviewer;
    return GiveBack(state_, command, policy_, now_);
  }
  Result<ReviewFacts> operator()(EscalateCommand command) const {
    Identify(command);
    return Escalate(state_, command, policy_, now_);
  }
  Result<ReviewFacts> operator()(ResolveCommand command) const {
    Identify(command);
    command.history = History();
    if (command.content) Stamp(*command.content);
    return Resolve(state_, command, policy_, now_);
  }
  Result<ReviewFacts> operator()(const QuarantineAct& act) const {
    return Quarantine(state_, Reason(act.reason), policy_, now_);
  }
  Result<ReviewFacts> operator()(const FlagSevereAct& act) const {
    return FlagSevere(state_, Reason(act.reason), policy_, now_);
  }
  Result<ReviewFacts> operator()(const CancelAct& act) const { return Cancel(state_, Reason(act.reason), now_); }
  Result<ReviewFacts> operator()(const OrderAuditAct& act) const {
    return OrderAudit(state_, Reason(act.reason), now_);
  }
  Result<ReviewFacts> operator()(const EndQuarantineAct& act) const {
    const EndQuarantineCommand command{.reviewer = by_.reviewer,
                                       .content_hash = act.content ? Sha256Hex(StoredText(*act.content)) : "",
                                       .policy = act.policy,
                                       .key = by_.key,
                                       .leaves_nothing = act.content && act.content->is_deleted};
    return EndQuarantine(state_, command, now_);
  }
  Result<ReviewFacts> operator()(ReopenCommand command) const {
    Identify(command);
    return Reopen(state_, command, now_);
  }
  Result<ReviewFacts> operator()(VoidCommand command) const {
    Identify(command);
    return VoidJudgement(state_, command, policy_, now_);
  }
  Result<ReviewFacts> operator()(const AwaitGuidelineAct& act) const {
    return AwaitGuideline(state_, {.reviewer = by_.reviewer, .clarification = act.clarification, .key = by_.key}, now_);
  }
  Result<ReviewFacts> operator()(const GuidelineArrivedAct& act) const {
    return GuidelineArrives(state_, {.reviewer = by_.reviewer, .clarification = act.clarification, .key = by_.key},
                            policy_, now_);
  }
  Result<ReviewFacts> operator()(AdvanceCommand command) const {
    Identify(command);
    return AdvanceRubric(state_, command, policy_, now_);
  }
  Result<ReviewFacts> operator()(LaneCommand command) const {
    Identify(command);
    return ChangeLane(state_, command, now_);
  }

 private:
  template <class Command>
  void Identify(Command& command) const {
    command.reviewer = by_.reviewer;
    command.key = by_.key;
  }
  ReasonCommand Reason(const std::string& reason) const {
    return {.reviewer = by_.reviewer, .reason = reason, .key = by_.key};
  }
  AuditHistory History() const { return people_.AuditsOf(by_.reviewer.id, policy_.queue.audit, now_); }
  // What became of a suggestion is for the daemon to say, as of what is sent again what it said the first time.
  Status NoteSuggestion(JudgementContent& content, const std::optional<Opinion>& first) const {
    if (const Judgement* made = MadeBefore()) {
      content.saw_suggestion = made->content.saw_suggestion;
      content.followed_suggestion = made->content.followed_suggestion;
      content.prelabel = made->content.prelabel;
      return {};
    }
    if (!by_.suggestion) return {};
    const PrelabelPlan plan = PrelabelPlanOf(policy_.queue.prelabel, state_.item, policy_.draw_key);
    ASSAY_ASSIGN(content, WithPrelabel(std::move(content), plan, *by_.suggestion,
                                       plan.IsShownAfter() ? first : std::nullopt, policy_));
    return {};
  }
  // What they said before they revised anything.
  std::optional<Opinion> FirstOpinion(const ReviseCommand& command) const {
    const Judgement* first = FindJudgement(state_, command.judgement);
    while (first != nullptr && !first->supersedes.empty()) first = FindJudgement(state_, first->supersedes);
    return first == nullptr ? std::nullopt : std::optional(first->content.opinion);
  }
  // When the person got the item is known here; a version that the caller does not name is that of the lease. What is
  // sent again is stamped as it was the first time, or it would be another judgement under the same key.
  void Stamp(JudgementContent& content) const {
    content.saw_suggestion = false;
    content.followed_suggestion.reset();
    content.prelabel.reset();
    const bool names_version = content.rubric_version != RubricVersion{};
    if (const Judgement* made = MadeBefore()) {
      content.times.leased_at = made->content.times.leased_at;
      if (!names_version) content.rubric_version = made->content.rubric_version;
      return;
    }
    const ReviewLease* lease = LeaseOf(state_, by_.reviewer.id);
    content.times.leased_at = lease != nullptr ? lease->granted_at : now_;
    if (!names_version)
      content.rubric_version = lease != nullptr ? lease->rubric_version : VersionToShow(state_, policy_);
  }
  const Judgement* MadeBefore() const {
    const DoneCommand* done = FindCommand(state_, by_.reviewer.id, by_.key);
    return done == nullptr ? nullptr : FindJudgement(state_, FactId(state_.item.id, done->seq));
  }

  const ItemState& state_;
  const ReviewPolicy& policy_;
  const Time now_;
  const Performing& by_;
  const PeopleRecords& people_;
};

}  // namespace

ReviewPlan PlanOf(const ItemCommand& command, const Performing& performing, const PeopleRecords& people) {
  return [command, performing, &people](const ItemState& state, const ReviewPolicy& policy, Time now) {
    if (!performing.leased_rubric) return std::visit(Performer(state, policy, now, performing, people), command);
    ReviewPolicy leased = policy;
    leased.rubric = *performing.leased_rubric;
    return std::visit(Performer(state, leased, now, performing, people), command);
  };
}

bool EndsDraft(const ItemCommand& command) {
  return std::holds_alternative<SubmitCommand>(command) || std::holds_alternative<ReviseCommand>(command) ||
         std::holds_alternative<AdjudicateCommand>(command) || std::holds_alternative<AuditCommand>(command);
}

}  // namespace assay
