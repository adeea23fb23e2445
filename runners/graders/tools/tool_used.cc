// tool_used: tools are called so many times; with `max: 0`, never.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/name_globs.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

struct ToolUsedOptions : CallOptions {
  std::vector<std::string> tools;
  std::optional<int> min;
  std::optional<int> max;
  static const FieldTable<ToolUsedOptions>& Fields();
};

const FieldTable<ToolUsedOptions>& ToolUsedOptions::Fields() {
  using Options = ToolUsedOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    fields.Required(
        "tools", &Options::tools,
        "names, or patterns with * and ?, each of which counts by itself; templates, `\"{{field}}\"` alone stands "
        "for the elements of a field that is a list",
        kGlobLimits);
    fields.Optional("min", &Options::min, "how many calls there must be; 1, or 0 where only `max` is given",
                    {.min = 0});
    fields.Optional("max", &Options::max, "how many there may be", {.min = 0});
    AddCallFields(fields);
    fields.Check(
        [](const Options& options, const Node& node, Diagnostics& diagnostics) {
          if (options.min && options.max && *options.min > *options.max)
            diagnostics.Add(node.Find("min").value_or(node).At("is more than max"));
        },
        {"min", "max"});
    return fields;
  }();
  return table;
}

std::string Times(std::int64_t count) { return std::to_string(count) + (count == 1 ? " time" : " times"); }

class ToolUsed final : public Grader {
 public:
  ToolUsed(const ToolUsedOptions& options, NameGlobs tools)
      : options_(options), min_(options.min.value_or(options.max ? 0 : 1)), tools_(std::move(tools)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto globs = tools_.For(item);
    if (!globs) return globs.error();
    const CallList made = ReadCalls(response, options_, CallParts::kNames);
    if (made.IsSilent()) return Score::Failing("the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    std::string counts;
    for (const std::string& glob : *globs) {
      const std::int64_t count =
          std::ranges::count_if(made.calls, [&](const MadeCall& call) { return MatchesGlob(call.name, glob); });
      const std::string called = Quoted(glob, 60) + " called " + Times(count);
      if (count < min_)
        return Score::Failing(called + ", at least " + std::to_string(min_) + " expected; called " +
                              NamesOf(made.calls));
      if (options_.max && count > *options_.max)
        return Score::Failing(called + ", at most " + std::to_string(*options_.max) + " allowed");
      counts += (counts.empty() ? "" : ", ") + called;
    }
    return Score::Pass(counts);
  }

  std::vector<std::string> RequiredFields() const override { return tools_.RequiredFields(); }

 private:
  ToolUsedOptions options_;
  std::int64_t min_;
  NameGlobs tools_;
};

std::unique_ptr<Grader> MakeToolUsed(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ToolUsedOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto tools = NameGlobs::Compile(node, "tools", options.tools, diagnostics);
  if (!tools) return nullptr;
  return std::make_unique<ToolUsed>(options, *std::move(tools));
}

}  // namespace

GraderKind ToolUsedGrader() {
  return {1,
          "tools are called so many times",
          &ToolUsedOptions::Fields(),
          &MakeToolUsed,
          /*judges_text=*/true,
          GraderValue::kPass,
          /*judges_calls=*/true};
}

}  // namespace assay
