#pragma once
// Which item comes first for a person, and in words why there is none.

#include <optional>
#include <span>
#include <string>

#include "daemon/reviews/books.h"
#include "daemon/reviews/desk.h"
#include "daemon/reviews/review_operations.h"

namespace assay {

// A person who asks for work, among all people.
struct Asking {
  std::string project = {};
  Reviewer reviewer = {};
  std::shared_ptr<const std::vector<Reviewer>> roster = {};
  Time now{};
};

// kPermissionDenied for a queue that is none of theirs (`queues` of the token file).
Status CheckOfQueue(const Reviewer& reviewer, const std::string& queue);

// Looks at no more items of a queue than this, in the order of work.
inline constexpr int kMostLookedAt = 2000;
// And at no more items whose answer is known.
inline constexpr std::size_t kMostGoldLookedAt = 20;

// Not thread-safe; of the desk's thread. References outlive it.
class NextItems {
 public:
  NextItems(ReviewDesk& desk, ReviewPolicies& policies, PeopleRecords& people, ReviewBooks& books, ReviewStore& store)
      : desk_(desk), policies_(policies), people_(people), books_(books), store_(store) {}

  struct Found {
    std::string item = {};  // "" none
    std::string why_none = {};
    std::optional<Time> free_at = {};
  };
  // What the person has already comes before anything else, unless it is the one after that that is asked for.
  Result<Found> First(const Asking& asking, const ClaimArguments& arguments);
  // As of this queue: pauses belong to it.
  Reviewer As(const Asking& asking, const std::string& queue) const;
  // As they look at this item: who holds or could have a place to label it, or is of its blind calibration, or audits
  // it and has not judged it yet, is a labeller and no lead of it.
  Reviewer Looking(const Asking& asking, const ItemState& state) const;
  // kFailedPrecondition for an item of a session that is over, kPermissionDenied for who is not of it.
  Status CheckCalibration(const Asking& asking, const ItemState& state) const;
  // kPermissionDenied for a known answer that the person has seen.
  Status CheckGold(const Asking& asking, const ItemState& state) const;
  // kFailedPrecondition where they do not have the item yet and it would be the first that they are given under another
  // major version of the guideline than they have said to have read. Blocking.
  Status CheckHasRead(const Asking& asking, const ItemState& state, const ReviewPolicy& policy) const;
  ReviewerLoad LoadOf(const Asking& asking, const ItemState& state) const;
  // What the person could do in a queue.
  QueueWork WorkIn(const Asking& asking, const std::string& queue);
  // Items whose answer is known that were looked at, ever.
  std::int64_t gold_looked_at() const { return gold_looked_at_; }

 private:
  bool KnowsGold(const Asking& asking, const ItemState& state) const;
  bool IsBlind(const Asking& asking, const Reviewer& reviewer, const ItemState& state) const;
  ClaimPermission MayHave(const Asking& asking, const Reviewer& reviewer, const ItemState& state,
                          const QueueSpec& queue) const;
  std::string HeldBy(const Asking& asking, const ClaimArguments& arguments);
  std::string GoldInstead(const Asking& asking, const ItemState& candidate, const ReviewPolicy& policy);

  ReviewDesk& desk_;
  ReviewPolicies& policies_;
  PeopleRecords& people_;
  ReviewBooks& books_;
  ReviewStore& store_;
  std::int64_t gold_looked_at_ = 0;
};

}  // namespace assay
