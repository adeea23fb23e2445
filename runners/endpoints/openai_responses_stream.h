#pragma once
// OpenAI's Responses as a stream of typed events, ended by one that brings the whole response:
// https://platform.openai.com/docs/api-reference/responses-streaming

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "core/json.h"
#include "runners/endpoints/provider.h"

namespace assay {

std::unique_ptr<AnswerStream> MakeOpenaiResponsesStream(std::string api_key);

// The answer in a response object. `api_key` is never quoted.
std::expected<Response, AttemptFailure> ReadOpenaiResponse(const Json& document, std::string_view api_key);

}  // namespace assay
