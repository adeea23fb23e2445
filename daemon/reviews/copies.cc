// What one item must not show, none may: neither those that show the same, nor, until somebody has looked, those that
// ask the same. They are gone through a part at a time, so that whoever asks for an item meanwhile waits for one part.
// Withheld before the item itself and given free after it: a daemon that ends in between withholds nothing too little,
// and the same call, by whomever, goes on.

#include <algorithm>
#include <map>

#include "daemon/blocking.h"
#include "daemon/reviews/covered_cases.h"
#include "daemon/reviews/perform.h"
#include "daemon/reviews/reviews.h"

namespace assay {

namespace asio = boost::asio;

namespace {

constexpr int kKinAtOnce = 50;

// Done already, by whoever was faster, or not to be done in its state.
bool IsRefusal(const Error& error) { return error.code == ErrorCode::kFailedPrecondition; }

// Why what shows or asks the same is withheld.
std::string WhyWith(const std::string& item, bool shows_the_same, const std::string& reason) {
  const std::string verb = shows_the_same ? "shows" : "asks";
  const std::string because = "it " + verb + " what item " + item + " " + verb + ", which is quarantined";
  const bool is_told = !reason.empty() && reason.size() + because.size() + 2 <= ReviewBounds::kNote;
  return is_told ? because + ": " + reason : because;
}

// Whether it is withheld for its own sake, or what it asks was redacted: then others that ask the same are not free.
Result<bool> KeepsOthersWithheld(ReviewStore& store, const StoredReviewItem& stored, const ItemState& state) {
  const ReviewQuarantine* open = OpenQuarantine(state);
  if (open != nullptr && open->with.empty()) return true;
  if (std::ranges::none_of(state.quarantines, &ReviewQuarantine::is_redacted)) return false;
  ASSAY_ASSIGN(const auto covered, CoveredBy(store, stored));
  return covered && covered->IsOfTheCase();
}

Result<ItemContent> ContentOfItem(ReviewStore& store, const ItemState& state, const std::string& hash) {
  ASSAY_ASSIGN(const std::string text, store.ReadContent(state.item.project, hash));
  return ItemContentFrom(text);
}

}  // namespace

// What an item showed until privacy ended its last quarantine, or shows where none has ended or one is open, and what
// it shows since.
Result<Reviews::Withdrawn> Reviews::WithdrawnOf(const std::string& project, const std::string& item) {
  ASSAY_ASSIGN(const StoredReviewItem stored, store_.ReadItem(project, item));
  ItemState state;
  std::string before;
  std::string after;
  for (const ReviewFact& fact : stored.facts) {
    const auto* closed = std::get_if<QuarantineClosed>(&fact.body);
    if (closed != nullptr) before = state.content_hash;
    if (closed != nullptr) after = closed->content_hash;
    ASSAY_TRY(Apply(fact, state));
  }
  if (before.empty() || OpenQuarantine(state) != nullptr) {
    before = state.content_hash;
    after.clear();
  }
  Withdrawn withdrawn{.item = state.item, .is_open = OpenQuarantine(state) != nullptr};
  ASSAY_ASSIGN(withdrawn.content, ContentOfItem(store_, state, before));
  if (!after.empty()) {
    ASSAY_ASSIGN(withdrawn.redacted, ContentOfItem(store_, state, after));
  }
  ASSAY_ASSIGN(withdrawn.keeps_others, KeepsOthersWithheld(store_, stored, state));
  return withdrawn;
}

// The next items of its case that show or ask the same.
Result<Reviews::KinBatch> Reviews::ReadKin(const Withdrawn& withdrawn, std::int64_t above) {
  const ReviewItem& of = withdrawn.item;
  ASSAY_ASSIGN(const ReviewStore::ItemBatch batch,
               store_.ReadItemsAbove({.project = of.project, .case_id = of.case_id}, above, kKinAtOnce));
  KinBatch kin{.last_key = batch.items.empty() ? above : batch.last_key, .is_last = batch.is_last};
  for (const StoredReviewItem& stored : batch.items) {
    if (!stored.readable || stored.id == of.id) continue;
    ASSAY_ASSIGN(const ItemState state, Fold(stored.facts));
    ASSAY_ASSIGN(const std::string text, store_.ReadContent(of.project, state.content_hash));
    ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(text));
    Kin each{.item = stored.id};
    const auto ids = ResponseIds::Between(withdrawn.content, content);
    if (ids && StoredText(ids->Of(withdrawn.content)) == text) each.shows_the_same = *ids;
    if (!each.shows_the_same && !AsksTheSame(of, withdrawn.content, state.item, content)) continue;
    const ReviewQuarantine* open = OpenQuarantine(state);
    each.is_withheld = open != nullptr;
    each.is_withheld_with = open != nullptr && !open->with.empty();
    each.shows_texts = !content.is_deleted;
    ASSAY_ASSIGN(each.keeps_others, KeepsOthersWithheld(store_, stored, state));
    kin.kin.push_back(std::move(each));
  }
  return kin;
}

// From `above` on, which is moved behind the last.
asio::awaitable<Status> Reviews::WithholdKin(const Asking& asking, const Withdrawn& withdrawn,
                                             const std::string& reason, std::int64_t& above) {
  for (bool is_last = false; !is_last;) {
    auto read = [&]() { return ReadKin(withdrawn, above); };
    ASSAY_CO_ASSIGN(const KinBatch batch, co_await RunBlocking(context_.reading, read));
    auto withhold = [&]() -> Status {
      for (const Kin& each : batch.kin) {
        if (each.is_withheld || !each.shows_texts) continue;
        const std::string why = WhyWith(withdrawn.item.id, each.shows_the_same.has_value(), reason);
        const auto plan = [&](const ItemState& state, const ReviewPolicy& policy, Time now) {
          return QuarantineWith(state, withdrawn.item.id, why, policy, now);
        };
        const auto reached = desk_.Do(asking.project, each.item, plan);
        if (!reached && !IsRefusal(reached.error())) return Fail(reached.error());
      }
      return {};
    };
    ASSAY_CO_TRY(co_await RunBlocking(context_.desk, withhold));
    above = batch.last_key;
    is_last = batch.is_last;
  }
  co_return Status();
}

// What shows the same is shown as the item is; what asks the same is free when nothing else of its case is withheld,
// and nothing of what it asks was redacted.
asio::awaitable<Status> Reviews::ReleaseKin(const Asking& asking, const Withdrawn& withdrawn, const std::string& key,
                                            const EndQuarantineAct& act) {
  std::vector<std::string> waiting;
  bool is_clear = !withdrawn.keeps_others;
  const Performing performing{.reviewer = asking.reviewer, .key = key};
  const auto end = [&](const std::string& item, const std::optional<ItemContent>& shown) -> Status {
    const EndQuarantineAct own{.content = shown, .policy = shown ? act.policy : ""};
    const std::optional<std::string> content = shown ? std::optional(StoredText(*shown)) : std::nullopt;
    const auto reached = desk_.Do(asking.project, item, PlanOf(own, performing, people_), false, content);
    return reached || IsRefusal(reached.error()) ? Status() : Fail(reached.error());
  };
  std::int64_t above = 0;
  for (bool is_last = false; !is_last;) {
    auto read = [&]() { return ReadKin(withdrawn, above); };
    ASSAY_CO_ASSIGN(const KinBatch batch, co_await RunBlocking(context_.reading, read));
    auto release = [&]() -> Status {
      for (const Kin& each : batch.kin) {
        if (each.shows_the_same && each.is_withheld) {
          std::optional<ItemContent> shown;
          if (withdrawn.redacted) shown = each.shows_the_same->Of(*withdrawn.redacted);
          ASSAY_TRY(end(each.item, shown));
          continue;
        }
        is_clear = is_clear && !each.keeps_others;
        if (each.is_withheld_with) waiting.push_back(each.item);
      }
      return {};
    };
    ASSAY_CO_TRY(co_await RunBlocking(context_.desk, release));
    above = batch.last_key;
    is_last = batch.is_last;
  }
  if (!is_clear) co_return Status();
  for (const std::string& item : waiting) {
    auto release = [&]() { return end(item, std::nullopt); };
    ASSAY_CO_TRY(co_await RunBlocking(context_.desk, release));
  }
  co_return Status();
}

asio::awaitable<Result<ItemView>> Reviews::Withhold(const Asking& asking, const std::string& item,
                                                    const std::string& key, const QuarantineAct& act) {
  auto look = [&]() -> Result<Withdrawn> {
    ASSAY_TRY(OpenProject(asking.project));
    ASSAY_ASSIGN(const ItemState state, FindOfTheirQueue(asking, item));
    const ReviewQuarantine* open = OpenQuarantine(state);
    if (open == nullptr) {
      ASSAY_ASSIGN(const PolicyRef policy, desk_.PolicyOf(state));
      const Performing performing{.reviewer = asking.reviewer, .key = key};
      ASSAY_TRY(PlanOf(act, performing, people_)(state, *policy, asking.now));
    }
    ASSAY_TRY(NoteCovered(store_, state.item, asking.now, asking.reviewer.id));
    return WithdrawnOf(asking.project, item);
  };
  ASSAY_CO_ASSIGN(const Withdrawn withdrawn, co_await RunBlocking(context_.desk, look));
  // Sent again after the quarantine has ended, it withholds nothing anew.
  auto was_done = [&]() -> Result<bool> {
    ASSAY_ASSIGN(const ItemState state, desk_.Find(asking.project, item));
    return !withdrawn.is_open && FindCommand(state, asking.reviewer.id, key) != nullptr;
  };
  ASSAY_CO_ASSIGN(const bool is_over, co_await RunBlocking(context_.desk, was_done));
  std::int64_t above = 0;
  if (!is_over) {
    ASSAY_CO_TRY(co_await WithholdKin(asking, withdrawn, act.reason, above));
  }
  auto perform = [&]() { return Perform(asking, item, key, act); };
  auto view = co_await RunBlocking(context_.desk, perform);
  // What has entered meanwhile.
  if (!is_over) {
    ASSAY_CO_TRY(co_await WithholdKin(asking, withdrawn, act.reason, above));
  }
  co_return view;
}

asio::awaitable<Result<ItemView>> Reviews::EndWithholding(const Asking& asking, const std::string& item,
                                                          const std::string& key, const EndQuarantineAct& act) {
  auto perform = [&]() { return Perform(asking, item, key, act); };
  auto view = co_await RunBlocking(context_.desk, perform);
  if (!view && !IsRefusal(view.error())) co_return view;
  // Refused where it was ended before: others may not have been reached then.
  auto look = [&]() { return WithdrawnOf(asking.project, item); };
  ASSAY_CO_ASSIGN(const Withdrawn withdrawn, co_await RunBlocking(context_.desk, look));
  if (!withdrawn.is_open) {
    ASSAY_CO_TRY(co_await ReleaseKin(asking, withdrawn, key, act));
  }
  co_return view;
}

}  // namespace assay
