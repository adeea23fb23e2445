#pragma once
// A gate and its datasets as a plan sees them (gates/plan.h), read from files. Blocking.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/plan_history.h"
#include "config/catalog.h"
#include "core/result.h"
#include "gates/plan.h"

namespace assay {

struct PlannedGate {
  std::vector<PlannedSuite> suites = {};
  Looks looks = {};
  std::vector<RulePlan> rules = {};
  std::vector<std::string> warnings = {};  // of the gate as a whole
  std::vector<std::string> notes = {};     // what no document can mend, and one should know all the same
};

// Of a gate whose suites are in the catalog. Reads every dataset to its end; errors are those of reading them, and with
// `history` of asking the daemon for what its runs tell of each suite.
Result<PlannedGate> PlanWithDatasets(const Catalog& catalog, const CatalogDocument& gate,
                                     const PlannedHistory* history = nullptr);

// Critical journeys that the suite declares and none of its cases has. Reads the dataset to its end.
Result<std::vector<std::string>> UncoveredJourneys(const CatalogDocument& suite);

// "topic=refunds", "support topic=refunds"; "" of the only part.
std::string PartName(const PartPlan& part, bool with_suite);
// Whether the rule at its best is the baseline again.
bool Compares(const RulePlan& plan);
// For people: what is wrong with a part, "" when nothing is.
std::string WarningOf(const PartPlan& part, bool compares);
// Of all rules, each with its name: "floor topic=a: nothing can pass it with 20 cases; 29 are needed ...".
// Without those of RuleErrorsOf.
std::vector<std::string> RuleWarningsOf(const PlannedGate& planned);
// Likewise of blocking rules that are an ERROR at every check.
std::vector<std::string> RuleErrorsOf(const PlannedGate& planned);

}  // namespace assay
