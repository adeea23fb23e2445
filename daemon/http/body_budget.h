#pragma once
// The memory that request bodies of all connections may take together.

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace assay {

// Thread-safe.
class BodyBudget {
 public:
  // Of each body this much is free of charge, so that usual calls are served whatever those with large bodies do.
  static constexpr std::size_t kFreeBytes = 64u << 10;

  explicit BodyBudget(std::size_t limit) : limit_(limit) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  // What one body takes. Used by one thread at a time.
  class Share {
   public:
    explicit Share(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
    ~Share() { Release(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // Whether the body may have `bytes`; if not, the share stays as it was. Never shrinks it.
    bool GrowTo(std::size_t bytes);
    void Release();

   private:
    const std::shared_ptr<BodyBudget> budget_;
    std::size_t charged_ = 0;
  };

  std::size_t limit() const { return limit_; }

 private:
  const std::size_t limit_;
  std::atomic<std::size_t> charged_ = 0;
};

}  // namespace assay
