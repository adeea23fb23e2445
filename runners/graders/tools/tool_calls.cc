// tool_calls: the answer makes the calls that are expected, each with acceptable values, and no others.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/tools/bfcl_rules.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/declared_tools.h"
#include "runners/graders/tools/expected_calls.h"
#include "runners/graders/tools/pairing.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class CallDialect { kStrict, kBfcl };
enum class CallOrder { kAny, kGiven };
enum class NameDots { kKept, kUnderscores, kEither };

struct ToolCallsOptions : ExpectedOptions, ToolsOptions {
  CallDialect dialect = CallDialect::kStrict;
  std::optional<CallSource> from;
  std::optional<NameDots> dots;
  CallOrder order = CallOrder::kAny;
  bool alternatives = true;
  std::vector<std::string> ignore;
  static const FieldTable<ToolCallsOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<CallDialect> {
  static constexpr EnumWord<CallDialect> kWords[] = {
      {"strict", CallDialect::kStrict, "values are equal as JSON"},
      {"bfcl", CallDialect::kBfcl, "the rules of the Berkeley Function-Calling Leaderboard"}};
};

template <>
struct EnumWords<CallOrder> {
  static constexpr EnumWord<CallOrder> kWords[] = {{"any", CallOrder::kAny, "parallel calls stand in any order"},
                                                   {"given", CallOrder::kGiven, "in the order of the expected ones"}};
};

template <>
struct EnumWords<NameDots> {
  static constexpr EnumWord<NameDots> kWords[] = {
      {"kept", NameDots::kKept, "names are equal as they stand"},
      {"underscores", NameDots::kUnderscores, "a . of the expected name is a _ of the made one"},
      {"either", NameDots::kEither, "a . is a _"}};
};

namespace {

const FieldTable<ToolCallsOptions>& ToolCallsOptions::Fields() {
  using Options = ToolCallsOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    AddExpectedFields(fields);
    fields.Optional("dialect", &Options::dialect,
                    "how values are compared, and what the next two options are by default");
    fields.Optional(
        "from", &Options::from,
        "where the calls are: `calls` that the endpoint reported, the text as `json` or `python`, or `any`: "
        "the text where nothing was reported. By default `calls`, of bfcl `any`");
    fields.Optional(
        "dots", &Options::dots,
        "names where an endpoint allows no `.`: `kept` as they are, expected ones with `underscores` instead, "
        "or `either`. By default `kept`, of bfcl `either`");
    fields.Optional("order", &Options::order, "whether calls may stand in any order; of strict");
    fields.Optional(
        "alternatives", &Options::alternatives,
        "each expected argument is a list of acceptable values, with \"\" in it if it may be missing; false: "
        "it is the value. Of strict");
    fields.Optional("ignore", &Options::ignore, "arguments that do not count, as patterns with * and ?; of strict",
                    {.max_size = 100, .one_or_list = true});
    AddToolsFields(fields);
    return fields;
  }();
  return table;
}

std::string WithUnderscores(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '.', '_');
  return out;
}

bool IsSameName(std::string_view made, std::string_view expected, NameDots dots) {
  if (dots == NameDots::kKept) return made == expected;
  if (dots == NameDots::kUnderscores) return made == WithUnderscores(expected);
  return WithUnderscores(made) == WithUnderscores(expected);
}

bool IsOmittable(const Json& values) {
  return values.is_array() && std::ranges::any_of(values.as_array(), [](const Json& one) { return one == Json(""); });
}

// The function that an expected call calls: the only one there is, or the one of its name.
const DeclaredTool* ToolOf(const std::vector<DeclaredTool>& tools, const ExpectedList& expected,
                           const ExpectedCall& call) {
  if (tools.size() == 1 && expected.calls.size() == 1) return &tools.front();
  return FindTool(tools, call.name);
}

class ToolCalls final : public Grader {
 public:
  ToolCalls(const ToolCallsOptions& options, ExpectedCalls expected, DeclaredTools tools)
      : dialect_(options.dialect),
        dots_(options.dots.value_or(dialect_ == CallDialect::kBfcl ? NameDots::kEither : NameDots::kKept)),
        order_(options.order),
        has_alternatives_(options.alternatives),
        ignore_(options.ignore),
        expected_(std::move(expected)),
        tools_(std::move(tools)) {
    call_options_.of = CallScope::kAnswer;
    call_options_.from = options.from.value_or(dialect_ == CallDialect::kBfcl ? CallSource::kAny : CallSource::kCalls);
  }

  Score Grade(const Case& item, const Response& response) const override {
    const auto expected = expected_.For(item);
    if (!expected) return expected.error();
    std::vector<DeclaredTool> tools;
    if (dialect_ == CallDialect::kBfcl) {
      auto declared = tools_.For(item);
      if (!declared) return std::move(declared).error();
      tools = *std::move(declared);
    }
    const CallList made = ReadCalls(response, call_options_);
    if (made.IsSilent()) return Score::Failing("the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    if (expected->calls.empty()) return JudgeNoCall(made);
    if (!made.fault.empty()) return Score::Failing(made.fault);
    if (made.calls.size() != expected->calls.size()) {
      return Score::Failing("expected " + CountOfCalls(expected->calls.size()) + ", made " +
                            CountOfCalls(made.calls.size()) + ": " + NamesOf(made.calls));
    }
    return JudgeCalls(*expected, tools, made);
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields = expected_.RequiredFields();
    if (dialect_ == CallDialect::kBfcl) {
      for (std::string& field : tools_.RequiredFields()) fields.push_back(std::move(field));
    }
    return fields;
  }

 private:
  Score JudgeNoCall(const CallList& made) const {
    // The leaderboard does not count calls that it cannot decode, and takes the answer for one without any.
    const bool is_decoded = std::ranges::all_of(made.calls, &MadeCall::is_json);
    if (dialect_ == CallDialect::kBfcl && !made.calls.empty() && !is_decoded)
      return Score::Pass("no call that can be read: " + made.calls.front().fault);
    if (!made.calls.empty()) return Score::Failing("no call expected, made: " + NamesOf(made.calls));
    return Score::Pass("no call, as expected");
  }

  Score JudgeCalls(const ExpectedList& expected, const std::vector<DeclaredTool>& tools, const CallList& made) const {
    const auto mismatch = [&](std::size_t wanted, std::size_t index) {
      return Mismatch(expected, expected.calls[wanted], tools, made.calls[index]);
    };
    const auto fits = [&](std::size_t wanted, std::size_t index) { return mismatch(wanted, index).empty(); };
    const std::size_t count = expected.calls.size();
    std::optional<std::size_t> lonely;  // an expected call that no call is
    if (dialect_ == CallDialect::kStrict && order_ == CallOrder::kGiven) {
      for (std::size_t i = 0; i < count && !lonely; ++i) {
        if (!fits(i, i)) lonely = i;
      }
    } else {
      lonely = dialect_ == CallDialect::kBfcl ? FirstUnpairedGreedily(count, count, fits)
                                              : FirstUnpaired(count, count, fits);
    }
    if (!lonely)
      return Score::Pass(count == 1 ? "called " + Shown(made.calls.front())
                                    : "made all " + std::to_string(count) + " calls");
    return Score::Failing("expected " + Shown(expected.calls[*lonely]) + ": " +
                          Closest(*lonely, made, expected, mismatch));
  }

  // Why the call that comes closest is not expected call `wanted`.
  template <class F>
  std::string Closest(std::size_t wanted, const CallList& made, const ExpectedList& expected, const F& mismatch) const {
    if (order_ == CallOrder::kGiven && dialect_ == CallDialect::kStrict) return mismatch(wanted, wanted);
    std::string same_name;
    for (std::size_t i = 0; i < made.calls.size(); ++i) {
      if (!IsSameName(made.calls[i].name, expected.calls[wanted].name, NameDots::kEither)) continue;
      std::string wrong = mismatch(wanted, i);
      if (wrong.empty()) return "the call that fits is another expected one";
      if (same_name.empty()) same_name = std::move(wrong);
    }
    return same_name.empty() ? "called " + NamesOf(made.calls) : same_name;
  }

  std::string Mismatch(const ExpectedList& expected, const ExpectedCall& wanted, const std::vector<DeclaredTool>& tools,
                       const MadeCall& call) const {
    if (dialect_ == CallDialect::kStrict) {
      if (!IsSameName(call.name, wanted.name, dots_)) return "called " + Quoted(call.name, 60);
      if (!call.fault.empty()) return call.fault;
      return StrictMismatch(wanted.arguments, call.arguments);
    }
    const DeclaredTool* tool = ToolOf(tools, expected, wanted);
    if (tool == nullptr) return "no tool " + Quoted(wanted.name, 60) + " is declared";
    if (!IsSameName(call.name, tool->name, dots_)) return "called " + Quoted(call.name, 60);
    if (!call.fault.empty()) return call.fault;
    return BfclMismatch(*tool, wanted.arguments, call);
  }

  std::string StrictMismatch(const Json& expected, const Json& actual) const {
    for (const auto& [name, value] : actual.as_object()) {
      if (MatchesAnyGlob(name, ignore_)) continue;
      const Json* wanted = expected.Find(name);
      if (wanted == nullptr) return "argument " + Quoted(name, 60) + " is not expected";
      const bool is_list = has_alternatives_ && wanted->is_array();
      const bool is_good =
          is_list ? std::ranges::any_of(wanted->as_array(), [&](const Json& one) { return IsSameValue(value, one); })
                  : IsSameValue(value, *wanted);
      if (!is_good) {
        return "argument " + Quoted(name, 60) + " is " + CutText(value.Dump(), 80) + ", not " +
               (is_list ? "one of " : "") + CutText(wanted->Dump(), 80);
      }
    }
    for (const auto& [name, values] : expected.as_object()) {
      if (MatchesAnyGlob(name, ignore_) || actual.Find(name) != nullptr) continue;
      if (!has_alternatives_ || !IsOmittable(values)) return "argument " + Quoted(name, 60) + " is missing";
    }
    return "";
  }

  CallDialect dialect_;
  CallOptions call_options_;
  NameDots dots_;
  CallOrder order_;
  bool has_alternatives_;
  std::vector<std::string> ignore_;
  ExpectedCalls expected_;
  DeclaredTools tools_;
};

std::unique_ptr<Grader> MakeToolCalls(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ToolCallsOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  if (options.dialect == CallDialect::kBfcl) {
    for (const char* name : {"order", "alternatives", "ignore"}) {
      if (const auto given = node.Find(name)) diagnostics.Add(given->At("is an option of dialect strict"));
    }
  } else {
    for (const char* name : {"tools", "tools_field"}) {
      if (const auto given = node.Find(name)) diagnostics.Add(given->At("is an option of dialect bfcl"));
    }
  }
  if (!diagnostics.empty()) return nullptr;
  auto expected = ExpectedCalls::Make(options, node, diagnostics);
  auto tools = DeclaredTools::Make(options, node, diagnostics);
  if (!expected || !tools) return nullptr;
  return std::make_unique<ToolCalls>(options, *std::move(expected), *std::move(tools));
}

}  // namespace

GraderKind ToolCallsGrader() {
  return {1,
          "the answer makes the expected calls and no others",
          &ToolCallsOptions::Fields(),
          &MakeToolCalls,
          /*judges_text=*/true,
          GraderValue::kPass,
          /*judges_calls=*/true};
}

}  // namespace assay
