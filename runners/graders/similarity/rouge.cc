// rouge: which words and sequences of words of a reference the response has.

#include <utility>

#include "runners/graders/similarity/compared_tokens.h"
#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/rouge_scores.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

enum class RougeVariant { k1, k2, k3, k4, k5, kL, kLsum, kW };
enum class RougeMeasure { kF, kPrecision, kRecall };

struct RougeOptions {
  std::vector<std::string> reference;
  RougeVariant variant = RougeVariant::kL;
  RougeMeasure measure = RougeMeasure::kF;
  bool stem = false;
  TokenRule tokenize = TokenRule::kAlphanumeric;
  double weight = 1.2;
  static const FieldTable<RougeOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<RougeVariant> {
  static constexpr EnumWord<RougeVariant> kWords[] = {
      {"rouge_1", RougeVariant::k1, "words"},
      {"rouge_2", RougeVariant::k2, "pairs of words"},
      {"rouge_3", RougeVariant::k3, "three words in a row"},
      {"rouge_4", RougeVariant::k4, "four words in a row"},
      {"rouge_5", RougeVariant::k5, "five words in a row"},
      {"rouge_l", RougeVariant::kL, "the longest common subsequence"},
      {"rouge_lsum", RougeVariant::kLsum, "the same by sentences, which are lines"},
      {"rouge_w", RougeVariant::kW, "the same as rouge_l, words in a row weighing more"}};
};

template <>
struct EnumWords<RougeMeasure> {
  static constexpr EnumWord<RougeMeasure> kWords[] = {
      {"f", RougeMeasure::kF, "the harmonic mean of both"},
      {"precision", RougeMeasure::kPrecision, "the share of the response that the reference has"},
      {"recall", RougeMeasure::kRecall, "the share of the reference that the response has"}};
};

namespace {

const FieldTable<RougeOptions>& RougeOptions::Fields() {
  static const auto table =
      FieldTable<RougeOptions>()
          .Required("reference", &RougeOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("variant", &RougeOptions::variant, "what is counted")
          .Optional("measure", &RougeOptions::measure, "the share of what")
          .Optional("stem", &RougeOptions::stem, "compare the stems of English words of more than three letters")
          .Optional("tokenize", &RougeOptions::tokenize, "what a word is, in lower case")
          .Optional("weight", &RougeOptions::weight, "of `rouge_w`: k words in a row weigh k to this power",
                    {.min = 1, .max = 4});
  return table;
}

double ValueOf(const PrecisionRecall& shares, RougeMeasure measure) {
  switch (measure) {
    case RougeMeasure::kF:
      return shares.F();
    case RougeMeasure::kPrecision:
      return shares.precision;
    case RougeMeasure::kRecall:
      return shares.recall;
  }
  return 0;
}

// Lines that are not empty.
std::vector<std::string> LinesOf(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// Sentences without words do not change the measure.
std::vector<TokenIds> WithoutEmpty(std::vector<TokenIds> sentences) {
  std::erase_if(sentences, [](const TokenIds& sentence) { return sentence.empty(); });
  return sentences;
}

class Rouge final : public ComparingGrader {
 public:
  Rouge(const RougeOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    const bool by_sentence = options_.variant == RougeVariant::kLsum;
    std::optional<ComparedTokens> tokens;
    if (!by_sentence) tokens.emplace(options_.tokenize, true, options_.stem, response.text, *references);
    PrecisionRecall best;
    double best_f = -1;
    std::size_t nearest = 0;
    bool has_words = false;
    for (std::size_t i = 0; i < references->size(); ++i) {
      bool empty = false;
      const RougeResult shares = by_sentence ? BySentence(response.text, (*references)[i], empty)
                                             : Compare(tokens->response, tokens->references[i], empty);
      if (empty) continue;
      if (!shares) return Score::Broken(shares.error());
      has_words = true;
      // The reference with the greatest F counts, whatever is measured.
      if (shares->F() > best_f) {
        best = *shares;
        best_f = shares->F();
        nearest = i;
      }
    }
    if (!has_words) return Score::Unscored("no reference has a word, as option tokenize has it");
    const double value = ValueOf(best, options_.measure);
    const std::string name = std::string(WordOf(options_.variant)) + " " + std::string(WordOf(options_.measure));
    return Score::Measured(value, MeasureReason(name, value, *references, nearest));
  }

 private:
  // `empty`: the reference has no words.
  RougeResult Compare(const TokenIds& response, const TokenIds& reference, bool& empty) const {
    empty = reference.empty();
    switch (options_.variant) {
      case RougeVariant::kL:
        return RougeL(response, reference);
      case RougeVariant::kW:
        return RougeW(response, reference, options_.weight);
      case RougeVariant::kLsum:
        break;
      default:
        return RougeN(response, reference, static_cast<int>(options_.variant) + 1);
    }
    return PrecisionRecall();
  }
  RougeResult BySentence(std::string_view response, std::string_view reference, bool& empty) const {
    std::vector<std::string> lines = LinesOf(reference);
    const std::size_t of_reference = lines.size();
    for (std::string& line : LinesOf(response)) lines.push_back(std::move(line));
    ComparedTokens tokens(options_.tokenize, true, options_.stem, "", lines);
    const auto middle = tokens.references.begin() + static_cast<std::ptrdiff_t>(of_reference);
    const std::vector<TokenIds> wanted = WithoutEmpty({tokens.references.begin(), middle});
    empty = wanted.empty();
    return RougeLsum(WithoutEmpty({middle, tokens.references.end()}), wanted);
  }

  RougeOptions options_;
};

}  // namespace

GraderKind RougeGrader() {
  return {1,
          "which words and sequences of words of a reference the response has",
          &RougeOptions::Fields(),
          &MakeComparing<Rouge, RougeOptions>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
