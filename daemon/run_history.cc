#include "daemon/run_history.h"

#include <algorithm>

#include "daemon/evidence.h"
#include "gates/metric_value.h"

namespace assay {
namespace {

bool IsGradedBySame(const RunRecord& a, const RunRecord& b) {
  return std::ranges::equal(a.graders, b.graders, [](const RunGrader& one, const RunGrader& other) {
    return one.name == other.name && one.version == other.version;
  });
}

Result<EarlierRun> ReadRun(Store& store, const RunRecord& run, const SuiteSpec& suite) {
  ASSAY_ASSIGN(const SuiteEvidence evidence, LoadEvidence(store, run, suite));
  EarlierRun earlier{.run = run.id};
  const SuiteObservations& observations = evidence.observations;
  for (std::size_t metric = 0; metric < observations.metrics().size(); ++metric) {
    if (const auto value = SeenMetricValue(observations, metric))
      earlier.metrics.push_back({observations.metrics()[metric].name, *value});
  }
  return earlier;
}

}  // namespace

Result<std::vector<EarlierRun>> LoadHistory(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                            std::int64_t most, Time until) {
  ASSAY_ASSIGN(const std::vector<RunRecord> runs, store.ListEarlierCompleteRuns(run, most, until));
  std::vector<EarlierRun> history;
  for (const RunRecord& earlier : runs) {
    if (!IsGradedBySame(earlier, run)) continue;
    ASSAY_ASSIGN(EarlierRun read, ReadRun(store, earlier, suite));
    history.push_back(std::move(read));
  }
  std::ranges::reverse(history);
  return history;
}

Result<std::optional<SuiteEvidence>> LoadEarlierEvidence(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                                         Time until, TrialStatuses* statuses) {
  ASSAY_ASSIGN(const std::vector<RunRecord> runs, store.ListEarlierCompleteRuns(run, kEarlierControlRuns, until));
  const auto alike = std::ranges::find_if(runs, [&](const RunRecord& earlier) { return IsGradedBySame(earlier, run); });
  if (alike == runs.end()) return std::optional<SuiteEvidence>();
  ASSAY_ASSIGN(SuiteEvidence evidence, LoadEvidence(store, *alike, suite, statuses));
  return std::optional(std::move(evidence));
}

}  // namespace assay
