#pragma once
// All graders of a suite: which is asked when, and what their scores make of a trial.

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/case.h"
#include "core/response.h"
#include "core/result.h"
#include "core/run.h"
#include "core/score.h"
#include "runners/graders/grader.h"
#include "runners/graders/waiting_grader.h"

namespace assay {

// The scores of one trial.
struct GradedTrial {
  std::vector<Score> scores;  // in the order of the suite
  TrialStatus status = TrialStatus::kScored;
  // Why the trial is in error for want of an answer of a model that a grader asks: the first such grader.
  std::optional<Error> endpoint_error = {};
  std::string unanswered_grader = {};  // its name
  bool is_given_up = false;
  // The run stops (kCancelled), or its budget is spent (kAborted): graders that wait are due, and so is the trial,
  // which is kSkipped.
  std::optional<Error> interruption = {};
};

// Immutable, thread-safe.
class SuiteGraders {
 public:
  // Told how long each grading took, with the grader's index. Thread-safe; may be empty.
  using OnGraded = std::function<void(std::size_t grader, std::chrono::nanoseconds took)>;

  // kInvalidArgument for a combination of graders that are not there, or that goes round in a circle.
  static Result<std::shared_ptr<const SuiteGraders>> Make(std::vector<SuiteGrader> graders);

  std::size_t size() const { return graders_.size(); }
  const SuiteGrader& operator[](std::size_t index) const { return graders_[index]; }
  // Whether any of them waits for a model or a plug-in.
  bool MayWait() const { return may_wait_; }

  // Scores that are there already, by grader; empty, or as many as there are graders. Those that are due are asked for.
  using KnownScores = std::vector<Score>;

  // Those that compute first, then those that wait, one after the other, then the combinations, which are made anew;
  // but for those whose score is known. After an interruption no other is asked.
  boost::asio::awaitable<GradedTrial> Grade(const Case& item, const Response& response, GradingTerms terms,
                                            const OnGraded& on_graded, const KnownScores& known) const;
  // The same where none waits.
  GradedTrial Compute(const Case& item, const Response& response, const OnGraded& on_graded) const;

 private:
  SuiteGraders() = default;
  void ComputeInto(GradedTrial& trial, const Case& item, const Response& response, const OnGraded& on_graded,
                   const KnownScores& known) const;
  void CombineInto(GradedTrial& trial, const Case& item, const Response& response, const OnGraded& on_graded) const;
  bool HasNothingToJudge(std::size_t grader, const Response& response) const;
  bool Counts(const GradedTrial& trial, std::size_t grader) const;
  boost::asio::awaitable<GradingOutcome> Ask(std::size_t grader, const Case& item, const Response& response,
                                             const GradingTerms& terms, const Score* known) const;
  void Settle(GradedTrial& trial) const;

  std::vector<SuiteGrader> graders_;
  std::vector<std::vector<std::size_t>> parts_;  // of the combinations, by grader
  std::vector<std::size_t> combinations_;        // each after its parts
  std::vector<GraderRole> roles_;                // by grader
  bool may_wait_ = false;
};

// The status of a graded trial: one ERROR score makes it kError, else one UNSCORED makes it kUnscored, else kScored. A
// grader that only reports, and one that is not asked, change nothing; a trial of which no other grader is asked is
// kUnscored, unless all graders only report and one of them has a score.
TrialStatus StatusOf(const std::vector<Score>& scores, const std::vector<GraderRole>& roles = {});

}  // namespace assay
