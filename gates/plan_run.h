#pragma once
// Plans of rules that no number of cases decides: on times, costs, earlier runs and sentinels. Private to gates/.

#include <string>
#include <vector>

#include "config/gate.h"
#include "gates/plan.h"
#include "gates/rules/rule.h"

namespace assay {

// Of one part: what it needs in words, and whether it can pass by what is known of the runs before. cases, can_pass and
// can_fail are set.
void PlanWithoutCases(const Rule& rule, const RuleSpec& spec, const PlannedSuite& planned, PartPlan& plan);

// For people: of a blocking `freshness`, that a whole run, or what people take, hardly fits into its age.
std::vector<std::string> TimeWarningsOf(const RuleSpec& rule, const GateSpec& gate,
                                        const std::vector<PlannedSuite>& suites);

}  // namespace assay
