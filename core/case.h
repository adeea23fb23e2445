#pragma once
// One dataset item.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/json.h"

namespace assay {

struct Case {
  std::int64_t ordinal = 0;  // place in the dataset snapshot, from 0
  std::string id;            // unique in the suite's dataset
  Json fields;               // an object: the row
  std::size_t bytes = 0;     // of its text in the snapshot; 0 when that is not known
};

// The value of `field` ("a" or "a.b": a member named "a.b" first, then member b of member a), or null pointer.
const Json* FindField(const Json& fields, std::string_view field);

}  // namespace assay
