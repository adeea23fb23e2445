#pragma once
// What became of a rubric after a version or a time, of the versions that were in service. Pure.

#include <span>
#include <vector>

#include "daemon/reviews/review_policies.h"
#include "review/guideline_changes.h"

namespace assay {

// Versions above that one, oldest first. `kept` ascending.
std::vector<RubricStep> StepsAfter(std::span<const KeptRubric> kept, const RubricVersion& version);
// Versions that came into service at that time or later.
std::vector<RubricStep> StepsSince(std::span<const KeptRubric> kept, Time since);
// What differs between that version and the last of them; nothing where there is none after it. kInvalidArgument for a
// document that is no JSON.
Result<std::vector<GuidelineChange>> ChangesSince(std::span<const KeptRubric> kept, const RubricVersion& version);

}  // namespace assay
