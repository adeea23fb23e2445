#pragma once
// Review items of the store as records that travel, one after another, as they stood at one time.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/item_content.h"
#include "daemon/served_catalog.h"
#include "daemon/store/review_store.h"
#include "daemon/store/store.h"
#include "review/interchange/exchange_record.h"

namespace assay {

// The gates that have each suite, of the catalog in service and of every gate that is stored: a gate that was in
// service once has decided on its cases. Blocking.
Result<std::map<std::string, std::vector<std::string>>> GatesOfSuites(Store& store, const ServedVersion& served,
                                                                      const std::string& project);

// What people were shown, in the order of the subject.
RecordTexts TextsOf(const ItemContent& content, const ReviewSubject& subject);
// The inverse: what is shown of a record of elsewhere.
ItemContent ContentOf(const ExchangeRecord& record);

struct RecordQuery {
  ReviewFilter filter = {};
  Time as_of{};  // facts after it are not there
  std::map<std::string, std::vector<std::string>> gates = {};
  PersonNaming naming = {};
};

// Blocking; not thread-safe. Holds the facts of a few items and the texts of one. The store outlives it.
class StoredRecords {
 public:
  StoredRecords(Store& store, RecordQuery query) : store_(store), query_(std::move(query)) {}

  // The next record, which lives until the next call; null pointer after the last. Content that was withdrawn since
  // `as_of` is withheld as that of a quarantined item.
  Result<const ExchangeRecord*> Next();
  // The same again from the first on.
  void Rewind();

 private:
  Result<std::optional<ExchangeRecord>> RecordOfItem(const StoredReviewItem& item);
  Result<RecordTexts> TextsOfItem(const ItemState& state);

  ReviewStore store_;
  RecordQuery query_;
  std::vector<StoredReviewItem> batch_ = {};
  std::size_t next_ = 0;
  std::int64_t last_key_ = 0;
  bool is_last_ = false;
  ExchangeRecord record_ = {};
};

}  // namespace assay
