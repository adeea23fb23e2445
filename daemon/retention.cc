#include "daemon/retention.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <limits>

#include "config/catalog.h"
#include "daemon/blocking.h"
#include "daemon/builtin_kinds.h"
#include "daemon/control_history.h"
#include "daemon/data_classes.h"
#include "daemon/item_content.h"
#include "daemon/kept_measures.h"
#include "daemon/log.h"
#include "gates/gate.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

constexpr char kByAge[] = "retention";  // who deletes what is old
constexpr std::chrono::hours kSweepInterval{24};
constexpr std::chrono::minutes kAfterFailure{1};
constexpr int kRunsAtOnce = 50;
constexpr int kItemsAtOnce = 50;
// One whose first run is only about to be made is no run's yet.
constexpr std::chrono::hours kYoungestDataset{24};

// How much one transaction takes on, so that it lasts no longer than others may wait: texts may be of any size. Shorter
// ones write the pages of the index of trials, which is in another order, more often: they cost more in all.
class Stride {
 public:
  std::int64_t trials() const { return trials_; }
  void Adapt(Duration took) {
    if (took > kLongest) trials_ = std::max(trials_ / 2, kFewest);
    if (took < kLongest / 4) trials_ = std::min(trials_ * 2, kMost);
  }

 private:
  static constexpr Duration kLongest = std::chrono::milliseconds(100);
  static constexpr std::int64_t kFewest = 8;
  static constexpr std::int64_t kMost = 8192;
  std::int64_t trials_ = 128;
};

template <class F>
auto Timed(F function, Duration& took) {
  const auto began = steady_clock::now();
  auto answer = function();
  took = std::chrono::duration_cast<Duration>(steady_clock::now() - began);
  return answer;
}

// Of a baseline that is asked beside a candidate: as long as its check is open it is not known which it is held
// against.
constexpr std::int64_t kKeptBesideBaseline = 10;

// All of them of a gate that cannot be read: then nobody knows.
std::int64_t EarlierRunsOfGate(const PluginKinds& kinds, const std::string& json) {
  Diagnostics diagnostics;
  const auto document = ParseDocument("Gate", json, kinds, ReferencedFiles::kIgnore, diagnostics);
  if (!document || document->gate() == nullptr) return std::numeric_limits<std::int64_t>::max();
  const GateSpec& gate = *document->gate();
  return std::max(HistoryNeededBy(gate).runs, gate.interleave ? kKeptBesideBaseline : 0);
}

// "class health, 30d" where the class has a period of its own.
std::string WhyDeleted(const RetentionConfig& config, const std::string& data_class, Duration period) {
  const bool is_own = config.classes.contains(data_class);
  return (is_own ? "class " + data_class + ", " : std::string()) + FormatDuration(period);
}

void LogSweep(const SweepOutcome& outcome, steady_clock::time_point began) {
  Log(LogLevel::kInfo, "retention swept",
      {{"runs", std::to_string(outcome.runs)},
       {"responses", std::to_string(outcome.responses)},
       {"datasets", std::to_string(outcome.datasets)},
       {"reviews", std::to_string(outcome.reviews)},
       {"trials", std::to_string(outcome.trials)},
       {"kept_runs", std::to_string(outcome.kept_runs)},
       {"kept_responses", std::to_string(outcome.kept_responses)},
       {"kept_reviews", std::to_string(outcome.kept_reviews)},
       {"whole", outcome.is_whole ? "yes" : "no"},
       {"took", FormatDuration(std::chrono::duration_cast<Duration>(steady_clock::now() - began))}});
}

}  // namespace

Retention::Retention(RetentionContext context) : context_(std::move(context)), kinds_(BuiltinKinds()) {}

void Retention::Start() {
  {
    const std::lock_guard lock(mutex_);
    is_driving_ = true;
  }
  asio::co_spawn(context_.loops.executor(0), Drive(), asio::detached);
}

void Retention::Stop() {
  stop_.Notify();
  wanted_.Notify();
  std::unique_lock lock(mutex_);
  idle_.wait_for(lock, std::chrono::seconds(5), [this] { return !is_driving_; });
}

asio::awaitable<void> Retention::Drive() {
  const bool sweeps = context_.config.IsOn();
  auto next_sweep = steady_clock::now();
  while (!is_stopping()) {
    const std::uint64_t seen = wanted_.version();
    Status done = co_await ErrorInsteadOfException(RemoveDeleted());
    if (done && sweeps && !is_stopping() && steady_clock::now() >= next_sweep) {
      const auto swept = co_await ErrorInsteadOfException(Sweep());
      if (swept) next_sweep = steady_clock::now() + kSweepInterval;
      if (!swept) done = Fail(swept.error());
    }
    if (!done && !is_stopping())
      Log(LogLevel::kWarning, "what is deleted is not removed yet", {{"error", done.error().message}});
    const auto later = steady_clock::now() + kSweepInterval;
    const auto until = !done ? steady_clock::now() + kAfterFailure : sweeps ? std::min(next_sweep, later) : later;
    co_await wanted_.Wait(seen, until);
  }
  const std::lock_guard lock(mutex_);
  is_driving_ = false;
  idle_.notify_all();
}

asio::awaitable<Result<RunRecord>> Retention::DeleteRun(RunKey run, std::string principal, std::string reason) {
  auto mark = [this, run, principal = std::move(principal), reason = std::move(reason)]() -> Result<RunRecord> {
    const RetentionConfig& config = context_.config;
    const Liveness liveness = LivenessAfter(config.runs ? config.runs : config.responses);
    ASSAY_ASSIGN(const RunRecord record, context_.store.GetRun(run));
    if (!record.deleted) {
      ASSAY_ASSIGN(const std::string keeper, WhatKeeps(run, RunPart::kAll, liveness));
      if (!keeper.empty())
        return Fail(ErrorCode::kFailedPrecondition, "run " + record.id + " cannot be deleted: " + keeper);
    }
    return context_.store.DeleteRun(run, RunPart::kAll, liveness, context_.clock.Now(), principal, reason);
  };
  ASSAY_CO_ASSIGN(RunRecord deleted, co_await RunBlocking(context_.blocking, std::move(mark)));
  wanted_.Notify();
  co_return deleted;
}

// A measure need not be looked at in the transaction that deletes: what an alarm or a check makes of a run meanwhile is
// live, and found there.
Result<std::string> Retention::WhatKeeps(RunKey run, RunPart part, const Liveness& liveness) const {
  ASSAY_ASSIGN(std::string keeper, context_.store.WhatKeeps(run, liveness));
  if (!keeper.empty() || part != RunPart::kAll) return keeper;
  ASSAY_ASSIGN(const RunRecord record, context_.store.GetRun(run));
  return WhatIsMeasuredBy(context_.store, kinds_, record, liveness);
}

Liveness Retention::LivenessAfter(const std::optional<Duration>& period) const {
  const RetentionConfig& config = context_.config;
  Liveness liveness{.now = context_.clock.Now()};
  if (period) liveness.decided_after = liveness.now - *period;
  if (config.verdicts) liveness.newest_after = liveness.now - *config.verdicts;
  liveness.history = [this](const std::string& json) { return EarlierRunsOfGate(kinds_, json); };
  return liveness;
}

asio::awaitable<Result<SweepOutcome>> Retention::Sweep() {
  const auto began = steady_clock::now();
  SweepOutcome outcome;
  if (context_.config.runs) {
    ASSAY_CO_TRY(co_await SweepRuns(RunPart::kAll, outcome));
    ASSAY_CO_TRY(co_await SweepDatasets(outcome));
  }
  if (context_.config.ShortestResponses()) ASSAY_CO_TRY(co_await SweepRuns(RunPart::kResponses, outcome));
  if (context_.config.ShortestReviews()) ASSAY_CO_TRY(co_await SweepReviews(outcome));
  LogSweep(outcome, began);
  co_return outcome;
}

// What people were shown: those that the shortest period is over of, each by its own.
asio::awaitable<Status> Retention::SweepReviews(SweepOutcome& outcome) {
  const Time before = context_.clock.Now() - *context_.config.ShortestReviews();
  for (std::int64_t above = 0;;) {
    auto list = [this, before, above]() {
      return ReviewStore(context_.store).ListOldItems(before, above, kItemsAtOnce);
    };
    ASSAY_CO_ASSIGN(const std::vector<ReviewStore::OldItem> items, co_await RunBlocking(context_.blocking, list));
    if (items.empty()) co_return Status();
    for (const ReviewStore::OldItem& item : items) {
      if (is_stopping()) {
        outcome.is_whole = false;
        co_return Status();
      }
      ASSAY_CO_TRY(co_await SweepReview(item, outcome));
    }
    above = items.back().key;
  }
}

// In one transaction.
asio::awaitable<Status> Retention::SweepReview(const ReviewStore::OldItem& item, SweepOutcome& outcome) {
  const std::optional<Duration> period = context_.config.ReviewsOf(item.data_class);
  const Time now = context_.clock.Now();
  if (!period || item.touched >= now - *period) co_return Status();
  const std::string why = WhyDeleted(context_.config, item.data_class, *period);
  Duration took{};
  auto forget = [this, &item, &period, &why, now, &took]() {
    const auto without_texts = [&](const std::string& text) -> Result<std::string> {
      ASSAY_ASSIGN(const ItemContent content, ItemContentFrom(text));
      return StoredText(WithoutTexts(content, why + ", " + FormatTime(now).substr(0, 19) + "Z"));
    };
    return Timed(
        [&] {
          return ReviewStore(context_.store)
              .DeleteTexts(item.id, now - *period, LivenessAfter(period), now, why, without_texts);
        },
        took);
  };
  ASSAY_CO_ASSIGN(const bool is_gone, co_await RunBlocking(context_.blocking, forget));
  ++(is_gone ? outcome.reviews : outcome.kept_reviews);
  if (is_gone) context_.telemetry.CountDeleted("reviews", 1);
  co_await LeaveRoom(took);
  co_return Status();
}

// The oldest first.
asio::awaitable<Status> Retention::SweepRuns(RunPart part, SweepOutcome& outcome) {
  const RetentionConfig& config = context_.config;
  const Duration shortest = part == RunPart::kAll ? *config.runs : *config.ShortestResponses();
  const Time before = context_.clock.Now() - shortest;
  RunKey after{};
  for (;;) {
    auto list = [this, part, before, after]() {
      return context_.store.ListRunsEndedBefore(before, part, after, kRunsAtOnce);
    };
    ASSAY_CO_ASSIGN(const std::vector<RunKey> runs, co_await RunBlocking(context_.blocking, list));
    if (runs.empty()) co_return Status();
    for (const RunKey run : runs) {
      if (is_stopping() || outcome.trials >= context_.trials_per_sweep) {
        outcome.is_whole = false;
        co_return Status();
      }
      auto find = [this, run, part]() { return RuleFor(run, part); };
      ASSAY_CO_ASSIGN(const std::optional<Rule> rule, co_await RunBlocking(context_.blocking, find));
      if (rule) ASSAY_CO_TRY(co_await SweepRun(run, part, *rule, outcome));
    }
    after = runs.back();
  }
}

Result<std::optional<Retention::Rule>> Retention::RuleFor(RunKey run, RunPart part) const {
  const RetentionConfig& config = context_.config;
  if (part == RunPart::kAll) return Rule{.period = *config.runs};
  if (config.classes.empty()) return Rule{.period = *config.responses};
  ASSAY_ASSIGN(const RunRecord record, context_.store.GetRun(run));
  ASSAY_ASSIGN(const std::string data_class, DataClassOfRun(context_.store, record));
  const std::optional<Duration> period = config.ResponsesOf(data_class);
  if (!period || !record.ended || *record.ended >= context_.clock.Now() - *period) return std::nullopt;
  return Rule{.period = *period, .why = WhyDeleted(config, data_class, *period)};
}

asio::awaitable<Status> Retention::SweepRun(RunKey run, RunPart part, const Rule& rule, SweepOutcome& outcome) {
  // Most of what is old is kept, and finding that out holds up no writer.
  auto look = [this, run, part, &rule]() { return WhatKeeps(run, part, LivenessAfter(rule.period)); };
  std::int64_t& kept = part == RunPart::kAll ? outcome.kept_runs : outcome.kept_responses;
  ASSAY_CO_ASSIGN(const std::string keeper, co_await RunBlocking(context_.blocking, look));
  if (!keeper.empty()) {
    ++kept;
    co_return Status();
  }
  auto mark = [this, run, part, &rule]() {
    return context_.store.DeleteRun(run, part, LivenessAfter(rule.period), context_.clock.Now(), kByAge, rule.why);
  };
  const auto deleted = co_await RunBlocking(context_.blocking, mark);
  if (!deleted && deleted.error().code == ErrorCode::kFailedPrecondition) {  // since the look
    ++kept;
    co_return Status();
  }
  if (!deleted) co_return Fail(deleted.error());
  co_return co_await Remove(run, outcome);
}

asio::awaitable<Status> Retention::SweepDatasets(SweepOutcome& outcome) {
  auto list = [this]() { return context_.store.ListUnusedSnapshots(context_.clock.Now() - kYoungestDataset); };
  ASSAY_CO_ASSIGN(const std::vector<SnapshotKey> unused, co_await RunBlocking(context_.blocking, list));
  for (const SnapshotKey snapshot : unused) {
    auto release = [this, snapshot]() { return context_.store.ReleaseSnapshot(snapshot); };
    ASSAY_CO_ASSIGN(const bool is_released, co_await RunBlocking(context_.blocking, release));
    if (is_released) ASSAY_CO_TRY(co_await RemoveCases(snapshot, outcome));
  }
  co_return Status();
}

asio::awaitable<Status> Retention::RemoveDeleted() {
  auto list = [this]() { return context_.store.ListRunsToRemove(); };
  ASSAY_CO_ASSIGN(const std::vector<RunKey> runs, co_await RunBlocking(context_.blocking, list));
  for (const RunKey run : runs) {
    SweepOutcome uncounted;
    ASSAY_CO_TRY(co_await Remove(run, uncounted));
    if (is_stopping()) co_return Status();
  }
  co_return Status();
}

asio::awaitable<Status> Retention::Remove(RunKey run, SweepOutcome& outcome) {
  std::int64_t from = 0;
  for (Stride stride; !is_stopping();) {
    Duration took{};
    auto remove = [this, run, from, &stride, &took]() {
      return Timed([&] { return context_.store.RemoveSome(run, from, stride.trials()); }, took);
    };
    ASSAY_CO_ASSIGN(const RemovalStep step, co_await RunBlocking(context_.blocking, remove));
    Count(step, outcome);
    if (step.released) ASSAY_CO_TRY(co_await RemoveCases(*step.released, outcome));
    if (step.is_last) co_return Status();
    from = step.next;
    stride.Adapt(took);
    co_await LeaveRoom(took);
  }
  co_return Status();
}

void Retention::Count(const RemovalStep& step, SweepOutcome& outcome) {
  outcome.trials += step.trials;
  context_.telemetry.CountDeleted("trials", step.trials);
  if (!step.finished) return;
  const bool is_all = *step.finished == RunPart::kAll;
  ++(is_all ? outcome.runs : outcome.responses);
  context_.telemetry.CountDeleted(is_all ? "runs" : "responses", 1);
}

// Of a dataset that is released.
asio::awaitable<Status> Retention::RemoveCases(SnapshotKey snapshot, SweepOutcome& outcome) {
  for (bool has_more = true; has_more && !is_stopping();) {
    Duration took{};
    auto discard = [this, snapshot, &took]() {
      return Timed([&] { return context_.store.DiscardSomeCases(snapshot); }, took);
    };
    ASSAY_CO_ASSIGN(has_more, co_await RunBlocking(context_.blocking, discard));
    co_await LeaveRoom(took);
  }
  ++outcome.datasets;
  context_.telemetry.CountDeleted("datasets", 1);
  co_return Status();
}

asio::awaitable<void> Retention::LeaveRoom(Duration took) { co_await stop_.Wait(0, steady_clock::now() + took); }

}  // namespace assay
