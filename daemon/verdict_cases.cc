#include "daemon/verdict_cases.h"

#include <algorithm>

#include "core/json.h"
#include "daemon/check_decision.h"
#include "daemon/failure_groups.h"
#include "daemon/recorded_inputs.h"
#include "gates/attestation.h"

namespace assay {
namespace {

Result<RuleOutcome> FindRule(const VerdictRecord& record, const Verdict& verdict, const std::string& name) {
  const auto rule = std::ranges::find(verdict.rules, name, &RuleOutcome::rule);
  if (rule != verdict.rules.end()) return *rule;
  return Fail(ErrorCode::kNotFound, "verdict " + record.id + " has no rule \"" + name + "\"");
}

// Fewer than a part can name are all that there are.
bool NamesAll(const RulePart& part) { return part.worst_cases.size() < RulePart::kMaxWorstCases; }

std::vector<PartCases> CasesOf(RuleOutcome rule, std::size_t most) {
  std::vector<PartCases> parts;
  std::size_t left = kMostVerdictCases;
  for (RulePart& part : rule.parts) {
    PartCases& added = parts.emplace_back(PartCases{part.suite, part.slice, part.slice_value});
    added.cases = std::move(part.worst_cases);
    added.is_all = added.cases.size() <= std::min(most, left);
    if (!added.is_all) added.cases.resize(std::min(most, left));
    left -= added.cases.size();
  }
  return parts;
}

// The cases of the rule, at least `most` of each part where there are as many.
Result<RuleOutcome> RuleWithCases(Store& store, const PluginKinds& kinds, const VerdictRecord& record,
                                  const Verdict& recorded, const std::string& rule, std::size_t most) {
  ASSAY_ASSIGN(RuleOutcome named, FindRule(record, recorded, rule));
  if (std::ranges::all_of(named.parts, NamesAll)) return named;
  std::vector<std::string> missing;
  ASSAY_ASSIGN(RecordedInputs inputs, ReadRecordedInputs(store, record, recorded, missing));
  if (!missing.empty()) return Fail(ErrorCode::kFailedPrecondition, missing.front());
  inputs.decision.wanted_cases = {rule, most + 1};
  ASSAY_ASSIGN(const Verdict again,
               DecideOnRuns(store, kinds, inputs.check, inputs.links, inputs.decision, inputs.decided_at, nullptr));
  return FindRule(record, again, rule);
}

}  // namespace

Result<std::vector<PartCases>> ListVerdictCases(Store& store, const PluginKinds& kinds, const VerdictRecord& record,
                                                const std::string& rule, std::size_t most, bool grouped,
                                                const LabelsGuard& guard) {
  ASSAY_ASSIGN(const Json document, Json::Parse(record.document));
  ASSAY_ASSIGN(const Verdict recorded, VerdictFromJson(document));
  ASSAY_ASSIGN(RuleOutcome found,
               RuleWithCases(store, kinds, record, recorded, rule, grouped ? kMostVerdictCases : most));
  if (!grouped) return CasesOf(std::move(found), most);
  ASSAY_ASSIGN(std::vector<GroupedFailures> groups, GroupFailures(store, kinds, record, recorded, found, guard));
  std::vector<PartCases> parts = CasesOf(std::move(found), most);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].groups = std::move(groups[i].groups);
    parts[i].failing = groups[i].failing;
    parts[i].is_least = groups[i].is_least;
    parts[i].labels_withheld = std::move(groups[i].labels_withheld);
  }
  return parts;
}

}  // namespace assay
