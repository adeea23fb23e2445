#pragma once
// The items that a queue takes of a complete run: which trials enter, and what people are shown of them.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/plugin_kind.h"
#include "daemon/registered_models.h"
#include "daemon/reviews/review_policies.h"
#include "daemon/store/store.h"

namespace assay {

// What a queue is offered.
struct Offer {
  RunRecord run = {};
  std::string root = {};  // RootIdOf(run)
  std::string queue = {};
  std::string queue_version = {};
  PolicyRef policy = {};
  bool takes_nothing = false;           // the run is of a model that others are held against
  std::vector<RunRecord> against = {};  // of pairs and rankings: the runs of the other models on the same cases
};

// Absent where the queue takes nothing of the run: another suite, or, of pairs and rankings, before every model that it
// is held against has one. Blocking.
Result<std::optional<Offer>> OfferOf(Store& store, const RegisteredModels& models, ReviewPolicies& policies,
                                     const CatalogDocument& queue, const RunRecord& run);

// Blocking; not thread-safe. Memory of a page of trials.
class ItemSource {
 public:
  static Result<ItemSource> Open(Store& store, const PluginKinds& kinds, Offer offer);
  ItemSource(ItemSource&&) noexcept;
  ~ItemSource();

  // The items of the next page of trials, perhaps none; absent after the last.
  Result<std::optional<std::vector<NewReviewItem>>> Next(Time now);

 private:
  struct Parts;
  explicit ItemSource(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace assay
