// levenshtein: the response is a reference but for a few edits.

#include <utility>

#include "runners/graders/similarity/compared_text.h"

namespace assay {
namespace {

struct LevenshteinOptions {
  std::vector<std::string> reference;
  std::int64_t max = 5;
  bool ignore_case = false;
  bool trim = false;
  static const FieldTable<LevenshteinOptions>& Fields();
};

const FieldTable<LevenshteinOptions>& LevenshteinOptions::Fields() {
  static const auto table =
      FieldTable<LevenshteinOptions>()
          .Required("reference", &LevenshteinOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("max", &LevenshteinOptions::max, "how many edits pass",
                    {.min = 0, .max = 1000, .unit = "characters"})
          .Optional("ignore_case", &LevenshteinOptions::ignore_case, "compare in lower case")
          .Optional("trim", &LevenshteinOptions::trim, "ignore white space at both ends");
  return table;
}

std::string Edits(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " edit" : " edits"); }

class Levenshtein final : public ComparingGrader {
 public:
  Levenshtein(const LevenshteinOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)),
        max_(static_cast<std::uint64_t>(options.max)),
        form_{options.ignore_case, options.trim} {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    const ComparedText text(response.text, form_);
    for (const std::string& reference : *references) {
      const ComparedText expected(reference, form_);
      const auto distance = LevenshteinDistance(expected.characters(), text.characters(), max_);
      if (!distance) return Score::Broken(TooLong(expected.characters(), text.characters(), "characters"));
      if (*distance <= max_) return Score::Pass(Edits(*distance) + " from " + Quoted(reference));
    }
    const std::string far = "more than " + Edits(max_) + " from ";
    if (references->size() > 1)
      return Score::Failing(far + "all " + std::to_string(references->size()) + " references");
    return Score::Failing(far + Quoted(references->front()) + ": " + Quoted(response.text));
  }

 private:
  std::uint64_t max_;
  ComparedForm form_;
};

}  // namespace

GraderKind LevenshteinGrader() {
  return {1, "the response is a reference but for a few edits", &LevenshteinOptions::Fields(),
          &MakeComparing<Levenshtein, LevenshteinOptions>};
}

}  // namespace assay
