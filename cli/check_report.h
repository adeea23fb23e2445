#pragma once
// A check with its verdict, as people and tools read it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/failing_cases.h"
#include "cli/failure_groups.h"

namespace assay::v1 {
class Check;
class Verdict;
}  // namespace assay::v1

namespace assay {

enum class ReportFormat { kText, kJson, kJunit, kMarkdown, kGithub };

// "text", "json", "junit", "markdown", "github".
std::vector<std::string> ReportFormatWords();
// Absent for any other word.
std::optional<ReportFormat> ParseReportFormat(std::string_view word);

// Ends with a newline. `failing` are named by all formats but the annotations of GitHub, and `groups` say of how many
// they are.
std::string RenderCheck(const v1::Check& check, const std::vector<FailingCase>& failing, ReportFormat format,
                        bool colour, const FailureGroups& groups = {});

// The exit code of gate check for a check in this state: of what a pipeline is told, so that a waived one is 0.
int ExitCodeOf(const v1::Check& check);

}  // namespace assay
