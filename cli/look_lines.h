#pragma once
// At which look a verdict was settled, and what its baseline did beside the candidate, for people and as JSON.

#include <string>
#include <vector>

#include "core/json.h"

namespace assay::v1 {
class Verdict;
}  // namespace assay::v1

namespace assay {

// Of a gate with looks, "look 2 of 6: decided on the first 63 of 1000 cases; 800 of 1000 trials were not asked", and of
// each comparison of the baseline with an earlier run what it came to. Empty for verdicts without either.
std::vector<std::string> LookLines(const v1::Verdict& verdict);

// null without looks.
Json LookJson(const v1::Verdict& verdict);
// A list; empty without comparisons.
Json ControlsJson(const v1::Verdict& verdict);

}  // namespace assay
