#pragma once
// How fast an endpoint is asked that answers 429 to many requests: one request at a time is still too much where each
// takes milliseconds. Pure: time and randomness are arguments. Not thread-safe.

#include <cstdint>

#include "runners/deadline.h"
#include "runners/endpoints/outcome_meter.h"

namespace assay {

struct PacePolicy {
  Duration first_hold = std::chrono::milliseconds(500);  // of the whole endpoint, without Retry-After; then doubled
  Duration longest_hold = std::chrono::seconds(30);
};

// A storm is a 429 that is one of many (of the last answers, ten of late, and more than one in ten of late), to a
// request that was sent after the last storm began. Without Retry-After it holds the whole endpoint, twice as long each
// time until ten requests have passed.
//
// It also begins a pace: what passed of late, however many wait. From then on each request that passes raises the pace,
// and a 429 lowers it twenty times as much, so that about one in twenty is refused in the long run; another storm
// lowers it to what passed of late. Where nothing is known (nothing passed, or no 429 came for long), each request that
// passes raises it by a quarter. A pace that holds nothing back any more ends.
class LearnedPace {
 public:
  explicit LearnedPace(PacePolicy policy = {});

  struct Refusal {
    Deadline sent;
    Duration asked{0};     // by Retry-After; zero without it
    bool is_many = false;  // of the last answers too many were 429
    double uniform = 0;    // in [0, 1), draws the hold from its upper half
  };

  // `passed` requests were answered anything but 429, those before the last of them unseen.
  void OnPassed(std::int64_t passed, Deadline now);
  // How long the endpoint is to be held: zero when it is not, or when it says itself how long.
  Duration OnRefused(const Refusal& refusal, Deadline now);

  bool is_on() const { return per_second_ > 0; }
  // Between two requests; zero when there is no pace.
  Duration spacing() const;
  // Until then OnPassed may be told later of what passed.
  Deadline turns_at() const { return meter_.turns_at(); }

 private:
  bool IsStorm(const Refusal& refusal) const;
  Duration NextHold(double uniform);
  void OnStorm(const Refusal& refusal, Duration hold, Deadline now);
  void SetRate(double per_second, Duration asked);
  void Raise(Deadline now);

  const PacePolicy policy_;
  OutcomeMeter meter_;
  double per_second_ = 0;  // 0: no pace
  bool is_searching_ = false;
  Deadline storm_ = Deadline::min();    // when the last began
  Deadline lowered_ = Deadline::min();  // what was sent before does not lower it again
  Deadline refused_ = Deadline::min();  // the last 429
  std::int64_t passed_since_storm_ = 0;
  std::int64_t passed_since_refusal_ = 0;
  int holds_ = 0;  // in a row
};

}  // namespace assay
