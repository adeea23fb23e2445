// tool_call_schema_valid: every call is of a declared function, with arguments of its JSON Schema.

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/json_schema.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/declared_tools.h"

namespace assay {
namespace {

enum class NoCall { kFail, kPass };
enum class UnknownArguments { kRefuse, kAllow };

struct SchemaValidOptions : CallOptions, ToolsOptions {
  NoCall no_call = NoCall::kFail;
  UnknownArguments unknown_arguments = UnknownArguments::kRefuse;
  static const FieldTable<SchemaValidOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<NoCall> {
  static constexpr EnumWord<NoCall> kWords[] = {{"fail", NoCall::kFail, "an answer without calls fails"},
                                                {"pass", NoCall::kPass, "an answer in words passes"}};
};

template <>
struct EnumWords<UnknownArguments> {
  static constexpr EnumWord<UnknownArguments> kWords[] = {
      {"refuse", UnknownArguments::kRefuse,
       "an argument that is not declared fails, unless additionalProperties is set"},
      {"allow", UnknownArguments::kAllow, "as JSON Schema says"}};
};

namespace {

const FieldTable<SchemaValidOptions>& SchemaValidOptions::Fields() {
  using Options = SchemaValidOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    AddToolsFields(fields);
    fields.Optional("unknown_arguments", &Options::unknown_arguments,
                    "arguments that `properties` does not name, where nothing else in the schema speaks of them");
    fields.Optional("no_call", &Options::no_call, "what an answer without calls is");
    AddCallFields(fields);
    return fields;
  }();
  return table;
}

// The names of the arguments that are not declared are wrong, though draft 7 has nothing against them.
bool IsOpenByDefault(const Json& parameters) {
  const Json* properties = parameters.Find("properties");
  if (properties == nullptr || !properties->is_object()) return false;
  return std::ranges::none_of(std::initializer_list<const char*>{"additionalProperties", "patternProperties", "anyOf",
                                                                 "oneOf", "allOf", "$ref", "if", "dependencies"},
                              [&](const char* key) { return parameters.Find(key) != nullptr; });
}

// A declared function, ready to be checked.
struct CheckedTool {
  JsonSchema schema;
  bool is_closed = false;  // only declared arguments
  Json parameters;
};

Result<CheckedTool> MakeChecked(const DeclaredTool& tool, UnknownArguments unknown) {
  Json parameters = SchemaOfParameters(tool.parameters);
  Result<JsonSchema> schema = JsonSchema::Compile(parameters, {.is_unknown_ignored = true});
  if (!schema) return Fail(schema.error().code, "tool " + Quoted(tool.name, 60) + ": schema " + schema.error().message);
  // A function without parameters has no arguments.
  const bool is_closed =
      unknown == UnknownArguments::kRefuse && (parameters.as_object().empty() || IsOpenByDefault(parameters));
  return CheckedTool{*std::move(schema), is_closed, std::move(parameters)};
}

using CheckedTools = std::map<std::string, CheckedTool, std::less<>>;

class ToolCallSchemaValid final : public Grader {
 public:
  ToolCallSchemaValid(const SchemaValidOptions& options, DeclaredTools tools, CheckedTools constant)
      : options_(options), tools_(std::move(tools)), constant_(std::move(constant)) {}

  Score Grade(const Case& item, const Response& response) const override {
    std::vector<DeclaredTool> declared;
    if (!tools_.constant()) {
      auto read = tools_.For(item);
      if (!read) return std::move(read).error();
      declared = *std::move(read);
    }
    const CallList made = ReadCalls(response, options_);
    if (made.IsSilent()) return Score::Failing("the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    if (made.calls.empty()) {
      const std::string reason = made.fault.empty() ? "no call" : made.fault;
      return options_.no_call == NoCall::kPass ? Score::Pass(reason) : Score::Failing(reason);
    }
    if (!made.fault.empty()) return Score::Failing(made.fault);
    CheckedTools compiled;
    const CheckedTools& checked = tools_.constant() ? constant_ : compiled;
    for (const MadeCall& call : made.calls) {
      if (!tools_.constant() && !compiled.contains(call.name)) {
        if (const DeclaredTool* tool = FindTool(declared, call.name)) {
          Result<CheckedTool> made_checked = MakeChecked(*tool, options_.unknown_arguments);
          if (!made_checked) return Score::Broken(made_checked.error().message);
          compiled.emplace(call.name, *std::move(made_checked));
        }
      }
      const auto found = checked.find(call.name);
      if (found == checked.end()) return Score::Failing("no tool " + Quoted(call.name, 60) + " is declared");
      if (auto wrong = Check(found->second, call)) return *std::move(wrong);
    }
    return Score::Pass(made.calls.size() == 1 ? "valid: " + Shown(made.calls.front())
                                              : "all " + std::to_string(made.calls.size()) + " calls are valid");
  }

  std::vector<std::string> RequiredFields() const override { return tools_.RequiredFields(); }

 private:
  static std::optional<Score> Check(const CheckedTool& tool, const MadeCall& call) {
    if (!call.fault.empty()) return Score::Failing(call.fault);
    const auto wrong = tool.schema.Check(call.arguments);
    // The schema was compiled: it is what the model wrote that makes it too much work.
    if (!wrong) return Score::Failing(Quoted(call.name, 60) + " cannot be checked: " + wrong.error().message);
    if (*wrong) return Score::Failing(Quoted(call.name, 60) + " does not conform to its schema: " + ToString(**wrong));
    if (!tool.is_closed) return std::nullopt;
    const Json* properties = tool.parameters.Find("properties");
    for (const Json::Member& member : call.arguments.as_object()) {
      if (properties == nullptr || properties->Find(member.first) == nullptr)
        return Score::Failing(Quoted(call.name, 60) + " has no argument " + Quoted(member.first, 60));
    }
    return std::nullopt;
  }

  SchemaValidOptions options_;
  DeclaredTools tools_;
  CheckedTools constant_;
};

std::unique_ptr<Grader> MakeToolCallSchemaValid(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  SchemaValidOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto tools = DeclaredTools::Make(options, node, diagnostics);
  if (!tools) return nullptr;
  CheckedTools constant;
  if (tools->constant()) {
    for (const DeclaredTool& tool : *tools->constant()) {
      Result<CheckedTool> checked = MakeChecked(tool, options.unknown_arguments);
      if (!checked) {
        diagnostics.Add(node.Find("tools").value_or(node).At(checked.error().message));
        return nullptr;
      }
      constant.emplace(tool.name, *std::move(checked));
    }
  }
  return std::make_unique<ToolCallSchemaValid>(options, *std::move(tools), std::move(constant));
}

}  // namespace

GraderKind ToolCallSchemaValidGrader() {
  return {1,
          "every call conforms to the declared function",
          &SchemaValidOptions::Fields(),
          &MakeToolCallSchemaValid,
          /*judges_text=*/true,
          GraderValue::kPass,
          /*judges_calls=*/true};
}

}  // namespace assay
