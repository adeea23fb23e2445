#include "daemon/verdict_readings.h"

namespace assay {

void ShowVerdict(Telemetry& telemetry, const Verdict& verdict) {
  GateReading reading{.gate = verdict.gate,
                      .model = verdict.candidate.name,
                      .state = std::string(Name(verdict.state)),
                      .decided = verdict.decided_at,
                      .margins = {}};
  for (const RuleOutcome& rule : verdict.rules) {
    const RulePart* deciding = rule.Deciding();
    reading.margins.push_back({rule.rule, deciding == nullptr ? std::nullopt : deciding->margin});
    if (rule.metric.empty()) continue;
    for (const RulePart& part : rule.parts) {
      const std::string slice =
          part.slice.empty() ? "" : part.slice + "=" + (part.slice_value.empty() ? "(none)" : part.slice_value);
      telemetry.SetMetric({part.suite, verdict.candidate.name, rule.metric, slice, part.estimate});
    }
  }
  telemetry.SetGate(reading);
}

}  // namespace assay
