#pragma once
// Which open items of human review matter most to a check that waits for people.

#include <string>
#include <vector>

#include "config/plugin_kind.h"
#include "daemon/store/store.h"

namespace assay {

struct ItemInfluence {
  std::string item = {};
  double influence = 0;  // 0 or more; 0: its judgement moves nothing that is still open
};

// Blocking. Of the open items that the rules of the check ask for, decided as if there were no more to come: a
// judgement moves the estimate of each part that is neither passed nor failed by one over its number of cases, times
// one over the chance of being drawn where people correct a grader; that over the distance of the estimate from the
// threshold, at most 1, is how much of what is lacking it could bring. Summed over parts. As dear as a verdict.
Result<std::vector<ItemInfluence>> InfluenceOnCheck(Store& store, const PluginKinds& kinds, const CheckRecord& check,
                                                    Time now);

}  // namespace assay
