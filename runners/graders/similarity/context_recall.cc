// context_recall: how many of the passages that should be retrieved were.

#include <algorithm>
#include <utility>

#include "runners/graders/similarity/retrieved.h"

namespace assay {
namespace {

struct ContextRecallOptions : RetrievalOptions {
  static const FieldTable<ContextRecallOptions>& Fields();
};

const FieldTable<ContextRecallOptions>& ContextRecallOptions::Fields() {
  static const auto table = WithRetrieval(FieldTable<ContextRecallOptions>());
  return table;
}

class ContextRecall final : public Grader {
 public:
  explicit ContextRecall(Retrieval retrieval) : retrieval_(std::move(retrieval)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto matches = retrieval_.Match(item, response);
    if (!matches) return matches.error();
    const auto found = std::ranges::count(matches->is_found, true);
    Score score = Score::Measured(static_cast<double>(found) / static_cast<double>(matches->reference.size()),
                                  std::to_string(found) + " of " + std::to_string(matches->reference.size()) +
                                      " of the reference were retrieved");
    AddWrong("not", matches->reference, matches->is_found, score);
    return score;
  }
  std::vector<std::string> RequiredFields() const override { return retrieval_.RequiredFields(); }

 private:
  Retrieval retrieval_;
};

std::unique_ptr<Grader> MakeContextRecall(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ContextRecallOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto retrieval = Retrieval::Compile(node, options, diagnostics);
  if (!retrieval) return nullptr;
  return std::make_unique<ContextRecall>(*std::move(retrieval));
}

}  // namespace

GraderKind ContextRecallGrader() {
  return {.version = 2,
          .help = "how many of the passages of the reference were retrieved",
          .fields = &ContextRecallOptions::Fields(),
          .make = &MakeContextRecall,
          .value = GraderValue::kShare};
}

}  // namespace assay
