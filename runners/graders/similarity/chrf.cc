// chrf: runs of characters (and with word_order of words) that response and reference share, as sacrebleu counts them.

#include <algorithm>
#include <utility>

#include "runners/graders/similarity/ngrams.h"
#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

struct ChrfOptions {
  std::vector<std::string> reference;
  int char_order = 6;
  int word_order = 0;
  double beta = 2;
  bool ignore_case = false;
  bool whitespace = false;
  bool eps_smoothing = false;
  static const FieldTable<ChrfOptions>& Fields();
};

const FieldTable<ChrfOptions>& ChrfOptions::Fields() {
  static const auto table =
      FieldTable<ChrfOptions>()
          .Required("reference", &ChrfOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("char_order", &ChrfOptions::char_order, "runs of up to so many characters", {.min = 1, .max = 9})
          .Optional("word_order", &ChrfOptions::word_order, "and of up to so many words: 2 is chrF++",
                    {.min = 0, .max = 9})
          .Optional("beta", &ChrfOptions::beta, "how many times as important recall is as precision",
                    {.min = 0, .max = 100})
          .Optional("ignore_case", &ChrfOptions::ignore_case, "compare in lower case")
          .Optional("whitespace", &ChrfOptions::whitespace, "white space counts as a character")
          .Optional("eps_smoothing", &ChrfOptions::eps_smoothing,
                    "the mean of the F of all orders, as in chrF++.py, instead of the F of their mean");
  return table;
}

// White space between the words, and the last or else the first character of a word apart when it is punctuation.
std::vector<std::string_view> WordsWithPunctuationApart(std::string_view text) {
  constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  std::vector<std::string_view> words;
  for (const std::string_view word : SplitAtUnicodeSpaces(text)) {
    const bool is_one = FirstUnicodeCharacter(word).bytes == word.size();
    if (!is_one && kPunctuation.find(word.back()) != std::string_view::npos) {
      words.push_back(word.substr(0, word.size() - 1));
      words.push_back(word.substr(word.size() - 1));
    } else if (!is_one && kPunctuation.find(word.front()) != std::string_view::npos) {
      words.push_back(word.substr(0, 1));
      words.push_back(word.substr(1));
    } else {
      words.push_back(word);
    }
  }
  return words;
}

// A text as chrF sees it.
struct ChrfText {
  TokenIds characters;
  TokenIds words;
};

class Chrf final : public ComparingGrader {
 public:
  Chrf(const ChrfOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    Vocabulary vocabulary;
    const std::string text = options_.ignore_case ? UnicodeLowerCase(response.text) : response.text;
    const ChrfText seen = Read(text, vocabulary);
    std::vector<std::string> lowered;  // what the vocabulary's words point into
    lowered.reserve(references->size());
    double best = -1;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < references->size(); ++i) {
      lowered.push_back(options_.ignore_case ? UnicodeLowerCase((*references)[i]) : (*references)[i]);
      const double value = FOf(Count(seen, Read(lowered.back(), vocabulary)));
      if (value > best) {
        best = value;
        nearest = i;
      }
    }
    best = std::min(best, 1.0);
    return Score::Measured(best,
                           MeasureReason(options_.word_order > 0 ? "chrF++" : "chrF", best, *references, nearest));
  }

 private:
  ChrfText Read(std::string_view text, Vocabulary& vocabulary) const {
    ChrfText seen;
    for (std::string_view rest = text; !rest.empty();) {
      const UnicodeCharacter c = FirstUnicodeCharacter(rest);
      if (options_.whitespace || !IsUnicodeSpace(c.code)) seen.characters.push_back(static_cast<std::uint32_t>(c.code));
      rest.remove_prefix(c.bytes);
    }
    if (options_.word_order > 0) seen.words = vocabulary.Ids(WordsWithPunctuationApart(text));
    return seen;
  }

  std::vector<NgramCount> Count(const ChrfText& response, const ChrfText& reference) const {
    std::vector<NgramCount> counts =
        CountNgrams(response.characters, std::span(&reference.characters, 1), options_.char_order);
    if (options_.word_order > 0) {
      const auto words = CountNgrams(response.words, std::span(&reference.words, 1), options_.word_order);
      counts.insert(counts.end(), words.begin(), words.end());
    }
    return counts;
  }

  double FOf(const std::vector<NgramCount>& counts) const {
    constexpr double kEpsilon = 1e-16;
    const double factor = options_.beta * options_.beta;
    const auto f = [&](double precision, double recall) {
      return (1 + factor) * precision * recall / (factor * precision + recall);
    };
    double sum_of_f = 0;
    double precisions = 0;
    double recalls = 0;
    int orders = 0;
    for (const NgramCount& count : counts) {
      // What the reference has none of is not held against the response.
      const auto of_response = static_cast<double>(count.in_reference > 0 ? count.in_response : 0);
      const auto of_reference = static_cast<double>(count.in_reference);
      const auto both = static_cast<double>(count.in_both);
      const double precision = of_response > 0 ? both / of_response : kEpsilon;
      const double recall = of_reference > 0 ? both / of_reference : kEpsilon;
      sum_of_f += factor * precision + recall > 0 ? f(precision, recall) : kEpsilon;
      if (of_response > 0 && of_reference > 0) {
        precisions += precision;
        recalls += recall;
        ++orders;
      }
    }
    if (options_.eps_smoothing) return sum_of_f / static_cast<double>(counts.size());
    if (orders == 0 || precisions + recalls == 0) return 0;
    return f(precisions / orders, recalls / orders);
  }

  ChrfOptions options_;
};

}  // namespace

GraderKind ChrfGrader() {
  return {1,
          "runs of characters that the response and a reference share",
          &ChrfOptions::Fields(),
          &MakeComparing<Chrf, ChrfOptions>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
