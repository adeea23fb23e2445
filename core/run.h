#pragma once
// The plain values of a run: its state, its conserved counts, and the result of one trial.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/response.h"
#include "core/score.h"

namespace assay {

enum class RunState {
  kPending = 1,
  kRunning = 2,
  kComplete = 3,
  kError = 4,
  kCancelled = 5,
  kPaused = 6,
  kStopped = 7
};
// "pending", "running", "complete", "error", "cancelled", "paused", "stopped".
std::string_view Name(RunState state);
inline bool IsFinal(RunState state) {
  return state == RunState::kComplete || state == RunState::kError || state == RunState::kCancelled ||
         state == RunState::kStopped;
}

// The words of the conserved count. One ERROR score makes a trial kError, else one UNSCORED makes it kUnscored.
// kSkipped is what an ended run never asked for, and what it was interrupted at before graders were asked that wait
// (their scores are Score::IsDue): of a run that has not ended such a trial is outstanding.
enum class TrialStatus { kScored = 1, kUnscored = 2, kError = 3, kSkipped = 4, kAwaitingHuman = 5 };
// "scored", "unscored", "error", "skipped", "awaiting_human".
std::string_view Name(TrialStatus status);

// Counts of trials. Of an ended run `scheduled == Accounted()`; until then the difference is outstanding.
struct RunCounts {
  std::int64_t scheduled = 0;
  std::int64_t scored = 0;
  std::int64_t unscored = 0;
  std::int64_t error = 0;
  std::int64_t skipped = 0;
  std::int64_t awaiting_human = 0;

  std::int64_t Accounted() const { return scored + unscored + error + skipped + awaiting_human; }
  void Add(TrialStatus status, std::int64_t trials = 1);
  friend bool operator==(const RunCounts&, const RunCounts&) = default;
};

// One trial with everything the store keeps of it.
struct TrialResult {
  std::int64_t position = 0;  // place in the run's order, from 0: case = permutation(position / trials)
  std::int64_t ordinal = 0;   // of the case
  int trial = 0;              // from 0
  TrialStatus status = TrialStatus::kError;
  std::optional<Response> response;  // absent when the endpoint never answered
  std::string error;          // why there is no response, or why it counts as none or could not be scored; "" otherwise
  std::vector<Score> scores;  // one per grader, in the suite's order; empty when nothing was graded
  // What its requests that have no answer to show for it, answers without usage, and the answers of a conversation that
  // failed may have cost at most, where the run has a budget.
  double unanswered_usd = 0;
  double grading_usd = 0;                  // of the answers of models that its graders asked
  std::int64_t gradings_without_cost = 0;  // of these answers: those whose cost is not known
  // It takes the place of a stored trial whose graders were due: the response was paid for before.
  bool is_taken_over = false;
};

}  // namespace assay
