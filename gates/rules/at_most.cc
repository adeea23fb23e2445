#include "gates/rules/threshold.h"

namespace assay {

PluginKind AtMostKind() { return ThresholdKind("the metric is shown to be at or below a ceiling", Direction::kAtMost); }

Result<std::unique_ptr<Rule>> MakeAtMostRule(const Node& option) {
  return MakeThresholdRule("at_most", Direction::kAtMost, option);
}

}  // namespace assay
