#pragma once
// Suggestions of a model: to whom they are shown, what a judgement says about them, and how much people follow them.
// Pure functions, thread-safe.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "review/commands.h"
#include "review/kpis.h"

namespace assay {

// What a model would say of an item, in the form in which people say it.
struct ReviewSuggestion {
  Opinion opinion = {};
  std::string by = {};               // the model or grader, with its version
  std::optional<double> score = {};  // how sure it is, in [0, 1]
  friend bool operator==(const ReviewSuggestion&, const ReviewSuggestion&) = default;
};

// What a grader said of the response that is scored, as far as a suggestion can be made of it.
struct GraderOpinion {
  std::string by = {};  // the grader, with its version
  std::optional<double> value = {};
  std::optional<bool> pass = {};
  std::string label = {};
  std::optional<int> severity = {};  // of its failures
};
// In the form of the item's answers; absent where it says none of them. pairwise: above 1/2 `candidate`, below the
// other, 1/2 a tie; clearly, since a score does not tell how much. rubric, classification, of one criterion: its label
// of that name, else the score at that place of its scale. safety: harmful where it fails with a severity. Whatever
// comes out passes CheckOpinion.
std::optional<ReviewSuggestion> SuggestionOf(const GraderOpinion& says, const ReviewSubject& subject,
                                             std::string_view candidate, const RubricSpec& rubric);

struct PrelabelPlan {
  PrelabelShow show = PrelabelShow::kOff;
  bool is_control = false;  // it exists and is shown to nobody
  bool IsShownBefore() const { return show == PrelabelShow::kBefore && !is_control; }
  bool IsShownAfter() const { return show == PrelabelShow::kAfterAnswer && !is_control; }
  friend bool operator==(const PrelabelPlan&, const PrelabelPlan&) = default;
};
// The same for everybody who judges the item, drawn by `key`. Items whose answer is known, and those of calibration,
// never have one; neither have those on which agreement is measured, where it would be shown from the start.
PrelabelPlan PrelabelPlanOf(const PrelabelSpec& spec, const ReviewItem& item, std::string_view key);

// `content` with what became of the suggestion, which a page does not say of itself. `first`: what the person said
// before a suggestion that is shown afterwards; absent where it was not shown. kInvalidArgument for a first answer to
// an item that has none.
Result<JudgementContent> WithPrelabel(JudgementContent content, const PrelabelPlan& plan,
                                      const ReviewSuggestion& suggestion, const std::optional<Opinion>& first,
                                      const ReviewPolicy& policy);

// Whether people say what a model says because it is so, or because it was shown.
struct SuggestionBias {
  ReviewShare followed = {};  // of judgements with the suggestion in view from the start: those that say the same
  ReviewShare control = {};   // of judgements to whose item it was not shown: those that say the same by themselves
  // followed - control, with the hybrid score interval of 95 % (Newcombe, Statistics in Medicine 17, 1998, method 10);
  // absent where either is of nothing.
  std::optional<double> difference = {};
  std::optional<double> lower = {};
  std::optional<double> upper = {};
  ReviewShare changed = {};  // of first answers that differed: those that were changed to the suggestion
};
// Of labels that count, in the window. O(judgements).
SuggestionBias SuggestionBiasOf(std::span<const ItemState* const> items, const KpiWindow& window);

}  // namespace assay
