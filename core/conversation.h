#pragma once
// Conversations and tools as JSON: what a case brings along, and how a transcript is stored. The form is that of Chat
// Completions, which most datasets have. Pure, thread-safe. Messages of errors name the place: `[2].role is "bot";
// ...`.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/response.h"
#include "core/result.h"

namespace assay {

inline constexpr std::size_t kMaxMessages = 1000;                // of one conversation
inline constexpr std::size_t kMaxConversationBytes = 16u << 20;  // of its texts and calls, without images
inline constexpr std::size_t kMaxTurns = 100;                    // answers that are generated in one conversation
inline constexpr std::size_t kMaxTools = 1000;                   // of one request
inline constexpr std::size_t kMaxImages = 100;                   // of one message

// What a trial sends: messages up to the first answer, messages up to the next, and so on. Each answer is generated;
// the last is the response.
struct Dialogue {
  std::vector<std::vector<Message>> turns;
  std::vector<Tool> tools = {};
};

// A list of {role, content, tool_calls, tool_call_id}, or a text that is such a list as JSON (a field of a CSV). role:
// system (or developer), user, assistant, tool. content: text, or parts with text or images; may be null where there
// are tool_calls. A tool message answers a call before it. kInvalidArgument; kResourceExhausted over the bounds above.
Result<std::vector<Message>> ReadConversation(const Json& value);
// Back again. Data of images is left out.
Json ToJson(const Message& message);
// The size that counts for kMaxConversationBytes.
std::size_t TextBytes(const Message& message);

// What a user says turn by turn: a list of texts, none of them blank, or a text that is such a list as JSON.
Result<std::vector<std::string>> ReadUserTurns(const Json& value);

// A list of {name, description, parameters} or {type: function, function: {...}}, or a text that is such a list as
// JSON. Names are unique, parameters (also `input_schema`) are the JSON Schema of an object.
Result<std::vector<Tool>> ReadTools(const Json& value);
// What is wrong with a tool's name, "" when it is good: up to 64 letters, digits, "_", "-" and ".".
std::string FaultOfToolName(std::string_view name);
// What is wrong with the schema of a tool's arguments, "" when it is one of an object.
std::string FaultOfToolParameters(const Json& schema);

// An image by what a user writes: an address (http://, https://), a data URL, or the name of a file.
Result<Image> ReadImageReference(std::string_view text);

}  // namespace assay
