#pragma once
// What non_inferior, superior and equivalent share: how much better the candidate does than the baseline, on the same
// cases, must be shown to lie in a range. Cases are paired: what they differ in among themselves cancels out.
//
//   mean of values in [0, 1]   Gaffke's bound of the differences of cases (stats/paired_mean.h)
//   mean without bounds        Student's t over the differences
//   quantile                   bounds of either, each at half the error: not paired, and so wider
//   rate behind a judge        likewise, each corrected by the sentinels of its own run (corrected.h): the judge need
//                              not err alike in both
//
// Gaffke's bound needs no variance: a candidate that equals the baseline case by case is shown to be no more than 1 -
// (1 - confidence)^(1/n) worse.

#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/rules/rule.h"

namespace assay {

enum class Better { kHigher, kLower };
template <>
struct EnumWords<Better> {
  static constexpr EnumWord<Better> kWords[] = {{"higher", Better::kHigher, "more is better"},
                                                {"lower", Better::kLower, "less is better"}};
};

// The value under the rule key.
struct ComparisonOptions {
  double margin = 0;  // in the metric's unit
  // Which way is better; absent: higher for values in [0, 1] and tokens per second, lower for times, tokens and cost.
  std::optional<Better> better = {};
};

// What must be shown of the improvement: candidate less baseline, or baseline less candidate where lower is better.
enum class ComparisonGoal {
  kNonInferior,  // at least -margin
  kSuperior,     // more than margin
  kEquivalent    // within margin of 0
};

PluginKind ComparisonKind(std::string help, ComparisonGoal goal);
Result<std::unique_ptr<Rule>> MakeComparisonRule(const std::string& kind, ComparisonGoal goal, const Node& option);

}  // namespace assay
