#include "runners/graders/judges/embedding_cache.h"

#include "core/digest.h"

namespace assay {

EmbeddingCache::Claim::Claim(EmbeddingCache& cache, const std::string& text) : cache_(cache), key_(Sha256Hex(text)) {
  const std::lock_guard lock(cache_.mutex_);
  const auto [found, is_new] = cache_.entries_.try_emplace(key_);
  is_mine_ = is_new;
  if (is_new) return;
  vector_ = found->second.vector;
  if (vector_) cache_.used_.splice(cache_.used_.begin(), cache_.used_, found->second.place);
}

// What came to nothing is free for the next who asks.
EmbeddingCache::Claim::~Claim() {
  if (!is_mine_ || vector_) return;
  const std::lock_guard lock(cache_.mutex_);
  cache_.entries_.erase(key_);
}

void EmbeddingCache::Claim::Keep(Vector vector) {
  vector_ = std::move(vector);
  const std::size_t bytes = BytesOf(vector_);
  const std::lock_guard lock(cache_.mutex_);
  const auto own = cache_.entries_.find(key_);
  if (bytes > cache_.max_bytes_) {
    cache_.entries_.erase(own);
    return;
  }
  while (cache_.bytes_ + bytes > cache_.max_bytes_) cache_.Forget(cache_.entries_.find(cache_.used_.back()));
  cache_.used_.push_front(key_);
  own->second = {.vector = vector_, .place = cache_.used_.begin()};
  cache_.bytes_ += bytes;
}

void EmbeddingCache::Forget(std::unordered_map<std::string, Entry>::iterator entry) {
  bytes_ -= BytesOf(entry->second.vector);
  used_.erase(entry->second.place);
  entries_.erase(entry);
}

std::size_t EmbeddingCache::BytesOf(const Vector& vector) {
  constexpr std::size_t kAroundIt = 400;  // keys, nodes
  return vector->size() * sizeof(float) + kAroundIt;
}

}  // namespace assay
