#include "tests/config/plugin_tables.h"

#include <sstream>

#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "config/fields.h"
#include "core/file.h"

namespace assay::testing {
namespace {

struct EqualsOptions {
  std::string value;
  bool ignore_case = false;
  static const FieldTable<EqualsOptions>& Fields() {
    static const auto table =
        FieldTable<EqualsOptions>()
            .Required("value", &EqualsOptions::value, "text that the answer must be")
            .Optional("ignore_case", &EqualsOptions::ignore_case, "compare without regard to case");
    return table;
  }
};

struct ContainsOptions {
  std::optional<std::string> value;
  std::vector<std::string> all;
  std::vector<std::string> any;
  bool ignore_case = false;
  static const FieldTable<ContainsOptions>& Fields() {
    static const auto table =
        FieldTable<ContainsOptions>()
            .Optional("value", &ContainsOptions::value, "text that must occur")
            .Optional("all", &ContainsOptions::all, "texts that must all occur", {.min_size = 1})
            .Optional("any", &ContainsOptions::any, "texts of which one must occur", {.min_size = 1})
            .Optional("ignore_case", &ContainsOptions::ignore_case, "compare without regard to case")
            .NotYet({"fuzzy"})
            .ExactlyOneOf({"value", "all", "any"});
    return table;
  }
};

struct JsonOptions {
  std::optional<Json> schema;
  std::optional<std::string> schema_file;
  static const FieldTable<JsonOptions>& Fields() {
    static const auto table =
        FieldTable<JsonOptions>()
            .Optional("schema", &JsonOptions::schema, "JSON Schema")
            .Optional("schema_file", &JsonOptions::schema_file, "file of it", {.form = TextForm::kFile})
            .AtMostOneOf({"schema", "schema_file"});
    return table;
  }
};

struct NoOptions {
  static const FieldTable<NoOptions>& Fields() {
    static const FieldTable<NoOptions> table;
    return table;
  }
};

struct ZeroFailuresOptions {
  double max_rate = 0;
  static const FieldTable<ZeroFailuresOptions>& Fields() {
    static const auto table = FieldTable<ZeroFailuresOptions>().Required(
        "max_rate", &ZeroFailuresOptions::max_rate, "rate of failures that must be excluded", {.above = 0, .below = 1});
    return table;
  }
};

struct CoverageOptions {
  std::string of;
  int min_cases = 1;
  double at_least = 1;
  static const FieldTable<CoverageOptions>& Fields() {
    static const auto table =
        FieldTable<CoverageOptions>()
            .Required("of", &CoverageOptions::of, "slice", {.form = TextForm::kSlice})
            .Optional("min_cases", &CoverageOptions::min_cases, "cases that a value needs", {.min = 1, .unit = "cases"})
            .Required("at_least", &CoverageOptions::at_least, "share of values", {.max = 1, .above = 0});
    return table;
  }
};

struct FreshnessOptions {
  Duration max_age{};
  static const FieldTable<FreshnessOptions>& Fields() {
    static const auto table =
        FieldTable<FreshnessOptions>().Required("max_age", &FreshnessOptions::max_age, "age", {.above = 0});
    return table;
  }
};

template <class Options>
PluginKind Kind(std::string name, RuleTarget target = RuleTarget::kMetric) {
  PluginKind kind;
  kind.name = std::move(name);
  kind.help = "the " + kind.name + " of the tests";
  kind.schema = SchemaOf(Options::Fields());
  kind.check = [](const Node& node, Diagnostics& diagnostics) {
    Options options;
    ReadFields(node, options, diagnostics);
  };
  kind.target = target;
  return kind;
}

PluginKind OfRun() {
  PluginKind kind = Kind<FreshnessOptions>("freshness", RuleTarget::kNone);
  kind.is_of_run = true;
  kind.has_confidence = false;
  return kind;
}

PluginKind OfCases() {
  PluginKind kind = Kind<CoverageOptions>("coverage", RuleTarget::kNone);
  kind.counts_cases = true;
  kind.has_confidence = false;
  return kind;
}

// A rule whose value is a text of names of metrics.
PluginKind OfMetrics() {
  PluginKind kind;
  kind.name = "expression";
  kind.help = "something of several metrics";
  kind.schema = FieldType<std::string>::Schema({});
  kind.check = [](const Node&, Diagnostics&) {};
  kind.metrics = [](const Node& node) {
    std::vector<std::string> names;
    std::stringstream text(node.is_string() ? node.as_string() : "");
    for (std::string name; text >> name;) names.push_back(name);
    return names;
  };
  kind.target = RuleTarget::kNone;
  return kind;
}

// A grader whose values are neither passes nor failures.
PluginKind Measuring(std::string name) {
  PluginKind kind = Kind<NoOptions>(std::move(name));
  kind.decides = [](const Node&) { return false; };
  return kind;
}

struct PartsOptions {
  std::vector<std::string> of;
  static const FieldTable<PartsOptions>& Fields() {
    static const auto table =
        FieldTable<PartsOptions>().Required("of", &PartsOptions::of, "its parts", {.min_size = 1});
    return table;
  }
};

PluginKind Combination(std::string name) {
  PluginKind kind = Kind<PartsOptions>(std::move(name));
  kind.parts = [](const Node& node) {
    std::vector<std::string> names;
    const auto of = node.Find("of");
    for (std::size_t i = 0; of && i < of->size(); ++i) names.push_back(of->at(i).as_string());
    return names;
  };
  return kind;
}

PluginKind Judging(PluginKind kind) {
  kind.is_judge = true;
  return kind;
}

PluginKind Threshold(std::string name) {
  PluginKind kind;
  kind.name = std::move(name);
  kind.help = "a bound";
  kind.schema = FieldType<double>::Schema({});
  kind.check = [](const Node& node, Diagnostics& diagnostics) {
    double threshold = 0;
    FieldType<double>::Read(node, {}, threshold, diagnostics);
  };
  kind.objection = [](const Node& node, const MetricSpec& metric) -> std::string {
    const bool is_wrong = node.Describe() == "-1" && metric.source == MetricSource::kScore;
    return is_wrong ? "-1 is no threshold of \"" + metric.name + "\"" : "";
  };
  kind.bounds_means = kind.name == "at_least";
  kind.judge_use = JudgeUse::kCorrects;
  kind.methods = {BoundMethod::kBounded, BoundMethod::kT, BoundMethod::kBootstrap, BoundMethod::kPercentile};
  return kind;
}

}  // namespace

const PluginKinds& TestKinds() {
  static const PluginKinds kinds = {
      .graders = {Kind<EqualsOptions>("equals"), Kind<ContainsOptions>("contains"), Kind<JsonOptions>("json"),
                  Measuring("rating"), Judging(Kind<NoOptions>("opinion")), Judging(Measuring("mark")),
                  Combination("every")},
      .providers = {Kind<NoOptions>("openai-chat")},
      .rules = {Threshold("at_least"), Threshold("at_most"),
                Kind<ZeroFailuresOptions>("zero_failures", RuleTarget::kGrader), OfCases(), OfRun(), OfMetrics()}};
  return kinds;
}

Result<std::optional<Json>> FirstLineFields(const std::string& path) {
  ASSAY_ASSIGN(const std::string text, ReadFile(path));
  const std::string line = text.substr(0, text.find('\n'));
  if (line.empty()) return Fail(ErrorCode::kInvalidArgument, "the dataset is empty");
  if (line.starts_with('{')) return Json::Parse(line);
  Json row{Json::Object{}};
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t comma = std::min(line.find(',', at), line.size());
    row.Set(line.substr(at, comma - at), "");
    at = comma + 1;
  }
  return row;
}

std::vector<std::string> Lines(const Diagnostics& diagnostics) {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics.Sorted()) {
    lines.push_back(std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + " " +
                    (diagnostic.path.empty() ? "" : diagnostic.path + ": ") + diagnostic.message);
  }
  return lines;
}

TemporaryFolder::TemporaryFolder() {
  path_ = std::string(ASSAY_BINARY_DIR) + "/config_test_XXXXXX";
  if (mkdtemp(path_.data()) == nullptr) abort();
}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}
std::string TemporaryFolder::Write(const std::string& name, const std::string& text) const {
  const std::filesystem::path path = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
  return path.string();
}

}  // namespace assay::testing
