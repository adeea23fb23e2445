// token_f1: the words that response and reference share, as the harmonic mean of both shares.

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "runners/graders/similarity/answer_words.h"
#include "runners/graders/similarity/ngrams.h"
#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/rouge_scores.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

enum class WordCounting { kBag, kSet };
enum class TokenF1Measure { kF1, kPrecision, kRecall };

struct TokenF1Options {
  std::vector<std::string> reference;
  WordCounting count = WordCounting::kBag;
  AnswerRule normalize = AnswerRule::kSquad;
  TokenF1Measure measure = TokenF1Measure::kF1;
  std::vector<std::string> stop_words;
  static const FieldTable<TokenF1Options>& Fields();
};

}  // namespace

template <>
struct EnumWords<WordCounting> {
  static constexpr EnumWord<WordCounting> kWords[] = {
      {"bag", WordCounting::kBag, "a word counts as often as it occurs in both"},
      {"set", WordCounting::kSet, "a word counts once"}};
};

template <>
struct EnumWords<TokenF1Measure> {
  static constexpr EnumWord<TokenF1Measure> kWords[] = {
      {"f1", TokenF1Measure::kF1, "the harmonic mean of both"},
      {"precision", TokenF1Measure::kPrecision, "the share of the response that the reference has"},
      {"recall", TokenF1Measure::kRecall, "the share of the reference that the response has"}};
};

namespace {

const FieldTable<TokenF1Options>& TokenF1Options::Fields() {
  static const auto table =
      FieldTable<TokenF1Options>()
          .Required("reference", &TokenF1Options::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("count", &TokenF1Options::count, "how repeated words count")
          .Optional("normalize", &TokenF1Options::normalize, "what the words are")
          .Optional("measure", &TokenF1Options::measure, "what is measured; the reference with the largest counts")
          .Optional("stop_words", &TokenF1Options::stop_words, "words that do not count", {.max_size = 10000});
  return table;
}

class TokenF1 final : public ComparingGrader {
 public:
  TokenF1(const TokenF1Options& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)),
        count_(options.count),
        normalize_(options.normalize),
        measure_(options.measure) {
    for (const std::string& word : options.stop_words) {
      const std::string text = AnswerText(normalize_, word);
      for (const std::string_view normal : SplitAtUnicodeSpaces(text)) stop_words_.emplace(normal);
    }
  }

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    Vocabulary vocabulary;
    std::deque<std::string> texts;  // which the vocabulary points into
    const TokenIds words = Words(texts.emplace_back(AnswerText(normalize_, response.text)), vocabulary);
    double best = -1;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < references->size(); ++i) {
      const TokenIds expected = Words(texts.emplace_back(AnswerText(normalize_, (*references)[i])), vocabulary);
      if (expected.empty()) continue;
      const double value = Compare(words, expected);
      if (value <= best) continue;
      best = value;
      nearest = i;
    }
    // "A" is an article and so no word by some rules: it must not equal a response that has none either.
    if (best < 0) return Score::Unscored("no reference has a word, as option normalize has it");
    return Score::Measured(best, MeasureReason(WordOf(measure_), best, *references, nearest));
  }

 private:
  TokenIds Words(std::string_view text, Vocabulary& vocabulary) const {
    TokenIds words;
    for (const std::string_view word : SplitAtUnicodeSpaces(text)) {
      if (stop_words_.empty() || !stop_words_.contains(word)) words.push_back(vocabulary.Id(word));
    }
    if (count_ == WordCounting::kSet) {
      std::sort(words.begin(), words.end());
      words.erase(std::unique(words.begin(), words.end()), words.end());
    }
    return words;
  }
  double Compare(const TokenIds& response, const TokenIds& reference) const {
    const std::int64_t both = CountNgrams(response, std::span(&reference, 1), 1).front().in_both;
    if (both == 0) return 0;
    const PrecisionRecall shares = {static_cast<double>(both) / static_cast<double>(response.size()),
                                    static_cast<double>(both) / static_cast<double>(reference.size())};
    switch (measure_) {
      case TokenF1Measure::kF1:
        return shares.F();
      case TokenF1Measure::kPrecision:
        return shares.precision;
      case TokenF1Measure::kRecall:
        return shares.recall;
    }
    return 0;
  }

  WordCounting count_;
  AnswerRule normalize_;
  TokenF1Measure measure_;
  std::set<std::string, std::less<>> stop_words_;
};

}  // namespace

GraderKind TokenF1Grader() {
  return {1,
          "the words that the response and a reference share",
          &TokenF1Options::Fields(),
          &MakeComparing<TokenF1, TokenF1Options>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
