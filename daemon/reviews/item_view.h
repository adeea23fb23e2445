#pragma once
// What of an item one person may see, as a value that holds nothing else: what is not here cannot leak. A labeller
// finds neither grades, nor others' judgements, nor whose responses these are, nor that an item is gold or drawn for an
// audit.

#include <optional>
#include <string>
#include <vector>

#include "config/queue.h"
#include "daemon/item_content.h"
#include "review/commands.h"
#include "review/drafts.h"

namespace assay {

// An item without its content.
struct ItemSummary {
  std::string id = {};
  std::string queue = {};
  std::string suite = {};
  std::string run = {};  // tells whose responses these are: "" for labellers before the item is done
  std::string case_id = {};
  std::int64_t trial = 0;
  ReviewState state = ReviewState::kQueued;
  ReviewLane lane = ReviewLane::kNormal;
  std::string rubric = {};
  RubricVersion rubric_version = {};
  int epoch = 1;
  int people = 0;      // wanted; likewise 0
  int judgements = 0;  // that count; 0 where they are not shown
  std::optional<int> severity = {};
  Time entered_at{};
  std::optional<Time> due_at = {};         // likewise
  ReviewSubject subject = {};              // responses sorted, so that their order tells nothing
  std::vector<std::int64_t> lengths = {};  // of these, in characters; empty where they are not known or not shown
  std::vector<std::string> reasons = {};
  std::string language = {};
  ItemPurpose purpose = ItemPurpose::kLabel;
  std::optional<LeaseRole> offers = {};
  std::optional<Time> ruling_due_at = {};            // of the open escalation or quarantine
  std::string provenance = {};                       // of the case; for leads and once it is done
  std::optional<RubricVersion> answered_under = {};  // likewise
};

struct ShownJudgement {
  Judgement judgement = {};  // `person` a name, or "person 1"
  bool is_mine = false;
};

struct ShownDecision {
  ReviewDecision decision = {};
  HumanScore score = {};
};

struct ShownEscalation {
  ReviewEscalation escalation = {};
  bool may_resolve = false;
};

struct ShownEvent {
  std::int64_t seq = 0;
  Time at{};
  std::string actor = {};
  std::string what = {};
  std::string note = {};
};

// Of training, after the person has answered.
struct GoldFeedback {
  bool is_hit = false;
  std::vector<std::string> misses = {};
  Opinion expected = {};
  std::string why = {};
};

// Who was shown the content: by having the item in a role, or by looking at it.
struct ContentRead {
  std::string person = {};
  Time at{};
  std::optional<LeaseRole> role = {};
};

struct ItemView {
  ItemSummary item = {};
  std::string withheld = {};                        // why there is no content
  std::optional<ItemContent> content = {};          // without its suggestion
  std::optional<ReviewSuggestion> suggestion = {};  // where the viewer is shown it
  std::optional<ReviewLease> lease = {};
  std::vector<ReviewLease> leases = {};
  std::vector<ShownJudgement> judgements = {};
  std::vector<ShownDecision> decisions = {};
  std::vector<ReviewAudit> audits = {};
  std::vector<ShownEscalation> escalations = {};
  std::vector<ShownEvent> history = {};
  bool has_severe_flag = false;
  std::string adjudication_why = {};
  std::string awaited_clarification = {};
  std::optional<ReviewDraft> draft = {};
  std::optional<GoldFeedback> feedback = {};
  std::vector<ContentRead> reads = {};       // oldest first; where somebody asks for it
  std::string judgement = {};                // id of the newest of the person, where a command just made it
  std::optional<Time> revisable_until = {};  // of it
};

// When what the item waits for is to be ruled on: its open quarantine, else its open escalation.
std::optional<Time> RulingDueAt(const ItemState& state);

// What a viewer may know of an item without opening it.
ItemSummary SummaryOf(const ItemState& state, const Reviewer& viewer, Time now);

// Gold is one item for many people, and counts on from one to the next. Who answers it is shown the tokens and ids of
// judgements of an item that they alone have had: as they are where the item is no gold.
std::int64_t TokenAsShown(const ItemState& state, std::string_view person, std::int64_t token);
// The inverse; 0 for one that they never had.
std::int64_t TokenFromShown(const ItemState& state, std::string_view person, std::int64_t shown);
std::string JudgementAsShown(const ItemState& state, std::string_view person, const std::string& judgement);

// Leaves what is the viewer's own.
void ForgetOthers(ItemView& view);

// `content` as stored; `facts` for the history, which leads see and everybody once it is done. `gold` of items of gold.
ItemView ViewOfItem(const ItemState& state, std::span<const ReviewFact> facts,
                    const std::optional<ItemContent>& content, const ReviewPolicy& policy, const GoldAnswer* gold,
                    const Reviewer& viewer, Time now);

}  // namespace assay
