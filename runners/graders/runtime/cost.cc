// cost: what the response cost, in US dollars.

#include <utility>

#include "core/money.h"
#include "runners/graders/frame/kind.h"

namespace assay {
namespace {

struct CostOptions {
  static const FieldTable<CostOptions>& Fields();
};

const FieldTable<CostOptions>& CostOptions::Fields() {
  static const auto table = FieldTable<CostOptions>();
  return table;
}

class Cost final : public Grader {
 public:
  Score Grade(const Case&, const Response& response) const override {
    if (response.is_cached) return Score::Unscored("the response is from the cache");
    if (!response.cost_usd) {
      return Score::Unscored("the model has no prices, or the endpoint did not tell the number of tokens");
    }
    return Score::Measured(*response.cost_usd, "cost " + FormatUsd(*response.cost_usd));
  }
  std::vector<std::string> RequiredFields() const override { return {}; }
};

std::unique_ptr<Grader> MakeCost(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  CostOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Cost>();
}

}  // namespace

GraderKind CostGrader() {
  return {.version = 1,
          .help = "what the response cost, in US dollars",
          .fields = &CostOptions::Fields(),
          .make = &MakeCost,
          .judges_text = false,
          .value = GraderValue::kErrorRate};
}

}  // namespace assay
