#pragma once
// Parts of OpenAI's JSON that other protocols have taken over. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/response.h"

namespace assay {

// [{"type": "function", "function": {"name", "description", "parameters"}}]
Json FunctionTools(const std::vector<Tool>& tools);
// "auto", "none" and "required" as they are; a tool's name as {"type": "function", "function": {"name"}}.
Json ChatToolChoice(const std::string& choice);
bool IsToolChoiceWord(std::string_view choice);
// The address, or the data as a "data:" URL.
std::string ImageUrl(const Image& image);
// What ends an answer, in the words of the servers that speak this protocol. Anything else ("error", "abort") says that
// there is none, or something this version does not know.
bool IsChatFinishReason(std::string_view word);
// Whether an answer without text is one: the model called tools, or was cut before its first word.
bool MayLackText(const Response& response);
// A message of Chat Completions: text, or parts when there are images; calls and the id that a tool answers.
Json ChatMessage(const Message& message);

}  // namespace assay
