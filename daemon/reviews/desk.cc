#include "daemon/reviews/desk.h"

#include <algorithm>
#include <chrono>

#include "daemon/log.h"

namespace assay {
namespace {

// Of one part of a sweep: so many items are looked at, and written for so long. Whoever asks for an item meanwhile
// waits for that and one write.
constexpr int kSweptAtOnce = 200;
constexpr std::chrono::milliseconds kSweepAtOnce{4};
constexpr int kMostAttempts = 5;  // of a command, where other programs write to the same item

// Whether nothing happens to it any more unless somebody acts.
bool IsOver(const ItemState& state, Time now) {
  const ReviewState at = StateAt(state, std::max(now, state.last_at));
  if (state.imported_as) return at != ReviewState::kQuarantined;
  return (at == ReviewState::kDone || at == ReviewState::kCancelled) && !NextChange(state, now);
}

}  // namespace

Status ReviewDesk::Load() {
  const auto read = [&](StoredReviewItem stored, bool keep) -> Status {
    ItemState state;
    if (!stored.readable) {
      Log(LogLevel::kError, "review item left out", {{"item", stored.id}, {"error", stored.readable.error().message}});
      ++unreadable_;
      return {};
    }
    for (const ReviewFact& fact : stored.facts) {
      if (const Status applied = assay::Apply(fact, state); !applied) {
        Log(LogLevel::kError, "review item left out", {{"item", stored.id}, {"error", applied.error().message}});
        ++unreadable_;
        return {};
      }
      people_.Observe(fact, state);
    }
    if (keep) Keep(std::move(state));
    return {};
  };
  ASSAY_TRY(store_.ReadItems({.project = "", .touched_from = clock_.Now() - kPeopleMemory},
                             [&](StoredReviewItem item) -> Status {
                               if (item.is_open) return {};
                               return read(std::move(item), false);
                             }));
  ASSAY_TRY(store_.ReadItems({.project = "", .only_open = true},
                             [&](StoredReviewItem item) -> Status { return read(std::move(item), true); }));
  Tick();
  return {};
}

Status ReviewDesk::Apply(const ReviewFacts& facts, ItemState& state) {
  for (const ReviewFact& fact : facts) {
    ASSAY_TRY(assay::Apply(fact, state));
    people_.Observe(fact, state);
    observer_(fact, state);
  }
  return {};
}

Result<int> ReviewDesk::Enter(std::vector<NewReviewItem> items) {
  const auto stored = store_.EnterItems(items);
  if (!stored) {
    has_lost_answer_ = true;  // they may be stored all the same
    return Fail(stored.error());
  }
  if (has_lost_answer_) ASSAY_TRY(ReadWhatIsMissing());
  const std::vector<std::string>& entered = *stored;
  const std::set<std::string, std::less<>> is_new(entered.begin(), entered.end());
  for (NewReviewItem& item : items) {
    if (!is_new.contains(item.entered.item)) continue;
    ItemState state;
    ReviewFacts facts = {std::move(item.entered)};
    facts.insert(facts.end(), item.later.begin(), item.later.end());
    ASSAY_TRY(Apply(facts, state));
    Keep(std::move(state));
  }
  return static_cast<int>(entered.size());
}

// Open items that are stored and not here.
Status ReviewDesk::ReadWhatIsMissing() {
  ASSAY_TRY(store_.ReadItems({.project = "", .only_open = true}, [&](StoredReviewItem item) -> Status {
    if (!open_.contains(item.id) && item.readable) Reload(item, 0);
    return {};
  }));
  has_lost_answer_ = false;
  return {};
}

Result<ItemState> ReviewDesk::Find(std::string_view project, std::string_view item) {
  const auto found = open_.find(item);
  if (found != open_.end()) {
    if (found->second.state.item.project == project) return found->second.state;
    return Fail(ErrorCode::kNotFound, "there is no review item \"" + std::string(item) + "\"");
  }
  ASSAY_ASSIGN(const StoredReviewItem stored, store_.ReadItem(project, item));
  return Fold(stored.facts);
}

Result<ItemState> ReviewDesk::Do(std::string_view project, std::string_view item, const ReviewPlan& plan, bool is_lease,
                                 const std::optional<std::string>& content) {
  for (int attempt = 1;; ++attempt) {
    ASSAY_ASSIGN(ItemState state, Find(project, item));
    ASSAY_ASSIGN(const PolicyRef policy, PolicyOf(state));
    ASSAY_ASSIGN(const ReviewFacts facts, plan(state, *policy, clock_.Now()));
    if (facts.empty()) return state;
    const Status stored = store_.AppendFacts(item, facts, is_lease, content);
    if (!stored && stored.error().code == ErrorCode::kAborted && attempt < kMostAttempts) {
      Reload(project, item, state.seq);
      continue;
    }
    if (!stored) {
      Reload(project, item, state.seq);  // its answer may be what was lost
      return Fail(stored.error());
    }
    ASSAY_TRY(Apply(facts, state));
    Keep(state);
    return state;
  }
}

// What the store has counts; where it cannot be read, what was known stays, and the next command finds out. `seen`: the
// last fact that was told of before.
void ReviewDesk::Reload(std::string_view project, std::string_view item, std::int64_t seen) {
  const auto stored = store_.ReadItem(project, item);
  if (stored) Reload(*stored, seen);
}

void ReviewDesk::Reload(const StoredReviewItem& stored, std::int64_t seen) {
  ItemState state;
  for (const ReviewFact& fact : stored.facts) {
    if (!assay::Apply(fact, state)) return;
    if (fact.seq <= seen) continue;
    people_.Observe(fact, state);
    observer_(fact, state);
  }
  Keep(std::move(state));
}

void ReviewDesk::Keep(ItemState state) {
  const auto item = open_.try_emplace(state.item.id).first;
  by_queue_[{state.item.project, state.item.queue}].insert(state.item.id);
  item->second.state = std::move(state);
  Place(item);
}

void ReviewDesk::Remove(Open::iterator item) {
  OpenItem& open = item->second;
  const QueueName queue(open.state.item.project, open.state.item.queue);
  if (open.place) {
    const auto offered = offered_.find({queue, open.role});
    offered->second.erase({*open.place, item->first});
    if (offered->second.empty()) offered_.erase(offered);
    open.place.reset();
  }
  if (open.next_change) changes_.erase({*open.next_change, item->first});
  open.next_change.reset();
}

void ReviewDesk::Place(Open::iterator item) {
  Remove(item);
  OpenItem& open = item->second;
  const Time now = clock_.Now();
  open.next_change = NextChange(open.state, std::max(now, open.state.last_at));
  if (open.next_change) changes_.emplace(*open.next_change, item->first);
  const bool is_in_line =
      open.state.item.purpose == ItemPurpose::kLabel || open.state.item.purpose == ItemPurpose::kCalibration;
  const std::optional<LeaseRole> role = RoleOffered(open.state, now);
  if (is_in_line && role && HasRoom(open.state, now)) {
    WorkPlace place = PlaceOf(open.state, "", InfluenceOf(item->first), now);
    const bool is_awaited = awaited_runs_.contains(open.state.item.run);
    if (is_awaited && place.lane > ReviewLane::kGateBlocking) place.lane = ReviewLane::kGateBlocking;
    open.place = place;
    open.role = *role;
    offered_[{{open.state.item.project, open.state.item.queue}, *role}].emplace(place, item->first);
  }
  CloseWhereOver(item);
}

void ReviewDesk::CloseWhereOver(Open::iterator item) {
  const ItemState& state = item->second.state;
  if (!IsOver(state, clock_.Now())) return;
  // Not closed: the next start looks at it again.
  if (const Status closed = store_.CloseItem(item->first, state.seq); !closed)
    Log(LogLevel::kWarning, "review item not closed", {{"item", item->first}, {"error", closed.error().message}});
  Remove(item);
  const auto queue = by_queue_.find({state.item.project, state.item.queue});
  queue->second.erase(item->first);
  if (queue->second.empty()) by_queue_.erase(queue);
  open_.erase(item);
}

void ReviewDesk::Tick() {
  const Time now = clock_.Now();
  while (!changes_.empty() && changes_.begin()->first <= now) {
    const std::string item = changes_.begin()->second;
    changes_.erase(changes_.begin());
    const auto found = open_.find(item);
    if (found == open_.end()) continue;
    found->second.next_change.reset();
    Place(found);
  }
}

void ReviewDesk::VisitOffered(const std::string& project, const std::string& queue, LeaseRole role,
                              const std::function<bool(const ItemState&, const WorkPlace&)>& visit) {
  const auto offered = offered_.find({{project, queue}, role});
  if (offered == offered_.end()) return;
  for (const auto& [place, item] : offered->second) {
    if (!visit(open_.find(item)->second.state, place)) return;
  }
}

void ReviewDesk::VisitOpen(const std::string& project, const std::string& queue,
                           const std::function<bool(const ItemState&)>& visit) {
  const auto items = by_queue_.find({project, queue});
  if (items == by_queue_.end()) return;
  for (const std::string& id : items->second) {
    if (!visit(open_.find(id)->second.state)) return;
  }
}

std::vector<std::string> ReviewDesk::QueuesOf(const std::string& project) const {
  std::vector<std::string> names;
  for (const auto& [queue, items] : by_queue_) {
    if (queue.first == project) names.push_back(queue.second);
  }
  return names;
}

ReviewDesk::SweepStep ReviewDesk::Sweep(std::span<const Reviewer> roster, const std::string& after) {
  const auto began = std::chrono::steady_clock::now();
  SweepStep step{.last = after};
  const auto plan = [&](const ItemState& state, const ReviewPolicy& policy, Time now) {
    return assay::Sweep(state, roster, policy, now);
  };
  for (int looked_at = 0; looked_at < kSweptAtOnce; ++looked_at) {
    const auto item = open_.upper_bound(step.last);
    if (item == open_.end()) {
      step.is_last = true;
      break;
    }
    step.last = item->first;
    const std::string project = item->second.state.item.project;
    const auto policy = PolicyOf(item->second.state);
    if (!policy) continue;
    const auto facts = plan(item->second.state, **policy, clock_.Now());
    if (!facts || facts->empty()) continue;
    // One that is lost with the machine's power is found again.
    step.escalated += Do(project, step.last, plan, true) ? 1 : 0;
    if (std::chrono::steady_clock::now() - began > kSweepAtOnce) break;
  }
  return step;
}

std::vector<std::string> ReviewDesk::Await(const std::string& run, bool is_awaited) {
  int& checks = awaited_runs_[run];
  const bool was_awaited = checks > 0;
  checks = std::max(checks + (is_awaited ? 1 : -1), 0);
  if (checks == 0) awaited_runs_.erase(run);
  std::vector<std::string> items;
  if (was_awaited == awaited_runs_.contains(run)) return items;
  for (const auto& [id, item] : open_) {
    if (item.state.item.run == run) items.push_back(id);
  }
  return items;
}

std::vector<std::string> ReviewDesk::Weigh(const std::string& check, const std::vector<ItemInfluence>& items) {
  std::map<std::string, double, std::less<>>& influence = influence_[check];
  std::set<std::string> touched;
  for (const auto& [item, value] : influence) touched.insert(item);
  influence.clear();
  for (const ItemInfluence& each : items) {
    influence[each.item] = each.influence;
    touched.insert(each.item);
  }
  if (influence.empty()) influence_.erase(check);
  return {touched.begin(), touched.end()};
}

double ReviewDesk::InfluenceOf(const std::string& item) const {
  double most = 0;
  for (const auto& [check, items] : influence_) {
    const auto found = items.find(item);
    if (found != items.end()) most = std::max(most, found->second);
  }
  return most;
}

void ReviewDesk::PlaceAgain(std::span<const std::string> items) {
  for (const std::string& id : items) {
    if (const auto item = open_.find(id); item != open_.end()) Place(item);
  }
}

}  // namespace assay
