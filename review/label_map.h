#pragma once
// Judgements under one major version of a rubric, read under the next (T22): by the map that the next version carries,
// which is approved with it. Pure functions, thread-safe.

#include <vector>

#include "config/rubric.h"
#include "review/item_state.h"

namespace assay {

// `opinion` as `rubric` reads it by `map`. kFailedPrecondition where the map does not cover it: an answer that it does
// not name, a criterion that is new and must be answered, an error or a severity that is gone.
Result<Opinion> MapOpinion(const Opinion& opinion, const LabelMapSpec& map, const ReviewSubject& subject,
                           const RubricSpec& rubric);

// What is carried over of an item when its rubric becomes `next`: the labels that count, and the judgement that decided
// where an adjudicator or rework did. All or none: an item of which a part is not covered begins anew, and so do items
// of gold, training and calibration, those that are quarantined, and those that are to be judged again.
std::vector<MappedJudgement> MappedJudgementsOf(const ItemState& state, const RubricSpec& next);

}  // namespace assay
