// Not worse than the baseline by more than a margin, shown and not merely not refuted (comparison.h).

#include "gates/rules/comparison.h"

namespace assay {

PluginKind NonInferiorKind() {
  return ComparisonKind("the candidate is shown to be at most a margin worse than the baseline, on the same cases",
                        ComparisonGoal::kNonInferior);
}

Result<std::unique_ptr<Rule>> MakeNonInferiorRule(const Node& option) {
  return MakeComparisonRule("non_inferior", ComparisonGoal::kNonInferior, option);
}

}  // namespace assay
