#include "gates/checked_suite.h"

namespace assay {
namespace {

// What is wrong with the conserved count: scheduled = scored + unscored + error + skipped + awaiting_human,
// of the run's record and of every metric, and both must speak of the same trials. "" when it holds.
std::string CountsProblem(const SuiteEvidence& suite) {
  const RunCounts& counts = suite.counts;
  for (const std::int64_t count :
       {counts.scheduled, counts.scored, counts.unscored, counts.error, counts.skipped, counts.awaiting_human}) {
    if (count < 0) return "a count of the run is negative";
  }
  if (counts.Accounted() > counts.scheduled) {
    return std::to_string(counts.Accounted()) + " trials are accounted for, but " + std::to_string(counts.scheduled) +
           " were scheduled";
  }
  if (suite.state != RunState::kComplete) return "";
  if (counts.Accounted() != counts.scheduled) {
    return "the run is complete, but only " + std::to_string(counts.Accounted()) + " of " +
           std::to_string(counts.scheduled) + " scheduled trials are accounted for";
  }
  const SuiteObservations& seen = suite.observations;
  if (counts.scheduled != seen.cases() * seen.trials()) {
    return std::to_string(counts.scheduled) + " trials were scheduled, but the suite has " +
           std::to_string(seen.cases()) + " x " + std::to_string(seen.trials());
  }
  for (std::size_t metric = 0; metric < seen.metrics().size(); ++metric) {
    std::int64_t accounted = 0;
    const TallyColumn& tallies = seen.Tallies(metric);
    for (std::size_t ordinal = 0; ordinal < tallies.size(); ++ordinal) accounted += tallies[ordinal].Accounted();
    if (accounted != counts.scheduled) {
      return "metric \"" + seen.metrics()[metric].name + "\" accounts for " + std::to_string(accounted) + " of " +
             std::to_string(counts.scheduled) + " trials";
    }
  }
  return "";
}

// Why the runs are not of the same cases, "" when they are. Ordinals pair them.
std::string PairingProblem(const SuiteEvidence& candidate, const SuiteEvidence& baseline) {
  if (candidate.suite_version != baseline.suite_version) return "the baseline's run is of another version of the suite";
  if (candidate.dataset_version != baseline.dataset_version) {
    return "the baseline's run is of another version of the dataset";
  }
  if (candidate.graders != baseline.graders) {
    return "the baseline's run was graded by other versions of the graders or their models; a check with new runs "
           "(--fresh) grades both alike";
  }
  const SuiteObservations& seen = candidate.observations;
  const SuiteObservations& other = baseline.observations;
  // A run that does not exist yet brings them.
  if (seen.metrics().empty() || other.metrics().empty()) return "";
  if (seen.cases() != other.cases() || seen.trials() != other.trials()) {
    return "the baseline's run has " + std::to_string(other.cases()) + " x " + std::to_string(other.trials()) +
           " trials, the candidate's " + std::to_string(seen.cases()) + " x " + std::to_string(seen.trials());
  }
  if (seen.metrics() != other.metrics()) return "the metrics of the baseline's run are not those of the candidate's";
  return "";
}

// The run of the suite in `runs`; `problem` says when there are several.
const SuiteEvidence* FindRun(std::string_view name, const std::vector<SuiteEvidence>& runs, std::string& problem) {
  const SuiteEvidence* found = nullptr;
  for (const SuiteEvidence& suite : runs) {
    if (suite.suite != name) continue;
    if (found != nullptr) problem = "there are several runs";
    found = &suite;
  }
  return found;
}

}  // namespace

CheckedSuite CheckSuite(std::string_view name, const GateEvidence& evidence) {
  CheckedSuite suite{.evidence = nullptr};
  suite.evidence = FindRun(name, evidence.suites, suite.problem);
  if (suite.evidence == nullptr) return suite;
  if (suite.problem.empty()) suite.problem = CountsProblem(*suite.evidence);
  suite.baseline = FindRun(name, evidence.baseline_suites, suite.baseline_problem);
  if (suite.baseline == nullptr) {
    suite.baseline_problem = "there is no run of the baseline";
    return suite;
  }
  if (suite.baseline_problem.empty()) suite.baseline_problem = CountsProblem(*suite.baseline);
  if (!suite.baseline_problem.empty()) {
    suite.baseline_problem = "of the baseline: " + suite.baseline_problem;
  } else {
    suite.baseline_problem = PairingProblem(*suite.evidence, *suite.baseline);
  }
  return suite;
}

std::string BaselineProblem(const GateEvidence& evidence) {
  if (!evidence.baseline) return "there is no baseline to compare with";
  if (evidence.baseline->content_version == evidence.candidate.content_version) {
    return "the candidate is its own baseline (" + evidence.baseline->name + "@" + evidence.baseline->version +
           "): nothing would be compared";
  }
  return "";
}

}  // namespace assay
