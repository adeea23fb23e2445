// grounding: how much of the response stands in the context, by its n-grams.

#include <algorithm>
#include <utility>

#include "runners/graders/similarity/compared_tokens.h"
#include "runners/graders/similarity/ngrams.h"
#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

struct GroundingOptions {
  std::vector<std::string> context;
  int n = 3;
  TokenRule tokenize = TokenRule::kWords;
  bool ignore_case = true;
  static const FieldTable<GroundingOptions>& Fields();
};

const FieldTable<GroundingOptions>& GroundingOptions::Fields() {
  static const auto table =
      FieldTable<GroundingOptions>()
          .Required("context", &GroundingOptions::context,
                    "the passages; templates over the case, `\"{{field}}\"` alone stands for the elements of a field "
                    "that is a list",
                    kReferenceLimits)
          .Optional("n", &GroundingOptions::n, "n-grams of so many words; a shorter response is one of all its words",
                    {.min = 1, .max = 20})
          .Optional("tokenize", &GroundingOptions::tokenize, "what a word is")
          .Optional("ignore_case", &GroundingOptions::ignore_case, "compare in lower case");
  return table;
}

// Words from `begin` to before `end`.
struct WordSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The words that the n-grams take that were not found: each run of these without the words at its ends that also stand
// in a found one, unless all do.
std::vector<WordSpan> Ungrounded(const std::vector<bool>& found, std::size_t n) {
  std::vector<bool> covered(found.size() + n - 1);
  for (std::size_t i = 0, until = 0; i < covered.size(); ++i) {
    if (i < found.size() && found[i]) until = i + n;
    covered[i] = i < until;
  }
  std::vector<WordSpan> spans;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i]) continue;
    const std::size_t first = i;
    while (i + 1 < found.size() && !found[i + 1]) ++i;
    WordSpan span{.begin = first, .end = i + n};
    while (span.begin < span.end && covered[span.begin]) ++span.begin;
    while (span.begin < span.end && covered[span.end - 1]) --span.end;
    spans.push_back(span.begin < span.end ? span : WordSpan{.begin = first, .end = i + n});
  }
  return spans;
}

// As the text has it between its first and its last word, in the form in which it is compared.
std::string_view TextOf(const WordSpan& span, const std::vector<std::string_view>& words) {
  const std::string_view first = words[span.begin];
  const std::string_view last = words[span.end - 1];
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

class Grounding final : public Grader {
 public:
  Grounding(const GroundingOptions& options, ReferenceTexts context)
      : n_(static_cast<std::size_t>(options.n)),
        tokenize_(options.tokenize),
        ignore_case_(options.ignore_case),
        context_(std::move(context)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto passages = context_.For(item);
    if (!passages) return passages.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    const TokenizedText said(tokenize_, response.text, ignore_case_);
    if (said.empty()) return Score::Measured(0, "the response has no words");
    const ComparedTokens tokens(tokenize_, ignore_case_, /*stem=*/false, response.text, *passages);
    const auto has_words = [](const TokenIds& passage) { return !passage.empty(); };
    if (std::ranges::none_of(tokens.references, has_words)) return Score::Unscored("the context has no words");
    const std::size_t n = std::min(n_, tokens.response.size());
    const std::vector<bool> found = NgramsFound(tokens.response, tokens.references, static_cast<int>(n));
    const auto good = std::ranges::count(found, true);
    const double share = static_cast<double>(good) / static_cast<double>(found.size());
    Score score = Score::Measured(share, std::to_string(good) + " of " + std::to_string(found.size()) + " runs of " +
                                             std::to_string(n) + (n == 1 ? " word" : " words") + " are in the context");
    AddSpans(Ungrounded(found, n), said.list(), score);
    return score;
  }
  std::vector<std::string> RequiredFields() const override { return context_.RequiredFields(); }

 private:
  static void AddSpans(const std::vector<WordSpan>& spans, const std::vector<std::string_view>& words, Score& score) {
    constexpr std::size_t kShown = 3;
    constexpr std::size_t kKept = 50;
    for (std::size_t i = 0; i < std::min(kKept, spans.size()); ++i) {
      const std::string_view text = TextOf(spans[i], words);
      if (i < kShown) score.reason += (i == 0 ? "; not " : ", ") + Quoted(text, 100);
      score.evidence += (i == 0 ? "" : "\n") + Quoted(text, 200);
    }
    if (spans.size() > kShown) score.reason += " and " + std::to_string(spans.size() - kShown) + " more";
    if (spans.size() > kKept) score.evidence += "\nand " + std::to_string(spans.size() - kKept) + " more";
  }

  std::size_t n_;
  TokenRule tokenize_;
  bool ignore_case_;
  ReferenceTexts context_;
};

std::unique_ptr<Grader> MakeGrounding(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  GroundingOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto context = ReferenceTexts::Compile(node, options.context, diagnostics, "context");
  if (!context) return nullptr;
  return std::make_unique<Grounding>(options, *std::move(context));
}

}  // namespace

GraderKind GroundingGrader() {
  return {.version = 1,
          .help = "how much of the response stands in the context",
          .fields = &GroundingOptions::Fields(),
          .make = &MakeGrounding,
          .value = GraderValue::kShare};
}

}  // namespace assay
