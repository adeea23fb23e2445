// math_equivalent: the mathematical answer of the response is that of the case, however they are written.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/math_answer.h"
#include "runners/graders/text/math_value.h"
#include "runners/graders/text/target_texts.h"

namespace assay {
namespace {

enum class AnswerPlace { kAnywhere, kMarked, kBoxed };

struct MathEquivalentOptions {
  std::vector<std::string> value;
  AnswerPlace find = AnswerPlace::kAnywhere;
  PercentMeaning percent = PercentMeaning::kHundredths;
  static const FieldTable<MathEquivalentOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<PercentMeaning> {
  static constexpr EnumWord<PercentMeaning> kWords[] = {{"hundredths", PercentMeaning::kHundredths, "50% is 0.5"},
                                                        {"ignored", PercentMeaning::kIgnored, "50% is 50"}};
};
template <>
struct EnumWords<AnswerPlace> {
  static constexpr EnumWord<AnswerPlace> kWords[] = {
      {"anywhere", AnswerPlace::kAnywhere,
       "in the last \\boxed{…}, else behind the last \"answer is\", else the whole response, its last formula, last "
       "line "
       "or last number"},
      {"marked", AnswerPlace::kMarked, "in the last \\boxed{…}, else behind the last \"answer is\""},
      {"boxed", AnswerPlace::kBoxed, "in the last \\boxed{…}"}};
};

namespace {

const FieldTable<MathEquivalentOptions>& MathEquivalentOptions::Fields() {
  static const auto table =
      FieldTable<MathEquivalentOptions>()
          .Required("value", &MathEquivalentOptions::value, "the right answer: " + std::string(kOneOfTexts),
                    {.min_size = 1, .max_size = 100, .one_or_list = true})
          .Optional("find", &MathEquivalentOptions::find, "where in the response its answer stands")
          .Optional("percent", &MathEquivalentOptions::percent, "what a percent sign means");
  return table;
}

class MathEquivalent final : public Grader {
 public:
  MathEquivalent(const MathEquivalentOptions& options, TargetTexts targets)
      : find_(options.find), percent_(options.percent), targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto texts = targets_.For(item);
    if (!texts) return texts.error();
    std::vector<MathValue> targets;
    std::string problem;
    for (const std::string& text : *texts) {
      auto value = ParseMath(MathTarget(text), percent_);
      if (value) {
        targets.push_back(*std::move(value));
      } else {
        problem = "the target " + Quoted(text) + " cannot be read: " + value.error();
      }
    }
    if (targets.empty()) return Score::Unscored(problem);
    const std::string expected = "expected " + ListedTexts(*texts) + ", ";
    if (TrimBlanks(response.text).empty()) return Score::Failing(expected + "the response is empty");
    return Judge(targets, expected, Candidates(response.text));
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  std::vector<MathCandidate> Candidates(std::string_view text) const {
    std::vector<MathCandidate> candidates = MathCandidates(text);
    if (find_ == AnswerPlace::kAnywhere) return candidates;
    std::erase_if(candidates, [&](const MathCandidate& candidate) {
      return find_ == AnswerPlace::kBoxed ? !candidate.is_boxed : !candidate.is_marked;
    });
    return candidates;
  }

  // The first candidate that can be read is the answer. Only where it is words, and nothing says that they are the
  // answer, a later one that is an expression may be it: "42 apples because …".
  Score Judge(const std::vector<MathValue>& targets, const std::string& expected,
              const std::vector<MathCandidate>& candidates) const {
    const auto matches = [&](const MathValue& value) {
      return std::any_of(targets.begin(), targets.end(),
                         [&](const MathValue& target) { return SameMath(target, value); });
    };
    const MathCandidate* answer = nullptr;
    std::string problem;
    for (const MathCandidate& candidate : candidates) {
      const auto value = ParseMath(candidate.text, percent_);
      if (!value) {
        if (problem.empty()) problem = value.error();
        continue;
      }
      const bool is_words = value->kind == MathKind::kText;
      if (answer != nullptr && is_words) continue;
      if (matches(*value)) return Score::Pass("the answer is " + Quoted(candidate.text));
      if (answer == nullptr) answer = &candidate;
      if (candidate.is_marked || !is_words) break;
    }
    if (answer != nullptr) return Score::Failing(expected + "got " + Quoted(answer->text));
    if (candidates.empty()) return Score::Failing(expected + "the response marks no answer");
    return Score::Failing(expected + Quoted(candidates.front().text) + " cannot be read: " + problem);
  }

  AnswerPlace find_;
  PercentMeaning percent_;
  TargetTexts targets_;
};

std::unique_ptr<Grader> MakeMathEquivalent(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  MathEquivalentOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto targets = TargetTexts::Compile(node, "value", options.value, diagnostics);
  if (!targets) return nullptr;
  if (targets->IsConstant()) {
    for (const std::string& text : options.value) {
      const auto value = ParseMath(MathTarget(text), options.percent);
      if (value) continue;
      diagnostics.Add(node.Find("value").value_or(node).At(Quoted(text) + " cannot be read: " + value.error()));
    }
    if (!diagnostics.empty()) return nullptr;
  }
  return std::make_unique<MathEquivalent>(options, *std::move(targets));
}

}  // namespace

GraderKind MathEquivalentGrader() {
  return {1, "the mathematical answer of the response is the expected one", &MathEquivalentOptions::Fields(),
          &MakeMathEquivalent};
}

}  // namespace assay
