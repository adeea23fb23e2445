#include "review/prelabels.h"

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

bool SaysTheSame(const Opinion& first, const Opinion& second, const ReviewPolicy& policy) {
  return Compare(first, second, policy.queue.agreement, policy.rubric) == OpinionMatch::kSame;
}

struct YesCount {
  std::int64_t yes = 0;
  std::int64_t all = 0;
  void Add(bool is_yes) {
    ++all;
    yes += is_yes ? 1 : 0;
  }
};

struct BiasCount {
  YesCount followed, control, changed;

  void Add(const PrelabelUse& use) {
    if (use.is_control) return control.Add(use.matches);
    if (use.show == PrelabelShow::kBefore) return followed.Add(use.matches);
    if (use.first_matches == false) changed.Add(use.matches);
  }
};

// Newcombe's method 10: Wilson's bounds of each, squared and added.
void SetDifference(SuggestionBias& bias) {
  if (!bias.followed.share || !bias.control.share) return;
  const double first = *bias.followed.share;
  const double second = *bias.control.share;
  bias.difference = first - second;
  // Of one item there are no limits.
  if (!bias.followed.lower || !bias.followed.upper || !bias.control.lower || !bias.control.upper) return;
  bias.lower = *bias.difference - std::hypot(first - *bias.followed.lower, *bias.control.upper - second);
  bias.upper = *bias.difference + std::hypot(*bias.followed.upper - first, second - *bias.control.lower);
}

constexpr int kClearly = 2;

std::optional<ReviewAnswers> PairSuggested(double value, const ReviewSubject& subject, std::string_view candidate) {
  if (value == 0.5) return PairwiseAnswers{.choice = PairChoice::kTie};
  const auto is_winner = [&](const std::string& response) { return (response == candidate) == (value > 0.5); };
  const auto winner = std::ranges::find_if(subject.responses, is_winner);
  if (winner == subject.responses.end()) return std::nullopt;
  return PairwiseAnswers{.choice = PairChoice::kWinner, .winner = *winner, .strength = kClearly};
}

std::optional<ReviewAnswers> CriterionSuggested(const GraderOpinion& says, const RubricSpec& rubric) {
  if (rubric.criteria.size() != 1) return std::nullopt;
  const CriterionSpec& criterion = rubric.criteria.front();
  CriterionAnswer answer{.criterion = criterion.name};
  if (criterion.scale) {
    if (!says.value || *says.value < 0 || *says.value > 1) return std::nullopt;
    const int steps = criterion.scale->to - criterion.scale->from;
    answer.score = criterion.scale->from + static_cast<int>(std::lround(*says.value * steps));
  } else {
    answer.labels = {says.label};
  }
  return CriteriaAnswers{.criteria = {std::move(answer)}};
}

}  // namespace

std::optional<ReviewSuggestion> SuggestionOf(const GraderOpinion& says, const ReviewSubject& subject,
                                             std::string_view candidate, const RubricSpec& rubric) {
  std::optional<ReviewAnswers> answers;
  std::optional<int> severity;
  switch (subject.kind) {
    case ReviewItemKind::kPairwise:
      if (says.value) answers = PairSuggested(*says.value, subject, candidate);
      break;
    case ReviewItemKind::kRubric:
    case ReviewItemKind::kClassification:
      answers = CriterionSuggested(says, rubric);
      break;
    case ReviewItemKind::kSafety:
      if (!says.pass) break;
      answers = SafetyAnswers{.harmful = !*says.pass};
      if (!*says.pass) severity = says.severity;
      break;
    default:
      break;
  }
  if (!answers) return std::nullopt;
  ReviewSuggestion suggestion{.opinion = {.answers = *std::move(answers), .severity = severity}, .by = says.by};
  if (!CheckOpinion(suggestion.opinion, subject, rubric)) return std::nullopt;
  return suggestion;
}

PrelabelPlan PrelabelPlanOf(const PrelabelSpec& spec, const ReviewItem& item, std::string_view key) {
  const bool measures = item.is_random_overlap && spec.show == PrelabelShow::kBefore;
  if (spec.show == PrelabelShow::kOff || item.purpose != ItemPurpose::kLabel || measures) return {};
  return {.show = spec.show, .is_control = DrawOf(key, "prelabel", item.id) < spec.control};
}

Result<JudgementContent> WithPrelabel(JudgementContent content, const PrelabelPlan& plan,
                                      const ReviewSuggestion& suggestion, const std::optional<Opinion>& first,
                                      const ReviewPolicy& policy) {
  content.prelabel.reset();
  content.saw_suggestion = false;
  content.followed_suggestion.reset();
  if (first && !plan.IsShownAfter())
    return Fail(ErrorCode::kInvalidArgument, "a first answer has no meaning where no suggestion is shown after it");
  if (plan.show == PrelabelShow::kOff) return content;
  PrelabelUse use{.show = plan.show,
                  .is_control = plan.is_control,
                  .by = suggestion.by,
                  .matches = SaysTheSame(suggestion.opinion, content.opinion, policy)};
  if (first) use.first_matches = SaysTheSame(suggestion.opinion, *first, policy);
  const bool has_changed = first && *first != content.opinion;
  content.saw_suggestion = plan.IsShownBefore() || has_changed;
  if (content.saw_suggestion) content.followed_suggestion = use.matches;
  content.prelabel = std::move(use);
  return content;
}

SuggestionBias SuggestionBiasOf(std::span<const ItemState* const> items, const KpiWindow& window) {
  BiasCount count;
  for (const ItemState* item : items) {
    for (const Judgement* label : CountedLabels(*item)) {
      const bool is_in = label->at >= window.from && label->at < window.to;
      if (is_in && label->content.prelabel) count.Add(*label->content.prelabel);
    }
  }
  SuggestionBias bias{.followed = ShareOf(count.followed.yes, count.followed.all),
                      .control = ShareOf(count.control.yes, count.control.all),
                      .changed = ShareOf(count.changed.yes, count.changed.all)};
  SetDifference(bias);
  return bias;
}

}  // namespace assay
