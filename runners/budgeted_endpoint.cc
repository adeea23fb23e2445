#include "runners/budgeted_endpoint.h"

#include <boost/asio/this_coro.hpp>
#include <utility>
#include <vector>

#include "runners/wakeup.h"

namespace assay {

namespace asio = boost::asio;

// The requests of one call: the first has its room already, those after it take what there is without waiting.
class BudgetedEndpoint::CallGuard final : public SendGuard {
 public:
  CallGuard(RunBudget& budget, Need need, double reserved, SendGuard* outer)
      : budget_(budget), need_(need), free_(reserved), outer_(outer) {}

  Status Begin() override {
    if (outer_ != nullptr) ASSAY_TRY(outer_->Begin());
    if (!free_) {
      const RunBudget::Reservation more = budget_.Reserve(need_.tokens_in, need_.max_tokens);
      if (more.answer != RunBudget::Answer::kGranted) {
        if (outer_ != nullptr) outer_->End(false, false);
        return Fail(ErrorCode::kResourceExhausted, "the budget of the run has no room to ask again");
      }
      free_ = more.usd;
    }
    in_flight_.push_back(*std::exchange(free_, std::nullopt));
    return {};
  }

  void End(bool was_answered, bool may_be_charged) override {
    const double reserved = in_flight_.back();
    in_flight_.pop_back();
    if (was_answered && !answered_) {
      answered_ = reserved;
    } else if (!was_answered && !may_be_charged && !free_) {
      free_ = reserved;  // for the next attempt: to lose it to others would be to lose the trial
    } else {
      Release(reserved, was_answered || may_be_charged);  // a second answer is nobody's
    }
    if (outer_ != nullptr) outer_->End(was_answered, may_be_charged);
  }

  void OnCharged(double usd) override {
    if (outer_ != nullptr) outer_->OnCharged(usd);
  }

  void OnDrawn(const Response& answer) override {
    if (outer_ != nullptr) outer_->OnDrawn(answer);
  }

  // How the call ended.
  template <class Answer>
  void Settle(const Result<Answer>& answer) {
    for (const double lost : in_flight_) Release(lost, true);
    if (!answer && answered_) Release(*answered_, true);
    if (answer) {
      if (!answered_) answered_ = std::exchange(free_, std::nullopt);
      budget_.Settle(answered_.value_or(0), answer->usage, answer->cost_usd, need_.max_tokens);
      if (!answer->cost_usd) OnCharged(answered_.value_or(0));  // so that it counts after a restart too
    }
    if (free_) Release(*free_, false);
  }

 private:
  void Release(double reserved, bool may_be_charged) {
    budget_.Release(reserved, may_be_charged);
    if (may_be_charged) OnCharged(reserved);
  }

  RunBudget& budget_;
  const Need need_;
  std::optional<double> free_;      // reserved for a request that has not left
  std::vector<double> in_flight_;   // reserved for those that have
  std::optional<double> answered_;  // for the one that was answered
  SendGuard* const outer_;
};

asio::awaitable<Result<Response>> BudgetedEndpoint::Complete(const ModelRequest& request, Deadline deadline,
                                                             Sender sender) {
  co_await asio::this_coro::throw_if_cancelled(false);
  // What the model is not told does not bound its answer.
  const Need need{.tokens_in = MostTokensIn(request),
                  .max_tokens = endpoint_->SendsMaxTokens() ? request.sampling.max_tokens : std::nullopt};
  ASSAY_CO_ASSIGN(const double reserved, co_await AwaitRoom(need, deadline));
  CallGuard guard(budget_, need, reserved, sender.guard);
  sender.guard = &guard;
  auto asking = endpoint_->Complete(request, deadline, std::move(sender));
  Result<Response> response = co_await std::move(asking);
  guard.Settle(response);
  budget_.money().WakeAll();
  co_return response;
}

asio::awaitable<Result<Embeddings>> BudgetedEndpoint::Embed(const std::vector<std::string>& texts, Deadline deadline,
                                                            Sender sender) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Need need{.tokens_in = 0, .max_tokens = 0};
  for (const std::string& text : texts) need.tokens_in += MostTokensIn(text);
  ASSAY_CO_ASSIGN(const double reserved, co_await AwaitRoom(need, deadline));
  CallGuard guard(budget_, need, reserved, sender.guard);
  sender.guard = &guard;
  auto asking = endpoint_->Embed(texts, deadline, std::move(sender));
  Result<Embeddings> embeddings = co_await std::move(asking);
  guard.Settle(embeddings);
  budget_.money().WakeAll();
  co_return embeddings;
}

// What is reserved for the request.
asio::awaitable<Result<double>> BudgetedEndpoint::AwaitRoom(Need need, Deadline deadline) {
  RunBudget::Reservation reservation = budget_.Reserve(need.tokens_in, need.max_tokens);
  std::shared_ptr<Wakeup> wakeup;
  while (reservation.answer == RunBudget::Answer::kMustWait) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) co_return Fail(ErrorCode::kCancelled, "cancelled");
    if (TimeUntil(deadline) == Duration::zero())
      co_return Fail(ErrorCode::kDeadlineExceeded, "the time ended while it waited for room in the budget");
    if (wakeup == nullptr) {
      const asio::any_io_executor executor = co_await asio::this_coro::executor;
      wakeup = std::make_shared<Wakeup>(executor);
    } else {
      co_await wakeup->WaitUntil(deadline);
    }
    budget_.money().AwaitRoom(wakeup);
    // After it is among those that are woken: what is settled in between is not missed.
    reservation = budget_.Reserve(need.tokens_in, need.max_tokens);
  }
  if (reservation.answer == RunBudget::Answer::kSpent) {
    budget_.money().WakeAll();
    co_return Fail(ErrorCode::kAborted, budget_.WhySpent());
  }
  co_return reservation.usd;
}

}  // namespace assay
