#include "config/gate.h"

#include <algorithm>
#include <set>

namespace assay {
namespace {

void CheckGate(const GateSpec& gate, const Node& node, Diagnostics& diagnostics) {
  std::set<std::string> seen;
  const Node rules = *node.Find("rules");
  for (std::size_t i = 0; i < gate.rules.size(); ++i) {
    if (seen.insert(gate.rules[i].name).second) continue;
    diagnostics.Add(rules.at(i).Find("name")->At("rule \"" + gate.rules[i].name + "\" is already defined"));
  }
  if (gate.interleave && !gate.baseline)
    diagnostics.Add(node.Find("interleave")->At("needs a baseline to ask beside the candidate"));
  const bool blocks =
      std::ranges::any_of(gate.rules, [](const RuleSpec& rule) { return rule.role == RuleRole::kBlocking; });
  if (!blocks)
    diagnostics.Add(rules.AtKey("needs at least one rule that is not advisory; without one nothing is decided"));
}

}  // namespace

const FieldTable<RuleSpec>& RuleSpec::Fields() {
  static const auto table =
      FieldTable<RuleSpec>()
          .Required("name", &RuleSpec::name, "name of the rule, unique in the gate", {.form = TextForm::kName})
          .Optional("metric", &RuleSpec::metric, "metric that is judged", {.form = TextForm::kName})
          .Optional("grader", &RuleSpec::grader, "grader whose own metric is judged", {.form = TextForm::kName})
          .Optional("confidence", &RuleSpec::confidence, "one-sided confidence of the decision",
                    {.above = 0.5, .below = 1})
          .Optional("by", &RuleSpec::by, "slices; the rule must hold in each of their values",
                    {.min_size = 1, .max_size = 32, .form = TextForm::kSlice, .one_or_list = true, .unique = true})
          .Optional("role", &RuleSpec::role, "whether it decides the verdict or is only shown")
          .Optional("severity", &RuleSpec::severity, "gravity of a failure; 1 is the gravest", {.min = 1, .max = 5})
          .Optional("method", &RuleSpec::method, "by which method what is judged is bounded; see docs/rules.md")
          .Optional("uncorrected", &RuleSpec::uncorrected,
                    "true: takes the verdicts of a judge as they stand; its sentinels must still show that it is "
                    "better than chance")
          .Optional("waivable", &RuleSpec::waivable,
                    "whether a waiver may cover it; one of severity 1 needs two approvers")
          .AtMostOneOf({"metric", "grader"})
          .Rest(&RuleSpec::rest);
  return table;
}

bool ResolveRule(RuleSpec& rule, std::span<const std::string> kinds, Diagnostics& diagnostics) {
  const std::vector<std::string> known(kinds.begin(), kinds.end());
  std::vector<std::string> near = RuleSpec::Fields().Names();
  near.insert(near.end(), known.begin(), known.end());
  bool good = true;
  std::size_t found = 0;
  for (std::size_t i = 0; i < rule.rest.size(); ++i) {
    const std::string& key = rule.rest.key(i);
    if (std::ranges::find(known, key) != known.end()) {
      if (++found == 1) {
        rule.kind = key;
        rule.option = rule.rest.at(i);
        continue;
      }
      diagnostics.Add(rule.rest.AtKey(i, "cannot stand beside " + rule.kind + "; make it a rule of its own"));
    } else if (std::ranges::find(RuleSpec::Fields().not_yet(), key) == RuleSpec::Fields().not_yet().end()) {
      const std::string hint = DidYouMean(key, near);
      diagnostics.Add(
          rule.rest.AtKey(i, "unknown key" + (hint.empty() ? "; known are " + fields::Join(near, ", ") : hint)));
    }
    good = false;
  }
  if (found == 0 && good) {
    diagnostics.Add(rule.rest.AtKey("has no threshold; needs one of " + fields::Join(known, ", ")));
    good = false;
  }
  return good;
}

const FieldTable<BaselineSpec>& BaselineSpec::Fields() {
  static const auto table =
      FieldTable<BaselineSpec>()
          .Required("model", &BaselineSpec::model, "name of the model", {.form = TextForm::kName})
          .Optional("stage", &BaselineSpec::stage, "the version that has this stage when the check is made",
                    {.form = TextForm::kName})
          .Optional("version", &BaselineSpec::version, "this version", {.form = TextForm::kName})
          .ExactlyOneOf({"stage", "version"});
  return table;
}

const FieldTable<SevereSpec>& SevereSpec::Fields() {
  static const auto table = FieldTable<SevereSpec>().Required(
      "at_most", &SevereSpec::at_most,
      "cases whose answers may do such harm before the gate fails, one with several trials once",
      {.min = 0, .max = 1'000'000});
  return table;
}

const FieldTable<GateSpec>& GateSpec::Fields() {
  static const auto table =
      FieldTable<GateSpec>()
          .Required("name", &GateSpec::name, "name of the gate, unique in the catalog", {.form = TextForm::kName})
          .Optional("description", &GateSpec::description, "what it is for")
          .Optional("owner", &GateSpec::owner, "who answers for it")
          .Required("suites", &GateSpec::suites, "suites that a candidate is run on",
                    {.min_size = 1, .max_size = 100, .form = TextForm::kName, .unique = true})
          .Optional("baseline", &GateSpec::baseline, "what a candidate is compared with")
          .Required("rules", &GateSpec::rules, "conditions; all blocking ones must hold",
                    {.min_size = 1, .max_size = 500})
          .Optional("stop", &GateSpec::stop, "whether a check ends once its rules are settled; see docs/rules.md")
          .Optional("max_n", &GateSpec::max_n,
                    "most cases of each suite that a check asks, in the order of its runs; absent: all", {.min = 1})
          .Optional("review_deadline", &GateSpec::review_deadline,
                    "how long a check waits for people, after it was asked for, before it is decided without them",
                    {.min = 60, .max = 365 * 86400})
          .Optional("severe", &GateSpec::severe,
                    "how much harm of severity 1 that people upheld is accepted; absent: none, in whichever queue")
          .Optional(
              "interleave", &GateSpec::interleave,
              "true: the baseline is asked anew beside the candidate, and nothing is decided where it is not what "
              "it was; see docs/rules.md")
          .Optional("timeout", &GateSpec::timeout,
                    "how long assay gate check waits for the verdict unless it is told; absent: 30m",
                    {.min = 1, .max = 30 * 86400})
          .Check(CheckGate, {"rules"});
  return table;
}

}  // namespace assay
