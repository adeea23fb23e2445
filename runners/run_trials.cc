// What a worker does: one trial after the other, from its prompt to its result, and what they say of the run.

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "runners/converse.h"
#include "runners/endpoints/endpoint.h"
#include "runners/graders/suite_graders.h"
#include "runners/run_execution.h"
#include "runners/sentinel_queue.h"

namespace assay {

namespace asio = boost::asio;

// The requests of one trial.
class RunExecution::TrialGuard final : public SendGuard {
 public:
  TrialGuard(RunExecution& execution, Worker& worker) : execution_(execution), worker_(worker) {}
  ~TrialGuard() {
    if (charged_usd_ == 0) return;
    const std::lock_guard lock(execution_.mutex_);
    execution_.unanswered_usd_ += charged_usd_;
  }
  TrialGuard(const TrialGuard&) = delete;
  TrialGuard& operator=(const TrialGuard&) = delete;

  Status Begin() override {
    if (execution_.holds_back_) return Fail(ErrorCode::kCancelled, "the run is being stopped");
    ++worker_.in_flight;
    return {};
  }
  void End(bool, bool) override {
    --worker_.in_flight;
    if (!execution_.holds_back_) return;
    // Unless this was the trial's last: what would be waited for now is another one.
    asio::post(worker_.executor, [run = execution_.weak_from_this(), &worker = worker_] {
      if (const auto self = run.lock()) CancelUnsent(worker);
    });
  }
  void OnCharged(double usd) override { charged_usd_ += usd; }
  // For the trial that is recorded.
  double TakeCharged() { return std::exchange(charged_usd_, 0); }

 private:
  RunExecution& execution_;
  Worker& worker_;
  double charged_usd_ = 0;
};

asio::awaitable<void> RunExecution::Work(Worker& worker) {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    co_await Park(worker);
    auto taking = queue_.Take(worker.wakeup);
    std::optional<TrialWork> work = co_await std::move(taking);
    if (!work) {
      auto asking = AskSentinels(worker);
      co_await std::move(asking);
      co_return;
    }
    const std::int64_t number = started_++;
    try {
      std::optional<DoneTrial> done = co_await DoTrial(worker, *work);
      if (!done) co_return;
      auto handing_on = HandOn(number, *std::move(done));
      const bool goes_on = co_await std::move(handing_on);
      if (!goes_on) co_return;
      auto asking = AskSentinels(worker);
      const bool may_ask = co_await std::move(asking);
      if (!may_ask) co_return;
    } catch (const std::exception& thrown) {
      FailWith({ErrorCode::kInternal, std::string("a trial ended in an exception: ") + thrown.what(), std::nullopt});
      co_return;
    }
  }
}

// Returns whether there may be other trials to do. What was answered when the run has failed already is kept: to ask
// for it again would be to draw another answer.
asio::awaitable<bool> RunExecution::HandOn(std::int64_t number, DoneTrial done) {
  if (has_failed_ && (is_sink_broken_ || !done.result.response)) {
    NoteUnrecorded(done.result);
    co_return false;
  }
  const TrialStatus status = done.result.status;
  const std::int64_t position = done.result.position;
  auto writing = sink_.Write(std::move(done.result));
  Status written = co_await std::move(writing);
  if (!written) {
    is_sink_broken_ = true;
    FailWith(std::move(written).error());
    co_return false;
  }
  if (done.interruption) co_return false;
  if (plan_.sentinels) finished_.Add(position);
  Record(number, status, done);
  co_return !has_failed_;
}

asio::awaitable<std::optional<RunExecution::DoneTrial>> RunExecution::DoTrial(Worker& worker, const TrialWork& work) {
  DoneTrial done;
  TrialResult& result = done.result;
  result.position = work.position;
  result.ordinal = work.item->ordinal;
  result.trial = work.trial;

  if (plan_.known && plan_.known->Has(work.position)) {
    auto grading = GradeKnown(worker, work, std::move(done));
    co_return co_await std::move(grading);
  }
  auto dialogue = plan_.prompt(work.item->fields);
  if (!dialogue) {
    result.error = std::string(kPromptErrorPrefix) + dialogue.error().message;
    co_return done;
  }
  if (trials_cancelled_) co_return std::nullopt;
  const Deadline deadline = DeadlineIn(plan_.trial_timeout);
  TrialGuard guard(*this, worker);
  worker.is_asking = true;
  ImageFiles::Hold images;
  if (HasImageData(*dialogue)) {
    auto loaded = co_await LoadImages(worker, *dialogue, deadline);
    if (!loaded) {
      worker.is_asking = false;
      if (loaded.error().code == ErrorCode::kCancelled) co_return Cancelled(std::move(loaded).error());
      result.error = std::string(kPromptErrorPrefix) + loaded.error().message;
      co_return done;
    }
    images = *std::move(loaded);
    if (trials_cancelled_) co_return std::nullopt;
  }
  const Sender sender(plan_.requester, &guard);
  ConverseContext context{.endpoint = *plan_.endpoint,
                          .sender = sender,
                          .sampling = plan_.sampling,
                          .tool_choice = plan_.tool_choice,
                          .case_id = work.item->id,
                          .deadline = deadline};
  auto conversing = Converse(std::move(context), *std::move(dialogue));
  auto answered = co_await std::move(conversing);
  worker.is_asking = false;
  if (!answered) {
    const bool is_recorded =
        answered.error().error.code != ErrorCode::kCancelled && answered.error().error.code != ErrorCode::kAborted;
    if (is_recorded) result.unanswered_usd = guard.TakeCharged();
    Error& error = answered.error().error;
    if (error.code == ErrorCode::kCancelled) co_return Cancelled(std::move(error));
    if (error.code == ErrorCode::kAborted) {
      StopAtLimit(std::move(error));
      co_return std::nullopt;
    }
    result.error = error.message;
    // What was answered is not asked for again, whatever the answer was.
    result.response = std::move(answered.error().answer);
    if (result.response) result.response->retries += plan_.retries_before;
    done.contact = answered.error().was_answered ? Contact::kAnswered : Contact::kError;
    done.cause = std::move(error);
    co_return done;
  }
  result.unanswered_usd = guard.TakeCharged();
  result.response = *std::move(answered);
  result.response->retries += plan_.retries_before;
  GradingTerms terms{.deadline = deadline, .sender = sender};
  auto grading = GradeAnswered(worker, *work.item, std::move(done), guard, std::move(terms), {});
  co_return co_await std::move(grading);
}

// The answer was paid for and is stored: nobody is asked for another one.
asio::awaitable<std::optional<RunExecution::DoneTrial>> RunExecution::GradeKnown(Worker& worker, const TrialWork& work,
                                                                                 DoneTrial done) {
  if (trials_cancelled_) co_return std::nullopt;
  auto reading = plan_.known->Read(work.position, work.item->ordinal, work.trial);
  auto known = co_await std::move(reading);
  if (!known) {
    FailWith(std::move(known).error());
    co_return std::nullopt;
  }
  done.result.response = std::move(known->response);
  done.result.is_taken_over = true;
  TrialGuard guard(*this, worker);
  GradingTerms terms{.deadline = DeadlineIn(plan_.trial_timeout), .sender = Sender(plan_.requester, &guard)};
  auto grading = GradeAnswered(worker, *work.item, std::move(done), guard, std::move(terms), std::move(known->scores));
  co_return co_await std::move(grading);
}

asio::awaitable<std::optional<RunExecution::DoneTrial>> RunExecution::GradeAnswered(Worker& worker, const Case& item,
                                                                                    DoneTrial done, TrialGuard& guard,
                                                                                    GradingTerms terms,
                                                                                    std::vector<Score> known) {
  done.contact = Contact::kAnswered;
  terms.prompt = [this, &item]() -> Result<std::vector<Message>> {
    ASSAY_ASSIGN(Dialogue dialogue, plan_.prompt(item.fields));
    return ForTranscript(std::move(dialogue.turns.front()));
  };
  auto grading = Grade(worker, item, done, std::move(terms), known);
  co_await std::move(grading);
  done.result.unanswered_usd += guard.TakeCharged();
  if (!done.interruption) co_return done;
  const bool is_cancelled = done.interruption->code == ErrorCode::kCancelled;
  const bool is_taken_down = is_cancelled && !trials_cancelled_ && !holds_back_;
  if (is_cancelled) {
    Cancelled(*done.interruption);
  } else {
    StopAtLimit(*done.interruption);
  }
  // What is stored of it already may be all there is.
  if (!is_taken_down && done.result.scores != known) co_return done;
  NoteUnrecorded(done.result);
  co_return std::nullopt;
}

asio::awaitable<Result<ImageFiles::Hold>> RunExecution::LoadImages(Worker& worker, Dialogue& dialogue,
                                                                   Deadline deadline) {
  if (!plan_.images) co_return Fail(ErrorCode::kFailedPrecondition, "images of files cannot be read here");
  auto loading = ImageFiles::Load(plan_.images, dialogue, deadline, worker.wakeup);
  co_return co_await std::move(loading);
}

// A trial that was cut off before its answer is not recorded.
std::optional<RunExecution::DoneTrial> RunExecution::Cancelled(Error error) {
  // Not this run's doing: the loops are being taken down.
  if (!trials_cancelled_ && !holds_back_) FailWith(std::move(error));
  return std::nullopt;
}

asio::awaitable<void> RunExecution::Grade(Worker& worker, const Case& item, DoneTrial& done, GradingTerms terms,
                                          const std::vector<Score>& known) {
  TrialResult& result = done.result;
  const SuiteGraders& graders = *plan_.graders;
  GradedTrial graded;
  if (graders.MayWait()) {
    if (trials_cancelled_) terms.interruption = Error{ErrorCode::kCancelled, "the run is being stopped", std::nullopt};
    worker.is_asking = true;
    GradingBill bill;
    terms.bill = &bill;
    auto grading = graders.Grade(item, *result.response, terms, plan_.on_graded, known);
    graded = co_await std::move(grading);
    worker.is_asking = false;
    result.grading_usd = bill.usd;
    result.gradings_without_cost = bill.answers_without_cost;
  } else {
    graded = graders.Compute(item, *result.response, plan_.on_graded);
  }
  for (std::size_t i = 0; i < graded.scores.size() && result.error.empty(); ++i) {
    const bool is_error = graded.scores[i].status == ScoreStatus::kError;
    if (is_error && graders[i].role != GraderRole::kReport) result.error = graded.scores[i].reason;
  }
  if (graded.endpoint_error) {
    done.contact = Contact::kError;
    done.cause = *std::move(graded.endpoint_error);
    done.unanswered_grader = std::move(graded.unanswered_grader);
    done.is_given_up = graded.is_given_up;
  }
  done.interruption = std::move(graded.interruption);
  result.scores = std::move(graded.scores);
  result.status = graded.status;
}

bool RunExecution::HasSentinels() const { return plan_.sentinels && !plan_.sentinels->IsEmpty(); }

// Whoever ends the last position finds all of them due.
asio::awaitable<bool> RunExecution::AskSentinels(Worker& worker) {
  if (!plan_.sentinels) co_return true;
  try {
    for (;;) {
      if (ShouldStop() || has_failed_ || trials_cancelled_ || holds_back_) {
        leaves_sentinels_ = leaves_sentinels_ || HasSentinels();
        co_return false;
      }
      const FinishedPositions::Reached now = finished_.Now();
      auto work = plan_.sentinels->TakeDue(now.ended, now.all_below);
      if (!work) co_return true;
      auto asking = AskSentinel(worker, *std::move(work));
      const bool goes_on = co_await std::move(asking);
      if (!goes_on) co_return false;
    }
  } catch (const std::exception& thrown) {
    FailWith({ErrorCode::kInternal, std::string("a sentinel ended in an exception: ") + thrown.what(), std::nullopt});
    co_return false;
  }
}

// As a trial that was answered: by the same grader, under the same terms. An interruption leaves it to be asked again.
asio::awaitable<bool> RunExecution::AskSentinel(Worker& worker, SentinelWork work) {
  TrialGuard guard(*this, worker);
  GradingBill bill;
  GradingTerms terms{
      .deadline = DeadlineIn(plan_.trial_timeout), .sender = Sender(plan_.requester, &guard), .bill = &bill};
  terms.prompt = [this, &work]() -> Result<std::vector<Message>> {
    ASSAY_ASSIGN(Dialogue dialogue, plan_.prompt(work.item.fields));
    return ForTranscript(std::move(dialogue.turns.front()));
  };
  worker.is_asking = true;
  auto grading = (*plan_.graders)[work.grader].waiting->Grade(work.item, work.response, terms);
  auto graded = co_await std::move(grading);
  worker.is_asking = false;
  plan_.sentinels->Spend(work.grader, bill.usd);
  const std::optional<Error> interruption = graded ? graded->interruption : std::optional<Error>(graded.error());
  if (interruption) {
    {
      const std::lock_guard lock(mutex_);
      unanswered_usd_ += bill.usd;
    }
    if (interruption->code == ErrorCode::kCancelled) {
      leaves_sentinels_ = true;
      Cancelled(*interruption);
    } else {
      StopAtLimit(*interruption);
    }
    co_return false;
  }
  SentinelResult result{.grader = work.grader,
                        .ordinal = work.item.ordinal,
                        .score = std::move(graded->score),
                        .usd = bill.usd,
                        .answers_without_cost = bill.answers_without_cost,
                        .unanswered_usd = guard.TakeCharged()};
  const double spent = result.usd + result.unanswered_usd;
  const bool is_due = result.score.IsDue();
  auto writing = plan_.sentinels->sink().Write(std::move(result));
  Status written = co_await std::move(writing);
  if (!written) {
    {
      const std::lock_guard lock(mutex_);
      unanswered_usd_ += spent;
    }
    FailWith(std::move(written).error());
    co_return false;
  }
  if (is_due) plan_.sentinels->PutBack(std::move(work));
  co_return true;
}

// What a trial cost that is not handed on.
void RunExecution::NoteUnrecorded(const TrialResult& result) {
  const std::lock_guard lock(mutex_);
  unanswered_usd_ += result.unanswered_usd + result.grading_usd;
  const bool is_paid_here = result.response && !result.response->is_cached && !result.is_taken_over;
  if (is_paid_here) unanswered_usd_ += result.response->cost_usd.value_or(0);
}

// The endpoint is dead when the first trials ended in its errors and so did all that had been sent by then: errors can
// be faster than answers. That it is given up on ends a run only where there is more to be sent: what is in flight
// comes to an end by itself.
void RunExecution::Record(std::int64_t number, TrialStatus status, const DoneTrial& done) {
  const Contact contact = done.contact;
  const Error& cause = done.cause;
  std::optional<Error> dead;
  {
    std::lock_guard lock(mutex_);
    recorded_.Add(status);
    ++ended_;
    if (number < first_after_errors_) --open_before_errors_;
    if (contact == Contact::kAnswered) ++responses_;
    if (contact == Contact::kError) ++endpoint_errors_;
    std::int64_t enough = std::min(RunPlan::kTrialsBeforeGivingUp, positions_.total());
    if (contact == Contact::kError) {
      last_cause_ = cause;
      last_unanswered_ = done.unanswered_grader;
    }
    // The endpoint is shared: another run may have found out that it refuses everything but this.
    const bool is_of_the_request = cause.code == ErrorCode::kInvalidArgument;
    const bool has_only_errors = responses_ == 0 && endpoint_errors_ >= enough;
    if (has_only_errors && first_after_errors_ == 0) {
      first_after_errors_ = started_;
      open_before_errors_ = first_after_errors_ - ended_;
    }
    if (has_only_errors && open_before_errors_ <= 0 && last_cause_) {
      dead = Dead();
    } else if (contact == Contact::kError && !is_of_the_request && started_ < positions_.remaining() &&
               (done.is_given_up || (done.unanswered_grader.empty() && plan_.endpoint->State().is_given_up))) {
      const std::string who = done.unanswered_grader.empty()
                                  ? "the endpoint"
                                  : "a model that grader \"" + done.unanswered_grader + "\" asks";
      const std::string how = responses_ == 0 ? " never answered: " : " stopped answering: ";
      dead = Error{cause.code, who + how + cause.message, cause.retry_after};
    }
  }
  if (dead) FailWith(*std::move(dead));
}

// `mutex_` is held.
Error RunExecution::Dead() const {
  const Error& cause = *last_cause_;
  std::string message = endpoint_errors_ == 1
                            ? "the first trial ended in an endpoint error"
                            : "the first " + std::to_string(endpoint_errors_) + " trials ended in endpoint errors";
  message += last_unanswered_.empty()
                 ? " and none was answered; the last: "
                 : " and none was graded; the last, of a model that grader \"" + last_unanswered_ + "\" asks: ";
  return {cause.code, message + cause.message, cause.retry_after};
}

void RunExecution::FailWith(Error error) {
  {
    std::lock_guard lock(mutex_);
    if (!error_) error_ = std::move(error);
  }
  has_failed_ = true;
  queue_.Close();
  wakeup_->Notify();
}

// Trials in flight end as ever: they are paid for.
void RunExecution::StopAtLimit(Error error) {
  {
    std::lock_guard lock(mutex_);
    if (!limit_) limit_ = std::move(error);
  }
  is_at_limit_ = true;
  queue_.Close();
  wakeup_->Notify();
}

RunEnd RunExecution::End() const {
  std::lock_guard lock(mutex_);
  RunEnd end;
  end.recorded = recorded_;
  end.recorded.scheduled = positions_.total();
  end.unanswered_usd = unanswered_usd_;
  if (error_) {
    end.outcome = RunOutcome::kFailed;
    end.error = error_;
  } else if (limit_ && recorded_.Accounted() < positions_.remaining()) {
    const std::int64_t done = positions_.total() - positions_.remaining() + recorded_.Accounted();
    end.outcome = RunOutcome::kLimited;
    end.error = limit_;
    // As it is now: what was in flight has been counted since.
    if (std::string why = plan_.why_limited ? plan_.why_limited() : ""; !why.empty())
      end.error->message = std::move(why);
    end.error->message += " (after " + std::to_string(done) + " of " + std::to_string(positions_.total()) + " trials)";
  } else if (recorded_.Accounted() < positions_.remaining() || (leaves_sentinels_ && !limit_)) {
    end.outcome = RunOutcome::kStopped;
  } else if (responses_ == 0 && last_cause_) {
    end.outcome = RunOutcome::kFailed;  // fewer than kTrialsBeforeGivingUp were asked, and all in vain
    end.error = Dead();
  } else if (const std::string why = plan_.why_limited ? plan_.why_limited() : ""; !why.empty()) {
    end.outcome = RunOutcome::kLimited;
    end.error = Error{ErrorCode::kAborted, why, std::nullopt};
  }
  return end;
}

}  // namespace assay
