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
  struct Known {
    EarlierRun run = {};
    std::uint64_t used = 0;  // when it was last asked for, counted in calls
  };
  static constexpr std::size_t kMostRuns = 2'000;

  void Forget(std::uint64_t revisions);  // what was kept at another state; under the mutex

  std::mutex mutex_;  // guards what is below
  std::map<std::pair<RunKey, std::string>, Known> runs_;
  std::uint64_t calls_ = 0;
  std::uint64_t revisions_ = 0;
};

struct LoadedHistory {
  std::vector<EarlierRun> runs = {};  // oldest first, with the value of each metric that has one
  std::int64_t deleted = 0;           // how many more would be among the first, had they not been deleted by then
};

// Blocking. Of the runs before `run`, complete at that time, of the same model content that were asked the same cases
// alike (AlikeRuns::Ask): the first `needed.runs` that have a value of each of the metrics that the suite has, and of
// the newest as many those that asked alike. The first are the same whenever one asks, but for what is deleted. Each is
// read like the evidence of a verdict, unless `kept` has it; null pointer: all are read. Where a thousand have to be
// read for the first, these are all.
Result<LoadedHistory> LoadHistory(Store& store, const PluginKinds& kinds, const RunRecord& run, const SuiteSpec& suite,
                                  const HistoryNeeded& needed, Time until, RunHistory* kept);

// Blocking. The same of the runs with these ids, in their order: those that a verdict looked at until then.
// kFailedPrecondition of one that is deleted, kNotFound.
Result<std::vector<EarlierRun>> ReadHistory(Store& store, const PluginKinds& kinds, const RunRecord& run,
                                            const SuiteSpec& suite, const std::vector<std::string>& ids, Time until);

}  // namespace assay
