// tool_args_match: a call of a tool has the expected arguments.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/json_template.h"
#include "runners/graders/tools/name_globs.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class ArgsMode { kPartial, kExact };
enum class WhichCalls { kAny, kAll };

struct ArgsMatchOptions : CallOptions {
  std::string tool;
  Json arguments;
  ArgsMode mode = ArgsMode::kPartial;
  std::map<std::string, Json> defaults;
  std::vector<std::string> ignore;
  WhichCalls which = WhichCalls::kAny;
  static const FieldTable<ArgsMatchOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<ArgsMode> {
  static constexpr EnumWord<ArgsMode> kWords[] = {{"partial", ArgsMode::kPartial, "others may be there too"},
                                                  {"exact", ArgsMode::kExact, "no others"}};
};

template <>
struct EnumWords<WhichCalls> {
  static constexpr EnumWord<WhichCalls> kWords[] = {{"any", WhichCalls::kAny, "one of the tool's calls"},
                                                    {"all", WhichCalls::kAll, "each of them"}};
};

namespace {

const FieldTable<ArgsMatchOptions>& ArgsMatchOptions::Fields() {
  using Options = ArgsMatchOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    fields.Required("tool", &Options::tool, "the tool's name, or a pattern with * and ?; a template over the case",
                    {.min_size = 1});
    fields.Required(
        "arguments", &Options::arguments,
        "the arguments: an object whose texts are templates, `\"{{field}}\"` alone stands for the value of a field");
    fields.Optional("mode", &Options::mode,
                    "whether the call may have other arguments: `partial`, at any depth, or not: `exact`");
    fields.Optional("defaults", &Options::defaults,
                    "arguments that may be there with this value where none is expected");
    fields.Optional("ignore", &Options::ignore, "arguments that do not count, as patterns with * and ?",
                    {.max_size = 100, .one_or_list = true});
    fields.Optional("which", &Options::which, "whether one call of the tool must match, or each");
    AddCallFields(fields);
    return fields;
  }();
  return table;
}

class ToolArgsMatch final : public Grader {
 public:
  ToolArgsMatch(const ArgsMatchOptions& options, NameGlobs tool, CallTemplate arguments)
      : options_(options), tool_(std::move(tool)), arguments_(std::move(arguments)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto globs = tool_.For(item);
    if (!globs) return globs.error();
    auto expected = arguments_.For(item);
    if (!expected) return std::move(expected).error();
    if (!expected->is_object()) return Score::Broken("the expected arguments of this case are no object");
    const Json wanted = WithoutMembers(*expected, options_.ignore);
    const CallList made = ReadCalls(response, options_);
    if (made.IsSilent()) return Score::Failing("the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    return Judge(wanted, *globs, made);
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields = tool_.RequiredFields();
    fields.insert(fields.end(), arguments_.RequiredFields().begin(), arguments_.RequiredFields().end());
    return fields;
  }

 private:
  Score Judge(const Json& wanted, const std::vector<std::string>& globs, const CallList& made) const {
    const std::string expected = ", expected " + CutText(wanted.Dump(), 200);
    std::string wrong;
    std::size_t called = 0;
    for (const MadeCall& call : made.calls) {
      if (!MatchesAnyGlob(call.name, globs)) continue;
      ++called;
      const bool is_good = call.fault.empty() && Matches(call.arguments, wanted);
      if (is_good && options_.which == WhichCalls::kAny) return Score::Pass("called " + Shown(call));
      if (is_good) continue;
      if (wrong.empty()) wrong = call.fault.empty() ? "called " + Shown(call) + expected : call.fault;
      if (options_.which == WhichCalls::kAll) return Score::Failing(wrong);
    }
    if (called == 0) return Score::Failing(Quoted(globs.front(), 60) + " is not called; called " + NamesOf(made.calls));
    if (!wrong.empty()) return Score::Failing(wrong);
    return Score::Pass("all " + std::to_string(called) + " calls have the arguments");
  }

  bool Matches(const Json& arguments, const Json& wanted) const {
    if (options_.mode == ArgsMode::kPartial) return HasValue(WithoutMembers(arguments, options_.ignore), wanted);
    std::size_t counted = 0;
    for (const auto& [name, value] : arguments.as_object()) {
      if (MatchesAnyGlob(name, options_.ignore)) continue;
      const Json* expected = wanted.Find(name);
      if (expected == nullptr) {
        const auto standard = options_.defaults.find(name);
        if (standard == options_.defaults.end() || !IsSameValue(value, standard->second)) return false;
        continue;
      }
      if (!IsSameValue(value, *expected)) return false;
      ++counted;
    }
    return counted == wanted.as_object().size();
  }

  ArgsMatchOptions options_;
  NameGlobs tool_;
  CallTemplate arguments_;
};

std::unique_ptr<Grader> MakeToolArgsMatch(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ArgsMatchOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  if (!options.arguments.is_object() && !options.arguments.is_string()) {
    diagnostics.Add(node.Find("arguments").value_or(node).At("is no object"));
    return nullptr;
  }
  auto tool = NameGlobs::Compile(node, "tool", {options.tool}, diagnostics);
  auto arguments = CallTemplate::Compile(node, "arguments", options.arguments, diagnostics);
  if (!tool || !arguments) return nullptr;
  if (options.arguments.is_string() && arguments->RequiredFields().empty()) {
    diagnostics.Add(node.Find("arguments").value_or(node).At("is no object, and names no field that is one"));
    return nullptr;
  }
  return std::make_unique<ToolArgsMatch>(options, *std::move(tool), *std::move(arguments));
}

}  // namespace

GraderKind ToolArgsMatchGrader() {
  return {1,
          "a call of a tool has the expected arguments",
          &ArgsMatchOptions::Fields(),
          &MakeToolArgsMatch,
          /*judges_text=*/true,
          GraderValue::kPass,
          /*judges_calls=*/true};
}

}  // namespace assay
