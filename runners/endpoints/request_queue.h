#pragma once
// Who may send a request now, over all runs and loops. Each endpoint has a queue; the queues of endpoints that use one
// credential share its budget.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/result.h"
#include "runners/deadline.h"
#include "runners/endpoints/pace.h"
#include "runners/endpoints/requester.h"
#include "runners/wakeup.h"

namespace assay {

// What an endpoint's document allows.
struct RequestLimits {
  int concurrency = 1;  // requests in flight
  std::optional<std::int64_t> requests_per_minute = {};
  std::optional<std::int64_t> tokens_per_minute = {};
  bool operator==(const RequestLimits&) const = default;
};

// What an endpoint's answers allow. The terms may change while places are taken: who has one keeps it.
struct AdmissionTerms {
  int limit = 1;                          // places at once
  bool is_probing = false;                // instead of `limit`: one place at a time, besides those that are taken
  Duration spacing{0};                    // at least so long between two requests
  Deadline not_before = Deadline::min();  // nobody gets a place until then
  Deadline give_up_at = Deadline::max();  // from then on who finds no place gets `refusal`; only with one
  // Why nobody gets a place, also for those whose deadline comes first; null when the limit alone is the reason.
  std::shared_ptr<const Error> refusal;
};

class RequestQueue;

// What endpoints that use one credential may do together: as much as the most generous of them may alone. Thread-safe.
// Always held by a shared_ptr.
//
// Places go to the highest priority first, but every tenth that several priorities wait for to a lower one, so that its
// requests do not wait for ever; within a priority, to the requester that has had the fewest since it began to wait
// (start-time fair queueing with requests of one size; Goyal, Vin and Cheng 1996).
class CredentialBudget : public std::enable_shared_from_this<CredentialBudget> {
 public:
  // The queue of one more endpoint; it counts until it is destroyed.
  std::shared_ptr<RequestQueue> Join(const RequestLimits& limits);
  // Of all endpoints together.
  RequestLimits limits() const;
  int in_use() const;

  // What was taken by who may send a request.
  struct Place {
    bool is_probe = false;
    std::uint64_t number = 0;  // of its queue, ascending
  };

 private:
  friend class RequestQueue;
  struct Waiter {
    std::shared_ptr<Wakeup> wakeup;
    boost::asio::any_io_executor executor;
    bool is_granted = false;  // a place is counted for it
    Place place = {};
  };
  // The requests of one requester that wait in one queue.
  struct Flow {
    std::shared_ptr<const Requester> requester;
    double served = 0;  // virtual time
    std::list<Waiter*> waiters;
  };
  struct Choice {
    RequestQueue* queue = nullptr;
    std::size_t flow = 0;       // its index there
    bool is_contested = false;  // by several priorities
  };

  // Under the mutex.
  void Leave(const RequestQueue& queue);
  void ShareLimits();
  bool HasPlaceFor(const RequestQueue& queue) const;
  Deadline NextChance(Deadline now) const;
  Choice Choose(Deadline now) const;
  std::shared_ptr<Wakeup> GrantNext(Deadline now);
  void ArmAlarm(Deadline now);

  void GrantAll();

  mutable std::mutex mutex_;
  std::vector<RequestQueue*> queues_;
  RequestLimits limits_;
  std::optional<Pace> requests_;
  std::optional<Pace> tokens_;
  int in_use_ = 0;
  double virtual_time_ = 0;
  std::uint64_t contested_ = 0;  // places that several priorities waited for
  Deadline alarm_at_ = Deadline::max();
};

// The requests to one endpoint. Thread-safe. Always held by a shared_ptr: a permit keeps its queue alive.
class RequestQueue : public std::enable_shared_from_this<RequestQueue> {
 public:
  using Place = CredentialBudget::Place;
  // A place, given back by the destructor.
  class Permit {
   public:
    Permit(std::shared_ptr<RequestQueue> queue, const Place& place, bool has_waited)
        : queue_(std::move(queue)), place_(place), has_waited_(has_waited) {}
    Permit(Permit&& other) noexcept = default;
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (queue_) queue_->Release(place_);
    }
    bool is_probe() const { return place_.is_probe; }  // given under AdmissionTerms::is_probing
    bool has_waited() const { return has_waited_; }

   private:
    std::shared_ptr<RequestQueue> queue_;
    Place place_;
    bool has_waited_;
  };

  // CredentialBudget::Join makes queues.
  RequestQueue(std::shared_ptr<CredentialBudget> budget, const RequestLimits& limits);
  ~RequestQueue();
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

  // At once when there is a place and nobody waits who could have it, else in the order of CredentialBudget. Requests
  // without a requester count as those of one. kDeadlineExceeded, kCancelled (by the coroutine's cancellation slot), or
  // the code of AdmissionTerms::refusal. The coroutine's executor runs in one thread.
  boost::asio::awaitable<Result<Permit>> Acquire(std::shared_ptr<const Requester> requester, Deadline deadline);

  void SetTerms(AdmissionTerms terms);
  // Tokens of an answer, for tokens_per_minute: they delay the requests that follow.
  void ChargeTokens(std::int64_t tokens, Deadline now);

  // Of the places that are taken now, marked() tells how many still are.
  void Mark();
  int marked() const;

  int limit() const;
  int in_use() const;
  int waiting() const;

 private:
  friend class CredentialBudget;
  class Turn;

  // Under the budget's mutex.
  bool HasPlace() const;                    // but for what time brings
  Deadline NextChance(Deadline now) const;  // when time lets a request go: `now` or later
  bool CanGo(Deadline now) const { return HasPlace() && NextChance(now) <= now; }
  Place TakePlace(Deadline now);
  CredentialBudget::Flow& FlowOf(const std::shared_ptr<const Requester>& requester);
  void Forget(const CredentialBudget::Waiter* waiter);

  std::optional<Permit> TryAcquire();
  void Release(const Place& place);
  Error NoTime(const AdmissionTerms& terms, bool is_rate_limited) const;

  const std::shared_ptr<CredentialBudget> budget_;
  const RequestLimits limits_;
  // What follows is guarded by the budget's mutex.
  AdmissionTerms terms_;
  std::optional<Pace> requests_;
  std::optional<Pace> tokens_;
  std::optional<Deadline> last_left_;  // kept while there is a spacing
  int in_use_ = 0;
  int waiting_ = 0;
  bool is_probe_out_ = false;
  std::uint64_t taken_ = 0;                    // places ever
  std::uint64_t mark_ = 0;                     // the last of those that are marked
  int marked_ = 0;                             // of them, those that are taken still
  std::vector<CredentialBudget::Flow> flows_;  // none is empty
};

}  // namespace assay
