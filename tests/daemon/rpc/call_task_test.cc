#include "daemon/rpc/call_task.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

#include "daemon/rpc/completion.h"

namespace assay {
namespace {

using boost::asio::awaitable;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class CallTaskTest : public ::testing::Test {
 protected:
  void Start(awaitable<Status> work, std::optional<steady_clock::time_point> deadline = {}) {
    task_->Start(std::move(work), deadline, [this](Status outcome) {
      ++done_;
      outcome_ = std::move(outcome);
    });
  }
  awaitable<Status> Forever() {
    boost::asio::steady_timer never(context_, steady_clock::time_point::max());
    co_await never.async_wait(boost::asio::use_awaitable);
    co_return Status();
  }

  boost::asio::io_context context_;
  std::shared_ptr<CallTask> task_ = std::make_shared<CallTask>(context_.get_executor());
  int done_ = 0;
  std::optional<Status> outcome_;
};

awaitable<Status> Give(Status status) { co_return status; }
awaitable<Status> Throw() {
  throw std::runtime_error("broken");
  co_return Status();
}

TEST_F(CallTaskTest, GivesTheOutcomeOfItsWorkOnce) {
  Start(Give({}));
  task_.reset();  // it keeps itself
  context_.run();
  EXPECT_EQ(done_, 1);
  EXPECT_TRUE(*outcome_);
}

TEST_F(CallTaskTest, GivesTheErrorOfItsWork) {
  Start(Give(Fail(ErrorCode::kNotFound, "no")));
  context_.run();
  EXPECT_EQ(outcome_->error(), (Error{ErrorCode::kNotFound, "no", {}}));
}

TEST_F(CallTaskTest, AnExceptionBecomesAnInternalError) {
  Start(Throw());
  context_.run();
  EXPECT_EQ(outcome_->error(), (Error{ErrorCode::kInternal, "broken", {}}));
}

TEST_F(CallTaskTest, TheFirstCauseOfCancellingIsTheOutcome) {
  Start(Forever());
  context_.poll();
  task_->Cancel({ErrorCode::kUnavailable, "first", {}});
  task_->Cancel({ErrorCode::kCancelled, "second", {}});
  context_.run();
  EXPECT_EQ(done_, 1);
  EXPECT_EQ(outcome_->error(), (Error{ErrorCode::kUnavailable, "first", {}}));
}

TEST_F(CallTaskTest, CancelledBeforeItsStartItDoesNotRun) {
  task_->Cancel({ErrorCode::kCancelled, "early", {}});
  bool ran = false;
  const auto work = [](bool& flag) -> awaitable<Status> {
    flag = true;
    co_return Status();
  };
  Start(work(ran));
  context_.run();
  EXPECT_FALSE(ran);
  EXPECT_EQ(outcome_->error().message, "early");
}

TEST_F(CallTaskTest, CancellingAfterTheEndChangesNothing) {
  Start(Give({}));
  context_.run();
  task_->Cancel({ErrorCode::kCancelled, "late", {}});
  context_.restart();
  context_.run();
  EXPECT_EQ(done_, 1);
  EXPECT_TRUE(*outcome_);
}

TEST_F(CallTaskTest, TheDeadlineCancels) {
  Start(Forever(), steady_clock::now() + milliseconds(20));
  context_.run();
  EXPECT_EQ(outcome_->error().code, ErrorCode::kDeadlineExceeded);
}

TEST_F(CallTaskTest, ADeadlineThatWasKeptLeavesNothingWaiting) {
  Start(Give({}), steady_clock::now() + std::chrono::hours(1));
  context_.run();  // returns at once
  EXPECT_TRUE(*outcome_);
}

TEST_F(CallTaskTest, ACompletionIsWaitedForEvenWhenTheCallIsCancelled) {
  Completion completion(context_.get_executor());
  completion.Begin();
  bool waited = false;
  bool went_on = false;
  const auto work = [](Completion& end, boost::asio::io_context& context, bool& first,
                       bool& second) -> awaitable<Status> {
    co_await end.Wait();
    first = true;
    boost::asio::steady_timer timer(context, steady_clock::time_point::max());
    co_await timer.async_wait(boost::asio::use_awaitable);
    second = true;
    co_return Status();
  };
  Start(work(completion, context_, waited, went_on));
  context_.poll();
  task_->Cancel({ErrorCode::kCancelled, "gone", {}});
  context_.poll();
  EXPECT_EQ(done_, 0);
  completion.Complete();
  context_.restart();
  context_.run();
  EXPECT_TRUE(waited);
  EXPECT_FALSE(went_on);
  EXPECT_EQ(outcome_->error().message, "gone");
}

}  // namespace
}  // namespace assay
