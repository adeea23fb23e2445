#include "daemon/control_history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>
#include <set>

#include "core/json.h"
#include "daemon/case_order.h"
#include "daemon/check_decision.h"
#include "daemon/check_looks.h"
#include "gates/control_arm.h"
#include "gates/verdict.h"

namespace assay {
namespace {

constexpr std::int64_t kFirstRunsAtOnce = 20;
constexpr std::int64_t kVerdictsAtOnce = 50;  // of a run there are one or two
constexpr std::int64_t kMovedAtOnce = 500;    // verdicts
constexpr std::int64_t kMostMoved = 20'000;   // likewise; each is read, as long as no newer one stands
constexpr RunKey kAllRuns{std::numeric_limits<std::int64_t>::max()};

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
    std::string version = {};  // of the suite; "" of one that asks as that of the run does
  };
  std::vector<Of> found = {};
  std::int64_t decided_on = 0;  // cases of the suite

  bool HasMoved() const {
    return std::ranges::any_of(found, [](const Of& each) { return each.comparison.has_moved; });
  }
  // Of all of these metrics, each with a value then and now, at the least; absent where it does not tell of one.
  std::optional<ControlReach> ReachOf(const std::vector<std::string>& metrics) const {
    ControlReach least{.cases = std::numeric_limits<std::int64_t>::max(), .error_share = 1};
    for (const std::string& metric : metrics) {
      const auto of = std::ranges::find_if(found, [&](const Of& each) {
        return each.comparison.metric == metric && each.comparison.before && each.comparison.now;
      });
      if (of == found.end()) return std::nullopt;
      least = {.cases = std::min(least.cases, of->reach.cases),
               .error_share = std::min(least.error_share, of->reach.error_share)};
    }
    return least;
  }
};

struct ControlHistory::Held {
  RunRecord run;
  std::vector<Finding> findings;

  bool HasMoved() const {
    return std::ranges::any_of(findings, [](const Finding& each) { return each.HasMoved(); });
  }
  // What verdicts found of the metric in that version of the suite.
  std::vector<const Finding::Of*> Of(const std::string& metric, const std::string& version) const {
    std::vector<const Finding::Of*> of_it;
    for (const Finding& finding : findings) {
      for (const Finding::Of& each : finding.found) {
        if (each.comparison.metric == metric && each.version == version) of_it.push_back(&each);
      }
    }
    return of_it;
  }
};

struct ControlHistory::Moved {
  RunKey run{};
  std::string version;  // likewise
  StandingAlarm alarm;
  ControlReach reach;
  int unmoved_in_a_row = 0;  // later runs

  // By one later run, which no verdict found moved.
  bool IsExcludedBy(const Finding::Of& later) const {
    return later.comparison.missing ? Excludes(later.comparison, alarm.move) : later.reach.Covers(reach);
  }
};

ControlHistory::ControlHistory(const ControlPast& past, const RunRecord& run)
    : past_(past), run_(run), below_(past.is_beside ? run.key : kAllRuns) {}

// Told by the run that was the first of it here.
Result<std::string> ControlHistory::VersionOf(const RunRecord& held, const std::string& metric) {
  std::vector<Version>& versions = versions_[metric];
  const auto keep = [&](const RunRecord& run) {
    versions.push_back({.run = run, .alike = AlikeRuns(past_.store, past_.kinds, run, {metric})});
  };
  if (versions.empty()) keep(run_);
  for (Version& each : versions) {
    ASSAY_ASSIGN(const bool is_alike, each.alike.AskInOrder(held));
    if (is_alike) return &each == &versions.front() ? "" : each.run.id;
  }
  keep(held);
  return held.id;
}

Result<ControlHistory::Finding> ControlHistory::FindingIn(const ControlledRun& controlled, const RunRecord& held) {
  Finding finding;
  const auto document = Json::Parse(controlled.verdict);
  const auto verdict = document ? VerdictFromJson(*document) : Result<Verdict>(Fail(document.error()));
  if (!verdict) return finding;  // of a version that this one cannot read
  for (const ControlComparison& each : verdict->controls) {
    if (each.suite != run_.suite) continue;
    ControlReach reach{.cases = each.cases.value_or(0), .error_share = each.error_share.value_or(0)};
    if (each.missing && !each.lower) reach.cases = 0;  // no bounds: it has seen nothing
    if (each.missing)
      reach.cases -= static_cast<std::int64_t>(std::ceil(static_cast<double>(reach.cases) * *each.missing));
    if (!each.cases || !each.error_share) {
      const auto earlier = past_.store.GetRun(run_.project, each.earlier_run);
      reach = ReachOfOldDocument(*verdict, each, earlier && earlier->state == RunState::kComplete);
    }
    ASSAY_ASSIGN(const std::string version, VersionOf(held, each.metric));
    finding.found.push_back({.comparison = each, .reach = reach, .version = version});
  }
  const auto decided = std::ranges::find(verdict->baseline_suites, run_.suite, &SuiteIdentity::suite);
  if (decided != verdict->baseline_suites.end()) finding.decided_on = decided->counts.scheduled;
  return finding;
}

Result<bool> ControlHistory::WasControl(const RunRecord& earlier) const {
  const bool is_whole = earlier.state == RunState::kComplete || IsEndedAsPlanned(earlier);
  if (!is_whole || !IsMostlyAnswered(earlier)) return false;
  return query_->alike.AskInOrder(earlier);
}

Result<ControlHistory::Held> ControlHistory::ReadHeld(std::span<const ControlledRun> verdicts) {
  Held held;
  ASSAY_ASSIGN(held.run, past_.store.GetRun(verdicts.front().run));
  for (const ControlledRun& each : verdicts) {
    ASSAY_ASSIGN(Finding finding, FindingIn(each, held.run));
    held.findings.push_back(std::move(finding));
  }
  return held;
}

Result<const ControlHistory::Held*> ControlHistory::HeldAt(std::size_t i) {
  while (i >= held_.size()) {
    if (!below_) return nullptr;
    ASSAY_ASSIGN(const std::vector<ControlledRun> verdicts,
                 past_.store.ListControlledRuns(run_, *below_, kVerdictsAtOnce, past_.until));
    const bool are_all = std::ssize(verdicts) < kVerdictsAtOnce;
    const auto of_last = [&](const ControlledRun& each) { return each.run == verdicts.back().run; };
    // There may be more of the last run: it is read with the next, but where it fills all of these.
    const auto last = std::ranges::find_if(verdicts, of_last);
    const bool is_cut = !are_all && last != verdicts.begin();
    const auto end = is_cut ? last : verdicts.end();
    for (auto each = verdicts.begin(); each != end;) {
      const auto next = std::find_if(each, end, [&](const auto& other) { return other.run != each->run; });
      ASSAY_ASSIGN(Held held, ReadHeld({each, next}));
      held_.push_back(std::make_shared<const Held>(std::move(held)));
      each = next;
    }
    if (are_all) {
      below_.reset();
    } else {
      below_ = is_cut ? RunKey{static_cast<std::int64_t>(last->run) + 1} : verdicts.back().run;
    }
  }
  return held_[i].get();
}

Result<std::optional<RunKey>> ControlHistory::KeyOf(const std::string& run) {
  if (const auto known = keys_.find(run); known != keys_.end()) return known->second;
  const auto found = past_.store.GetRun(run_.project, run);
  if (!found && found.error().code != ErrorCode::kNotFound) return Fail(found.error());
  const std::optional<RunKey> key = found ? std::optional(found->key) : std::nullopt;
  keys_.emplace(run, key);
  return key;
}

// What is asked side by side with this run may have been asked in the middle of a move that a verdict saw in a later
// one. Only what it was a move from is not in it.
Status ControlHistory::AddMoved(std::span<const ControlledRun> verdicts, std::vector<Moved>& moved) {
  for (const ControlledRun& each : verdicts) {
    ASSAY_ASSIGN(const RunRecord held, past_.store.GetRun(each.run));
    ASSAY_ASSIGN(const Finding finding, FindingIn(each, held));
    for (const Finding::Of& of : finding.found) {
      if (!of.comparison.has_moved) continue;
      ASSAY_ASSIGN(const std::optional<RunKey> from, KeyOf(of.comparison.earlier_run));
      if (past_.is_beside && from && *from >= run_.key) continue;
      moved.push_back({.run = each.run,
                       .version = of.version,
                       .alarm = {.metric = of.comparison.metric,
                                 .verdict = each.verdict_id,
                                 .run = held.id,
                                 .from = of.comparison.earlier_run,
                                 .move = of.comparison.now.value_or(0) - of.comparison.before.value_or(0),
                                 .cases = of.reach.cases,
                                 .is_elsewhere = !of.version.empty()},
                       .reach = of.reach});
    }
  }
  return {};
}

// Of these, the newest first, those that nothing newer has ended. One run that a verdict saw move is not outvoted by
// another that looked at less.
Result<std::vector<ControlHistory::Moved>> ControlHistory::FindStanding(std::vector<Moved> open) {
  std::vector<Moved> standing;
  for (std::size_t i = 0; !open.empty(); ++i) {
    ASSAY_ASSIGN(const Held* held, HeldAt(i));
    const auto is_passed = [&](const Moved& each) { return held == nullptr || held->run.key <= each.run; };
    std::ranges::copy_if(open, std::back_inserter(standing), is_passed);
    std::erase_if(open, is_passed);
    if (held == nullptr) break;
    std::erase_if(open, [&](Moved& each) {
      const std::vector<const Finding::Of*> later = held->Of(each.alarm.metric, each.version);
      if (std::ranges::any_of(later, [](const Finding::Of* of) { return of->comparison.has_moved; })) {
        each.unmoved_in_a_row = 0;
        return false;
      }
      if (std::ranges::any_of(later, [&](const Finding::Of* of) { return each.IsExcludedBy(*of); })) return true;
      each.unmoved_in_a_row +=
          std::ranges::any_of(later, [&](const Finding::Of* of) { return of->reach.Covers(each.reach); }) ? 1 : 0;
      return each.unmoved_in_a_row == kUnmovedInARow;
    });
  }
  return standing;
}

Status ControlHistory::FindAlarms() {
  std::int64_t looked_at = 0;
  for (std::optional<RunKey> below = kAllRuns; below && alarms_.empty();) {
    ASSAY_ASSIGN(std::vector<ControlledRun> verdicts,
                 past_.store.ListControlledRuns(run_, *below, kMovedAtOnce, past_.until, Store::ControlsFound::kMoved));
    // There may be more of the last run, which is read again.
    below = std::ssize(verdicts) < kMovedAtOnce
                ? std::nullopt
                : std::optional(RunKey{static_cast<std::int64_t>(verdicts.back().run) + 1});
    looked_at += std::ssize(verdicts);
    if (looked_at > kMostMoved) {
      return Fail(ErrorCode::kResourceExhausted,
                  "more than " + std::to_string(kMostMoved) + " verdicts on suite \"" + run_.suite +
                      "\" found the baseline moved: give it another version to accept what it is now");
    }
    std::vector<Moved> moved;
    ASSAY_TRY(AddMoved(verdicts, moved));
    ASSAY_ASSIGN(const std::vector<Moved> standing, FindStanding(std::move(moved)));
    for (const Moved& each : standing) alarms_.push_back(each.alarm);
  }
  return {};
}

std::vector<std::string> ControlHistory::AlarmedMetrics() const {
  std::set<std::string> metrics;
  for (const StandingAlarm& alarm : alarms_) {
    if (!alarm.is_elsewhere) metrics.insert(alarm.metric);
  }
  return {metrics.begin(), metrics.end()};
}

Result<std::vector<std::string>> ControlHistory::NewestMetrics() {
  std::set<std::string> metrics;
  ASSAY_ASSIGN(const Held* newest, HeldAt(0));
  if (newest == nullptr) return std::vector<std::string>();
  for (const Finding& finding : newest->findings) {
    for (const Finding::Of& each : finding.found) metrics.insert(each.comparison.metric);
  }
  return std::vector<std::string>(metrics.begin(), metrics.end());
}

bool ControlHistory::IsDeleted(const RunRecord& earlier) const {
  return earlier.key == past_.without || (earlier.deleted && *earlier.deleted <= past_.until);
}

Status ControlHistory::FindBarrier() {
  for (const StandingAlarm& alarm : alarms_) {
    if (alarm.is_elsewhere) continue;
    const auto from = past_.store.GetRun(run_.project, alarm.from);
    if (!from && from.error().code != ErrorCode::kNotFound) return Fail(from.error());
    if (!from || from->deleted) {
      return Fail(ErrorCode::kFailedPrecondition, "run " + alarm.run + " of the baseline had moved from run " +
                                                      alarm.from +
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
      unmoved_, [&](const Unmoved& each) { return !IsBarred(each.run.key) && each.reach.Covers(query_->most); });
}

Status ControlHistory::FindMeasures(const ControlQuery& query) {
  query_.emplace(query);
  ASSAY_TRY(FindBarrier());
  for (std::size_t i = 0; !IsKnown(); ++i) {
    ASSAY_ASSIGN(const Held* held, HeldAt(i));
    if (held == nullptr) return {};
    if (held->run.deleted || IsDeleted(held->run) || held->HasMoved()) continue;
    ASSAY_ASSIGN(const bool is_control, WasControl(held->run));
    if (!is_control) continue;
    const auto longest = std::ranges::max_element(held->findings, {}, &Finding::decided_on);
    lengths_.push_back({.run = held->run, .cases = std::min(longest->decided_on, CasesReached(held->run))});
    for (const Finding& finding : held->findings) {
      const std::optional<ControlReach> reach = finding.ReachOf(query.metrics);
      if (reach && reach->cases > 0) unmoved_.push_back({.run = held->run, .reach = *reach});
    }
  }
  return {};
}

Result<ControlHistory> ControlHistory::Read(const ControlPast& past, const RunRecord& run) {
  ControlHistory history(past, run);
  ASSAY_TRY(history.FindAlarms());
  return history;
}

Result<bool> ControlHistory::WasAskedBeside(const RunRecord& earlier) const {
  ASSAY_ASSIGN(const std::vector<GateVersion> gates, past_.store.ListGatesThatAskedBaseline(earlier.key));
  for (const GateVersion& each : gates) {
    const auto gate = ReadStored(past_.store, past_.kinds, run_.project, "Gate", each.gate, each.version);
    if (!gate && gate.error().code == ErrorCode::kUnavailable) return Fail(gate.error());
    if (gate && gate->gate()->interleave) return true;
  }
  return false;
}

// The first run of all, which nobody could hold against anything. Is that deleted, what came after it was to be held
// against it: then the first that a gate asked for, whose verdict said that there is nothing to hold it against, and
// none that somebody started by hand meanwhile.
Result<std::optional<RunRecord>> ControlHistory::FindFirst() const {
  RunKey after{};
  bool is_first_deleted = false;
  for (;;) {
    ASSAY_ASSIGN(const std::vector<RunRecord> runs,
                 past_.store.ListFirstRuns(run_, after, kFirstRunsAtOnce, past_.until,
                                           Store::EarlierStates::kCompleteOrStopped));
    for (const RunRecord& earlier : runs) {
      if (IsBarred(earlier.key)) return std::optional<RunRecord>();
      ASSAY_ASSIGN(const bool was_control, WasControl(earlier));
      if (!was_control) continue;
      if (IsDeleted(earlier)) {
        is_first_deleted = true;
        continue;
      }
      if (!is_first_deleted) return std::optional(earlier);
      ASSAY_ASSIGN(const bool is_of_gate, WasAskedBeside(earlier));
      if (is_of_gate) return std::optional(earlier);
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
