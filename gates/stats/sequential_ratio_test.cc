#include "gates/stats/sequential_ratio_test.h"

#include <cmath>

namespace assay {

std::optional<SequentialRatioTest> MakeSequentialRatioTest(const SequentialRatioPlan& plan) {
  for (const double share : {plan.null_rate, plan.alternative_rate, plan.alpha, plan.beta}) {
    if (!(share > 0 && share < 1)) return std::nullopt;
  }
  if (plan.null_rate == plan.alternative_rate || !(plan.alpha + plan.beta < 1)) return std::nullopt;
  return SequentialRatioTest{.upper = std::log1p(-plan.beta) - std::log(plan.alpha),
                             .lower = std::log(plan.beta) - std::log1p(-plan.alpha),
                             .per_failure = std::log(plan.alternative_rate) - std::log(plan.null_rate),
                             .per_success = std::log1p(-plan.alternative_rate) - std::log1p(-plan.null_rate)};
}

std::optional<SequentialDecision> DecideSequentially(const SequentialRatioTest& test, std::int64_t failures,
                                                     std::int64_t successes) {
  if (failures < 0 || successes < 0) return std::nullopt;
  const double ratio =
      static_cast<double>(failures) * test.per_failure + static_cast<double>(successes) * test.per_success;
  if (ratio >= test.upper) return SequentialDecision::kAlternative;
  if (ratio <= test.lower) return SequentialDecision::kNull;
  return SequentialDecision::kContinue;
}

}  // namespace assay
