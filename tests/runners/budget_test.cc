// The arithmetic of a run's budget, and the endpoint that keeps it.
#include "runners/budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "runners/budgeted_endpoint.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using Room = RunBudget::Answer;

// A dollar a token, so that sums are exact.
constexpr TokenPricesSpec kDollarAToken{.input = 1e6, .output = 1e6, .cached_input = {}};

RunBudget BudgetOf(double usd, double spent = 0) {
  return RunBudget({.usd = usd, .spent_usd = spent, .prices = kDollarAToken});
}

TEST(RunBudget, ReservesTheMostThatARequestMayCost) {
  RunBudget budget = BudgetOf(100);
  const auto first = budget.Reserve(10, 30);
  EXPECT_EQ(first.answer, Room::kGranted);
  EXPECT_EQ(first.usd, 40);
  EXPECT_EQ(budget.Reserve(10, 51).answer, Room::kMustWait);
  const auto second = budget.Reserve(10, 50);  // exactly what is left
  EXPECT_EQ(second.answer, Room::kGranted);
  budget.Settle(first.usd, {.tokens_in = 5, .tokens_out = 5}, 10);
  EXPECT_EQ(budget.spent_usd(), 10);
  EXPECT_EQ(budget.Reserve(0, 31).answer, Room::kMustWait);
  EXPECT_EQ(budget.Reserve(0, 30).answer, Room::kGranted);
}

TEST(RunBudget, IsSpentWhenNothingInFlightCanMakeRoom) {
  RunBudget budget = BudgetOf(100, 70);  // of an earlier execution
  const auto first = budget.Reserve(0, 30);
  ASSERT_EQ(first.answer, Room::kGranted);
  EXPECT_EQ(budget.Reserve(0, 1).answer, Room::kMustWait);
  EXPECT_EQ(budget.WhySpent(), "");
  budget.Settle(first.usd, {.tokens_in = 0, .tokens_out = 28}, 28);
  EXPECT_EQ(budget.Reserve(0, 3).answer, Room::kSpent);
  EXPECT_EQ(budget.WhySpent(), "budget spent: $98.00 of $100.00, and the next request may cost up to $3.00");
  EXPECT_EQ(budget.Reserve(0, 1).answer, Room::kSpent);  // for good, though there would be room
}

TEST(RunBudget, OfAnAnswerWithoutALimitExpectsTwiceTheLongest) {
  RunBudget budget = BudgetOf(100'000);
  const auto first = budget.Reserve(0, std::nullopt);
  EXPECT_EQ(first.usd, 4096);
  budget.Settle(first.usd, {.tokens_in = 0, .tokens_out = 3000}, 3000);
  EXPECT_EQ(budget.Reserve(0, std::nullopt).usd, 6000);
  EXPECT_EQ(budget.Reserve(0, 7).usd, 7);
}

TEST(RunBudget, CountsWhatHasNoCostAtItsBoundAndGrantsNothingMore) {
  RunBudget budget = BudgetOf(100);
  const auto first = budget.Reserve(0, 40);
  budget.Settle(first.usd, {}, std::nullopt);
  EXPECT_EQ(budget.spent_usd(), 40);
  EXPECT_EQ(budget.Reserve(0, 1).answer, Room::kSpent);
  EXPECT_EQ(budget.WhySpent(),
            "the budget of $100.00 cannot be kept: an answer came without usage, so its cost is not known");
}

TEST(RunBudget, CountsFailuresThatMayBeChargedFor) {
  RunBudget budget = BudgetOf(100);
  budget.Release(budget.Reserve(0, 40).usd, false);
  EXPECT_EQ(budget.spent_usd(), 0);
  budget.Release(budget.Reserve(0, 40).usd, true);
  EXPECT_EQ(budget.spent_usd(), 40);
}

TEST(RunBudget, AddsWhatTheEndpointPutsIntoEachRequestAndTakesTheDearerInput) {
  RunBudget budget(
      {.usd = 1000, .spent_usd = 0, .prices = {.input = 1e6, .output = 0, .cached_input = 2e6}, .fixed_tokens_in = 5});
  EXPECT_EQ(budget.Reserve(10, 1).usd, 30);
}

TEST(RunBudget, OfAnswersThatAreLongerThanTheyMayBeExpectsMoreAndSaysThatItIsOverrun) {
  RunBudget budget = BudgetOf(100);
  const auto first = budget.Reserve(0, 10);
  budget.Settle(first.usd, {.tokens_in = 0, .tokens_out = 60}, 60, 10);
  EXPECT_EQ(budget.WhySpent(), "");
  const auto second = budget.Reserve(0, 10);
  EXPECT_EQ(second.answer, Room::kSpent) << "the next may have 60 tokens too";
  RunBudget overrun = BudgetOf(100);
  overrun.Settle(overrun.Reserve(0, 10).usd, {.tokens_in = 0, .tokens_out = 101}, 101);
  EXPECT_EQ(overrun.WhySpent(), "budget spent: $101.00 of $100.00, more than there was");
  EXPECT_EQ(overrun.Reserve(0, 1).answer, Room::kSpent);
}

TEST(RunBudget, SaysWhatIsSpentWhenItIsAsked) {
  RunBudget budget = BudgetOf(100);
  const auto first = budget.Reserve(0, 10);
  const auto second = budget.Reserve(0, 10);
  budget.Settle(first.usd, {.tokens_in = 0, .tokens_out = 101}, 101);
  EXPECT_EQ(budget.WhySpent(), "budget spent: $101.00 of $100.00, more than there was");
  budget.Settle(second.usd, {.tokens_in = 0, .tokens_out = 200}, 200);
  EXPECT_EQ(budget.WhySpent(), "budget spent: $301.00 of $100.00, more than there was");
}

TEST(RunBudget, SumsOfRoundedNumbersLeaveNothingReserved) {
  RunBudget budget({.usd = 0.3, .spent_usd = 0, .prices = {.input = 0, .output = 1e5, .cached_input = {}}});
  for (int i = 0; i < 1000; ++i) {
    const auto one = budget.Reserve(0, 1);
    const auto other = budget.Reserve(0, 2);
    ASSERT_EQ(one.answer, Room::kGranted);
    budget.Release(one.usd, false);
    if (other.answer == Room::kGranted) budget.Release(other.usd, false);
  }
}

TEST(MostTokensIn, IsAtLeastTheBytesOfAllThatIsSent) {
  ModelRequest request;
  EXPECT_EQ(MostTokensIn(request), 64);
  request.messages = {{Role::kUser, "12345"}};
  EXPECT_EQ(MostTokensIn(request), 64 + 16 + 5);
  request.messages[0].images = {{.url = "http://h/cat.png"}};
  EXPECT_EQ(MostTokensIn(request), 64 + 16 + 5 + 65'536);
  request.messages[0].images = {{.base64 = std::string(100'000, 'A'), .media_type = "image/png"}};
  EXPECT_EQ(MostTokensIn(request), 64 + 16 + 5 + 100'000);
  request.messages = {{.role = Role::kAssistant, .content = "", .tool_calls = {{"f", "{}", "id"}}}};
  EXPECT_EQ(MostTokensIn(request), 64 + 16 + 16 + 5);
  request.messages = {};
  request.tools = {{"f", "does it", Json(Json::Object{})}};
  EXPECT_EQ(MostTokensIn(request), 64 + 16 + 1 + 7 + 2);
}

// Answers when it is told to, each with the next cost of its list.
class Priced : public Endpoint {
 public:
  explicit Priced(asio::io_context& loop) : gate_(loop, asio::steady_timer::time_point::max()) {}
  asio::awaitable<Result<Response>> Complete(const ModelRequest&, Deadline, Sender sender) override {
    ++asked;
    for (int i = 0; i < failures; ++i) {
      if (Status may_leave = sender.guard->Begin(); !may_leave) co_return Fail(may_leave.error());
      ++sent;
      sender.guard->End(false, may_be_charged);
    }
    if (fails_with) co_return Fail(*fails_with);
    if (Status may_leave = sender.guard->Begin(); !may_leave) co_return Fail(may_leave.error());
    ++sent;
    if (is_closed) co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
    sender.guard->End(true, false);
    Response response;
    response.usage = {.tokens_in = 0, .tokens_out = 1};
    response.cost_usd = cost;
    co_return response;
  }
  void Open() {
    is_closed = false;
    gate_.cancel();
  }
  int asked = 0;
  int sent = 0;      // requests
  int failures = 0;  // before the answer, or before it fails
  bool may_be_charged = false;
  bool is_closed = false;
  std::optional<double> cost = 10;
  std::optional<Error> fails_with;

 private:
  asio::steady_timer gate_;
};

// The trial that calls.
struct Charged : SendGuard {
  Status Begin() override {
    if (refuses) return Fail(ErrorCode::kCancelled, "held back");
    ++in_flight;
    return {};
  }
  void End(bool, bool) override { --in_flight; }
  void OnCharged(double more) override { usd += more; }
  bool refuses = false;
  int in_flight = 0;
  double usd = 0;
};

class BudgetedEndpointTest : public ::testing::Test {
 protected:
  void Keep(double usd) {
    endpoint_ = std::make_shared<BudgetedEndpoint>(
        priced_,
        RunBudget::Terms{.usd = usd, .spent_usd = 0, .prices = {.input = 0, .output = 1e6, .cached_input = {}}});
  }
  // Asks for an answer of at most 40 tokens, which may cost 40 dollars.
  void Ask() {
    auto store = [this](const std::exception_ptr&, Result<Response> answer) { answers_.push_back(std::move(answer)); };
    asio::co_spawn(loop_, endpoint_->Complete(request_, DeadlineIn(within_), Sender(nullptr, &charged_)), store);
  }
  // Until nothing happens by itself any more.
  void Run() {
    loop_.restart();
    loop_.poll();
  }

  asio::io_context loop_;
  Charged charged_;
  std::shared_ptr<Priced> priced_ = std::make_shared<Priced>(loop_);
  std::shared_ptr<BudgetedEndpoint> endpoint_;
  ModelRequest request_{.messages = {}, .sampling = {.max_tokens = 40}};
  Duration within_ = std::chrono::hours(1);
  std::deque<Result<Response>> answers_;
};

TEST_F(BudgetedEndpointTest, SendsNoMoreThanMayBePaidFor) {
  Keep(100);
  priced_->is_closed = true;
  for (int i = 0; i < 5; ++i) Ask();
  Run();
  EXPECT_EQ(priced_->asked, 2);  // 80 of 100 are reserved
  priced_->Open();
  Run();
  EXPECT_EQ(priced_->asked, 5);  // each cost 10
  ASSERT_EQ(answers_.size(), 5u);
  for (const auto& answer : answers_) EXPECT_TRUE(answer) << answer.error().message;
}

TEST_F(BudgetedEndpointTest, RefusesAllThatWaitWhenTheBudgetIsSpent) {
  Keep(100);
  priced_->cost = 40;
  priced_->is_closed = true;
  for (int i = 0; i < 5; ++i) Ask();
  Run();
  priced_->Open();
  Run();
  EXPECT_EQ(priced_->asked, 2);
  ASSERT_EQ(answers_.size(), 5u);
  for (int i = 2; i < 5; ++i) {
    ASSERT_FALSE(answers_[i]);
    EXPECT_EQ(answers_[i].error().code, ErrorCode::kAborted);
    EXPECT_EQ(answers_[i].error().message,
              "budget spent: $80.00 of $100.00, and the next request may cost up to $40.00");
  }
}

TEST_F(BudgetedEndpointTest, FailuresGiveTheirPlaceBackUnlessTheyMayBeChargedFor) {
  Keep(100);
  priced_->failures = 1;
  priced_->fails_with = Error{ErrorCode::kUnavailable, "down", std::nullopt};
  for (int i = 0; i < 5; ++i) Ask();
  Run();
  EXPECT_EQ(priced_->sent, 5);
  priced_->may_be_charged = true;
  for (int i = 0; i < 5; ++i) Ask();
  Run();
  EXPECT_EQ(priced_->sent, 7);
  EXPECT_EQ(answers_.back().error().code, ErrorCode::kAborted);
}

TEST_F(BudgetedEndpointTest, EveryRequestOfACallNeedsRoomAndCounts) {
  Keep(100);
  priced_->failures = 1;
  priced_->may_be_charged = true;
  Ask();
  Run();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(answers_[0]);
  EXPECT_EQ(priced_->sent, 2);
  EXPECT_EQ(charged_.usd, 40) << "50 are spent";
  Ask();
  Run();
  ASSERT_EQ(answers_.size(), 2u);
  ASSERT_FALSE(answers_[1]);
  EXPECT_EQ(priced_->sent, 3) << "the second has room for one request";
  EXPECT_EQ(answers_[1].error(),
            (Error{ErrorCode::kResourceExhausted, "the budget of the run has no room to ask again", {}}));
  EXPECT_EQ(charged_.usd, 80);
  EXPECT_EQ(charged_.in_flight, 0);
  Ask();
  Run();
  EXPECT_EQ(answers_.back().error().code, ErrorCode::kAborted);
}

TEST_F(BudgetedEndpointTest, WhatIsHeldBackCostsNothing) {
  Keep(100);
  charged_.refuses = true;
  for (int i = 0; i < 5; ++i) Ask();
  Run();
  EXPECT_EQ(priced_->sent, 0);
  ASSERT_EQ(answers_.size(), 5u);
  EXPECT_EQ(answers_[4].error().code, ErrorCode::kCancelled);
  charged_.refuses = false;
  Ask();
  Run();
  EXPECT_TRUE(answers_.back());
}

TEST_F(BudgetedEndpointTest, WaitsNoLongerThanItsDeadline) {
  Keep(100);
  priced_->is_closed = true;
  Ask();
  Ask();
  within_ = Duration::zero();
  Ask();
  Run();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].error().code, ErrorCode::kDeadlineExceeded);
  priced_->Open();
  Run();
}

}  // namespace
}  // namespace assay
