#include "daemon/control_history.h"

#include <algorithm>
#include <limits>
#include <ranges>

#include "core/json.h"
#include "gates/verdict.h"

namespace assay {
namespace {

constexpr std::int64_t kFirstRunsAtOnce = 20;
constexpr std::int64_t kVerdictsAtOnce = 50;  // of a run there are one or two

// One that says little would have everything held against nothing.
bool IsMostlyAnswered(const RunRecord& run) { return 2 * run.counts.error <= run.counts.Accounted(); }

// How many cases of the order a run has come to.
std::int64_t CasesReached(const RunRecord& run) {
  return run.state == RunState::kComplete ? run.cases : run.position / std::max<std::int64_t>(run.trials, 1);
}

// On how much a verdict without the word compared. Of runs that ended early it is not known how long the comparison
// was: one that found nothing has seen nothing then.
ControlReach ReachOfOldDocument(const Verdict& verdict, const ControlComparison& control, bool was_complete) {
  const auto suite = std::ranges::find(verdict.baseline_suites, control.suite, &SuiteIdentity::suite);
  if (suite == verdict.baseline_suites.end() || (!was_complete && !control.has_moved)) return {};
  const double share = verdict.look ? verdict.look->error_share : 1;
  return {.cases = suite->counts.scheduled, .error_share = share / static_cast<double>(verdict.controls.size())};
}

// Shares are quotients of one another.
constexpr double kRounding = 1e-9;

}  // namespace

bool ControlReach::Covers(const ControlReach& other) const {
  return cases >= other.cases && error_share >= other.error_share - kRounding;
}

// What a verdict found of a baseline's run.
struct ControlHistory::Finding {
  bool tells = false;  // on all of the metrics, each with a value then and now
  bool has_moved = false;
  std::string verdict = {};
  std::string run = {};
  std::string from = {};
  ControlReach reach = {};  // where it has moved: the largest on which it had; else the smallest on which it had not
  std::int64_t decided_on = 0;  // cases of the suite
};

ControlHistory::Finding ControlHistory::FindingIn(const ControlledRun& controlled, const RunRecord& held,
                                                  bool is_alike) const {
  Finding finding{.verdict = controlled.verdict_id, .run = held.id};
  const auto document = Json::Parse(controlled.verdict);
  const auto verdict = document ? VerdictFromJson(*document) : Result<Verdict>(Fail(document.error()));
  if (!verdict) return finding;  // of a version that this one cannot read
  const auto is_asked = [&](const ControlComparison& each) {
    const bool is_of_gate = std::ranges::find(query_.metrics, each.metric) != query_.metrics.end();
    return each.suite == run_.suite && (is_of_gate || !is_alike);
  };
  finding.tells = std::ranges::all_of(query_.metrics, [&](const std::string& metric) {
    return std::ranges::any_of(verdict->controls, [&](const ControlComparison& each) {
      return is_asked(each) && each.metric == metric && each.before && each.now;
    });
  });
  finding.has_moved = std::ranges::any_of(
      verdict->controls, [&](const ControlComparison& each) { return is_asked(each) && each.has_moved; });
  const auto decided = std::ranges::find(verdict->baseline_suites, run_.suite, &SuiteIdentity::suite);
  if (decided != verdict->baseline_suites.end()) finding.decided_on = decided->counts.scheduled;
  constexpr std::int64_t kAny = std::numeric_limits<std::int64_t>::max();
  if (!finding.has_moved) finding.reach = {.cases = kAny, .error_share = 1};
  for (const ControlComparison& each : verdict->controls) {
    if (!is_asked(each)) continue;
    finding.from = each.earlier_run;
    if (finding.has_moved && !each.has_moved) continue;
    ControlReach reach{.cases = each.cases.value_or(0), .error_share = each.error_share.value_or(0)};
    if (!each.cases || !each.error_share) {
      const auto earlier = store_->GetRun(run_.project, each.earlier_run);
      reach = ReachOfOldDocument(*verdict, each, earlier && earlier->state == RunState::kComplete);
    }
    const auto both = [&](auto a, auto b) { return finding.has_moved ? std::max(a, b) : std::min(a, b); };
    finding.reach = {.cases = both(finding.reach.cases, reach.cases),
                     .error_share = both(finding.reach.error_share, reach.error_share)};
  }
  return finding;
}

Result<bool> ControlHistory::IsControl(const RunRecord& earlier) const {
  const bool is_whole = earlier.state == RunState::kComplete || query_.counts(earlier);
  if (earlier.deleted || !is_whole || !IsMostlyAnswered(earlier)) return false;
  return query_.alike.AskInOrder(earlier);
}

Status ControlHistory::AddAlarm(const Finding& finding) {
  const bool is_cleared =
      std::ranges::any_of(cleared_, [&](const ControlReach& each) { return each.Covers(finding.reach); });
  if (is_cleared) return {};
  const auto from = store_->GetRun(run_.project, finding.from);
  if (!from && from.error().code != ErrorCode::kNotFound) return Fail(from.error());
  if (!from || from->deleted) {
    return Fail(ErrorCode::kFailedPrecondition, "run " + finding.run + " of the baseline had moved from run " +
                                                    finding.from +
                                                    ", which is deleted: give the baseline another version to accept "
                                                    "what it is now");
  }
  barrier_ = std::min(barrier_.value_or(from->key), from->key);
  if (!alarm_ || finding.reach.cases > alarm_->reach.cases) {
    alarm_ = ControlAlarm{.verdict = finding.verdict, .run = finding.run, .from = finding.from, .reach = finding.reach};
  }
  return {};
}

// What the verdicts on one run found. One that saw it move is not outvoted by one that looked at less.
Status ControlHistory::Add(const RunRecord& held, const std::vector<Finding>& findings) {
  ASSAY_ASSIGN(const bool is_control, IsControl(held));
  const bool has_moved = std::ranges::any_of(findings, &Finding::has_moved);
  std::vector<ControlReach> unmoved;
  for (const Finding& each : findings) {
    if (each.has_moved) ASSAY_TRY(AddAlarm(each));
    if (each.tells && !has_moved && each.reach.cases > 0) unmoved.push_back(each.reach);
  }
  if (!has_moved && is_control) {
    const auto longest = std::ranges::max_element(findings, {}, &Finding::decided_on);
    lengths_.push_back({.run = held, .cases = std::min(longest->decided_on, CasesReached(held))});
  }
  for (const ControlReach& reach : unmoved) {
    cleared_.push_back(reach);
    if (is_control) unmoved_.push_back({.run = held, .reach = reach});
  }
  return {};
}

void ControlHistory::AddElsewhere(const RunRecord& held, const std::vector<Finding>& findings) {
  std::vector<ControlReach>& cleared = cleared_elsewhere_[held.suite_version];
  for (const Finding& each : findings) {
    const bool is_cleared = std::ranges::any_of(cleared, [&](const ControlReach& by) { return by.Covers(each.reach); });
    if (!each.has_moved) {
      if (each.tells) cleared.push_back(each.reach);
    } else if (!is_cleared && !elsewhere_ && cleared_.empty()) {
      elsewhere_ = ControlAlarm{.verdict = each.verdict, .run = each.run, .from = each.from, .reach = each.reach};
    }
  }
}

// Whether nothing older can be of use: what it is held against was found unmoved on all that the gate looks at.
bool ControlHistory::IsKnown() const {
  return std::ranges::any_of(
      unmoved_, [&](const Unmoved& each) { return !IsBarred(each.run.key) && each.reach.Covers(query_.most); });
}

Result<ControlHistory> ControlHistory::Read(Store& store, const RunRecord& run, const ControlQuery& query) {
  ControlHistory history(store, run, query);
  RunKey below = run.key;
  for (;;) {
    ASSAY_ASSIGN(const std::vector<ControlledRun> controlled,
                 store.ListControlledRuns(run, below, kVerdictsAtOnce, query.until));
    for (auto each = controlled.begin(); each != controlled.end() && !history.IsKnown();) {
      const auto next = std::find_if(each, controlled.end(), [&](const auto& other) { return other.run != each->run; });
      ASSAY_ASSIGN(const RunRecord held, store.GetRun(each->run));
      std::vector<Finding> findings;
      ASSAY_ASSIGN(const bool is_alike, query.alike.AskInOrder(held));
      for (; each != next; ++each) findings.push_back(history.FindingIn(*each, held, is_alike));
      if (is_alike) {
        ASSAY_TRY(history.Add(held, findings));
      } else {
        history.AddElsewhere(held, findings);
      }
    }
    if (std::ssize(controlled) < kVerdictsAtOnce || history.IsKnown()) return history;
    below = controlled.back().run;
  }
}

// The first run of all, which nobody could hold against anything.
Result<std::optional<RunRecord>> ControlHistory::FindFirst() const {
  RunKey after{};
  for (;;) {
    ASSAY_ASSIGN(const std::vector<RunRecord> runs, store_->ListFirstRuns(run_, after, kFirstRunsAtOnce, query_.until));
    for (const RunRecord& earlier : runs) {
      if (IsBarred(earlier.key)) return std::optional<RunRecord>();
      ASSAY_ASSIGN(const bool is_control, IsControl(earlier));
      if (is_control) return std::optional(earlier);
    }
    if (std::ssize(runs) < kFirstRunsAtOnce) return std::optional<RunRecord>();
    after = runs.back().key;
  }
}

// Not by which answers happened to come: by those that a verdict rests on. Of runs that none looked at only the first.
Result<std::optional<RunRecord>> ControlHistory::FindFirst(std::int64_t cases) const {
  ASSAY_ASSIGN(std::optional<RunRecord> first, FindFirst());
  if (!first || CasesReached(*first) >= cases) return first;
  for (const Length& each : lengths_ | std::views::reverse) {
    if (!IsBarred(each.run.key) && each.cases >= cases) return std::optional(each.run);
  }
  return std::optional<RunRecord>();
}

Result<std::optional<RunRecord>> ControlHistory::MeasureFor(const ControlReach& reach) const {
  for (const Unmoved& each : unmoved_) {
    if (!IsBarred(each.run.key) && each.reach.Covers(reach)) return std::optional(each.run);
  }
  return FindFirst(reach.cases);
}

Result<std::optional<RunRecord>> ControlHistory::NearestMeasure() const {
  ASSAY_ASSIGN(std::optional<RunRecord> nearest, FindFirst());
  std::int64_t most = nearest ? CasesReached(*nearest) : -1;
  for (const Unmoved& each : unmoved_) {
    if (IsBarred(each.run.key) || each.reach.cases <= most) continue;
    most = each.reach.cases;
    nearest = each.run;
  }
  return nearest;
}

}  // namespace assay
