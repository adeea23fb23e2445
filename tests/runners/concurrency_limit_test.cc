#include "runners/endpoints/concurrency_limit.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <latch>

#include "runners/event_loops.h"
#include "tests/testing/await.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Await;
using testing::Eventually;
using Permit = ConcurrencyLimit::Permit;

asio::awaitable<std::shared_ptr<Permit>> Hold(ConcurrencyLimit& limit) {
  auto permit = co_await limit.Acquire(DeadlineIn(seconds(30)));
  co_return permit ? std::make_shared<Permit>(*std::move(permit)) : nullptr;
}

asio::awaitable<Status> TryFor(ConcurrencyLimit& limit, Duration within) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto permit = co_await limit.Acquire(DeadlineIn(within));
  if (!permit) co_return std::unexpected(permit.error());
  co_return Status();
}

TEST(ConcurrencyLimit, APlaceIsTakenAndGivenBack) {
  EventLoops loops(1);
  auto limit = std::make_shared<ConcurrencyLimit>(2);
  auto first = Await(loops.executor(0), Hold(*limit));
  auto second = Await(loops.executor(0), Hold(*limit));
  EXPECT_EQ(limit->in_use(), 2);
  Status third = Await(loops.executor(0), TryFor(*limit, milliseconds(20)));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(limit->waiting(), 0);
  first.reset();
  EXPECT_TRUE(Await(loops.executor(0), TryFor(*limit, seconds(10))));
  EXPECT_EQ(limit->in_use(), 1);
}

asio::awaitable<void> Note(ConcurrencyLimit& limit, std::vector<int>& order, int number) {
  auto permit = co_await limit.Acquire(DeadlineIn(seconds(30)));
  if (permit) order.push_back(number);
}

TEST(ConcurrencyLimit, ServesInTurn) {
  EventLoops loops(1);
  auto limit = std::make_shared<ConcurrencyLimit>(1);
  auto held = Await(loops.executor(0), Hold(*limit));
  std::vector<int> order;
  std::latch ended(5);
  for (int i = 0; i < 5; ++i) {
    auto done = [&ended](const std::exception_ptr&) { ended.count_down(); };
    asio::co_spawn(loops.executor(0), Note(*limit, order, i), done);
    ASSERT_TRUE(Eventually([&] { return limit->waiting() == i + 1; }));
  }
  held.reset();
  ended.wait();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_TRUE(Eventually([&] { return limit->in_use() == 0; }));
}

TEST(ConcurrencyLimit, ACancelledWaiterLeavesTheQueue) {
  EventLoops loops(1);
  auto limit = std::make_shared<ConcurrencyLimit>(1);
  auto held = Await(loops.executor(0), Hold(*limit));
  asio::cancellation_signal signal;
  std::promise<Status> ended;
  auto done = [&ended](const std::exception_ptr&, Status status) { ended.set_value(std::move(status)); };
  asio::co_spawn(loops.executor(0), TryFor(*limit, seconds(60)), asio::bind_cancellation_slot(signal.slot(), done));
  ASSERT_TRUE(Eventually([&] { return limit->waiting() == 1; }));
  asio::post(loops.executor(0), [&signal] { signal.emit(asio::cancellation_type::terminal); });
  Status status = ended.get_future().get();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(limit->waiting(), 0);
  held.reset();
  EXPECT_EQ(limit->in_use(), 0);
}

AdmissionTerms Places(int limit) {
  AdmissionTerms terms;
  terms.limit = limit;
  return terms;
}

// Asks for `count` places at once; they are kept until the holders go.
class Holders {
 public:
  Holders(EventLoops& loops, ConcurrencyLimit& limit, int count) {
    for (int i = 0; i < count; ++i) {
      // Who still waits when the holders go may be granted a place by that.
      auto done = [kept = kept_](const std::exception_ptr&, std::shared_ptr<Permit> permit) {
        std::lock_guard lock(kept->mutex);
        if (!permit || kept->is_over) return;
        if (permit->is_probe()) ++kept->probes;
        kept->permits.push_back(std::move(permit));
      };
      asio::co_spawn(loops.executor(0), Hold(limit), done);
    }
  }
  ~Holders() {
    std::vector<std::shared_ptr<Permit>> permits;
    std::lock_guard lock(kept_->mutex);
    kept_->is_over = true;
    permits.swap(kept_->permits);
  }
  void GiveBack(std::size_t count) {
    std::lock_guard lock(kept_->mutex);
    kept_->permits.resize(kept_->permits.size() - count);
  }
  std::size_t held() const {
    std::lock_guard lock(kept_->mutex);
    return kept_->permits.size();
  }
  int probes() const {
    std::lock_guard lock(kept_->mutex);
    return kept_->probes;
  }

 private:
  struct Kept {
    std::mutex mutex;
    std::vector<std::shared_ptr<Permit>> permits;
    int probes = 0;
    bool is_over = false;
  };
  const std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

TEST(ConcurrencyLimit, ALowerLimitTakesPlacesAsTheyAreGivenBackAndAHigherOneGrantsAtOnce) {
  EventLoops loops(1);
  auto limit = std::make_shared<ConcurrencyLimit>(4);
  Holders holders(loops, *limit, 10);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 4 && limit->waiting() == 6; }));
  limit->SetTerms(Places(2));
  EXPECT_EQ(limit->in_use(), 4);
  holders.GiveBack(2);
  EXPECT_EQ(limit->in_use(), 2);
  EXPECT_EQ(limit->waiting(), 6);
  holders.GiveBack(1);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 2; }));
  EXPECT_EQ(limit->waiting(), 5);
  limit->SetTerms(Places(5));
  ASSERT_TRUE(Eventually([&] { return holders.held() == 5; }));
  EXPECT_EQ(limit->in_use(), 5);
  EXPECT_EQ(limit->waiting(), 2);
  limit->SetTerms(Places(100));
  ASSERT_TRUE(Eventually([&] { return holders.held() == 7; }));
}

TEST(ConcurrencyLimit, NobodyGoesBeforeTheTimeAndThenAllThatThereIsRoomFor) {
  EventLoops loops(1);
  auto limit = std::make_shared<ConcurrencyLimit>(3);
  AdmissionTerms terms = Places(3);
  terms.not_before = DeadlineIn(milliseconds(50));
  limit->SetTerms(terms);
  Holders holders(loops, *limit, 5);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 3; }));
  EXPECT_GE(std::chrono::steady_clock::now(), terms.not_before);
  EXPECT_EQ(limit->waiting(), 2);
  holders.GiveBack(3);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 2; }));
}

TEST(ConcurrencyLimit, AnEarlierTimeLetsThoseGoWhoWait) {
  EventLoops loops(1);
  auto limit = std::make_shared<ConcurrencyLimit>(1);
  AdmissionTerms terms = Places(1);
  terms.not_before = DeadlineIn(seconds(25));  // their deadline is in 30
  limit->SetTerms(terms);
  Holders holders(loops, *limit, 1);
  ASSERT_TRUE(Eventually([&] { return limit->waiting() == 1; }));
  limit->SetTerms(Places(1));
  ASSERT_TRUE(Eventually([&] { return holders.held() == 1; }));
}

TEST(ConcurrencyLimit, WhoseDeadlineComesBeforeTheTimeFailsAtOnceWithTheReason) {
  EventLoops loops(1);
  auto limit = std::make_shared<ConcurrencyLimit>(1);
  AdmissionTerms terms = Places(1);
  terms.not_before = DeadlineIn(seconds(600));
  terms.refusal = std::make_shared<const Error>(Error{ErrorCode::kUnavailable, "it is down", {}});
  limit->SetTerms(terms);
  Status status = Await(loops.executor(0), TryFor(*limit, seconds(300)));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error(), (Error{ErrorCode::kUnavailable, "it is down; no time left to wait for it", {}}));
}

TEST(ConcurrencyLimit, OneProbeAtATimeBesidesThePlacesThatAreTaken) {
  EventLoops loops(1);
  auto limit = std::make_shared<ConcurrencyLimit>(2);
  Holders before(loops, *limit, 2);
  ASSERT_TRUE(Eventually([&] { return before.held() == 2; }));
  Holders holders(loops, *limit, 3);
  ASSERT_TRUE(Eventually([&] { return limit->waiting() == 3; }));
  AdmissionTerms terms = Places(2);
  terms.is_probing = true;
  limit->SetTerms(terms);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 1; }));
  EXPECT_EQ(holders.probes(), 1);
  EXPECT_EQ(limit->in_use(), 3);
  EXPECT_EQ(limit->waiting(), 2);
  before.GiveBack(2);  // makes no room
  EXPECT_EQ(limit->waiting(), 2);
  holders.GiveBack(1);
  ASSERT_TRUE(Eventually([&] { return holders.probes() == 2; }));
  EXPECT_EQ(limit->waiting(), 1);
}

TEST(ConcurrencyLimit, WhoWaitsIsRefusedWhenItIsGivenUpOnButAProbeThatIsDueGoes) {
  EventLoops loops(1);
  auto limit = std::make_shared<ConcurrencyLimit>(1);
  AdmissionTerms terms = Places(1);
  terms.is_probing = true;
  terms.not_before = DeadlineIn(seconds(600));
  terms.give_up_at = DeadlineIn(milliseconds(30));
  terms.refusal = std::make_shared<const Error>(Error{ErrorCode::kUnavailable, "it is down", {}});
  limit->SetTerms(terms);
  for (int i = 0; i < 2; ++i) {  // waits for it, then comes after it
    Status status = Await(loops.executor(0), TryFor(*limit, seconds(3600)));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error(), *terms.refusal);
    EXPECT_GE(std::chrono::steady_clock::now(), terms.give_up_at);
  }
  terms.not_before = std::chrono::steady_clock::now();
  limit->SetTerms(terms);
  auto probe = Await(loops.executor(0), Hold(*limit));
  ASSERT_TRUE(probe);
  EXPECT_TRUE(probe->is_probe());
  EXPECT_FALSE(Await(loops.executor(0), TryFor(*limit, seconds(3600))));  // one at a time
}

TEST(ConcurrencyLimit, HoldsUnderContentionWhileItChanges) {
  EventLoops loops(3);
  auto limit = std::make_shared<ConcurrencyLimit>(4);
  std::atomic<int> inside = 0;
  std::latch ended(30);
  auto churn = [&](int rounds) -> asio::awaitable<void> {
    asio::any_io_executor executor = co_await asio::this_coro::executor;
    for (int i = 0; i < rounds; ++i) {
      AdmissionTerms terms = Places(1 + i % 8);
      terms.is_probing = i % 5 == 0;
      if (i % 7 == 0) terms.not_before = DeadlineIn(Duration(20));
      limit->SetTerms(terms);
      auto permit = co_await limit->Acquire(DeadlineIn(i % 3 == 0 ? Duration(30) : Duration(seconds(30))));
      if (!permit) continue;
      ++inside;
      co_await asio::post(executor, asio::use_awaitable);
      --inside;
    }
  };
  for (int i = 0; i < 30; ++i) {
    auto done = [&ended](const std::exception_ptr&) { ended.count_down(); };
    asio::co_spawn(loops.executor(i % 3), churn(300), done);
  }
  ended.wait();
  EXPECT_EQ(inside, 0);
  EXPECT_EQ(limit->in_use(), 0);
  EXPECT_EQ(limit->waiting(), 0);
}

asio::awaitable<void> Churn(ConcurrencyLimit& limit, std::atomic<int>& inside, std::atomic<int>& most, int rounds) {
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (int i = 0; i < rounds; ++i) {
    // A third of the waits end by their deadline, often at the moment of the grant.
    auto permit = co_await limit.Acquire(DeadlineIn(i % 3 == 0 ? Duration(30) : Duration(seconds(30))));
    if (!permit) continue;
    int now = inside.fetch_add(1) + 1;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    co_await asio::post(executor, asio::use_awaitable);
    --inside;
  }
}

TEST(ConcurrencyLimit, HoldsUnderContentionFromSeveralLoops) {
  EventLoops loops(3);
  auto limit = std::make_shared<ConcurrencyLimit>(4);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::latch ended(30);
  for (int i = 0; i < 30; ++i) {
    auto done = [&ended](const std::exception_ptr&) { ended.count_down(); };
    asio::co_spawn(loops.executor(i % 3), Churn(*limit, inside, most, 300), done);
  }
  ended.wait();
  EXPECT_LE(most, 4);
  EXPECT_EQ(limit->in_use(), 0);
  EXPECT_EQ(limit->waiting(), 0);
}

}  // namespace
}  // namespace assay
