#pragma once
// How far people agree, by what they were asked. Statistics are those of gates/stats. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/rubric.h"
#include "review/item_state.h"

namespace assay {

// One thing that a person said, as a category: of criterion "tone" "friendly", of "winner" a response, of "claim c1"
// "supported". Scores are their number and have an order.
struct ReviewRating {
  std::string criterion = {};  // "tone", "winner", "harmful", "severity", "allowed", "refused",
                               // "claim", "call", "errors", ...
  std::string unit = {};       // "" or the part of the item that it is about: a claim, a call
  std::string category = {};
  std::optional<double> number = {};  // of scores and severities
};
// All that an opinion says. A set of labels or errors is one category; rankings are their best responses; corrections
// are "unchanged" or "changed".
std::vector<ReviewRating> RatingsOf(const Opinion& opinion, const RubricSpec& rubric);

// Severity 1 or 2.
bool IsOfHighSeverity(const Opinion& opinion);

// The same, with each response named by its place among those of the item: "response 1", ... Ids of responses differ
// from item to item, so that only places can be counted over items. The order of ids is chance, and tells no side or
// model.
Opinion WithPlaces(Opinion opinion, const ReviewSubject& subject);

// The judgements of an item that agreement may be measured on: first revisions of labels of this epoch, of items that
// several judge by the draw alone, without those that were asked because others differed, and without what was judged
// after a suggestion was shown. Empty where fewer than two remain.
std::vector<const Judgement*> IndependentLabels(const ItemState& state);

struct CriterionAgreement {
  std::string criterion = {};
  std::int64_t units = 0;  // with two ratings and more
  std::int64_t ratings = 0;
  std::optional<double> percent = {};      // of pairs of ratings of a unit, those that are equal; mean over units
  std::optional<double> alpha = {};        // Krippendorff's, ordinal for scores and nominal else
  std::optional<double> alpha_lower = {};  // of a two-sided interval of 95 %, by bootstrap over units
  std::optional<double> alpha_upper = {};
  std::optional<double> ac1 = {};        // Gwet's, which does not fall where a category is rare
  std::optional<double> ac1_lower = {};  // two-sided 95 %
  std::string most_frequent = {};        // the category named most, and its share of all ratings
  double prevalence = 0;
  std::string note = {};  // why a value is absent: "all ratings are the same"
};
// By criterion, in the order of the rubric and then by name; with severities also "high_severity", whether an answer is
// of severity 1 or 2. A gate uses none with fewer than kLeastUnits.
inline constexpr std::int64_t kLeastUnits = 30;
std::vector<CriterionAgreement> AgreementOf(std::span<const ItemState* const> items, const RubricSpec& rubric,
                                            std::uint64_t seed);

// The same of lists of opinions of which each list is about one item: of calibration sessions and imports. Opinions on
// several responses are those of WithPlaces().
std::vector<CriterionAgreement> AgreementOf(std::span<const std::vector<Opinion>> items, const RubricSpec& rubric,
                                            std::uint64_t seed);

}  // namespace assay
