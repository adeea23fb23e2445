#include "daemon/change_signal.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

constexpr std::chrono::seconds kFar{60};

TEST(ChangeSignal, AnswersAtOnceWhenTheChangeWasBeforeTheWait) {
  asio::io_context loop;
  ChangeSignal signal;
  signal.Notify();
  auto answer = asio::co_spawn(loop, signal.Wait(0, steady_clock::now() + kFar), asio::use_future);
  loop.run();
  EXPECT_EQ(answer.get(), 1u);
}

TEST(ChangeSignal, EndsAtTheDeadlineWithoutAChange) {
  asio::io_context loop;
  ChangeSignal signal;
  auto answer =
      asio::co_spawn(loop, signal.Wait(0, steady_clock::now() + std::chrono::milliseconds(5)), asio::use_future);
  loop.run();
  EXPECT_EQ(answer.get(), 0u);
}

TEST(ChangeSignal, WakesEveryWaiterFromAnotherThread) {
  asio::io_context loop;
  ChangeSignal signal;
  std::vector<std::future<std::uint64_t>> answers;
  for (int i = 0; i < 100; ++i) {
    answers.push_back(asio::co_spawn(loop, signal.Wait(0, steady_clock::now() + kFar), asio::use_future));
  }
  std::thread notifier([&] { signal.Notify(); });
  loop.run();
  notifier.join();
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 1u);
}

// A change that comes between the look at the version and the wait must not be lost: each round would hang for a
// minute.
TEST(ChangeSignal, NeverMissesAChange) {
  asio::io_context loop;
  ChangeSignal signal;
  constexpr std::uint64_t kRounds = 20'000;
  auto follow = [&]() -> asio::awaitable<std::uint64_t> {
    std::uint64_t seen = 0;
    while (seen < kRounds) seen = co_await signal.Wait(seen, steady_clock::now() + kFar);
    co_return seen;
  };
  auto answer = asio::co_spawn(loop, follow(), asio::use_future);
  std::thread notifier([&] {
    for (std::uint64_t i = 0; i < kRounds; ++i) signal.Notify();
  });
  loop.run();
  notifier.join();
  EXPECT_EQ(answer.get(), kRounds);
}

}  // namespace
}  // namespace assay
