// Items that show the same: what one of them must not show, none of them may.

#include "daemon/reviews/perform.h"
#include "daemon/reviews/reviews.h"

namespace assay {
namespace {

// Done already, by whoever was faster, or not to be done in its state.
bool IsRefusal(const Error& error) { return error.code == ErrorCode::kFailedPrecondition; }

}  // namespace

// Others of the same case with that content: copies for gold and calibration, and items of other queues.
Result<std::vector<std::string>> Reviews::ItemsShowing(const ItemState& item, const std::string& content_hash) {
  std::vector<std::string> showing;
  ASSAY_TRY(store_.ReadItems({.project = item.item.project, .case_id = item.item.case_id},
                             [&](const StoredReviewItem& stored) -> Status {
                               if (!stored.readable || stored.id == item.item.id) return {};
                               ASSAY_ASSIGN(const ItemState state, Fold(stored.facts));
                               if (state.content_hash == content_hash) showing.push_back(stored.id);
                               return {};
                             }));
  return showing;
}

// `before` the command that is done; `content` what is shown from now on. Sent again it reaches what it has not reached
// yet, should the daemon have ended in between.
Status Reviews::ReachCopies(const Asking& asking, const ItemState& before, const std::string& key,
                            const ItemCommand& command, const std::optional<std::string>& content) {
  const auto* quarantined = std::get_if<QuarantineAct>(&command);
  const auto* ended = std::get_if<EndQuarantineAct>(&command);
  if (quarantined == nullptr && ended == nullptr) return {};
  ItemCommand same = command;
  if (quarantined != nullptr) {
    const std::string because = "it shows what item " + before.item.id + " shows, which is quarantined";
    same = QuarantineAct{.reason = quarantined->reason.size() + because.size() + 2 > ReviewBounds::kNote ||
                                           quarantined->reason.empty()
                                       ? because
                                       : because + ": " + quarantined->reason};
  }
  ASSAY_ASSIGN(const std::vector<std::string> showing, ItemsShowing(before, before.content_hash));
  const Performing performing{.reviewer = asking.reviewer, .key = key};
  for (const std::string& item : showing) {
    const auto reached = desk_.Do(asking.project, item, PlanOf(same, performing, people_), false, content);
    if (!reached && !IsRefusal(reached.error())) return Fail(reached.error());
  }
  return {};
}

}  // namespace assay
