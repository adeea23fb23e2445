#pragma once
// The cases that a person should look at first.

#include <vector>

#include "gates/rules/rule.h"
#include "gates/verdict.h"

namespace assay {

enum class WorstIs { kLowest, kHighest };

// At most input.most_worst_cases of the cases that have a value (reducer.h), the worst first, equal ones in order of
// ordinal; unit values that are as good as can be are left out. If there is room, cases follow that have errors or
// scored trials, but no value.
std::vector<WorstCase> WorstCases(const PartInput& input, WorstIs worst);

}  // namespace assay
