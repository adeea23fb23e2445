#include "daemon/control_history.h"

#include <algorithm>
#include <cmath>
#include <ranges>
#include <set>
#include <utility>

#include "core/json.h"
#include "daemon/case_order.h"
#include "daemon/check_decision.h"
#include "daemon/check_looks.h"
#include "gates/control_arm.h"
#include "gates/run_past_json.h"
#include "gates/verdict.h"

namespace assay {
namespace {

constexpr std::int64_t kFirstRunsAtOnce = 20;  // at first: mostly they say it all
constexpr std::int64_t kMoreRunsAtOnce = 500;
constexpr std::int64_t kMostFirstRuns =
    50'000;  // so many are looked at; those of other versions of the suite are there too
constexpr std::int64_t kMostMoved = 20'000;  // verdicts; each is read

constexpr std::int64_t kVerdictsOfARun = 4;
constexpr std::int64_t kMostVerdictsOfARun = 1'024;  // the newest; each is a document in memory

// Shares are quotients of one another.
constexpr double kRounding = 1e-9;

bool IsWhole(const RunRecord& run) { return run.state == RunState::kComplete || IsEndedAsPlanned(run); }

}  // namespace

bool ControlReach::Covers(const ControlReach& other) const {
  return 20 * cases >= 19 * other.cases && error_share >= other.error_share - kRounding;
}

// What a verdict found of a baseline's run.
struct ControlHistory::Finding {
  struct Of {
    ControlComparison comparison;
    std::string version = {};  // of the suite; "" of one that asks as that of the run does
    std::string newest = {};   // id of the newest run that it was held against

    ControlReach reach() const {
      return {.cases = comparison.cases.value_or(0), .error_share = comparison.error_share.value_or(0)};
    }
  };
  std::vector<Of> found = {};
  bool was_drawn_under_an_alarm = false;

  bool HasMoved() const {
    return std::ranges::any_of(found, [](const Of& each) { return each.comparison.has_moved; });
  }
};

struct ControlHistory::Held {
  RunRecord run;
  std::vector<Finding> findings;

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
  std::optional<RunKey> from;  // the newest run that it is a move from; absent where that is not stored any more
  std::string version;         // as Finding::Of
  StandingAlarm alarm;
  ControlReach reach;
  // Runs between these two can end it, or show that it had not begun.
  RunTime first = {};
  RunTime second = {};
  int unmoved_in_a_row = 0;
};

RunTime RunTime::Of(const RunRecord& run) {
  return {.key = run.key, .from = run.created, .to = run.ended.value_or(Time::max())};
}

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

// Whether the suite of the run can be looked at by it; "" is no slice.
Result<bool> ControlHistory::HasSlice(const std::string& slice) {
  if (slice.empty()) return true;
  if (!slices_) {
    const auto suite = ReadStored(past_.store, past_.kinds, run_.project, "Suite", run_.suite, run_.suite_version);
    if (!suite && suite.error().code == ErrorCode::kUnavailable) return Fail(suite.error());
    slices_ = suite ? suite->suite()->slices : std::vector<std::string>();
  }
  return std::ranges::find(*slices_, slice) != slices_->end();
}

Result<ControlHistory::Finding> ControlHistory::FindingIn(const ControlledRun& controlled, const RunRecord& held) {
  Finding finding;
  const auto document = Json::Parse(controlled.verdict);
  const auto controls = document ? ControlsFromJson(*document) : Result<ControlsOfVerdict>(Fail(document.error()));
  if (!controls) return finding;  // of a version that this one cannot read
  const auto suite = controls->pasts.find(run_.suite);
  const RunPast past = suite == controls->pasts.end() ? RunPast() : suite->second;
  finding.was_drawn_under_an_alarm = past.alarm.has_value() && controlled.drew_it;
  for (const ControlComparison& each : controls->controls) {
    if (each.suite != run_.suite) continue;
    ASSAY_ASSIGN(const std::string version, VersionOf(held, each.metric));
    const std::string& newest = past.control_runs.empty() ? each.earlier_run : past.control_runs.back();
    finding.found.push_back({.comparison = each, .version = version, .newest = newest});
  }
  return finding;
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
                 past_.store.ListControlledRuns(run_, *below_, past_.pages.all, past_.until));
    const bool are_all = std::ssize(verdicts) < past_.pages.all;
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

// One on this run itself cannot be ended by another.
Status ControlHistory::AddMoved(std::span<const ControlledRun> verdicts, std::vector<Moved>& moved) {
  for (const ControlledRun& each : verdicts) {
    ASSAY_ASSIGN(const RunRecord held, past_.store.GetRun(each.run));
    ASSAY_ASSIGN(const Finding finding, FindingIn(each, held));
    for (const Finding::Of& of : finding.found) {
      if (!of.comparison.has_moved) continue;
      ASSAY_ASSIGN(const std::optional<RunKey> from, KeyOf(of.newest));
      ASSAY_ASSIGN(const bool has_slice, HasSlice(of.comparison.slice));
      Moved found{.run = each.run,
                  .from = from,
                  .version = of.version,
                  .alarm = {.metric = of.comparison.metric,
                            .verdict = each.verdict_id,
                            .run = held.id,
                            .from = of.comparison.earlier_run,
                            .move = of.comparison.now.value_or(0) - of.comparison.before.value_or(0),
                            .cases = of.reach().cases,
                            .is_elsewhere = !of.version.empty() || !has_slice,
                            .slice = of.comparison.slice,
                            .slice_value = of.comparison.slice_value},
                  .reach = of.reach()};
      std::vector<RunTime> times = past_.also;
      times.push_back(RunTime::Of(run_));
      for (const RunTime& time : times) {
        found.first = RunTime::Of(held);
        found.second = time;
        if (found.second.key < found.first.key) std::swap(found.first, found.second);
        moved.push_back(found);
      }
    }
  }
  return {};
}

// Of these, those that nothing between has ended. One run that a verdict saw move is not outvoted by another that
// looked at less, nor by one that was held against what was drawn while it had moved.
Result<std::vector<ControlHistory::Moved>> ControlHistory::FindStanding(std::vector<Moved> open) {
  std::vector<Moved> standing;
  const auto take = [&](auto is_passed) {
    std::ranges::copy_if(open, std::back_inserter(standing), is_passed);
    std::erase_if(open, is_passed);
  };
  for (std::size_t i = 0; !open.empty(); ++i) {
    ASSAY_ASSIGN(const Held* held, HeldAt(i));
    take([&](const Moved& each) { return held == nullptr || held->run.key <= each.first.key; });
    if (held == nullptr) break;
    std::vector<Moved> still;
    for (Moved& each : open) {
      bool is_over = false;
      const RunTime time = RunTime::Of(held->run);
      if (each.first.to <= time.from && time.to <= each.second.from) {
        ASSAY_ASSIGN(is_over, IsOver(*held, each));
      }
      if (!is_over) still.push_back(std::move(each));
    }
    open = std::move(still);
  }
  return standing;
}

Result<bool> ControlHistory::IsOver(const Held& held, Moved& moved) {
  const std::vector<const Finding::Of*> found = held.Of(moved.alarm.metric, moved.version);
  if (std::ranges::any_of(found, [](const Finding::Of* of) { return of->comparison.has_moved; })) {
    moved.unmoved_in_a_row = 0;
    return false;
  }
  bool counts = false;
  for (const Finding::Of* of : found) {
    ASSAY_ASSIGN(const std::optional<RunKey> newest, KeyOf(of->newest));
    if (!newest || !moved.from || *moved.from < *newest) continue;
    if (Excludes(of->comparison, moved.alarm)) return true;
    counts = counts || (of->reach().Covers(moved.reach) && FindsNothing(of->comparison, moved.alarm));
  }
  moved.unmoved_in_a_row += counts ? 1 : 0;
  return moved.unmoved_in_a_row == kUnmovedInARow;
}

Status ControlHistory::FindAlarms() {
  below_ = kNow;
  std::int64_t looked_at = 0;
  std::set<std::pair<std::string, ControlledPart>> known;  // verdicts and what they found moved
  for (std::optional<RunKey> below = kNow; below;) {
    ASSAY_ASSIGN(
        std::vector<ControlledRun> verdicts,
        past_.store.ListControlledRuns(run_, *below, past_.pages.moved, past_.until, Store::ControlsFound::kMoved));
    // There may be more of the last run, which is read again.
    below = std::ssize(verdicts) < past_.pages.moved
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
    for (const Moved& each : standing) {
      if (!known.emplace(each.alarm.verdict, each.alarm.Part()).second) continue;
      alarms_.push_back(each.alarm);
      if (each.alarm.is_elsewhere) continue;
      const RunKey from = each.from.value_or(RunKey{});
      barrier_ = std::min(barrier_.value_or(from), from);
    }
  }
  return {};
}

std::vector<ControlledPart> ControlHistory::Alarmed() const {
  std::set<ControlledPart> parts;
  for (const StandingAlarm& alarm : alarms_) {
    if (!alarm.is_elsewhere) parts.insert(alarm.Part());
  }
  return {parts.begin(), parts.end()};
}

Result<ControlHistory> ControlHistory::Read(const ControlPast& past, const RunRecord& run) {
  ControlHistory history(past, run);
  ASSAY_TRY(history.FindAlarms());
  return history;
}

struct ControlHistory::Trust {
  bool is_beside = false;                  // a gate with `interleave` asked for it
  bool is_decided = false;                 // a verdict rests on it
  bool is_doubtful = false;                // one found something moved, or it was drawn while an alarm stood
  std::set<ControlledPart> compared = {};  // slices without their values

  bool Compares(const ControlledMetric& metric) const {
    return compared.contains({.metric = metric.name}) && std::ranges::all_of(metric.slices, [&](const auto& slice) {
             return compared.contains({.metric = metric.name, .slice = slice});
           });
  }
};

struct ControlHistory::Search {
  const ControlledMetric& metric;
  AlikeRuns alike;
  bool is_first_deleted = false;
};

Result<bool> ControlHistory::WasAskedBeside(const RunRecord& earlier) {
  ASSAY_ASSIGN(const std::vector<GateVersion> gates, past_.store.ListGatesThatAskedBaseline(earlier.key));
  for (const GateVersion& each : gates) {
    const auto gate = ReadStored(past_.store, past_.kinds, run_.project, "Gate", each.gate, each.version);
    if (!gate && gate.error().code == ErrorCode::kUnavailable) return Fail(gate.error());
    if (gate && gate->gate()->interleave) return true;
  }
  return false;
}

// Mostly there are one or two, and behind them those on other runs, of which each is a document to read.
Result<std::vector<ControlledRun>> ControlHistory::VerdictsOn(RunKey run) {
  const RunKey below{static_cast<std::int64_t>(run) + 1};
  for (std::int64_t most = kVerdictsOfARun;; most *= kVerdictsOfARun) {
    ASSAY_ASSIGN(std::vector<ControlledRun> verdicts, past_.store.ListControlledRuns(run_, below, most, past_.until));
    const auto end = std::ranges::find_if(verdicts, [&](const ControlledRun& each) { return each.run != run; });
    if (end == verdicts.end() && std::ssize(verdicts) == most && most < kMostVerdictsOfARun) continue;
    verdicts.erase(end, verdicts.end());
    return verdicts;
  }
}

Result<const ControlHistory::Trust*> ControlHistory::TrustIn(const RunRecord& earlier) {
  if (const auto known = trust_.find(earlier.key); known != trust_.end()) return known->second.get();
  Trust trust;
  ASSAY_ASSIGN(trust.is_beside, WasAskedBeside(earlier));
  ASSAY_ASSIGN(trust.is_decided, past_.store.WasBaselineDecided(earlier.key, past_.until));
  ASSAY_ASSIGN(const std::vector<ControlledRun> verdicts, VerdictsOn(earlier.key));
  for (const ControlledRun& each : verdicts) {
    ASSAY_ASSIGN(const Finding finding, FindingIn(each, earlier));
    trust.is_doubtful = trust.is_doubtful || finding.HasMoved() || finding.was_drawn_under_an_alarm;
    for (const Finding::Of& of : finding.found)
      trust.compared.insert({.metric = of.comparison.metric, .slice = of.comparison.slice});
  }
  return trust_.emplace(earlier.key, std::make_shared<const Trust>(std::move(trust))).first->second.get();
}

Result<bool> ControlHistory::IsTaken(const RunRecord& earlier, const FirstRuns& measure, Search& search) {
  if (!measure.Wants(earlier, search.metric.name)) return false;
  ASSAY_ASSIGN(const bool is_alike, search.alike.AskInOrder(earlier));
  if (!is_alike) return false;
  const bool is_first = !measure.Has(search.metric.name);
  if (earlier.key == past_.without || (earlier.deleted && *earlier.deleted <= past_.until)) {
    search.is_first_deleted = search.is_first_deleted || is_first;
    return false;
  }
  ASSAY_ASSIGN(const Trust* trust, TrustIn(earlier));
  if (trust->is_doubtful) return false;
  if (is_first && !search.is_first_deleted) return true;
  return trust->is_beside && trust->is_decided && (is_first || trust->Compares(search.metric));
}

Status ControlHistory::VisitFirstRuns(const std::vector<ControlledMetric>& metrics, FirstRuns& measure) {
  std::vector<Search> searches;
  for (const ControlledMetric& each : metrics) {
    const std::vector<std::string> names = each.name.empty() ? std::vector<std::string>() : std::vector{each.name};
    searches.push_back(
        {.metric = each,
         .alike = AlikeRuns(past_.store, past_.kinds, run_, names, AlikeRuns::Definitions::kDoNotMatter)});
  }
  RunKey after{};
  std::int64_t at_once = kFirstRunsAtOnce;
  for (std::int64_t looked_at = 0; looked_at < kMostFirstRuns; looked_at += at_once) {
    if (looked_at > 0) at_once = kMoreRunsAtOnce;
    ASSAY_ASSIGN(
        const std::vector<RunRecord> runs,
        past_.store.ListFirstRuns(run_, after, at_once, past_.until, Store::EarlierStates::kCompleteOrStopped));
    for (const RunRecord& earlier : runs) {
      if (measure.IsEnough() || (barrier_ && *barrier_ < earlier.key)) return {};
      if (!IsWhole(earlier)) continue;
      std::vector<std::string> taken;
      for (Search& search : searches) {
        ASSAY_ASSIGN(const bool is_taken, IsTaken(earlier, measure, search));
        if (is_taken) taken.push_back(search.metric.name);
      }
      if (!taken.empty()) ASSAY_TRY(measure.Take(earlier, taken));
    }
    if (std::ssize(runs) < at_once) break;
    after = runs.back().key;
  }
  return {};
}

}  // namespace assay
