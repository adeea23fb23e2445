#include "daemon/store_response_cache.h"

#include <boost/asio/post.hpp>

#include "daemon/blocking.h"
#include "daemon/log.h"

namespace assay {

namespace asio = boost::asio;

asio::awaitable<std::optional<Response>> StoreResponseCache::Find(std::string digest, Duration ttl) {
  if (limit_bytes_ == 0) co_return std::nullopt;
  auto read = [this, &digest, ttl]() -> Result<std::optional<Response>> {
    ASSAY_ASSIGN(const auto text, store_.FindCachedResponse(digest, clock_.Now() - ttl));
    if (!text) return std::nullopt;
    Result<Response> response = ResponseFromCachedText(*text);
    if (response) return *std::move(response);
    ASSAY_TRY(store_.ForgetResponse(digest));  // of another version of assayd: what is asked for now takes its place
    return std::nullopt;
  };
  Result<std::optional<Response>> found = co_await RunBlocking(blocking_, read);
  if (!found) Note(Fail(found.error()));
  co_return found ? *std::move(found) : std::nullopt;
}

void StoreResponseCache::Keep(std::string digest, const Response& response, Duration ttl) {
  const Time now = clock_.Now();
  CachedResponse kept{
      .digest = std::move(digest), .text = CachedText(response), .created = now, .replaces_before = now - ttl};
  const std::size_t bytes = kept.text.size();
  const std::lock_guard lock(mutex_);
  if (pending_bytes_ + bytes > kMaxPendingBytes || static_cast<std::int64_t>(bytes) > limit_bytes_) return;
  pending_bytes_ += bytes;
  pending_.push_back(std::move(kept));
  if (is_draining_) return;
  is_draining_ = true;
  asio::post(blocking_, [this] { Drain(); });
}

void StoreResponseCache::Drain() {
  for (;;) {
    std::vector<CachedResponse> responses;
    {
      const std::lock_guard lock(mutex_);
      responses.swap(pending_);
      pending_bytes_ = 0;
      is_draining_ = !responses.empty();
      if (!is_draining_) return;
    }
    Write(responses);
  }
}

void StoreResponseCache::Write(const std::vector<CachedResponse>& responses) {
  const Status kept = store_.KeepResponses(responses);
  Note(kept);
  if (!kept) return;
  for (const CachedResponse& response : responses) {
    if (stored_bytes_ >= 0) stored_bytes_ += std::ssize(response.text);
  }
  if (stored_bytes_ >= 0 && stored_bytes_ <= limit_bytes_) return;
  // A tenth below, so that not every batch removes something.
  const Result<std::int64_t> left = store_.EvictResponses(limit_bytes_, limit_bytes_ - limit_bytes_ / 10);
  stored_bytes_ = left.value_or(-1);
  if (!left) Note(Fail(left.error()));
}

void StoreResponseCache::Note(const Status& status) {
  {
    const std::lock_guard lock(mutex_);
    if (has_failed_ == !status) return;
    has_failed_ = !status;
  }
  if (!status) Log(LogLevel::kWarning, "the response cache does not work", {{"error", status.error().message}});
}

}  // namespace assay
