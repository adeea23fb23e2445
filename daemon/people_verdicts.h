#pragma once
// Which verdicts rest on what people settled, and which of them people have overtaken since.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/gate.h"
#include "config/plugin_kind.h"
#include "config/suite.h"
#include "daemon/store/store.h"
#include "gates/verdict.h"
#include "review/facts.h"

namespace assay {

inline constexpr std::int64_t kMostVerdictsNamed = 1000;

// Blocking. Ids of the verdicts that used the decision of an item, oldest first, at most the newest kMostVerdictsNamed:
// those of gates that ask its queue about its run or a retry of it, when the item was drawn by chance and this decision
// was final. None where nothing is decided. O(verdicts on the run x facts).
Result<std::vector<std::string>> VerdictsThatUsed(Store& store, const PluginKinds& kinds,
                                                  const std::vector<ReviewFact>& facts);

struct OvertakenVerdict {
  std::string verdict = {};  // id
  std::int64_t answers = 0;  // that it rested on, and that are settled otherwise by now, or no more
};
// Blocking. The newest verdict of the gate of `check` for its candidate that was given before the check was made and
// rested on `run`, if people have changed what it rested on by `as_of`, or the harm of severity 1 that they uphold is
// another: `severe`, of every queue. O(facts of the items of the run, and of other draws of the candidate).
Result<std::optional<OvertakenVerdict>> VerdictOvertakenBy(Store& store, const CheckRecord& check, const GateSpec& gate,
                                                           const RunRecord& run, const SuiteSpec& suite,
                                                           const std::optional<SevereFindings>& severe, Time as_of);

}  // namespace assay
