#pragma once
// The endpoints in use, one a model version, so that its limits hold over all runs; those of one credential share its
// budget.

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "config/catalog.h"
#include "daemon/services.h"
#include "runners/endpoints/endpoint.h"
#include "runners/endpoints/request_queue.h"
#include "runners/http/http_client.h"

namespace assay {

// Thread-safe. References outlive the pool.
class EndpointPool final : public EndpointQueries {
 public:
  EndpointPool(HttpClient& http, EndpointObserver& observer, const Clock& clock);
  HttpClient& http() const { return http_; }
  // The endpoint of a model; made when no run uses it. Errors as MakeEndpoint.
  Result<std::shared_ptr<Endpoint>> Get(const CatalogDocument& model);

  boost::asio::awaitable<Result<std::vector<EndpointStatus>>> ListEndpoints(const Caller& caller) override;
  // The same without waiting.
  std::vector<EndpointStatus> List();

 private:
  struct Used {
    std::weak_ptr<Endpoint> endpoint;
    std::weak_ptr<CredentialBudget> budget;
    EndpointStatus document;  // what its model's document says
  };

  std::shared_ptr<CredentialBudget> BudgetOf(const std::string& credential);  // under the mutex
  void Forget();                                                              // likewise: what is used no more

  HttpClient& http_;
  EndpointObserver& observer_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Used> endpoints_;                           // by content version
  std::map<std::string, std::weak_ptr<CredentialBudget>> budgets_;  // by CredentialOf
};

// What tells credentials apart: scheme, host and port, and where the key comes from. Holds no secret.
std::string CredentialOf(const EndpointSpec& endpoint, const std::filesystem::path& base_directory);

}  // namespace assay
