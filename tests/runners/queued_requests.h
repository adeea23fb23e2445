#pragma once
// Who asks a request queue for places and keeps them.

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <latch>
#include <memory>
#include <mutex>
#include <vector>

#include "runners/endpoints/request_queue.h"
#include "runners/event_loops.h"

namespace assay::testing {

using Permit = RequestQueue::Permit;

inline std::shared_ptr<RequestQueue> QueueOf(int concurrency) {
  return std::make_shared<CredentialBudget>()->Join({.concurrency = concurrency});
}

inline boost::asio::awaitable<std::shared_ptr<Permit>> Hold(RequestQueue& queue) {
  auto permit = co_await queue.Acquire(nullptr, DeadlineIn(std::chrono::seconds(30)));
  co_return permit ? std::make_shared<Permit>(*std::move(permit)) : nullptr;
}

inline AdmissionTerms Places(int limit) {
  AdmissionTerms terms;
  terms.limit = limit;
  return terms;
}

// Asks for `count` places at once; they are kept until the holders go.
class Holders {
 public:
  Holders(EventLoops& loops, RequestQueue& queue, int count) {
    for (int i = 0; i < count; ++i) {
      // Who still waits when the holders go may be granted a place by that.
      auto done = [kept = kept_](const std::exception_ptr&, std::shared_ptr<Permit> permit) {
        std::lock_guard lock(kept->mutex);
        if (!permit || kept->is_over) return;
        if (permit->is_probe()) ++kept->probes;
        kept->permits.push_back(std::move(permit));
      };
      boost::asio::co_spawn(loops.executor(0), Hold(queue), done);
    }
  }
  ~Holders() {
    std::vector<std::shared_ptr<Permit>> permits;
    std::lock_guard lock(kept_->mutex);
    kept_->is_over = true;
    permits.swap(kept_->permits);
  }
  void GiveBack(std::size_t count) {
    std::lock_guard lock(kept_->mutex);
    kept_->permits.resize(kept_->permits.size() - count);
  }
  std::size_t held() const {
    std::lock_guard lock(kept_->mutex);
    return kept_->permits.size();
  }
  int probes() const {
    std::lock_guard lock(kept_->mutex);
    return kept_->probes;
  }

 private:
  struct Kept {
    std::mutex mutex;
    std::vector<std::shared_ptr<Permit>> permits;
    int probes = 0;
    bool is_over = false;
  };
  const std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

// Asks again and again for a place, one request at a time in each of `workers` coroutines, and counts how often it got
// one. Runs until the queue is left alone.
class Demand {
 public:
  Demand(EventLoops& loops, RequestQueue& queue, int workers, Priority priority = Priority::kNormal)
      : requester_(std::make_shared<Requester>(priority)), ended_(workers) {
    for (int i = 0; i < workers; ++i) {
      auto done = [this](const std::exception_ptr&) { ended_.count_down(); };
      boost::asio::co_spawn(loops.executor(0), Ask(queue), done);
    }
  }
  ~Demand() { Stop(); }
  void Stop() {
    is_over_ = true;
    ended_.wait();
  }
  void SetPriority(Priority priority) { requester_->priority = priority; }
  int served() const { return served_; }

 private:
  boost::asio::awaitable<void> Ask(RequestQueue& queue) {
    boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
    while (!is_over_) {
      auto permit = co_await queue.Acquire(requester_, DeadlineIn(std::chrono::seconds(30)));
      if (!permit) co_return;
      ++served_;
      co_await boost::asio::post(executor, boost::asio::use_awaitable);
    }
  }

  const std::shared_ptr<Requester> requester_;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> served_ = 0;
  std::latch ended_;
};

}  // namespace assay::testing
