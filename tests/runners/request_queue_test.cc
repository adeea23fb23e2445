#include "runners/endpoints/request_queue.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>

#include "tests/runners/queued_requests.h"
#include "tests/testing/await.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Await;
using testing::Eventually;
using testing::Hold;
using testing::Holders;
using testing::Permit;
using testing::Places;
using testing::QueueOf;

asio::awaitable<Status> TryFor(RequestQueue& queue, Duration within) {
  co_await asio::this_coro::throw_if_cancelled(false);
  auto permit = co_await queue.Acquire(nullptr, DeadlineIn(within));
  if (!permit) co_return std::unexpected(permit.error());
  co_return Status();
}

TEST(RequestQueue, APlaceIsTakenAndGivenBack) {
  EventLoops loops(1);
  auto queue = QueueOf(2);
  auto first = Await(loops.executor(0), Hold(*queue));
  auto second = Await(loops.executor(0), Hold(*queue));
  EXPECT_EQ(queue->in_use(), 2);
  Status third = Await(loops.executor(0), TryFor(*queue, milliseconds(20)));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(queue->waiting(), 0);
  first.reset();
  EXPECT_TRUE(Await(loops.executor(0), TryFor(*queue, seconds(10))));
  EXPECT_EQ(queue->in_use(), 1);
}

asio::awaitable<void> Note(RequestQueue& queue, std::vector<int>& order, int number) {
  auto permit = co_await queue.Acquire(nullptr, DeadlineIn(seconds(30)));
  if (permit) order.push_back(number);
}

TEST(RequestQueue, CountsOfThePlacesThatWereTakenThoseThatStillAre) {
  EventLoops loops(1);
  const auto queue = QueueOf(3);
  auto first = Await(loops.executor(0), Hold(*queue));
  auto second = Await(loops.executor(0), Hold(*queue));
  EXPECT_EQ(queue->marked(), 0);
  queue->Mark();
  EXPECT_EQ(queue->marked(), 2);
  {
    const auto third = Await(loops.executor(0), Hold(*queue));
    EXPECT_EQ(queue->marked(), 2);
  }
  EXPECT_EQ(queue->marked(), 2);
  first.reset();
  EXPECT_EQ(queue->marked(), 1);
  second.reset();
  EXPECT_EQ(queue->marked(), 0);
}

TEST(RequestQueue, ServesInTurn) {
  EventLoops loops(1);
  auto queue = QueueOf(1);
  auto held = Await(loops.executor(0), Hold(*queue));
  std::vector<int> order;
  std::latch ended(5);
  for (int i = 0; i < 5; ++i) {
    auto done = [&ended](const std::exception_ptr&) { ended.count_down(); };
    asio::co_spawn(loops.executor(0), Note(*queue, order, i), done);
    ASSERT_TRUE(Eventually([&] { return queue->waiting() == i + 1; }));
  }
  held.reset();
  ended.wait();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_TRUE(Eventually([&] { return queue->in_use() == 0; }));
}

TEST(RequestQueue, ACancelledWaiterLeavesTheQueue) {
  EventLoops loops(1);
  auto queue = QueueOf(1);
  auto held = Await(loops.executor(0), Hold(*queue));
  asio::cancellation_signal signal;
  std::promise<Status> ended;
  auto done = [&ended](const std::exception_ptr&, Status status) { ended.set_value(std::move(status)); };
  asio::co_spawn(loops.executor(0), TryFor(*queue, seconds(60)), asio::bind_cancellation_slot(signal.slot(), done));
  ASSERT_TRUE(Eventually([&] { return queue->waiting() == 1; }));
  asio::post(loops.executor(0), [&signal] { signal.emit(asio::cancellation_type::terminal); });
  Status status = ended.get_future().get();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(queue->waiting(), 0);
  held.reset();
  EXPECT_EQ(queue->in_use(), 0);
}

TEST(RequestQueue, ALowerLimitTakesPlacesAsTheyAreGivenBackAndAHigherOneGrantsAtOnce) {
  EventLoops loops(1);
  auto queue = QueueOf(100);
  queue->SetTerms(Places(4));
  Holders holders(loops, *queue, 10);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 4 && queue->waiting() == 6; }));
  queue->SetTerms(Places(2));
  EXPECT_EQ(queue->in_use(), 4);
  holders.GiveBack(2);
  EXPECT_EQ(queue->in_use(), 2);
  EXPECT_EQ(queue->waiting(), 6);
  holders.GiveBack(1);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 2; }));
  EXPECT_EQ(queue->waiting(), 5);
  queue->SetTerms(Places(5));
  ASSERT_TRUE(Eventually([&] { return holders.held() == 5; }));
  EXPECT_EQ(queue->in_use(), 5);
  EXPECT_EQ(queue->waiting(), 2);
  queue->SetTerms(Places(100));
  ASSERT_TRUE(Eventually([&] { return holders.held() == 7; }));
}

TEST(RequestQueue, NobodyGoesBeforeTheTimeAndThenAllThatThereIsRoomFor) {
  EventLoops loops(1);
  auto queue = QueueOf(3);
  AdmissionTerms terms = Places(3);
  terms.not_before = DeadlineIn(milliseconds(50));
  queue->SetTerms(terms);
  Holders holders(loops, *queue, 5);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 3; }));
  EXPECT_GE(std::chrono::steady_clock::now(), terms.not_before);
  EXPECT_EQ(queue->waiting(), 2);
  holders.GiveBack(3);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 2; }));
}

TEST(RequestQueue, AnEarlierTimeLetsThoseGoWhoWait) {
  EventLoops loops(1);
  auto queue = QueueOf(1);
  AdmissionTerms terms = Places(1);
  terms.not_before = DeadlineIn(seconds(25));  // their deadline is in 30
  queue->SetTerms(terms);
  Holders holders(loops, *queue, 1);
  ASSERT_TRUE(Eventually([&] { return queue->waiting() == 1; }));
  queue->SetTerms(Places(1));
  ASSERT_TRUE(Eventually([&] { return holders.held() == 1; }));
}

TEST(RequestQueue, WhoseDeadlineComesBeforeTheTimeFailsAtOnceWithTheReason) {
  EventLoops loops(1);
  auto queue = QueueOf(1);
  AdmissionTerms terms = Places(1);
  terms.not_before = DeadlineIn(seconds(600));
  terms.refusal = std::make_shared<const Error>(Error{ErrorCode::kUnavailable, "it is down", {}});
  queue->SetTerms(terms);
  Status status = Await(loops.executor(0), TryFor(*queue, seconds(300)));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error(), (Error{ErrorCode::kUnavailable, "it is down; no time left to wait for it", {}}));
}

TEST(RequestQueue, OneProbeAtATimeBesidesThePlacesThatAreTaken) {
  EventLoops loops(1);
  auto queue = QueueOf(2);
  Holders before(loops, *queue, 2);
  ASSERT_TRUE(Eventually([&] { return before.held() == 2; }));
  Holders holders(loops, *queue, 3);
  ASSERT_TRUE(Eventually([&] { return queue->waiting() == 3; }));
  AdmissionTerms terms = Places(2);
  terms.is_probing = true;
  queue->SetTerms(terms);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 1; }));
  EXPECT_EQ(holders.probes(), 1);
  EXPECT_EQ(queue->in_use(), 3);
  EXPECT_EQ(queue->waiting(), 2);
  before.GiveBack(2);  // makes no room
  EXPECT_EQ(queue->waiting(), 2);
  holders.GiveBack(1);
  ASSERT_TRUE(Eventually([&] { return holders.probes() == 2; }));
  EXPECT_EQ(queue->waiting(), 1);
}

TEST(RequestQueue, WhoWaitsIsRefusedWhenItIsGivenUpOnButAProbeThatIsDueGoes) {
  EventLoops loops(1);
  auto queue = QueueOf(1);
  AdmissionTerms terms = Places(1);
  terms.is_probing = true;
  terms.not_before = DeadlineIn(seconds(600));
  terms.give_up_at = DeadlineIn(milliseconds(30));
  terms.refusal = std::make_shared<const Error>(Error{ErrorCode::kUnavailable, "it is down", {}});
  queue->SetTerms(terms);
  for (int i = 0; i < 2; ++i) {  // waits for it, then comes after it
    Status status = Await(loops.executor(0), TryFor(*queue, seconds(3600)));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error(), *terms.refusal);
    EXPECT_GE(std::chrono::steady_clock::now(), terms.give_up_at);
  }
  terms.not_before = std::chrono::steady_clock::now();
  queue->SetTerms(terms);
  auto probe = Await(loops.executor(0), Hold(*queue));
  ASSERT_TRUE(probe);
  EXPECT_TRUE(probe->is_probe());
  EXPECT_FALSE(Await(loops.executor(0), TryFor(*queue, seconds(3600))));  // one at a time
}

TEST(RequestQueue, ASpacingLetsRequestsGoOneByOne) {
  EventLoops loops(1);
  auto queue = QueueOf(8);
  AdmissionTerms terms = Places(8);
  terms.spacing = milliseconds(20);
  queue->SetTerms(terms);
  const auto began = std::chrono::steady_clock::now();
  Holders holders(loops, *queue, 4);
  ASSERT_TRUE(Eventually([&] { return holders.held() == 4; }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(60));
}

TEST(RequestQueue, ASpacingBeyondTheDeadlineFailsAtOnceAndSaysSo) {
  EventLoops loops(1);
  auto queue = QueueOf(8);
  AdmissionTerms terms = Places(8);
  terms.spacing = seconds(90);
  queue->SetTerms(terms);
  auto first = Await(loops.executor(0), Hold(*queue));
  Status status = Await(loops.executor(0), TryFor(*queue, seconds(60)));
  ASSERT_FALSE(status);
  EXPECT_EQ(
      status.error(),
      (Error{ErrorCode::kDeadlineExceeded, "the rate that the endpoint allows leaves no time for the request", {}}));
}

TEST(RequestQueue, TokensThatWereChargedDelayTheNextAndADeadlineBeforeThatFailsAtOnce) {
  EventLoops loops(1);
  auto queue = std::make_shared<CredentialBudget>()->Join({.concurrency = 8, .tokens_per_minute = 600});
  queue->ChargeTokens(1010, std::chrono::steady_clock::now());  // a minute and 41 s
  Status status = Await(loops.executor(0), TryFor(*queue, seconds(60)));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error(), (Error{ErrorCode::kDeadlineExceeded,
                                   "limits.requests_per_minute or tokens_per_minute leave no time for the request",
                                   {}}));
}

TEST(RequestQueue, HoldsUnderContentionWhileItChanges) {
  EventLoops loops(3);
  auto queue = QueueOf(4);
  std::atomic<int> inside = 0;
  std::latch ended(30);
  auto churn = [&](int rounds) -> asio::awaitable<void> {
    asio::any_io_executor executor = co_await asio::this_coro::executor;
    for (int i = 0; i < rounds; ++i) {
      AdmissionTerms terms = Places(1 + i % 8);
      terms.is_probing = i % 5 == 0;
      if (i % 7 == 0) terms.not_before = DeadlineIn(Duration(20));
      queue->SetTerms(terms);
      auto permit = co_await queue->Acquire(nullptr, DeadlineIn(i % 3 == 0 ? Duration(30) : Duration(seconds(30))));
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
  EXPECT_EQ(queue->in_use(), 0);
  EXPECT_EQ(queue->waiting(), 0);
}

asio::awaitable<void> Churn(RequestQueue& queue, std::atomic<int>& inside, std::atomic<int>& most, int rounds) {
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  for (int i = 0; i < rounds; ++i) {
    // A third of the waits end by their deadline, often at the moment of the grant.
    auto permit = co_await queue.Acquire(nullptr, DeadlineIn(i % 3 == 0 ? Duration(30) : Duration(seconds(30))));
    if (!permit) continue;
    int now = inside.fetch_add(1) + 1;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    co_await asio::post(executor, asio::use_awaitable);
    --inside;
  }
}

TEST(RequestQueue, HoldsUnderContentionFromSeveralLoops) {
  EventLoops loops(3);
  auto queue = QueueOf(4);
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::latch ended(30);
  for (int i = 0; i < 30; ++i) {
    auto done = [&ended](const std::exception_ptr&) { ended.count_down(); };
    asio::co_spawn(loops.executor(i % 3), Churn(*queue, inside, most, 300), done);
  }
  ended.wait();
  EXPECT_LE(most, 4);
  EXPECT_EQ(queue->in_use(), 0);
  EXPECT_EQ(queue->waiting(), 0);
}

}  // namespace
}  // namespace assay
