// As the baseline, to within a margin either way: two one-sided tests (comparison.h).

#include "gates/rules/comparison.h"

namespace assay {

PluginKind EquivalentKind() {
  return ComparisonKind(
      "the candidate is shown to be neither better nor worse than the baseline by more than a margin, on the same "
      "cases",
      ComparisonGoal::kEquivalent);
}

Result<std::unique_ptr<Rule>> MakeEquivalentRule(const Node& option) {
  return MakeComparisonRule("equivalent", ComparisonGoal::kEquivalent, option);
}

}  // namespace assay
