// yaml: the response is YAML, and conforms to a schema when one is given.

#include <optional>
#include <utility>

#include "config/node.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/structure/schema_option.h"

namespace assay {
namespace {

enum class YamlRoot { kCollection, kMapping, kList, kAny };

struct YamlOptions : SchemaOption {
  YamlRoot root = YamlRoot::kCollection;
  static const FieldTable<YamlOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<YamlRoot> {
  static constexpr EnumWord<YamlRoot> kWords[] = {
      {"collection", YamlRoot::kCollection, "a mapping or a list: any sentence is YAML, namely a text"},
      {"mapping", YamlRoot::kMapping, "a mapping"},
      {"list", YamlRoot::kList, "a list"},
      {"any", YamlRoot::kAny, "anything"}};
};

namespace {

const FieldTable<YamlOptions>& YamlOptions::Fields() {
  static const auto table = [] {
    FieldTable<YamlOptions> fields;
    AddSchemaFields(fields, "the value");
    fields.Optional("root", &YamlOptions::root, "what the response must be");
    return fields;
  }();
  return table;
}

bool IsRoot(const Node& node, YamlRoot root) {
  const bool is_mapping = node.is_mapping() && root != YamlRoot::kList;
  const bool is_list = node.is_sequence() && root != YamlRoot::kMapping;
  return root == YamlRoot::kAny || is_mapping || is_list;
}

class YamlJudge final : public Grader {
 public:
  YamlJudge(std::optional<JsonSchema> schema, YamlRoot root) : schema_(std::move(schema)), root_(root) {}

  Score Grade(const Case&, const Response& response) const override {
    const std::string_view text = TrimBlanks(response.text);
    if (text.empty()) return Score::Failing("the response is empty");
    Diagnostics diagnostics;
    const std::vector<YamlDocument> documents = ParseYaml("response", response.text, diagnostics);
    if (!diagnostics.empty()) {
      const bool is_fenced = text.starts_with("```");
      return Score::Failing((is_fenced ? "the response is wrapped in a code fence: " : "no YAML: ") +
                            CutText(ToString(diagnostics.Sorted().front()), 300));
    }
    if (documents.size() != 1) {
      return Score::Failing(documents.empty() ? "the response has no value"
                                              : "the response has " + std::to_string(documents.size()) + " documents");
    }
    const Node& root = documents.front().root;
    if (!IsRoot(root, root_)) {
      return Score::Failing("is " + root.Describe() + ", not " +
                            (root_ == YamlRoot::kList      ? "a list"
                             : root_ == YamlRoot::kMapping ? "a mapping"
                                                           : "a mapping or a list"));
    }
    if (!schema_) return Score::Pass("valid YAML");
    const auto wrong = schema_->Check(root.ToJson());
    if (!wrong) return Score::Broken(wrong.error().message);
    if (*wrong) return Score::Failing("does not conform to the schema: " + ToString(**wrong));
    return Score::Pass("valid YAML that conforms to the schema");
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  std::optional<JsonSchema> schema_;
  YamlRoot root_;
};

std::unique_ptr<Grader> MakeYaml(const Node& node, const GraderPlace& place, Diagnostics& diagnostics) {
  YamlOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  CompiledSchemaOption compiled = CompileSchemaOption(node, options, place, diagnostics);
  if (!compiled.is_good) return nullptr;
  return std::make_unique<YamlJudge>(std::move(compiled.schema), options.root);
}

}  // namespace

GraderKind YamlGrader() {
  return {1, "the response is YAML, optionally of a schema", &YamlOptions::Fields(), &MakeYaml};
}

}  // namespace assay
