#include "gates/rules/threshold.h"

namespace assay {

PluginKind AtLeastKind() { return ThresholdKind("the metric is shown to be at or above a floor", Direction::kAtLeast); }

Result<std::unique_ptr<Rule>> MakeAtLeastRule(const Node& option) {
  return MakeThresholdRule("at_least", Direction::kAtLeast, option);
}

}  // namespace assay
