#include "runners/graders/combine/parts.h"

#include "runners/graders/frame/reason.h"

namespace assay {

const FieldTable<PartsOptions>& PartsOptions::Fields() {
  static const auto table = FieldTable<PartsOptions>().Required(
      "of", &PartsOptions::of, "names of graders of this suite",
      {.min_size = 1, .max_size = kMostParts, .form = TextForm::kName, .unique = true});
  return table;
}

std::string ReasonOf(const Combination::Part& part) {
  return std::string(part.name) + ": " + CutText(part.score->reason, 300);
}

std::optional<Score> LackOf(std::span<const Combination::Part> parts) {
  const Combination::Part* lacking = nullptr;
  for (const Combination::Part& part : parts) {
    if (part.score->status == ScoreStatus::kScored) continue;
    if (part.score->status == ScoreStatus::kError) return Score::Broken(ReasonOf(part));
    if (lacking == nullptr) lacking = &part;
  }
  if (lacking == nullptr) return std::nullopt;
  return Score::Unscored(ReasonOf(*lacking));
}

}  // namespace assay
