#include "runners/endpoints/circuit_breaker.h"

#include <gtest/gtest.h>

#include "runners/endpoints/retry_budget.h"

namespace assay {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Deadline kNow = Deadline(std::chrono::hours(1));

void Break(CircuitBreaker& circuit, Deadline now) {
  for (int i = 0; i < 10; ++i) circuit.OnFailure(false, now, 0);
}

TEST(CircuitBreaker, TenFailuresInARowOpenIt) {
  CircuitBreaker circuit;
  for (int i = 0; i < 9; ++i) circuit.OnFailure(false, kNow, 0);
  EXPECT_FALSE(circuit.is_open());
  circuit.OnAnswer();
  for (int i = 0; i < 9; ++i) circuit.OnFailure(false, kNow, 0);
  EXPECT_FALSE(circuit.is_open());
  circuit.OnFailure(false, kNow, 0);
  EXPECT_TRUE(circuit.is_open());
  EXPECT_EQ(circuit.failures(), 10);
  EXPECT_EQ(circuit.opened_at(), kNow);
}

TEST(CircuitBreaker, PausesDoubleUpToTheirMaximumAndAreJittered) {
  CircuitBreaker circuit;
  Break(circuit, kNow);
  EXPECT_EQ(circuit.next_probe(), kNow + milliseconds(250));
  const std::pair<double, milliseconds> probes[] = {
      {0.0, milliseconds(500)},  {0.5, milliseconds(1500)},   {0.0, milliseconds(2000)},   {0.0, milliseconds(4000)},
      {0.0, milliseconds(8000)}, {0.0, milliseconds(15'000)}, {0.0, milliseconds(15'000)}, {0.5, milliseconds(22'500)},
  };
  for (const auto& [uniform, pause] : probes) {
    const Deadline at = circuit.next_probe();
    circuit.OnFailure(true, at, uniform);
    EXPECT_EQ(circuit.next_probe(), at + pause);
  }
  EXPECT_EQ(circuit.failures(), 18);
}

TEST(CircuitBreaker, WhatWasSentBeforeChangesNothingByFailing) {
  CircuitBreaker circuit;
  Break(circuit, kNow);
  const Deadline next = circuit.next_probe();
  circuit.OnFailure(false, kNow + milliseconds(100), 0.9);
  EXPECT_EQ(circuit.next_probe(), next);
  EXPECT_EQ(circuit.failures(), 10);
}

TEST(CircuitBreaker, AnAnswerClosesItAndPausesBeginAnew) {
  CircuitBreaker circuit;
  Break(circuit, kNow);
  circuit.OnFailure(true, kNow + seconds(1), 0);
  circuit.OnAnswer();
  EXPECT_FALSE(circuit.is_open());
  EXPECT_EQ(circuit.failures(), 0);
  Break(circuit, kNow + minutes(1));
  EXPECT_EQ(circuit.next_probe(), kNow + minutes(1) + milliseconds(250));
  EXPECT_EQ(circuit.opened_at(), kNow + minutes(1));
}

TEST(CircuitBreaker, HowLongItIsWaitedFor) {
  struct Row {
    bool has_answered;
    Duration patience;
    Duration expected;
  };
  for (const Row& row :
       {Row{true, minutes(2), minutes(2)}, Row{false, minutes(2), seconds(2)},
        Row{true, milliseconds(10), milliseconds(10)}, Row{false, milliseconds(10), milliseconds(10)}}) {
    CircuitBreaker circuit({.patience = row.patience});
    if (row.has_answered) circuit.OnAnswer();
    Break(circuit, kNow);
    circuit.OnFailure(true, kNow + seconds(1), 0);  // probes do not prolong it
    EXPECT_EQ(circuit.gives_up_at(), kNow + row.expected);
  }
}

TEST(RetryBudget, BeginsWithAReserve) {
  EXPECT_EQ(RetryBudget(1).retries_left(), 11);
  EXPECT_EQ(RetryBudget(64).retries_left(), 74);
  RetryBudget budget(1);
  for (int i = 0; i < 11; ++i) EXPECT_TRUE(budget.Take());
  EXPECT_FALSE(budget.Take());
}

TEST(RetryBudget, FiveRequestsEarnOneRetry) {
  RetryBudget budget(1);
  while (budget.Take()) {
  }
  int retries = 0;
  for (int i = 0; i < 1000; ++i) {
    budget.Earn();
    if (budget.Take()) ++retries;
  }
  EXPECT_EQ(retries, 200);
}

TEST(RetryBudget, IsBounded) {
  for (auto [concurrency, most] : {std::pair{1, 100}, std::pair{16, 100}, std::pair{500, 1020}}) {
    RetryBudget budget(concurrency);
    EXPECT_FALSE(budget.is_full());
    for (int i = 0; i < 1'000'000; ++i) budget.Earn();
    EXPECT_TRUE(budget.is_full());
    EXPECT_EQ(budget.retries_left(), most);
  }
}

}  // namespace
}  // namespace assay
