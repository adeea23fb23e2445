// json: the whole response is JSON, and conforms to a schema when one is given.

#include "core/json.h"

#include <optional>
#include <utility>

#include "core/file.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/structure/json_schema.h"

namespace assay {
namespace {

constexpr int kMaxDepth = 64;

struct JsonOptions {
  std::optional<Json> schema;
  std::optional<std::string> schema_file;
  static const FieldTable<JsonOptions>& Fields();
};

const FieldTable<JsonOptions>& JsonOptions::Fields() {
  static const auto table =
      FieldTable<JsonOptions>()
          .Optional("schema", &JsonOptions::schema, "JSON Schema (draft 7) that the response must conform to")
          .Optional("schema_file", &JsonOptions::schema_file, "a file with that schema, relative to the suite",
                    {.form = TextForm::kFile})
          .AtMostOneOf({"schema", "schema_file"});
  return table;
}

class JsonJudge final : public Grader {
 public:
  explicit JsonJudge(std::optional<JsonSchema> schema) : schema_(std::move(schema)) {}

  Score Grade(const Case&, const Response& response) const override {
    const std::string_view text = TrimBlanks(response.text);
    if (text.empty()) return Score::Failing("the response is empty");
    const Result<Json> value = Json::Parse(response.text, kMaxDepth);
    if (!value) {
      const bool fenced = text.starts_with("```");
      return Score::Failing((fenced ? "the response is wrapped in a code fence: " : "") + value.error().message);
    }
    if (!schema_) return Score::Pass("valid JSON");
    const auto wrong = schema_->Check(*value);
    if (!wrong) return Score::Broken(wrong.error().message);
    if (*wrong) return Score::Failing("does not conform to the schema: " + **wrong);
    return Score::Pass("valid JSON that conforms to the schema");
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  std::optional<JsonSchema> schema_;
};

Result<Json> ReadSchema(const std::filesystem::path& path) {
  constexpr std::size_t kMaxSchema = 1u << 20;
  ASSAY_ASSIGN(const std::string text, ReadFile(path, kMaxSchema));
  Result<Json> schema = Json::Parse(text, kMaxDepth);
  if (!schema) return Fail(schema.error().code, path.filename().string() + ": " + schema.error().message);
  return schema;
}

std::unique_ptr<Grader> Make(const Node& node, const GraderPlace& place, Diagnostics& diagnostics) {
  JsonOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  if (!options.schema && !options.schema_file) return std::make_unique<JsonJudge>(std::nullopt);
  const Node at = node.Find(options.schema ? "schema" : "schema_file").value_or(node);
  if (options.schema_file) {
    Result<Json> read = ReadSchema(place.base_dir / *options.schema_file);
    if (!read) {
      diagnostics.Add(at.At(read.error().message));
      return nullptr;
    }
    options.schema = *std::move(read);
  }
  Result<JsonSchema> schema = JsonSchema::Compile(*options.schema);
  if (!schema) {
    diagnostics.Add(at.At("schema " + schema.error().message));
    return nullptr;
  }
  return std::make_unique<JsonJudge>(*std::move(schema));
}

}  // namespace

GraderKind JsonGrader() { return {2, "the response is JSON, optionally of a schema", &JsonOptions::Fields(), &Make}; }

}  // namespace assay
