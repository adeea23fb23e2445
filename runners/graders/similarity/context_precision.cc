// context_precision: how many of the retrieved passages are of use, and whether they come first.

#include <algorithm>
#include <utility>

#include "runners/graders/similarity/retrieved.h"

namespace assay {
namespace {

enum class PrecisionScore { kRanked, kShare, kReciprocalRank };

struct ContextPrecisionOptions : RetrievalOptions {
  PrecisionScore score = PrecisionScore::kRanked;
  static const FieldTable<ContextPrecisionOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<PrecisionScore> {
  static constexpr EnumWord<PrecisionScore> kWords[] = {
      {"ranked", PrecisionScore::kRanked,
       "the mean of the precision down to each relevant passage (average precision)"},
      {"share", PrecisionScore::kShare, "the relevant of the retrieved passages"},
      {"reciprocal_rank", PrecisionScore::kReciprocalRank, "1 over the place of the first relevant passage"}};
};

namespace {

const FieldTable<ContextPrecisionOptions>& ContextPrecisionOptions::Fields() {
  static const auto table =
      WithRetrieval(FieldTable<ContextPrecisionOptions>())
          .Optional("score", &ContextPrecisionOptions::score, "what is measured of the retrieved");
  return table;
}

double ValueOf(PrecisionScore score, const std::vector<bool>& is_relevant) {
  double relevant = 0;
  double sum = 0;
  for (std::size_t i = 0; i < is_relevant.size(); ++i) {
    if (!is_relevant[i]) continue;
    const auto place = static_cast<double>(i + 1);
    if (score == PrecisionScore::kReciprocalRank) return 1 / place;
    ++relevant;
    sum += relevant / place;
  }
  if (relevant == 0) return 0;
  return score == PrecisionScore::kRanked ? sum / relevant : relevant / static_cast<double>(is_relevant.size());
}

class ContextPrecision final : public Grader {
 public:
  ContextPrecision(PrecisionScore score, Retrieval retrieval) : score_(score), retrieval_(std::move(retrieval)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto matches = retrieval_.Match(item, response);
    if (!matches) return matches.error();
    if (matches->retrieved.empty()) return Score::Measured(0, "nothing was retrieved");
    const auto relevant = std::ranges::count(matches->is_relevant, true);
    Score score = Score::Measured(ValueOf(score_, matches->is_relevant), std::to_string(relevant) + " of " +
                                                                             std::to_string(matches->retrieved.size()) +
                                                                             " retrieved are of the reference");
    AddWrong("not", matches->retrieved, matches->is_relevant, score);
    return score;
  }
  std::vector<std::string> RequiredFields() const override { return retrieval_.RequiredFields(); }

 private:
  PrecisionScore score_;
  Retrieval retrieval_;
};

std::unique_ptr<Grader> MakeContextPrecision(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ContextPrecisionOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto retrieval = Retrieval::Compile(node, options, diagnostics);
  if (!retrieval) return nullptr;
  return std::make_unique<ContextPrecision>(options.score, *std::move(retrieval));
}

}  // namespace

GraderKind ContextPrecisionGrader() {
  return {.version = 2,
          .help = "how many of the retrieved passages are of the reference, and whether they come first",
          .fields = &ContextPrecisionOptions::Fields(),
          .make = &MakeContextPrecision,
          .value = GraderValue::kShare};
}

}  // namespace assay
