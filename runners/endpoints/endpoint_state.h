#pragma once
// What can be told of an endpoint in use.

#include <optional>
#include <string>

#include "core/clock.h"

namespace assay {

// For people. Times are distances from the moment of asking.
struct EndpointState {
  struct Cut {
    int from = 0;
    int to = 0;
    Duration ago{0};
    std::string why;
  };
  int limit = 0;
  int ceiling = 0;
  int in_flight = 0;
  int waiting = 0;
  std::optional<Cut> last_cut;
  Duration spacing{0};                  // between two requests, so that what remains of the provider's limits lasts
  std::optional<Duration> held_for;     // after many 429: what is left of their Retry-After, or of our own hold
  std::optional<Duration> failing_for;  // while the circuit is open
  bool is_given_up = false;             // it failed for longer than it is waited for, or refuses everything
  std::string last_failure;             // of those that may open it, 429, or of every request; "" when none
  int retries_left = 0;                 // in the budget
};

}  // namespace assay
