#pragma once
// JSON that stands somewhere in a text: between words, in a code fence, after another value.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace assay {

enum class JsonInTextKinds {
  kObjects,          // {…}; "as shown in [1]" holds no JSON
  kObjectsAndLists,  // {…} and […]
};

// The places of the JSON values in `text`, from left to right. A value begins at the first brace (or bracket) from
// which the text goes on as one, by the grammar of RFC 8259 and at most Json::kMaxDepth levels deep, and the search
// goes on behind it; what begins at a brace from which it does not is looked for in what follows that brace. So a value
// is never part of another one that is found, and a value in something that is broken is found: `[1, {"a": 2}, oops`
// has
// `{"a": 2}`. At most `max_found`. Linear in the text. Bytes that are no UTF-8, and halves of surrogate pairs, are not
// looked at: Json::Parse refuses those.
std::vector<std::string_view> FindJsonInText(std::string_view text, JsonInTextKinds kinds,
                                             std::size_t max_found = SIZE_MAX);

// The values at those places that Json::Parse takes.
std::vector<Json> JsonValuesInText(std::string_view text, JsonInTextKinds kinds, std::size_t max_found = SIZE_MAX);

}  // namespace assay
