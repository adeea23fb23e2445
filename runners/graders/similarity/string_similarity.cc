// string_similarity: how alike two texts are, character by character, as a share.

#include <utility>

#include "runners/graders/similarity/compared_text.h"

namespace assay {
namespace {

enum class SimilarityMeasure { kLevenshtein, kRestrictedDamerau, kDamerau, kIndel, kHamming, kJaro, kJaroWinkler };

struct StringSimilarityOptions {
  std::vector<std::string> reference;
  SimilarityMeasure algorithm = SimilarityMeasure::kLevenshtein;
  bool ignore_case = false;
  bool trim = false;
  static const FieldTable<StringSimilarityOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<SimilarityMeasure> {
  static constexpr EnumWord<SimilarityMeasure> kWords[] = {
      {"levenshtein", SimilarityMeasure::kLevenshtein,
       "1 − insertions, deletions and substitutions over the longer text"},
      {"osa", SimilarityMeasure::kRestrictedDamerau, "the same with swaps of neighbours, no part edited twice"},
      {"damerau", SimilarityMeasure::kDamerau, "the same with swaps of neighbours"},
      {"indel", SimilarityMeasure::kIndel, "1 − insertions and deletions over both texts together"},
      {"hamming", SimilarityMeasure::kHamming, "1 − places that differ over the longer text"},
      {"jaro", SimilarityMeasure::kJaro, "Jaro's similarity"},
      {"jaro_winkler", SimilarityMeasure::kJaroWinkler, "Jaro's, lifted for a common beginning"}};
};

namespace {

const FieldTable<StringSimilarityOptions>& StringSimilarityOptions::Fields() {
  static const auto table =
      FieldTable<StringSimilarityOptions>()
          .Required("reference", &StringSimilarityOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("algorithm", &StringSimilarityOptions::algorithm, "what is measured")
          .Optional("ignore_case", &StringSimilarityOptions::ignore_case, "compare in lower case")
          .Optional("trim", &StringSimilarityOptions::trim, "ignore white space at both ends");
  return table;
}

double OneMinus(std::uint64_t distance, std::uint64_t whole) {
  return 1 - static_cast<double>(distance) / static_cast<double>(whole);
}

// nullopt when the texts are too long. Neither is empty.
std::optional<double> SimilarityOf(SimilarityMeasure measure, Sequence reference, Sequence response) {
  const std::size_t longer = std::max(reference.size(), response.size());
  std::optional<std::uint64_t> distance;
  switch (measure) {
    case SimilarityMeasure::kLevenshtein:
      distance = LevenshteinDistance(reference, response);
      break;
    case SimilarityMeasure::kRestrictedDamerau:
      distance = RestrictedDamerauDistance(reference, response);
      break;
    case SimilarityMeasure::kDamerau:
      distance = DamerauDistance(reference, response);
      break;
    case SimilarityMeasure::kHamming:
      distance = HammingDistance(reference, response);
      break;
    case SimilarityMeasure::kIndel: {
      const auto common = CommonSubsequence(reference, response);
      if (!common) return std::nullopt;
      const std::size_t both = reference.size() + response.size();
      return OneMinus(both - 2 * *common, both);
    }
    case SimilarityMeasure::kJaro:
      return JaroSimilarity(reference, response);
    case SimilarityMeasure::kJaroWinkler:
      return JaroWinklerSimilarity(reference, response);
  }
  if (!distance) return std::nullopt;
  return OneMinus(*distance, longer);
}

class StringSimilarity final : public ComparingGrader {
 public:
  StringSimilarity(const StringSimilarityOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)),
        algorithm_(options.algorithm),
        form_{options.ignore_case, options.trim} {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    const ComparedText text(response.text, form_);
    double best = -1;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < references->size(); ++i) {
      const ComparedText reference((*references)[i], form_);
      const auto similarity = SimilarityOf(algorithm_, reference.characters(), text.characters());
      if (!similarity) return Score::Broken(TooLong(reference.characters(), text.characters(), "characters"));
      if (*similarity > best) {
        best = *similarity;
        nearest = i;
      }
    }
    return Score::Measured(best, MeasureReason(WordOf(algorithm_), best, *references, nearest));
  }

 private:
  SimilarityMeasure algorithm_;
  ComparedForm form_;
};

}  // namespace

GraderKind StringSimilarityGrader() {
  return {1,
          "how alike the response and a reference are, character by character",
          &StringSimilarityOptions::Fields(),
          &MakeComparing<StringSimilarity, StringSimilarityOptions>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
