#include "review/gold.h"

#include <algorithm>
#include <ranges>

#include "review/consensus.h"
#include "review/sampling.h"

namespace assay {
namespace {

std::string Said(const CriterionAnswer* answer) {
  if (answer == nullptr) return "nothing";
  if (answer->not_applicable) return "does not apply";
  if (answer->score) return std::to_string(*answer->score);
  return fields::Join(answer->labels, " and ");
}

std::string Said(std::optional<int> severity) { return severity ? std::to_string(*severity) : "none"; }

const CriterionAnswer* AnswerTo(const CriteriaAnswers& answers, std::string_view criterion) {
  const auto found = std::ranges::find(answers.criteria, criterion, &CriterionAnswer::criterion);
  return found == answers.criteria.end() ? nullptr : &*found;
}

// Criteria one by one, so that people see which they missed.
void GradeCriteria(const CriteriaAnswers& expected, const CriteriaAnswers& given, const AgreementSpec& agreement,
                   const RubricSpec& rubric, std::vector<std::string>& misses) {
  for (const CriterionAnswer& answer : expected.criteria) {
    const CriterionAnswer* said = AnswerTo(given, answer.criterion);
    const auto alone = [](const CriterionAnswer& one) { return Opinion{.answers = CriteriaAnswers{{one}}}; };
    const bool is_hit =
        said != nullptr && Compare(alone(answer), alone(*said), agreement, rubric) != OpinionMatch::kDiffer;
    if (!is_hit) misses.push_back("criterion " + answer.criterion + ": " + Said(&answer) + ", not " + Said(said));
  }
}

}  // namespace

GoldGrade GradeGold(const GoldAnswer& gold, const Opinion& opinion, const RubricSpec& rubric) {
  const AgreementSpec agreement{.scores_within = gold.scores_within, .error_overlap = 1, .rank_correlation = 1};
  GoldGrade grade;
  const auto* expected = std::get_if<CriteriaAnswers>(&gold.expected.answers);
  const auto* given = std::get_if<CriteriaAnswers>(&opinion.answers);
  if (expected != nullptr && given != nullptr) {
    GradeCriteria(*expected, *given, agreement, rubric, grade.misses);
  } else if (Compare({.answers = gold.expected.answers}, {.answers = opinion.answers}, agreement, rubric) ==
             OpinionMatch::kDiffer) {
    grade.misses.push_back("the answers differ from those expected");
  }
  if (gold.checks_severity && gold.expected.severity != opinion.severity) {
    grade.misses.push_back("severity: " + Said(gold.expected.severity) + ", not " + Said(opinion.severity));
  }
  for (const std::string& error : gold.must_name) {
    if (std::ranges::find(opinion.errors, error) == opinion.errors.end())
      grade.misses.push_back("error " + error + " is not named");
  }
  grade.is_hit = grade.misses.empty();
  return grade;
}

GoldKind NextGold(const GoldSpec& gold, const GoldRecord& record, std::string_view person, std::string_view queue,
                  std::string_view key) {
  if (record.training_done < gold.training) return GoldKind::kTraining;
  if (gold.share <= 0) return GoldKind::kNone;
  if (record.claims_since_gold + 1 >= gold.every) return GoldKind::kEvaluation;
  const bool has_missed = !record.evaluations.empty() && !record.evaluations.front();
  const double share = has_missed ? gold.share_after_miss : gold.share;
  const std::string id = std::string(queue) + "|" + std::string(person) + "|" + std::to_string(record.claims);
  return DrawOf(key, "gold", id) < share ? GoldKind::kEvaluation : GoldKind::kNone;
}

std::size_t GoldPlace(std::size_t known, std::string_view person, int claims, std::string_view key) {
  const double draw = DrawOf(key, "gold item", std::string(person) + "|" + std::to_string(claims));
  return static_cast<std::size_t>(draw * static_cast<double>(known));
}

GoldStanding StandingOf(const GoldSpec& gold, const GoldRecord& record) {
  if (record.training_done < gold.training) return GoldStanding::kTraining;
  if (gold.training > 0 && record.training_hits < gold.mark * record.training_done)
    return GoldStanding::kFailedTraining;
  const auto minimum = static_cast<std::size_t>(gold.minimum);
  if (record.evaluations.size() < minimum) return GoldStanding::kUnknown;
  const auto hits = std::ranges::count(record.evaluations | std::views::take(minimum), true);
  return static_cast<double>(hits) < gold.mark * static_cast<double>(minimum) ? GoldStanding::kUnderMark
                                                                              : GoldStanding::kGood;
}

GoldItemHealth HealthOf(const GoldItemRecord& record, Time now) {
  constexpr int kEnough = 5;
  constexpr auto kOld = std::chrono::days(90);
  if (record.shown >= kEnough && 2 * record.hits < record.shown) return GoldItemHealth::kMissedByMost;
  return now - record.made_at > kOld ? GoldItemHealth::kOld : GoldItemHealth::kGood;
}

}  // namespace assay
