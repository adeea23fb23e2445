#pragma once
// Parts of OpenAI's JSON that other protocols have taken over. Pure.

#include <string>
#include <vector>

#include "core/json.h"
#include "core/response.h"

namespace assay {

// [{"type": "function", "function": {"name", "description", "parameters"}}]
Json FunctionTools(const std::vector<Tool>& tools);
// The address, or the data as a "data:" URL.
std::string ImageUrl(const Image& image);
// A message of Chat Completions: text, or parts when there are images; calls and the id that a tool answers.
Json ChatMessage(const Message& message);

}  // namespace assay
