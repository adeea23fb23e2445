#pragma once
// One run: pulls cases, asks the endpoint, grades, hands results on. A trial is one coroutine; a bounded number of them
// exists at once, spread over all loops, and cases are pulled only when there is room, so memory does not grow with
// the number of cases.

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/case.h"
#include "core/conversation.h"
#include "core/response.h"
#include "core/result.h"
#include "core/run.h"
#include "core/score.h"
#include "runners/deadline.h"
#include "runners/event_loops.h"

namespace assay {

class Endpoint;       // runners/endpoints/endpoint.h
class ImageFiles;     // runners/image_files.h
struct Requester;     // runners/endpoints/requester.h
class SentinelQueue;  // runners/sentinel_queue.h
class SuiteGraders;   // runners/graders/suite_graders.h

// How the `error` of a trial begins whose prompt could not be rendered: nothing was sent for it.
inline constexpr std::string_view kPromptErrorPrefix = "prompt: ";

// Where cases come from. One call at a time.
class CaseSource {
 public:
  virtual ~CaseSource() = default;
  // The cases of `ordinals`, in that order; at most RunPlan::kMaxBatch of them are asked for. An error ends the run.
  virtual boost::asio::awaitable<Result<std::vector<Case>>> Read(std::vector<std::int64_t> ordinals) = 0;
};

// Where results go. Called from all loops at once.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  // Returns when there is room for more (back-pressure), in bounded time, on the caller's executor. An error ends the
  // run. Not cancelled: a result that exists is handed on.
  virtual boost::asio::awaitable<Status> Write(TrialResult result) = 0;
};

// A trial that was answered before, and of which graders are due.
struct KnownTrial {
  Response response;
  std::vector<Score> scores;  // by grader
};

// Trials that are only graded: their answers are known. Thread-safe.
class KnownTrials {
 public:
  virtual ~KnownTrials() = default;
  virtual bool Has(std::int64_t position) const = 0;
  // One that Has() it. An error ends the run.
  virtual boost::asio::awaitable<Result<KnownTrial>> Read(std::int64_t position, std::int64_t ordinal, int trial) = 0;
};

// Everything a run needs to know; immutable while it runs.
struct RunPlan {
  static constexpr int kMaxBatch = 256;
  // The first trials of a run that may all end in endpoint errors before the run stops.
  static constexpr std::int64_t kTrialsBeforeGivingUp = 20;

  // Work is numbered [0, cases * trials): position p is trial p % trials of case Permutation(cases, seed).At(p /
  // trials).
  std::int64_t cases = 0;
  int trials = 1;
  std::uint64_t seed = 0;
  std::optional<std::int64_t> asked_cases = {};  // only the first so many in this order; absent: all

  // What earlier executions recorded: every position below `start_position`, and `finished` above it (ascending).
  std::int64_t start_position = 0;
  std::vector<std::int64_t> finished;
  // Of what was recorded: trials with a response, and trials that ended in endpoint errors.
  std::int64_t recorded_responses = 0;
  std::int64_t recorded_endpoint_errors = 0;

  std::shared_ptr<KnownTrials> known;  // may be null
  // What the judges among the graders are asked about beside the trials; may be null. In no count of the run: one that
  // is never asked leaves the run complete. Due at positions up to the last that is asked.
  std::shared_ptr<SentinelQueue> sentinels;

  int max_concurrency = 1;  // trials at once, at most; RunControl::SetConcurrency lowers it
  // For one trial with all its attempts and waits. Each attempt has a time of its own; most of this is for the wait
  // until other runs, or the limits of the endpoint, leave a place.
  Duration trial_timeout = std::chrono::hours(24);

  // The prompt of a case; an error (a missing field) is the result of each of its trials. Thread-safe.
  std::function<Result<Dialogue>(const Json& fields)> prompt;
  std::shared_ptr<ImageFiles> images;  // reads the images that cases name; null pointer: such a case is an error
  Sampling sampling;
  int retries_before = 0;                      // requests for each trial that failed in another run
  std::string tool_choice;                     // as ModelRequest::tool_choice, where a case has tools
  std::shared_ptr<Endpoint> endpoint;          // kAborted from it ends the run, once what is in flight has ended
  std::shared_ptr<const Requester> requester;  // this run, among those that use the endpoint; may be null
  // Asked when all trials have ended: why the run is not complete all the same, "" when it is. May be empty.
  std::function<std::string()> why_limited;
  std::shared_ptr<const SuiteGraders> graders;
  // Told how long each grading took, with the grader's index; for metrics. Thread-safe; may be empty.
  std::function<void(std::size_t grader, std::chrono::nanoseconds took)> on_graded;
};

// Stops a run from outside. Thread-safe; outlives the run.
class RunControl {
 public:
  // Nothing more is sent. Requests in flight may end within `grace` from now and are cancelled then; a trial that would
  // need another one is not recorded, so the run can be resumed. One that only graders are due of is handed on as
  // kSkipped, and counts as outstanding. Further calls can only shorten the grace.
  void Stop(Duration grace);
  bool stop_requested() const;
  // So many trials at once from now on, within RunPlan::max_concurrency; absent: as many as that. Trials in progress go
  // on.
  void SetConcurrency(std::optional<int> concurrency);

 private:
  friend class RunExecution;
  mutable std::mutex mutex_;
  std::optional<Deadline> cancel_at_;
  std::optional<int> concurrency_;
  std::function<void()> on_change_;  // wakes the run; set while it runs
};

enum class RunOutcome {
  kComplete,  // every position that is to be asked is recorded
  kStopped,   // by RunControl; positions are outstanding
  kLimited,   // its endpoint grants it no more, because of `error`; positions are outstanding
  kFailed,    // by `error`; positions are outstanding
};

struct RunEnd {
  RunOutcome outcome = RunOutcome::kComplete;
  std::optional<Error> error;  // with kFailed and kLimited: the cause
  RunCounts recorded;         // what this execution handed to the sink; `scheduled` is the run's whole number of trials
  double unanswered_usd = 0;  // as TrialResult's, of trials that were not recorded
};

// Runs `plan` to its end. Returns when no coroutine of the run is left. The calling coroutine runs on one of `loops`;
// all arguments live until the end.
boost::asio::awaitable<RunEnd> ExecuteRun(const RunPlan& plan, EventLoops& loops, CaseSource& source, ResultSink& sink,
                                          RunControl& control);

}  // namespace assay
