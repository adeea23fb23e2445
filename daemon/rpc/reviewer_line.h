#pragma once
// What a line of the token file says of a person beside their token: `roles=reviewer,lead languages=de,en`.

#include <string_view>

#include "core/result.h"
#include "review/people.h"

namespace assay {

// Adds what `words` say to `reviewer`: roles, skills, languages, clearances (CLASS, or CLASS@UNTIL for one that ends),
// certificates (RUBRIC@MAJOR) and queues, each a list with commas. Clearances that have ended are still there
// (ClearedAt). kInvalidArgument naming what is wrong, for a line of its own: "unknown role \"leed\"; known:
// ...".
Status AddAttributes(std::string_view words, Reviewer& reviewer);

}  // namespace assay
