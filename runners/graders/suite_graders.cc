#include "runners/graders/suite_graders.h"

#include <algorithm>
#include <utility>

namespace assay {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kNotFound = static_cast<std::size_t>(-1);

std::size_t IndexOf(const std::vector<SuiteGrader>& graders, std::string_view name) {
  const auto found = std::ranges::find(graders, name, &SuiteGrader::name);
  return found == graders.end() ? kNotFound : static_cast<std::size_t>(found - graders.begin());
}

bool IsKnown(const SuiteGraders::KnownScores& known, std::size_t grader) {
  return grader < known.size() && !known[grader].IsDue();
}

Score DueBecause(const Error& interruption) {
  const bool is_stopped = interruption.code == ErrorCode::kCancelled;
  return Score::Due("not graded: " + (is_stopped ? "the run was interrupted" : interruption.message));
}

// Orders what is combined: each combination after those that it is made of.
class Order {
 public:
  explicit Order(const std::vector<std::vector<std::size_t>>& parts) : parts_(parts), marks_(parts.size()) {}

  // False when `grader` is, through others, a part of itself.
  bool Visit(std::size_t grader) {
    if (marks_[grader] == Mark::kDone) return true;
    if (marks_[grader] == Mark::kOpen) return false;
    marks_[grader] = Mark::kOpen;
    for (const std::size_t part : parts_[grader]) {
      if (!Visit(part)) return false;
    }
    marks_[grader] = Mark::kDone;
    if (!parts_[grader].empty()) sorted_.push_back(grader);
    return true;
  }
  std::vector<std::size_t> Take() { return std::move(sorted_); }

 private:
  enum class Mark { kNew, kOpen, kDone };
  const std::vector<std::vector<std::size_t>>& parts_;
  std::vector<Mark> marks_;
  std::vector<std::size_t> sorted_;
};

}  // namespace

TrialStatus StatusOf(const std::vector<Score>& scores, const std::vector<GraderRole>& roles) {
  auto status = TrialStatus::kScored;
  bool may_gate = scores.empty();
  bool is_asked = scores.empty();
  bool is_reported = false;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const ScoreStatus score = scores[i].status;
    if (i < roles.size() && roles[i] == GraderRole::kReport) {
      is_reported = is_reported || score == ScoreStatus::kScored;
      continue;
    }
    may_gate = true;
    if (score == ScoreStatus::kNotApplicable) continue;
    is_asked = true;
    if (score == ScoreStatus::kError) return TrialStatus::kError;
    if (score == ScoreStatus::kUnscored) status = TrialStatus::kUnscored;
  }
  const bool has_score = is_asked || (!may_gate && is_reported);
  return has_score ? status : TrialStatus::kUnscored;
}

Result<std::shared_ptr<const SuiteGraders>> SuiteGraders::Make(std::vector<SuiteGrader> graders) {
  SuiteGraders made;
  made.graders_ = std::move(graders);
  made.parts_.resize(made.graders_.size());
  for (std::size_t i = 0; i < made.graders_.size(); ++i) {
    const SuiteGrader& grader = made.graders_[i];
    made.roles_.push_back(grader.role);
    made.may_wait_ = made.may_wait_ || grader.waiting != nullptr;
    if (!grader.combination) continue;
    for (const std::string& name : grader.combination->Parts()) {
      const std::size_t part = IndexOf(made.graders_, name);
      if (part == kNotFound) {
        return Fail(ErrorCode::kInvalidArgument,
                    "grader \"" + grader.name + "\" combines \"" + name + "\", which is no grader of this suite");
      }
      made.parts_[i].push_back(part);
    }
  }
  Order order(made.parts_);
  for (std::size_t i = 0; i < made.graders_.size(); ++i) {
    if (!order.Visit(i)) {
      return Fail(ErrorCode::kInvalidArgument, "grader \"" + made.graders_[i].name + "\" is a part of itself");
    }
  }
  made.combinations_ = order.Take();
  return std::make_shared<const SuiteGraders>(std::move(made));
}

GradedTrial SuiteGraders::Compute(const Case& item, const Response& response, const OnGraded& on_graded) const {
  GradedTrial trial;
  ComputeInto(trial, item, response, on_graded, {});
  CombineInto(trial, item, response, on_graded);
  Settle(trial);
  return trial;
}

boost::asio::awaitable<GradedTrial> SuiteGraders::Grade(const Case& item, const Response& response, GradingTerms terms,
                                                        const OnGraded& on_graded, const KnownScores& known) const {
  GradedTrial trial;
  std::vector<std::pair<std::size_t, GradingOutcome>> unanswered;
  ComputeInto(trial, item, response, on_graded, known);
  for (std::size_t i = 0; i < graders_.size(); ++i) {
    if (!graders_[i].waiting || IsKnown(known, i)) continue;
    const auto began = steady_clock::now();
    auto asking = Ask(i, item, response, terms, i < known.size() ? &known[i] : nullptr);
    auto outcome = co_await std::move(asking);
    trial.scores[i] = std::move(outcome.score);
    if (outcome.interruption) {
      terms.interruption = std::move(outcome.interruption);
      continue;
    }
    if (on_graded) on_graded(i, steady_clock::now() - began);
    if (outcome.endpoint_error) unanswered.emplace_back(i, std::move(outcome));
  }
  CombineInto(trial, item, response, on_graded);
  for (auto& [grader, outcome] : unanswered) {
    if (trial.endpoint_error || !Counts(trial, grader)) continue;
    trial.endpoint_error = std::move(outcome.endpoint_error);
    trial.unanswered_grader = graders_[grader].name;
    trial.is_given_up = outcome.is_given_up;
  }
  Settle(trial);
  if (terms.interruption) {
    trial.status = TrialStatus::kSkipped;
    trial.interruption = std::move(terms.interruption);
  }
  co_return trial;
}

// A grader that waits. `known` is its score when it was interrupted before; null pointer when it was not.
boost::asio::awaitable<GradingOutcome> SuiteGraders::Ask(std::size_t grader, const Case& item, const Response& response,
                                                         const GradingTerms& terms, const Score* known) const {
  const auto left_due = [&](Error interruption) {
    GradingOutcome due{.score = known != nullptr ? *known : DueBecause(interruption)};
    due.interruption = std::move(interruption);
    return due;
  };
  if (terms.interruption) co_return left_due(*terms.interruption);
  GradingTerms own = terms;
  if (known != nullptr) own.begun = known->evidence;
  auto grading = graders_[grader].waiting->Grade(item, response, own);
  auto outcome = co_await std::move(grading);
  if (!outcome) co_return left_due(std::move(outcome).error());
  if (outcome->interruption) outcome->score.reason = DueBecause(*outcome->interruption).reason;
  co_return *std::move(outcome);
}

void SuiteGraders::ComputeInto(GradedTrial& trial, const Case& item, const Response& response,
                               const OnGraded& on_graded, const KnownScores& known) const {
  trial.scores.resize(graders_.size());
  for (std::size_t i = 0; i < graders_.size(); ++i) {
    if (IsKnown(known, i)) trial.scores[i] = known[i];
    if (!graders_[i].grader || IsKnown(known, i)) continue;
    const auto began = steady_clock::now();
    trial.scores[i] = graders_[i].grader->Grade(item, response);
    if (on_graded) on_graded(i, steady_clock::now() - began);
  }
}

void SuiteGraders::CombineInto(GradedTrial& trial, const Case& item, const Response& response,
                               const OnGraded& on_graded) const {
  for (const std::size_t i : combinations_) {
    const auto began = steady_clock::now();
    const Combination& combination = *graders_[i].combination;
    auto left_out = combination.LeftOut(item);
    std::vector<Combination::Part> parts;
    for (const std::size_t part : parts_[i]) {
      const Score& score = trial.scores[part];
      if (score.status == ScoreStatus::kNotApplicable) continue;
      parts.push_back({.name = graders_[part].name,
                       .weight = graders_[part].weight,
                       .score = &score,
                       .has_nothing = HasNothingToJudge(part, response)});
    }
    trial.scores[i] = left_out        ? *std::move(left_out)
                      : parts.empty() ? Score::NotApplicable("none of its parts is asked of this case")
                                      : combination.Combine(response, parts);
    if (on_graded) on_graded(i, steady_clock::now() - began);
  }
}

bool SuiteGraders::HasNothingToJudge(std::size_t grader, const Response& response) const {
  const SuiteGrader& asked = graders_[grader];
  if (asked.grader) return asked.grader->HasNothingToJudge(response);
  if (asked.waiting) return asked.waiting->HasNothingToJudge(response);
  return std::ranges::any_of(parts_[grader], [&](std::size_t part) { return HasNothingToJudge(part, response); });
}

// Whether an error of the grader is one of the trial. That of what only reports is none, unless a combination that
// counts is in error too: its decision rests on the report.
bool SuiteGraders::Counts(const GradedTrial& trial, std::size_t grader) const {
  if (trial.scores[grader].status != ScoreStatus::kError) return false;
  if (graders_[grader].role != GraderRole::kReport) return true;
  return std::ranges::any_of(combinations_, [&](std::size_t combination) {
    const auto& parts = parts_[combination];
    return std::ranges::find(parts, grader) != parts.end() && Counts(trial, combination);
  });
}

void SuiteGraders::Settle(GradedTrial& trial) const { trial.status = StatusOf(trial.scores, roles_); }

}  // namespace assay
