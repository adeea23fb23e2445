#pragma once
// Facts of an item: append-only, in the order of `seq`, each said once. They are the only truth about an item; its
// state (item_state.h) is derived from them. Whoever stores them keeps (item, seq) unique, which makes two writers
// collide instead of both succeeding. Values; thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/clock.h"
#include "core/json.h"
#include "core/result.h"
#include "review/review_item.h"
#include "review/transitions.h"

namespace assay {

struct ItemEntered {
  ReviewItem item = {};
  friend bool operator==(const ItemEntered&, const ItemEntered&) = default;
};
struct LeaseGranted {
  ReviewLease lease = {};
  friend bool operator==(const LeaseGranted&, const LeaseGranted&) = default;
};
struct LeaseRenewed {
  std::string person = {};
  std::int64_t token = 0;
  Time expires_at{};
  friend bool operator==(const LeaseRenewed&, const LeaseRenewed&) = default;
};
// Given back by who had it.
struct LeaseEnded {
  std::string person = {};
  std::int64_t token = 0;
  bool is_skip = false;  // the person does not want to judge the item
  std::string reason = {};
  friend bool operator==(const LeaseEnded&, const LeaseEnded&) = default;
};
struct JudgementMade {
  std::int64_t token = 0;
  JudgementRole role = JudgementRole::kLabel;
  std::string supersedes = {};
  std::vector<std::string> presented = {};
  JudgementContent content = {};
  friend bool operator==(const JudgementMade&, const JudgementMade&) = default;
};
struct JudgementVoided {
  std::string judgement = {};
  std::string reason = {};
  friend bool operator==(const JudgementVoided&, const JudgementVoided&) = default;
};
// People differ, and one more is asked.
struct OverlapGrown {
  int people = 0;
  friend bool operator==(const OverlapGrown&, const OverlapGrown&) = default;
};
struct AdjudicationOpened {
  std::string why = {};
  friend bool operator==(const AdjudicationOpened&, const AdjudicationOpened&) = default;
};
struct DecisionMade {
  Opinion outcome = {};
  DecisionMethod method = DecisionMethod::kSingle;
  std::vector<std::string> inputs = {};
  std::string decided_by = {};
  ReviewCause cause = ReviewCause::kNone;
  std::optional<Time> revisable_until = {};
  AuditDraw draw = {};
  friend bool operator==(const DecisionMade&, const DecisionMade&) = default;
};
struct AuditMade {
  std::int64_t token = 0;
  std::string decision = {};
  bool passes = false;
  std::string defect = {};
  std::optional<int> severity = {};
  std::string action = {};
  ReviewCause cause = ReviewCause::kNone;  // of one that fails; none in facts of versions that did not ask for it
  friend bool operator==(const AuditMade&, const AuditMade&) = default;
};
struct ItemReopened {
  std::string reason = {};
  ReviewCause cause = ReviewCause::kOther;
  std::vector<std::string> verdicts = {};  // that used the decision, each of which gets one that supersedes it
  friend bool operator==(const ItemReopened&, const ItemReopened&) = default;
};
struct EscalationOpened {
  EscalationReason reason = EscalationReason::kAmbiguity;
  EscalationRoute route = EscalationRoute::kLead;
  std::string note = {};
  std::string clause = {};
  Time due_at{};
  friend bool operator==(const EscalationOpened&, const EscalationOpened&) = default;
};
struct EscalationResolved {
  std::string escalation = {};
  EscalationOutcome outcome = EscalationOutcome::kResume;
  std::string ruling = {};
  friend bool operator==(const EscalationResolved&, const EscalationResolved&) = default;
};
struct QuarantineOpened {
  std::string note = {};  // what kind of data, never the data
  Time due_at{};
  std::string with = {};  // the item that it shows or asks the same as, and is withheld with; "" for its own sake
  friend bool operator==(const QuarantineOpened&, const QuarantineOpened&) = default;
};
// With a content hash: redacted, and another epoch. Without: it was nothing.
struct QuarantineClosed {
  std::string content_hash = {};
  std::string policy = {};  // version of the redaction policy
  friend bool operator==(const QuarantineClosed&, const QuarantineClosed&) = default;
};
struct GuidelineAwaited {
  std::string clarification = {};
  friend bool operator==(const GuidelineAwaited&, const GuidelineAwaited&) = default;
};
struct GuidelineArrived {
  std::string clarification = {};
  friend bool operator==(const GuidelineArrived&, const GuidelineArrived&) = default;
};
// A judgement of the version before, as the label map of the new one carries it over (label_map.h).
struct MappedJudgement {
  std::string judgement = {};  // id
  Opinion opinion = {};        // by the new version
  friend bool operator==(const MappedJudgement&, const MappedJudgement&) = default;
};
struct RubricAdvanced {
  RubricVersion version = {};
  OnNewMajor policy = OnNewMajor::kFinish;
  std::string approval = {};                 // id
  std::vector<MappedJudgement> mapped = {};  // that count in the new epoch; none: it begins anew
  friend bool operator==(const RubricAdvanced&, const RubricAdvanced&) = default;
};
struct SevereFlagged {
  std::string note = {};
  Time due_at{};
  friend bool operator==(const SevereFlagged&, const SevereFlagged&) = default;
};
struct LaneChanged {
  ReviewLane lane = ReviewLane::kNormal;
  std::optional<Time> due_at = {};
  std::string reason = {};
  friend bool operator==(const LaneChanged&, const LaneChanged&) = default;
};
struct ItemCancelled {
  std::string reason = {};
  friend bool operator==(const ItemCancelled&, const ItemCancelled&) = default;
};
// Of items whose answer is known.
struct GoldGraded {
  std::string judgement = {};
  bool is_hit = false;
  std::vector<std::string> misses = {};  // what differs, for people
  friend bool operator==(const GoldGraded&, const GoldGraded&) = default;
};
// Whatever the draw said, the active decision is looked at: it could move a verdict, or its author has missed gold.
struct AuditOrdered {
  std::string reason = {};
  friend bool operator==(const AuditOrdered&, const AuditOrdered&) = default;
};

// A label that was made elsewhere, of an item of ours. The actor answers for it, and counts as who has judged.
struct JudgementImported {
  Judgement judgement = {};
  friend bool operator==(const JudgementImported&, const JudgementImported&) = default;
};
// What was said elsewhere of an item of elsewhere, in the place of what an earlier fact of this kind says. Nobody here
// goes on with such an item; its content may be withheld.
struct HistoryImported {
  int epoch = 1;
  RubricVersion rubric_version = {};
  std::string content_hash = {};
  ReviewState state = ReviewState::kDone;  // there
  std::vector<Judgement> judgements = {};
  std::vector<ReviewDecision> decisions = {};
  std::vector<ReviewAudit> audits = {};
  Json more = {};  // what travels beside it (review/interchange)
  friend bool operator==(const HistoryImported&, const HistoryImported&) = default;
};

using ReviewFactBody =
    std::variant<ItemEntered, LeaseGranted, LeaseRenewed, LeaseEnded, JudgementMade, JudgementVoided, OverlapGrown,
                 AdjudicationOpened, DecisionMade, AuditMade, ItemReopened, EscalationOpened, EscalationResolved,
                 QuarantineOpened, QuarantineClosed, GuidelineAwaited, GuidelineArrived, RubricAdvanced, SevereFlagged,
                 LaneChanged, ItemCancelled, GoldGraded, AuditOrdered, JudgementImported, HistoryImported>;

struct ReviewFact {
  std::string item = {};
  std::int64_t seq = 0;    // 1 is ItemEntered
  Time at{};               // never before that of the fact before
  std::string actor = {};  // a principal, or kReviewSystem
  std::string key = {};    // of the command, given by the caller, so that sending it again does nothing; may be ""
  ReviewFactBody body = ItemEntered{};
  friend bool operator==(const ReviewFact&, const ReviewFact&) = default;
};

// "lease_granted": the word of a fact in its JSON.
std::string_view Name(const ReviewFactBody& body);
// The id of what a fact made (a judgement, a decision, an escalation): "ITEM/SEQ".
std::string FactId(std::string_view item, std::int64_t seq);

// One object with the members item, seq, at, actor, key, fact and body, always in this order; absent values are null.
// Is the same for the same fact for ever: facts are stored and hashed in this form.
Json ToJson(const ReviewFact& fact);
// The inverse. kInvalidArgument names the member that is wrong, missing or unknown (written by a later version), and
// what is beyond ReviewBounds.
Result<ReviewFact> ReviewFactFromJson(const Json& json);

// The same of the parts that travel by themselves: drafts, and the answers of people and imports.
Json ToJson(const Opinion& opinion);
Result<Opinion> OpinionFromJson(const Json& json);
Json ToJson(const JudgementContent& content);
Result<JudgementContent> JudgementContentFromJson(const Json& json);

}  // namespace assay
