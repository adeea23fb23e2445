#pragma once
// The facts of one command, each applied as it is added, so that later ones see the earlier and none is illegal.

#include <string>
#include <utility>

#include "review/commands.h"

namespace assay {

class FactPlanner {
 public:
  FactPlanner(const ItemState& state, std::string item, std::string actor, std::string key, Time now)
      : state_(state),
        item_(std::move(item)),
        actor_(std::move(actor)),
        key_(std::move(key)),
        now_(std::max(now, state.last_at)) {}
  FactPlanner(const ItemState& state, const Reviewer& reviewer, std::string key, Time now)
      : FactPlanner(state, state.item.id, reviewer.id, std::move(key), now) {}

  // Refused as Apply refuses it; what was added before stays.
  Status Add(ReviewFactBody body) {
    ReviewFact fact{
        .item = item_, .seq = state_.seq + 1, .at = now_, .actor = actor_, .key = key_, .body = std::move(body)};
    ASSAY_TRY(Apply(fact, state_));
    facts_.push_back(std::move(fact));
    return {};
  }

  const ItemState& state() const { return state_; }
  const std::string& actor() const { return actor_; }
  Time now() const { return now_; }
  ReviewFacts Take() { return std::move(facts_); }

 private:
  ItemState state_;
  std::string item_;
  std::string actor_;
  std::string key_;
  Time now_;
  ReviewFacts facts_;
};

// Whether the caller is somebody, has a role that `event` asks for, and the state allows it. Messages name item, state
// and person.
Status CheckMay(const ItemState& state, const Reviewer& reviewer, ReviewEvent event, Time now);
// Whether a command with this key was done before by this person; kAlreadyExists where the key was used for another
// kind of command, or with another content.
Result<bool> WasDone(const ItemState& state, const Reviewer& reviewer, std::string_view key,
                     const JudgementContent* content = nullptr);
// kInvalidArgument for a text that is empty or too long.
Status CheckNote(std::string_view what, std::string_view text, bool is_needed);
// kInvalidArgument for contents that are wrong in themselves; kAborted where the rubric is of another major version.
Status CheckContent(const ItemState& state, const JudgementContent& content, const ReviewPolicy& policy);
// The version that an item is shown under from now on: the newest of its major version, since minor ones and wording
// never begin it anew.
RubricVersion VersionToShow(const ItemState& state, const ReviewPolicy& policy);
// Settles the labels that count: a decision with its audit draw, another person, or an adjudication.
Status SettleLabels(FactPlanner& planner, const ReviewPolicy& policy, const AuditHistory& history);
// Harm of severity 1 holds the item until somebody adjudicates it, whoever said so; not again what is open or upheld.
Status FlagHarm(FactPlanner& planner, std::string note, const ReviewPolicy& policy);
// Where the judgement says that there is.
Status FlagWhereSevere(FactPlanner& planner, const JudgementContent& content, std::string note,
                       const ReviewPolicy& policy);

// Adds the decision of one judgement.
Status DecideBy(FactPlanner& planner, const Judgement& judgement, DecisionMethod method, ReviewCause cause,
                const ReviewPolicy& policy, const AuditHistory& history);

}  // namespace assay
