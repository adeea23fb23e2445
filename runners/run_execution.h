#pragma once
// One run while it goes on. Private to the run pipeline: run_pipeline.cc has the run and its workers, run_trials.cc
// what a worker does.

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "runners/finished_positions.h"
#include "runners/graders/grader.h"
#include "runners/graders/waiting_grader.h"
#include "runners/image_files.h"
#include "runners/run_pipeline.h"
#include "runners/run_positions.h"
#include "runners/wakeup.h"
#include "runners/work_queue.h"

namespace assay {

struct SentinelWork;  // runners/sentinel_queue.h

class RunExecution : public std::enable_shared_from_this<RunExecution> {
 public:
  RunExecution(const RunPlan& plan, EventLoops& loops, CaseSource& source, ResultSink& sink, RunControl& control,
               const boost::asio::any_io_executor& executor)
      : plan_(plan),
        loops_(loops),
        source_(source),
        sink_(sink),
        control_(control),
        wakeup_(std::make_shared<Wakeup>(executor)),
        capacity_(std::clamp<std::size_t>(static_cast<std::size_t>(plan.max_concurrency) * 4, 128, 1024)),
        queue_(wakeup_),
        positions_(plan.asked_cases.value_or(plan.cases), plan.trials, plan.start_position, plan.finished),
        finished_(plan.start_position, plan.finished) {}

  boost::asio::awaitable<RunEnd> Run();

 private:
  struct Worker {
    int index = 0;
    EventLoops::Executor executor;
    std::shared_ptr<Wakeup> wakeup;
    boost::asio::cancellation_signal signal;  // as what follows, of the worker's loop only
    bool is_asking = false;                   // a request may be cancelled; a result is handed on
    int in_flight = 0;                        // requests
  };
  class TrialGuard;

  // How the endpoint came into a trial: for the question whether it is dead.
  enum class Contact { kNone, kAnswered, kError };
  struct DoneTrial {
    TrialResult result;  // an error until it is graded
    Contact contact = Contact::kNone;
    Error cause;                         // with Contact::kError
    std::string unanswered_grader = {};  // whose endpoint that is; "": the model's own
    bool is_given_up = false;            // the endpoint of a grader is
    // Graders are due, because of this: the trial is handed on, and not recorded as done.
    std::optional<Error> interruption = {};
  };

  void SetWorkers();
  void StartWorker();
  boost::asio::awaitable<void> Park(Worker& worker);
  boost::asio::awaitable<void> Feed();
  boost::asio::awaitable<void> FeedUntilTheEnd();
  std::size_t Capacity() const;
  boost::asio::awaitable<Result<std::vector<TrialWork>>> ReadBatch(std::size_t room);
  boost::asio::awaitable<void> AwaitWorkers();
  void CancelTrials();
  void HoldBack();
  static void CancelUnsent(Worker& worker);
  std::optional<Deadline> CancelAt() const;
  bool ShouldStop() const;

  boost::asio::awaitable<void> Work(Worker& worker);
  boost::asio::awaitable<std::optional<DoneTrial>> DoTrial(Worker& worker, const TrialWork& work);
  boost::asio::awaitable<Result<ImageFiles::Hold>> LoadImages(Worker& worker, Dialogue& dialogue, Deadline deadline);
  std::optional<DoneTrial> Cancelled(Error error);
  boost::asio::awaitable<std::optional<DoneTrial>> GradeKnown(Worker& worker, const TrialWork& work, DoneTrial done);
  boost::asio::awaitable<std::optional<DoneTrial>> GradeAnswered(Worker& worker, const Case& item, DoneTrial done,
                                                                 TrialGuard& guard, GradingTerms terms,
                                                                 std::vector<Score> known);
  boost::asio::awaitable<void> Grade(Worker& worker, const Case& item, DoneTrial& done, GradingTerms terms,
                                     const std::vector<Score>& known);
  boost::asio::awaitable<bool> HandOn(std::int64_t number, DoneTrial done);
  // Asks judges about the sentinels that are due. False when nothing more is to be asked.
  boost::asio::awaitable<bool> AskSentinels(Worker& worker);
  boost::asio::awaitable<bool> AskSentinel(Worker& worker, SentinelWork work);
  bool HasSentinels() const;
  void NoteUnrecorded(const TrialResult& result);
  void Record(std::int64_t number, TrialStatus status, const DoneTrial& done);
  Error Dead() const;
  void FailWith(Error error);
  void StopAtLimit(Error error);
  RunEnd End() const;

  const RunPlan& plan_;
  EventLoops& loops_;
  CaseSource& source_;
  ResultSink& sink_;
  RunControl& control_;
  const std::shared_ptr<Wakeup> wakeup_;  // of Run()
  const std::size_t capacity_;
  WorkQueue queue_;
  RunPositions positions_;  // of Run() only
  FinishedPositions finished_;
  std::optional<std::size_t> bytes_of_case_;      // on average in the last batch
  std::shared_ptr<const Case> last_;              // the case whose trials a batch may have cut apart
  std::vector<std::unique_ptr<Worker>> workers_;  // grown by Run() only
  std::atomic<int> wanted_workers_ = 0;           // those of a higher index are parked
  std::atomic<bool> has_ended_work_ = false;      // a worker has ended: there is none for the others either
  bool is_cancelled_ = false;                     // the run's own coroutine was
  std::atomic<bool> trials_cancelled_ = false;
  std::atomic<bool> holds_back_ = false;  // nothing more is sent
  std::atomic<bool> has_failed_ = false;
  std::atomic<bool> is_sink_broken_ = false;
  std::atomic<bool> is_at_limit_ = false;
  std::atomic<bool> leaves_sentinels_ = false;  // the run was stopped before all of them were asked
  std::atomic<int> live_workers_ = 0;
  std::atomic<std::int64_t> started_ = 0;  // trials of this execution

  mutable std::mutex mutex_;
  std::optional<Error> error_;  // the first
  std::optional<Error> limit_;  // the first
  RunCounts recorded_;
  std::int64_t responses_ = 0;           // as RunPlan::recorded_responses, those before included
  std::int64_t endpoint_errors_ = 0;     // likewise
  std::optional<Error> last_cause_;      // of an endpoint error of this execution
  std::string last_unanswered_;          // with it: DoneTrial's unanswered_grader
  std::int64_t ended_ = 0;               // trials of this execution
  std::int64_t first_after_errors_ = 0;  // number of the first trial that began when the first ones had all failed
  std::int64_t open_before_errors_ = 0;  // those before it that have not ended
  double unanswered_usd_ = 0;            // RunEnd's
};

}  // namespace assay
