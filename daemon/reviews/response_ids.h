#pragma once
// Two items may show the same responses under ids of their own: a copy whose answer is known must not be told by them.

#include <map>
#include <optional>
#include <string>

#include "daemon/item_content.h"
#include "review/opinion.h"
#include "review/review_item.h"

namespace assay {

// Ids of responses of one item by those of another. Immutable.
class ResponseIds {
 public:
  explicit ResponseIds(std::map<std::string, std::string> ids) : ids_(std::move(ids)) {}
  // By the places of the responses; nullopt when there are not as many.
  static std::optional<ResponseIds> Between(const ItemContent& from, const ItemContent& to);

  // The same under the other ids; what is not among them stays.
  std::string Of(const std::string& id) const;
  Opinion Of(Opinion opinion) const;
  ItemContent Of(ItemContent content) const;
  ReviewSubject Of(ReviewSubject subject) const;

 private:
  std::map<std::string, std::string> ids_;
};

}  // namespace assay
