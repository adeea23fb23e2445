#pragma once
// Calls of tools that are written in text: as JSON, or as Python. Only for files of this folder.

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/result.h"
#include "runners/graders/tools/call_list.h"

namespace assay {

// A call with `arguments`, the JSON text of an object; what is wrong with them becomes its fault.
MadeCall CallWithArguments(std::string_view name, std::string_view arguments);

// A call as an object has it: {name, arguments}, {function: {...}}, {name, input}, {functionCall: {name, args}}; the
// arguments are an object or the JSON text of one. What is no such object is a call without a name.
MadeCall CallOfJson(const Json& entry);

// The calls of `text`, which is not blank, and is one of
//   JSON     a list of calls, {"tool_calls": [...]}, or one call; elements of a list that are no objects are passed
//   over Python   [f(a=1), g(b="x")], also without the brackets
// kInvalidArgument with what is wrong when it is neither that was asked for.
Result<std::vector<MadeCall>> CallsInText(std::string_view text, CallSource source);

}  // namespace assay
