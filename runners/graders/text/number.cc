// number: the first or last number of the response is the number of the target.

#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/number_options.h"
#include "runners/graders/text/number_text.h"

namespace assay {
namespace {

struct NumberOptions {
  NumberPlace which = NumberPlace::kLast;
  NumberTarget equals;
  double abs_tol = 0;
  double rel_tol = 0;
  static const FieldTable<NumberOptions>& Fields();
};

const FieldTable<NumberOptions>& NumberOptions::Fields() {
  static const auto table =
      FieldTable<NumberOptions>()
          .Optional("which", &NumberOptions::which,
                    "which number of the response counts, and of the target when it has several")
          .Required("equals", &NumberOptions::equals, "the number it must be; a template over the case")
          .Optional("abs_tol", &NumberOptions::abs_tol, "distance that passes", {.min = 0})
          .Optional("rel_tol", &NumberOptions::rel_tol,
                    "distance that passes, as a share of the target; the larger counts", {.min = 0});
  return table;
}

class NumberJudge final : public Grader {
 public:
  NumberJudge(const NumberOptions& options, Target target)
      : which_(options.which), abs_tol_(options.abs_tol), rel_tol_(options.rel_tol), target_(std::move(target)) {}

  Score Grade(const Case& item, const Response& response) const override {
    auto text = target_.For(item);
    if (!text) return std::move(text).error();
    const std::optional<NumberInText> target = FindNumber(*text, which_);
    if (!target) return Score::Unscored("the target " + Quoted(*text) + " has no number");
    if (!target->Value()) return Score::Unscored("the target " + Quoted(*text) + " is out of range");
    const std::string expected = "expected " + target->text + ", ";
    if (response.text.empty()) return Score::Failing(expected + "the response is empty");
    const std::optional<NumberInText> found = FindNumber(response.text, which_);
    if (!found) return Score::Failing(expected + "the response has no number");
    const std::string got = std::string("the ") + std::string(WordOf(which_)) + " number is " + found->text;
    const bool same = SameNumber(*found, *target) ||
                      ((abs_tol_ > 0 || rel_tol_ > 0) && NumbersClose(*found, *target, abs_tol_, rel_tol_));
    return same ? Score::Pass(got) : Score::Failing(expected + got);
  }
  std::vector<std::string> RequiredFields() const override { return target_.RequiredFields(); }

 private:
  NumberPlace which_;
  double abs_tol_;
  double rel_tol_;
  Target target_;
};

std::unique_ptr<Grader> MakeNumber(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  NumberOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto target = Target::Compile(node, "equals", options.equals.text, diagnostics);
  if (!target) return nullptr;
  if (target->IsConstant() && !FindNumber(options.equals.text, options.which)) {
    diagnostics.Add(node.Find("equals").value_or(node).At(Quoted(options.equals.text) + " has no number"));
    return nullptr;
  }
  return std::make_unique<NumberJudge>(options, *std::move(target));
}

}  // namespace

GraderKind NumberGrader() {
  return {2, "a number of the response is the expected one", &NumberOptions::Fields(), &MakeNumber};
}

}  // namespace assay
