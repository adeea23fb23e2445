#pragma once
// How many requests an endpoint let pass of late, and how many it answered 429. Pure: time is an argument. Not
// thread-safe.

#include <algorithm>
#include <cstdint>

#include "runners/deadline.h"

namespace assay {

// Of the last five to ten seconds in which there were any.
class OutcomeMeter {
 public:
  void Count(std::int64_t passed, std::int64_t refused, Deadline now) {
    if (now >= turns_at()) {
      before_ = now < turns_at() + kPart ? now_ : Part{.began = now};
      now_ = {.began = now};
    }
    now_.passed += passed;
    now_.refused += refused;
  }

  // When the next part begins.
  Deadline turns_at() const { return now_.began == Deadline::min() ? Deadline::min() : now_.began + kPart; }
  std::int64_t passed() const { return before_.passed + now_.passed; }
  std::int64_t refused() const { return before_.refused + now_.refused; }
  // What came at once counts as a second's worth: limits are mostly those of a second or longer.
  double PassedPerSecond(Deadline now) const {
    const auto since = std::max<Deadline::duration>(now - before_.began, std::chrono::seconds(1));
    return static_cast<double>(passed()) / std::chrono::duration<double>(since).count();
  }
  // At most one in ten was answered 429.
  bool IsMostlyPassed() const { return refused() * 10 <= refused() + passed(); }

 private:
  struct Part {
    Deadline began = Deadline::min();
    std::int64_t passed = 0;
    std::int64_t refused = 0;
  };
  static constexpr Duration kPart = std::chrono::seconds(5);

  Part before_;
  Part now_;
};

}  // namespace assay
