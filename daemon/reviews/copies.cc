// Items that show the same: what one of them must not show, none of them may.

#include "daemon/reviews/perform.h"
#include "daemon/reviews/response_ids.h"
#include "daemon/reviews/reviews.h"

namespace assay {
namespace {

// Done already, by whoever was faster, or not to be done in its state.
bool IsRefusal(const Error& error) { return error.code == ErrorCode::kFailedPrecondition; }

}  // namespace

// Others of the same case that show the same, if under other ids of its responses: copies for gold and calibration, and
// items of other queues.
Result<std::vector<Reviews::Showing>> Reviews::ItemsShowing(const ItemState& item) {
  ASSAY_ASSIGN(const std::string text, store_.ReadContent(item.item.project, item.content_hash));
  ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(text));
  std::vector<Showing> showing;
  ASSAY_TRY(store_.ReadItems(
      {.project = item.item.project, .case_id = item.item.case_id}, [&](const StoredReviewItem& stored) -> Status {
        if (!stored.readable || stored.id == item.item.id) return {};
        ASSAY_ASSIGN(const ItemState state, Fold(stored.facts));
        ASSAY_ASSIGN(const std::string other, store_.ReadContent(item.item.project, state.content_hash));
        ASSAY_ASSIGN(const ItemContent shown, ItemContentFrom(other));
        const auto ids = ResponseIds::Between(content, shown);
        if (ids && StoredText(ids->Of(content)) == other) showing.push_back({stored.id, *ids});
        return {};
      }));
  return showing;
}

// `before` the command that is done. Sent again it reaches what it has not reached
// yet, should the daemon have ended in between.
Status Reviews::ReachCopies(const Asking& asking, const ItemState& before, const std::string& key,
                            const ItemCommand& command) {
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
  ASSAY_ASSIGN(const std::vector<Showing> showing, ItemsShowing(before));
  const Performing performing{.reviewer = asking.reviewer, .key = key};
  for (const Showing& each : showing) {
    std::optional<std::string> content;
    ItemCommand own = same;
    if (auto* redaction = std::get_if<EndQuarantineAct>(&own); redaction != nullptr && redaction->content) {
      redaction->content = each.ids.Of(*redaction->content);
      content = StoredText(*redaction->content);
    }
    const auto reached = desk_.Do(asking.project, each.item, PlanOf(own, performing, people_), false, content);
    if (!reached && !IsRefusal(reached.error())) return Fail(reached.error());
  }
  return {};
}

}  // namespace assay
