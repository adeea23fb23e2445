#pragma once
// How many requests an endpoint takes at once, learned from its answers: additive increase, multiplicative decrease.
// Pure: time is an argument. Not thread-safe.

#include <bitset>
#include <cstddef>
#include <optional>

#include "runners/deadline.h"

namespace assay {

struct AdaptivePolicy {
  Duration burst = std::chrono::seconds(1);         // so long one cut has to do, without Retry-After
  Duration growth_pause = std::chrono::seconds(5);  // after a burst, and after a failure that says nothing of the rate
};

// The limit begins at the ceiling, which is the user's own word; what the endpoint refuses teaches less.
class AdaptiveLimit {
 public:
  struct Cut {
    Deadline at;
    int from = 0;
    int to = 0;
    Duration asked{0};  // by Retry-After
    bool operator==(const Cut&) const = default;
  };

  explicit AdaptiveLimit(int ceiling, AdaptivePolicy policy = {}) : policy_(policy), ceiling_(ceiling) {}

  // Of the last kWindow answers, the share of 429 above which the limit is cut: below it they cost less than a lower
  // limit would, and a gateway turns single requests away whatever is asked of it.
  static constexpr int kWindow = 256;
  static constexpr int kPartsOf429 = 20;  // one in so many

  // As many answers as there are places raise the limit by a twentieth of the ceiling, at least by one.
  void OnAnswer(Deadline now);
  // A request sent at `sent` got 429. Nothing while 429 is rare (kPartsOf429). Halves the limit; when the endpoint said
  // how long to wait, cuts only a fifth (the waiting does most of what has to be done), and halves when more than a
  // quarter of the limit got 429 in the burst. Never below 1, and once per burst: what was sent before the time that
  // Retry-After asked for (else AdaptivePolicy::burst) has passed since the last cut does not cut again.
  void OnRateLimited(Deadline sent, Deadline now, Duration retry_after);
  // 5xx, timeout, no or a cut connection: no growth for a while.
  void OnTransient(Deadline now);

  int limit() const { return limit_; }
  bool has_429() const { return recent_.any(); }  // among the last kWindow answers
  int ceiling() const { return ceiling_; }
  const std::optional<Cut>& last_cut() const { return last_cut_; }

 private:
  void PauseGrowth(Deadline until);
  void Count(bool is_429);
  bool IsRare() const;

  const AdaptivePolicy policy_;
  const int ceiling_;
  int limit_ = ceiling_;
  std::bitset<kWindow> recent_;  // 429 among the last answers, a bit each, the newest lowest
  int counted_ = 0;              // answers in it
  int answers_ = 0;              // since the limit last changed
  int in_burst_ = 0;             // 429 of the last burst
  Deadline burst_ends_ = Deadline::min();
  Deadline grows_from_ = Deadline::min();
  std::optional<Cut> last_cut_;
};

}  // namespace assay
