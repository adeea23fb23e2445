#pragma once
// A check for GitHub Actions: annotations on standard output, and a page for the summary of the step.

#include <string>
#include <vector>

#include "cli/failing_cases.h"
#include "cli/failure_groups.h"
#include "core/result.h"

namespace assay::v1 {
class Check;
}  // namespace assay::v1

namespace assay {

// Workflow commands, one a line: what the gate says and why, then each blocking rule that does not pass. GitHub shows
// ten of a kind for a step, so there are no more. FAIL and ERROR are errors, what is not decided and warnings are
// warnings, PASS is a notice.
std::string GitHubAnnotations(const v1::Check& check);

// Appends the Markdown report to the file that GITHUB_STEP_SUMMARY names; nothing where it is not set. A report that
// GitHub would refuse (over 1 MiB) is cut at a line, and says so. kUnavailable when the file cannot be written.
Status AppendStepSummary(const v1::Check& check, const std::vector<FailingCase>& failing,
                         const FailureGroups& groups = {});

}  // namespace assay
