#include "daemon/run_history.h"

#include <algorithm>
#include <span>
#include <string>

#include "core/json.h"
#include "daemon/evidence.h"
#include "gates/metric_value.h"
#include "gates/verdict.h"

namespace assay {
namespace {

bool IsGradedBySame(const RunRecord& a, const RunRecord& b) {
  return std::ranges::equal(a.graders, b.graders, [](const RunGrader& one, const RunGrader& other) {
    return one.name == other.name && one.version == other.version;
  });
}

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

Result<EarlierEvidence> ReadEvidence(Store& store, const RunRecord& run, const SuiteSpec& suite) {
  EarlierEvidence earlier;
  ASSAY_ASSIGN(earlier.evidence, LoadEvidence(store, run, suite, &earlier.statuses));
  return earlier;
}

constexpr std::int64_t kFirstRunsAtOnce = 20;
constexpr std::int64_t kVerdictsAtOnce = 50;  // of a run there are one or two

// One that says little would have everything held against nothing.
bool IsMostlyAnswered(const RunRecord& run) { return 2 * run.counts.error <= run.counts.Accounted(); }

bool IsControlFor(const RunRecord& run, const RunRecord& earlier, const ControlQuery& query) {
  return (earlier.state == RunState::kComplete || query.counts(earlier)) && IsGradedBySame(earlier, run) &&
         IsMostlyAnswered(earlier);
}

// What a verdict found of a baseline's run.
struct ControlFinding {
  bool tells = false;  // on all of the metrics, each with a value then and now
  bool has_moved = false;
  std::string earlier_run = {};
};

ControlFinding FindingIn(const std::string& text, const std::string& suite, const ControlQuery& query) {
  ControlFinding finding;
  const auto document = Json::Parse(text);
  const auto verdict = document ? VerdictFromJson(*document) : Result<Verdict>(Fail(document.error()));
  if (!verdict) return finding;  // of a version that this one cannot read
  finding.tells = std::ranges::all_of(query.metrics, [&](const std::string& metric) {
    return std::ranges::any_of(verdict->controls, [&](const ControlComparison& each) {
      return each.suite == suite && each.metric == metric && each.before && each.now;
    });
  });
  for (const ControlComparison& each : verdict->controls) {
    if (each.suite != suite || std::ranges::find(query.metrics, each.metric) == query.metrics.end()) continue;
    finding.has_moved = finding.has_moved || each.has_moved;
    finding.earlier_run = each.earlier_run;
  }
  return finding;
}

// Of the verdicts on one run, the newest first: one that saw it move is not outvoted by one that looked at less.
ControlFinding FindingOf(std::span<const ControlledRun> verdicts, const std::string& suite, const ControlQuery& query) {
  ControlFinding newest;
  for (const ControlledRun& each : verdicts) {
    const ControlFinding finding = FindingIn(each.verdict, suite, query);
    if (finding.has_moved) return finding;
    if (!newest.tells) newest = finding;
  }
  return newest;
}

Result<RunRecord> MovedFrom(Store& store, const RunRecord& run, const std::string& moved, const std::string& from) {
  auto earlier = store.GetRun(run.project, from);
  const bool is_gone = earlier ? earlier->deleted.has_value() : earlier.error().code == ErrorCode::kNotFound;
  if (!is_gone) return earlier;
  return Fail(ErrorCode::kFailedPrecondition, "run " + moved + " of the baseline had moved from run " + from +
                                                  ", which is deleted: give the baseline another version to accept "
                                                  "what it is now");
}

// Absent where no verdict tells.
Result<std::optional<RunRecord>> FindUnmoved(Store& store, const RunRecord& run, const ControlQuery& query) {
  RunKey below = run.key;
  for (;;) {
    ASSAY_ASSIGN(const std::vector<ControlledRun> controlled,
                 store.ListControlledRuns(run, below, kVerdictsAtOnce, query.until));
    for (auto each = controlled.begin(); each != controlled.end();) {
      const auto next = std::find_if(each, controlled.end(), [&](const auto& other) { return other.run != each->run; });
      const ControlFinding finding = FindingOf(std::span(each, next), run.suite, query);
      if (finding.tells || finding.has_moved) {
        ASSAY_ASSIGN(const RunRecord earlier, finding.has_moved ? MovedFrom(store, run, each->id, finding.earlier_run)
                                                                : store.GetRun(each->run));
        if (!earlier.deleted && IsControlFor(run, earlier, query)) return std::optional(earlier);
      }
      each = next;
    }
    if (std::ssize(controlled) < kVerdictsAtOnce) return std::optional<RunRecord>();
    below = controlled.back().run;
  }
}

Result<std::optional<RunRecord>> FindFirst(Store& store, const RunRecord& run, const ControlQuery& query) {
  RunKey after{};
  for (;;) {
    ASSAY_ASSIGN(const std::vector<RunRecord> runs, store.ListFirstRuns(run, after, kFirstRunsAtOnce, query.until));
    for (const RunRecord& earlier : runs) {
      if (IsControlFor(run, earlier, query)) return std::optional(earlier);
    }
    if (std::ssize(runs) < kFirstRunsAtOnce) return std::optional<RunRecord>();
    after = runs.back().key;
  }
}

}  // namespace

std::optional<EarlierRun> RunHistory::Find(RunKey run, std::uint64_t revisions) {
  const std::lock_guard lock(mutex_);
  Forget(revisions);
  const auto found = runs_.find(run);
  return found == runs_.end() ? std::nullopt : std::optional(found->second);
}

void RunHistory::Keep(RunKey run, EarlierRun earlier, std::uint64_t revisions) {
  const std::lock_guard lock(mutex_);
  if (revisions < revisions_) return;  // it may have been read before a score that was revised meanwhile
  Forget(revisions);
  runs_.insert_or_assign(run, std::move(earlier));
  if (runs_.size() > kMostRuns) runs_.erase(runs_.begin());  // the oldest
}

void RunHistory::Forget(std::uint64_t revisions) {
  if (revisions <= revisions_) return;
  runs_.clear();
  revisions_ = revisions;
}

Result<std::vector<EarlierRun>> LoadHistory(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                            std::int64_t most, Time until, RunHistory* kept) {
  ASSAY_ASSIGN(const std::vector<RunRecord> runs, store.ListEarlierRuns(run, most, until));
  std::vector<EarlierRun> history;
  // What people say of a run may change at any time.
  const bool asks_people =
      std::ranges::any_of(suite.metrics, [](const MetricSpec& metric) { return IsOfPeople(metric.source); });
  for (const RunRecord& earlier : runs) {
    if (!IsGradedBySame(earlier, run)) continue;
    const std::uint64_t revisions = store.revisions();
    auto known = kept == nullptr || asks_people ? std::nullopt : kept->Find(earlier.key, revisions);
    if (!known) {
      ASSAY_ASSIGN(known, ReadRun(store, earlier, suite, until));
      if (kept != nullptr && !asks_people) kept->Keep(earlier.key, *known, revisions);
    }
    history.push_back(*std::move(known));
  }
  std::ranges::reverse(history);
  return history;
}

Result<std::vector<EarlierRun>> ReadHistory(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                            const std::vector<std::string>& ids, Time until) {
  std::vector<EarlierRun> history;
  for (const std::string& id : ids) {
    ASSAY_ASSIGN(const RunRecord earlier, store.GetRun(run.project, id));
    ASSAY_ASSIGN(EarlierRun read, ReadRun(store, earlier, suite, until));
    history.push_back(std::move(read));
  }
  return history;
}

Result<std::optional<EarlierEvidence>> LoadControlRun(Store& store, const RunRecord& run, const ControlQuery& query) {
  ASSAY_ASSIGN(std::optional<RunRecord> control, FindUnmoved(store, run, query));
  if (!control) {
    ASSAY_ASSIGN(control, FindFirst(store, run, query));
  }
  if (!control) return std::optional<EarlierEvidence>();
  ASSAY_ASSIGN(EarlierEvidence earlier, ReadEvidence(store, *control, query.suite));
  return std::optional(std::move(earlier));
}

Result<EarlierEvidence> ReadEarlierEvidence(Store& store, const RunRecord& run, const SuiteSpec& suite,
                                            std::string_view id) {
  ASSAY_ASSIGN(const RunRecord earlier, store.GetRun(run.project, id));
  return ReadEvidence(store, earlier, suite);
}

}  // namespace assay
