#pragma once
// What handlers check of their requests before anything is done. All errors are kInvalidArgument and name the field.

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "daemon/store/records.h"

namespace assay {

struct RequiredField {
  std::string_view name;
  const std::string& value;
};
// Every one must be there.
Status CheckRequired(std::initializer_list<RequiredField> fields);

// `page_size` 0 means 100; tokens are at most 4 kB.
Result<PageRequest> PageOf(std::int32_t page_size, const std::string& page_token);

// How a repeated call is recognised; none when the caller gave no id. `content` is everything that matters of the
// request, in a fixed order. Ids have at most 128 bytes.
Result<std::optional<RequestKey>> RequestKeyOf(std::string_view method, const std::string& request_id,
                                               std::initializer_list<std::string_view> content);

}  // namespace assay
