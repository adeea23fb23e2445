// What each kind of grader costs on a response of about a kilobyte: CPU time, median of several repetitions. Fails when
// a kind of builtin.def has no row here, so that whoever adds a kind adds its row.

#include <benchmark/benchmark.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/node.h"
#include "runners/graders/grader.h"

namespace assay {
namespace {

enum class Sample { kProse, kJson, kRanking, kXml, kHtml, kSql, kYaml, kCsv, kCode, kCalls };

struct Row {
  const char* kind;
  const char* options;  // YAML; the case has the fields `answer`, `reference`, `references` and `ranking`
  Sample sample = Sample::kProse;
  const char* not_measured = "";  // why there is nothing to measure, e.g. that it waits for an endpoint
};

// Representative options; a kind whose cost depends on them has several rows.
constexpr Row kRows[] = {
    {"equals", "{value: \"{{reference}}\"}"},
    {"contains", "{any: [\"no such text\", \"{{answer}}\"], ignore_case: true}"},
    {"regex", R"({pattern: '(?i)answer is\s+\$?([0-9.,]+)', equals: "{{answer}}"})"},
    {"number", "{equals: \"{{answer}}\"}"},
    {"json", "{schema: {type: object, required: [items], properties: {items: {type: array, items: {type: object}}}}}",
     Sample::kJson},
    {"latency", "{max: 2s}"},
    {"ttft", "{}"},
    {"tokens", "{}"},
    {"token_rate", "{}"},
    {"cost", "{}"},
    {"finish_reason", "{is: [stop, tool_calls]}"},
    {"guardrails", "{}"},
    {"grounding", "{context: \"{{references}}\"}"},
    {"context_precision", "{reference: \"{{ranking}}\", retrieved: \"{{ranking}}\"}"},
    {"context_recall", "{reference: \"{{ranking}}\", retrieved: \"{{ranking}}\", match: similar}"},
    {"string_similarity", "{reference: \"{{reference}}\"}"},
    {"string_similarity", "{reference: \"{{reference}}\", algorithm: damerau}"},
    {"string_similarity", "{reference: \"{{reference}}\", algorithm: jaro_winkler}"},
    {"edit_distance", "{reference: \"{{reference}}\", algorithm: indel}"},
    {"levenshtein", "{reference: \"{{reference}}\", max: 5}"},
    {"token_f1", "{reference: \"{{reference}}\"}"},
    {"rouge", "{reference: \"{{reference}}\", variant: rouge_1}"},
    {"rouge", "{reference: \"{{reference}}\", variant: rouge_l}"},
    {"rouge", "{reference: \"{{reference}}\", variant: rouge_lsum, stem: true}"},
    {"bleu", "{reference: \"{{reference}}\"}"},
    {"bleu", "{reference: \"{{references}}\"}"},
    {"gleu", "{reference: \"{{reference}}\"}"},
    {"meteor", "{reference: \"{{reference}}\"}"},
    {"chrf", "{reference: \"{{reference}}\"}"},
    {"chrf", "{reference: \"{{reference}}\", word_order: 2}"},
    {"ter", "{reference: \"{{reference}}\"}"},
    {"error_rate", "{reference: \"{{reference}}\"}"},
    {"error_rate", "{reference: \"{{reference}}\", measure: mer}"},
    {"wip", "{reference: \"{{reference}}\"}"},
    {"fuzzy_match", "{reference: \"{{reference}}\"}"},
    {"divergence", "{reference: \"{{reference}}\"}"},
    {"spearman", "{reference: \"{{ranking}}\", ignore_case: true}", Sample::kRanking},
    {"perplexity", "{}"},
    {"likelihood", "{}"},
    {"exact_normalized", "{value: \"{{reference}}\"}"},
    {"match_position", "{value: \"{{answer}}\", at: end}"},
    {"starts_with", "{value: \"To find out\"}"},
    {"ends_with", "{value: \"{{answer}}\"}"},
    {"fuzzy_substring", "{value: \"{{answer}}\"}"},
    {"answer_line", "{equals: \"{{answer}}\"}"},
    {"choice", "{answer: \"B\"}"},
    {"count", "{max: 300}"},
    {"set_match", "{value: [Monday, Tuesday, Friday]}"},
    {"list_contains", "{value: [bakery, market, shop]}"},
    {"quoted_spans", "{sources: \"{{reference}}\"}"},
    {"language", "{is: en}"},
    {"readability", "{max: 12}"},
    {"tone", "{max_uppercase: 0.3, max_exclamations: 3, forbidden: [shut up, not my problem]}"},
    {"numeric_diff", "{expected: 473}"},
    {"math_equivalent", "{value: \"{{answer}}\"}"},
    {"json_match", "{equals: {items: []}}", Sample::kJson},
    {"json_diff", "{equals: {items: [{name: loaf, price: 2}]}}", Sample::kJson},
    {"json_distance", "{equals: {items: [{name: loaf, price: 2}]}}", Sample::kJson},
    {"json_keys", "{equals: {items: []}}", Sample::kJson},
    {"json_path", "{checks: [{path: \".items[].price\", min: 0, below: 100}]}", Sample::kJson},
    {"json_path_share", "{checks: [{path: \".items[0].name\", type: string}, {path: .b, exists: true}]}",
     Sample::kJson},
    {"xml", "{}", Sample::kXml},
    {"html", "{}", Sample::kHtml},
    {"sql", "{dialect: postgresql}", Sample::kSql},
    {"yaml", "{}", Sample::kYaml},
    {"csv", "{}", Sample::kCsv},
    {"table_match", "{equals: \"{{csv}}\"}", Sample::kCsv},
    {"code_fence", "{}", Sample::kCode},
    {"instructions", "{instructions: [{type: number_words, relation: at least, num_words: 100}, {type: no_comma}]}"},
    {"degeneration", "{}"},
    {"tool_calls", "{}", Sample::kCalls},
    {"tool_call_schema_valid", "{}", Sample::kCalls},
    {"tool_relevance", "{}", Sample::kCalls},
    {"tool_used", "{tools: book}", Sample::kCalls},
    {"tool_args_match", "{tool: book, arguments: {city: Bern}}", Sample::kCalls},
    {"tool_sequence", "{steps: [search, book]}", Sample::kCalls},
    {"trajectory_match", "{}", Sample::kCalls},
    {"step_count", "{max: 5}", Sample::kCalls},
    {"tool_call_f1", "{}", Sample::kCalls},
    {"tool_call_accuracy", "{}", Sample::kCalls},
    {"tool_correctness", "{}", Sample::kCalls},
    {"tool_permission", "{allow: [search, book]}", Sample::kCalls},
    {"agent_loop", "{}", Sample::kCalls},
    {"refusal", "{expect: complied}"},
    {"pii", "{}"},
    {"secrets", "{}"},
    {"deny_list", "{phrases: [darn, Acme Rival, forbidden fruit]}"},
    {"prompt_injection", "{canary: \"K7-ALPHA\", hijack: [I have been PWNED]}"},
    {"all", "", Sample::kProse, "it combines scores"},
    {"any", "", Sample::kProse, "it combines scores"},
    {"weighted", "", Sample::kProse, "it combines scores"},
    {"formula", "", Sample::kProse, "it combines scores"},
    {"jury", "", Sample::kProse, "it combines scores"},
    {"judge", "", Sample::kProse, "it asks a model"},
    {"pairwise", "", Sample::kProse, "it asks a model"},
    {"exec", "", Sample::kProse, "it asks a program"},
    {"grpc", "", Sample::kProse, "it asks a server"},
    {"http", "", Sample::kProse, "it asks a server"},
    {"embedding_similarity", "", Sample::kProse, "it asks a model"},
};

// About a kilobyte; the reference is another telling of the same.
constexpr const char* kProse =
    "To find out how much she earns in a week, we have to go through each of the seven days. On Monday, Tuesday and "
    "Wednesday the bakery is open from six in the morning until noon, and she sells about forty loaves of bread a day "
    "at "
    "$2.50 each, which makes $100. On Thursdays there is the market: the stall opens at five, and on a good day she "
    "sells twice as many loaves, but the town takes a fee of $35, so that $165 remain. Fridays are like Mondays. On "
    "Saturday the bakery stays open until four in the afternoon. Then she also sells cakes, a dozen of them, at $14 "
    "apiece, in addition to the forty loaves; that is $168 and $100, or $268 in all. On Sunday the bakery is closed, "
    "and "
    "nothing is sold.\n\nAltogether that is 4 * $100 + $165 + $268 = $833 before costs. Flour, butter, sugar and the "
    "electricity for the oven come to about $240 a week, and the rent for the small shop at the corner is $120. "
    "So what is left for her at the end of the week is $833 - $240 - $120 = $473.\n\nThe answer is 473";
constexpr const char* kReference =
    "We go through the week day by day to find out what she earns. The bakery is open from six until noon on Monday, "
    "Tuesday, Wednesday and Friday, and each day she sells some forty loaves at $2.50, that is $100 a day or $400. On "
    "Thursday she has a stall at the market, where she sells twice as many loaves for $200, of which the town takes "
    "$35: "
    "$165 remain. On Saturday, when the shop stays open until four in the afternoon, she sells a dozen cakes at $14 in "
    "addition to the forty loaves, which makes $168 + $100 = $268. The bakery is closed on Sunday.\n\nBefore costs "
    "that "
    "is $400 + $165 + $268 = $833. Flour, butter, sugar and electricity come to $240 and the rent of the small shop to "
    "$120 a week, so that $833 - $360 = $473 are left for her at the end of it.\n\nThe answer is 473";

std::string JsonSample() {
  std::string text = R"({"items": [)";
  for (int i = 0; i < 16; ++i) {
    text += (i == 0 ? "" : ", ") + std::string(R"({"name": "loaf )") + std::to_string(i) +
            R"(", "price": 2.5, "fresh": true, "note": "\u00e9"})";
  }
  return text + "]}";
}

// A numbered list.
std::string RankingSample() {
  std::string text;
  for (int i = 0; i < 60; ++i) text += std::to_string(i + 1) + ". Candidate " + std::to_string(i * 7 % 60) + "\n";
  return text;
}

Json Ranking() {
  Json::Array items;
  for (int i = 0; i < 60; ++i) items.push_back("candidate " + std::to_string(i));
  return items;
}

// `line` a number of times, each with its number in the place of #.
std::string Repeated(std::string_view line, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) {
    for (const char c : line) text += c == '#' ? std::to_string(i) : std::string(1, c);
  }
  return text;
}

std::string TextOf(Sample sample) {
  switch (sample) {
    case Sample::kJson:
      return JsonSample();
    case Sample::kRanking:
      return RankingSample();
    case Sample::kXml:
      return "<items>" + Repeated("<item id=\"#\"><name>loaf #</name><price>2.50</price></item>", 18) + "</items>";
    case Sample::kHtml:
      return "<!DOCTYPE html><html><body>" + Repeated("<p class=\"x\">loaf <b>#</b> &amp; more</p>", 24) +
             "</body></html>";
    case Sample::kSql:
      return "SELECT a.id, " + Repeated("sum(a.v#) AS s#, ", 40) +
             "count(*) FROM sales a JOIN shops b ON a.shop = b.id " +
             "WHERE b.town = 'Bern' AND a.day > '2026-01-01' GROUP BY a.id ORDER BY 2 DESC LIMIT 10";
    case Sample::kYaml:
      return Repeated("- {name: loaf #, price: 2.5, fresh: true}\n", 24);
    case Sample::kCsv:
      return "name,price,fresh\n" + Repeated("loaf #,2.5,true\n", 60);
    case Sample::kCode:
      return "Here it is:\n\n```python\n" + Repeated("x# = f(x# + #)\n", 55) + "```\nDone.";
    case Sample::kCalls:
    case Sample::kProse:
      break;
  }
  return kProse;
}

std::vector<ToolCall> CallsOf(Sample sample) {
  if (sample != Sample::kCalls) return {};
  return {{"search", R"({"query": "hotels in Bern", "max_price": 120})"},
          {"book", R"({"city": "Bern", "nights": 3, "guests": {"adults": 2}})"}};
}

Json CallsOfTheCase() {
  return *Json::Parse(R"([{"name": "search", "arguments": {"query": "hotels in Bern", "max_price": 120}},
                          {"name": "book", "arguments": {"city": "Bern", "nights": 3, "guests": {"adults": 2}}}])");
}

Json ToolsOfTheCase() {
  return *Json::Parse(R"([{"name": "search", "parameters": {"type": "object", "required": ["query"],
      "properties": {"query": {"type": "string"}, "max_price": {"type": "integer"}}}},
    {"name": "book", "parameters": {"type": "object", "properties": {"city": {"type": "string"},
      "nights": {"type": "integer"}, "guests": {"type": "object"}}}}])");
}

Response ResponseOf(Sample sample) {
  Response response;
  response.text = TextOf(sample);
  response.tool_calls = CallsOf(sample);
  response.latency = std::chrono::milliseconds(800);
  response.first_token = std::chrono::milliseconds(200);
  response.usage = {.tokens_in = 100, .tokens_out = 250};
  response.cost_usd = 0.01;
  response.finish_reason = "stop";
  for (int i = 0; i < 250; ++i) response.logprobs.push_back({{"token", -0.01 * (i % 90)}});
  return response;
}

std::shared_ptr<const Grader> MakeRow(const Row& row) {
  Diagnostics diagnostics;
  const auto documents = ParseYaml("options", row.options, diagnostics);
  GraderSpec spec;
  spec.name = row.kind;
  spec.type = row.kind;
  if (!documents.empty()) spec.options = documents.front().root;
  const auto made = MakeGrader(spec, std::filesystem::path());
  if (made) return made->grader;
  std::fprintf(stderr, "grader_bench: %s %s: %s\n", row.kind, row.options, made.error().message.c_str());
  return nullptr;
}

// One line a row, the medians.
class Table : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override {
    std::printf("| kind, options | ns | status |\n|---|---:|---|\n");
    return true;
  }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      std::printf("| %s | %.0f | %s |\n", run.run_name.function_name.c_str(), run.GetAdjustedCPUTime(),
                  run.report_label.c_str());
    }
    std::fflush(stdout);
  }
};

void Measure(benchmark::State& state, const Grader& grader, const Case& item, const Response& response) {
  Score score;
  for (auto _ : state) {
    score = grader.Grade(item, response);
    benchmark::DoNotOptimize(score);
  }
  // A grader that lacks its input is no measurement of its work.
  state.SetLabel(std::string(Name(score.status)));
}

// False when a kind lacks a row.
bool EveryKindHasARow() {
  std::set<std::string> named;
  for (const Row& row : kRows) named.insert(row.kind);
  bool complete = true;
  for (const PluginKind& kind : GraderKinds()) {
    if (named.contains(kind.name)) continue;
    std::fprintf(stderr, "grader_bench: kind \"%s\" has no row in kRows of bench/grader_bench.cc: add one\n",
                 kind.name.c_str());
    complete = false;
  }
  return complete;
}

int Run(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 64;
  if (!EveryKindHasARow()) return 1;
  const Case item{0, "case",
                  Json::Of({{"answer", "473"},
                            {"reference", kReference},
                            {"references", Json::Array{kReference, kProse}},
                            {"ranking", Ranking()},
                            {"csv", TextOf(Sample::kCsv)},
                            {"tools", ToolsOfTheCase()},
                            {"expected_calls", CallsOfTheCase()}})};
  for (const Row& row : kRows) {
    if (*row.not_measured != '\0') {
      std::printf("%s is not measured: %s\n", row.kind, row.not_measured);
      continue;
    }
    const std::shared_ptr<const Grader> grader = MakeRow(row);
    if (!grader) return 1;
    const std::string name = std::string(row.kind) + " `" + row.options + "`";
    benchmark::RegisterBenchmark(name.c_str(),
                                 [grader, &item, response = ResponseOf(row.sample)](benchmark::State& state) {
                                   Measure(state, *grader, item, response);
                                 })
        ->Repetitions(9)
        ->MinTime(0.02)
        ->ReportAggregatesOnly();
  }
  Table table;
  benchmark::RunSpecifiedBenchmarks(&table);
  return 0;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Run(argc, argv); }
