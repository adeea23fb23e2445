#pragma once
// The state of an item, derived from its facts by a fold. Nothing of it is stored: whoever has the facts has the state,
// and a program that stopped at any point goes on where it was. Expiry, the end of the time in which people may revise,
// and with it DECIDED, AUDIT and DONE, are functions of the facts and of the time that is asked about; no fact is
// needed for them. Values; thread-compatible.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "review/facts.h"
#include "review/transitions.h"

namespace assay {

struct ReviewQuarantine {
  std::string by = {};
  Time at{};
  Time due_at{};
  std::optional<Time> ended_at = {};
  std::string ended_by = {};
  bool is_redacted = false;
  std::string with = {};    // QuarantineOpened::with
  std::string policy = {};  // version of the redaction policy, where it is redacted
};

struct ReviewReopening {
  std::string by = {};
  ReviewCause cause = ReviewCause::kOther;
  Time at{};
};

struct SevereFlag {
  std::string by = {};
  Time at{};
  bool is_open = true;
};

// What a lease ended as, for measures.
struct EndedLease {
  std::string person = {};
  LeaseRole role = LeaseRole::kLabel;
  std::int64_t token = 0;
  Time granted_at{};
  Time ended_at{};
  bool is_skip = false;
  bool has_expired = false;  // before anything was done with it
};

struct GoldResult {
  std::string judgement = {};
  std::string person = {};
  Time at{};
  bool is_hit = false;
};

// A command that was done.
struct DoneCommand {
  std::string actor = {};
  std::string key = {};
  std::int64_t seq = 0;  // of its first fact
};

struct ItemState {
  ReviewItem item = {};  // as it entered
  std::int64_t seq = 0;  // of the last fact
  Time entered_at{};
  Time last_at{};
  int epoch = 1;  // rises when content or rubric change so that earlier judgements do not count
  RubricVersion rubric_version = {};
  std::string content_hash = {};
  ReviewLane lane = ReviewLane::kNormal;
  std::optional<Time> due_at = {};
  int target = 1;  // judgements wanted
  std::int64_t last_token = 0;
  std::vector<ReviewLease> leases = {};  // the newest of each person, until it is ended or replaced; perhaps expired
  std::vector<EndedLease> ended_leases = {};
  std::vector<Judgement> judgements = {};
  std::vector<ReviewDecision> decisions = {};
  std::optional<AuditDraw> draw = {};  // of the active decision
  std::vector<ReviewAudit> audits = {};
  std::vector<ReviewEscalation> escalations = {};
  std::vector<ReviewQuarantine> quarantines = {};
  std::vector<SevereFlag> severe_flags = {};
  std::vector<ReviewReopening> reopenings = {};
  std::vector<std::string> skipped_by = {};
  std::vector<GoldResult> gold = {};
  std::vector<DoneCommand> commands = {};
  std::vector<std::string> verdicts_to_revise = {};
  std::string awaited_clarification = {};
  bool is_adjudicating = false;
  std::string adjudication_why = {};
  bool is_reworking = false;
  ReviewCause rework_cause = ReviewCause::kNone;
  int reworks_for_error = 0;
  bool is_cancelled = false;
  std::optional<ReviewState> imported_as = {};  // of an item of elsewhere: its state there
  Json imported_more = {};                      // HistoryImported::more
};

// Applies the next fact. kDataLoss where seq, item or time do not follow, kFailedPrecondition where the fact cannot
// have happened in this state: the message names item, state and actor. `state` is then as it was.
Status Apply(const ReviewFact& fact, ItemState& state);
// All facts of an item, from the first on.
Result<ItemState> Fold(std::span<const ReviewFact> facts);

// The state at a time not before that of the last fact.
ReviewState StateAt(const ItemState& state, Time now);
// The same without escalation, blocking, quarantine and cancellation.
ReviewState BaseStateAt(const ItemState& state, Time now);
// Where it stands among other items.
ReviewLane LaneAt(const ItemState& state, Time now);

// Whether the item is a copy that many people are asked apart: gold, training or calibration.
bool IsCopy(const ItemState& state);
// Null pointers when there is none. What a person asks of a copy holds it for nobody else, and is none.
const ReviewDecision* ActiveDecision(const ItemState& state);
const ReviewEscalation* OpenEscalation(const ItemState& state);
const ReviewQuarantine* OpenQuarantine(const ItemState& state);
// Whether something was taken out of the item since: what people wrote of it at that time may repeat it.
bool WasRedactedAfter(const ItemState& state, Time at);
const Judgement* FindJudgement(const ItemState& state, std::string_view id);
const DoneCommand* FindCommand(const ItemState& state, std::string_view actor, std::string_view key);
// The lease of that person, perhaps expired.
const ReviewLease* LeaseOf(const ItemState& state, std::string_view person);

bool HasOpenSevereFlag(const ItemState& state);
// Harm of severity 1, as far as people have ruled on it.
enum class HarmState {
  kNone,
  kOpen,    // flagged and not ruled on, or upheld by a decision that ended and was not made anew
  kUpheld,  // by the active decision
};
HarmState HarmOf(const ItemState& state);
// The labels that count: of this epoch, the newest revisions, not void.
std::vector<const Judgement*> CountedLabels(const ItemState& state);
// Leases of that role which are live, but for that of `except`.
int LiveLeases(const ItemState& state, LeaseRole role, Time now, std::string_view except = "");
// Whether a person has said anything of the item in this epoch, in one of these roles, or has brought it in.
// The name without "imported:": who judged elsewhere is taken for who has the same name here.
std::string_view NameAtHome(std::string_view person);
bool HasJudged(const ItemState& state, std::string_view person, EnumSet<JudgementRole> roles);
// Whether a person wrote, or brought in, one of the judgements that the active decision rests on.
bool IsAuthorOfDecision(const ItemState& state, std::string_view person);
// The oldest version of the rubric that what the active decision rests on was said under, or, where there is none, the
// labels that count; absent of what nobody has answered.
std::optional<RubricVersion> AnsweredUnder(const ItemState& state);
// Whether that is of an older minor or major version than `served`: what differs in words alone is not.
bool IsOutdated(const ItemState& state, const RubricVersion& served);
// The severity that the item is treated by: of the active decision, else the gravest that people or graders named.
std::optional<int> SeverityOf(const ItemState& state);
// The time at which the state next changes by itself, by an expiry or the end of the time to revise; absent: never.
std::optional<Time> NextChange(const ItemState& state, Time now);

// "" or which invariant of docs/review.md does not hold, and why. Holds for every state that Apply made.
std::string BrokenInvariant(const ItemState& state, Time now);

}  // namespace assay
