#include "daemon/endpoint_pool.h"

#include <algorithm>
#include <filesystem>

#include "core/random.h"

namespace assay {

namespace fs = std::filesystem;

EndpointPool::EndpointPool(HttpClient& http, EndpointObserver& observer, const Clock& clock)
    : http_(http), observer_(observer), clock_(clock) {}

Result<std::shared_ptr<Endpoint>> EndpointPool::Get(const CatalogDocument& model) {
  const std::lock_guard lock(mutex_);
  if (const auto known = endpoints_.find(model.version); known != endpoints_.end()) {
    if (auto endpoint = known->second.endpoint.lock()) return endpoint;
  }
  Forget();
  const EndpointSpec& spec = model.model()->endpoint;
  const fs::path base_directory = fs::path(model.file).parent_path();
  const auto budget = BudgetOf(CredentialOf(spec, base_directory));
  EndpointContext context{.http = http_,
                          .observer = &observer_,
                          .clock = clock_,
                          .jitter_seed = SeedFrom(model.version),
                          .base_directory = base_directory,
                          .budget = budget,
                          .prices = model.model()->prices};
  ASSAY_ASSIGN(auto endpoint, MakeEndpoint(model.name, spec, context));
  endpoints_[model.version] = {
      .endpoint = endpoint,
      .budget = budget,
      .document = {
          .name = model.name, .label = model.model()->version, .provider = spec.provider, .url = DisplayUrl(spec.url)}};
  return endpoint;
}

std::shared_ptr<CredentialBudget> EndpointPool::BudgetOf(const std::string& credential) {
  std::weak_ptr<CredentialBudget>& known = budgets_[credential];
  auto budget = known.lock();
  if (!budget) known = budget = std::make_shared<CredentialBudget>();
  return budget;
}

void EndpointPool::Forget() {
  std::erase_if(endpoints_, [](const auto& each) { return each.second.endpoint.expired(); });
  std::erase_if(budgets_, [](const auto& each) { return each.second.expired(); });
}

boost::asio::awaitable<Result<std::vector<EndpointStatus>>> EndpointPool::ListEndpoints(const Caller&) {
  co_return List();
}

std::vector<EndpointStatus> EndpointPool::List() {
  std::vector<EndpointStatus> list;
  const std::lock_guard lock(mutex_);
  for (const auto& [version, used] : endpoints_) {
    const auto endpoint = used.endpoint.lock();
    const auto budget = used.budget.lock();
    if (!endpoint || !budget) continue;
    EndpointStatus& status = list.emplace_back(used.document);
    status.state = endpoint->State();
    status.credential_in_flight = budget->in_use();
    status.credential_concurrency = budget->limits().concurrency;
  }
  std::ranges::sort(list, {}, [](const EndpointStatus& each) { return std::pair(each.name, each.label); });
  return list;
}

std::string CredentialOf(const EndpointSpec& endpoint, const fs::path& base_directory) {
  const std::string url = DisplayUrl(endpoint.url);
  const std::size_t host = url.find("://");
  std::string credential = host == std::string::npos ? url : url.substr(0, url.find('/', host + 3));
  if (!endpoint.api_key) return credential;
  if (endpoint.api_key->env) return credential + " env:" + *endpoint.api_key->env;
  if (endpoint.api_key->file) {
    return credential + " file:" + (base_directory / *endpoint.api_key->file).lexically_normal().string();
  }
  return credential;
}

}  // namespace assay
