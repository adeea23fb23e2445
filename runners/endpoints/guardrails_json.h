#pragma once
// What providers tell of their content filters. Pure.

#include <optional>
#include <string_view>

#include "core/json.h"
#include "core/response.h"
#include "runners/endpoints/provider.h"

namespace assay {

// Adds a finding unless it is there. What is found first stays where there are too many.
void AddGuardrail(GuardrailFinding::Side side, GuardrailFinding::Outcome outcome, std::string_view category,
                  Response& response);

// Azure's content_filter_results, of which a category is an object with `filtered` and perhaps `detected`. Null pointer
// and anything else has none.
void AddFilterResults(const Json* results, GuardrailFinding::Side side, Response& response);
// Azure's prompt_filter_results: a list of those, one for each part of the prompt.
void AddPromptFilterResults(const Json* list, Response& response);
// Azure's content_filters of a response: a list of {source_type, blocked, content_filter_results}.
void AddContentFilters(const Json* list, Response& response);
// The answer that Azure's 400 with error.code content_filter stands for: the prompt was blocked, so there is no text.
std::optional<Response> BlockedPromptAnswer(const HttpResponse& answer);

// Gemini's promptFeedback: why the prompt was blocked, and by which categories.
void AddPromptFeedback(const Json& document, Response& response);
// Of a candidate of Gemini's: the categories that blocked it; `is_withheld` is by its finishReason.
void AddCandidateSafety(const Json& candidate, bool is_withheld, Response& response);

}  // namespace assay
