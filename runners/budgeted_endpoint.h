#pragma once
// An endpoint as a run with a budget sees it.

#include <memory>
#include <mutex>
#include <vector>

#include "runners/budget.h"
#include "runners/endpoints/endpoint.h"

namespace assay {

class Wakeup;  // runners/wakeup.h

// Sends what the budget has room for; a request that has none waits until those in flight are settled. When they are
// and there is still none, it answers kAborted with the reason, and so does every later request.
class BudgetedEndpoint final : public Endpoint {
 public:
  BudgetedEndpoint(std::shared_ptr<Endpoint> endpoint, const RunBudget::Terms& terms)
      : endpoint_(std::move(endpoint)), budget_(terms) {}

  boost::asio::awaitable<Result<Response>> Complete(const ModelRequest& request, Deadline deadline,
                                                    std::shared_ptr<const Requester> requester) override;
  std::string Fingerprint(const ModelRequest& request) const override { return endpoint_->Fingerprint(request); }
  EndpointState State() const override { return endpoint_->State(); }

 private:
  boost::asio::awaitable<Result<double>> AwaitRoom(const ModelRequest& request, Deadline deadline);
  void WakeAll();

  const std::shared_ptr<Endpoint> endpoint_;
  RunBudget budget_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Wakeup>> waiting_;
};

}  // namespace assay
