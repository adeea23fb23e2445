#include "runners/endpoints/request_queue.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace assay {

namespace asio = boost::asio;
using std::chrono::steady_clock;

namespace {

// Of the places that several priorities wait for, one in so many goes to a lower one.
constexpr std::uint64_t kLowerTurn = 10;

Priority PriorityOf(const std::shared_ptr<const Requester>& requester) {
  return requester ? requester->priority.load(std::memory_order_relaxed) : Priority::kNormal;
}

// The larger of two limits, of which none is more than any.
std::optional<std::int64_t> Larger(const std::optional<std::int64_t>& a, const std::optional<std::int64_t>& b) {
  return a && b ? std::optional(std::max(*a, *b)) : std::nullopt;
}

void SetPace(std::optional<Pace>& pace, const std::optional<std::int64_t>& units_per_minute) {
  if (!units_per_minute) {
    pace.reset();
  } else if (pace) {
    pace->SetRate(*units_per_minute);
  } else {
    pace.emplace(*units_per_minute);
  }
}

Deadline Next(const std::optional<Pace>& requests, const std::optional<Pace>& tokens, Deadline now) {
  Deadline next = now;
  if (requests) next = std::max(next, requests->Next(now));
  if (tokens) next = std::max(next, tokens->Next(now));
  return next;
}

}  // namespace

std::shared_ptr<RequestQueue> CredentialBudget::Join(const RequestLimits& limits) {
  auto queue = std::make_shared<RequestQueue>(shared_from_this(), limits);
  {
    const std::lock_guard lock(mutex_);
    queues_.push_back(queue.get());
    ShareLimits();
  }
  GrantAll();  // what is shared may have become more
  return queue;
}

void CredentialBudget::Leave(const RequestQueue& queue) {
  std::erase(queues_, &queue);
  if (!queues_.empty()) ShareLimits();
}

void CredentialBudget::ShareLimits() {
  limits_ = queues_.front()->limits_;
  for (const RequestQueue* each : queues_) {
    limits_.concurrency = std::max(limits_.concurrency, each->limits_.concurrency);
    limits_.requests_per_minute = Larger(limits_.requests_per_minute, each->limits_.requests_per_minute);
    limits_.tokens_per_minute = Larger(limits_.tokens_per_minute, each->limits_.tokens_per_minute);
  }
  SetPace(requests_, limits_.requests_per_minute);
  SetPace(tokens_, limits_.tokens_per_minute);
}

RequestLimits CredentialBudget::limits() const {
  const std::lock_guard lock(mutex_);
  return limits_;
}

int CredentialBudget::in_use() const {
  const std::lock_guard lock(mutex_);
  return in_use_;
}

Deadline CredentialBudget::NextChance(Deadline now) const { return Next(requests_, tokens_, now); }

// Places that hang are no reason not to find out whether the endpoint answers again.
bool CredentialBudget::HasPlaceFor(const RequestQueue& queue) const {
  return in_use_ < limits_.concurrency || queue.terms_.is_probing;
}

CredentialBudget::Choice CredentialBudget::Choose(Deadline now) const {
  if (NextChance(now) > now) return {};
  auto highest = Priority::kScheduled;
  auto lowest = Priority::kRelease;
  const auto for_each = [this, now](const auto& visit) {
    for (RequestQueue* queue : queues_) {
      if (queue->waiting_ == 0 || !HasPlaceFor(*queue) || !queue->CanGo(now)) continue;
      for (std::size_t i = 0; i < queue->flows_.size(); ++i) visit(*queue, i, queue->flows_[i]);
    }
  };
  for_each([&](RequestQueue&, std::size_t, const Flow& flow) {
    highest = std::max(highest, PriorityOf(flow.requester));
    lowest = std::min(lowest, PriorityOf(flow.requester));
  });
  const bool is_contested = lowest < highest;
  const bool is_lower_turn = is_contested && contested_ % kLowerTurn == kLowerTurn - 1;
  Choice choice{.is_contested = is_contested};
  for_each([&](RequestQueue& queue, std::size_t index, const Flow& flow) {
    const bool is_meant = is_lower_turn == (PriorityOf(flow.requester) < highest);
    const bool is_better = choice.queue == nullptr || flow.served < choice.queue->flows_[choice.flow].served;
    if (is_meant && is_better) choice = {.queue = &queue, .flow = index, .is_contested = is_contested};
  });
  return choice;
}

std::shared_ptr<Wakeup> CredentialBudget::GrantNext(Deadline now) {
  const Choice choice = Choose(now);
  if (choice.queue == nullptr) return nullptr;
  if (choice.is_contested) ++contested_;
  Flow& flow = choice.queue->flows_[choice.flow];
  // Who could not be served for reasons of its own endpoint's does not make up for it at the cost of others.
  const double start = std::max(flow.served, virtual_time_ - 1);
  virtual_time_ = std::max(virtual_time_, start);
  flow.served = start + 1;
  Waiter* waiter = flow.waiters.front();
  choice.queue->Forget(waiter);
  waiter->is_granted = true;
  waiter->place = choice.queue->TakePlace(now);
  return waiter->wakeup;  // the waiter may be gone once the lock is
}

void CredentialBudget::ArmAlarm(Deadline now) {
  const RequestQueue* first = nullptr;
  Deadline when = Deadline::max();
  for (const RequestQueue* queue : queues_) {
    // Where no place is left, who gives one back looks again.
    if (queue->waiting_ == 0 || !HasPlaceFor(*queue) || !queue->HasPlace()) continue;
    const Deadline chance = std::max(queue->NextChance(now), NextChance(now));
    if (chance >= when) continue;
    first = queue;
    when = chance;
  }
  if (first == nullptr || when >= alarm_at_) return;
  alarm_at_ = when;
  const asio::any_io_executor executor = first->flows_.front().waiters.front()->executor;
  asio::post(executor, [executor, when, weak = weak_from_this()] {
    auto timer = std::make_shared<asio::steady_timer>(executor, when);
    timer->async_wait([timer, when, weak](const boost::system::error_code&) {
      const auto budget = weak.lock();
      if (!budget) return;
      {
        const std::lock_guard lock(budget->mutex_);
        if (budget->alarm_at_ == when) budget->alarm_at_ = Deadline::max();
      }
      budget->GrantAll();
    });
  });
}

void CredentialBudget::GrantAll() {
  std::vector<std::shared_ptr<Wakeup>> granted;
  {
    const std::lock_guard lock(mutex_);
    const auto now = steady_clock::now();
    while (auto next = GrantNext(now)) granted.push_back(std::move(next));
    ArmAlarm(now);
  }
  for (const auto& each : granted) each->Notify();
}

// A place in the queue; whichever way the coroutine ends, it leaves the queue or gives back what it was granted.
class RequestQueue::Turn {
 public:
  Turn(std::shared_ptr<RequestQueue> queue, const std::shared_ptr<const Requester>& requester,
       const asio::any_io_executor& executor)
      : queue_(std::move(queue)) {
    waiter_.wakeup = std::make_shared<Wakeup>(executor);
    waiter_.executor = executor;
    const std::lock_guard lock(queue_->budget_->mutex_);
    queue_->FlowOf(requester).waiters.push_back(&waiter_);
    ++queue_->waiting_;
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    if (!queue_) return;
    bool granted = false;
    {
      const std::lock_guard lock(queue_->budget_->mutex_);
      granted = waiter_.is_granted;
      if (!granted) queue_->Forget(&waiter_);
    }
    if (granted) queue_->Release(waiter_.place);
  }

  // Gives out the places that there are, which may have become free by the passing of time alone.
  bool IsGranted() const {
    queue_->budget_->GrantAll();
    const std::lock_guard lock(queue_->budget_->mutex_);
    return waiter_.is_granted;
  }
  AdmissionTerms Terms() const {
    const std::lock_guard lock(queue_->budget_->mutex_);
    return queue_->terms_;
  }
  Deadline NextChance(Deadline now) const {
    const std::lock_guard lock(queue_->budget_->mutex_);
    return std::max(queue_->NextChance(now), queue_->budget_->NextChance(now));
  }
  Wakeup& wakeup() { return *waiter_.wakeup; }
  // The place becomes the caller's; after IsGranted().
  Permit Take() { return {std::move(queue_), waiter_.place, true}; }

 private:
  std::shared_ptr<RequestQueue> queue_;
  CredentialBudget::Waiter waiter_;
};

RequestQueue::RequestQueue(std::shared_ptr<CredentialBudget> budget, const RequestLimits& limits)
    : budget_(std::move(budget)), limits_(limits) {
  terms_.limit = limits.concurrency;
  SetPace(requests_, limits.requests_per_minute);
  SetPace(tokens_, limits.tokens_per_minute);
}

RequestQueue::~RequestQueue() {
  const std::lock_guard lock(budget_->mutex_);
  budget_->Leave(*this);
}

bool RequestQueue::HasPlace() const { return terms_.is_probing ? !is_probe_out_ : in_use_ < terms_.limit; }

Deadline RequestQueue::NextChance(Deadline now) const {
  Deadline next = std::max(Next(requests_, tokens_, now), terms_.not_before);
  if (last_left_) next = std::max(next, *last_left_ + terms_.spacing);
  return next;
}

RequestQueue::Place RequestQueue::TakePlace(Deadline now) {
  ++in_use_;
  ++budget_->in_use_;
  if (terms_.is_probing) is_probe_out_ = true;
  if (terms_.spacing > Duration::zero()) last_left_ = now;
  for (std::optional<Pace>* pace : {&requests_, &budget_->requests_}) {
    if (*pace) (*pace)->Take(1, now);
  }
  return {.is_probe = terms_.is_probing, .number = ++taken_};
}

CredentialBudget::Flow& RequestQueue::FlowOf(const std::shared_ptr<const Requester>& requester) {
  for (CredentialBudget::Flow& flow : flows_) {
    if (flow.requester == requester) return flow;
  }
  flows_.push_back({.requester = requester, .served = budget_->virtual_time_, .waiters = {}});
  return flows_.back();
}

void RequestQueue::Forget(const CredentialBudget::Waiter* waiter) {
  for (CredentialBudget::Flow& flow : flows_) {
    const auto found = std::find(flow.waiters.begin(), flow.waiters.end(), waiter);
    if (found == flow.waiters.end()) continue;
    flow.waiters.erase(found);
    --waiting_;
    break;
  }
  std::erase_if(flows_, [](const CredentialBudget::Flow& flow) { return flow.waiters.empty(); });
}

std::optional<RequestQueue::Permit> RequestQueue::TryAcquire() {
  const std::lock_guard lock(budget_->mutex_);
  // Who waits in another queue has been given what there is, or waits for that queue's own sake.
  const auto now = steady_clock::now();
  const bool is_free = waiting_ == 0 && CanGo(now) && budget_->HasPlaceFor(*this) && budget_->NextChance(now) <= now;
  if (!is_free) return std::nullopt;
  return Permit(shared_from_this(), TakePlace(now), false);
}

void RequestQueue::Release(const Place& place) {
  std::shared_ptr<Wakeup> next;
  {
    const std::lock_guard lock(budget_->mutex_);
    --in_use_;
    --budget_->in_use_;
    if (place.is_probe) is_probe_out_ = false;
    if (place.number <= mark_) --marked_;
    const auto now = steady_clock::now();
    next = budget_->GrantNext(now);
    budget_->ArmAlarm(now);
  }
  if (next) next->Notify();
}

void RequestQueue::SetTerms(AdmissionTerms terms) {
  std::vector<std::shared_ptr<Wakeup>> to_look_again;
  {
    const std::lock_guard lock(budget_->mutex_);
    const bool times_changed = terms.not_before != terms_.not_before || terms.give_up_at != terms_.give_up_at;
    terms_ = std::move(terms);
    if (terms_.spacing == Duration::zero()) last_left_.reset();
    if (times_changed) {
      for (const CredentialBudget::Flow& flow : flows_) {
        for (const CredentialBudget::Waiter* each : flow.waiters) to_look_again.push_back(each->wakeup);
      }
    }
  }
  budget_->GrantAll();
  for (const auto& each : to_look_again) each->Notify();
}

void RequestQueue::ChargeTokens(std::int64_t tokens, Deadline now) {
  const std::lock_guard lock(budget_->mutex_);
  for (std::optional<Pace>* pace : {&tokens_, &budget_->tokens_}) {
    if (*pace) (*pace)->Take(static_cast<double>(tokens), now);
  }
}

asio::awaitable<Result<RequestQueue::Permit>> RequestQueue::Acquire(std::shared_ptr<const Requester> requester,
                                                                    Deadline deadline) {
  if (auto permit = TryAcquire()) co_return *std::move(permit);
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  Turn turn(shared_from_this(), requester, executor);
  while (!turn.IsGranted()) {
    auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      co_return Fail(ErrorCode::kCancelled, "cancelled while waiting for a place under the limits of the endpoint");
    }
    const AdmissionTerms terms = turn.Terms();
    const auto now = steady_clock::now();
    if (terms.refusal && now >= terms.give_up_at) co_return std::unexpected(*terms.refusal);
    const Deadline chance = turn.NextChance(now);
    if (now >= deadline || chance >= deadline) co_return std::unexpected(NoTime(terms, chance > now));
    co_await turn.wakeup().WaitUntil(std::min(deadline, terms.give_up_at));
  }
  co_return turn.Take();
}

Error RequestQueue::NoTime(const AdmissionTerms& terms, bool is_rate_limited) const {
  if (terms.refusal) {
    return {terms.refusal->code, terms.refusal->message + "; no time left to wait for it", terms.refusal->retry_after};
  }
  if (is_rate_limited) {
    const RequestLimits shared = budget_->limits();
    const bool is_ours = limits_.requests_per_minute || limits_.tokens_per_minute || shared.requests_per_minute ||
                         shared.tokens_per_minute;
    return {ErrorCode::kDeadlineExceeded,
            is_ours ? "limits.requests_per_minute or tokens_per_minute leave no time for the request"
                    : "the rate that the endpoint allows leaves no time for the request",
            std::nullopt};
  }
  return {ErrorCode::kDeadlineExceeded,
          "no place under limits.concurrency (" + std::to_string(terms.limit) + ") in time", std::nullopt};
}

void RequestQueue::Mark() {
  const std::lock_guard lock(budget_->mutex_);
  mark_ = taken_;
  marked_ = in_use_;
}

int RequestQueue::marked() const {
  const std::lock_guard lock(budget_->mutex_);
  return marked_;
}

int RequestQueue::limit() const {
  const std::lock_guard lock(budget_->mutex_);
  return terms_.limit;
}

int RequestQueue::in_use() const {
  const std::lock_guard lock(budget_->mutex_);
  return in_use_;
}

int RequestQueue::waiting() const {
  const std::lock_guard lock(budget_->mutex_);
  return waiting_;
}

}  // namespace assay
