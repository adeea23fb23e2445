// finish_reason: the answer ended as it should.

#include "core/finish_reason.h"

#include <algorithm>
#include <array>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"

namespace assay {
namespace {

struct FinishReasonOptions {
  std::vector<std::string> is;
  static const FieldTable<FinishReasonOptions>& Fields();
};

const FieldTable<FinishReasonOptions>& FinishReasonOptions::Fields() {
  static const auto table = FieldTable<FinishReasonOptions>().Required(
      "is", &FinishReasonOptions::is,
      "what passes: `stop`, `length`, `tool_calls`, `content_filter`, or a word of the provider, in any case; "
      "templates over the case, `\"{{field}}\"` alone stands for the elements of a field that is a list",
      {.min_size = 1, .max_size = 100, .one_or_list = true});
  return table;
}

constexpr std::array<std::string_view, 4> kCommonWords = {"stop", "length", "tool_calls", "content_filter"};

// The word that all providers have in common; "" for one that is none of these.
std::string_view CommonWord(const Response& response) {
  static constexpr std::array<std::string_view, 4> kCalls = {"tool_calls", "tool_call", "tool_use", "function_call"};
  if (IsWithheld(response.finish_reason)) return "content_filter";
  if (IsCutOff(response.finish_reason)) return "length";
  if (!IsWholeEnd(response.finish_reason)) return "";
  // Some providers say "stop" of an answer that ends in calls.
  const bool has_calls = IsReasonOf(response.finish_reason, kCalls) || !response.tool_calls.empty();
  return has_calls ? "tool_calls" : "stop";
}

std::string LowerCaseWord(std::string_view word) {
  std::string lower(TrimBlanks(word));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return lower;
}

class FinishReason final : public Grader {
 public:
  explicit FinishReason(std::vector<Target> expected) : expected_(std::move(expected)) {}

  Score Grade(const Case& item, const Response& response) const override {
    std::vector<std::string> words;
    for (const Target& target : expected_) {
      auto some = target.ListFor(item);
      if (!some) return std::move(some).error();
      words.insert(words.end(), some->begin(), some->end());
    }
    if (response.finish_reason.empty()) return Score::Unscored("the provider gave no reason");
    const std::string_view common = CommonWord(response);
    const bool is_expected = std::ranges::any_of(words, [&](const std::string& word) {
      const std::string wanted = LowerCaseWord(word);
      const bool is_common = std::ranges::find(kCommonWords, wanted) != kCommonWords.end();
      return wanted == (is_common ? std::string(common) : LowerCaseWord(response.finish_reason));
    });
    std::string reason = "ended with " + Quoted(response.finish_reason, 60);
    if (!common.empty() && common != response.finish_reason) reason += ", that is " + std::string(common);
    Score score = is_expected ? Score::Pass(reason) : Score::Failing(reason + "; expected " + Listed(words));
    score.label = common.empty() ? CutText(response.finish_reason, 60) : std::string(common);
    return score;
  }
  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields;
    for (const Target& target : expected_) {
      fields.insert(fields.end(), target.RequiredFields().begin(), target.RequiredFields().end());
    }
    return fields;
  }

 private:
  static std::string Listed(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " or ") + std::string(TrimBlanks(word));
    return CutText(text, 200);
  }

  std::vector<Target> expected_;
};

// A word that is nearly one that is known would never be the provider's, and inverted it would always pass.
bool AreKnown(const Node& node, const std::vector<std::string>& words, const std::vector<Target>& targets,
              Diagnostics& diagnostics) {
  const std::vector<std::string> known = KnownReasons();
  const Node list = *node.Find("is");
  bool are_known = true;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = LowerCaseWord(words[i]);
    if (!targets[i].IsConstant() || std::ranges::find(known, word) != known.end()) continue;
    const std::string hint = DidYouMean(word, known);
    if (hint.empty()) continue;  // a provider may have words that nobody knows
    diagnostics.Add((list.is_sequence() ? list.at(i) : list).At("unknown reason \"" + words[i] + "\"" + hint));
    are_known = false;
  }
  return are_known;
}

std::unique_ptr<Grader> MakeFinishReason(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  FinishReasonOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  std::vector<Target> expected;
  for (const std::string& source : options.is) {
    if (auto target = Target::Compile(node, "is", source, diagnostics)) expected.push_back(*std::move(target));
  }
  if (expected.size() != options.is.size() || !AreKnown(node, options.is, expected, diagnostics)) return nullptr;
  return std::make_unique<FinishReason>(std::move(expected));
}

}  // namespace

GraderKind FinishReasonGrader() {
  return {.version = 1,
          .help = "the answer ended for one of these reasons",
          .fields = &FinishReasonOptions::Fields(),
          .make = &MakeFinishReason,
          .judges_text = false};
}

}  // namespace assay
