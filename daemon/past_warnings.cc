#include "daemon/past_warnings.h"

#include "daemon/check_parameters.h"

namespace assay {
namespace {

struct PastRuns {
  std::int64_t count = 0;
  const std::string& newest;
};

std::string EarlierRunsText(const PastRuns& runs, const std::string& suite, std::string_view role) {
  return std::to_string(runs.count) + (runs.count == 1 ? " earlier run" : " earlier runs") + " of suite \"" + suite +
         "\" asked " + (role == kBaselineRole ? "the baseline" : "this candidate") + " the same cases ";
}

std::string NewestText(const PastRuns& runs, bool draws_its_own) {
  return (runs.count == 1 ? " (" : " (the last is ") + runs.newest + "): " +
         (draws_its_own ? "new answers were drawn" : "the answers that were decided on were drawn before this check");
}

}  // namespace

std::vector<std::string> WarningsOfPast(const RunPast& past, const std::string& suite, std::string_view role,
                                        bool draws_its_own) {
  std::vector<std::string> warnings;
  if (past.unused > 0) {
    const PastRuns runs{.count = past.unused, .newest = past.newest_unused};
    warnings.push_back(EarlierRunsText(runs, suite, role) + "and no verdict but ERROR rests on " +
                       (runs.count == 1 ? "it" : "them") + NewestText(runs, draws_its_own));
  }
  if (past.of_others > 0) {
    const PastRuns runs{.count = past.of_others, .newest = past.newest_of_others};
    warnings.push_back(EarlierRunsText(runs, suite, role) + "for verdicts of other gates, or " +
                       (role == kBaselineRole ? "on other candidates" : "other versions of this one") +
                       NewestText(runs, draws_its_own));
  }
  if (past.other_versions > 0) {
    const bool is_one = past.other_versions == 1;
    warnings.push_back((is_one ? "another version of this gate gave " : "other versions of this gate gave ") +
                       (is_one ? "" : std::to_string(past.other_versions) + " verdicts that are no PASS, the last ") +
                       past.other_state + (is_one ? "" : ",") + " on these answers of suite \"" + suite +
                       "\" (verdict " + past.other_verdict + ")");
  }
  return warnings;
}

}  // namespace assay
