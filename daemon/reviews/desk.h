#pragma once
// The items that are worked on, in memory and in order, in front of their facts in the store. A command is planned on
// the state here, stored, and only then applied: what the store does not have has not happened. Items that are over are
// read from the store when somebody asks for them. Not thread-safe: one thread owns it.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/item_influence.h"
#include "daemon/reviews/people_records.h"
#include "daemon/reviews/review_policies.h"
#include "daemon/store/review_store.h"
#include "review/commands.h"

namespace assay {

// Plans facts on a state; called again on a newer state where another program was faster.
using ReviewPlan = std::function<Result<ReviewFacts>(const ItemState&, const ReviewPolicy&, Time now)>;

class ReviewDesk {
 public:
  using Observer = std::function<void(const ReviewFact&, const ItemState& after)>;
  // References outlive it. `observer` is told of every fact, old ones at Load included, in the order of each item.
  ReviewDesk(ReviewStore& store, ReviewPolicies& policies, PeopleRecords& people, const Clock& clock, Observer observer)
      : store_(store), policies_(policies), people_(people), clock_(clock), observer_(std::move(observer)) {}

  // Reads what is open, and what people have done. An item that cannot be read is left out and counted: the others go
  // on.
  Status Load();
  int unreadable() const { return unreadable_; }

  // Stores those that are new. Returns how many.
  Result<int> Enter(std::vector<NewReviewItem> items);
  // The state afterwards. A lease may be lost with the machine's power.
  Result<ItemState> Do(std::string_view project, std::string_view item, const ReviewPlan& plan, bool is_lease = false,
                       const std::optional<std::string>& content = {});
  // kNotFound.
  Result<ItemState> Find(std::string_view project, std::string_view item);
  Result<PolicyRef> PolicyOf(const ItemState& state) { return policies_.For(state.item, state.rubric_version); }

  // Items of this queue that somebody can have now in this role, in the order of work: calls `visit` until it answers
  // false.
  void VisitOffered(const std::string& project, const std::string& queue, LeaseRole role,
                    const std::function<bool(const ItemState&, const WorkPlace&)>& visit);
  // The open items of a queue, in no order, until `visit` answers false.
  void VisitOpen(const std::string& project, const std::string& queue,
                 const std::function<bool(const ItemState&)>& visit);
  // Names of the queues of a project that have an open item.
  std::vector<std::string> QueuesOf(const std::string& project) const;
  // Looks at what has changed by itself since. Closes what is over.
  void Tick();
  // The time at which something next changes by itself.
  std::optional<Time> next_change() const {
    return changes_.empty() ? std::nullopt : std::optional(changes_.begin()->first);
  }
  // Escalates what nobody of these people can go on with, a part of the items at a time: nobody who asks for an item
  // waits for the whole. `after` is the last item of the part before, "" begins.
  struct SweepStep {
    std::string last = {};
    int escalated = 0;
    bool is_last = false;
  };
  SweepStep Sweep(std::span<const Reviewer> roster, const std::string& after);

  // Both return the items whose place in the order of work may be another by that: PlaceAgain finds it, of a part of
  // them at a time.
  // A check waits for the items of this run: they go before others. Until it is called as often with false.
  std::vector<std::string> Await(const std::string& run, bool is_awaited);
  // How much the judgements of items may move a check, in place of what was said of it before; of several checks the
  // most counts.
  std::vector<std::string> Weigh(const std::string& check, const std::vector<ItemInfluence>& items);
  void PlaceAgain(std::span<const std::string> items);

 private:
  struct OpenItem {
    ItemState state = {};
    std::optional<WorkPlace> place = {};  // in the order of its queue, where it can be had
    LeaseRole role = LeaseRole::kLabel;   // in which it can be had there
    std::optional<Time> next_change = {};
  };
  using QueueName = std::pair<std::string, std::string>;  // project, queue
  using Open = std::map<std::string, OpenItem, std::less<>>;

  Status Apply(const ReviewFacts& facts, ItemState& state);
  void Keep(ItemState state);
  void Place(Open::iterator item);
  void Remove(Open::iterator item);
  double InfluenceOf(const std::string& item) const;
  void CloseWhereOver(Open::iterator item);
  void Reload(std::string_view project, std::string_view item, std::int64_t seen);
  void Reload(const StoredReviewItem& stored, std::int64_t seen);
  Status ReadWhatIsMissing();

  ReviewStore& store_;
  ReviewPolicies& policies_;
  PeopleRecords& people_;
  const Clock& clock_;
  const Observer observer_;
  int unreadable_ = 0;

  Open open_;  // by id
  std::map<QueueName, std::set<std::string>> by_queue_;
  bool has_lost_answer_ = false;  // of a call that entered items
  // By role: who labels does not go past all that waits for adjudicators, which comes first.
  std::map<std::pair<QueueName, LeaseRole>, std::set<std::pair<WorkPlace, std::string>>> offered_;
  std::set<std::pair<Time, std::string>> changes_;
  std::map<std::string, int, std::less<>> awaited_runs_;                         // by how many checks
  std::map<std::string, std::map<std::string, double, std::less<>>> influence_;  // by check, by item
};

}  // namespace assay
