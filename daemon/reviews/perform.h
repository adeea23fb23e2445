#pragma once
// From what a caller says to a plan of review/commands.h, with who they are and what is known of them filled in.

#include <optional>
#include <string>

#include "daemon/reviews/desk.h"
#include "daemon/reviews/review_operations.h"

namespace assay {

struct Performing {
  Reviewer reviewer = {};
  std::string key = {};
  const GoldAnswer* gold = nullptr;                 // of items of gold
  std::optional<ReviewSuggestion> suggestion = {};  // of a model, whether it was shown or not
  // That the person was shown, where a newer one of its major version has come since: nobody answers to rules that they
  // have not seen.
  std::optional<RubricSpec> leased_rubric = {};
};

// Not thread-safe; `people` and what `performing` points to outlive the plan.
ReviewPlan PlanOf(const ItemCommand& command, const Performing& performing, const PeopleRecords& people);

// Whether what the person was writing is in with it.
bool EndsDraft(const ItemCommand& command);

}  // namespace assay
