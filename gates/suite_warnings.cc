#include "gates/suite_warnings.h"

#include <algorithm>
#include <set>

#include "gates/rule_parts.h"
#include "gates/rules/builtin.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"

namespace assay {
namespace {

constexpr std::string_view kRulesOfEveryCase = "(zero_failures, no_new_failures, per_case_floor)";

std::string Named(const std::string& suite, const std::string& invariant) {
  return "suite \"" + suite + "\": invariant \"" + invariant + "\"";
}

// What a share of the cases may fail is asked of none of them.
bool AsksEveryCase(const RuleSpec& spec, const Rule& rule) {
  return spec.role == RuleRole::kBlocking && (spec.kind == "zero_failures" || rule.PassesOnOneCase());
}

// In the order of their metrics, which each has by its own name.
std::vector<std::size_t> UnaskedInvariants(const GateSpec& gate, const SuiteObservations& suite) {
  std::set<std::string> asked;
  for (const RuleSpec& spec : gate.rules) {
    const auto rule = MakeRule(spec.kind, spec.option);
    if (!rule || !AsksEveryCase(spec, **rule)) continue;
    const auto target = MetricsFor(spec, (*rule)->MetricNames(), suite);
    if (!target || !target->metric) continue;
    const std::vector<std::string>& invariants = suite.metrics()[*target->metric].invariants;
    asked.insert(invariants.begin(), invariants.end());
  }
  std::vector<std::size_t> unasked;
  for (std::size_t metric = 0; metric < suite.metrics().size(); ++metric) {
    const MetricShape& shape = suite.metrics()[metric];
    const bool is_invariant = shape.name == shape.grader && std::ranges::count(shape.invariants, shape.name) > 0;
    if (is_invariant && !asked.contains(shape.name)) unasked.push_back(metric);
  }
  return unasked;
}

struct FailedCases {
  std::int64_t failed = 0;
  std::int64_t asked = 0;
};

FailedCases CountFailed(const SuiteObservations& suite, std::size_t metric) {
  const TallyColumn& tallies = suite.Tallies(metric);
  FailedCases found;
  for (std::size_t ordinal = 0; ordinal < static_cast<std::size_t>(suite.cases()); ++ordinal) {
    if (!suite.Asks(metric, ordinal)) continue;
    ++found.asked;
    if (CaseTally(tallies[ordinal]).failing > 0) ++found.failed;
  }
  return found;
}

}  // namespace

std::vector<std::string> WarnOfInvariants(const GateSpec& gate, const std::string& name,
                                          const SuiteObservations& suite) {
  std::vector<std::string> warnings;
  for (const std::size_t metric : UnaskedInvariants(gate, suite)) {
    warnings.push_back(Named(name, suite.metrics()[metric].name) +
                       " gates no case: no blocking rule of the gate asks for every case " +
                       std::string(kRulesOfEveryCase));
  }
  return warnings;
}

std::vector<std::string> WarnOfFailedInvariants(const GateSpec& gate, const std::string& name,
                                                const SuiteObservations& suite) {
  std::vector<std::string> warnings;
  for (const std::size_t metric : UnaskedInvariants(gate, suite)) {
    const FailedCases found = CountFailed(suite, metric);
    if (found.failed == 0) continue;
    warnings.push_back(Named(name, suite.metrics()[metric].name) + " failed in " + std::to_string(found.failed) +
                       " of " + Cases(found.asked) + ", and no blocking rule of the gate asks for every case " +
                       std::string(kRulesOfEveryCase));
  }
  return warnings;
}

std::string RepeatedText(const std::string& name, std::int64_t repeated, std::int64_t cases, bool has_clusters) {
  if (repeated == 0) return "";
  const bool is_one = repeated == 1;
  return "suite \"" + name + "\": " + std::to_string(repeated) + " of its " + Cases(cases) +
         (is_one ? " asks" : " ask") + " what " + (has_clusters ? "one of another cluster" : "another") +
         " asks: they count as " + (has_clusters ? "" : std::to_string(cases) + " ") +
         "independent ones; name them in one cluster";
}

}  // namespace assay
