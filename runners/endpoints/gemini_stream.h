#pragma once
// Google's streamGenerateContent: events that are generateContent responses each, the last of which says why it ended:
// https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "runners/endpoints/provider.h"

namespace assay {

std::unique_ptr<AnswerStream> MakeGeminiStream(std::string api_key);

// Reasons that end an answer, a blocked or garbled one included. OTHER and what is not known say that there is none.
bool IsGeminiFinishReason(std::string_view word);
// Of them, those by which the provider withholds what the model wrote: such an answer has no text, and what a stream
// brought of it before is taken back.
bool IsGeminiWithheld(std::string_view finish_reason);
// Why the prompt of a response was blocked, before the model saw it; "" when it was not.
std::string_view GeminiBlockReason(const Json& document);
// Adds texts and calls of a candidate to `response`; thoughts are not part of an answer.
void AddGeminiParts(const Json& candidate, Response& response);
// From `usageMetadata`. Thinking is paid for like the answer.
std::optional<std::int64_t> GeminiTokensOut(const Json& document);

}  // namespace assay
