#pragma once
// An endpoint as a run sees it whose suite has a cache: the same request to the same version of a model is answered
// from the cache.

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "runners/endpoints/endpoint.h"

namespace assay {

// Where answers are kept. Thread-safe; nothing of it blocks a loop or fails: what cannot be read is not there, what
// cannot be kept is forgotten.
class ResponseCache {
 public:
  virtual ~ResponseCache() = default;
  // What is kept under `digest`, if it is no older than `ttl`.
  virtual boost::asio::awaitable<std::optional<Response>> Find(std::string digest, Duration ttl) = 0;
  // What is kept under it already stays, unless it is older than `ttl`: the first answer that was drawn is the one that
  // everybody finds, so that nobody can choose which it is.
  virtual void Keep(std::string digest, const Response& response, Duration ttl) = 0;
};

class CachedEndpoint final : public Endpoint {
 public:
  // kKeep: nothing is taken from the cache, and what was asked for is kept where it has nothing yet.
  enum class Use { kKeep, kFindAndKeep };
  // `scope` tells apart what must not share answers: project and content version of the model; so does `ttl`. `cache`
  // outlives this.
  CachedEndpoint(std::shared_ptr<Endpoint> endpoint, ResponseCache& cache, std::string scope, Duration ttl, Use use)
      : endpoint_(std::move(endpoint)), cache_(cache), scope_(std::move(scope)), ttl_(ttl), use_(use) {}

  // A response from the cache is marked, and has neither latency nor attempts.
  boost::asio::awaitable<Result<Response>> Complete(const ModelRequest& request, Deadline deadline,
                                                    Sender sender) override;
  boost::asio::awaitable<Result<Embeddings>> Embed(const std::vector<std::string>& texts, Deadline deadline,
                                                   Sender sender) override {
    return endpoint_->Embed(texts, deadline, std::move(sender));  // never cached
  }
  std::string Fingerprint(const ModelRequest& request) const override { return endpoint_->Fingerprint(request); }
  EndpointState State() const override { return endpoint_->State(); }

 private:
  const std::shared_ptr<Endpoint> endpoint_;
  ResponseCache& cache_;
  const std::string scope_;
  const Duration ttl_;
  const Use use_;
};

// A response as JSON text and back: all of it but its times, attempts and mark. kInvalidArgument for another text.
std::string CachedText(const Response& response);
Result<Response> ResponseFromCachedText(const std::string& text);

}  // namespace assay
