#pragma once
// What a judge said of a trial, in the form in which people say it of its item. Blocking.

#include <optional>

#include "config/catalog.h"
#include "daemon/store/store.h"
#include "review/prelabels.h"

namespace assay {

// Of a rubric with one criterion: the label of that name, else the place of the score on the scale. Absent for items of
// other kinds, where the suite has no judge or several, and where the judge said nothing that the rubric knows.
Result<std::optional<ReviewSuggestion>> JudgeSuggestionOf(Store& store, const PluginKinds& kinds,
                                                          const ItemState& state, const RubricSpec& rubric);

}  // namespace assay
