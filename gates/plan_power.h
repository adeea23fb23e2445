#pragma once
// At which true difference a rule that compares decides, of pass/fail data: by the rule itself over everything that
// could come, where there are few cases. Private to gates/.

#include <cstdint>
#include <optional>

#include "gates/rehearsal.h"

namespace assay {

// Beyond so many cases the normal approximation (stats/power.h) is as good: the disagreements are no longer few.
inline constexpr std::int64_t kMostExactCases = 300;

struct DecidingDifferences {
  std::optional<double> passes_from = {};  // absent: no difference that the disagreement allows is enough
  std::optional<double> fails_to = {};
};

// The difference, candidate less baseline, from which on the rule passes with probability `power` on so many cases, and
// down to which it fails with that: when the models disagree on a share `discordance` of the cases, each by itself.
// Exact: the number of disagreements is binomial, and of so many those in favour of the candidate; the rule is asked at
// which number it decides. `is_lower_better`: then passes_from is the greatest such difference. O(cases x what the rule
// takes).
DecidingDifferences DifferencesThatDecide(const Rehearsal& rehearsal, std::int64_t cases, double discordance,
                                          double power, bool is_lower_better);

}  // namespace assay
