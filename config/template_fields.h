#pragma once
// Which fields of a case a mustache template needs: enough of mustache to check a document without rendering it.

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace assay {

// The names of the variables outside of sections, each once, in the order of their first use. kInvalidArgument for a
// tag that is not closed, a section that is not closed or not opened, and what is not supported (partials, delimiters).
Result<std::vector<std::string>> RequiredTemplateFields(std::string_view text);

}  // namespace assay
