#include "cli/planned_gate.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>

#include "config/sentinels.h"
#include "core/random.h"
#include "gates/slice_value.h"
#include "gates/suite_warnings.h"
#include "review/sampling.h"
#include "runners/dataset.h"
#include "runners/dataset_fields.h"
#include "runners/repeated_questions.h"

namespace assay {
namespace {

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
Result<PlannedSuite> ReadCases(const CatalogDocument& document, const GateSpec& gate, const Catalog& catalog,
                               std::vector<std::string>& warnings) {
  const SuiteSpec& suite = *document.suite();
  const std::filesystem::path folder = std::filesystem::path(document.file).parent_path();
  ASSAY_ASSIGN(const auto reader, OpenDataset(suite, folder));
  std::vector<std::vector<std::string>> values;  // by case, by slice
  std::vector<std::vector<bool>> left_out;       // by case, by grader
  std::vector<std::uint32_t> clusters;           // by case, of suites that have any
  std::map<std::string, std::uint32_t> cluster_codes;
  std::optional<RepeatedQuestions> questions = RepeatedQuestions::Of(suite, folder);
  for (;;) {
    ASSAY_ASSIGN(const std::optional<DatasetRow> row, reader->Next());
    if (!row) break;
    std::vector<std::string> of_case;
    for (const std::string& slice : suite.slices) {
      of_case.push_back(SliceText(row->fields.Find(slice)).value_or(""));
    }
    values.push_back(std::move(of_case));
    left_out.push_back(LeftOutGraders(suite.graders, row->fields));
    if (questions) questions->Add(row->fields, row->cluster);
    if (!suite.cluster) continue;
    clusters.push_back(
        cluster_codes.emplace(row->cluster, static_cast<std::uint32_t>(cluster_codes.size())).first->second);
  }
  const auto cases = static_cast<std::int64_t>(values.size());
  const std::string repeated =
      RepeatedText(document.name, questions ? questions->Count() : 0, cases, suite.cluster.has_value());
  if (!repeated.empty()) warnings.push_back(repeated);
  std::vector<SliceColumn> columns;
  for (std::size_t slice = 0; slice < suite.slices.size(); ++slice) {
    SliceColumn column(suite.slices[slice], cases);
    for (std::int64_t i = 0; i < cases; ++i) {
      const std::string& value = values[static_cast<std::size_t>(i)][slice];
      if (!value.empty()) ASSAY_TRY(column.Set(i, value));
    }
    if (suite.journeys && suite.journeys->of == column.name()) DeclareJourneys(*suite.journeys, column);
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
  for (const MetricSpec& metric : metrics) {
    planned.spreads.push_back({.is_graded = !metric.decides && !metric.is_unbounded});
    if (!IsOfPeople(metric.source)) continue;
    const QueueSpec& queue = *catalog.FindQueue(*metric.queue)->queue();
    planned.people.push_back({.metric = metric.name,
                              .queue = *metric.queue,
                              .chance = ChanceOf(queue).value_or(1),
                              .people = queue.overlap.people});
  }
  for (const GraderSpec& grader : suite.graders) {
    if (!grader.sentinels) continue;
    ASSAY_ASSIGN(const std::vector<Sentinel> sentinels, ReadSentinels(folder / grader.sentinels->file));
    const auto passes = std::ranges::count(sentinels, true, &Sentinel::passes);
    planned.judges.push_back(PerfectJudge(grader.name, passes, std::ssize(sentinels) - passes));
  }
  return planned;
}

}  // namespace

Result<PlannedGate> PlanWithDatasets(const Catalog& catalog, const CatalogDocument& gate,
                                     const PlannedHistory* history) {
  PlannedGate planned;
  for (const std::string& name : gate.gate()->suites) {
    ASSAY_ASSIGN(PlannedSuite suite, ReadCases(*catalog.FindSuite(name), *gate.gate(), catalog, planned.warnings));
    if (history != nullptr) ASSAY_TRY(AddHistory(*history, *catalog.FindSuite(name), suite));
    planned.suites.push_back(std::move(suite));
  }
  planned.rules = PlanGate(*gate.gate(), planned.suites);
  planned.looks = LooksAt(*gate.gate(), planned.suites);
  std::ranges::move(WarningsOf(*gate.gate(), planned.suites), std::back_inserter(planned.warnings));
  for (const RulePlan& rule : planned.rules) {
    const bool waits = std::ranges::any_of(rule.parts, [](const PartPlan& part) { return part.earlier_runs > 0; });
    if (!rule.blocking || !waits || history != nullptr) continue;  // which says how many there are
    planned.notes.push_back(rule.rule + ": the gate cannot pass before " +
                            std::to_string(rule.parts.front().earlier_runs) +
                            " complete runs of the candidate's model by the suite are stored; how many are missing "
                            "a verdict says, since a plan asks no daemon");
  }
  return planned;
}

Result<std::vector<std::string>> UncoveredJourneys(const CatalogDocument& document) {
  const SuiteSpec& suite = *document.suite();
  std::vector<std::string> uncovered;
  if (!suite.journeys) return uncovered;
  ASSAY_ASSIGN(const auto reader, OpenDataset(suite, std::filesystem::path(document.file).parent_path()));
  std::set<std::string> there;
  for (;;) {
    ASSAY_ASSIGN(const std::optional<DatasetRow> row, reader->Next());
    if (!row) break;
    if (auto value = SliceText(row->fields.Find(suite.journeys->of))) there.insert(*std::move(value));
  }
  for (const std::string& journey : suite.journeys->critical) {
    if (!there.contains(journey)) uncovered.push_back(journey);
  }
  return uncovered;
}

std::string PartName(const PartPlan& part, bool with_suite) {
  std::string name = with_suite ? part.suite : "";
  if (part.slice.empty()) return name;
  return name + (name.empty() ? "" : " ") + part.slice + "=" + ShownSliceValue(part.slice_value);
}

// Its best is then the baseline again (gates/plan.h).
bool Compares(const RulePlan& plan) { return plan.kind == "non_inferior" || plan.kind == "equivalent"; }

// What is wrong with a part, "" when nothing is.
std::string WarningOf(const PartPlan& part, bool compares) {
  if (!part.problem.empty()) return part.problem;
  if (!part.warning.empty()) return part.warning;
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

namespace {

// Of those parts that are errors, or those that are none.
std::vector<std::string> TextsOf(const RulePlan& plan, bool with_suite, bool are_errors) {
  std::vector<std::string> texts;
  for (const PartPlan& part : plan.parts) {
    const std::string name = PartName(part, with_suite);
    const std::string warning = WarningOf(part, Compares(plan));
    if (warning.empty() || (plan.blocking && part.is_error) != are_errors) continue;
    texts.push_back(plan.rule + (name.empty() ? "" : " " + name) + ": " + warning +
                    (are_errors ? "; it is an ERROR at every check" : ""));
  }
  return texts;
}

}  // namespace

std::vector<std::string> RuleWarningsOf(const PlannedGate& planned) {
  std::vector<std::string> warnings;
  for (const RulePlan& plan : planned.rules) {
    std::ranges::move(TextsOf(plan, planned.suites.size() > 1, false), std::back_inserter(warnings));
    if (!plan.problem.empty()) warnings.push_back(plan.rule + ": " + plan.problem);
  }
  return warnings;
}

std::vector<std::string> RuleErrorsOf(const PlannedGate& planned) {
  std::vector<std::string> errors;
  for (const RulePlan& plan : planned.rules)
    std::ranges::move(TextsOf(plan, planned.suites.size() > 1, true), std::back_inserter(errors));
  return errors;
}

}  // namespace assay
