#include "daemon/reviews/next_item.h"

#include <algorithm>
#include <map>

#include "review/fact_planner.h"

namespace assay {
namespace {

constexpr int kSparedForOthers = 3;  // items of a queue that nobody has before they work on them

bool IsWanted(std::optional<LeaseRole> wanted, LeaseRole offered) {
  if (!wanted || *wanted == offered) return true;
  return *wanted == LeaseRole::kLabel && offered == LeaseRole::kRework;
}

bool Lists(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string Count(std::int64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// Why a person is offered nothing, by what keeps them from each item.
class Obstacles {
 public:
  void Add(const ClaimPermission& permission) {
    ++counts_[permission.obstacle];
    if (!permission.detail.empty()) ++details_[permission.obstacle][permission.detail];
    if (permission.free_at && (!free_at_ || *permission.free_at < *free_at_)) free_at_ = permission.free_at;
  }
  bool IsEmpty() const { return counts_.empty(); }
  std::optional<Time> free_at() const { return free_at_; }

  // "12 items: others have it, the next is free in 7m at the latest; 3 items: needs another language (es)".
  std::string Text(Time now) const {
    std::string text;
    for (const auto& [obstacle, count] : counts_) {
      text += (text.empty() ? "" : "; ") + Count(count, "item") + ": " + HelpOf(obstacle);
      const auto details = details_.find(obstacle);
      if (details != details_.end()) text += " (" + Names(details->second) + ")";
      if (obstacle == ClaimObstacle::kTaken && free_at_)
        text += ", the next is free in " + FormatDuration(std::chrono::ceil<std::chrono::minutes>(*free_at_ - now)) +
                " at the latest";
    }
    return text;
  }

 private:
  static std::string HelpOf(ClaimObstacle obstacle) {
    for (const auto& word : EnumWords<ClaimObstacle>::kWords) {
      if (word.value == obstacle) return std::string(word.help);
    }
    return "";
  }
  static std::string Names(const std::map<std::string, std::int64_t>& details) {
    constexpr int kMost = 5;
    std::string names;
    int shown = 0;
    for (const auto& [detail, count] : details) {
      if (++shown > kMost) return names + ", ...";
      names += (names.empty() ? "" : ", ") + detail;
    }
    return names;
  }

  std::map<ClaimObstacle, std::int64_t> counts_;
  std::map<ClaimObstacle, std::map<std::string, std::int64_t>> details_;
  std::optional<Time> free_at_;
};

}  // namespace

Status CheckOfQueue(const Reviewer& reviewer, const std::string& queue) {
  if (IsOfQueue(reviewer, queue)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "queue \"" + queue + "\" is not among those of \"" + reviewer.id + "\" (queues= of the token file)");
}

Reviewer NextItems::As(const Asking& asking, const std::string& queue) const {
  Reviewer reviewer = asking.reviewer;
  const std::string why = books_.WhyPaused(asking.project, reviewer.id, queue);
  reviewer.is_paused = reviewer.is_paused || !why.empty();
  if (!why.empty()) reviewer.paused_why = why;
  return reviewer;
}

ReviewerLoad NextItems::LoadOf(const Asking& asking, const ItemState& state) const {
  return {.live_leases = people_.LiveLeases(asking.reviewer.id, state.item.id, asking.now),
          .share_of_run = people_.ShareOfRun(asking.reviewer.id, state.item.run)};
}

// Items of calibration are for the people of their session, while it is blind.
ClaimPermission NextItems::MayHave(const Asking& asking, const Reviewer& reviewer, const ItemState& state,
                                   const QueueSpec& queue) const {
  if (state.item.purpose == ItemPurpose::kCalibration) {
    const CalibrationEntry* calibration = books_.CalibrationOf(state.item.id);
    const bool is_open = calibration != nullptr && calibration->session.phase() == CalibrationPhase::kBlind;
    if (!is_open) return {.obstacle = ClaimObstacle::kState, .detail = "its calibration is over"};
    if (!Lists(calibration->session.people, reviewer.id))
      return {.obstacle = ClaimObstacle::kQueue, .detail = "a calibration"};
  }
  if (KnowsGold(asking, state)) return {.obstacle = ClaimObstacle::kInvolved};
  return MayClaim(state, reviewer, LoadOf(asking, state), *asking.roster, queue, asking.now);
}

// Whether a lead is to judge it, or could: then they are shown what all who judge it are shown.
bool NextItems::IsBlind(const Asking& asking, const Reviewer& reviewer, const ItemState& state) const {
  if (state.item.purpose == ItemPurpose::kCalibration) {
    const CalibrationEntry* calibration = books_.CalibrationOf(state.item.id);
    return calibration != nullptr && calibration->session.phase() == CalibrationPhase::kBlind &&
           Lists(calibration->session.people, reviewer.id);
  }
  const auto policy = policies_.For(state.item, state.rubric_version);
  return !policy || IsToJudge(state, reviewer, *asking.roster, (*policy)->queue, asking.now);
}

Reviewer NextItems::Looking(const Asking& asking, const ItemState& state) const {
  Reviewer reviewer = As(asking, state.item.queue);
  const bool leads = reviewer.roles.Has(ReviewRole::kLead);
  if (leads && (!MayLookAt(reviewer, state.item) || IsBlind(asking, reviewer, state)))
    reviewer.roles.Remove(ReviewRole::kLead);
  return reviewer;
}

Status NextItems::CheckCalibration(const Asking& asking, const ItemState& state) const {
  const CalibrationEntry* calibration = books_.CalibrationOf(state.item.id);
  if (calibration == nullptr || calibration->session.phase() != CalibrationPhase::kBlind)
    return Fail(ErrorCode::kFailedPrecondition, "item " + state.item.id + ": its calibration is over");
  if (Lists(calibration->session.people, asking.reviewer.id)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "item " + state.item.id + ": \"" + asking.reviewer.id + "\" is not of its calibration session");
}

bool NextItems::KnowsGold(const Asking& asking, const ItemState& state) const {
  const GoldEntry* gold = books_.FindGold(state.item.id);
  return gold != nullptr && books_.KnowsAnswer(gold->project, gold->source_item, asking.reviewer.id);
}

Status NextItems::CheckGold(const Asking& asking, const ItemState& state) const {
  if (!KnowsGold(asking, state)) return {};
  return Fail(ErrorCode::kPermissionDenied,
              "item " + state.item.id + ", \"" + asking.reviewer.id + "\": you have a part in what is to be looked at");
}

// Who has an item finishes it under the version that they were given it by.
Status NextItems::CheckHasRead(const Asking& asking, const ItemState& state, const ReviewPolicy& policy) const {
  const ReviewLease* lease = LeaseOf(state, asking.reviewer.id);
  if (lease != nullptr && lease->IsLiveAt(std::max(asking.now, state.last_at))) return {};
  const RubricVersion version = VersionToShow(state, policy);
  ASSAY_ASSIGN(const bool is_another,
               policies_.IsAnotherMajor(asking.project, state.item.queue, state.item.rubric, version));
  if (!is_another) return {};
  ASSAY_ASSIGN(const std::string read,
               AcknowledgedVersion(store_, asking.project, asking.reviewer.id, state.item.rubric));
  const auto has_read = ParseRubricVersion(read);
  if (has_read && has_read->major >= version.major) return {};
  return Fail(ErrorCode::kFailedPrecondition,
              "read rubric \"" + state.item.rubric + "\" " + ToString(version) + " first, and say so " +
                  "(AcknowledgeRubric): it is another major version, and you have read " +
                  (read.empty() ? "none of it" : read));
}

// What they work on, before what is kept for them after that.
std::string NextItems::HeldBy(const Asking& asking, const ClaimArguments& arguments) {
  std::string kept;
  for (const std::string& item : people_.Held(asking.reviewer.id, asking.now)) {
    const auto state = desk_.Find(asking.project, item);
    if (!state || Lists(arguments.except, item)) continue;
    if (!arguments.queue.empty() && state->item.queue != arguments.queue) continue;
    const ReviewLease* lease = LeaseOf(*state, asking.reviewer.id);
    if (lease == nullptr || !IsWanted(arguments.role, lease->role)) continue;
    if (!lease->is_prefetch) return item;
    if (kept.empty()) kept = item;
  }
  return kept;
}

// "" where the person gets the item that they were to get.
std::string NextItems::GoldInstead(const Asking& asking, const ItemState& candidate, const ReviewPolicy& policy) {
  // Incidents alone do not wait for it: what feeds gates needs its quality known most.
  const ReviewLane lane = LaneAt(candidate, asking.now);
  const bool may_be_gold = RoleOffered(candidate, asking.now) == LeaseRole::kLabel &&
                           candidate.item.purpose == ItemPurpose::kLabel &&
                           (lane == ReviewLane::kNormal || lane == ReviewLane::kGateBlocking);
  if (!may_be_gold) return "";
  const std::string& person = asking.reviewer.id;
  const std::string& queue = candidate.item.queue;
  const GoldRecord record = people_.GoldOf(person, queue);
  const GoldKind kind = NextGold(policy.queue.gold, record, person, queue, policy.draw_key);
  if (kind == GoldKind::kNone) return "";
  const ItemPurpose purpose = kind == GoldKind::kTraining ? ItemPurpose::kTraining : ItemPurpose::kGold;
  const Reviewer as = As(asking, queue);
  const std::vector<std::string>& known = books_.ActiveGold(asking.project, queue, purpose);
  // From a place that the draw says: however many there are, as many are looked at.
  const std::size_t looked_at = std::min(known.size(), kMostGoldLookedAt);
  const std::size_t from = GoldPlace(known.size(), person, record.claims, policy.draw_key);
  for (std::size_t i = 0; i < looked_at; ++i) {
    const std::string& item = known[(from + i) % known.size()];
    const auto state = desk_.Find(asking.project, item);
    ++gold_looked_at_;
    if (state && MayHave(asking, as, *state, policy.queue).obstacle == ClaimObstacle::kNone) return item;
  }
  return "";
}

Result<NextItems::Found> NextItems::First(const Asking& asking, const ClaimArguments& arguments) {
  if (!arguments.is_prefetch) {
    if (std::string held = HeldBy(asking, arguments); !held.empty()) return Found{.item = std::move(held)};
  }
  std::optional<std::pair<WorkPlace, ItemState>> first;
  bool has_spare = false;
  Obstacles obstacles;
  const std::vector<std::string> queues =
      arguments.queue.empty() ? desk_.QueuesOf(asking.project) : std::vector<std::string>{arguments.queue};
  for (const std::string& queue : queues) {
    const Reviewer reviewer = As(asking, queue);
    for (const LeaseRole offered : {LeaseRole::kLabel, LeaseRole::kRework, LeaseRole::kAdjudicate, LeaseRole::kAudit}) {
      if (!IsWanted(arguments.role, offered)) continue;
      int looked_at = 0;
      int could_be_had = 0;
      desk_.VisitOffered(asking.project, queue, offered, [&](const ItemState& state, const WorkPlace& place) {
        const std::optional<LeaseRole> role = RoleOffered(state, asking.now);
        const auto policy = desk_.PolicyOf(state);
        if (!role || !policy || !IsWanted(arguments.role, *role) || Lists(arguments.except, state.item.id)) return true;
        const ClaimPermission permission = MayHave(asking, reviewer, state, (*policy)->queue);
        if (permission.obstacle == ClaimObstacle::kNone) {
          if (!first || place < first->first) first.emplace(place, state);
          has_spare = has_spare || ++could_be_had > kSparedForOthers;
          return arguments.is_prefetch && !has_spare;
        }
        obstacles.Add(permission);
        return ++looked_at < kMostLookedAt;
      });
    }
  }
  // Nobody is kept from the last items of a queue by who only may come to them.
  if (first && arguments.is_prefetch && !has_spare) return Found{.why_none = "what is left is for who asks for it"};
  if (first) {
    ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(first->second));
    std::string gold = GoldInstead(asking, first->second, *policy);
    return Found{.item = gold.empty() ? first->second.item.id : std::move(gold)};
  }
  // What nobody can have now is not among those that are offered.
  for (const std::string& queue : queues) {
    int looked_at = 0;
    desk_.VisitOpen(asking.project, queue, [&](const ItemState& state) {
      const std::optional<LeaseRole> role = RoleOffered(state, asking.now);
      const auto policy = desk_.PolicyOf(state);
      const bool is_taken = role && policy && !HasRoom(state, asking.now) && IsWanted(arguments.role, *role);
      if (is_taken && state.item.purpose == ItemPurpose::kLabel)
        obstacles.Add(
            MayClaim(state, As(asking, queue), LoadOf(asking, state), *asking.roster, (*policy)->queue, asking.now));
      return ++looked_at < kMostLookedAt;
    });
  }
  return Found{.why_none = obstacles.IsEmpty() ? "nothing is to be reviewed now" : obstacles.Text(asking.now),
               .free_at = obstacles.free_at()};
}

QueueWork NextItems::WorkIn(const Asking& asking, const std::string& queue) {
  QueueWork work{.queue = queue};
  const Reviewer reviewer = As(asking, queue);
  Obstacles obstacles;
  desk_.VisitOpen(asking.project, queue, [&](const ItemState& state) {
    if (state.item.purpose != ItemPurpose::kLabel && state.item.purpose != ItemPurpose::kCalibration) return true;
    ++work.open;
    if (state.due_at && (!work.due_at || *state.due_at < *work.due_at)) work.due_at = state.due_at;
    const ReviewEscalation* escalation = OpenEscalation(state);
    if (escalation != nullptr && reviewer.roles.Shares(RolesOf(escalation->route))) ++work.escalations;
    const std::optional<LeaseRole> role = RoleOffered(state, asking.now);
    const auto policy = desk_.PolicyOf(state);
    if (!role || !policy || work.open > kMostLookedAt) return true;
    const ClaimPermission permission = MayHave(asking, reviewer, state, (*policy)->queue);
    if (permission.obstacle != ClaimObstacle::kNone) {
      obstacles.Add(permission);
      return true;
    }
    std::int64_t& count = *role == LeaseRole::kAdjudicate ? work.adjudications
                          : *role == LeaseRole::kAudit    ? work.audits
                                                          : work.labels;
    ++count;
    return true;
  });
  const bool has_any = work.labels + work.adjudications + work.audits + work.escalations > 0;
  if (!has_any) work.why_none = work.open == 0 ? "nothing is to be reviewed now" : obstacles.Text(asking.now);
  return work;
}

}  // namespace assay
