#include "runners/budgeted_endpoint.h"

#include <boost/asio/this_coro.hpp>

#include "runners/wakeup.h"

namespace assay {

namespace asio = boost::asio;

namespace {

// A timeout or an answer that cannot be read: the provider may have made an answer, and charge for it.
bool MayBeCharged(const Error& error) {
  return error.code == ErrorCode::kDeadlineExceeded || error.code == ErrorCode::kDataLoss;
}

}  // namespace

asio::awaitable<Result<Response>> BudgetedEndpoint::Complete(const ModelRequest& request, Deadline deadline,
                                                             std::shared_ptr<const Requester> requester) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const Need need{.tokens_in = MostTokensIn(request), .max_tokens = request.sampling.max_tokens};
  ASSAY_CO_ASSIGN(const double reserved, co_await AwaitRoom(need, deadline));
  auto asking = endpoint_->Complete(request, deadline, std::move(requester));
  Result<Response> response = co_await std::move(asking);
  Settle(reserved, response);
  co_return response;
}

asio::awaitable<Result<Embeddings>> BudgetedEndpoint::Embed(const std::vector<std::string>& texts, Deadline deadline,
                                                            std::shared_ptr<const Requester> requester) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Need need{.tokens_in = 0, .max_tokens = 0};
  for (const std::string& text : texts) need.tokens_in += MostTokensIn(text);
  ASSAY_CO_ASSIGN(const double reserved, co_await AwaitRoom(need, deadline));
  auto asking = endpoint_->Embed(texts, deadline, std::move(requester));
  Result<Embeddings> embeddings = co_await std::move(asking);
  Settle(reserved, embeddings);
  co_return embeddings;
}

template <class Answer>
void BudgetedEndpoint::Settle(double reserved, const Result<Answer>& answer) {
  if (answer) {
    budget_.Settle(reserved, answer->usage, answer->cost_usd, answer->attempts);
  } else {
    budget_.Release(reserved, MayBeCharged(answer.error()));
  }
  WakeAll();
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
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(wakeup);
    }
    // After it is among those that are woken: what is settled in between is not missed.
    reservation = budget_.Reserve(need.tokens_in, need.max_tokens);
  }
  if (reservation.answer == RunBudget::Answer::kSpent) {
    WakeAll();
    co_return Fail(ErrorCode::kAborted, budget_.WhySpent());
  }
  co_return reservation.usd;
}

void BudgetedEndpoint::WakeAll() {
  std::vector<std::shared_ptr<Wakeup>> woken;
  {
    const std::lock_guard lock(mutex_);
    woken.swap(waiting_);
  }
  for (const auto& wakeup : woken) wakeup->Notify();
}

}  // namespace assay
