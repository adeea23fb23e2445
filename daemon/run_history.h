#pragma once
// What a metric was in earlier runs, for rules that ask whether it has moved.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config/catalog.h"
#include "daemon/store/store.h"
#include "gates/gate.h"

namespace assay {

// What metrics were in complete runs, kept in memory: each look of each check of a gate with `drift` asks for the same
// dozens of runs, whose scores nobody changes any more but people who revise them (Store::revisions). Thread-safe.
class RunHistory {
 public:
  // What is kept of a run by the metrics of that version of its suite, if anything, and since `revisions` no score was
  // revised.
  std::optional<EarlierRun> Find(RunKey run, std::string_view suite_version, std::uint64_t revisions);
  // `revisions` as it was before the run was read.
  void Keep(RunKey run, std::string_view suite_version, EarlierRun earlier, std::uint64_t revisions);

 private:
  static constexpr std::size_t kMostRuns = 2'000;

  void Forget(std::uint64_t revisions);  // what was kept at another state; under the mutex

  std::mutex mutex_;  // guards what is below
  std::map<std::pair<RunKey, std::string>, EarlierRun> runs_;
  std::uint64_t revisions_ = 0;
};

// Blocking. The newest `most` runs before `run`, complete at that time, of the same model content that were asked
// the same cases alike (AlikeRuns::Ask), oldest first, with the value of each metric that has one. Each is read like
// the evidence of a verdict, unless `kept` has it; null pointer: all are read.
Result<std::vector<EarlierRun>> LoadHistory(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                            const SuiteSpec& suite, std::int64_t most, Time until, RunHistory* kept);

// Blocking. The same of the runs with these ids, in their order: those that a verdict looked at until then.
// kFailedPrecondition of one that is deleted, kNotFound.
Result<std::vector<EarlierRun>> ReadHistory(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                            const SuiteSpec& suite, const std::vector<std::string>& ids, Time until);

// Whether both were graded by the same versions of the same graders and judges.
bool IsGradedBySame(const RunRecord& a, const RunRecord& b);

}  // namespace assay
