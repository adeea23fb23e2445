// code_fence: the response has a fenced block of code, of a language.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/code_in_text.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"

namespace assay {
namespace {

struct CodeFenceOptions {
  std::vector<std::string> language;
  std::int64_t min = 1;
  std::optional<std::int64_t> max;
  bool only = false;
  static const FieldTable<CodeFenceOptions>& Fields();
};

const FieldTable<CodeFenceOptions>& CodeFenceOptions::Fields() {
  static const auto table =
      FieldTable<CodeFenceOptions>()
          .Optional(
              "language", &CodeFenceOptions::language,
              "what the opening fence says, in upper or lower case; of several one; without it anything or nothing",
              {.max_size = 100, .one_or_list = true})
          .Optional("min", &CodeFenceOptions::min, "the least number of such blocks", {.min = 1})
          .Optional("max", &CodeFenceOptions::max, "the greatest number of them", {.min = 1})
          .Optional("only", &CodeFenceOptions::only, "nothing but white space stands outside of them");
  return table;
}

bool SameIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

class CodeFence final : public Grader {
 public:
  explicit CodeFence(CodeFenceOptions options) : options_(std::move(options)) {}

  Score Grade(const Case&, const Response& response) const override {
    const std::string_view text = response.text;
    if (TrimBlanks(text).empty()) return Score::Failing("the response is empty");
    std::int64_t count = 0;
    std::string_view first;
    std::string other;
    std::size_t outside = 0;  // where the text after the last block begins
    for (const CodeBlock& block : FindCodeBlocks(text)) {
      const std::string problem = Problem(block);
      if (!problem.empty()) {
        if (other.empty()) other = problem;
        continue;
      }
      const std::size_t begin = static_cast<std::size_t>(block.whole.data() - text.data());
      if (options_.only && !TrimBlanks(text.substr(outside, begin - outside)).empty()) break;
      outside = begin + block.whole.size();
      if (count++ == 0) first = block.code;
    }
    if (options_.only && !TrimBlanks(text.substr(outside)).empty()) {
      return Score::Failing("outside of a code block: " + Quoted(TrimBlanks(text.substr(outside)), 60));
    }
    const std::string has = std::to_string(count) + (count == 1 ? " code block" : " code blocks");
    if (count == 0) return Score::Failing("no code block" + Wanted() + (other.empty() ? "" : "; " + other));
    if (count < options_.min) return Score::Failing(has + Wanted() + ", less than " + std::to_string(options_.min));
    if (options_.max && count > *options_.max) {
      return Score::Failing(has + Wanted() + ", more than " + std::to_string(*options_.max));
    }
    Score score = Score::Pass(has + Wanted());
    score.evidence = ShownText(first, 500);
    return score;
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  std::string Problem(const CodeBlock& block) const {
    if (!block.is_closed) return "one is not closed";
    if (TrimBlanks(block.code).empty()) return "one is empty";
    const bool is_wanted = options_.language.empty() || std::ranges::any_of(options_.language, [&](const auto& l) {
                             return SameIgnoringCase(l, block.language);
                           });
    if (is_wanted) return "";
    return "one of " + (block.language.empty() ? "no language" : Quoted(block.language, 40));
  }

  std::string Wanted() const {
    std::string words;
    for (const std::string& language : options_.language) words += (words.empty() ? " of " : " or ") + language;
    return words;
  }

  CodeFenceOptions options_;
};

std::unique_ptr<Grader> MakeCodeFence(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  CodeFenceOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<CodeFence>(std::move(options));
}

}  // namespace

GraderKind CodeFenceGrader() {
  return {1, "the response has a fenced block of code", &CodeFenceOptions::Fields(), &MakeCodeFence};
}

}  // namespace assay
