#include "daemon/store_retry.h"

#include <gtest/gtest.h>

#include <boost/asio/thread_pool.hpp>

#include "tests/testing/await.h"

namespace assay {
namespace {

class StoreRetry : public ::testing::Test {
 protected:
  boost::asio::thread_pool loop_{1};
  // Ends before the loop, to which its threads hand their answers.
  boost::asio::thread_pool pool_{1};
  ChangeSignal stop_;
  std::atomic<int> calls_ = 0;
};

TEST_F(StoreRetry, RepeatsWhileTheStoreIsOutOfReach) {
  auto call = [this]() -> Result<int> {
    if (++calls_ < 2) return Fail(ErrorCode::kUnavailable, "locked");
    return 7;
  };
  EXPECT_EQ(testing::Await(loop_.get_executor(), RetryUnavailable(pool_.get_executor(), stop_, call)), 7);
  EXPECT_EQ(calls_, 2);
}

TEST_F(StoreRetry, GivesOtherErrorsAtOnce) {
  auto call = [this]() -> Status {
    ++calls_;
    return Fail(ErrorCode::kInternal, "no such table");
  };
  const Status status = testing::Await(loop_.get_executor(), RetryUnavailable(pool_.get_executor(), stop_, call));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "no such table");
  EXPECT_EQ(calls_, 1);
}

TEST_F(StoreRetry, EndsWhenTheDaemonStops) {
  auto call = [this]() -> Status {
    if (++calls_ == 1) boost::asio::post(loop_, [this] { stop_.Notify(); });
    return Fail(ErrorCode::kUnavailable, "locked");
  };
  const Status status = testing::Await(loop_.get_executor(), RetryUnavailable(pool_.get_executor(), stop_, call));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  EXPECT_LE(calls_, 2);
}

TEST_F(StoreRetry, WhatABlockingCallThrowsIsThrownToItsCaller) {
  auto call = []() -> Status { throw std::runtime_error("out of memory"); };
  EXPECT_THROW(testing::Await(loop_.get_executor(), RunBlocking(pool_.get_executor(), call)), std::runtime_error);
}

}  // namespace
}  // namespace assay
