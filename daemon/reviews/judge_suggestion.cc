#include "daemon/reviews/judge_suggestion.h"

#include <algorithm>
#include <cmath>

#include "daemon/prepared_run.h"

namespace assay {
namespace {

const GraderSpec* OnlyJudge(const SuiteSpec& suite) {
  const GraderSpec* judge = nullptr;
  for (const GraderSpec& grader : suite.graders) {
    if (!grader.is_judged) continue;
    if (judge != nullptr) return nullptr;
    judge = &grader;
  }
  return judge;
}

std::optional<CriterionAnswer> AnswerOf(const Score& score, const CriterionSpec& criterion) {
  CriterionAnswer answer{.criterion = criterion.name};
  if (std::ranges::find(criterion.labels, score.label, &LabelSpec::name) != criterion.labels.end()) {
    answer.labels = {score.label};
    return answer;
  }
  const bool is_on_scale = criterion.scale && score.value && *score.value >= 0 && *score.value <= 1;
  if (!is_on_scale) return std::nullopt;
  const int steps = criterion.scale->to - criterion.scale->from;
  answer.score = criterion.scale->from + static_cast<int>(std::lround(*score.value * steps));
  return answer;
}

Result<std::optional<StoredScore>> ScoreOfJudge(Store& store, const PluginKinds& kinds, const ItemState& state) {
  const auto run = store.GetRun(state.item.project, state.item.run);
  if (!run && run.error().code == ErrorCode::kNotFound) return std::nullopt;  // judged elsewhere, or deleted
  if (!run) return Fail(run.error());
  ASSAY_ASSIGN(const CatalogDocument suite, LoadRunSuite(store, kinds, *run));
  const GraderSpec* judge = OnlyJudge(*suite.suite());
  if (judge == nullptr) return std::nullopt;
  TrialFilter filter;
  filter.case_id = state.item.case_id;
  ASSAY_ASSIGN(const Page<StoredTrial> trials,
               store.ReadTrials(run->key, filter, {.token = "", .limit = PageRequest::kMaxPage}));
  for (const StoredTrial& trial : trials.items) {
    if (trial.result.trial != state.item.trial) continue;
    const auto score = std::ranges::find(trial.scores, judge->name, &StoredScore::grader);
    if (score != trial.scores.end() && score->score.status == ScoreStatus::kScored) return *score;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<ReviewSuggestion>> JudgeSuggestionOf(Store& store, const PluginKinds& kinds,
                                                          const ItemState& state, const RubricSpec& rubric) {
  const ReviewItemKind kind = state.item.subject.kind;
  const bool is_of_criteria = kind == ReviewItemKind::kRubric || kind == ReviewItemKind::kClassification;
  if (!is_of_criteria || rubric.criteria.size() != 1) return std::nullopt;
  ASSAY_ASSIGN(const std::optional<StoredScore> score, ScoreOfJudge(store, kinds, state));
  if (!score) return std::nullopt;
  std::optional<CriterionAnswer> answer = AnswerOf(score->score, rubric.criteria.front());
  if (!answer) return std::nullopt;
  ReviewSuggestion suggestion{.opinion = {.answers = CriteriaAnswers{.criteria = {*std::move(answer)}}},
                              .by = score->grader + "@" + score->grader_version};
  return suggestion;
}

}  // namespace assay
