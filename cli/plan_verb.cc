// gate plan: what a gate can decide with its datasets, before any request. Needs no daemon.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <set>

#include "cli/exit_codes.h"
#include "cli/kinds.h"
#include "cli/log_commands.h"
#include "cli/plan_requests.h"
#include "cli/planned_gate.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "config/catalog.h"
#include "core/plain_line.h"
#include "gates/plan.h"
#include "runners/dataset_fields.h"

namespace assay {
namespace {

struct PlanArguments {
  std::string gate;
  std::vector<std::string> paths;
  std::string runs_of;
};

Json PartJson(const PartPlan& part) {
  const auto number = [](const auto& value) { return value ? Json(*value) : Json(); };
  const auto text = [](const std::string& value) { return value.empty() ? Json() : Json(value); };
  return Json::Of({{"suite", part.suite},
                   {"slice", text(part.slice)},
                   {"slice_value", part.slice.empty() ? Json() : Json(part.slice_value)},
                   {"cases", part.cases},
                   {"clusters", number(part.clusters)},
                   {"can_pass", part.can_pass},
                   {"can_fail", part.can_fail},
                   {"cases_to_pass", number(part.cases_to_pass)},
                   {"needs", text(part.needs)},
                   {"effect", std::string(WordOf(part.unit))},
                   {"passes_from", number(part.passes_from)},
                   {"no_pass", text(part.no_pass)},
                   {"fails_to", number(part.fails_to)},
                   {"no_fail", text(part.no_fail)},
                   {"minimum_detectable_effect", number(part.detects)},
                   {"assumes", text(part.assumes)},
                   {"from", text(part.basis)},
                   {"problem", text(part.problem)},
                   {"warning", text(part.warning)},
                   {"remark", text(part.remark)}});
}

Json RequestJson(const PlannedRequests& each) {
  Json json = Json::Of({{"who", each.who},
                        {"suite", each.suite},
                        {"count", each.count},
                        {"people", each.is_of_people},
                        {"of", each.how}});
  if (each.tokens) json.Set("tokens", *each.tokens);
  if (each.usd) json.Set("usd", *each.usd);
  return json;
}

Json PlanJson(const std::string& gate, const PlannedGate& planned, const std::vector<PlannedRequests>& requests) {
  const auto& [suites, looks, plans, of_gate, of_future] = planned;
  Json::Array rules;
  for (const RulePlan& plan : plans) {
    Json::Array parts;
    for (const PartPlan& part : plan.parts) parts.push_back(PartJson(part));
    rules.push_back(Json::Of({{"rule", plan.rule},
                              {"kind", plan.kind},
                              {"metric", plan.metric.empty() ? Json() : Json(plan.metric)},
                              {"asks", plan.asks},
                              {"role", plan.blocking ? "blocking" : "advisory"},
                              {"problem", plan.problem.empty() ? Json() : Json(plan.problem)},
                              {"parts", std::move(parts)}}));
  }
  Json::Array at;  // cases of all suites
  for (int look = 1; look <= looks.count(); ++look) {
    std::int64_t cases = 0;
    for (const PlannedSuite& suite : suites) cases += looks.CasesAt(look, suite.cases.cases());
    at.push_back(cases);
  }
  Json::Array warnings;
  for (const std::string& warning : of_gate) warnings.emplace_back(warning);
  Json::Array notes;
  for (const std::string& note : of_future) notes.emplace_back(note);
  Json::Array lines;
  for (const PlannedRequests& each : requests) lines.push_back(RequestJson(each));
  return Json::Of({{"gate", gate},
                   {"requests", AllRequests(requests)},
                   {"requests_of", std::move(lines)},
                   {"looks", std::move(at)},
                   {"rules", std::move(rules)},
                   {"warnings", std::move(warnings)},
                   {"notes", std::move(notes)}});
}

// What is known of a judge at each look.
std::string SentinelsText(const Looks& looks, std::int64_t cases, const JudgeCalibration& judge) {
  std::string text = "\n  judge " + judge.grader + ": by then it was asked about ";
  for (int look = 1; look <= looks.count(); ++look) {
    const auto asked = [&](std::int64_t count) {
      return std::to_string(std::ranges::count_if(SpreadOver(looks, cases, count, 0),
                                                  [&](std::int64_t due) { return due <= looks.CasesAt(look, cases); }));
    };
    text += (look == 1               ? ""
             : look == looks.count() ? " and "
                                     : ", ") +
            asked(judge.counts.passes) + " + " + asked(judge.counts.fails);
  }
  return text + " of its sentinels that people pass + fail";
}

// Of gates that stop early: when they look, and what that costs the last look.
std::string LooksText(const Looks& looks, const std::vector<PlannedSuite>& suites) {
  if (looks.count() == 1) return "";
  std::string text = "\n  stop: early  looks at ";
  for (int look = 1; look <= looks.count(); ++look) {
    std::int64_t cases = 0;
    for (const PlannedSuite& suite : suites) cases += looks.CasesAt(look, suite.cases.cases());
    text += (look == 1 ? "" : look == looks.count() ? " and " : ", ") + std::to_string(cases);
  }
  text += " cases; what stands below is for the last one, with half of each rule's error rate";
  for (const PlannedSuite& suite : suites) {
    for (const JudgeCalibration& judge : suite.judges) text += SentinelsText(looks, suite.cases.cases(), judge);
  }
  return text;
}

std::string RequestsText(const std::vector<PlannedRequests>& requests, bool with_suite) {
  Table table({"REQUESTS", "COUNT", "OF"});
  std::vector<PlannedRequests> of_people;
  const auto add = [&](const PlannedRequests& each) {
    table.Add({each.who, std::to_string(each.count), each.how + (with_suite ? ", suite " + each.suite : "")});
  };
  for (const PlannedRequests& each : requests) {
    if (!each.is_of_people) add(each);
  }
  table.Add({"in all", std::to_string(AllRequests(requests)), "without retries and repairs of replies"});
  for (const PlannedRequests& each : requests) {
    if (each.is_of_people) add(each);
  }
  return table.Render(2);
}

// "0.97", "-0.25 sd", "99 % of cases": what PASSES FROM, FAILS TO and MDE are numbers of; in words where there is none.
std::string EffectText(const PartPlan& part, std::optional<double> value, const std::string& otherwise) {
  if (!value) return otherwise;
  switch (part.unit) {
    case EffectUnit::kDeviations:
      return FormatNumber(value) + " sd";
    case EffectUnit::kShareWithin:
      return FormatNumber(100 * *value) + " % within";
    case EffectUnit::kNewFailures:
      return FormatNumber(100 * *value) + " % new";
    default:
      return FormatNumber(value);
  }
}

// A distance, and so without what its ends are shares of.
std::string DetectsText(const PartPlan& part, const std::string& otherwise) {
  const bool is_share = part.unit == EffectUnit::kShareWithin || part.unit == EffectUnit::kNewFailures;
  if (part.detects && is_share) return FormatNumber(100 * *part.detects) + " %";
  return EffectText(part, part.detects, otherwise);
}

std::string NeedsText(const PartPlan& part) {
  if (!part.needs.empty()) return part.needs;
  return part.cases_to_pass ? std::to_string(*part.cases_to_pass) : "more than tried";
}

std::vector<std::string> PartRow(const RulePlan& plan, const PartPlan& part, bool is_first, bool with_suite) {
  const std::string unknown = part.problem.empty() ? "" : "not known";
  const bool is_either_way = plan.kind == "equivalent";
  const auto either = [&](std::string text, bool has) { return (is_either_way && has ? "±" : "") + std::move(text); };
  return {is_first ? plan.rule + (plan.blocking ? "" : " (advisory)") : "",
          is_first ? plan.asks : "",
          PartName(part, with_suite),
          std::to_string(part.cases) + (part.clusters ? " in " + std::to_string(*part.clusters) : ""),
          unknown.empty() ? NeedsText(part) : unknown,
          either(EffectText(part, part.passes_from, unknown + part.no_pass), part.passes_from.has_value()),
          either(EffectText(part, part.fails_to, unknown + part.no_fail), part.fails_to.has_value()),
          DetectsText(part, unknown + part.no_fail)};
}

// What the columns mean; only of what is there.
std::string LegendText(const std::vector<RulePlan>& plans) {
  std::set<EffectUnit> units;
  bool has_clusters = false;
  for (const RulePlan& plan : plans) {
    for (const PartPlan& part : plan.parts) {
      units.insert(part.unit);
      has_clusters = has_clusters || part.clusters;
    }
  }
  std::string text =
      "  NEEDS: cases, if all are as good as can be. PASSES FROM, FAILS TO: what must truly be so for the rule to "
      "pass, "
      "or to fail,\n  in 80 % of checks. MDE, the minimum detectable effect: how far FAILS TO lies from what is "
      "asked.\n";
  if (units.contains(EffectUnit::kDifference))
    text += "  Of rules that compare: differences, candidate less baseline.\n";
  if (units.contains(EffectUnit::kDeviations)) text += "  sd: standard deviations from what is asked.\n";
  if (units.contains(EffectUnit::kShareWithin))
    text += "  % within: the share of the cases that are as good as is asked of each.\n";
  if (units.contains(EffectUnit::kNewFailures))
    text += "  % new: the share of the cases that only the baseline passes.\n";
  if (has_clusters) text += "  CASES: in so many clusters; those of one are not independent.\n";
  return text;
}

// What is assumed and remarked, each once and not for every slice.
std::string RemarksText(const std::vector<RulePlan>& plans) {
  std::string text;
  for (const RulePlan& plan : plans) {
    std::vector<std::string> lines;
    for (const PartPlan& part : plan.parts) {
      if (!part.assumes.empty()) lines.push_back("assumes " + part.assumes);
      if (!part.remark.empty()) lines.push_back(part.remark);
    }
    std::set<std::string> seen;
    for (const std::string& line : lines) {
      if (seen.insert(line).second) text += PlainLine("  " + plan.rule + ": " + line) + "\n";
    }
  }
  return text;
}

std::string PlanText(const std::string& gate, const PlannedGate& planned,
                     const std::vector<PlannedRequests>& requests) {
  const bool with_suite = planned.suites.size() > 1;
  std::string text = "gate " + PlainLine(gate);
  for (const PlannedSuite& suite : planned.suites) text += "  suite " + PlainLine(suite.name);
  text += LooksText(planned.looks, planned.suites) + "\n\n" + RequestsText(requests, with_suite);
  Table table({"RULE", "ASKS", "PART", "CASES", "NEEDS", "PASSES FROM", "FAILS TO", "MDE"});
  for (const RulePlan& plan : planned.rules) {
    bool is_first = true;
    for (const PartPlan& part : plan.parts) {
      table.Add(PartRow(plan, part, is_first, with_suite));
      is_first = false;
    }
  }
  text += "\n" + table.Render(2) + LegendText(planned.rules) + RemarksText(planned.rules);
  std::string warnings;
  for (const std::string& warning : planned.warnings) warnings += "Warning: " + PlainLine(warning) + "\n";
  for (const std::string& error : RuleErrorsOf(planned)) warnings += "Error: " + PlainLine(error) + "\n";
  for (const std::string& warning : RuleWarningsOf(planned)) warnings += "Warning: " + PlainLine(warning) + "\n";
  for (const std::string& note : planned.notes) warnings += "Note: " + PlainLine(note) + "\n";
  return warnings.empty() ? text : text + "\n" + warnings;
}

// Whether a blocking rule cannot pass, or cannot fail: then the gate is not worth its requests.
bool IsVain(const std::vector<RulePlan>& plans) {
  return std::ranges::any_of(plans, [](const RulePlan& plan) {
    return plan.blocking && (!plan.problem.empty() || std::ranges::any_of(plan.parts, [](const PartPlan& part) {
             return !WarningOf(part, false).empty();
           }));
  });
}

// "M@V" of a baseline that the gate names so.
std::optional<std::string> BaselineOf(const GateSpec& gate) {
  if (!gate.baseline || !gate.baseline->version) return std::nullopt;
  return gate.baseline->model + "@" + *gate.baseline->version;
}

// `connection` null: no daemon is asked.
int Plan(const PlanArguments& arguments, bool as_json, const DaemonConnection* connection) {
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog(arguments.paths, AllKinds(), FirstRowOf, diagnostics);
  if (!diagnostics.empty()) {
    std::fputs(Printable(diagnostics.Render()).c_str(), stderr);
    return kExitFail;
  }
  const CatalogDocument* gate = catalog.FindGate(arguments.gate);
  if (gate == nullptr) {
    Complain("there is no gate \"" + PlainLine(arguments.gate) + "\" in the catalog");
    return kExitUsage;
  }
  std::optional<PlannedHistory> history;
  if (connection != nullptr) history.emplace(*connection, arguments.runs_of, BaselineOf(*gate->gate()));
  const auto planned = PlanWithDatasets(catalog, *gate, history ? &*history : nullptr);  // lint has found its suites
  if (!planned) {
    Complain(planned.error().message);
    return kExitFail;
  }
  const std::vector<PlannedRequests> requests = RequestsOf(catalog, *gate->gate(), *planned, AllKinds());
  return Print(as_json ? PlanJson(gate->name, *planned, requests).DumpIndented() + "\n"
                       : PlanText(gate->name, *planned, requests),
               IsVain(planned->rules) ? kExitFail : kExitOk);
}

}  // namespace

void AddPlanVerb(CLI::App& app, const GlobalOptions& options, Action& action) {
  auto* plan = app.add_subcommand(
      "plan",
      "What can this gate decide with its datasets? No request is sent; exit code 1 if a blocking rule could not "
      "pass, or could not fail");
  auto arguments = std::make_shared<PlanArguments>();
  plan->add_option("GATE", arguments->gate, "name of the gate")->required();
  plan->add_option("PATH", arguments->paths, "files or folders of the catalog")->required();
  plan->add_option("--runs-of", arguments->runs_of,
                   "M@V or M: ask the daemon what its newest complete runs of this model show");
  plan->callback([&action, &options, arguments] {
    action = [&options, arguments] {
      const bool as_json = options.output == OutputFormat::kJson;
      if (arguments->runs_of.empty()) return Plan(*arguments, as_json, nullptr);
      return WithConnection(options,
                            [&](const DaemonConnection& connection) { return Plan(*arguments, as_json, &connection); });
    };
  });
}

}  // namespace assay
