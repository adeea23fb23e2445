#pragma once
// The documents that items are under: the queue as it is in service, and the rubric of the item's own major version.

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "daemon/kept_rubrics.h"
#include "daemon/served_catalog.h"
#include "daemon/store/review_store.h"
#include "review/commands.h"

namespace assay {

using PolicyRef = std::shared_ptr<const ReviewPolicy>;

struct KeptRubric {
  std::string version = {};
  std::string json = {};
  std::string reason = {};  // of its change log
  Time kept_at{};
  std::int64_t acknowledged_by = 0;  // people; filled in by who asks
};

// Blocking; thread-safe.
class ReviewPolicies {
 public:
  ReviewPolicies(ServedCatalog& catalog, Store& store) : catalog_(catalog), store_(store), reviews_(store) {}

  // Reads, and at the first call of an installation makes, the secret of its draws. Before anything else.
  Status Open(Time now);

  // kNotFound for a queue that is neither in service nor stored, kFailedPrecondition for a rubric without that version.
  Result<PolicyRef> For(const ReviewItem& item, const RubricVersion& rubric_version);
  // As new items enter it: under the rubric in service.
  Result<PolicyRef> ForQueue(const std::string& project, const std::string& queue);
  // Keeps the rubrics in service, each version once, so that judgements can show what they were made under.
  Status KeepRubrics(const std::string& project, Time now);
  // kNotFound.
  Result<RubricSpec> RubricAt(const std::string& project, const std::string& name, const RubricVersion& version);
  // Versions that were ever in service, ascending.
  Result<std::vector<RubricSpec>> RubricVersions(const std::string& project, const std::string& name);

  // Whether people of that queue were asked by something else before: by an earlier major version of the rubric, or,
  // while gates rested on the queue, by a rubric of another name.
  Result<bool> IsAnotherMajor(const std::string& project, const std::string& queue, const std::string& rubric,
                              const RubricVersion& version);

  // The document of a version in its canonical JSON, which is what an approval of it is of. kNotFound.
  Result<std::string> TextOfRubric(const std::string& project, const std::string& name, const RubricVersion& version);

  // The same as documents, with when they came into service.
  Result<std::vector<KeptRubric>> KeptRubrics(const std::string& project, const std::string& name);

  const std::string& draw_key() const { return draw_key_; }
  std::shared_ptr<const ServedVersion> served() const { return catalog_.current(); }

 private:
  Result<QueueSpec> QueueOf(const std::string& project, const std::string& queue, const std::string& version);
  Result<RubricSpec> RubricOf(const std::string& project, const std::string& name, const RubricVersion& version);
  Result<int> FirstMajor(const std::string& project, const std::string& queue, const std::string& rubric);
  void ForgetOtherCatalogs(const std::string& version);

  ServedCatalog& catalog_;
  Store& store_;
  ReviewStore reviews_;
  std::string draw_key_;

  std::mutex mutex_;  // guards what is below
  std::string catalog_version_;
  std::map<std::string, std::shared_ptr<const ReviewPolicy>> policies_;
  std::map<std::string, int> first_majors_;  // by project, queue and rubric: that people were asked by first
  std::map<std::string, std::string> kept_;  // by project, the catalog version whose rubrics are kept
};

}  // namespace assay
