// weighted: the mean of the values of several graders, by their weights.

#include <utility>

#include "runners/graders/combine/parts.h"
#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/mean.h"

namespace assay {
namespace {

class Weighted final : public Combination {
 public:
  explicit Weighted(std::vector<std::string> parts) : parts_(std::move(parts)) {}

  std::vector<std::string> Parts() const override { return parts_; }

  // A part of weight 0 is not asked for anything, not even for being there.
  Score Combine(const Response&, std::span<const Part> parts) const override {
    std::vector<Part> counting;
    for (const Part& part : parts) {
      if (part.weight > 0) counting.push_back(part);
    }
    if (counting.empty()) return Score::Broken("all its parts have weight 0");
    if (auto lack = LackOf(counting)) return *std::move(lack);
    std::vector<WeighedNumber> numbers;
    std::string reason;
    for (const Part& part : counting) {
      numbers.push_back({.value = *part.score->value, .weight = part.weight});
      reason += (reason.empty() ? "" : ", ") + std::string(part.name) + " " + Json(*part.score->value).Dump();
    }
    return Score::Measured(WeighedMean(numbers), std::move(reason));
  }

 private:
  std::vector<std::string> parts_;
};

std::unique_ptr<Combination> MakeWeighted(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  PartsOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Weighted>(std::move(options.of));
}

}  // namespace

GraderKind WeightedGrader() {
  return {.version = 2,
          .help = "the mean of several graders' values, by their weights",
          .fields = &PartsOptions::Fields(),
          .judges_text = false,
          .value = GraderValue::kShare,
          .make_combination = &MakeWeighted,
          .weighing_parts = [](const Node&) { return 1; }};
}

}  // namespace assay
