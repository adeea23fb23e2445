#pragma once
// The response cache in the store: read one at a time on the blocking pool, written in batches there.

#include <boost/asio/any_io_executor.hpp>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/store/store.h"
#include "runners/cached_endpoint.h"

namespace assay {

// Thread-safe. References outlive it, and it outlives the work on `blocking`.
class StoreResponseCache final : public ResponseCache {
 public:
  static constexpr std::size_t kMaxPendingBytes = 16 << 20;  // not written yet; what goes beyond is not kept

  // At most `limit_bytes` of answers are kept, the oldest are removed first; 0 keeps nothing.
  StoreResponseCache(Store& store, boost::asio::any_io_executor blocking, const Clock& clock, std::int64_t limit_bytes)
      : store_(store), blocking_(std::move(blocking)), clock_(clock), limit_bytes_(limit_bytes) {}

  boost::asio::awaitable<std::optional<Response>> Find(std::string digest, Duration ttl) override;
  void Keep(std::string digest, const Response& response, Duration ttl) override;

 private:
  void Drain();
  void Write(const std::vector<CachedResponse>& responses);
  void Note(const Status& status);

  Store& store_;
  const boost::asio::any_io_executor blocking_;
  const Clock& clock_;
  const std::int64_t limit_bytes_;

  std::mutex mutex_;  // guards what is below
  std::vector<CachedResponse> pending_;
  std::size_t pending_bytes_ = 0;
  bool is_draining_ = false;
  bool has_failed_ = false;  // the store, last time: it is logged once

  std::int64_t stored_bytes_ = -1;  // about; -1 for unknown. Of the one who drains
};

}  // namespace assay
