#include "daemon/reviews/rubric_steps.h"

#include <algorithm>

namespace assay {
namespace {

RubricVersion VersionOf(const KeptRubric& kept) { return ParseRubricVersion(kept.version).value_or(RubricVersion{}); }

RubricStep StepOf(const KeptRubric& kept) {
  return {.version = kept.version, .reason = kept.reason, .kept_at = kept.kept_at};
}

}  // namespace

std::vector<RubricStep> StepsAfter(std::span<const KeptRubric> kept, const RubricVersion& version) {
  std::vector<RubricStep> steps;
  for (const KeptRubric& each : kept) {
    if (VersionOf(each) > version) steps.push_back(StepOf(each));
  }
  return steps;
}

std::vector<RubricStep> StepsSince(std::span<const KeptRubric> kept, Time since) {
  std::vector<RubricStep> steps;
  for (const KeptRubric& each : kept) {
    if (each.kept_at >= since) steps.push_back(StepOf(each));
  }
  return steps;
}

Result<std::vector<GuidelineChange>> ChangesSince(std::span<const KeptRubric> kept, const RubricVersion& version) {
  const auto before = std::ranges::find_if(kept, [&](const KeptRubric& each) { return VersionOf(each) == version; });
  if (before == kept.end() || VersionOf(kept.back()) <= version) return std::vector<GuidelineChange>();
  ASSAY_ASSIGN(const Json then, Json::Parse(before->json));
  ASSAY_ASSIGN(const Json now, Json::Parse(kept.back().json));
  return GuidelineChangesOf(then, now);
}

}  // namespace assay
