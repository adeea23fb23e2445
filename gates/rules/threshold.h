#pragma once
// What at_least and at_most share: a floor and a ceiling are mirror images.

#include <memory>
#include <string>

#include "config/plugin_kind.h"
#include "gates/rules/forecast.h"
#include "gates/rules/rule.h"

namespace assay {

// The value under the key is a finite number in the metric's unit.
PluginKind ThresholdKind(std::string help, Direction direction);
// Why no data could make a threshold on that metric decide what it seems to, "" when it can.
std::string ThresholdObjection(Direction direction, double threshold, std::string_view metric, MetricRange range,
                               Aggregate aggregate);
Result<std::unique_ptr<Rule>> MakeThresholdRule(const std::string& kind, Direction direction, const Node& option);

}  // namespace assay
