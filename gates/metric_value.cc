#include "gates/metric_value.h"

#include <vector>

#include "gates/rule_parts.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/reducer.h"

namespace assay {

std::optional<double> SeenMetricValue(const SuiteObservations& suite, std::size_t metric) {
  const MetricShape& shape = suite.metrics()[metric];
  if (!UnboundableObjection(shape.name, shape.aggregate).empty()) return std::nullopt;
  const std::vector<std::uint32_t> all = AllCases(suite);
  if (suite.SampleOf(metric) != nullptr) return suite.SampleOf(metric)->SummaryOf(all).value;
  const MetricValues values(suite, metric, all);
  Reducer reducer(suite, metric);
  if (values.IsOverTrials() || !reducer.Objection().empty()) return std::nullopt;
  std::vector<double> seen;
  for (const std::uint32_t ordinal : all) {
    if (!suite.Asks(metric, ordinal)) continue;
    if (const auto value = reducer.ValueOf(ordinal)) seen.push_back(*value);
  }
  return values.ValueOf(seen);
}

}  // namespace assay
