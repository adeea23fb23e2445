#pragma once
// What reports say of one rule of a verdict.

#include <cstdint>
#include <string>
#include <vector>

namespace assay::v1 {
class RuleOutcome;
class RulePart;
class Verdict;
}  // namespace assay::v1

namespace assay {

// "topic=refund", "topic=(none)"; "" of a rule without slices.
std::string SliceOf(const v1::RulePart& part);
// "[0.91, 0.98]": the bounds that the threshold was held against, missing trials counted, so that the margin is a
// difference of what is shown. The estimate's own interval, of what was scored, is in the JSON.
std::string BoundsText(const v1::RuleOutcome& rule, const v1::RulePart& part);
// "≥ 0.9", "difference >= -0.02"; "–" of a rule without one.
std::string ThresholdText(const v1::RuleOutcome& rule);

// By which method the bounds of each rule were computed, and in which clusters: a line each; one for all parts of a
// rule that are alike.
std::vector<std::string> MethodLines(const v1::Verdict& verdict);
// What each part that failed would have passed with at its number of cases, where that can be told: a line each.
std::vector<std::string> PassingLines(const v1::Verdict& verdict);
// What was asked, what was found, on how many cases, by which method, and what would change it: a line for each part.
std::vector<std::string> RuleDetails(const v1::RuleOutcome& rule);

// Cases of a part that count against its rule, as far as the verdict tells.
struct FailingCount {
  std::int64_t cases = 0;
  bool is_least = false;  // there may be more
};
FailingCount CountFailing(const v1::RuleOutcome& rule, const v1::RulePart& part);

}  // namespace assay
