// error_rate and wip: what went wrong with the words (or characters) of a reference, as jiwer counts it.

#include <algorithm>
#include <utility>

#include "runners/graders/similarity/compared_text.h"
#include "runners/graders/similarity/tokens.h"

namespace assay {
namespace {

enum class ErrorRateMeasure { kWer, kCer, kMer, kWil };

struct ErrorRateOptions {
  std::vector<std::string> reference;
  ErrorRateMeasure measure = ErrorRateMeasure::kWer;
  TokenRule tokenize = TokenRule::kWhitespace;
  bool ignore_case = false;
  static const FieldTable<ErrorRateOptions>& Fields();
};

struct WipOptions {
  std::vector<std::string> reference;
  TokenRule tokenize = TokenRule::kWhitespace;
  bool ignore_case = false;
  static const FieldTable<WipOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<ErrorRateMeasure> {
  static constexpr EnumWord<ErrorRateMeasure> kWords[] = {
      {"wer", ErrorRateMeasure::kWer, "word error rate: edits over the words of the reference"},
      {"cer", ErrorRateMeasure::kCer, "character error rate: the same with characters, without the spaces at the ends"},
      {"mer", ErrorRateMeasure::kMer, "match error rate: edits over edits and hits"},
      {"wil", ErrorRateMeasure::kWil, "word information lost: 1 − wip"}};
};

namespace {

const FieldTable<ErrorRateOptions>& ErrorRateOptions::Fields() {
  static const auto table =
      FieldTable<ErrorRateOptions>()
          .Required("reference", &ErrorRateOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("measure", &ErrorRateOptions::measure, "what is measured")
          .Optional("tokenize", &ErrorRateOptions::tokenize, "what a word is")
          .Optional("ignore_case", &ErrorRateOptions::ignore_case, "compare in lower case");
  return table;
}

const FieldTable<WipOptions>& WipOptions::Fields() {
  static const auto table =
      FieldTable<WipOptions>()
          .Required("reference", &WipOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("tokenize", &WipOptions::tokenize, "what a word is")
          .Optional("ignore_case", &WipOptions::ignore_case, "compare in lower case");
  return table;
}

double Over(std::uint64_t part, std::uint64_t whole) { return static_cast<double>(part) / static_cast<double>(whole); }

// The share of word information preserved: hits over both lengths.
double Preserved(const SequenceAlignment& alignment) {
  const std::uint64_t reference = alignment.hits + alignment.substitutions + alignment.deletions;
  const std::uint64_t response = alignment.hits + alignment.substitutions + alignment.insertions;
  return response == 0 ? 0 : Over(alignment.hits, reference) * Over(alignment.hits, response);
}

// nullopt when the texts are too long; the reference is not empty.
std::optional<double> Rate(ErrorRateMeasure measure, Sequence reference, Sequence response) {
  if (measure == ErrorRateMeasure::kWer || measure == ErrorRateMeasure::kCer) {
    const auto distance = LevenshteinDistance(reference, response);
    if (!distance) return std::nullopt;
    return Over(*distance, reference.size());
  }
  const auto alignment = AlignSequences(reference, response);
  if (!alignment) return std::nullopt;
  if (measure == ErrorRateMeasure::kWil) return 1 - Preserved(*alignment);
  const std::uint64_t edits = alignment->substitutions + alignment->deletions + alignment->insertions;
  return Over(edits, edits + alignment->hits);
}

// Words or characters of several texts, as numbers.
class Elements {
 public:
  Elements(TokenRule rule, bool by_character, bool ignore_case)
      : rule_(rule), by_character_(by_character), ignore_case_(ignore_case) {}

  TokenIds Of(std::string_view text) {
    if (by_character_) {
      const std::u32string characters =
          UnicodeCharacters(TrimUnicodeSpaces(ignore_case_ ? UnicodeLowerCase(text) : std::string(text)));
      return {characters.begin(), characters.end()};
    }
    return vocabulary_.Ids(texts_.emplace_back(rule_, text, ignore_case_).list());
  }
  std::string_view unit() const { return by_character_ ? "characters" : "words"; }

 private:
  TokenRule rule_;
  bool by_character_;
  bool ignore_case_;
  std::vector<TokenizedText> texts_;  // which the vocabulary points into
  Vocabulary vocabulary_;
};

class ErrorRate final : public ComparingGrader {
 public:
  ErrorRate(const ErrorRateOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {}

  // The lowest rate of any reference. Of an empty response it is 1; that it fails is up to the frame.
  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    Elements elements(options_.tokenize, options_.measure == ErrorRateMeasure::kCer, options_.ignore_case);
    const TokenIds text = elements.Of(response.text);
    std::optional<double> best;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < references->size(); ++i) {
      const TokenIds reference = elements.Of((*references)[i]);
      if (reference.empty()) continue;
      const auto rate = Rate(options_.measure, reference, text);
      if (!rate) return Score::Broken(TooLong(reference, text, elements.unit()));
      if (best && *rate >= *best) continue;
      best = rate;
      nearest = i;
    }
    if (!best) return Score::Unscored("no reference has a word, as option tokenize has it");
    return Score::Measured(*best, MeasureReason(WordOf(options_.measure), *best, *references, nearest));
  }

 private:
  ErrorRateOptions options_;
};

class Wip final : public ComparingGrader {
 public:
  Wip(const WipOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    Elements elements(options_.tokenize, false, options_.ignore_case);
    const TokenIds text = elements.Of(response.text);
    double best = -1;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < references->size(); ++i) {
      const TokenIds reference = elements.Of((*references)[i]);
      if (reference.empty()) continue;
      const auto alignment = AlignSequences(reference, text);
      if (!alignment) return Score::Broken(TooLong(reference, text, "words"));
      const double preserved = Preserved(*alignment);
      if (preserved <= best) continue;
      best = preserved;
      nearest = i;
    }
    if (best < 0) return Score::Unscored("no reference has a word, as option tokenize has it");
    return Score::Measured(best, MeasureReason("wip", best, *references, nearest));
  }

 private:
  WipOptions options_;
};

}  // namespace

GraderKind ErrorRateGrader() {
  return {1,
          "word, character or match error rate against a reference",
          &ErrorRateOptions::Fields(),
          &MakeComparing<ErrorRate, ErrorRateOptions>,
          /*judges_text=*/true,
          GraderValue::kErrorRate};
}

GraderKind WipGrader() {
  return {1,
          "word information preserved: hits over the words of the response and of a reference",
          &WipOptions::Fields(),
          &MakeComparing<Wip, WipOptions>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
