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

std::string RenamedText(const RunPast& past, const std::string& suite) {
  const bool is_one = past.renamed == 1;
  return std::to_string(past.renamed) + (is_one ? " run" : " runs") + " of suite \"" + suite +
         "\" asked the same model of the same endpoint the same cases under another name or version (" +
         (is_one ? "" : "the last is ") + past.newest_renamed + "), and no PASS rests on " + (is_one ? "it" : "them") +
         ": if nothing but the label has changed since, this is a later attempt that is not counted as one";
}

std::string OtherCasesText(const RunPast& past, const std::string& suite) {
  const bool is_one = past.other_cases == 1;
  return std::to_string(past.other_cases) + (is_one ? " run" : " runs") + " of suite \"" + suite +
         "\" asked this candidate other cases (" + (is_one ? "" : "the last is ") + past.newest_other_cases +
         "), and " + (is_one ? "was" : "were") +
         " decided without a PASS: if hardly a case has changed since, this is a later attempt that is not counted as "
         "one";
}

std::string OtherSuitesText(const RunPast& past, const std::string& suite) {
  const bool is_one = past.other_suites == 1;
  return std::to_string(past.other_suites) + (is_one ? " run of another suite" : " runs of other suites") +
         " asked this candidate the cases of suite \"" + suite + "\" by the same prompt (" +
         (is_one ? "" : "the last is of ") + "\"" + past.newest_other_suite + "\"), and " + (is_one ? "was" : "were") +
         " decided without a PASS: if nothing but the suite's name has changed since, this is a later attempt that is "
         "not counted as one";
}

// A draw under an alarm is charged for: that no PASS came of it was known after its answers (docs/decisions/0018).
std::string AttemptsText(const StandingAlarm& alarm) {
  if (!alarm.attempts) return "";
  if (*alarm.attempts == 0) return "; this draw is the first attempt that it costs this candidate";
  return "; it has cost this candidate " + std::to_string(*alarm.attempts) +
         (*alarm.attempts == 1 ? " attempt" : " attempts") + " before this draw, which is another";
}

std::string WhichRetry(std::int64_t retries) {
  if (retries == 1) return "a retry";
  const std::int64_t last = retries / 10 % 10 == 1 ? 0 : retries % 10;  // 11th, 12th, 13th
  const std::string_view ending = last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th";
  return "the " + std::to_string(retries) + std::string(ending) + " retry";
}

std::string OftenText(const RunPast& past) {
  if (past.asked_again_often == 0) return "";
  if (past.asked_again == 1) return " more than once";
  return ", " + std::to_string(past.asked_again_often) + " of them more than once";
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
    warnings.push_back(
        EarlierRunsText(runs, suite, role) + "for verdicts of other gates, or " +
        (role == kBaselineRole ? "on other candidates" : "other versions of this one, or as a baseline") +
        NewestText(runs, draws_its_own));
  }
  if (past.other_versions > 0) {
    const bool is_one = past.other_versions == 1;
    warnings.push_back((is_one ? std::string("this gate, in another version or with another baseline, gave ")
                               : "this gate, in other versions or with other baselines, gave " +
                                     std::to_string(past.other_versions) + " verdicts that are no PASS, the last ") +
                       past.other_state + (is_one ? "" : ",") + " on these answers of suite \"" + suite +
                       "\" (verdict " + past.other_verdict + ")");
  }
  if (past.renamed > 0) warnings.push_back(RenamedText(past, suite));
  if (past.other_cases > 0) warnings.push_back(OtherCasesText(past, suite));
  if (past.other_suites > 0) warnings.push_back(OtherSuitesText(past, suite));
  return warnings;
}

// What fails depends on the answer where a filter refuses it, or it takes too long: asked until it does not, such a
// case has an answer that was chosen.
std::string WarningOfRetries(const RunPast& past, const std::string& run, const std::string& suite,
                             std::string_view role) {
  if (past.asked_again == 0) return "";
  const bool is_one = past.asked_again == 1;
  return "suite \"" + suite + "\": " + (role == kBaselineRole ? "the baseline's run " : "run ") + run + " is " +
         WhichRetry(past.retries) + " of run " + past.first_run + ": " +
         (past.is_asked_again_least ? "at least " : "") + std::to_string(past.asked_again) +
         (is_one ? " trial that had ended in an error was" : " trials that had ended in errors were") + " asked again" +
         OftenText(past) + "; errors that depend on the answer favour whoever asks again";
}

std::string WarningOfAlarm(const StandingAlarm& alarm, const std::string& suite) {
  const std::string found = "suite \"" + suite + "\": verdict " + alarm.verdict +
                            " found that the baseline had moved in run " + alarm.run + " from run " + alarm.from +
                            ", on " + std::to_string(alarm.cases) + (alarm.cases == 1 ? " case" : " cases");
  if (!alarm.is_elsewhere)
    return found + ", and this verdict does not exclude that it is still there: the alarm stands" + AttemptsText(alarm);
  return found +
         " of a version of the suite whose cases, prompt, sampling, graders, metrics or slices are others: this "
         "verdict cannot tell "
         "whether the alarm stands" +
         AttemptsText(alarm);
}

}  // namespace assay
