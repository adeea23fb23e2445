// edit_distance: how many edits lead from the response to a reference.

#include <utility>

#include "runners/graders/similarity/compared_text.h"

namespace assay {
namespace {

enum class EditMeasure { kLevenshtein, kRestrictedDamerau, kDamerau, kIndel, kHamming };

struct EditDistanceOptions {
  std::vector<std::string> reference;
  EditMeasure algorithm = EditMeasure::kLevenshtein;
  bool ignore_case = false;
  bool trim = false;
  static const FieldTable<EditDistanceOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<EditMeasure> {
  static constexpr EnumWord<EditMeasure> kWords[] = {
      {"levenshtein", EditMeasure::kLevenshtein, "insertions, deletions and substitutions"},
      {"osa", EditMeasure::kRestrictedDamerau, "the same and swaps of neighbours, no part edited twice"},
      {"damerau", EditMeasure::kDamerau, "the same and swaps of neighbours"},
      {"indel", EditMeasure::kIndel, "insertions and deletions"},
      {"hamming", EditMeasure::kHamming, "places that differ, and what one text is longer by"}};
};

namespace {

const FieldTable<EditDistanceOptions>& EditDistanceOptions::Fields() {
  static const auto table =
      FieldTable<EditDistanceOptions>()
          .Required("reference", &EditDistanceOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("algorithm", &EditDistanceOptions::algorithm, "which edits there are")
          .Optional("ignore_case", &EditDistanceOptions::ignore_case, "compare in lower case")
          .Optional("trim", &EditDistanceOptions::trim, "ignore white space at both ends");
  return table;
}

std::optional<std::uint64_t> DistanceOf(EditMeasure measure, Sequence reference, Sequence response) {
  switch (measure) {
    case EditMeasure::kLevenshtein:
      return LevenshteinDistance(reference, response);
    case EditMeasure::kRestrictedDamerau:
      return RestrictedDamerauDistance(reference, response);
    case EditMeasure::kDamerau:
      return DamerauDistance(reference, response);
    case EditMeasure::kHamming:
      return HammingDistance(reference, response);
    case EditMeasure::kIndel: {
      const auto common = CommonSubsequence(reference, response);
      if (!common) return std::nullopt;
      return reference.size() + response.size() - 2 * *common;
    }
  }
  return std::nullopt;
}

class EditDistance final : public ComparingGrader {
 public:
  EditDistance(const EditDistanceOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)),
        algorithm_(options.algorithm),
        form_{options.ignore_case, options.trim} {}

  // An empty response is as far from a reference as that is long; that it fails is up to the frame.
  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    const ComparedText text(response.text, form_);
    std::uint64_t best = UINT64_MAX;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < references->size(); ++i) {
      const ComparedText reference((*references)[i], form_);
      const auto distance = DistanceOf(algorithm_, reference.characters(), text.characters());
      if (!distance) return Score::Broken(TooLong(reference.characters(), text.characters(), "characters"));
      if (*distance < best) {
        best = *distance;
        nearest = i;
      }
    }
    const auto value = static_cast<double>(best);
    return Score::Measured(value, MeasureReason("edits", value, *references, nearest));
  }

 private:
  EditMeasure algorithm_;
  ComparedForm form_;
};

}  // namespace

GraderKind EditDistanceGrader() {
  return {1,
          "how many edits lead from the response to a reference",
          &EditDistanceOptions::Fields(),
          &MakeComparing<EditDistance, EditDistanceOptions>,
          /*judges_text=*/true,
          GraderValue::kErrorRate};
}

}  // namespace assay
