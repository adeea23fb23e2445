// exact_normalized: the response is one of the targets once both are normalised, in the dialect of a peer.

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/normalization.h"
#include "runners/graders/text/target_texts.h"

namespace assay {
namespace {

enum class MatchedPart { kWhole, kPrefix };

struct ExactNormalizedOptions {
  std::vector<std::string> value;
  Normalization normalization = Normalization::kSquad;
  MatchedPart match = MatchedPart::kWhole;
  std::optional<std::string> after;
  std::vector<std::string> ignore_patterns;
  bool ignore_case = false;
  bool ignore_punctuation = false;
  bool ignore_digits = false;
  static const FieldTable<ExactNormalizedOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<Normalization> {
  static constexpr EnumWord<Normalization> kWords[] = {
      {"squad", Normalization::kSquad, "lower case, without punctuation and a/an/the, single spaces"},
      {"keep_articles", Normalization::kKeepArticles, "as squad, articles stay"},
      {"inspect", Normalization::kInspect,
       "as squad, word by word between spaces and hyphens; numbers keep their point"},
      {"trim", Normalization::kTrim, "without white space at both ends"},
      {"lm_eval", Normalization::kLmEval, "what the options ignore_… say, and nothing else"}};
};
template <>
struct EnumWords<MatchedPart> {
  static constexpr EnumWord<MatchedPart> kWords[] = {{"whole", MatchedPart::kWhole, "the response is the target"},
                                                     {"prefix", MatchedPart::kPrefix, "the response begins with it"}};
};

namespace {

const FieldTable<ExactNormalizedOptions>& ExactNormalizedOptions::Fields() {
  static const auto table =
      FieldTable<ExactNormalizedOptions>()
          .Required("value", &ExactNormalizedOptions::value, std::string(kOneOfTexts),
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("normalization", &ExactNormalizedOptions::normalization, "how both sides are made alike")
          .Optional("match", &ExactNormalizedOptions::match, "how much of the normalised response must be the target")
          .Optional("after", &ExactNormalizedOptions::after,
                    "only what follows the last occurrence of this text counts, on both sides; all of it where the "
                    "text does not occur",
                    {.min_size = 1})
          .Optional("ignore_patterns", &ExactNormalizedOptions::ignore_patterns,
                    "of `lm_eval`: RE2 patterns whose matches are removed first", {.max_size = 100})
          .Optional("ignore_case", &ExactNormalizedOptions::ignore_case, "of `lm_eval`: then lower case")
          .Optional("ignore_punctuation", &ExactNormalizedOptions::ignore_punctuation,
                    "of `lm_eval`: then without ASCII punctuation")
          .Optional("ignore_digits", &ExactNormalizedOptions::ignore_digits,
                    "of `lm_eval`: then without the digits 0-9")
          .Check(
              [](const ExactNormalizedOptions& options, const Node& node, Diagnostics& diagnostics) {
                const bool has_steps = !options.ignore_patterns.empty() || options.ignore_case ||
                                       options.ignore_punctuation || options.ignore_digits;
                if (has_steps && options.normalization != Normalization::kLmEval) {
                  diagnostics.Add(node.At("the ignore_… options are those of \"normalization: lm_eval\""));
                }
              },
              {"normalization", "ignore_patterns", "ignore_case", "ignore_punctuation", "ignore_digits"});
  return table;
}

class ExactNormalized final : public Grader {
 public:
  ExactNormalized(ExactNormalizedOptions options, LmEvalSteps steps, TargetTexts targets)
      : options_(std::move(options)), steps_(std::move(steps)), targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto targets = targets_.For(item);
    if (!targets) return targets.error();
    if (TrimBlanks(response.text).empty()) {
      return Score::Failing("expected " + ListedTexts(*targets) + ", the response is empty");
    }
    const std::string got = Normal(response.text);
    bool has_target = false;
    for (const std::string& target : *targets) {
      const std::string expected = Normal(target);
      // It would be the prefix of everything, and equal to an answer of which nothing is left.
      if (TrimBlanks(expected).empty()) continue;
      has_target = true;
      const bool is_prefix = options_.match == MatchedPart::kPrefix;
      if (is_prefix ? got.starts_with(expected) : got == expected) {
        return Score::Pass((is_prefix ? "the response begins with " : "the response is ") + Quoted(expected) +
                           " once normalised");
      }
    }
    if (!has_target)
      return Score::Unscored("nothing is left of the target " + ListedTexts(*targets) + " once normalised");
    return Score::Failing("expected " + ListedTexts(*targets) + ", got " + Quoted(got) + " once normalised");
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  std::string Normal(std::string_view text) const {
    if (options_.after) {
      const std::size_t at = text.rfind(*options_.after);
      if (at != std::string_view::npos) text.remove_prefix(at + options_.after->size());
    }
    return Normalized(text, options_.normalization, steps_);
  }

  ExactNormalizedOptions options_;
  LmEvalSteps steps_;
  TargetTexts targets_;
};

std::unique_ptr<Grader> MakeExactNormalized(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ExactNormalizedOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  LmEvalSteps steps{.ignore_case = options.ignore_case,
                    .ignore_punctuation = options.ignore_punctuation,
                    .ignore_digits = options.ignore_digits};
  const Node patterns = node.Find("ignore_patterns").value_or(node);
  for (std::size_t i = 0; i < options.ignore_patterns.size(); ++i) {
    RE2::Options re2_options;
    re2_options.set_log_errors(false);
    auto pattern = std::make_shared<const RE2>(options.ignore_patterns[i], re2_options);
    if (!pattern->ok()) diagnostics.Add(patterns.at(i).At("pattern: " + pattern->error()));
    steps.remove.push_back(std::move(pattern));
  }
  auto targets = TargetTexts::Compile(node, "value", options.value, diagnostics);
  if (!targets || !diagnostics.empty()) return nullptr;
  return std::make_unique<ExactNormalized>(std::move(options), std::move(steps), *std::move(targets));
}

}  // namespace

GraderKind ExactNormalizedGrader() {
  return {1, "the response is a text once both are normalised", &ExactNormalizedOptions::Fields(),
          &MakeExactNormalized};
}

}  // namespace assay
