#include "daemon/rpc/call_task.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

namespace assay {
namespace asio = boost::asio;
namespace {

// What an exception that left a handler means.
Error ErrorOf(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted)
      return Error{ErrorCode::kCancelled, "the call was cancelled", {}};
    return Error{ErrorCode::kInternal, error.what(), {}};
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInternal, error.what(), {}};
  } catch (...) {
    return Error{ErrorCode::kInternal, "unknown exception in a handler", {}};
  }
}

}  // namespace

CallTask::CallTask(const asio::any_io_executor& executor) : strand_(asio::make_strand(executor)), timer_(strand_) {}

void CallTask::Start(asio::awaitable<Status> work, std::optional<std::chrono::steady_clock::time_point> deadline,
                     Done done) {
  asio::post(strand_, [self = shared_from_this(), work = std::move(work), deadline, done = std::move(done)]() mutable {
    self->done_ = std::move(done);
    if (self->cause_) return self->Finish(Fail(*self->cause_));
    self->started_ = true;
    asio::co_spawn(self->strand_, std::move(work),
                   asio::bind_cancellation_slot(
                       self->signal_.slot(),
                       asio::bind_executor(self->strand_, [self](const std::exception_ptr& exception, Status outcome) {
                         self->Finish(exception ? Fail(ErrorOf(exception)) : std::move(outcome));
                       })));
    if (!deadline || self->finished_) return;
    self->timer_.expires_at(*deadline);
    self->timer_.async_wait([self](const boost::system::error_code& error) {
      if (!error) self->CancelOnStrand({ErrorCode::kDeadlineExceeded, "the deadline of the call has passed", {}});
    });
  });
}

void CallTask::Cancel(Error cause) {
  asio::post(strand_, [self = shared_from_this(), cause = std::move(cause)]() mutable {
    self->CancelOnStrand(std::move(cause));
  });
}

void CallTask::CancelOnStrand(Error cause) {
  if (cause_ || finished_) return;
  cause_ = std::move(cause);
  if (started_) signal_.emit(asio::cancellation_type::terminal);
}

void CallTask::Finish(Status outcome) {
  finished_ = true;
  timer_.cancel();
  if (!outcome && cause_) outcome = Fail(*cause_);
  std::exchange(done_, nullptr)(std::move(outcome));
}

}  // namespace assay
