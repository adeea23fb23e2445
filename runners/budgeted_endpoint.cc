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
  ASSAY_CO_ASSIGN(const double reserved, co_await AwaitRoom(request, deadline));
  Result<Response> response = co_await endpoint_->Complete(request, deadline, std::move(requester));
  if (response) {
    budget_.Settle(reserved, response->usage, response->cost_usd);
  } else {
    budget_.Release(reserved, MayBeCharged(response.error()));
  }
  WakeAll();
  co_return response;
}

// What is reserved for the request.
asio::awaitable<Result<double>> BudgetedEndpoint::AwaitRoom(const ModelRequest& request, Deadline deadline) {
  const std::int64_t most_tokens_in = MostTokensIn(request);
  RunBudget::Reservation reservation = budget_.Reserve(most_tokens_in, request.sampling.max_tokens);
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
    reservation = budget_.Reserve(most_tokens_in, request.sampling.max_tokens);
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
