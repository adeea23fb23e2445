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

// How severe each rule is, by which method its bounds were computed, at which confidence, in which clusters: a line
// each; one for all parts of a rule that are alike.
std::vector<std::string> MethodLines(const v1::Verdict& verdict);
// What would change each part that failed, and the one that decides each rule: the results it would pass with at its
// number of cases, how many more cases would decide it, or what its bound would have to meet. A line each.
std::vector<std::string> ChangeLines(const v1::Verdict& verdict);
// Of each rule that passes and compares: how many cases it lost to the baseline all the same, and where they are
// listed.
std::vector<std::string> LostLines(const v1::Verdict& verdict);
// What was asked, what was found, on how many cases, by which method, and what would change it: a line for each part.
std::vector<std::string> RuleDetails(const v1::RuleOutcome& rule);

// Cases of a part that count against its rule, as far as the verdict tells.
struct FailingCount {
  std::int64_t cases = 0;
  bool is_least = false;  // there may be more
};
FailingCount CountFailing(const v1::RuleOutcome& rule, const v1::RulePart& part);

}  // namespace assay
