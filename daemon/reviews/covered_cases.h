#pragma once
// Cases of which privacy withheld or took out something: what asks the same is looked at before anybody is shown it.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/item_content.h"
#include "daemon/store/review_store.h"
#include "review/commands.h"

namespace assay {

// What privacy did to an item of a case.
struct CoveredItem {
  ReviewItem item = {};
  bool is_quarantined = false;
  ItemContent before = {};
  ItemContent after = {};  // as it is shown now

  // Whether what was redacted is asked by every run, and not said by one response alone. Of texts that were deleted for
  // their age nobody knows any more.
  bool IsOfTheCase() const;
};

// Whether `other`, of a case with the same id, asks what the item asks: it is of its suite, or has the question, the
// sources or the fields of it.
bool AsksTheSame(const ReviewItem& item, const ItemContent& content, const ReviewItem& other,
                 const ItemContent& other_content);

// Absent where nothing of it is out of sight. Blocking, as all of these.
Result<std::optional<CoveredItem>> CoveredBy(ReviewStore& store, const StoredReviewItem& stored);
// By case, of those of a suite that are asked about. kResourceExhausted for more than 10,000 that were ever covered.
Result<std::multimap<std::string, CoveredItem>> CoveredCases(ReviewStore& store, const std::string& project,
                                                             const std::string& suite,
                                                             const std::function<bool(const std::string&)>& is_asked);

// Notes that an item's case has to be looked for before it is shown anywhere. Before the fact that withholds it is
// stored: a note of an item that is not withheld changes nothing.
Status NoteCovered(ReviewStore& store, const ReviewItem& item, Time now, const std::string& principal);

// Lets those of the entering items that ask what is covered enter quarantined. They are of one project. Errors as
// CoveredCases.
Status WithholdCovered(ReviewStore& store, const ReviewPolicy& policy, Time now, std::vector<NewReviewItem>& entering);

}  // namespace assay
