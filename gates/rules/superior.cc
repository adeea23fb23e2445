// Better than the baseline, by more than a margin if there is one (comparison.h).

#include "gates/rules/comparison.h"

namespace assay {

PluginKind SuperiorKind() {
  return ComparisonKind("the candidate is shown to be better than the baseline, on the same cases",
                        ComparisonGoal::kSuperior);
}

Result<std::unique_ptr<Rule>> MakeSuperiorRule(const Node& option) {
  return MakeComparisonRule("superior", ComparisonGoal::kSuperior, option);
}

}  // namespace assay
