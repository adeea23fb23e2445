#pragma once
// Who was shown the content of items, and when: whoever has an item stands in its facts, who only looks at it in a
// record of each person and day. Blocking.

#include <string>
#include <vector>

#include "daemon/reviews/item_view.h"
#include "daemon/store/review_store.h"

namespace assay {

// Once a day for each person; again changes nothing.
Status NoteRead(ReviewStore& store, const ReviewItem& item, const std::string& person, Time now);
// Oldest first; of who only looked the newest 10,000.
Result<std::vector<ContentRead>> ReadsOf(ReviewStore& store, const ItemState& state);

}  // namespace assay
