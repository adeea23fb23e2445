#include "cli/cost.h"

#include "assay/v1/run.pb.h"
#include "core/money.h"

namespace assay {

Cost CostOf(const v1::Run& run) {
  Cost cost{.usd = {},
            .answers_without = run.answers_without_cost(),
            .unanswered_usd = run.unanswered_usd(),
            .suites_without = 0};
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
  std::string text = cost.usd ? FormatUsd(*cost.usd) : "–";
  if (cost.usd && cost.answers_without > 0) {
    text = "at least " + text + "; " + std::to_string(cost.answers_without) +
           (cost.answers_without == 1 ? " answer" : " answers") + " without usage";
  }
  if (cost.unanswered_usd > 0)
    text += "; up to " + FormatUsd(cost.unanswered_usd) + " more for requests without an answer or usage";
  return text;
}

}  // namespace assay
