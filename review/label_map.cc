#include "review/label_map.h"

#include <algorithm>
#include <charconv>

namespace assay {
namespace {

std::unexpected<Error> NotCovered(const LabelMapSpec& map, const std::string& what) {
  return Fail(ErrorCode::kFailedPrecondition,
              "the map from version " + std::to_string(map.from) + " does not cover " + what);
}

std::optional<int> NumberIn(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

const std::string& OriginOf(const CriterionMapSpec& map) { return map.from ? *map.from : map.criterion; }

Result<CriterionAnswer> MapAnswer(const CriterionAnswer& answer, const CriterionMapSpec& by, const LabelMapSpec& map,
                                  const RubricSpec& rubric) {
  CriterionAnswer mapped = answer;
  mapped.criterion = by.criterion;
  if (by.same || answer.not_applicable) return mapped;
  mapped.labels.clear();
  mapped.score.reset();
  std::vector<std::string> before = answer.labels;
  if (answer.score) before.push_back(std::to_string(*answer.score));
  const CriterionSpec* criterion = rubric.FindCriterion(by.criterion);
  for (const std::string& text : before) {
    const auto now = by.answers.find(text);
    if (now == by.answers.end() || criterion == nullptr)
      return NotCovered(map, "answer " + Json(text).Dump() + " to criterion \"" + OriginOf(by) + "\"");
    if (criterion->scale) {
      mapped.score = NumberIn(now->second);
    } else if (std::ranges::find(mapped.labels, now->second) == mapped.labels.end()) {
      mapped.labels.push_back(now->second);
    }
  }
  return mapped;
}

Result<CriteriaAnswers> MapCriteria(const CriteriaAnswers& answers, const LabelMapSpec& map, const RubricSpec& rubric) {
  CriteriaAnswers mapped;
  for (const CriterionMapSpec& by : map.criteria) {
    const auto found = std::ranges::find(answers.criteria, OriginOf(by), &CriterionAnswer::criterion);
    if (found == answers.criteria.end()) continue;
    ASSAY_ASSIGN(CriterionAnswer answer, MapAnswer(*found, by, map, rubric));
    mapped.criteria.push_back(std::move(answer));
  }
  return mapped;
}

// Criteria of a pair change their names only.
PairwiseAnswers MapPair(PairwiseAnswers answers, const LabelMapSpec& map, const RubricSpec& rubric) {
  const std::vector<CriterionWinner> before = std::move(answers.criteria);
  answers.criteria.clear();
  for (const CriterionSpec& criterion : rubric.criteria) {
    const auto by = std::ranges::find(map.criteria, criterion.name, &CriterionMapSpec::criterion);
    if (by == map.criteria.end()) continue;
    const auto winner = std::ranges::find(before, OriginOf(*by), &CriterionWinner::criterion);
    if (winner != before.end()) answers.criteria.push_back({.criterion = criterion.name, .winner = winner->winner});
  }
  return answers;
}

std::vector<std::string> MapErrors(const std::vector<std::string>& errors, const LabelMapSpec& map) {
  std::vector<std::string> mapped;
  for (const std::string& error : errors) {
    const auto now = map.errors.find(error);
    mapped.push_back(now == map.errors.end() ? error : now->second);
  }
  std::ranges::sort(mapped);
  const auto repeated = std::ranges::unique(mapped);
  mapped.erase(repeated.begin(), repeated.end());
  return mapped;
}

std::optional<int> MapSeverity(std::optional<int> severity, const LabelMapSpec& map) {
  if (!severity) return severity;
  const auto now = map.severities.find(std::to_string(*severity));
  return now == map.severities.end() ? severity : NumberIn(now->second);
}

// The judgement that decided, where it was not the labels together.
const Judgement* DecidingJudgement(const ItemState& state) {
  const ReviewDecision* decision = ActiveDecision(state);
  const bool is_one = decision != nullptr &&
                      (decision->method == DecisionMethod::kAdjudicated || decision->method == DecisionMethod::kRework);
  return is_one && !decision->inputs.empty() ? FindJudgement(state, decision->inputs.back()) : nullptr;
}

}  // namespace

Result<Opinion> MapOpinion(const Opinion& opinion, const LabelMapSpec& map, const ReviewSubject& subject,
                           const RubricSpec& rubric) {
  Opinion mapped{.answers = opinion.answers,
                 .errors = MapErrors(opinion.errors, map),
                 .severity = MapSeverity(opinion.severity, map)};
  if (const auto* criteria = std::get_if<CriteriaAnswers>(&opinion.answers)) {
    ASSAY_ASSIGN(mapped.answers, MapCriteria(*criteria, map, rubric));
  }
  if (const auto* pair = std::get_if<PairwiseAnswers>(&opinion.answers)) mapped.answers = MapPair(*pair, map, rubric);
  const Status checked = CheckOpinion(mapped, subject, rubric);
  if (!checked) return NotCovered(map, "a judgement: " + checked.error().message);
  return mapped;
}

std::vector<MappedJudgement> MappedJudgementsOf(const ItemState& state, const RubricSpec& next) {
  const LabelMapSpec* map = next.FindMap(state.rubric_version.major);
  const bool begins_anew = map == nullptr || state.item.purpose != ItemPurpose::kLabel || state.is_reworking ||
                           OpenQuarantine(state) != nullptr;
  if (begins_anew) return {};
  std::vector<const Judgement*> judgements = CountedLabels(state);
  if (const Judgement* deciding = DecidingJudgement(state)) judgements.push_back(deciding);
  std::vector<MappedJudgement> mapped;
  for (const Judgement* judgement : judgements) {
    Result<Opinion> opinion = MapOpinion(judgement->content.opinion, *map, state.item.subject, next);
    if (!opinion) return {};
    mapped.push_back({.judgement = judgement->id, .opinion = *std::move(opinion)});
  }
  return mapped;
}

}  // namespace assay
