#pragma once
// What must hold for the label maps of a rubric. Pure; thread-safe.

#include "config/rubric.h"

namespace assay {

// Reports maps from no earlier major version, two from the same one, and names, scores and labels that this version
// does not have. What the version before had is not known here: whatever a map does not cover is judged anew.
void CheckLabelMaps(const RubricSpec& rubric, const Node& node, Diagnostics& diagnostics);

// "" or why `answer` is no score or label of the criterion, as text of a document.
std::string FaultOfAnswer(const CriterionSpec& criterion, const std::string& answer);

}  // namespace assay
