// tool_sequence: tools are called in an order.

#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/name_globs.h"
#include "runners/graders/tools/value_match.h"

namespace assay {
namespace {

enum class SequenceMode { kInOrder, kExact };

struct SequenceOptions : CallOptions {
  std::vector<std::string> steps;
  SequenceMode mode = SequenceMode::kInOrder;
  static const FieldTable<SequenceOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<SequenceMode> {
  static constexpr EnumWord<SequenceMode> kWords[] = {
      {"in_order", SequenceMode::kInOrder, "other calls may stand between them"},
      {"exact", SequenceMode::kExact, "there are no other calls"}};
};

namespace {

const FieldTable<SequenceOptions>& SequenceOptions::Fields() {
  using Options = SequenceOptions;
  static const auto table = [] {
    FieldTable<Options> fields;
    fields.Required(
        "steps", &Options::steps,
        "names in their order, or patterns with * and ?; templates, `\"{{field}}\"` alone stands for the elements "
        "of a field that is a list",
        kGlobLimits);
    fields.Optional("mode", &Options::mode, "whether other calls may stand between them");
    AddCallFields(fields);
    return fields;
  }();
  return table;
}

class ToolSequence final : public Grader {
 public:
  ToolSequence(const SequenceOptions& options, NameGlobs steps) : options_(options), steps_(std::move(steps)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto steps = steps_.For(item);
    if (!steps) return steps.error();
    const CallList made = ReadCalls(response, options_, CallParts::kNames);
    if (made.IsSilent()) return Score::Failing("the response is empty");
    if (made.is_too_much) return Score::Broken(made.fault);
    std::size_t done = 0;
    for (std::size_t i = 0; i < made.calls.size(); ++i) {
      const bool is_next = done < steps->size() && MatchesGlob(made.calls[i].name, (*steps)[done]);
      if (is_next) {
        ++done;
      } else if (options_.mode == SequenceMode::kExact) {
        const std::string wanted = done < steps->size() ? Quoted((*steps)[done], 60) : "no more";
        return Score::Failing("call " + std::to_string(i + 1) + " is " + Quoted(made.calls[i].name, 60) +
                              ", expected " + wanted);
      }
    }
    if (done == steps->size()) return Score::Pass("called in order: " + NamesOf(made.calls));
    return Score::Failing("step " + std::to_string(done + 1) + ", " + Quoted((*steps)[done], 60) + ", is not called" +
                          (done == 0 ? "" : " after the steps before it") + "; called " + NamesOf(made.calls));
  }

  std::vector<std::string> RequiredFields() const override { return steps_.RequiredFields(); }

 private:
  SequenceOptions options_;
  NameGlobs steps_;
};

std::unique_ptr<Grader> MakeToolSequence(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  SequenceOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto steps = NameGlobs::Compile(node, "steps", options.steps, diagnostics);
  if (!steps) return nullptr;
  return std::make_unique<ToolSequence>(options, *std::move(steps));
}

}  // namespace

GraderKind ToolSequenceGrader() {
  return {1,
          "tools are called in an order",
          &SequenceOptions::Fields(),
          &MakeToolSequence,
          /*judges_text=*/true,
          GraderValue::kPass,
          /*judges_calls=*/true};
}

}  // namespace assay
