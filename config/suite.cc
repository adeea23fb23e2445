#include "config/suite.h"

#include <algorithm>
#include <set>

namespace assay {
namespace {

// Names of a list of named things must differ; says where the second stands.
template <class Named>
void CheckUniqueNames(const std::vector<Named>& things, const Node& list, std::string_view what,
                      Diagnostics& diagnostics) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < things.size(); ++i) {
    if (seen.insert(things[i].name).second) continue;
    const auto name = list.at(i).Find("name");
    diagnostics.Add(name->At(std::string(what) + " \"" + things[i].name + "\" is already defined"));
  }
}

// runners/dataset_formats.def has the readers; a test compares the two.
void CheckDatasetFile(const DatasetSpec& dataset, const Node& node, Diagnostics& diagnostics) {
  std::string_view file = dataset.file;
  for (const std::string_view compression : {".gz", ".zst"}) {
    if (!file.ends_with(compression)) continue;
    file.remove_suffix(compression.size());
    break;
  }
  for (const std::string_view format : {".jsonl", ".csv", ".json", ".yaml"}) {
    if (file.ends_with(format)) return;
  }
  diagnostics.Add(node.Find("file")->At(
      "a dataset is a .jsonl, .csv, .json or .yaml file, or one of these compressed: .jsonl.gz, .csv.zst"));
}

void CheckMetric(const MetricSpec& metric, const Node& node, Diagnostics& diagnostics) {
  if (metric.source == MetricSource::kScore && !metric.grader) {
    diagnostics.Add(node.AtKey("needs \"grader\" or a \"source\" other than score"));
  }
  if (metric.source != MetricSource::kScore && metric.grader) {
    diagnostics.Add(node.Find("grader")->AtKey("cannot stand beside source " + std::string(WordOf(metric.source))));
  }
}

bool MeasuresTime(MetricSource source) {
  return source == MetricSource::kLatencyMs || source == MetricSource::kTtftMs ||
         source == MetricSource::kTokensPerSecond;
}

// The first grader or metric of times; "" for none.
std::string TimeMeasuredBy(const SuiteSpec& suite) {
  for (const GraderSpec& grader : suite.graders) {
    if (grader.type == "latency") return "grader \"" + grader.name + "\"";
  }
  for (const MetricSpec& metric : suite.metrics) {
    if (MeasuresTime(metric.source)) return "metric \"" + metric.name + "\"";
  }
  return "";
}

void CheckCache(const SuiteSpec& suite, const Node& node, Diagnostics& diagnostics) {
  const auto cache = node.Find("cache");
  if (!cache || !suite.cache.is_on) return;
  if (suite.trials > 1) {
    diagnostics.Add(cache->At("cannot stand beside trials: " + std::to_string(suite.trials) +
                              ": each trial would get the answer of the first"));
  }
  const std::string by = suite.cache.with_latency ? "" : TimeMeasuredBy(suite);
  if (by.empty()) return;
  diagnostics.Add(
      cache->At("cannot stand beside " + by +
                ": a cached answer has no latency and leaves it unscored; with_latency: true accepts that"));
}

void CheckSuite(const SuiteSpec& suite, const Node& node, Diagnostics& diagnostics) {
  CheckCache(suite, node, diagnostics);
  if (const auto graders = node.Find("graders")) CheckUniqueNames(suite.graders, *graders, "grader", diagnostics);
  const auto metrics = node.Find("metrics");
  if (!metrics) return;
  CheckUniqueNames(suite.metrics, *metrics, "metric", diagnostics);
  std::vector<std::string> names;
  for (const GraderSpec& grader : suite.graders) names.push_back(grader.name);
  for (std::size_t i = 0; i < suite.metrics.size(); ++i) {
    const MetricSpec& metric = suite.metrics[i];
    const Node entry = metrics->at(i);
    if (std::ranges::find(names, metric.name) != names.end()) {
      diagnostics.Add(entry.Find("name")->At("grader \"" + metric.name + "\" already defines a metric of that name"));
    }
    if (metric.grader && std::ranges::find(names, *metric.grader) == names.end()) {
      diagnostics.Add(entry.Find("grader")->At("there is no grader \"" + *metric.grader + "\" in this suite" +
                                               DidYouMean(*metric.grader, names)));
    }
  }
}

}  // namespace

const FieldTable<DatasetSpec>& DatasetSpec::Fields() {
  static const auto table =
      FieldTable<DatasetSpec>()
          .Required(
              "file", &DatasetSpec::file,
              "file of cases: .jsonl, .csv, .json or .yaml, perhaps compressed (.gz, .zst); relative to the document",
              {.form = TextForm::kFile})
          .Optional("id", &DatasetSpec::id, "field that names a case; without it the hash of the row does",
                    {.min_size = 1})
          .Check(CheckDatasetFile);
  return table;
}

const FieldTable<PromptMessageSpec>& PromptMessageSpec::Fields() {
  static const auto table =
      FieldTable<PromptMessageSpec>()
          .Optional("system", &PromptMessageSpec::system, "instructions; a mustache template over the case's fields")
          .Optional("user", &PromptMessageSpec::user, "what the user says; a mustache template over the case's fields")
          .Optional("assistant", &PromptMessageSpec::assistant,
                    "an earlier answer; a mustache template over the case's fields")
          .ExactlyOneOf({"system", "user", "assistant"});
  return table;
}

Role PromptMessageSpec::role() const {
  if (system) return Role::kSystem;
  return assistant ? Role::kAssistant : Role::kUser;
}

const std::string& PromptMessageSpec::text() const {
  static const std::string none;
  return system ? *system : user ? *user : assistant ? *assistant : none;
}

const FieldTable<GraderSpec>& GraderSpec::Fields() {
  static const auto table =
      FieldTable<GraderSpec>()
          .Required("name", &GraderSpec::name, "name of the grader and of its metric", {.form = TextForm::kName})
          .Required("type", &GraderSpec::type, "kind of grader; it decides which other keys there are",
                    {.form = TextForm::kName})
          .Optional("role", &GraderSpec::role, "whether it gates every case or only in aggregate")
          .Optional("severity", &GraderSpec::severity, "gravity of a failure; 1 is the gravest", {.min = 1, .max = 5})
          .Optional("negate", &GraderSpec::negate, "inverts pass and fail, never errors")
          .NotYet({"weight", "threshold", "direction", "transform", "when"})
          .Rest(&GraderSpec::options);
  return table;
}

const FieldTable<CacheSpec>& CacheSpec::Fields() {
  static const auto table =
      FieldTable<CacheSpec>()
          .Optional("ttl", &CacheSpec::ttl, "how old an answer may be", {.min = 1, .max = 366 * 86400})
          .Optional("with_latency", &CacheSpec::with_latency,
                    "also when the suite measures times; what it cannot measure of cached answers is unscored");
  return table;
}

bool FieldType<CacheSpec>::Read(const Node& node, const Limits&, CacheSpec& out, Diagnostics& diagnostics) {
  if (node.is_mapping()) {
    out.is_on = true;
    return ReadFields(node, out, diagnostics);
  }
  return FieldType<bool>::Read(node, {}, out.is_on, diagnostics);
}

Json FieldType<CacheSpec>::Schema(const Limits&) {
  return Json::Of({{"anyOf", Json::Array{FieldType<bool>::Schema({}), SchemaOf(CacheSpec::Fields())}}});
}

const FieldTable<MetricSpec>& MetricSpec::Fields() {
  static const auto table =
      FieldTable<MetricSpec>()
          .Required("name", &MetricSpec::name, "name of the metric", {.form = TextForm::kName})
          .Optional("grader", &MetricSpec::grader, "grader whose values are aggregated", {.form = TextForm::kName})
          .Optional("source", &MetricSpec::source, "what is aggregated")
          .Optional("aggregate", &MetricSpec::aggregate,
                    "how the values of all cases become one; max and sum never gate")
          .Check(CheckMetric);
  return table;
}

const FieldTable<Sampling>& FieldsOf<Sampling>::Fields() {
  static const auto table =
      FieldTable<Sampling>()
          .Optional("temperature", &Sampling::temperature, "randomness of sampling; 0 is the least",
                    {.min = 0, .max = 100})
          .Optional("top_p", &Sampling::top_p, "share of probability that is sampled from", {.max = 1, .above = 0})
          .Optional("max_tokens", &Sampling::max_tokens, "length of an answer at most", {.min = 1, .unit = "tokens"})
          .Optional("seed", &Sampling::seed, "seed, for endpoints that take one")
          .Optional("stop", &Sampling::stop, "texts that end an answer", {.max_size = 16});
  return table;
}

const FieldTable<SuiteSpec>& SuiteSpec::Fields() {
  static const auto table =
      FieldTable<SuiteSpec>()
          .Required("name", &SuiteSpec::name, "name of the suite, unique in the catalog", {.form = TextForm::kName})
          .Optional("description", &SuiteSpec::description, "what it is for")
          .Optional("owner", &SuiteSpec::owner, "who answers for it")
          .Required("dataset", &SuiteSpec::dataset, "files of cases; case ids are unique over all of them",
                    {.min_size = 1, .max_size = 100})
          .Required("prompt", &SuiteSpec::prompt, "messages that are sent for a case", {.min_size = 1, .max_size = 100})
          .Optional("sampling", &SuiteSpec::sampling,
                    "how the model is asked to sample; what is absent is left to the endpoint")
          .Optional("trials", &SuiteSpec::trials, "how often each case is asked", {.min = 1, .max = 1000})
          .Optional("budget_usd", &SuiteSpec::budget_usd,
                    "what a run may cost; it is stopped before it costs more, and gates on it are INCONCLUSIVE",
                    {.max = SuiteSpec::kMostBudgetUsd, .above = 0, .unit = "US dollars"})
          .Optional("cache", &SuiteSpec::cache, "whether answers of earlier runs are used again, and which")
          .Optional("slices", &SuiteSpec::slices, "fields of the case by whose values metrics are split",
                    {.min_size = 0, .max_size = 32, .unique = true})
          .Required("graders", &SuiteSpec::graders, "what scores a response", {.min_size = 1, .max_size = 200})
          .Optional("metrics", &SuiteSpec::metrics, "aggregates beside those that each grader defines",
                    {.max_size = 500})
          .NotYet({"cluster"})  // a bound that takes dependent cases for independent ones would pass too often
          .Check(CheckSuite, {"graders", "metrics"});
  return table;
}

std::vector<MetricSpec> EffectiveMetrics(const SuiteSpec& suite) {
  std::vector<MetricSpec> metrics = suite.metrics;
  for (const GraderSpec& grader : suite.graders) {
    metrics.push_back({.name = grader.name, .grader = grader.name});
  }
  return metrics;
}

std::optional<MetricSpec> FindMetric(const SuiteSpec& suite, std::string_view name) {
  for (MetricSpec& metric : EffectiveMetrics(suite)) {
    if (metric.name == name) return std::move(metric);
  }
  return std::nullopt;
}

}  // namespace assay
