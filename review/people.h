#pragma once
// Who may take which item, why not, and in what order. Pure functions, thread-safe.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/queue.h"
#include "core/result.h"
#include "review/item_state.h"

namespace assay {

struct RubricCertificate {
  std::string rubric = {};
  int major = 0;
  friend bool operator==(const RubricCertificate&, const RubricCertificate&) = default;
};

// A clearance that ends: from `until` on it is none.
struct EndingClearance {
  std::string data_class = {};
  Time until{};
  friend bool operator==(const EndingClearance&, const EndingClearance&) = default;
};

// An authenticated principal with roles.
struct Reviewer {
  std::string id = {};
  EnumSet<ReviewRole> roles = {};
  std::vector<std::string> skills = {};
  std::vector<std::string> languages = {};
  std::vector<std::string> clearances = {};  // classes of data, those that are in force
  std::vector<RubricCertificate> certificates = {};
  std::vector<std::string> queues = {};  // empty: all
  bool is_paused = false;
  std::string paused_why = {};
  std::vector<EndingClearance> ending = {};  // of `clearances`: those that end
};

// The same person at that time: without what has ended. Whoever hands out people does this; what asks them knows of no
// time.
Reviewer ClearedAt(Reviewer reviewer, Time now);

// Whether they work in that queue (`queues` of the token file).
bool IsOfQueue(const Reviewer& reviewer, std::string_view queue);

// Whether they are cleared for data of that class (`clearances` of the token file); "" is of no class, and for all.
bool IsClearedFor(const Reviewer& reviewer, std::string_view data_class);
// Whether an item is there for them at all: it is of their queues, and they are cleared for its data. The privacy role
// looks at what others must not see, and needs no clearance. Everything that shows, lists or changes an item asks this.
bool MayLookAt(const Reviewer& reviewer, const ReviewItem& item);
// The same, as an answer. kPermissionDenied says which of the two it is.
Status CheckMayLookAt(const Reviewer& reviewer, const ReviewItem& item);

// Whether they judge and do nothing else: such people must not learn whose responses they judge.
bool OnlyJudges(const Reviewer& reviewer);

// What a person has beside the item.
struct ReviewerLoad {
  int live_leases = 0;      // of other items
  double share_of_run = 0;  // of the judgements of the item's run, in [0, 1]
};

enum class ClaimObstacle {
  kNone,
  kState,
  kPaused,
  kRole,
  kQueue,
  kCertificate,
  kLanguage,
  kSkill,
  kClearance,
  kAuthor,
  kJudged,
  kSkipped,
  kInvolved,
  kReserved,
  kTaken,
  kBusy,
  kShare
};
template <>
struct EnumWords<ClaimObstacle> {
  static constexpr EnumWord<ClaimObstacle> kWords[] = {
      {"none", ClaimObstacle::kNone, ""},
      {"state", ClaimObstacle::kState, "nothing is to be done with it now"},
      {"paused", ClaimObstacle::kPaused, "you are paused"},
      {"role", ClaimObstacle::kRole, "needs another role"},
      {"queue", ClaimObstacle::kQueue, "belongs to another queue than yours"},
      {"certificate", ClaimObstacle::kCertificate, "needs a certificate for the rubric"},
      {"language", ClaimObstacle::kLanguage, "needs another language"},
      {"skill", ClaimObstacle::kSkill, "needs another skill"},
      {"clearance", ClaimObstacle::kClearance, "needs clearance for its data"},
      {"author", ClaimObstacle::kAuthor, "you wrote a part of it"},
      {"judged", ClaimObstacle::kJudged, "you have judged it"},
      {"skipped", ClaimObstacle::kSkipped, "you passed it over"},
      {"involved", ClaimObstacle::kInvolved, "you have a part in what is to be looked at"},
      {"reserved", ClaimObstacle::kReserved, "you are kept free to adjudicate or audit it"},
      {"taken", ClaimObstacle::kTaken, "others have it"},
      {"busy", ClaimObstacle::kBusy, "you have as many items as you may"},
      {"share", ClaimObstacle::kShare, "you have judged as much of the run as one person may"}};
};

// The role in which an item is to be had; absent where nothing is to be done with it by a claim.
std::optional<LeaseRole> RoleOffered(const ItemState& state, Time now);

// Whether somebody who has no part in it could have it now: there is something to be done, and a place is free.
bool HasRoom(const ItemState& state, Time now);

struct ClaimPermission {
  ClaimObstacle obstacle = ClaimObstacle::kNone;
  std::string detail = {};           // the language, the skill, ...; may be ""
  std::optional<Time> free_at = {};  // kTaken: when the next lease ends
};

// Whether `reviewer`, who does not hold the item, may have it in the role that it offers. `roster` are all people, of
// whom some must stay able to adjudicate and audit it: who has such a right may label or rework an item only where, of
// those who have no part in it, one adjudicator and another auditor remain.
ClaimPermission MayClaim(const ItemState& state, const Reviewer& reviewer, const ReviewerLoad& load,
                         std::span<const Reviewer> roster, const QueueSpec& queue, Time now);

// Whether they said that there is harm of severity 1, and nobody has ruled on it: who accuses does not judge.
bool HasOpenFlagOf(const ItemState& state, std::string_view person);

// Whether an auditor could be asked to audit the decision that there is, now or once nobody may revise it, and has not
// judged for themselves yet: they are not to know it.
bool CouldAudit(const ItemState& state, const Reviewer& reviewer, const QueueSpec& queue, Time now);

// Whether the item stays in good hands when this person has said something of it: they neither adjudicate nor audit, or
// an adjudicator and another auditor remain who have no part in it.
bool MayBeSpent(const ItemState& state, const Reviewer& reviewer, std::span<const Reviewer> roster,
                const QueueSpec& queue, Time now);

// Whether somebody of `roster` can go on with an item that is not finished: has it, may claim it, or may resolve what
// it waits for. False calls for an escalation (Sweep) and an alert.
bool CanGoOn(const ItemState& state, std::span<const Reviewer> roster, const QueueSpec& queue, Time now);

// Who resolves what: the roles of a route.
EnumSet<ReviewRole> RolesOf(EscalationRoute route);
// The route of a reason, and how long it may take.
EscalationRoute RouteOf(EscalationReason reason);
Duration TimeOf(EscalationReason reason, const EscalationSpec& times);

// The order of work: lane, then how much the item's judgement may move a verdict (`influence`, of gates; 0: nothing is
// known), the time at which it is due, severity, items that others have judged already, age, and at last by person and
// item, so that people do not all reach for the same one. Within a lane a person may choose otherwise.
struct WorkPlace {
  ReviewLane lane = ReviewLane::kNormal;
  double minus_influence = 0;
  Time due_at = Time::max();
  int severity = 0;  // 1 is the gravest; none is behind all
  int minus_labels = 0;
  Time entered_at{};
  std::uint64_t draw = 0;
  friend auto operator<=>(const WorkPlace&, const WorkPlace&) = default;
};
WorkPlace PlaceOf(const ItemState& state, std::string_view person, double influence, Time now);

}  // namespace assay
