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

// Of one run, that those are earlier than.
class HistoryReader {
 public:
  HistoryReader(Store& store, const PluginKinds& kinds, const RunRecord& run, const SuiteSpec& suite, Time until,
                const HistoryNeeded& needed, RunHistory* kept)
      : store_(store),
        run_(run),
        suite_(suite),
        until_(until),
        metrics_(MetricsOf(suite, needed.metrics)),
        alike_(store, kinds, run, metrics_, AlikeRuns::Definitions::kDoNotMatter) {
    // What people say of a run may change at any time.
    const bool asks_people =
        std::ranges::any_of(suite.metrics, [](const MetricSpec& metric) { return IsOfPeople(metric.source); });
    kept_ = asks_people ? nullptr : kept;
  }

  Result<LoadedHistory> Load(std::int64_t runs) {
    ASSAY_ASSIGN(const bool has_more, AddFirst(runs));
    if (has_more && is_whole_) ASSAY_TRY(AddNewest(runs));
    return std::move(history_);
  }

 private:
  static constexpr std::size_t kMostRead = 1'000;
  static constexpr std::int64_t kAtOnce = 100;

  // Those that the suite has.
  static std::vector<std::string> MetricsOf(const SuiteSpec& suite, const std::vector<std::string>& names) {
    std::vector<std::string> metrics;
    for (const std::string& name : names) {
      if (std::ranges::find(suite.metrics, name, &MetricSpec::name) != suite.metrics.end() ||
          std::ranges::find(suite.graders, name, &GraderSpec::name) != suite.graders.end())
        metrics.push_back(name);
    }
    return metrics;
  }

  bool HasEachMetric(const EarlierRun& run) const {
    return std::ranges::all_of(metrics_, [&](const std::string& name) {
      return std::ranges::find(run.metrics, name, &EarlierRun::Metric::name) != run.metrics.end();
    });
  }

  // Whether there may be more behind them.
  Result<bool> AddFirst(std::int64_t most) {
    for (std::int64_t complete = 0;;) {
      ASSAY_ASSIGN(const std::vector<RunRecord> runs,
                   store_.ListFirstRuns(run_, last_, kAtOnce, until_, Store::EarlierStates::kComplete));
      for (const RunRecord& earlier : runs) {
        ASSAY_ASSIGN(const bool has_each, Add(earlier));
        complete += has_each ? 1 : 0;
        if (complete == most) return true;
        is_whole_ = history_.runs.size() < kMostRead;
        if (!is_whole_) return true;
      }
      if (std::ssize(runs) < kAtOnce) return false;
    }
  }

  Status AddNewest(std::int64_t most) {
    ASSAY_ASSIGN(std::vector<RunRecord> runs, store_.ListEarlierRuns(run_, most, until_));
    std::ranges::reverse(runs);
    for (const RunRecord& earlier : runs) {
      if (earlier.key > last_) ASSAY_TRY(Add(earlier));
    }
    return {};
  }

  // Whether it was added and has a value of each metric.
  Result<bool> Add(const RunRecord& earlier) {
    last_ = earlier.key;
    ASSAY_ASSIGN(const bool is_alike, alike_.Ask(earlier));
    if (!is_alike) return false;
    if (earlier.deleted && *earlier.deleted <= until_) {
      ++history_.deleted;
      return false;
    }
    ASSAY_ASSIGN(EarlierRun read, Read(earlier));
    const bool has_each = HasEachMetric(read);
    history_.runs.push_back(std::move(read));
    return has_each;
  }

  Result<EarlierRun> Read(const RunRecord& earlier) {
    const std::uint64_t revisions = store_.revisions();
    auto known = kept_ == nullptr ? std::nullopt : kept_->Find(earlier.key, run_.suite_version, revisions);
    if (known) return *std::move(known);
    ASSAY_ASSIGN(const SuiteSpec spec, alike_.SpecFor(suite_, earlier));
    ASSAY_ASSIGN(EarlierRun read, ReadRun(store_, earlier, spec, until_));
    if (kept_ != nullptr) kept_->Keep(earlier.key, run_.suite_version, read, revisions);
    return read;
  }

  Store& store_;
  const RunRecord& run_;
  const SuiteSpec& suite_;
  const Time until_;
  const std::vector<std::string> metrics_;
  AlikeRuns alike_;
  RunHistory* kept_ = nullptr;
  RunKey last_{};         // that was looked at
  bool is_whole_ = true;  // false: too many were read for the first
  LoadedHistory history_;
};

}  // namespace

std::optional<EarlierRun> RunHistory::Find(RunKey run, std::string_view suite_version, std::uint64_t revisions) {
  const std::lock_guard lock(mutex_);
  Forget(revisions);
  const auto found = runs_.find({run, std::string(suite_version)});
  if (found == runs_.end()) return std::nullopt;
  found->second.used = ++calls_;
  return found->second.run;
}

void RunHistory::Keep(RunKey run, std::string_view suite_version, EarlierRun earlier, std::uint64_t revisions) {
  const std::lock_guard lock(mutex_);
  if (revisions < revisions_) return;  // it may have been read before a score that was revised meanwhile
  Forget(revisions);
  runs_.insert_or_assign({run, std::string(suite_version)}, Known{.run = std::move(earlier), .used = ++calls_});
  if (runs_.size() <= kMostRuns) return;
  // Not the oldest: the first runs of a model are asked for as often as its newest.
  runs_.erase(std::ranges::min_element(runs_, {}, [](const auto& each) { return each.second.used; }));
}

void RunHistory::Forget(std::uint64_t revisions) {
  if (revisions <= revisions_) return;
  runs_.clear();
  revisions_ = revisions;
}

Result<LoadedHistory> LoadHistory(Store& store, const PluginKinds& kinds, const RunRecord& run, const SuiteSpec& suite,
                                  const HistoryNeeded& needed, Time until, RunHistory* kept) {
  return HistoryReader(store, kinds, run, suite, until, needed, kept).Load(needed.runs);
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

}  // namespace assay
