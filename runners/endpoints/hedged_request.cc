#include "runners/endpoints/hedged_request.h"

#include <array>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace assay {
namespace {

namespace asio = boost::asio;
using HedgeOutcome = std::expected<Response, AttemptFailure>;

// A request as a coroutine of its own.
struct HedgeLeg {
  RequestProgress progress;
  asio::cancellation_signal signal;
  bool is_started = false;
  std::optional<HedgeOutcome> outcome;

  bool is_out() const { return is_started && !outcome; }
  // Also one that counts as none: the other request would be a second draw.
  bool has_answer() const { return outcome && (*outcome || outcome->error().is_drawn); }
};

HedgeOutcome Broken() {
  return std::unexpected(
      AttemptFailure{.kind = FailureKind::kBadRequest,
                     .error = {ErrorCode::kInternal, "the request ended with an exception", std::nullopt},
                     .retry_after = {}});
}

// Lives until both have ended.
class HedgeRace : public std::enable_shared_from_this<HedgeRace> {
 public:
  HedgeRace(const asio::any_io_executor& executor, const SendRequest& send)
      : executor_(executor), send_(send), wakeup_(std::make_shared<Wakeup>(executor)) {
    for (HedgeLeg& leg : legs_) leg.progress.watcher = wakeup_;
    legs_[1].progress.other = &legs_[0].progress;
  }

  HedgeLeg& first() { return legs_[0]; }
  HedgeLeg& second() { return legs_[1]; }
  // A second that still waits for a place decides nothing.
  bool is_decided() const {
    const bool may_answer = legs_[0].is_out() || (legs_[1].is_out() && legs_[1].progress.sent);
    return legs_[0].has_answer() || legs_[1].has_answer() || !may_answer;
  }
  bool is_over() const { return !legs_[0].is_out() && !legs_[1].is_out(); }
  int sent() const { return (legs_[0].progress.sent ? 1 : 0) + (legs_[1].progress.sent ? 1 : 0); }

  int resent() const { return legs_[0].progress.resent + legs_[1].progress.resent; }

  void Start(HedgeLeg& leg) {
    leg.is_started = true;
    auto ended = [self = shared_from_this(), &leg](const std::exception_ptr& exception, HedgeOutcome outcome) {
      leg.outcome = exception ? Broken() : std::move(outcome);
      self->wakeup_->Notify();
    };
    asio::co_spawn(executor_, send_(&leg == &second(), leg.progress),
                   asio::bind_cancellation_slot(leg.signal.slot(), std::move(ended)));
  }

  void CancelAll() {
    for (HedgeLeg& leg : legs_) {
      if (leg.is_out()) leg.signal.emit(asio::cancellation_type::terminal);
    }
  }

  asio::awaitable<void> WaitUntil(Deadline deadline) { return wakeup_->WaitUntil(deadline); }

  // Once it is over.
  HedgeOutcome Take() {
    HedgeLeg& winner = !first().has_answer() && second().has_answer() ? second() : first();
    HedgeOutcome outcome = *std::move(winner.outcome);
    const bool is_late = &winner == &second() && first().progress.sent && second().progress.sent;
    if (is_late && outcome) {
      outcome->latency += std::chrono::duration_cast<Duration>(*second().progress.sent - *first().progress.sent);
    }
    return outcome;
  }

 private:
  const asio::any_io_executor executor_;
  const SendRequest& send_;
  const std::shared_ptr<Wakeup> wakeup_;
  std::array<HedgeLeg, 2> legs_;
};

}  // namespace

asio::awaitable<HedgedOutcome> SendHedged(HedgePolicy& policy, SendRequest send) {
  co_await asio::this_coro::throw_if_cancelled(false);
  asio::any_io_executor executor = co_await asio::this_coro::executor;
  policy.Earn();
  const std::optional<Duration> after = policy.After();
  const auto race = std::make_shared<HedgeRace>(executor, send);
  race->Start(race->first());
  bool may_hedge = after.has_value();
  bool is_cancelled = false;
  while (!race->is_decided() && !is_cancelled) {
    Deadline next = Deadline::max();
    if (may_hedge && race->first().progress.sent) {
      next = *race->first().progress.sent + *after;
      if (next <= std::chrono::steady_clock::now()) {
        may_hedge = false;
        if (policy.Take()) race->Start(race->second());
        continue;
      }
    }
    co_await race->WaitUntil(next);
    const auto state = co_await asio::this_coro::cancellation_state;
    is_cancelled = state.cancelled() != asio::cancellation_type::none;
  }
  race->CancelAll();
  while (!race->is_over()) co_await race->WaitUntil(Deadline::max());
  if (race->second().is_started && !race->second().progress.sent) policy.GiveBack();
  HedgedOutcome result{.outcome = race->Take(), .sent = race->sent(), .resent = race->resent()};
  if (result.outcome) policy.Observe(result.outcome->latency);
  co_return result;
}

}  // namespace assay
