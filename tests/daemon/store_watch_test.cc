#include "daemon/store_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>

#include "tests/testing/await.h"

namespace assay::testing {
namespace {

TEST(StoreWatch, SaysWhatTheLastPingSaid) {
  boost::asio::thread_pool loop(1);
  boost::asio::thread_pool blocking(1);
  std::atomic<bool> works = true;
  std::atomic<int> pings = 0;
  StoreWatch watch(
      [&]() -> Status {
        ++pings;
        if (works) return {};
        return Fail(ErrorCode::kUnavailable, "sqlite: database or disk is full");
      },
      blocking.get_executor());
  EXPECT_TRUE(watch.state()) << "nothing is known yet";
  boost::asio::co_spawn(loop, watch.Watch(std::chrono::milliseconds(1)), boost::asio::detached);
  ASSERT_TRUE(Eventually([&] { return pings > 2; }));
  EXPECT_TRUE(watch.state());
  works = false;
  ASSERT_TRUE(Eventually([&] { return !watch.state(); }));
  EXPECT_EQ(watch.state().error(),
            (Error{ErrorCode::kUnavailable, "the store does not work: sqlite: database or disk is full", {}}));
  works = true;
  EXPECT_TRUE(Eventually([&] { return watch.state().has_value(); }));
  loop.stop();
  loop.join();
  blocking.join();
}

}  // namespace
}  // namespace assay::testing
