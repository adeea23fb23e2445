#pragma once
// The vectors of texts that were asked for before. Only for files of this folder.

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace assay {

// Thread-safe; nothing waits under its lock. Those that were not used for longest make room for others.
class EmbeddingCache {
 public:
  using Vector = std::shared_ptr<const std::vector<float>>;

  explicit EmbeddingCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Those who ask for a text at the same time: one does, and the others wait for what comes of it.
  class Claim {
   public:
    Claim(EmbeddingCache& cache, const std::string& text);
    ~Claim();
    Claim(const Claim&) = delete;
    Claim& operator=(const Claim&) = delete;

    const Vector& vector() const { return vector_; }  // null pointer: it is not known yet
    bool is_mine() const { return is_mine_; }         // to ask for
    void Keep(Vector vector);                         // of one that is

   private:
    EmbeddingCache& cache_;
    const std::string key_;
    Vector vector_;
    bool is_mine_ = false;
  };

 private:
  struct Entry {
    Vector vector;  // null pointer: somebody asks for it
    std::list<std::string>::iterator place;
  };
  void Forget(std::unordered_map<std::string, Entry>::iterator entry);
  static std::size_t BytesOf(const Vector& vector);

  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;  // by the digest of the text
  std::list<std::string> used_;                     // the latest first; of those with a vector
  std::size_t bytes_ = 0;
};

}  // namespace assay
