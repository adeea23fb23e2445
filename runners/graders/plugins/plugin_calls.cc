#include "runners/graders/plugins/plugin_calls.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "runners/wakeup.h"

namespace assay {

namespace asio = boost::asio;

PluginCalls::PluginCalls(Terms terms)
    : terms_(terms), state_(terms.checks_first ? State::kUnchecked : State::kOpen), wait_(terms.first_wait) {}

// Leaves the line whichever way a Begin() ends.
struct PluginCalls::Waiting {
  Waiting(PluginCalls& whose, const asio::any_io_executor& executor)
      : calls(whose), wakeup(std::make_shared<Wakeup>(executor)) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    const std::lock_guard lock(calls.mutex_);
    std::erase(calls.waiting_, wakeup);
    calls.WakeNext();
  }
  PluginCalls& calls;
  const std::shared_ptr<Wakeup> wakeup;
};

asio::awaitable<Result<PluginCalls::Call>> PluginCalls::Begin(Deadline deadline) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto self = shared_from_this();  // the coroutine may be destroyed after the grader
  Waiting waiting(*this, executor);
  for (;;) {
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      co_return Fail(ErrorCode::kCancelled, "cancelled while it waited for a place");
    }
    {
      const std::lock_guard lock(mutex_);
      if (IsHeld()) {
        co_return Fail(ErrorCode::kUnavailable, "held off for " + FormatDuration(held_for_) + " after: " + why_);
      }
      if (MayGo(waiting.wakeup)) co_return Go();
      if (std::ranges::find(waiting_, waiting.wakeup) == waiting_.end()) waiting_.push_back(waiting.wakeup);
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      co_return Fail(ErrorCode::kDeadlineExceeded, "no place among its calls in time");
    }
    co_await waiting.wakeup->WaitUntil(deadline);
  }
}

bool PluginCalls::IsHeld() const {
  return state_ == State::kHeld && (is_probing_ || std::chrono::steady_clock::now() < held_until_);
}

PluginCalls::Call PluginCalls::Go() {
  ++in_flight_;
  const bool is_probe = state_ != State::kOpen;
  is_probing_ = is_probing_ || is_probe;
  return Call(shared_from_this(), is_probe, opening_);
}

bool PluginCalls::MayGo(const std::shared_ptr<Wakeup>& waiting) const {
  const bool is_next = waiting_.empty() || waiting_.front() == waiting;
  return is_next && in_flight_ < terms_.concurrency && !(state_ == State::kUnchecked && is_probing_);
}

void PluginCalls::WakeNext() {
  if (!waiting_.empty()) waiting_.front()->Notify();
}

void PluginCalls::WakeAll() {
  for (const auto& waiting : waiting_) waiting->Notify();
}

void PluginCalls::Open() {
  state_ = State::kOpen;
  ++opening_;
}

void PluginCalls::Hold() {
  state_ = State::kHeld;
  held_for_ = wait_;
  held_until_ = DeadlineIn(held_for_);
  wait_ = std::min(wait_ * 2, terms_.longest_wait);
  WakeAll();
}

PluginCalls::Call::~Call() {
  if (!calls_) return;
  const std::lock_guard lock(calls_->mutex_);
  if (is_probe_) calls_->is_probing_ = false;
  --calls_->in_flight_;
  calls_->WakeNext();
}

void PluginCalls::Call::Checked() {
  const std::lock_guard lock(calls_->mutex_);
  // It said that it was well before, and did not answer: only an answer shows that it is.
  if (!is_probe_ || calls_->failures_ >= calls_->terms_.failures) return;
  calls_->is_probing_ = is_probe_ = false;
  calls_->Open();
  opening_ = calls_->opening_;
  calls_->WakeNext();
}

void PluginCalls::Call::Answered() {
  const std::lock_guard lock(calls_->mutex_);
  calls_->failures_ = 0;
  calls_->wait_ = calls_->terms_.first_wait;
  if (is_probe_ || calls_->state_ == State::kHeld) calls_->Open();
}

void PluginCalls::Call::Failed(const std::string& why) {
  const std::lock_guard lock(calls_->mutex_);
  if (!is_probe_ && opening_ != calls_->opening_) return;
  ++calls_->failures_;
  if (calls_->state_ == State::kHeld && !is_probe_) return;
  calls_->why_ = why;
  if (is_probe_ || calls_->failures_ >= calls_->terms_.failures) {
    calls_->Hold();
  } else if (calls_->terms_.checks_first) {
    calls_->state_ = State::kUnchecked;
  }
}

}  // namespace assay
