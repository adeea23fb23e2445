#pragma once
// An endpoint as a run with a budget sees it.

#include <memory>

#include "runners/budget.h"
#include "runners/endpoints/endpoint.h"

namespace assay {

// Thread-safe. Sends what the budget has room for; a request that has none waits until those in flight are settled.
// When they are and there is still none, it answers kAborted with the reason, and so does every later request. A call
// that sends several requests (again after a failure, or a second one beside a slow one) needs room for each.
class BudgetedEndpoint final : public Endpoint {
 public:
  // `money` as RunBudget's.
  BudgetedEndpoint(std::shared_ptr<Endpoint> endpoint, const RunBudget::Terms& terms,
                   std::shared_ptr<RunMoney> money = nullptr)
      : endpoint_(std::move(endpoint)), budget_(terms, std::move(money)) {}

  boost::asio::awaitable<Result<Response>> Complete(const ModelRequest& request, Deadline deadline,
                                                    Sender sender) override;
  boost::asio::awaitable<Result<Embeddings>> Embed(const std::vector<std::string>& texts, Deadline deadline,
                                                   Sender sender) override;
  std::string Fingerprint(const ModelRequest& request) const override { return endpoint_->Fingerprint(request); }
  EndpointState State() const override { return endpoint_->State(); }

  // RunBudget::WhySpent.
  std::string WhySpent() const { return budget_.WhySpent(); }

 private:
  class CallGuard;
  // What a request may need at most.
  struct Need {
    std::int64_t tokens_in = 0;
    std::optional<std::int64_t> max_tokens = {};
  };
  boost::asio::awaitable<Result<double>> AwaitRoom(Need need, Deadline deadline);

  const std::shared_ptr<Endpoint> endpoint_;
  RunBudget budget_;
};

}  // namespace assay
