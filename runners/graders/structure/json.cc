// json: the response is JSON, or has some in it, and conforms to a schema when one is given.

#include "core/json.h"

#include <optional>
#include <utility>

#include "runners/graders/frame/json_in_text.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/structure/schema_option.h"

namespace assay {
namespace {

constexpr int kMaxDepth = 64;

enum class JsonEmbedded { kNo, kObject, kAny };

struct JsonOptions : SchemaOption {
  JsonEmbedded embedded = JsonEmbedded::kNo;
  static const FieldTable<JsonOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<JsonEmbedded> {
  static constexpr EnumWord<JsonEmbedded> kWords[] = {
      {"no", JsonEmbedded::kNo, "the whole response is one value"},
      {"object", JsonEmbedded::kObject, "an object somewhere in the response conforms"},
      {"any", JsonEmbedded::kAny, "an object or list somewhere in the response conforms"}};
};

namespace {

const FieldTable<JsonOptions>& JsonOptions::Fields() {
  static const auto table = [] {
    FieldTable<JsonOptions> fields;
    AddSchemaFields(fields, "the value");
    fields.Optional("embedded", &JsonOptions::embedded, "whether text may stand around the value");
    return fields;
  }();
  return table;
}

class JsonJudge final : public Grader {
 public:
  JsonJudge(std::optional<JsonSchema> schema, JsonEmbedded embedded)
      : schema_(std::move(schema)), embedded_(embedded) {}

  Score Grade(const Case&, const Response& response) const override {
    const std::string_view text = TrimBlanks(response.text);
    if (text.empty()) return Score::Failing("the response is empty");
    if (embedded_ != JsonEmbedded::kNo) return Embedded(text);
    const Result<Json> value = Json::Parse(response.text, kMaxDepth);
    if (!value) {
      const bool fenced = text.starts_with("```");
      return Score::Failing((fenced ? "the response is wrapped in a code fence: " : "") + value.error().message);
    }
    return Judge(*value, "valid JSON");
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  Score Judge(const Json& value, const std::string& what) const {
    if (!schema_) return Score::Pass(what);
    const auto wrong = schema_->Check(value);
    if (!wrong) return Score::Broken(wrong.error().message);
    if (*wrong) return Score::Failing("does not conform to the schema: " + ToString(**wrong));
    return Score::Pass(what + " that conforms to the schema");
  }

  Score Embedded(std::string_view text) const {
    const bool is_any = embedded_ == JsonEmbedded::kAny;
    const auto kinds = is_any ? JsonInTextKinds::kObjectsAndLists : JsonInTextKinds::kObjects;
    std::optional<Score> first;
    for (const std::string_view place : FindJsonInText(text, kinds)) {
      const Result<Json> value = Json::Parse(place, kMaxDepth);
      if (!value) continue;
      Score score = Judge(*value, "has valid JSON");
      score.evidence = CutText(place, 500);
      if (score.status != ScoreStatus::kScored || score.pass == true) return score;
      if (!first) first = std::move(score);
    }
    if (first) return *std::move(first);
    return Score::Failing(is_any ? "the response has no JSON object or list" : "the response has no JSON object");
  }

  std::optional<JsonSchema> schema_;
  JsonEmbedded embedded_;
};

std::unique_ptr<Grader> MakeJson(const Node& node, const GraderPlace& place, Diagnostics& diagnostics) {
  JsonOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  CompiledSchemaOption compiled = CompileSchemaOption(node, options, place, diagnostics);
  if (!compiled.is_good) return nullptr;
  return std::make_unique<JsonJudge>(std::move(compiled.schema), options.embedded);
}

}  // namespace

GraderKind JsonGrader() {
  return {3, "the response is JSON, or has some in it, optionally of a schema", &JsonOptions::Fields(), &MakeJson};
}

}  // namespace assay
