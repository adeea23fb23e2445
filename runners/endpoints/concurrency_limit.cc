#include "runners/endpoints/concurrency_limit.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <vector>

namespace assay {

namespace asio = boost::asio;

// A place in the queue; whichever way the coroutine ends, it leaves the queue or gives back what it was granted.
class ConcurrencyLimit::Turn {
 public:
  Turn(std::shared_ptr<ConcurrencyLimit> limit, const asio::any_io_executor& executor) : limit_(std::move(limit)) {
    waiter_.wakeup = std::make_shared<Wakeup>(executor);
    std::lock_guard lock(limit_->mutex_);
    limit_->waiters_.push_back(&waiter_);
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!limit_) return;
    bool granted = false;
    {
      std::lock_guard lock(limit_->mutex_);
      granted = waiter_.is_granted;
      if (!granted) limit_->waiters_.remove(&waiter_);
    }
    if (granted) limit_->Release(waiter_.is_probe);
  }

  // Gives out the places that there are, which may have become free by the passing of time alone.
  bool IsGranted() const {
    limit_->GrantAll();
    std::lock_guard lock(limit_->mutex_);
    return waiter_.is_granted;
  }
  AdmissionTerms Terms() const {
    std::lock_guard lock(limit_->mutex_);
    return limit_->terms_;
  }
  Wakeup& wakeup() { return *waiter_.wakeup; }
  // The place becomes the caller's; after IsGranted().
  Permit Take() { return {std::move(limit_), waiter_.is_probe, true}; }

 private:
  std::shared_ptr<ConcurrencyLimit> limit_;
  Waiter waiter_;
};

bool ConcurrencyLimit::IsHeld() {
  // The clock is read only when there is something to compare it with.
  if (terms_.not_before == Deadline::min()) return false;
  if (std::chrono::steady_clock::now() < terms_.not_before) return true;
  terms_.not_before = Deadline::min();
  return false;
}

bool ConcurrencyLimit::HasPlace() {
  const bool has_place = terms_.is_probing ? !is_probe_out_ : in_use_ < terms_.limit;
  return has_place && !IsHeld();
}

bool ConcurrencyLimit::TakePlace() {
  ++in_use_;
  if (terms_.is_probing) is_probe_out_ = true;
  return terms_.is_probing;
}

std::shared_ptr<Wakeup> ConcurrencyLimit::GrantFirst() {
  if (waiters_.empty() || !HasPlace()) return nullptr;
  Waiter* waiter = waiters_.front();
  waiters_.pop_front();
  waiter->is_granted = true;
  waiter->is_probe = TakePlace();
  return waiter->wakeup;  // the waiter may be gone once the lock is
}

void ConcurrencyLimit::GrantAll() {
  std::vector<std::shared_ptr<Wakeup>> granted;
  {
    std::lock_guard lock(mutex_);
    while (auto next = GrantFirst()) granted.push_back(std::move(next));
  }
  for (const auto& each : granted) each->Notify();
}

std::optional<ConcurrencyLimit::Permit> ConcurrencyLimit::TryAcquire() {
  std::lock_guard lock(mutex_);
  if (!waiters_.empty() || !HasPlace()) return std::nullopt;
  return Permit(shared_from_this(), TakePlace(), false);
}

void ConcurrencyLimit::Release(bool is_probe) {
  std::shared_ptr<Wakeup> next;
  {
    std::lock_guard lock(mutex_);
    --in_use_;
    if (is_probe) is_probe_out_ = false;
    next = GrantFirst();
  }
  if (next) next->Notify();
}

void ConcurrencyLimit::SetTerms(AdmissionTerms terms) {
  std::vector<std::shared_ptr<Wakeup>> to_look_again;
  {
    std::lock_guard lock(mutex_);
    const bool times_changed = terms.not_before != terms_.not_before || terms.give_up_at != terms_.give_up_at;
    terms_ = std::move(terms);
    while (auto next = GrantFirst()) to_look_again.push_back(std::move(next));
    if (times_changed) {
      for (const Waiter* each : waiters_) to_look_again.push_back(each->wakeup);
    }
  }
  for (const auto& each : to_look_again) each->Notify();
}

asio::awaitable<Result<ConcurrencyLimit::Permit>> ConcurrencyLimit::Acquire(Deadline deadline) {
  if (auto permit = TryAcquire()) co_return *std::move(permit);
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  Turn turn(shared_from_this(), executor);
  while (!turn.IsGranted()) {
    auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      co_return Fail(ErrorCode::kCancelled, "cancelled while waiting for a place under limits.concurrency");
    }
    const AdmissionTerms terms = turn.Terms();
    const auto now = std::chrono::steady_clock::now();
    if (terms.refusal && now >= terms.give_up_at) co_return std::unexpected(*terms.refusal);
    if (now >= deadline || terms.not_before >= deadline) co_return std::unexpected(NoTime(terms));
    Deadline look_again = std::min(deadline, terms.give_up_at);
    if (terms.not_before > now) look_again = std::min(look_again, terms.not_before);
    co_await turn.wakeup().WaitUntil(look_again);
  }
  co_return turn.Take();
}

Error ConcurrencyLimit::NoTime(const AdmissionTerms& terms) const {
  if (!terms.refusal) {
    return {ErrorCode::kDeadlineExceeded,
            "no place under limits.concurrency (" + std::to_string(terms.limit) + ") in time", std::nullopt};
  }
  return {terms.refusal->code, terms.refusal->message + "; no time left to wait for it", terms.refusal->retry_after};
}

int ConcurrencyLimit::limit() const {
  std::lock_guard lock(mutex_);
  return terms_.limit;
}

int ConcurrencyLimit::in_use() const {
  std::lock_guard lock(mutex_);
  return in_use_;
}

int ConcurrencyLimit::waiting() const {
  std::lock_guard lock(mutex_);
  return static_cast<int>(waiters_.size());
}

}  // namespace assay
