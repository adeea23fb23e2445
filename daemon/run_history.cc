#include "daemon/run_history.h"

#include <algorithm>
#include <string>

#include "daemon/alike_runs.h"
#include "daemon/evidence.h"
#include "gates/metric_value.h"

namespace assay {
namespace {

Result<EarlierRun> ReadRun(Store& store, const RunRecord& run, const SuiteSpec& suite, Time until) {
  ASSAY_ASSIGN(const SuiteEvidence evidence, LoadEvidence(store, run, suite, nullptr, until));
  EarlierRun earlier{.run = run.id};
  const SuiteObservations& observations = evidence.observations;
  for (std::size_t metric = 0; metric < observations.metrics().size(); ++metric) {
    if (const auto value = SeenMetricValue(observations, metric))
      earlier.metrics.push_back({observations.metrics()[metric].name, *value});
  }
  return earlier;
}

}  // namespace

std::optional<EarlierRun> RunHistory::Find(RunKey run, std::string_view suite_version, std::uint64_t revisions) {
  const std::lock_guard lock(mutex_);
  Forget(revisions);
  const auto found = runs_.find({run, std::string(suite_version)});
  return found == runs_.end() ? std::nullopt : std::optional(found->second);
}

void RunHistory::Keep(RunKey run, std::string_view suite_version, EarlierRun earlier, std::uint64_t revisions) {
  const std::lock_guard lock(mutex_);
  if (revisions < revisions_) return;  // it may have been read before a score that was revised meanwhile
  Forget(revisions);
  runs_.insert_or_assign({run, std::string(suite_version)}, std::move(earlier));
  if (runs_.size() > kMostRuns) runs_.erase(runs_.begin());  // the oldest
}

void RunHistory::Forget(std::uint64_t revisions) {
  if (revisions <= revisions_) return;
  runs_.clear();
  revisions_ = revisions;
}

Result<std::vector<EarlierRun>> LoadHistory(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                            const SuiteSpec& suite, std::int64_t most, Time until, RunHistory* kept) {
  ASSAY_ASSIGN(const std::vector<RunRecord> runs, store.ListEarlierRuns(run, most, until));
  AlikeRuns alike(store, kinds, run, {});
  std::vector<EarlierRun> history;
  // What people say of a run may change at any time.
  const bool asks_people =
      std::ranges::any_of(suite.metrics, [](const MetricSpec& metric) { return IsOfPeople(metric.source); });
  for (const RunRecord& earlier : runs) {
    ASSAY_ASSIGN(const bool is_alike, alike.Ask(earlier));
    if (!is_alike) continue;
    const std::uint64_t revisions = store.revisions();
    auto known = kept == nullptr || asks_people ? std::nullopt : kept->Find(earlier.key, run.suite_version, revisions);
    if (!known) {
      ASSAY_ASSIGN(const SuiteSpec spec, alike.SpecFor(suite, earlier));
      ASSAY_ASSIGN(known, ReadRun(store, earlier, spec, until));
      if (kept != nullptr && !asks_people) kept->Keep(earlier.key, run.suite_version, *known, revisions);
    }
    history.push_back(*std::move(known));
  }
  std::ranges::reverse(history);
  return history;
}

Result<std::vector<EarlierRun>> ReadHistory(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                            const SuiteSpec& suite, const std::vector<std::string>& ids, Time until) {
  AlikeRuns alike(store, kinds, run, {});
  std::vector<EarlierRun> history;
  for (const std::string& id : ids) {
    ASSAY_ASSIGN(const RunRecord earlier, store.GetRun(run.project, id));
    ASSAY_ASSIGN(const SuiteSpec spec, alike.SpecFor(suite, earlier));
    ASSAY_ASSIGN(EarlierRun read, ReadRun(store, earlier, spec, until));
    history.push_back(std::move(read));
  }
  return history;
}

bool IsGradedBySame(const RunRecord& a, const RunRecord& b) {
  return std::ranges::equal(a.graders, b.graders, [](const RunGrader& one, const RunGrader& other) {
    return one.name == other.name && one.version == other.version;
  });
}

}  // namespace assay
