#include "cli/cost.h"

#include "assay/v1/run.pb.h"
#include "core/money.h"

namespace assay {

Cost CostOf(const v1::Run& run) {
  Cost cost{.usd = {}, .answers_without = run.answers_without_cost(), .suites_without = 0};
  if (run.has_cost_usd()) cost.usd = run.cost_usd();
  return cost;
}

Cost CostOf(const v1::Verdict& verdict) {
  Cost cost;
  for (const v1::VerdictSuite& suite : verdict.suites()) {
    cost.answers_without += suite.answers_without_cost();
    if (suite.has_cost_usd()) {
      cost.usd = cost.usd.value_or(0) + suite.cost_usd();
    } else {
      ++cost.suites_without;
    }
  }
  return cost;
}

std::string Describe(const Cost& cost) {
  if (!cost.usd) return "–";
  if (cost.answers_without == 0) return FormatUsd(*cost.usd);
  return "at least " + FormatUsd(*cost.usd) + "; " + std::to_string(cost.answers_without) +
         (cost.answers_without == 1 ? " answer" : " answers") + " without usage";
}

}  // namespace assay
