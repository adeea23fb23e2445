// numeric_diff: how close a number of the response is to the expected one, for its size.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/number_options.h"
#include "runners/graders/text/number_text.h"

namespace assay {
namespace {

struct NumericDiffOptions {
  NumberTarget expected;
  NumberPlace which = NumberPlace::kLast;
  static const FieldTable<NumericDiffOptions>& Fields();
};

const FieldTable<NumericDiffOptions>& NumericDiffOptions::Fields() {
  static const auto table = FieldTable<NumericDiffOptions>()
                                .Required("expected", &NumericDiffOptions::expected,
                                          "the number it is compared with; a template over the case")
                                .Optional("which", &NumericDiffOptions::which,
                                          "which number of the response counts, and of the target when it has several");
  return table;
}

class NumericDiff final : public Grader {
 public:
  NumericDiff(NumberPlace which, Target target) : which_(which), target_(std::move(target)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto text = target_.For(item);
    if (!text) return text.error();
    const std::optional<NumberInText> target = FindNumber(*text, which_);
    if (!target) return Score::Unscored("the target " + Quoted(*text) + " has no number");
    const std::optional<long double> expected = target->Value();
    if (!expected) return Score::Unscored("the target " + Quoted(*text) + " is out of range");
    const std::string wanted = "expected " + target->text + ", ";
    if (TrimBlanks(response.text).empty()) return Score::Failing(wanted + "the response is empty");
    const std::optional<NumberInText> found = FindNumber(response.text, which_);
    if (!found) return Score::Failing(wanted + "the response has no number");
    const std::optional<long double> got = found->Value();
    if (!got) return Score::Failing(wanted + "the number " + found->text + " is out of range");
    // Scaled by the larger of the two, no sum overflows.
    const long double scale = std::max(std::fabs(*expected), std::fabs(*got));
    long double value = 1;
    if (scale > 0) {
      const long double e = *expected / scale;
      const long double o = *got / scale;
      value = 1 - std::fabs(e - o) / (std::fabs(e) + std::fabs(o));
    }
    return Score::Measured(static_cast<double>(value), wanted + "got " + found->text);
  }
  std::vector<std::string> RequiredFields() const override { return target_.RequiredFields(); }

 private:
  NumberPlace which_;
  Target target_;
};

std::unique_ptr<Grader> MakeNumericDiff(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  NumericDiffOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto target = Target::Compile(node, "expected", options.expected.text, diagnostics);
  if (!target) return nullptr;
  if (target->IsConstant() && !FindNumber(options.expected.text, options.which)) {
    diagnostics.Add(node.Find("expected").value_or(node).At(Quoted(options.expected.text) + " has no number"));
    return nullptr;
  }
  return std::make_unique<NumericDiff>(options.which, *std::move(target));
}

}  // namespace

GraderKind NumericDiffGrader() {
  return {.version = 1,
          .help = "a number of the response is close to the expected one",
          .fields = &NumericDiffOptions::Fields(),
          .make = &MakeNumericDiff,
          .value = GraderValue::kShare};
}

}  // namespace assay
