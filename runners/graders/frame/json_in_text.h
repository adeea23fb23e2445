#pragma once
// JSON that stands in a text among other things, as models write it.

#include <optional>
#include <string_view>

#include "config/grader_spec.h"
#include "core/json.h"

namespace assay {

// `place` is kFirst or kLast: the first (last) object or list of the text that is JSON as it stands and is not within
// another one; kWhole: the text is one JSON value of any kind. nullopt if there is none. A `{` or `[` that begins
// nothing well-formed is text like any other. Linear: of a text full of beginnings without an end no more than 16 times
// its size (and 1 MB) is looked at, and what has not been found by then is not there.
std::optional<Json> FindJsonInText(std::string_view text, JsonPlace place);

}  // namespace assay
