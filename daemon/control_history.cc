#include "daemon/control_history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

#include "core/json.h"
#include "daemon/case_order.h"
#include "daemon/check_looks.h"
#include "gates/control_arm.h"
#include "gates/verdict.h"

namespace assay {
namespace {

constexpr std::int64_t kFirstRunsAtOnce = 20;
constexpr std::int64_t kVerdictsAtOnce = 50;  // of a run there are one or two
constexpr std::int64_t kMostMoved = 1000;     // verdicts; of more the newest

// One that says little would have everything held against nothing.
bool IsMostlyAnswered(const RunRecord& run) {
  const std::int64_t asked = run.counts.Accounted() - run.counts.skipped;
  return 20 * run.counts.error <= asked && 2 * run.counts.unscored <= asked;
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
  return 20 * cases >= 19 * other.cases && error_share >= other.error_share - kRounding;
}

// What a verdict found of a baseline's run.
struct ControlHistory::Finding {
  struct Of {
    ControlComparison comparison;
    ControlReach reach;
  };
  std::string verdict = {};
  std::vector<Of> asked = {};   // of the metrics that are
  bool tells = false;           // of all of these, each with a value then and now
  std::int64_t decided_on = 0;  // cases of the suite

  bool HasMoved() const {
    return std::ranges::any_of(asked, [](const Of& each) { return each.comparison.has_moved; });
  }
  bool HasMoved(const std::string& metric) const {
    return std::ranges::any_of(
        asked, [&](const Of& each) { return each.comparison.metric == metric && each.comparison.has_moved; });
  }
  // The smallest of all.
  ControlReach Reach() const {
    ControlReach least{.cases = std::numeric_limits<std::int64_t>::max(), .error_share = 1};
    for (const Of& each : asked) {
      least = {.cases = std::min(least.cases, each.reach.cases),
               .error_share = std::min(least.error_share, each.reach.error_share)};
    }
    return least;
  }
};

struct ControlHistory::Held {
  RunRecord run;
  std::string version;  // of the suite; "" of one that is alike
  bool is_control = false;
  std::vector<Finding> findings;
};

struct ControlHistory::Moved {
  RunKey run{};
  std::string version;  // likewise
  StandingAlarm alarm;
  ControlReach reach;
};

// Of a metric, on a run that no verdict found moved on it.
struct ControlHistory::Clearance {
  RunKey run{};
  std::string version;  // likewise
  Finding::Of found;

  bool Clears(const Moved& moved) const {
    const ControlComparison& by = found.comparison;
    if (run <= moved.run || version != moved.version || by.metric != moved.alarm.metric) return false;
    return by.missing ? Excludes(by, moved.alarm.move) : found.reach.Covers(moved.reach);
  }
};

Result<std::string> ControlHistory::VersionOf(const RunRecord& held) const {
  ASSAY_ASSIGN(const bool is_alike, query_.alike.AskInOrder(held));
  return is_alike ? "" : held.suite_version;
}

ControlHistory::Finding ControlHistory::FindingIn(const ControlledRun& controlled, const std::string& version) const {
  Finding finding{.verdict = controlled.verdict_id};
  const auto document = Json::Parse(controlled.verdict);
  const auto verdict = document ? VerdictFromJson(*document) : Result<Verdict>(Fail(document.error()));
  if (!verdict) return finding;  // of a version that this one cannot read
  for (const ControlComparison& each : verdict->controls) {
    const bool is_of_gate = std::ranges::find(query_.metrics, each.metric) != query_.metrics.end();
    if (each.suite != run_.suite || (!is_of_gate && version.empty())) continue;
    ControlReach reach{.cases = each.cases.value_or(0), .error_share = each.error_share.value_or(0)};
    if (each.missing && !each.lower) reach.cases = 0;  // no bounds: it has seen nothing
    if (each.missing)
      reach.cases -= static_cast<std::int64_t>(std::ceil(static_cast<double>(reach.cases) * *each.missing));
    if (!each.cases || !each.error_share) {
      const auto earlier = store_->GetRun(run_.project, each.earlier_run);
      reach = ReachOfOldDocument(*verdict, each, earlier && earlier->state == RunState::kComplete);
    }
    finding.asked.push_back({.comparison = each, .reach = reach});
  }
  finding.tells = std::ranges::all_of(query_.metrics, [&](const std::string& metric) {
    return std::ranges::any_of(finding.asked, [&](const Finding::Of& each) {
      return each.comparison.metric == metric && each.comparison.before && each.comparison.now;
    });
  });
  const auto decided = std::ranges::find(verdict->baseline_suites, run_.suite, &SuiteIdentity::suite);
  if (decided != verdict->baseline_suites.end()) finding.decided_on = decided->counts.scheduled;
  return finding;
}

Result<bool> ControlHistory::IsControl(const RunRecord& earlier) const {
  const bool is_whole = earlier.state == RunState::kComplete || IsEndedAsPlanned(earlier);
  if (earlier.deleted || !is_whole || !IsMostlyAnswered(earlier)) return false;
  return query_.alike.AskInOrder(earlier);
}

Result<ControlHistory::Held> ControlHistory::ReadHeld(std::span<const ControlledRun> verdicts) const {
  Held held;
  ASSAY_ASSIGN(held.run, store_->GetRun(verdicts.front().run));
  ASSAY_ASSIGN(held.version, VersionOf(held.run));
  ASSAY_ASSIGN(held.is_control, IsControl(held.run));
  for (const ControlledRun& each : verdicts) held.findings.push_back(FindingIn(each, held.version));
  return held;
}

Result<const ControlHistory::Held*> ControlHistory::HeldAt(std::size_t i) {
  while (i >= held_.size()) {
    if (!below_) return nullptr;
    ASSAY_ASSIGN(const std::vector<ControlledRun> verdicts,
                 store_->ListControlledRuns(run_, *below_, kVerdictsAtOnce, query_.until));
    for (auto each = verdicts.begin(); each != verdicts.end();) {
      const auto next = std::find_if(each, verdicts.end(), [&](const auto& other) { return other.run != each->run; });
      ASSAY_ASSIGN(Held held, ReadHeld({each, next}));
      held_.push_back(std::make_shared<const Held>(std::move(held)));
      each = next;
    }
    const bool are_all = std::ssize(verdicts) < kVerdictsAtOnce;
    below_ = are_all ? std::nullopt : std::optional(verdicts.back().run);
  }
  return held_[i].get();
}

Result<std::vector<ControlHistory::Moved>> ControlHistory::ListMoved() const {
  std::vector<Moved> moved;
  ASSAY_ASSIGN(const std::vector<ControlledRun> verdicts,
               store_->ListControlledRuns(run_, run_.key, kMostMoved, query_.until, Store::ControlsFound::kMoved));
  for (const ControlledRun& each : verdicts) {
    ASSAY_ASSIGN(const RunRecord held, store_->GetRun(each.run));
    ASSAY_ASSIGN(const std::string version, VersionOf(held));
    const Finding finding = FindingIn(each, version);
    for (const Finding::Of& of : finding.asked) {
      if (!of.comparison.has_moved) continue;
      moved.push_back({.run = each.run,
                       .version = version,
                       .alarm = {.metric = of.comparison.metric,
                                 .verdict = each.verdict_id,
                                 .run = held.id,
                                 .from = of.comparison.earlier_run,
                                 .move = of.comparison.now.value_or(0) - of.comparison.before.value_or(0),
                                 .cases = of.reach.cases,
                                 .is_elsewhere = !version.empty()},
                       .reach = of.reach});
    }
  }
  return moved;
}

// One run that a verdict saw move is not outvoted by another that looked at less.
Status ControlHistory::FindAlarms() {
  ASSAY_ASSIGN(const std::vector<Moved> moved, ListMoved());
  std::vector<Moved> open = moved;  // that nothing newer has cleared
  std::vector<Moved> standing;
  for (std::size_t i = 0; !open.empty(); ++i) {
    ASSAY_ASSIGN(const Held* held, HeldAt(i));
    const auto is_passed = [&](const Moved& each) { return held == nullptr || held->run.key <= each.run; };
    std::ranges::copy_if(open, std::back_inserter(standing), is_passed);
    std::erase_if(open, is_passed);
    if (held == nullptr) break;
    for (const Finding& finding : held->findings) {
      for (const Finding::Of& of : finding.asked) {
        const auto sees_it_move = [&](const Finding& each) { return each.HasMoved(of.comparison.metric); };
        if (std::ranges::any_of(held->findings, sees_it_move)) continue;
        const Clearance clearance{.run = held->run.key, .version = held->version, .found = of};
        std::erase_if(open, [&](const Moved& each) { return clearance.Clears(each); });
      }
    }
  }
  return Raise(standing);
}

Status ControlHistory::Raise(std::span<const Moved> standing) {
  for (const Moved& each : standing) {
    alarms_.push_back(each.alarm);
    if (each.alarm.is_elsewhere) continue;
    const auto from = store_->GetRun(run_.project, each.alarm.from);
    if (!from && from.error().code != ErrorCode::kNotFound) return Fail(from.error());
    if (!from || from->deleted) {
      return Fail(ErrorCode::kFailedPrecondition, "run " + each.alarm.run + " of the baseline had moved from run " +
                                                      each.alarm.from +
                                                      ", which is deleted: give the baseline another version to accept "
                                                      "what it is now");
    }
    barrier_ = std::min(barrier_.value_or(from->key), from->key);
  }
  return {};
}

// Whether nothing older can be of use: what it is held against was found unmoved on all that the gate looks at.
bool ControlHistory::IsKnown() const {
  return std::ranges::any_of(
      unmoved_, [&](const Unmoved& each) { return !IsBarred(each.run.key) && each.reach.Covers(query_.most); });
}

Status ControlHistory::FindMeasures() {
  for (std::size_t i = 0; !IsKnown(); ++i) {
    ASSAY_ASSIGN(const Held* held, HeldAt(i));
    if (held == nullptr) return {};
    if (!held->is_control || std::ranges::any_of(held->findings, [](const auto& each) { return each.HasMoved(); }))
      continue;
    const auto longest = std::ranges::max_element(held->findings, {}, &Finding::decided_on);
    lengths_.push_back({.run = held->run, .cases = std::min(longest->decided_on, CasesReached(held->run))});
    for (const Finding& finding : held->findings) {
      const ControlReach reach = finding.Reach();
      if (finding.tells && reach.cases > 0) unmoved_.push_back({.run = held->run, .reach = reach});
    }
  }
  return {};
}

Result<ControlHistory> ControlHistory::Read(Store& store, const RunRecord& run, const ControlQuery& query) {
  ControlHistory history(store, run, query);
  ASSAY_TRY(history.FindAlarms());
  ASSAY_TRY(history.FindMeasures());
  return history;
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
