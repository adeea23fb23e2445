#pragma once
// From stored trials to what people are shown.

#include <string>
#include <string_view>
#include <vector>

#include "core/case.h"
#include "core/conversation.h"
#include "daemon/item_content.h"
#include "daemon/store/records.h"
#include "review/opinion.h"

namespace assay {

// Whether the case says itself what the claims of its response are.
bool HasOwnClaims(const Json& fields);
// The claims of a response that are judged one by one: the case's own field `claims`, else its sentences; at most
// ReviewBounds::kParts.
std::vector<ItemContent::Text> ClaimsOf(const Json& fields, std::string_view response);

// A text as it is kept: what is longer than ItemContent::kMostText is cut with a note, between characters.
std::string Shortened(std::string_view text);

// Code points of a text of UTF-8.
std::int64_t CharactersIn(std::string_view text);

// With its calls, and what tools answered to them where the transcript tells.
ShownResponse ShownOf(std::string_view id, const Response& response);

// The prompt, the expected answer and the sources of a case. `slices` are the fields of the suite that are shown.
ItemContent ShownCase(const Case& item, const std::vector<Message>& prompt, const std::vector<std::string>& slices);

}  // namespace assay
