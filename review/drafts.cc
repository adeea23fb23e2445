#include "review/drafts.h"

#include <algorithm>

namespace assay {

Result<ReviewDraft> SaveDraft(const ItemState& state, const std::optional<ReviewDraft>& earlier,
                              const Reviewer& reviewer, std::int64_t revision, std::string text, Time now) {
  const std::string where = "draft of item " + state.item.id + " by \"" + reviewer.id + "\": ";
  if (reviewer.id.empty() || reviewer.id == kNobody)
    return Fail(ErrorCode::kPermissionDenied, where + "drafts need a name");
  const auto is_own = [&](const auto& one) { return one.person == reviewer.id; };
  const bool had_it = std::ranges::any_of(state.leases, is_own) || std::ranges::any_of(state.ended_leases, is_own);
  if (!had_it) return Fail(ErrorCode::kFailedPrecondition, where + "never had the item");
  if (earlier && revision <= earlier->revision) {
    return Fail(ErrorCode::kAborted, where + "revision " + std::to_string(revision) + " is not above " +
                                         std::to_string(earlier->revision) + ", which was saved from elsewhere");
  }
  if (text.size() > kMostDraftBytes) return Fail(ErrorCode::kInvalidArgument, where + "has at most 262144 bytes");
  const Result<Json> json = Json::Parse(text);
  if (!json || !json->is_object()) return Fail(ErrorCode::kInvalidArgument, where + "is no JSON object");
  return ReviewDraft{.item = state.item.id,
                     .person = reviewer.id,
                     .epoch = state.epoch,
                     .revision = revision,
                     .text = std::move(text),
                     .saved_at = now};
}

}  // namespace assay
