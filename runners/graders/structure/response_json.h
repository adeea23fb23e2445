#pragma once
// The JSON that a response is.

#include <expected>

#include "core/json.h"
#include "core/response.h"
#include "core/score.h"

namespace assay {

// The whole text as one value. Otherwise what a grader of JSON says of it: it is judged, and fails.
std::expected<Json, Score> ResponseJson(const Response& response);

}  // namespace assay
