// gate plan: what a gate can decide with its datasets, before any request. Needs no daemon.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <set>

#include "cli/exit_codes.h"
#include "cli/kinds.h"
#include "cli/planned_gate.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "config/catalog.h"
#include "gates/plan.h"
#include "runners/dataset_fields.h"

namespace assay {
namespace {

struct PlanArguments {
  std::string gate;
  std::vector<std::string> paths;
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
                   {"passes_from", number(part.passes_from)},
                   {"fails_to", number(part.fails_to)},
                   {"problem", text(part.problem)},
                   {"remark", text(part.remark)}});
}

Json PlanJson(const std::string& gate, const Looks& looks, const std::vector<PlannedSuite>& suites,
              std::int64_t requests, const std::vector<RulePlan>& plans, const std::vector<std::string>& of_gate) {
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
  return Json::Of({{"gate", gate},
                   {"requests", requests},
                   {"looks", std::move(at)},
                   {"rules", std::move(rules)},
                   {"warnings", std::move(warnings)}});
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

std::string PlanText(const std::string& gate, const std::vector<PlannedSuite>& suites, const Looks& looks,
                     std::int64_t requests, const std::vector<RulePlan>& plans,
                     const std::vector<std::string>& of_gate) {
  std::string text = "gate " + gate + "  " + std::to_string(requests) + " requests";
  for (const PlannedSuite& suite : suites) {
    text += "  suite " + suite.name + " " + std::to_string(suite.cases.cases()) + " x " +
            std::to_string(suite.cases.trials());
  }
  text += LooksText(looks, suites);
  Table table({"RULE", "ASKS", "PART", "CASES", "NEEDS", "PASSES FROM", "FAILS TO"});
  std::string warnings;
  for (const std::string& warning : of_gate) warnings += "Warning: " + warning + "\n";
  bool has_clusters = false;
  std::set<std::string> remarks;  // each once, not for every slice
  for (const RulePlan& plan : plans) {
    bool is_first = true;
    for (const PartPlan& part : plan.parts) {
      const std::string name = PartName(part, suites.size() > 1);
      table.Add({is_first ? plan.rule + (plan.blocking ? "" : " (advisory)") : "", is_first ? plan.asks : "", name,
                 std::to_string(part.cases) + (part.clusters ? " in " + std::to_string(*part.clusters) : ""),
                 part.cases_to_pass ? std::to_string(*part.cases_to_pass) : "–", FormatNumber(part.passes_from),
                 FormatNumber(part.fails_to)});
      is_first = false;
      has_clusters = has_clusters || part.clusters;
      if (!part.remark.empty()) remarks.insert(plan.rule + ": " + part.remark);
      const std::string lead = "Warning: " + plan.rule + (name.empty() ? "" : " " + name) + ": ";
      if (const std::string warning = WarningOf(part, Compares(plan)); !warning.empty())
        warnings += lead + warning + "\n";
    }
    if (!plan.problem.empty()) warnings += "Warning: " + plan.rule + ": " + plan.problem + "\n";
  }
  text +=
      "\n\n" + table.Render(2) +
      "  NEEDS: cases, if all are as good as can be. PASSES FROM, FAILS TO: the true rate at which the rule decides "
      "in 80 % of checks;\n  of rules that compare the true difference, if the models disagree on 10 % of the "
      "cases.\n";
  if (has_clusters) {
    text +=
        "  CASES: in so many clusters; those of one are not independent, so that the rate at which a rule decides "
        "depends on how alike they are.\n";
  }
  for (const std::string& remark : remarks) text += "  " + remark + "\n";
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

int Plan(const PlanArguments& arguments, bool as_json) {
  Diagnostics diagnostics;
  const Catalog catalog = LoadCatalog(arguments.paths, AllKinds(), FirstRowOf, diagnostics);
  if (!diagnostics.empty()) {
    std::fputs(diagnostics.Render().c_str(), stderr);
    return kExitFail;
  }
  const CatalogDocument* gate = catalog.FindGate(arguments.gate);
  if (gate == nullptr) {
    std::fprintf(stderr, "assay: there is no gate \"%s\" in the catalog\n", arguments.gate.c_str());
    return kExitUsage;
  }
  const auto planned = PlanWithDatasets(catalog, *gate);  // lint has found its suites
  if (!planned) {
    std::fprintf(stderr, "assay: %s\n", planned.error().message.c_str());
    return kExitFail;
  }
  const std::vector<PlannedSuite>& suites = planned->suites;
  const std::vector<RulePlan>& plans = planned->rules;
  const Looks& looks = planned->looks;
  std::int64_t requests = 0;
  for (const PlannedSuite& suite : suites) requests += suite.cases.cases() * suite.cases.trials();
  const PluginKinds kinds = AllKinds();
  const bool compares = std::ranges::any_of(
      gate->gate()->rules, [&](const RuleSpec& rule) { return FindKind(kinds.rules, rule.kind)->compares; });
  if (compares || gate->gate()->interleave) requests *= 2;
  const std::vector<std::string>& of_gate = planned->warnings;
  return Print(as_json ? PlanJson(gate->name, looks, suites, requests, plans, of_gate).DumpIndented() + "\n"
                       : PlanText(gate->name, suites, looks, requests, plans, of_gate),
               IsVain(plans) ? kExitFail : kExitOk);
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
  plan->callback([&action, &options, arguments] {
    action = [&options, arguments] { return Plan(*arguments, options.output == OutputFormat::kJson); };
  });
}

}  // namespace assay
