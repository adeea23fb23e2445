#include "daemon/verdict_readings.h"
#include "gates/slice_value.h"

#include <algorithm>

namespace assay {
namespace {

// Other kinds estimate something else of the metric: zero_failures the share of failing cases.
bool EstimatesItsMetric(const RuleOutcome& rule) {
  return !rule.metric.empty() && (rule.kind == "at_least" || rule.kind == "at_most");
}

// When the first of the waivers ends that let it ship.
std::optional<Time> WaivedUntil(const Verdict& verdict) {
  if (verdict.Decision() == verdict.state || verdict.waivers.empty()) return std::nullopt;
  return std::ranges::min(verdict.waivers, {}, &AppliedWaiver::expires_at).expires_at;
}

}  // namespace

void ShowVerdict(Telemetry& telemetry, const std::string& project, const Verdict& verdict) {
  GateReading reading{.project = project,
                      .gate = verdict.gate,
                      .model = verdict.candidate.name,
                      .state = std::string(Name(verdict.state)),
                      .decided = verdict.decided_at,
                      .margins = {},
                      .waived_until = WaivedUntil(verdict)};
  for (const RuleOutcome& rule : verdict.rules) {
    const RulePart* deciding = rule.Deciding();
    reading.margins.push_back({rule.rule, deciding == nullptr ? std::nullopt : deciding->margin});
    if (!EstimatesItsMetric(rule)) continue;
    for (const RulePart& part : rule.parts) {
      const std::string slice = part.slice.empty() ? "" : part.slice + "=" + ShownSliceValue(part.slice_value);
      telemetry.SetMetric({project, part.suite, verdict.candidate.name, rule.metric, slice, part.estimate});
    }
  }
  telemetry.SetGate(reading);
}

}  // namespace assay
