#include "runners/endpoints/learned_pace.h"

#include <algorithm>

namespace assay {
namespace {

using std::chrono::seconds;

constexpr double kRaise = 1.002;      // by each request that passes
constexpr double kSearch = 1.25;      // likewise, where nothing is known
constexpr double kLower = 0.96;       // by a 429
constexpr double kStormLower = 0.85;  // by a storm, at least
constexpr double kMost = 1e6;
constexpr double kUnbound = 4;  // times what passes: such a pace holds nothing back
constexpr Duration kLongestSpacing = seconds(12);
constexpr Duration kQuiet = seconds(60);  // limits are mostly by the minute
constexpr int kTold = 10;                 // so many that passed are more than chance

constexpr Duration kShortest = std::chrono::milliseconds(1);

double PerSecond(Duration spacing) { return 1 / std::chrono::duration<double>(spacing).count(); }

}  // namespace

LearnedPace::LearnedPace(PacePolicy policy)
    : policy_{.first_hold = std::max(policy.first_hold, kShortest),
              .longest_hold = std::max(policy.longest_hold, kShortest)} {}

void LearnedPace::OnPassed(std::int64_t passed, Deadline now) {
  meter_.Count(passed, 0, now);
  passed_since_storm_ += passed;
  passed_since_refusal_ += passed;
  if (is_on()) Raise(now);
}

void LearnedPace::Raise(Deadline now) {
  if (now - refused_ >= kQuiet && passed_since_refusal_ >= 2 * kTold) is_searching_ = true;
  per_second_ = std::min(per_second_ * (is_searching_ ? kSearch : kRaise), kMost);
  const bool is_unbound = per_second_ >= kUnbound * meter_.PassedPerSecond(now);
  if (is_unbound && now - storm_ >= kQuiet) per_second_ = 0;
}

Duration LearnedPace::OnRefused(const Refusal& refusal, Deadline now) {
  meter_.Count(0, 1, now);
  refused_ = now;
  passed_since_refusal_ = 0;
  if (IsStorm(refusal)) {
    const bool is_told = refusal.asked > Duration::zero();
    const Duration hold = is_told ? refusal.asked : NextHold(refusal.uniform);
    OnStorm(refusal, hold, now);
    return is_told ? Duration::zero() : hold;
  }
  if (is_on() && refusal.sent > lowered_) {
    is_searching_ = false;
    SetRate(per_second_ * kLower, refusal.asked);
    lowered_ = now;
  }
  return Duration::zero();
}

bool LearnedPace::IsStorm(const Refusal& refusal) const {
  if (!refusal.is_many || refusal.sent <= storm_ || meter_.IsMostlyPassed()) return false;
  return is_on() || meter_.refused() >= kTold;
}

Duration LearnedPace::NextHold(double uniform) {
  if (passed_since_storm_ >= kTold) holds_ = 0;
  Duration hold = policy_.first_hold;
  for (int i = 0; i < holds_ && hold < policy_.longest_hold; ++i) hold *= 2;
  ++holds_;
  const auto longest = static_cast<double>(std::min(hold, policy_.longest_hold).count());
  return Duration(static_cast<Duration::rep>(longest * (0.5 + uniform / 2)));
}

void LearnedPace::OnStorm(const Refusal& refusal, Duration hold, Deadline now) {
  const double passed = meter_.PassedPerSecond(now);
  if (is_on()) {
    const bool is_known = meter_.passed() >= kTold;
    is_searching_ = !is_known && passed_since_storm_ < 3;
    SetRate(std::min(per_second_ * kStormLower, is_known ? passed : per_second_ / 2), refusal.asked);
  } else {
    is_searching_ = true;
    SetRate(std::max(passed, PerSecond(std::min<Duration>(hold, seconds(1)))), refusal.asked);
  }
  storm_ = lowered_ = now;
  passed_since_storm_ = 0;
}

// Who says how long to wait takes a request after it.
void LearnedPace::SetRate(double per_second, Duration asked) {
  Duration longest = std::min(kLongestSpacing, policy_.longest_hold);
  if (asked > Duration::zero()) longest = std::min(longest, asked);
  const double least = PerSecond(longest);
  per_second_ = std::max(per_second, is_on() ? std::min(least, per_second_) : least);
}

Duration LearnedPace::spacing() const {
  return is_on() ? std::chrono::round<Duration>(std::chrono::duration<double>(1 / per_second_)) : Duration::zero();
}

}  // namespace assay
