#pragma once
// What of a response is searched: its text, and the arguments of its tool calls. Only for files of this folder.

#include <string>
#include <vector>

#include "core/response.h"

namespace assay {

struct JudgedText {
  std::string text;
  int call = 0;  // of which tool call these are the arguments, from 1; 0 for the text of the response
};

// The arguments of a call that are JSON as the texts and numbers in it, one a line: \u0040 hides no @.
std::vector<JudgedText> JudgedTexts(const Response& response);

// Nothing that could be judged: no text but white space and what cannot be seen. Tool calls are no text.
bool SaysNothing(const Response& response);

}  // namespace assay
