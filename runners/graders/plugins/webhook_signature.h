#pragma once
// How a webhook shows from whom it comes: Standard Webhooks 1.0.0, with a secret that both sides know. Only for files
// of this folder.

#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

namespace assay {

// The key in a secret: "whsec_" + Base64, or the bytes themselves. kInvalidArgument when it is not from 24 to 64 bytes
// long; the message does not quote it.
Result<std::string> WebhookKey(std::string_view secret);

// The three headers of one attempt to deliver `body`. `id` is that of the message, the same for each attempt.
std::vector<std::string> WebhookHeaders(std::string_view key, std::string_view id, Time now, std::string_view body);

}  // namespace assay
