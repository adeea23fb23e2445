// What limiters of all kinds make of an endpoint's governor, in simulated time: how many requests more than answers it
// sends, and how much of what is allowed it uses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <queue>

#include "core/random.h"
#include "runners/endpoints/governor.h"
#include "runners/endpoints/retry.h"

namespace assay {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Deadline kBegin = Deadline(hours(1));

// Whether a request that comes now is let through.
using Limiter = std::function<bool(Deadline now)>;

double SecondsSince(Deadline then, Deadline now) { return std::chrono::duration<double>(now - then).count(); }

// Fills evenly up to `burst`; who is refused takes nothing.
Limiter TokenBucketOf(double per_second, double burst) {
  return [=, tokens = burst, filled = kBegin](Deadline now) mutable {
    tokens = std::min(burst, tokens + SecondsSince(filled, now) * per_second);
    filled = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

// So many in each window of the clock; who is refused counts like who is not.
Limiter WindowsOf(int requests, Duration window) {
  return [=, at = Deadline::rep(0), count = 0](Deadline now) mutable {
    const auto current = (now - kBegin) / window;
    if (current != at) count = 0;
    at = current;
    return ++count <= requests;
  };
}

// So many within any such time; who is refused counts as well, as with OpenAI.
Limiter SlidingWindowOf(std::size_t requests, Duration window) {
  return [=, seen = std::deque<Deadline>()](Deadline now) mutable {
    while (!seen.empty() && seen.front() <= now - window) seen.pop_front();
    seen.push_back(now);
    return seen.size() <= requests;
  };
}

Limiter RandomlyRefusing(double share) {
  return [=, draw = std::uint64_t(0)](Deadline) mutable {
    return static_cast<double>(RandomAt(7, draw++) >> 11) * 0x1p-53 >= share;
  };
}

struct World {
  Limiter limiter;
  std::optional<milliseconds> retry_after = {};
  int workers = 64;  // trials at once, and the ceiling of the limit
  int trials = 1000;
  Duration latency = milliseconds(20);
  Duration refusal = milliseconds(3);  // refusals are faster
  Duration at_most = hours(1);
};

struct Simulated {
  int answered = 0;
  int failed = 0;
  int requests = 0;
  std::vector<int> by_second;  // requests
  double seconds = 0;
  double extra() const { return static_cast<double>(requests - answered) / answered; }
  double per_second() const { return answered / seconds; }
};
void PrintTo(const Simulated& outcome, std::ostream* out) {
  *out << outcome.answered << " answered, " << outcome.failed << " failed, " << outcome.requests << " requests in "
       << outcome.seconds << " s: " << outcome.per_second() << " a second, " << outcome.extra() * 100 << " % more";
}

class Simulation {
 public:
  explicit Simulation(World world)
      : world_(std::move(world)),
        governor_({.limits = {.concurrency = world_.workers}, .outage = policy_.outage, .on_limit = {}}) {}

  Simulated Run() {
    for (int i = 0; i < std::min(world_.workers, world_.trials); ++i) Begin();
    while (Send(), !events_.empty() && now_ - kBegin < world_.at_most) {
      const Event event = events_.top();
      events_.pop();
      now_ = std::max(now_, event.at);
      if (event.what == What::kWait) waiting_.push_back(event.trial);
      if (event.what == What::kEnd) End(event);
    }
    outcome_.seconds = SecondsSince(kBegin, now_);
    return outcome_;
  }

 private:
  enum class What { kEnd, kWait, kLook };
  struct Event {
    Deadline at;
    What what = What::kLook;
    int trial = 0;
    Deadline sent = {};
    bool is_let_through = false;
    bool operator<(const Event& other) const { return at > other.at; }
  };

  void Begin() {
    if (begun_ < world_.trials) waiting_.push_back(begun_++);
  }

  void Send() {
    for (EndpointState state = governor_.State(now_); !waiting_.empty() && in_flight_ < state.limit;) {
      Deadline chance = now_ + state.held_for.value_or(Duration::zero());
      if (state.spacing > Duration::zero()) chance = std::max(chance, left_ + state.spacing);
      if (chance > now_) {
        if (chance < look_ || look_ <= now_) events_.push({.at = look_ = chance});
        return;
      }
      left_ = now_;
      ++in_flight_;
      ++outcome_.requests;
      const auto second = static_cast<std::size_t>(SecondsSince(kBegin, now_));
      if (outcome_.by_second.size() <= second) outcome_.by_second.resize(second + 1);
      ++outcome_.by_second[second];
      const bool is_let_through = world_.limiter(now_);
      events_.push({.at = now_ + (is_let_through ? world_.latency : world_.refusal),
                    .what = What::kEnd,
                    .trial = waiting_.front(),
                    .sent = now_,
                    .is_let_through = is_let_through});
      waiting_.pop_front();
    }
  }

  void End(const Event& event) {
    --in_flight_;
    RetryHistory& history = histories_[event.trial];
    const bool is_first = history.attempts++ == 0;
    const AttemptFailure failure{.kind = FailureKind::kRateLimited,
                                 .error = {ErrorCode::kResourceExhausted, "429", {}},
                                 .retry_after = world_.retry_after};
    governor_.Record({.sent = event.sent, .is_first = is_first}, event.is_let_through ? nullptr : &failure, now_);
    if (event.is_let_through) {
      ++outcome_.answered;
      Begin();
      return;
    }
    ++history.rate_limited;
    const RetryDecision decision = DecideRetry(policy_, failure, history, Uniform());
    if (governor_.RefuseRetry(failure)) {
      ++outcome_.failed;
      Begin();
      return;
    }
    events_.push({.at = now_ + decision.wait, .what = What::kWait, .trial = event.trial});
  }

  double Uniform() { return static_cast<double>(RandomAt(3, draws_++) >> 11) * 0x1p-53; }

  const RetryPolicy policy_;
  const World world_;
  Governor governor_;
  Deadline now_ = kBegin;
  Deadline left_ = kBegin - hours(1);
  Deadline look_ = kBegin;
  int begun_ = 0;
  int in_flight_ = 0;
  std::uint64_t draws_ = 0;
  std::deque<int> waiting_;
  std::priority_queue<Event> events_;
  std::map<int, RetryHistory> histories_;
  Simulated outcome_;
};

struct LimiterRow {
  const char* name;
  World world;
  double allowed;  // a second
  double least;    // of it
  double extra;    // requests more than answers, at most, with those of the first burst
};

TEST(RateLimitSimulation, WhatIsAllowedIsUsedAndFewRequestsMoreAreSent) {
  const auto told = milliseconds(1000);
  const LimiterRow rows[] = {
      {"10 a second, bucket", {.limiter = TokenBucketOf(10, 10)}, 10, 0.9, 0.2},
      {"10 a second, bucket, told", {.limiter = TokenBucketOf(10, 10), .retry_after = told}, 10, 0.9, 0.2},
      {"10 a second, windows", {.limiter = WindowsOf(10, seconds(1))}, 10, 0.8, 0.2},
      {"10 a second, windows, told", {.limiter = WindowsOf(10, seconds(1)), .retry_after = told}, 10, 0.8, 0.2},
      {"10 a second, sliding", {.limiter = SlidingWindowOf(10, seconds(1))}, 10, 0.7, 0.2},
      {"10 a second, sliding, told", {.limiter = SlidingWindowOf(10, seconds(1)), .retry_after = told}, 10, 0.7, 0.2},
      {"600 a minute, sliding", {.limiter = SlidingWindowOf(600, seconds(60)), .trials = 4000}, 10, 0.7, 0.2},
      {"600 a minute, windows", {.limiter = WindowsOf(600, seconds(60)), .trials = 4000}, 10, 0.7, 0.2},
      {"10 a second, slow model",
       {.limiter = TokenBucketOf(10, 10), .latency = seconds(5), .refusal = milliseconds(50)},
       10,
       0.6,
       0.2},
      {"10 a second, 256 workers", {.limiter = TokenBucketOf(10, 10), .workers = 256, .trials = 3000}, 10, 0.9, 0.2},
      {"10 a second, sliding, 256 workers",
       {.limiter = SlidingWindowOf(10, seconds(1)), .workers = 256, .trials = 3000},
       10,
       0.7,
       0.2},
      {"500 a second, bucket", {.limiter = TokenBucketOf(500, 500), .trials = 20'000}, 500, 0.9, 0.2},
      {"500 a second, bucket, told",
       {.limiter = TokenBucketOf(500, 500), .retry_after = told, .trials = 20'000},
       500,
       0.9,
       0.2},
      // The token bucket of bench/run.
      {"2100 a second, bucket, told",
       {.limiter = TokenBucketOf(2100, 2100), .retry_after = told, .trials = 60'000},
       2100,
       0.95,
       0.01},
      {"2100 a second, bucket", {.limiter = TokenBucketOf(2100, 2100), .trials = 60'000}, 2100, 0.9, 0.1},
      {"10 a minute", {.limiter = TokenBucketOf(10.0 / 60, 10), .workers = 16, .trials = 200}, 10.0 / 60, 0.7, 0.3},
  };
  for (const LimiterRow& row : rows) {
    const Simulated outcome = Simulation(row.world).Run();
    EXPECT_EQ(outcome.answered, row.world.trials) << row.name << ": " << ::testing::PrintToString(outcome);
    EXPECT_GE(outcome.per_second(), row.least * row.allowed) << row.name << ": " << ::testing::PrintToString(outcome);
    EXPECT_LE(outcome.extra(), row.extra) << row.name << ": " << ::testing::PrintToString(outcome);
  }
}

TEST(RateLimitSimulation, AGatewayThatTurnsSomeAwayAtRandomIsAskedAtFullSpeed) {
  const Simulated outcome = Simulation({.limiter = RandomlyRefusing(0.01), .workers = 16, .trials = 20'000}).Run();
  EXPECT_GE(outcome.per_second(), 0.8 * 16 / 0.02) << ::testing::PrintToString(outcome);
}

TEST(RateLimitSimulation, AStormWithoutEndIsGivenUpOnAfterFewRequests) {
  const Simulated outcome =
      Simulation({.limiter = RandomlyRefusing(1), .workers = 256, .trials = 256, .at_most = minutes(3)}).Run();
  EXPECT_EQ(outcome.answered, 0);
  EXPECT_LE(outcome.requests, 256 + 20);
}

// An incident: once it is over, so is the pace.
TEST(RateLimitSimulation, AnEndpointThatIsFreeAgainIsAskedAtFullSpeedSoon) {
  Limiter free_later = [tight = SlidingWindowOf(2, seconds(1))](Deadline now) mutable {
    return now - kBegin > minutes(5) || tight(now);
  };
  const Simulated outcome = Simulation({.limiter = std::move(free_later), .trials = 100'000}).Run();
  EXPECT_LE(outcome.seconds, 300 + 120 + 99'000 / 3200.0);
}

}  // namespace
}  // namespace assay
