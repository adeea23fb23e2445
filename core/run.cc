#include "core/run.h"

namespace assay {

std::string_view Name(RunState state) {
  switch (state) {
    case RunState::kPending:
      return "pending";
    case RunState::kRunning:
      return "running";
    case RunState::kComplete:
      return "complete";
    case RunState::kError:
      return "error";
    case RunState::kCancelled:
      return "cancelled";
    case RunState::kPaused:
      return "paused";
    case RunState::kStopped:
      return "stopped";
  }
  return "error";
}

std::string_view Name(TrialStatus status) {
  switch (status) {
    case TrialStatus::kScored:
      return "scored";
    case TrialStatus::kUnscored:
      return "unscored";
    case TrialStatus::kError:
      return "error";
    case TrialStatus::kSkipped:
      return "skipped";
    case TrialStatus::kAwaitingHuman:
      return "awaiting_human";
  }
  return "error";
}

void RunCounts::Add(TrialStatus status, std::int64_t trials) {
  switch (status) {
    case TrialStatus::kScored:
      scored += trials;
      return;
    case TrialStatus::kUnscored:
      unscored += trials;
      return;
    case TrialStatus::kError:
      error += trials;
      return;
    case TrialStatus::kSkipped:
      skipped += trials;
      return;
    case TrialStatus::kAwaitingHuman:
      awaiting_human += trials;
      return;
  }
}

}  // namespace assay
