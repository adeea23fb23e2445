#pragma once
// What is stored of human review: items as their facts, what people are shown of them, drafts, and the records around
// them (approvals, gold, calibrations, ...). Facts travel as values, everything else as the text of its JSON: review/
// knows what it means.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store/records.h"
#include "review/drafts.h"
#include "review/facts.h"

namespace assay {

class Store;

// An item on its way in.
struct NewReviewItem {
  ReviewFact entered = {};             // an ItemEntered
  std::string content = {};            // JSON text, whose hash is the item's content_hash
  std::vector<ReviewFact> later = {};  // that come with it: what was said elsewhere, or that it is withheld
  std::string later_hash = {};         // of an item of elsewhere: what its content's hash is now, and was there
};

struct ReviewFilter {
  std::string project = kDefaultProject;
  std::string queue = {};  // "" for any, as below
  std::string run = {};
  std::string case_id = {};
  std::optional<ItemPurpose> purpose = {};
  std::optional<Time> touched_from = {};  // with a fact since then
  bool or_open = false;                   // and those that are open, whenever they were touched
  std::optional<Time> entered_until = {};
  bool only_open = false;
};

struct StoredReviewItem {
  std::string id = {};
  bool is_open = true;
  std::vector<ReviewFact> facts = {};  // all, in order
  Status readable = {};                // else why there are none: kDataLoss; only of those that are read as a stream
};

// A thing that changes as a whole: read, changed, and written over the revision that was read.
struct ReviewRecord {
  std::string project = kDefaultProject;
  std::string kind = {};  // "approval", "gold", "calibration", "clarification", ...
  std::string id = {};
  std::int64_t revision = 0;  // 0: not stored yet
  Time updated{};
  std::string principal = {};
  std::string body = "{}";  // JSON text
};

// Blocking; thread-safe. Errors as Store's.
class ReviewStore {
 public:
  explicit ReviewStore(Store& store) : store_(store) {}

  // In one transaction. An item whose identity (ItemKey) is there already is left out. Returns the ids of those that
  // are new.
  Result<std::vector<std::string>> EnterItems(std::span<const NewReviewItem> items);
  // The facts of one command, all or none. kAborted where another writer was faster: fold again. kNotFound.
  // `may_be_lost_with_power` for leases: a machine that loses its power may forget the newest of them, and no other
  // fact rests on a lease that it forgot.
  // `content`, where given, is stored under its hash with them; of an item of elsewhere, under `content_hash`.
  Status AppendFacts(std::string_view item, std::span<const ReviewFact> facts, bool may_be_lost_with_power = false,
                     const std::optional<std::string>& content = {}, std::string_view content_hash = "");
  // Nothing changes by itself any more; not where a fact after `seq` has come since.
  Status CloseItem(std::string_view item, std::int64_t seq);

  // kNotFound. kDataLoss for facts that cannot be read.
  Result<StoredReviewItem> ReadItem(std::string_view project, std::string_view item);
  // Newest first.
  Result<Page<StoredReviewItem>> ListItems(const ReviewFilter& filter, const PageRequest& page);
  // The first items, at most `limit`, that entered after the one with the key `above`; 0 for the first of all. For
  // whoever goes over all of them in pieces.
  struct ItemBatch {
    std::vector<StoredReviewItem> items = {};
    std::int64_t last_key = 0;
    bool is_last = false;  // nothing comes after
  };
  Result<ItemBatch> ReadItemsAbove(const ReviewFilter& filter, std::int64_t above, int limit);
  // Where the items are that ReadItemsAbove would read. For whoever reads each of them as late as they can.
  struct ItemPlace {
    std::int64_t key = 0;
    std::string id = {};
  };
  Result<std::vector<ItemPlace>> ListItemsAbove(const ReviewFilter& filter, std::int64_t above, int limit);
  // As it is now, as one of ReadItemsAbove; its is_open is not read.
  Result<StoredReviewItem> ReadItemAt(const ItemPlace& place);
  // Every item, oldest first; of all projects where `filter.project` is "". Streams. Ends with the error of `item`.
  Status ReadItems(const ReviewFilter& filter, const std::function<Status(StoredReviewItem)>& item);

  // Items of a run in a queue, "" for any, with the ordinal of their case in that snapshot, by key. Streams.
  Status ReadItemsOfRun(std::string_view project, std::string_view run, std::string_view queue, SnapshotKey snapshot,
                        const std::function<Status(std::int64_t ordinal, const StoredReviewItem&)>& item,
                        bool only_open = false);
  struct ItemCount {
    std::int64_t items = 0;  // whose decision counts: no gold, no calibration
    std::int64_t open = 0;
    std::optional<Time> touched = {};  // the newest fact of any
  };
  // `queue` "": of all.
  Result<ItemCount> CountItemsOfRun(std::string_view project, std::string_view run, std::string_view queue);
  // Items of a queue that were closed since.
  Result<std::int64_t> CountClosed(std::string_view project, std::string_view queue, Time since);

  // Closed items of all projects that have texts and no fact since `before`, with keys above that, in their order.
  struct OldItem {
    std::int64_t key = 0;
    std::string id = {};
    std::string data_class = {};  // "" none
    Time touched{};
  };
  Result<std::vector<OldItem>> ListOldItems(Time before, std::int64_t above, int limit);
  // Takes the texts out of every content that the item has shown and no other item shows, and its drafts, durably:
  // `without_texts` says what is left of one. False, and nothing changes, where the item is open, has a fact since
  // `before` or no texts, or where an open check or a live verdict rests on its run. Facts stay. The audit trail has
  // it, with the reason. kNotFound.
  Result<bool> DeleteTexts(std::string_view item, Time before, const Liveness& liveness, Time at,
                           std::string_view reason,
                           const std::function<Result<std::string>(const std::string&)>& without_texts);

  // kNotFound.
  Result<std::string> ReadContent(std::string_view project, std::string_view hash);

  Status PutDraft(std::string_view project, const ReviewDraft& draft);
  Status RemoveDraft(std::string_view item, std::string_view person);
  Result<std::optional<ReviewDraft>> ReadDraft(std::string_view item, std::string_view person);
  // Ids of items, newest first, at most 1,000.
  Result<std::vector<std::string>> ListDrafts(std::string_view project, std::string_view person);

  // Writes over `record.revision`; the answer has the next one. kAborted when it is not the stored one any more.
  Result<ReviewRecord> PutRecord(const ReviewRecord& record);
  Result<std::optional<ReviewRecord>> FindRecord(std::string_view project, std::string_view kind, std::string_view id);
  // Oldest first. At most 10,000, the newest of them.
  Result<std::vector<ReviewRecord>> ListRecords(std::string_view project, std::string_view kind);

  // A complete run whose trials a queue has been offered is not offered to it again.
  Status MarkOffered(RunKey run, std::string_view queue, Time at);
  // When that was; absent: not yet.
  Result<std::optional<Time>> OfferedAt(RunKey run, std::string_view queue);
  // Complete runs, with their answers, that ended at `since` or later, of all projects, oldest first.
  Result<std::vector<RunKey>> ListCompleteRuns(Time since);

 private:
  Store& store_;
};

}  // namespace assay
