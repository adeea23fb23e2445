#pragma once
// How a replayed endpoint behaves besides its recorded answers: how long it takes, how often it fails, what it says to
// a prompt it has no record of. Plain values and pure draws: the same seed gives the same behaviour.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"

namespace assay {

// The time from the end of a request to the start of its answer.
struct Latency {
  enum class Shape { kNone, kFixed, kUniform, kLogNormal };
  Shape shape = Shape::kNone;
  Duration low{0};     // the fixed value, the lower end, or the median
  Duration high{0};    // the upper end of kUniform
  double sigma = 0.0;  // of the logarithm, for kLogNormal

  static constexpr Duration kMax = std::chrono::minutes(10);  // no draw is longer
  friend bool operator==(const Latency&, const Latency&) = default;
};

// "50ms", "uniform:10ms:80ms", "lognormal:MEDIAN:SIGMA" (median a duration, sigma in [0, 4]). kInvalidArgument
// otherwise.
Result<Latency> ParseLatency(std::string_view text);

// Shares of requests, each in [0, 1], together at most 1. A request suffers at most one of them.
struct FaultRates {
  double error = 0.0;       // 500
  double rate_limit = 0.0;  // 429 with Retry-After
  double garbage = 0.0;     // 200 with an HTML page
  double truncate = 0.0;    // the answer cut in half, finish_reason "length"
};

// kInvalidArgument naming the rate that is out of range.
Status CheckRates(const FaultRates& rates);

enum class Fault { kNone, kError, kRateLimit, kGarbage, kTruncate };

enum class UnknownPrompt { kError, kEcho, kFixed };

struct ReplayOptions {
  Latency latency = {};
  Duration token_delay{0};  // of a stream, between one event and the next; the latency is that to the first
  FaultRates faults = {};
  std::chrono::seconds retry_after{1};                   // of every 429
  std::optional<std::int64_t> requests_per_minute = {};  // those above get 429, as from a token bucket
  UnknownPrompt unknown = UnknownPrompt::kError;
  std::string unknown_text = {};            // what kFixed answers
  std::optional<std::string> api_key = {};  // the only bearer token accepted; absent: none is asked for
  std::uint64_t seed = 0;
};

// "error", "echo" or "fixed:TEXT" into `options`. kInvalidArgument otherwise.
Status ParseUnknownPrompt(std::string_view text, ReplayOptions& options);

// What befalls the `attempt`-th request (from 0) of the stream `stream`: independent of the order in which streams
// come.
struct Fate {
  Fault fault = Fault::kNone;
  Duration delay{0};
};
Fate DrawFate(const ReplayOptions& options, std::uint64_t stream, std::uint64_t attempt);

}  // namespace assay
