#pragma once
// Who may send a request to an endpoint now, over all runs and loops. First come, first served.

#include <boost/asio/awaitable.hpp>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

#include "core/result.h"
#include "runners/deadline.h"
#include "runners/wakeup.h"

namespace assay {

// The terms may change while places are taken: who has one keeps it.
struct AdmissionTerms {
  int limit = 1;                          // places at once
  bool is_probing = false;                // instead of `limit`: one place at a time, besides those that are taken
  Deadline not_before = Deadline::min();  // nobody gets a place until then
  Deadline give_up_at = Deadline::max();  // from then on who finds no place gets `refusal`; only with one
  // Why nobody gets a place, also for those whose deadline comes first; null when the limit alone is the reason.
  std::shared_ptr<const Error> refusal;
};

// Thread-safe. Always held by a shared_ptr: a permit keeps its limit alive.
class ConcurrencyLimit : public std::enable_shared_from_this<ConcurrencyLimit> {
 public:
  // A place under the limit, given back by the destructor.
  class Permit {
   public:
    Permit(std::shared_ptr<ConcurrencyLimit> limit, bool is_probe, bool has_waited)
        : limit_(std::move(limit)), is_probe_(is_probe), has_waited_(has_waited) {}
    Permit(Permit&& other) noexcept = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (limit_) limit_->Release(is_probe_);
    }
    bool is_probe() const { return is_probe_; }  // given under AdmissionTerms::is_probing
    bool has_waited() const { return has_waited_; }

   private:
    std::shared_ptr<ConcurrencyLimit> limit_;
    bool is_probe_;
    bool has_waited_;
  };

  explicit ConcurrencyLimit(int limit) { terms_.limit = limit; }

  // At once when there is a place and nobody waits for one, else in turn. kDeadlineExceeded, kCancelled (by the
  // coroutine's cancellation slot), or the code of AdmissionTerms::refusal. The coroutine's executor runs in one
  // thread.
  boost::asio::awaitable<Result<Permit>> Acquire(Deadline deadline);

  void SetTerms(AdmissionTerms terms);

  int limit() const;
  int in_use() const;
  int waiting() const;

 private:
  struct Waiter {
    std::shared_ptr<Wakeup> wakeup;
    bool is_granted = false;  // a place is counted for it
    bool is_probe = false;
  };
  class Turn;

  // Under the mutex.
  bool IsHeld();
  bool HasPlace();
  bool TakePlace();  // whether as a probe
  std::shared_ptr<Wakeup> GrantFirst();

  void GrantAll();
  std::optional<Permit> TryAcquire();
  void Release(bool is_probe);
  Error NoTime(const AdmissionTerms& terms) const;

  mutable std::mutex mutex_;
  AdmissionTerms terms_;
  int in_use_ = 0;
  bool is_probe_out_ = false;
  std::list<Waiter*> waiters_;  // in their coroutines' frames; granted ones have left
};

}  // namespace assay
