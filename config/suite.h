#pragma once
// kind: Suite. Dataset + prompt + graders + metrics.

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/agreement_words.h"
#include "config/fields.h"
#include "config/grader_spec.h"
#include "config/node.h"
#include "config/reduction.h"
#include "core/clock.h"
#include "core/response.h"

namespace assay {

// Where cases come from.
enum class Provenance { kProduction, kSynthetic, kSme, kCorpus };
template <>
struct EnumWords<Provenance> {
  static constexpr EnumWord<Provenance> kWords[] = {
      {"production", Provenance::kProduction, "what people really asked"},
      {"synthetic", Provenance::kSynthetic, "made by a program or a model"},
      {"sme", Provenance::kSme, "written by people who know the subject"},
      {"corpus", Provenance::kCorpus, "taken from a public collection"}};
};
// The field of a case that says so, where its entry has it said.
inline constexpr char kProvenanceField[] = "provenance";

// One dataset file.
struct DatasetSpec {
  std::string file;                           // relative to the document
  std::optional<std::string> id;              // the field that names a case; absent: the hash of the row names it
  std::optional<Provenance> provenance = {};  // of rows that do not say themselves
  std::optional<std::string> provenance_field = {};  // in which they do
  static const FieldTable<DatasetSpec>& Fields();
};

// One entry of the prompt: a message, messages of the case, or a place where the model answers. One member is set,
// beside `user` perhaps `images` too.
struct PromptMessageSpec {
  std::optional<std::string> system;
  std::optional<std::string> user;
  std::optional<std::string> assistant;
  std::optional<std::string> messages;  // the field of the case that holds a conversation
  std::optional<std::string> turns;     // the field that holds what the user says, turn by turn
  std::optional<bool> generate;         // true: the model answers before the conversation goes on
  std::vector<std::string> images;      // templates: addresses, data URLs, files

  bool is_text() const { return system || user || assistant; }
  Role role() const;                // of a text
  const std::string& text() const;  // a mustache template over the case's fields
  static const FieldTable<PromptMessageSpec>& Fields();
};

// A function that the model may call.
struct ToolSpec {
  std::string name;
  std::string description;
  Json parameters;  // JSON Schema of its arguments; null: it has none
  static const FieldTable<ToolSpec>& Fields();
};

// Whether answers of earlier runs are used again.
struct CacheSpec {
  bool is_on = false;
  Duration ttl = std::chrono::hours(7 * 24);  // older answers are asked for again
  bool with_latency = false;                  // although the suite measures times, which cached answers do not have
  static const FieldTable<CacheSpec>& Fields();
};

// true, false, or a mapping, which means true.
template <>
struct FieldType<CacheSpec> {
  static bool Read(const Node& node, const Limits& limits, CacheSpec& out, Diagnostics& diagnostics);
  static Json Schema(const Limits&);
  static std::string Word(const Limits&) { return "true, false or mapping"; }
  static std::optional<Json> Default(const CacheSpec&) { return Json(false); }
};

enum class MetricSource {
  kScore,
  kPass,
  kLatencyMs,
  kTtftMs,
  kTokensPerSecond,
  kTokensIn,
  kTokensOut,
  kCostUsd,
  kHuman,
  kHumanCorrected
};
template <>
struct EnumWords<MetricSource> {
  static constexpr EnumWord<MetricSource> kWords[] = {
      {"score", MetricSource::kScore, "the value of a grader"},
      {"pass", MetricSource::kPass, "1 where a grader passes, 0 where it fails"},
      {"latency_ms", MetricSource::kLatencyMs, "milliseconds from request to the last byte of the answer"},
      {"ttft_ms", MetricSource::kTtftMs, "milliseconds from request to the first token of a streamed answer"},
      {"tokens_per_second", MetricSource::kTokensPerSecond,
       "tokens of a streamed answer after the first, over the time after the first"},
      {"tokens_in", MetricSource::kTokensIn, "tokens of the prompt, as the endpoint counts them"},
      {"tokens_out", MetricSource::kTokensOut, "tokens of the answer, as the endpoint counts them"},
      {"cost_usd", MetricSource::kCostUsd, "US dollars for the answer, by the model's prices"},
      {"human", MetricSource::kHuman, "what people settled in the review queue, 0 to 1"},
      {"human_corrected", MetricSource::kHumanCorrected,
       "the value of a grader on all cases, corrected by what people settled on a random sample of them"}};
};

// Whether the values are a model's opinion, and of passes whose rate can be corrected for its errors.
enum class Judged { kNo, kUncorrectable, kCorrectable };

enum class Aggregate { kMean, kP50, kP90, kP95, kP99, kMax, kSum };
template <>
struct EnumWords<Aggregate> {
  static constexpr EnumWord<Aggregate> kWords[] = {
      {"mean", Aggregate::kMean, "mean over cases"},      {"p50", Aggregate::kP50, "median"},
      {"p90", Aggregate::kP90, "90th percentile"},        {"p95", Aggregate::kP95, "95th percentile"},
      {"p99", Aggregate::kP99, "99th percentile"},        {"max", Aggregate::kMax, "largest; shown, never gates"},
      {"sum", Aggregate::kSum, "sum; shown, never gates"}};
};

// What the judgements of a queue must show of themselves before a rule may rest on them. Bounds hold at 95 %,
// one-sided.
struct PeopleQualitySpec {
  std::int64_t overlap = 30;             // items that several judged apart, at least
  std::optional<double> agreement = {};  // of these, on pass or fail: its lower bound at least
  AgreementStatistic statistic = AgreementStatistic::kAc1;
  std::optional<double> audits_passed = {};     // share of audited decisions that were right: its lower bound
  Duration over = std::chrono::hours(24 * 30);  // before the verdict: what is looked at
  // On severity 1 and 2: of the pairs of judgements of which one says so, the share in which both do.
  std::optional<double> severe_agreement = {};  // its lower bound at least
  static const FieldTable<PeopleQualitySpec>& Fields();
};

struct MetricSpec {
  std::string name;
  std::optional<std::string> grader = {};         // set if and only if source is kScore, kPass or kHumanCorrected
  std::optional<std::string> queue = {};          // set if and only if source is kHuman or kHumanCorrected
  std::optional<PeopleQualitySpec> quality = {};  // likewise, and may be absent
  MetricSource source = MetricSource::kScore;
  Reduce reduce = Reduce::kMean;
  std::optional<int> k = {};
  std::optional<int> quorum = {};
  Aggregate aggregate = Aggregate::kMean;
  // Set by EffectiveMetrics, which also makes the source of what counts passes kPass.
  Reduction reduction = {};
  // Of its grader; set by EffectiveMetrics.
  bool decides = true;          // its scores are passes and failures
  bool is_unbounded = false;    // its values need not lie in [0, 1]
  bool is_nonnegative = false;  // such values are 0 or more; also of a metric of another source
  bool is_report = false;       // it never gates
  Judged judged = Judged::kNo;
  bool has_sentinels = false;
  std::optional<int> severity = {};           // 1 is the gravest
  std::vector<std::string> judge_parts = {};  // of a combination: the judges that have a part in it
  std::vector<std::string> invariants = {};   // the graders of role invariant without which no case passes
  static const FieldTable<MetricSpec>& Fields();
};

// What users come for: values of a slice, those that matter, and those of them where a mistake costs most.
struct JourneysSpec {
  std::string of = {};
  std::vector<std::string> critical = {};
  std::vector<std::string> high_risk = {};  // each of them is critical
  static const FieldTable<JourneysSpec>& Fields();

  bool IsHighRisk(std::string_view journey) const;
};

struct SuiteSpec {
  std::string name;
  std::string description;
  std::string owner;
  std::optional<std::string> data_class = {};  // who reads its cases, and what was answered, is cleared for it
  std::vector<DatasetSpec> dataset;
  std::vector<PromptMessageSpec> prompt;
  std::vector<ToolSpec> tools;
  std::optional<std::string> tools_file;   // instead of `tools`; relative to the document
  std::optional<std::string> tools_field;  // the field of the case that holds its tools
  std::string tool_choice;                 // a word, or the name of a tool; "" leaves it to the endpoint
  Sampling sampling;
  static constexpr int kMostTrials = 1000;
  int trials = 1;
  static constexpr double kMostBudgetUsd = 1e6;
  std::optional<double> budget_usd;  // of a run, unless it has its own
  CacheSpec cache;
  std::vector<std::string> slices;  // fields of the case
  std::optional<JourneysSpec> journeys = {};
  std::optional<std::string> cluster = {};  // the field whose equal values make cases dependent on each other
  std::vector<GraderSpec> graders;
  std::vector<MetricSpec> metrics;  // as written; EffectiveMetrics adds the graders' own

  static const FieldTable<SuiteSpec>& Fields();
};

template <>
struct FieldsOf<Sampling> {
  static const FieldTable<Sampling>& Fields();
};

// Whether the metric is of a grader's scores.
constexpr bool IsOfGrader(MetricSource source) {
  return source == MetricSource::kScore || source == MetricSource::kPass;
}
// Whether people say what it is, on all of a sample or on a grader.
constexpr bool IsOfPeople(MetricSource source) {
  return source == MetricSource::kHuman || source == MetricSource::kHumanCorrected;
}
// Whether its values are scores: in [0, 1] unless a grader's are not, and the higher the better.
constexpr bool IsOfScores(MetricSource source) { return IsOfGrader(source) || IsOfPeople(source); }

// The suite's metrics: those written, then one for each grader, of its name (its pass rate for graders that decide, by
// themselves or by a threshold, else the mean of its values), in the order of the suite.
std::vector<MetricSpec> EffectiveMetrics(const SuiteSpec& suite);
// The metric of that name among EffectiveMetrics.
std::optional<MetricSpec> FindMetric(const SuiteSpec& suite, std::string_view name);
// The names of the graders that these metrics are made of, those that combinations are made of included. Absent where
// the suite lacks one of the metrics.
std::optional<std::set<std::string>> GradersBehind(const SuiteSpec& suite, std::span<const std::string> metrics);

}  // namespace assay
