#pragma once
// Whether a call is an expected one by the rules of the Berkeley Function-Calling Leaderboard: its checker of calls in
// Python's types, as published. Only for files of this folder.
//
// Types are Python's: 5.0 is no integer, 5 is a float where one is declared, true is no number. A declared type gives
// way to the type of the acceptable values. Texts are compared in lower case and without blanks and ,./-_*^ ; within
// lists one level deep, within dictionaries at each level. "" among the acceptable values says that the argument may be
// missing.

#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "runners/graders/tools/call_list.h"
#include "runners/graders/tools/declared_tools.h"
#include "runners/graders/tools/expected_calls.h"

namespace assay {

// What is wrong with the arguments of `call`, "" when nothing is. Each of `acceptable` is a list of values; anything
// else stands for a list of itself. `call` has no fault.
std::string BfclMismatch(const DeclaredTool& tool, const Json& acceptable, const MadeCall& call);

// The text as it is compared.
std::string BfclText(std::string_view text);

}  // namespace assay
