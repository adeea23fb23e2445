// step_count: the answer takes so many steps: calls of tools, or messages.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class StepType { kCall, kMessage, kAnswer };

struct StepCountOptions : CallOptions {
  StepType steps = StepType::kCall;
  std::vector<std::string> tools;
  std::optional<int> min;
  std::optional<int> max;
  static const FieldTable<StepCountOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<StepType> {
  static constexpr EnumWord<StepType> kWords[] = {
      {"call", StepType::kCall, "calls of tools"},
      {"message", StepType::kMessage, "answers with a text"},
      {"answer", StepType::kAnswer, "answers of the model, with or without a text"}};
};

namespace {

const FieldTable<StepCountOptions>& StepCountOptions::Fields() {
  using Options = StepCountOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    fields.Optional("steps", &Options::steps,
                    "what counts: a `call` of a tool, a `message` in words, each `answer` of the model");
    fields.Optional("tools", &Options::tools, "of `call`: only those of these names, or patterns with * and ?",
                    {.max_size = 1000, .one_or_list = true});
    fields.Optional("min", &Options::min, "how many there must be", {.min = 0});
    fields.Optional("max", &Options::max, "how many there may be", {.min = 0});
    AddCallFields(fields);
    fields.Check([](const Options& options, const Node& node, Diagnostics& diagnostics) {
      if (!options.min && !options.max) diagnostics.Add(node.At("needs min or max"));
      if (options.min && options.max && *options.min > *options.max)
        diagnostics.Add(node.Find("min").value_or(node).At("is more than max"));
      if (!options.tools.empty() && options.steps != StepType::kCall)
        diagnostics.Add(node.Find("tools").value_or(node).At("only calls have a tool"));
    });
    return fields;
  }();
  return table;
}

class StepCount final : public Grader {
 public:
  explicit StepCount(StepCountOptions options) : options_(std::move(options)) {}

  Score Grade(const Case&, const Response& response) const override {
    const CallList made = ReadCalls(response, options_, CallParts::kNames);
    if (made.IsSilent()) return Score::Failing("the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    const std::size_t count = Count(made, response);
    const std::string counted =
        std::to_string(count) + " " + std::string(WordOf(options_.steps)) + (count == 1 ? "" : "s");
    if (options_.min && std::cmp_less(count, *options_.min))
      return Score::Failing(counted + ", at least " + std::to_string(*options_.min) + " expected");
    if (options_.max && std::cmp_greater(count, *options_.max))
      return Score::Failing(counted + ", at most " + std::to_string(*options_.max) + " allowed");
    return Score::Pass(counted);
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  std::size_t Count(const CallList& made, const Response& response) const {
    if (options_.steps == StepType::kAnswer) return made.answers;
    if (options_.steps == StepType::kCall) {
      return static_cast<std::size_t>(std::ranges::count_if(made.calls, [&](const MadeCall& call) {
        return options_.tools.empty() || MatchesAnyGlob(call.name, options_.tools);
      }));
    }
    std::size_t count = TrimBlanks(response.text).empty() ? 0 : 1;
    if (options_.of == CallScope::kAnswer) return count;
    for (const Message& message : response.transcript) {
      if (message.role == Role::kAssistant && !TrimBlanks(message.content).empty()) ++count;
    }
    return count;
  }

  StepCountOptions options_;
};

std::unique_ptr<Grader> MakeStepCount(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  StepCountOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<StepCount>(std::move(options));
}

}  // namespace

GraderKind StepCountGrader() {
  return {1,
          "the answer takes so many steps",
          &StepCountOptions::Fields(),
          &MakeStepCount,
          /*judges_text=*/true,
          GraderValue::kPass,
          /*judges_calls=*/true};
}

}  // namespace assay
