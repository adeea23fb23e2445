#include "daemon/run_input_output.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/store_retry.h"

namespace assay {

namespace asio = boost::asio;

asio::awaitable<Result<std::vector<Case>>> StoreCaseSource::Read(std::vector<std::int64_t> ordinals) {
  auto work = [this, ordinals = std::move(ordinals)]() { return store_.ReadCases(snapshot_, ordinals); };
  co_return co_await RetryUnavailable(blocking_, stop_, std::move(work));
}

asio::awaitable<Result<KnownTrial>> StoreKnownTrials::Read(std::int64_t, std::int64_t ordinal, int trial) {
  auto work = [this, ordinal, trial]() -> Result<KnownTrial> {
    const TrialFilter filter{.ordinals = {ordinal}, .trial = trial};
    ASSAY_ASSIGN(Page<StoredTrial> trials, store_.ReadTrials(run_, filter, {.token = "", .limit = 1}));
    if (!trials.items.empty() && trials.items[0].result.response) {
      KnownTrial known{.response = *std::move(trials.items[0].result.response), .scores = {}};
      for (StoredScore& each : trials.items[0].scores) known.scores.push_back(std::move(each.score));
      return known;
    }
    return Fail(ErrorCode::kDataLoss, "the stored answer to case " + std::to_string(ordinal) + " trial " +
                                          std::to_string(trial) + " is gone");
  };
  co_return co_await RetryUnavailable(blocking_, stop_, std::move(work));
}

namespace {

// What the metrics say of a result: known before it is handed over, counted when it is stored.
struct Outcome {
  TrialStatus status;
  std::vector<ScoreStatus> scores;  // by grader of the run
  double usd = 0;
};

Outcome OutcomeOf(const TrialResult& result) {
  Outcome outcome{.status = result.status, .scores = {}, .usd = result.unanswered_usd + result.grading_usd};
  const bool is_paid_here = result.response && !result.response->is_cached && !result.is_taken_over;
  if (is_paid_here) outcome.usd += result.response->cost_usd.value_or(0);
  for (const Score& score : result.scores) outcome.scores.push_back(score.status);
  return outcome;
}

}  // namespace

// Lives until the last callback of the writer.
struct StoreResultSink::Shared {
  Telemetry& telemetry;
  const std::string suite;
  const std::string model;
  const std::vector<RunGrader> graders;
  ChangeSignal& progress;
  std::mutex mutex;
  std::int64_t outstanding = 0;  // handed to the writer, not answered yet
  Status outcome;                // the first error
  double lost_usd = 0;

  Shared(Telemetry& metrics, const RunRecord& run, ChangeSignal& signal)
      : telemetry(metrics), suite(run.suite), model(run.model), graders(run.graders), progress(signal) {}

  void Submitted() {
    const std::lock_guard lock(mutex);
    ++outstanding;
  }
  void Written(Status status, const Outcome& result) {
    if (status) Count(result);
    const std::lock_guard lock(mutex);
    --outstanding;
    if (!status) lost_usd += result.usd;
    if (!status && outcome) outcome = std::move(status);
    progress.Notify();  // under the lock: whoever sees 0 outstanding may end the signal's life
  }
  // Of a trial that is due, when it is graded.
  void Count(const Outcome& result) const {
    if (result.status == TrialStatus::kSkipped) return;
    telemetry.CountTrials(suite, model, result.status, 1);
    for (std::size_t i = 0; i < result.scores.size() && i < graders.size(); ++i)
      telemetry.CountScores(graders[i].name, result.scores[i], 1);
  }
};

StoreResultSink::StoreResultSink(ResultWriter& writer, Telemetry& telemetry, const RunRecord& run,
                                 ChangeSignal& progress)
    : writer_(writer), run_(run.key), shared_(std::make_shared<Shared>(telemetry, run, progress)) {}

asio::awaitable<Status> StoreResultSink::Write(TrialResult result) {
  shared_->Submitted();
  auto submit = [this, result = std::move(result)](auto handler) mutable {
    auto executor = asio::get_associated_executor(handler);
    auto accepted = [handler = std::move(handler), executor](Status status) mutable {
      asio::post(executor, [handler = std::move(handler), status = std::move(status)]() mutable {
        std::move(handler)(std::move(status));
      });
    };
    auto written = [shared = shared_, outcome = OutcomeOf(result)](Status status) {
      shared->Written(std::move(status), outcome);
    };
    writer_.Submit(run_, std::move(result), std::move(accepted), std::move(written));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Status)>(std::move(submit),
                                                                                       asio::use_awaitable);
}

double StoreResultSink::lost_usd() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->lost_usd;
}

asio::awaitable<Status> StoreResultSink::Settle() {
  writer_.Flush();
  for (;;) {
    const std::uint64_t seen = shared_->progress.version();
    {
      const std::lock_guard lock(shared_->mutex);
      if (shared_->outstanding == 0) co_return shared_->outcome;
    }
    co_await shared_->progress.Wait(seen, std::chrono::steady_clock::now() + std::chrono::seconds(1));
  }
}

}  // namespace assay
