#pragma once
// Anthropic's Messages as a stream of events, ended by "message_stop":
// https://docs.anthropic.com/en/api/messages-streaming

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "runners/endpoints/provider.h"

namespace assay {

std::unique_ptr<AnswerStream> MakeAnthropicStream(std::string api_key);

// Reasons that end an answer. "pause_turn" asks for another request, which is not made: there is no whole answer.
bool IsAnthropicStopReason(std::string_view word);
// From `usage` of a message. Tokens read from or written to the provider's cache were sent too.
std::optional<std::int64_t> AnthropicTokensIn(const Json& message);

}  // namespace assay
