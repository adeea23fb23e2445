#pragma once
// Changes that wait for approvals, and questions about guidelines, as they are stored. Blocking.

#include <map>
#include <string>
#include <vector>

#include "daemon/reviews/review_operations.h"
#include "daemon/store/review_store.h"

namespace assay {

struct KeptChange {
  ApprovalRequest request = {};
  std::string diff = {};
  std::int64_t revision = 0;
};
Status PutChange(ReviewStore& store, const std::string& project, const KeptChange& change, Time now,
                 const std::string& principal);
Result<KeptChange> FindChange(ReviewStore& store, const std::string& project, const std::string& id);  // kNotFound
Result<std::vector<KeptChange>> ReadChanges(ReviewStore& store, const std::string& project);           // oldest first
// Whether a change of this kind was approved whose diff is exactly `approved`, so that an approval opens one thing and
// nothing else of its kind; kFailedPrecondition, saying what is missing, where it was not.
Status CheckApproved(ReviewStore& store, const std::string& project, const std::string& id, ReviewChange change,
                     std::string_view approved);

// The item whose answer a change of kind gating_gold makes known; "" where its diff names none.
std::string SourceOfGold(const std::string& diff);

struct KeptClarification {
  ClarificationStatus status = {};
  std::int64_t revision = 0;
};
Status PutClarification(ReviewStore& store, const std::string& project, const ClarificationStatus& status,
                        std::int64_t revision, Time now, const std::string& principal);
Result<KeptClarification> FindClarification(ReviewStore& store, const std::string& project, const std::string& id);
Result<std::vector<ClarificationStatus>> ReadClarifications(ReviewStore& store, const std::string& project,
                                                            const std::string& rubric);

// By version, how many people have said to have read it.
Result<std::map<std::string, std::int64_t>> CountAcknowledgements(ReviewStore& store, const std::string& project,
                                                                  const std::string& rubric);

}  // namespace assay
