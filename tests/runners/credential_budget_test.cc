// Several queues of one credential: what they share, and who goes first.

#include <gtest/gtest.h>

#include "tests/runners/queued_requests.h"
#include "tests/testing/await.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Demand;
using testing::Eventually;
using testing::Holders;
using testing::Places;
using testing::QueueOf;

TEST(CredentialBudget, RequestersOfOnePriorityGetEqualSharesHoweverMuchTheyAsk) {
  EventLoops loops(1);
  auto queue = QueueOf(2);
  Demand small(loops, *queue, 4);
  Demand middle(loops, *queue, 16);
  Demand large(loops, *queue, 64);
  const int before[] = {small.served(), middle.served(), large.served()};
  ASSERT_TRUE(Eventually([&] { return small.served() - before[0] > 3000; }));
  EXPECT_NEAR(middle.served() - before[1], 3000, 300);
  EXPECT_NEAR(large.served() - before[2], 3000, 300);
}

TEST(CredentialBudget, AHigherPriorityGetsNineOfTenPlacesAndAChangeOfItHoldsAtOnce) {
  EventLoops loops(1);
  auto queue = QueueOf(2);
  Demand scheduled(loops, *queue, 16, Priority::kScheduled);
  Demand normal(loops, *queue, 16, Priority::kNormal);
  Demand gate(loops, *queue, 16, Priority::kNormal);
  gate.SetPriority(Priority::kRelease);
  ASSERT_TRUE(Eventually([&] { return gate.served() > 100; }));
  const int before[] = {scheduled.served(), normal.served(), gate.served()};
  ASSERT_TRUE(Eventually([&] { return gate.served() - before[2] > 9000; }));
  // One of ten goes to the lower ones, which share it.
  EXPECT_NEAR(scheduled.served() - before[0], 500, 60);
  EXPECT_NEAR(normal.served() - before[1], 500, 60);
}

TEST(CredentialBudget, WithoutDemandOfAHigherPriorityALowerOneHasAll) {
  EventLoops loops(1);
  auto queue = QueueOf(2);
  Demand scheduled(loops, *queue, 16, Priority::kScheduled);
  EXPECT_TRUE(Eventually([&] { return scheduled.served() > 3000; }));
}

TEST(CredentialBudget, QueuesOfOneCredentialShareTheLargestOfTheirLimits) {
  EventLoops loops(1);
  auto budget = std::make_shared<CredentialBudget>();
  auto large = budget->Join({.concurrency = 4, .requests_per_minute = 600, .tokens_per_minute = 1000});
  {
    auto small = budget->Join({.concurrency = 3, .requests_per_minute = 900});
    EXPECT_EQ(budget->limits(), (RequestLimits{.concurrency = 4, .requests_per_minute = 900}));
    Holders of_large(loops, *large, 2);
    ASSERT_TRUE(Eventually([&] { return of_large.held() == 2; }));
    Holders of_small(loops, *small, 4);
    ASSERT_TRUE(Eventually([&] { return of_small.held() == 2 && small->waiting() == 2; }));
    EXPECT_EQ(budget->in_use(), 4);
    of_large.GiveBack(1);  // a place that another queue waits for
    ASSERT_TRUE(Eventually([&] { return of_small.held() == 3; }));
    of_large.GiveBack(1);  // its own limit is reached
    EXPECT_EQ(small->waiting(), 1);
    EXPECT_EQ(budget->in_use(), 3);
    of_small.GiveBack(3);
    ASSERT_TRUE(Eventually([&] { return of_small.held() == 1; }));
  }
  EXPECT_EQ(budget->limits(), (RequestLimits{.concurrency = 4, .requests_per_minute = 600, .tokens_per_minute = 1000}));
}

TEST(CredentialBudget, AnEndpointThatIsHeldKeepsNobodyElseWaiting) {
  EventLoops loops(1);
  auto budget = std::make_shared<CredentialBudget>();
  auto held = budget->Join({.concurrency = 4});
  auto free = budget->Join({.concurrency = 4});
  AdmissionTerms terms = Places(4);
  terms.not_before = DeadlineIn(seconds(20));
  held->SetTerms(terms);
  Holders waiting(loops, *held, 8);
  ASSERT_TRUE(Eventually([&] { return held->waiting() == 8; }));
  Holders others(loops, *free, 4);
  ASSERT_TRUE(Eventually([&] { return others.held() == 4; }));
  held->SetTerms(Places(4));
  EXPECT_EQ(held->waiting(), 8);  // no place is left
  others.GiveBack(1);
  ASSERT_TRUE(Eventually([&] { return waiting.held() == 1; }));
}

TEST(CredentialBudget, RequestsPerMinuteHoldOverAllQueuesAndThePriorityDecidesWhoGoes) {
  EventLoops loops(1);
  auto budget = std::make_shared<CredentialBudget>();
  auto one = budget->Join({.concurrency = 8, .requests_per_minute = 6000});
  auto two = budget->Join({.concurrency = 8, .requests_per_minute = 6000});
  const auto began = std::chrono::steady_clock::now();
  Demand normal(loops, *one, 8);
  Demand gate(loops, *two, 8, Priority::kRelease);
  ASSERT_TRUE(Eventually([&] { return normal.served() + gate.served() >= 101; }));  // the first second's worth
  const int before[] = {normal.served(), gate.served()};
  ASSERT_TRUE(Eventually([&] { return normal.served() + gate.served() >= 301; }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(1990));
  EXPECT_NEAR(gate.served() - before[1], 180, 5);
  EXPECT_NEAR(normal.served() - before[0], 20, 5);
}

TEST(CredentialBudget, AQueueThatJoinsWithMoreServesThoseThatWait) {
  EventLoops loops(1);
  auto budget = std::make_shared<CredentialBudget>();
  auto first = budget->Join({.concurrency = 4});
  auto second = budget->Join({.concurrency = 4});
  Holders of_first(loops, *first, 4);
  ASSERT_TRUE(Eventually([&] { return of_first.held() == 4; }));
  Holders of_second(loops, *second, 2);
  ASSERT_TRUE(Eventually([&] { return second->waiting() == 2; }));
  auto third = budget->Join({.concurrency = 8});
  EXPECT_TRUE(Eventually([&] { return of_second.held() == 2; }));
}

}  // namespace
}  // namespace assay
