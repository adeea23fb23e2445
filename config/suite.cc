#include "config/suite.h"

#include <algorithm>
#include <set>

#include "core/conversation.h"

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

void CheckReduction(const MetricSpec& metric, const Node& node, Diagnostics& diagnostics) {
  const auto reduce = node.Find("reduce");
  const std::string word(WordOf(metric.reduce));
  const auto k = node.Find("k");
  if (HasK(metric.reduce) && !k) diagnostics.Add(reduce->At(word + " needs \"k\""));
  if (k && !HasK(metric.reduce)) diagnostics.Add(k->AtKey("has no meaning beside reduce " + word));
  const auto quorum = node.Find("quorum");
  if (quorum && metric.reduce != Reduce::kMajority) {
    diagnostics.Add(quorum->AtKey("has no meaning beside reduce " + word));
  }
  if (!reduce) return;
  const std::string source(WordOf(metric.source));
  if (!IsOfGrader(metric.source) && CountsPasses(metric.reduce)) {
    diagnostics.Add(reduce->At(word + " counts trials that pass, which source " + source +
                               " does not know; take the passes of a grader"));
  }
  if (!IsOfGrader(metric.source) && metric.reduce == Reduce::kMode) {
    diagnostics.Add(reduce->At("hardly two trials have the same " + source + "; take median"));
  }
  const bool is_quantile = metric.aggregate != Aggregate::kMean && metric.aggregate != Aggregate::kMax &&
                           metric.aggregate != Aggregate::kSum;
  if (is_quantile && metric.reduce == Reduce::kMean) {
    diagnostics.Add(reduce->At("a " + std::string(WordOf(metric.aggregate)) +
                               " is of all trials, since means hide the slow ones; leave this out, or take median, "
                               "max or min of each case"));
  }
}

void CheckMetric(const MetricSpec& metric, const Node& node, Diagnostics& diagnostics) {
  CheckReduction(metric, node, diagnostics);
  if (metric.source == MetricSource::kScore && !metric.grader) {
    diagnostics.Add(node.AtKey("needs \"grader\" or a \"source\" other than score"));
  }
  if (metric.source == MetricSource::kPass && !metric.grader) {
    diagnostics.Add(node.AtKey("needs \"grader\" beside source pass"));
  }
  const std::string source(WordOf(metric.source));
  if (IsOfPeople(metric.source) && !metric.queue) {
    diagnostics.Add(node.AtKey("needs \"queue\" beside source " + source + ": where people judge the answers"));
  }
  if (metric.source == MetricSource::kHumanCorrected && !metric.grader) {
    diagnostics.Add(node.AtKey("needs \"grader\" beside source human_corrected: whose scores people correct"));
  }
  if (metric.source == MetricSource::kHumanCorrected && metric.aggregate != Aggregate::kMean) {
    diagnostics.Add(
        node.Find("aggregate")->At("people correct a mean, and no " + std::string(WordOf(metric.aggregate))));
  }
  for (const std::string_view key : {"queue", "quality"}) {
    const auto place = node.Find(key);
    if (place && !IsOfPeople(metric.source)) diagnostics.Add(place->AtKey("cannot stand beside source " + source));
  }
  if (!IsOfGrader(metric.source) && metric.source != MetricSource::kHumanCorrected && metric.grader) {
    diagnostics.Add(node.Find("grader")->AtKey("cannot stand beside source " + source));
  }
}

bool MeasuresTime(MetricSource source) {
  return source == MetricSource::kLatencyMs || source == MetricSource::kTtftMs ||
         source == MetricSource::kTokensPerSecond;
}

// What a metric asks for must be there in each case. People are asked of a sample of the cases, and a case of which
// some trials were drawn would be neither in it nor out of it.
void CheckTrials(const SuiteSpec& suite, const Node& node, Diagnostics& diagnostics) {
  const auto metrics = node.Find("metrics");
  for (std::size_t i = 0; metrics && i < suite.metrics.size(); ++i) {
    if (IsOfPeople(suite.metrics[i].source) && suite.trials > 1)
      diagnostics.Add(metrics->at(i).Find("source")->At(std::string(WordOf(suite.metrics[i].source)) +
                                                        " needs one trial of a case, and the suite has " +
                                                        std::to_string(suite.trials)));
  }
  for (std::size_t i = 0; metrics && i < suite.metrics.size(); ++i) {
    for (const auto& [key, asked] :
         {std::pair("k", suite.metrics[i].k), std::pair("quorum", suite.metrics[i].quorum)}) {
      const auto place = metrics->at(i).Find(key);
      if (!place || !asked || *asked <= suite.trials) continue;
      diagnostics.Add(place->At(std::to_string(*asked) + " is more than the " + std::to_string(suite.trials) +
                                (suite.trials == 1 ? " trial" : " trials") + " of a case (trials of the suite)"));
    }
  }
}

// The first grader or metric of times; "" for none.
std::string TimeMeasuredBy(const SuiteSpec& suite) {
  for (const GraderSpec& grader : suite.graders) {
    if (grader.type == "latency" || grader.type == "ttft" || grader.type == "token_rate")
      return "grader \"" + grader.name + "\"";
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
          .Optional("provenance", &DatasetSpec::provenance,
                    "where its cases come from, kept with each of them as the field provenance")
          .Optional("provenance_field", &DatasetSpec::provenance_field,
                    "field in which each row says so in these words; rows without it are as provenance says",
                    {.min_size = 1})
          .Check(CheckDatasetFile);
  return table;
}

namespace {

void CheckPromptEntry(const PromptMessageSpec& entry, const Node& node, Diagnostics& diagnostics) {
  if (!entry.images.empty() && !entry.user) {
    diagnostics.Add(node.Find("images")->AtKey("can only stand beside user"));
  }
  if (entry.generate && !*entry.generate) {
    diagnostics.Add(node.Find("generate")->At("is true, or left out: nothing is generated where it does not stand"));
  }
}

// An answer needs something before it, and one before the end needs something after it.
void CheckGeneratedTurns(const SuiteSpec& suite, const Node& node, Diagnostics& diagnostics) {
  const Node prompt = *node.Find("prompt");
  bool has_message = false;
  for (std::size_t i = 0; i < suite.prompt.size(); ++i) {
    if (!suite.prompt[i].generate) {
      has_message = true;
      continue;
    }
    if (!has_message) diagnostics.Add(prompt.at(i).AtKey("there is no message before it that could be answered"));
    if (has_message && i + 1 == suite.prompt.size()) {
      diagnostics.Add(prompt.at(i).AtKey("the end of a prompt is always answered; remove this"));
    }
    has_message = false;
  }
}

// Latency and tokens are sums over the answers of a conversation, the first token is that of the last one.
void CheckRates(const SuiteSpec& suite, const Node& node, Diagnostics& diagnostics) {
  const auto is_answered = [](const PromptMessageSpec& entry) { return entry.generate || entry.turns; };
  if (std::ranges::none_of(suite.prompt, is_answered)) return;
  for (std::size_t i = 0; i < suite.metrics.size(); ++i) {
    if (suite.metrics[i].source != MetricSource::kTokensPerSecond) continue;
    const Node source = *node.Find("metrics")->at(i).Find("source");
    diagnostics.Add(source.At("cannot be told where several answers of a conversation are generated"));
  }
}

void CheckTool(const ToolSpec& tool, const Node& node, Diagnostics& diagnostics) {
  if (const std::string fault = FaultOfToolName(tool.name); !fault.empty())
    diagnostics.Add(node.Find("name")->At(fault));
  const auto parameters = node.Find("parameters");
  if (!parameters) return;
  const std::string fault = FaultOfToolParameters(tool.parameters);
  if (!fault.empty()) diagnostics.Add(parameters->At(fault));
}

void CheckTools(const SuiteSpec& suite, const Node& node, Diagnostics& diagnostics) {
  const bool has_tools = !suite.tools.empty() || suite.tools_file || suite.tools_field;
  if (const auto tools = node.Find("tools")) CheckUniqueNames(suite.tools, *tools, "tool", diagnostics);
  const auto choice = node.Find("tool_choice");
  if (!choice) return;
  if (!has_tools) diagnostics.Add(choice->AtKey("needs tools, tools_file or tools_field"));
  if (suite.tools.empty()) return;  // the names stand elsewhere
  std::vector<std::string> words = {"auto", "none", "required"};
  for (const ToolSpec& tool : suite.tools) words.push_back(tool.name);
  if (std::ranges::find(words, suite.tool_choice) == words.end()) {
    const std::string hint = DidYouMean(suite.tool_choice, words);
    diagnostics.Add(
        choice->At(choice->Describe() + " is neither auto, none, required nor a tool of this suite" + hint));
  }
}

}  // namespace

const FieldTable<ToolSpec>& ToolSpec::Fields() {
  static const auto table = FieldTable<ToolSpec>()
                                .Required("name", &ToolSpec::name, "name of the function, unique in the suite")
                                .Optional("description", &ToolSpec::description, "what it does, for the model")
                                .Optional("parameters", &ToolSpec::parameters,
                                          "JSON Schema of its arguments, an object; without it there are none")
                                .Check(CheckTool, {"name", "parameters"});
  return table;
}

const FieldTable<PromptMessageSpec>& PromptMessageSpec::Fields() {
  static const auto table =
      FieldTable<PromptMessageSpec>()
          .Optional("system", &PromptMessageSpec::system, "instructions; a mustache template over the case's fields")
          .Optional("user", &PromptMessageSpec::user, "what the user says; a mustache template over the case's fields")
          .Optional("assistant", &PromptMessageSpec::assistant,
                    "an earlier answer; a mustache template over the case's fields")
          .Optional("messages", &PromptMessageSpec::messages,
                    "field of the case that holds messages: a list of {role, content}", {.min_size = 1})
          .Optional("generate", &PromptMessageSpec::generate, "true: the model answers here, before the next message")
          .Optional(
              "turns", &PromptMessageSpec::turns,
              "field of the case that holds what the user says, a list of texts; each is answered before the next",
              {.min_size = 1})
          .Optional("images", &PromptMessageSpec::images,
                    "images beside what the user says: addresses, data URLs or files; mustache templates",
                    {.min_size = 1, .max_size = kMaxImages})
          .ExactlyOneOf({"system", "user", "assistant", "messages", "generate", "turns"})
          .Check(CheckPromptEntry, {"user", "generate", "images"});
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

const FieldTable<PeopleQualitySpec>& PeopleQualitySpec::Fields() {
  static const auto table =
      FieldTable<PeopleQualitySpec>()
          .Optional("overlap", &PeopleQualitySpec::overlap, "items that several people judged apart, at least",
                    {.min = 2, .max = 100000})
          .Optional("agreement", &PeopleQualitySpec::agreement,
                    "what the lower bound of agreement on pass or fail must reach", {.above = 0, .below = 1})
          .Optional("statistic", &PeopleQualitySpec::statistic, "how agreement is measured")
          .Optional("audits_passed", &PeopleQualitySpec::audits_passed,
                    "what the lower bound of the share of audited decisions that were right must reach",
                    {.above = 0, .below = 1})
          .Optional("severe_agreement", &PeopleQualitySpec::severe_agreement,
                    "what the lower bound of agreement on severity 1 and 2 must reach, over items of which somebody "
                    "said so",
                    {.above = 0, .below = 1})
          .Optional("over", &PeopleQualitySpec::over, "how long before the verdict judgements are looked at",
                    {.min = 60, .max = 366 * 86400});
  return table;
}

const FieldTable<MetricSpec>& MetricSpec::Fields() {
  static const auto table =
      FieldTable<MetricSpec>()
          .Required("name", &MetricSpec::name, "name of the metric", {.form = TextForm::kName})
          .Optional("grader", &MetricSpec::grader, "grader whose values are aggregated", {.form = TextForm::kName})
          .Optional("source", &MetricSpec::source, "what is aggregated")
          .Optional("queue", &MetricSpec::queue,
                    "review queue whose settled answers are aggregated, of source human and human_corrected",
                    {.form = TextForm::kName})
          .Optional("quality", &MetricSpec::quality,
                    "what the judgements of the queue must show before a rule may rest on them")
          .Optional("reduce", &MetricSpec::reduce, "how the trials of a case become one value")
          .Optional("k", &MetricSpec::k, "number of trials, of at_least_k, pass_at_k and pass_hat_k",
                    {.min = 1, .max = SuiteSpec::kMostTrials})
          .Optional("quorum", &MetricSpec::quorum,
                    "scored trials that a majority needs; without it, as many as make it sure",
                    {.min = 1, .max = SuiteSpec::kMostTrials})
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

namespace {

void CheckHighRisk(const JourneysSpec& journeys, const Node& node, Diagnostics& diagnostics) {
  const auto high_risk = node.Find("high_risk");
  for (std::size_t i = 0; high_risk && i < journeys.high_risk.size(); ++i) {
    if (std::ranges::find(journeys.critical, journeys.high_risk[i]) == journeys.critical.end())
      diagnostics.Add(high_risk->at(i).At("is none of the critical journeys; name it among these too"));
  }
}

void CheckJourneys(const SuiteSpec& suite, const Node& node, Diagnostics& diagnostics) {
  if (!suite.journeys || std::ranges::find(suite.slices, suite.journeys->of) != suite.slices.end()) return;
  diagnostics.Add(node.Find("journeys")->Find("of")->At("is none of the suite's slices"));
}

}  // namespace

bool JourneysSpec::IsHighRisk(std::string_view journey) const {
  return std::ranges::find(high_risk, journey) != high_risk.end();
}

const FieldTable<JourneysSpec>& JourneysSpec::Fields() {
  static const auto table =
      FieldTable<JourneysSpec>()
          .Required("of", &JourneysSpec::of, "the slice whose values are journeys", {.min_size = 1})
          .Required("critical", &JourneysSpec::critical, "journeys that the cases must cover",
                    {.min_size = 1, .max_size = 1000, .unique = true})
          .Optional("high_risk", &JourneysSpec::high_risk, "those of them where a mistake costs most",
                    {.max_size = 1000, .unique = true})
          .Check(CheckHighRisk, {"critical", "high_risk"});
  return table;
}

const FieldTable<SuiteSpec>& SuiteSpec::Fields() {
  static const auto table =
      FieldTable<SuiteSpec>()
          .Required("name", &SuiteSpec::name, "name of the suite, unique in the catalog", {.form = TextForm::kName})
          .Optional("description", &SuiteSpec::description, "what it is for")
          .Optional("owner", &SuiteSpec::owner, "who answers for it")
          .Optional("data_class", &SuiteSpec::data_class,
                    "class of its data; who reads its cases and answers must be cleared for it",
                    {.form = TextForm::kName})
          .Required("dataset", &SuiteSpec::dataset, "files of cases; case ids are unique over all of them",
                    {.min_size = 1, .max_size = 100})
          .Required("prompt", &SuiteSpec::prompt, "messages that are sent for a case", {.min_size = 1, .max_size = 100})
          .Optional("tools", &SuiteSpec::tools, "functions that the model may call", {.min_size = 1, .max_size = 128})
          .Optional("tools_file", &SuiteSpec::tools_file, "JSON file with a list of tools, instead of tools",
                    {.form = TextForm::kFile})
          .Optional("tools_field", &SuiteSpec::tools_field, "field of the case that holds its list of tools",
                    {.min_size = 1})
          .Optional("tool_choice", &SuiteSpec::tool_choice,
                    "auto, none, required, or the name of the tool that must be called", {.min_size = 1})
          .AtMostOneOf({"tools", "tools_file", "tools_field"})
          .Optional("sampling", &SuiteSpec::sampling,
                    "how the model is asked to sample; what is absent is left to the endpoint")
          .Optional("trials", &SuiteSpec::trials, "how often each case is asked",
                    {.min = 1, .max = SuiteSpec::kMostTrials})
          .Optional("budget_usd", &SuiteSpec::budget_usd,
                    "what a run may cost; it is stopped before it costs more, and gates on it are INCONCLUSIVE",
                    {.max = SuiteSpec::kMostBudgetUsd, .above = 0, .unit = "US dollars"})
          .Optional("cache", &SuiteSpec::cache, "whether answers of earlier runs are used again, and which")
          .Optional("slices", &SuiteSpec::slices, "fields of the case by whose values metrics are split",
                    {.min_size = 0, .max_size = 32, .unique = true})
          .Optional("journeys", &SuiteSpec::journeys, "what users come for, and the cases must cover")
          .Optional("cluster", &SuiteSpec::cluster,
                    "field of the case; cases with the same value in it are not independent, and count as one unit",
                    {.min_size = 1})
          .Required("graders", &SuiteSpec::graders, "what scores a response", {.min_size = 1, .max_size = 200})
          .Optional("metrics", &SuiteSpec::metrics, "aggregates beside those that each grader defines",
                    {.max_size = 500})
          .Check(CheckSuite, {"graders", "metrics"})
          .Check(CheckGeneratedTurns, {"prompt"})
          .Check(CheckRates, {"prompt", "metrics"})
          .Check(CheckTrials, {"metrics", "trials"})
          .Check(CheckTools, {"tools", "tool_choice"})
          .Check(CheckJourneys, {"slices", "journeys"});
  return table;
}

}  // namespace assay
