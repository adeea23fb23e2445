#pragma once
// Failing cases as people and tools read them.

#include <cstddef>
#include <string>
#include <vector>

#include "cli/failing_cases.h"
#include "cli/table.h"
#include "core/json.h"

namespace assay {

// In the order of `failing`, with rule, slice and label, and the baseline beside the candidate where a rule compares.
// Reasons and responses have at most `width` columns.
Table FailingTable(const std::vector<FailingCase>& failing, std::size_t width);

// The same in one line: "c-7: answer: expected 4, got 5 | It is 5. | baseline: answer | It is 4."
std::string FailingLine(const FailingCase& failing, std::size_t width);

// With whole responses.
Json FailingJson(const std::vector<FailingCase>& failing);

}  // namespace assay
