#include "gates/blockers.h"

#include <algorithm>

#include "config/gate.h"

namespace assay {
namespace {

constexpr std::size_t kNamedBlockers = 3;  // in a reason

std::vector<const ReleaseBlocker*> Those(const std::vector<ReleaseBlocker>& blockers, BlockerState state) {
  std::vector<const ReleaseBlocker*> found;
  for (const ReleaseBlocker& each : blockers) {
    if (each.state == state) found.push_back(&each);
  }
  return found;
}

// "; " between them, and how many there are beyond those that are named.
std::string Named(const std::vector<const ReleaseBlocker*>& blockers, std::string (*text)(const ReleaseBlocker&)) {
  std::string all;
  for (std::size_t i = 0; i < blockers.size() && i < kNamedBlockers; ++i)
    all += (i == 0 ? "" : "; ") + text(*blockers[i]);
  if (blockers.size() > kNamedBlockers) all += "; and " + std::to_string(blockers.size() - kNamedBlockers) + " more";
  return all;
}

std::string UpheldText(const ReleaseBlocker& blocker) {
  return TextOf(blocker) + " (upheld by " + blocker.ended_by + ": " + blocker.answer + ")";
}

// What people decided is whole: one thing was asked, and one answered.
RulePart UpheldPart(const ReleaseBlocker& blocker) {
  RulePart part;
  part.slice = "blocker";
  part.slice_value = blocker.id;
  part.state = VerdictState::kFail;
  part.counts = {.scheduled = 1, .scored = 1};
  part.reason = UpheldText(blocker);
  return part;
}

}  // namespace

std::string OpenBlockersText(const std::vector<ReleaseBlocker>& blockers) {
  const auto open = Those(blockers, BlockerState::kOpen);
  if (open.empty()) return "";
  return std::string(open.size() == 1 ? "a blocker is" : "blockers are") +
         " recommended and not answered by a release role: " + Named(open, TextOf);
}

std::optional<RuleOutcome> DecideBlockers(const std::vector<ReleaseBlocker>& blockers) {
  const auto upheld = Those(blockers, BlockerState::kUpheld);
  if (upheld.empty()) return std::nullopt;
  RuleOutcome outcome;
  outcome.rule = std::string(kReleaseBlockerRule);
  outcome.kind = std::string(kReleaseBlockerRule);
  outcome.severity = 1;
  outcome.asks = "no blocker that a release role upheld";
  outcome.state = VerdictState::kFail;
  outcome.reason = Named(upheld, UpheldText);
  for (const ReleaseBlocker* each : upheld) outcome.parts.push_back(UpheldPart(*each));
  return outcome;
}

std::vector<std::string> WarnOfDeclined(const std::vector<ReleaseBlocker>& blockers) {
  std::vector<std::string> warnings;
  for (const ReleaseBlocker* each : Those(blockers, BlockerState::kDeclined))
    warnings.push_back(TextOf(*each) + "; declined by " + each->ended_by + ": " + each->answer);
  return warnings;
}

}  // namespace assay
