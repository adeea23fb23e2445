// tool_relevance: the answer calls no function where none fits, or calls one where one does.

#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/expected_calls.h"

namespace assay {
namespace {

enum class Relevance { kNone, kCall, kByCase };

struct RelevanceOptions : CallOptions {
  RelevanceOptions() { of = CallScope::kAnswer; }
  Relevance expect = Relevance::kNone;
  std::string expected_field = "expected_calls";
  static const FieldTable<RelevanceOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<Relevance> {
  static constexpr EnumWord<Relevance> kWords[] = {
      {"no_call", Relevance::kNone, "an answer in words"},
      {"call", Relevance::kCall, "a call of any function"},
      {"by_case", Relevance::kByCase, "no call if the case's list of expected calls is empty, else a call"}};
};

namespace {

const FieldTable<RelevanceOptions>& RelevanceOptions::Fields() {
  using Options = RelevanceOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    fields.Optional("expect", &Options::expect, "whether a call is expected");
    fields.Optional("expected_field", &Options::expected_field,
                    "of `by_case`: the field of the case with its expected calls", {.min_size = 1});
    AddCallFields(fields);
    return fields;
  }();
  return table;
}

class ToolRelevance final : public Grader {
 public:
  ToolRelevance(const RelevanceOptions& options, ExpectedCalls expected)
      : options_(options), expected_(std::move(expected)) {}

  Score Grade(const Case& item, const Response& response) const override {
    bool wants_call = options_.expect == Relevance::kCall;
    if (options_.expect == Relevance::kByCase) {
      const auto expected = expected_.For(item);
      if (!expected) return expected.error();
      wants_call = !expected->calls.empty();
    }
    const CallList made = ReadCalls(response, options_);
    if (made.IsSilent()) return Score::Failing("the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    if (!wants_call)
      return made.calls.empty() ? Score::Pass("no call, as expected")
                                : Score::Failing("no call expected, made: " + NamesOf(made.calls));
    if (made.calls.empty())
      return Score::Failing("a call expected, " + (made.fault.empty() ? "none made" : made.fault));
    for (const MadeCall& call : made.calls) {
      if (call.fault.empty()) return Score::Pass("called " + NamesOf(made.calls));
    }
    return Score::Failing(made.calls.front().fault);
  }

  std::vector<std::string> RequiredFields() const override {
    return options_.expect == Relevance::kByCase ? expected_.RequiredFields() : std::vector<std::string>{};
  }

 private:
  RelevanceOptions options_;
  ExpectedCalls expected_;
};

std::unique_ptr<Grader> MakeToolRelevance(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  RelevanceOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto expected = ExpectedCalls::Make({.expected_field = options.expected_field}, node, diagnostics);
  if (!expected) return nullptr;
  return std::make_unique<ToolRelevance>(options, *std::move(expected));
}

}  // namespace

GraderKind ToolRelevanceGrader() {
  return {1,
          "the answer calls a function only where one fits",
          &RelevanceOptions::Fields(),
          &MakeToolRelevance,
          /*judges_text=*/true,
          GraderValue::kPass,
          /*judges_calls=*/true};
}

}  // namespace assay
