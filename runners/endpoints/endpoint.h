#pragma once
// An endpoint answers model requests. Behind it stand a provider, which translates (one file each, listed in
// builtin.def), and what is common to all: limits that adapt, retries with backoff and a budget, a circuit breaker, and
// observation.

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "config/plugin_kind.h"
#include "core/clock.h"
#include "core/embeddings.h"
#include "core/response.h"
#include "core/result.h"
#include "runners/deadline.h"
#include "runners/endpoints/endpoint_state.h"
#include "runners/endpoints/requester.h"

namespace assay {

class CredentialBudget;  // runners/endpoints/request_queue.h
class HttpClient;        // runners/http/http_client.h

class Endpoint {
 public:
  virtual ~Endpoint() = default;

  // The model's answer, after as many attempts as the endpoint's options allow. An error is final: kUnavailable,
  // kResourceExhausted, kDeadlineExceeded, kUnauthenticated, kPermissionDenied, kNotFound, kInvalidArgument,
  // kFailedPrecondition, kDataLoss (no answer of this provider), kCancelled (by the coroutine's cancellation slot). Its
  // message begins with `endpoint "NAME": ` and holds no secret.
  // Called from coroutines on any loop of the HTTP client; `request` lives until the answer. `sender` is who sends
  // it, for priorities and fair shares, and what is asked before anything leaves.
  virtual boost::asio::awaitable<Result<Response>> Complete(const ModelRequest& request, Deadline deadline,
                                                            Sender sender) = 0;

  // The vectors of `texts`, in their order, under the same limits, budget, retries and observation; one request for all
  // of them. Errors as above, and kUnimplemented for a provider without embeddings, kResourceExhausted for more texts
  // than it takes at once.
  virtual boost::asio::awaitable<Result<Embeddings>> Embed(const std::vector<std::string>& texts, Deadline deadline,
                                                           Sender sender);

  // The same for two requests if and only if the same would be sent for them: a digest of provider, URL and body,
  // never of the key. "" when nothing can be sent. Thread-safe.
  virtual std::string Fingerprint(const ModelRequest&) const { return ""; }

  // Whether Sampling::max_tokens reaches the model. Thread-safe.
  virtual bool SendsMaxTokens() const { return true; }

  // How the endpoint is used now, for people. Thread-safe.
  virtual EndpointState State() const { return {}; }
};

// What the daemon wants to know. Called on the loops, concurrently; must be quick and must not throw.
class EndpointObserver {
 public:
  virtual ~EndpointObserver() = default;
  // One request ended. `code` is the HTTP status ("200", "429"), or "timeout", "connection", "malformed" (a 2xx
  // that is no answer of the provider, or no HTTP), "too_large" (over the response cap), "cancelled".
  virtual void OnAttempt(const std::string& endpoint, std::string_view code, Duration latency) = 0;
  // Tokens of an answer, where the provider reports them.
  virtual void OnUsage(const std::string& endpoint, const Usage& usage) = 0;
  // What an answer cost, where the model has prices and the provider reports tokens.
  virtual void OnCost(const std::string& endpoint, double usd) = 0;
  // The time from a request to the first token of its streamed answer.
  virtual void OnFirstToken(const std::string& endpoint, Duration after) = 0;
  // A request had to wait: for a place under the concurrency limit or a pause, or because the endpoint answered 429.
  virtual void OnThrottled(const std::string& endpoint) = 0;
  // Requests in flight now.
  virtual void OnInFlight(const std::string& endpoint, int requests) = 0;
  // When the endpoint is made, and whenever its answers change the limit.
  virtual void OnLimit(const std::string& endpoint, int concurrency) = 0;
  // A 429 cut the limit; after OnLimit.
  virtual void OnLimitCut(const std::string&) {}
};

// References outlive the endpoint.
struct EndpointContext {
  HttpClient& http;
  EndpointObserver* observer = nullptr;
  const Clock& clock = SystemClock();         // for Retry-After dates
  std::uint64_t jitter_seed = 0;              // of the backoffs
  std::filesystem::path base_directory = {};  // for relative paths of key files
  // What endpoints of the same credential (CredentialOf) share; null pointer: nothing is shared.
  std::shared_ptr<CredentialBudget> budget = {};
  std::optional<TokenPricesSpec> prices = {};  // without them answers have no cost
};

// Binds a declared endpoint: reads its key, checks its URL. `name` names it in messages and metrics. One endpoint is
// shared by all runs against the model version, so that its limit holds over all of them. kInvalidArgument,
// kNotFound (key file), kFailedPrecondition (key's environment variable not set), kUnimplemented (provider).
Result<std::shared_ptr<Endpoint>> MakeEndpoint(std::string name, const EndpointSpec& spec, EndpointContext context);

// All providers of builtin.def, for catalog checks and the schema.
std::vector<PluginKind> ProviderKinds();

}  // namespace assay
