#pragma once
// Review items of the store as records that travel, one after another, as they stood at one time.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/item_content.h"
#include "daemon/reviews/gate_uses.h"
#include "daemon/store/review_store.h"
#include "daemon/store/store.h"
#include "review/interchange/exchange_record.h"

namespace assay {

// What people were shown, in the order of the subject.
RecordTexts TextsOf(const ItemContent& content, const ReviewSubject& subject);
// The inverse: what is shown of a record of elsewhere.
ItemContent ContentOf(const ExchangeRecord& record);

struct RecordQuery {
  ReviewFilter filter = {};
  Time as_of{};  // facts after it are not there
  GatesOfSuite gates = {};
  std::shared_ptr<const GateCases> gate_cases = {};      // null pointer: cases are told apart by their suites only
  std::function<bool(const ItemState&)> withholds = {};  // from who asks; null: nothing
  std::int64_t above = 0;                                // only what entered after the item with this key; 0: all
  PersonNaming naming = {};
};

// Blocking; not thread-safe. Holds the facts and texts of one item, which are read when it is asked for: what is
// withdrawn until then is. The store outlives it.
class StoredRecords {
 public:
  StoredRecords(Store& store, RecordQuery query)
      : all_(store), store_(store), query_(std::move(query)), last_key_(query_.above) {}

  // The next record, which lives until the next call; null pointer after the last. Content that was withdrawn since
  // `as_of` is withheld as that of a quarantined item.
  Result<const ExchangeRecord*> Next();
  // Of the item of the last record, for `above` of who goes on after it; before the first, that of the query.
  std::int64_t key() const { return next_ == 0 ? last_key_ : batch_[next_ - 1].key; }
  // The same again from the first on.
  void Rewind();

 private:
  Result<std::optional<ExchangeRecord>> RecordOfItem(const StoredReviewItem& item);
  Result<std::vector<std::string>> GatesOf(const ItemState& state, const RecordTexts& texts);
  Result<RecordTexts> TextsOfItem(const ItemState& state);

  Store& all_;
  ReviewStore store_;
  RecordQuery query_;
  std::vector<ReviewStore::ItemPlace> batch_ = {};
  std::size_t next_ = 0;
  std::int64_t last_key_ = 0;
  bool is_last_ = false;
  ExchangeRecord record_ = {};
  std::map<std::string, std::optional<SnapshotKey>, std::less<>> snapshots_ = {};  // by run; absent: none of ours
};

}  // namespace assay
