#pragma once
// Ollama's chat as a stream of JSON lines, ended by one that is "done":
// https://github.com/ollama/ollama/blob/main/docs/api.md

#include <expected>
#include <memory>
#include <string>

#include "core/json.h"
#include "runners/endpoints/provider.h"

namespace assay {

std::unique_ptr<AnswerStream> MakeOllamaStream(std::string api_key);

// The answer in a whole chat response.
std::expected<Response, AttemptFailure> ReadOllamaAnswer(const Json& document, std::string_view api_key);

}  // namespace assay
