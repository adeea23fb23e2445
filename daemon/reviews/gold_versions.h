#pragma once
// Versions of the set of known answers of a queue, as they are stored. Blocking.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "daemon/store/review_store.h"
#include "review/gold_sets.h"

namespace assay {

// kAborted where somebody was faster.
Status PutGoldSet(ReviewStore& store, const std::string& project, const GoldSetVersion& version);
// Of a queue, "" all; by queue, oldest first.
Result<std::vector<GoldSetVersion>> ReadGoldSets(ReviewStore& store, const std::string& project,
                                                 const std::string& queue);
// The last one of each of these queues, or of all where none is named, as manifests say it: "2@sha256:…".
Result<std::map<std::string, std::set<std::string>>> GoldOfQueues(ReviewStore& store, const std::string& project,
                                                                  const std::vector<std::string>& queues);

}  // namespace assay
