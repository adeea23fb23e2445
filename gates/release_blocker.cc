#include "gates/release_blocker.h"

#include <algorithm>
#include <array>

namespace assay {
namespace {

constexpr std::string_view kNobodyAtAll = "local";  // every caller of a daemon without tokens
constexpr std::array<std::string_view, 4> kBlockerWords = {"OPEN", "UPHELD", "DECLINED", "WITHDRAWN"};

Status RequireNamed(const std::string& who, std::string_view what) {
  if (!who.empty() && who != kNobodyAtAll) return {};
  return Fail(ErrorCode::kPermissionDenied,
              std::string(what) +
                  " a blocker needs a name, and without tokens every caller is \"local\"; give callers tokens "
                  "(auth: {tokens: FILE} in assayd.yaml)");
}

Status CheckReason(const std::string& reason) {
  if (reason.find_first_not_of(" \t\r\n") == std::string::npos)
    return Fail(ErrorCode::kInvalidArgument, "reason: say why");
  if (reason.size() <= ReleaseBlocker::kMostReasonBytes) return {};
  return Fail(ErrorCode::kInvalidArgument, "reason: has " + std::to_string(reason.size()) + " bytes, at most " +
                                               std::to_string(ReleaseBlocker::kMostReasonBytes) + " are kept");
}

bool IsOneThing(const BlockerEvidence& each) {
  return each.item.empty() ? !each.run.empty() && !each.case_id.empty() : each.run.empty() && each.case_id.empty();
}

}  // namespace

std::string_view Name(BlockerState state) { return kBlockerWords[static_cast<std::size_t>(state)]; }

std::optional<BlockerState> BlockerStateFrom(std::string_view word) {
  const auto found = std::ranges::find(kBlockerWords, word);
  if (found == kBlockerWords.end()) return std::nullopt;
  return static_cast<BlockerState>(found - kBlockerWords.begin());
}

Status CheckRecommendation(const ReleaseBlocker& blocker) {
  ASSAY_TRY(RequireNamed(blocker.recommender, "recommending"));
  ASSAY_TRY(CheckReason(blocker.reason));
  if (blocker.severity < 1 || blocker.severity > ReleaseBlocker::kLeastSevere)
    return Fail(ErrorCode::kInvalidArgument,
                "severity: " + std::to_string(blocker.severity) + " is not between 1, the gravest, and 4");
  if (blocker.evidence.empty())
    return Fail(ErrorCode::kInvalidArgument, "evidence: name at least one review item, or case of a run");
  if (blocker.evidence.size() > ReleaseBlocker::kMostEvidence)
    return Fail(ErrorCode::kInvalidArgument, "evidence: at most 100 items and cases");
  if (!std::ranges::all_of(blocker.evidence, IsOneThing))
    return Fail(ErrorCode::kInvalidArgument, "evidence: each is a review item, or a case with its run");
  return {};
}

Result<ReleaseBlocker> EndBlocker(ReleaseBlocker blocker, BlockerState state, std::string who, std::string reason,
                                  Time now) {
  const bool is_withdrawal = state == BlockerState::kWithdrawn;
  ASSAY_TRY(RequireNamed(who, is_withdrawal ? "withdrawing" : "answering"));
  if (is_withdrawal && who != blocker.recommender)
    return Fail(ErrorCode::kPermissionDenied, "blocker " + blocker.id + " was recommended by \"" + blocker.recommender +
                                                  "\", who alone may withdraw it; a release role may decline it");
  if (!is_withdrawal && who == blocker.recommender)
    return Fail(ErrorCode::kPermissionDenied,
                "blocker " + blocker.id + ": \"" + who + "\" has recommended it; somebody else has to answer");
  if (blocker.state != BlockerState::kOpen)
    return Fail(ErrorCode::kFailedPrecondition, "blocker " + blocker.id + " is " + std::string(Name(blocker.state)) +
                                                    " already, by \"" + blocker.ended_by + "\"");
  if (!is_withdrawal || !reason.empty()) ASSAY_TRY(CheckReason(reason));
  blocker.state = state;
  blocker.ended_by = std::move(who);
  blocker.ended_at = now;
  blocker.answer = std::move(reason);
  return blocker;
}

std::string TextOf(const ReleaseBlocker& blocker) {
  return "blocker " + blocker.id + " (severity " + std::to_string(blocker.severity) + ", by " + blocker.recommender +
         "): " + blocker.reason;
}

}  // namespace assay
