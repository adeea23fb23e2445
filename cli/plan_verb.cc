// gate plan: what a gate can decide with its datasets, before any request. Needs no daemon.

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>

#include "cli/exit_codes.h"
#include "cli/kinds.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "config/catalog.h"
#include "config/sentinels.h"
#include "core/random.h"
#include "gates/plan.h"
#include "review/sampling.h"
#include "runners/dataset.h"
#include "runners/dataset_fields.h"

namespace assay {
namespace {

struct PlanArguments {
  std::string gate;
  std::vector<std::string> paths;
};

// Those that a run asks first (daemon/runs.cc), in the order of the dataset.
std::vector<std::uint32_t> FirstCases(const CatalogDocument& suite, std::int64_t cases, std::int64_t count) {
  const Permutation order(static_cast<std::uint64_t>(cases), SeedFrom(suite.version));
  std::vector<std::uint32_t> first;
  for (std::int64_t i = 0; i < count; ++i)
    first.push_back(static_cast<std::uint32_t>(order.At(static_cast<std::uint64_t>(i))));
  std::ranges::sort(first);
  return first;
}

// What people are asked of: as many cases as their queue draws on average, evenly among the others.
Status PlanPeople(const std::vector<MetricSpec>& metrics, const Catalog& catalog, SuiteObservations& observations) {
  for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
    if (!IsOfPeople(metrics[metric].source)) continue;
    const CatalogDocument* queue = catalog.FindQueue(*metrics[metric].queue);  // lint has found it
    const double chance = ChanceOf(*queue->queue()).value_or(1);
    if (metrics[metric].source == MetricSource::kHumanCorrected) {
      std::vector<SampledCase> cases(static_cast<std::size_t>(observations.cases()),
                                     {.asked = AskedOfPeople::kUnknown});
      ASSAY_TRY(observations.SetSample(metric, PeopleSample(chance, std::move(cases))));
      continue;
    }
    for (std::int64_t i = 0; i < observations.cases(); ++i) {
      const bool is_drawn =
          std::floor(chance * static_cast<double>(i + 1)) > std::floor(chance * static_cast<double>(i));
      if (!is_drawn) ASSAY_TRY(observations.AddScore(metric, i, 0, ScoreStatus::kNotApplicable, {}, {}));
    }
  }
  return {};
}

// Its cases and slices, and which metrics ask which case.
Result<PlannedSuite> ReadCases(const CatalogDocument& document, const GateSpec& gate, const Catalog& catalog) {
  const SuiteSpec& suite = *document.suite();
  const std::filesystem::path folder = std::filesystem::path(document.file).parent_path();
  ASSAY_ASSIGN(const auto reader, OpenDataset(suite, folder));
  std::vector<std::vector<std::string>> values;  // by case, by slice
  std::vector<std::vector<bool>> left_out;       // by case, by grader
  std::vector<std::uint32_t> clusters;           // by case, of suites that have any
  std::map<std::string, std::uint32_t> cluster_codes;
  for (;;) {
    ASSAY_ASSIGN(const std::optional<DatasetRow> row, reader->Next());
    if (!row) break;
    std::vector<std::string> of_case;
    for (const std::string& slice : suite.slices) {
      of_case.push_back(SliceText(row->fields.Find(slice)).value_or(""));
    }
    values.push_back(std::move(of_case));
    left_out.push_back(LeftOutGraders(suite.graders, row->fields));
    if (!suite.cluster) continue;
    clusters.push_back(
        cluster_codes.emplace(row->cluster, static_cast<std::uint32_t>(cluster_codes.size())).first->second);
  }
  const auto cases = static_cast<std::int64_t>(values.size());
  std::vector<SliceColumn> columns;
  for (std::size_t slice = 0; slice < suite.slices.size(); ++slice) {
    SliceColumn column(suite.slices[slice], cases);
    for (std::int64_t i = 0; i < cases; ++i) {
      const std::string& value = values[static_cast<std::size_t>(i)][slice];
      if (!value.empty()) ASSAY_TRY(column.Set(i, value));
    }
    columns.push_back(std::move(column));
  }
  const std::vector<MetricSpec> metrics = EffectiveMetrics(suite);
  std::vector<MetricShape> shapes;
  for (const MetricSpec& metric : metrics) shapes.push_back(ShapeOf(metric));
  ASSAY_ASSIGN(SuiteObservations observations,
               SuiteObservations::Make(cases, suite.trials, std::move(shapes), std::move(columns)));
  if (suite.cluster) ASSAY_TRY(observations.SetClusters(std::move(clusters)));
  for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
    const auto grader = std::ranges::find(suite.graders, metrics[metric].grader.value_or(""), &GraderSpec::name);
    if (grader == suite.graders.end()) continue;
    const auto place = static_cast<std::size_t>(grader - suite.graders.begin());
    for (std::int64_t i = 0; i < cases; ++i) {
      if (!left_out[static_cast<std::size_t>(i)][place]) continue;
      for (int trial = 0; trial < suite.trials; ++trial) {
        ASSAY_TRY(observations.AddScore(metric, i, trial, ScoreStatus::kNotApplicable, {}, {}));
      }
    }
  }
  ASSAY_TRY(PlanPeople(metrics, catalog, observations));
  const std::int64_t asked = PlannedCases(gate, cases);
  if (asked < cases) observations = observations.Part(FirstCases(document, cases, asked));
  PlannedSuite planned{document.name, std::move(observations)};
  for (const GraderSpec& grader : suite.graders) {
    if (!grader.sentinels) continue;
    ASSAY_ASSIGN(const std::vector<Sentinel> sentinels, ReadSentinels(folder / grader.sentinels->file));
    const auto passes = std::ranges::count(sentinels, true, &Sentinel::passes);
    planned.judges.push_back(PerfectJudge(grader.name, passes, std::ssize(sentinels) - passes));
  }
  return planned;
}

std::string PartName(const PartPlan& part, bool with_suite) {
  std::string name = with_suite ? part.suite : "";
  if (part.slice.empty()) return name;
  return name + (name.empty() ? "" : " ") + part.slice + "=" + (part.slice_value.empty() ? "(none)" : part.slice_value);
}

// Its best is then the baseline again (gates/plan.h).
bool Compares(const RulePlan& plan) { return plan.kind == "non_inferior" || plan.kind == "equivalent"; }

// What is wrong with a part, "" when nothing is.
std::string WarningOf(const PartPlan& part, bool compares) {
  if (!part.problem.empty()) return part.problem;
  if (part.can_pass && part.can_fail) return "";
  std::string cases = std::to_string(part.cases) + (part.cases == 1 ? " case" : " cases");
  if (part.clusters)
    cases += " in " + std::to_string(*part.clusters) + (*part.clusters == 1 ? " cluster" : " clusters");
  if (part.can_pass) return "nothing can fail it with " + cases;
  const std::string needed =
      part.cases_to_pass ? "; " + std::to_string(*part.cases_to_pass) + " are needed" : std::string();
  return compares
             ? "a candidate that equals the baseline in every case cannot pass it with " + cases + needed
             : "nothing can pass it with " + cases + needed + (needed.empty() ? "" : " if all are as good as can be");
}

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

// Of gates that stop early: when they look, and what that costs the last look.
std::string LooksText(const Looks& looks, const std::vector<PlannedSuite>& suites) {
  if (looks.count() == 1) return "";
  std::string text = "\n  stop: early  looks at ";
  for (int look = 1; look <= looks.count(); ++look) {
    std::int64_t cases = 0;
    for (const PlannedSuite& suite : suites) cases += looks.CasesAt(look, suite.cases.cases());
    text += (look == 1 ? "" : look == looks.count() ? " and " : ", ") + std::to_string(cases);
  }
  return text + " cases; what stands below is for the last one, with half of each rule's error rate";
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
  std::vector<PlannedSuite> suites;
  std::int64_t requests = 0;
  for (const std::string& name : gate->gate()->suites) {
    auto suite = ReadCases(*catalog.FindSuite(name), *gate->gate(), catalog);  // lint has found it
    if (!suite) {
      std::fprintf(stderr, "assay: %s\n", suite.error().message.c_str());
      return kExitFail;
    }
    requests += suite->cases.cases() * suite->cases.trials();
    suites.push_back(*std::move(suite));
  }
  const std::vector<RulePlan> plans = PlanGate(*gate->gate(), suites);
  const Looks looks = LooksAt(*gate->gate(), suites);
  const PluginKinds kinds = AllKinds();
  const bool compares = std::ranges::any_of(
      gate->gate()->rules, [&](const RuleSpec& rule) { return FindKind(kinds.rules, rule.kind)->compares; });
  if (compares || gate->gate()->interleave) requests *= 2;
  const std::vector<std::string> of_gate = WarningsOf(*gate->gate(), suites);
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
