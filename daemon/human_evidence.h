#pragma once
// From what people settled to what a gate decides on.

#include <map>
#include <string>
#include <vector>

#include "config/gate.h"
#include "config/suite.h"
#include "core/score.h"
#include "daemon/store/review_store.h"
#include "daemon/store/store.h"
#include "review/opinion.h"

namespace assay {

// The run whose answers a run began with: retries are of one line, and people judge each answer of it once.
Result<std::string> RootIdOf(Store& store, RunRecord run);

// What people made of a trial: kScored once it is settled, kUnscored before that, and where they say nothing of it.
struct HumanTrial {
  ScoreStatus status = ScoreStatus::kUnscored;
  HumanScore score = {};
};

struct HumanEvidence {
  std::map<std::int64_t, HumanTrial> trials = {};  // by ordinal, of those that were drawn by chance, and of no others
  std::string held_by = {};                        // harm that is flagged and not ruled on; "" none
};

// Blocking. As it stood at `as_of`. O(facts of the run's items).
Result<HumanEvidence> ReadHumanEvidence(Store& store, const RunRecord& run, const std::string& queue, Time as_of);

// The queues whose settled answers the rules of a gate ask of a suite, each once.
std::vector<std::string> QueuesAskedOf(const GateSpec& gate, const SuiteSpec& suite);

}  // namespace assay
