#pragma once
// Recommendations that a candidate be blocked (docs/releases.md): what somebody asked for, and what a release role
// answered. Values and pure functions, thread-safe; time is an argument.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace assay {

enum class BlockerState { kOpen, kUpheld, kDeclined, kWithdrawn };
// "OPEN", "UPHELD", "DECLINED", "WITHDRAWN".
std::string_view Name(BlockerState state);
std::optional<BlockerState> BlockerStateFrom(std::string_view word);

// What shows why: a review item, or a case of a run.
struct BlockerEvidence {
  std::string item = {};
  std::string run = {};      // id; "" of an item
  std::string case_id = {};  // likewise
  friend bool operator==(const BlockerEvidence&, const BlockerEvidence&) = default;
};

struct ReleaseBlocker {
  static constexpr std::size_t kMostReasonBytes = 4000;
  static constexpr std::size_t kMostEvidence = 100;
  static constexpr std::int64_t kLeastSevere = 4;  // from 1, the gravest

  std::string id = {};
  std::string gate = {};  // that it holds; "" every gate of the project
  std::int64_t severity = 1;
  std::string reason = {};
  std::vector<BlockerEvidence> evidence = {};
  std::string recommender = {};
  Time recommended_at{};
  BlockerState state = BlockerState::kOpen;
  std::string ended_by = {};  // who answered or withdrew; "" while it is open
  std::optional<Time> ended_at = {};
  std::string answer = {};  // their reason
  friend bool operator==(const ReleaseBlocker&, const ReleaseBlocker&) = default;
};

// kPermissionDenied for nobody (`local`); kInvalidArgument for what is missing or out of bounds.
Status CheckRecommendation(const ReleaseBlocker& blocker);

// The blocker as `who` ends it with `state`, which is not kOpen. kPermissionDenied for nobody, for an answer by its
// recommender, and for a withdrawal by anybody else; kFailedPrecondition for one that has ended; kInvalidArgument for
// an answer without a reason. Whether `who` has a release role is for the caller to see.
Result<ReleaseBlocker> EndBlocker(ReleaseBlocker blocker, BlockerState state, std::string who, std::string reason,
                                  Time now);

// "blocker ID (severity 1, by ann): REASON".
std::string TextOf(const ReleaseBlocker& blocker);

}  // namespace assay
