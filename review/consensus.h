#pragma once
// When independent opinions of one item agree, and what they amount to. Pure functions, thread-safe.

#include <optional>
#include <span>
#include <string>
#include <variant>

#include "config/queue.h"
#include "config/rubric.h"
#include "review/opinion.h"

namespace assay {

// kSame: nothing differs. kWithin: it differs within the tolerance of the queue. kDiffer: it does not agree.
enum class OpinionMatch { kSame, kWithin, kDiffer };

// Two opinions of the same kind.
//   labels: the same; where several may be chosen, Jaccard's index (in both, over in either) is at least error_overlap.
//   scores: at most scores_within apart, and on the same side of the mark.
//   optional criteria that one of them left out agree; "does not apply" agrees with itself only.
//   pairs: the same winner, or both a tie, or both bad. rankings: the same best responses and Kendall's tau-b of at
//   least rank_correlation (Kendall, Biometrika 33, 1945). grounding, tool use, refusal, safety: the same throughout.
//   corrections: both unchanged, or the same text but for white space around it.
//   errors: Jaccard's index as above, two empty sets agree. Severities: the same, whatever the queue tolerates.
OpinionMatch Compare(const Opinion& first, const Opinion& second, const AgreementSpec& agreement,
                     const RubricSpec& rubric);

// Kendall's tau-b of two rankings of the same responses; absent where either ties them all.
std::optional<double> KendallTauB(const RankingAnswers& first, const RankingAnswers& second);

// Opinions of which each agrees with each, as one: the lower median of scores and strengths, so that nothing passes by
// an opinion that half of the people do not share; labels, where they differ, and errors that at least half of them
// name; by a criterion of a pair what more than half say; else the first. `opinions` is not empty.
Opinion Merge(std::span<const Opinion> opinions, const RubricSpec& rubric);

// How a decision came about.
enum class DecisionMethod { kSingle, kUnanimous, kTolerance, kMajority, kAdjudicated, kRework };
template <>
struct EnumWords<DecisionMethod> {
  static constexpr EnumWord<DecisionMethod> kWords[] = {
      {"single", DecisionMethod::kSingle, "one person was asked"},
      {"unanimous", DecisionMethod::kUnanimous, "all say the same"},
      {"tolerance", DecisionMethod::kTolerance, "all agree within the tolerance of the queue"},
      {"majority", DecisionMethod::kMajority, "more than half agree"},
      {"adjudicated", DecisionMethod::kAdjudicated, "somebody who had not judged it decided"},
      {"rework", DecisionMethod::kRework, "judged again after an audit, or after it was reopened"}};
};

// What is to be done once a judgement is in.
struct StillOpen {};  // fewer opinions than the target
struct Settled {
  DecisionMethod method = DecisionMethod::kSingle;
  Opinion outcome = {};
  std::vector<std::size_t> inputs = {};  // of the opinions, those that it rests on
};
struct NeedsAnother {};  // one person more, which the queue allows
struct NeedsAdjudication {
  std::string why = {};
};
using Settlement = std::variant<StillOpen, Settled, NeedsAnother, NeedsAdjudication>;

// `target` opinions are wanted and at most `at_most`. `is_severe` holds the item for an adjudicator, whatever people
// say.
Settlement Settle(std::span<const Opinion> opinions, int target, int at_most, bool is_severe,
                  const AgreementSpec& agreement, const RubricSpec& rubric);

}  // namespace assay
