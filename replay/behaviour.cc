#include "replay/behaviour.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include "core/random.h"

namespace assay {
namespace {

constexpr double kMaxSigma = 4.0;

// Draws of one attempt: RandomAt indices that no other attempt of the stream uses.
constexpr std::uint64_t kDrawsPerAttempt = 4;

double UniformAt(std::uint64_t seed, std::uint64_t index) {
  return static_cast<double>(RandomAt(seed, index) >> 11) * 0x1.0p-53;
}

std::unexpected<Error> BadLatency(std::string_view text, std::string_view why) {
  return Fail(ErrorCode::kInvalidArgument, "latency \"" + std::string(text) + "\": " + std::string(why) +
                                               "; write 50ms, uniform:10ms:80ms or lognormal:50ms:0.5");
}

Result<Duration> ParseBounded(std::string_view whole, std::string_view part) {
  Result<Duration> duration = ParseDuration(part);
  if (!duration) return BadLatency(whole, duration.error().message);
  if (*duration > Latency::kMax) return BadLatency(whole, "longer than " + FormatDuration(Latency::kMax));
  return duration;
}

Duration DrawLatency(const Latency& latency, std::uint64_t seed, std::uint64_t index) {
  switch (latency.shape) {
    case Latency::Shape::kNone:
      return Duration(0);
    case Latency::Shape::kFixed:
      return latency.low;
    case Latency::Shape::kUniform: {
      const auto width = static_cast<double>((latency.high - latency.low).count());
      return latency.low + Duration(std::llround(width * UniformAt(seed, index)));
    }
    case Latency::Shape::kLogNormal: {
      // Box-Muller; 1 - u keeps the logarithm away from zero.
      const double radius = std::sqrt(-2.0 * std::log(1.0 - UniformAt(seed, index)));
      const double normal = radius * std::cos(2.0 * std::numbers::pi * UniformAt(seed, index + 1));
      const double drawn = static_cast<double>(latency.low.count()) * std::exp(latency.sigma * normal);
      return Duration(std::llround(std::min(drawn, static_cast<double>(Latency::kMax.count()))));
    }
  }
  return Duration(0);
}

}  // namespace

Result<Latency> ParseLatency(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    ASSAY_ASSIGN(const Duration fixed, ParseBounded(text, text));
    return Latency{.shape = Latency::Shape::kFixed, .low = fixed, .high = fixed};
  }
  const std::string_view shape = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  const std::size_t second = rest.find(':');
  if (shape != "uniform" && shape != "lognormal") {
    return BadLatency(text, "\"" + std::string(shape) + "\" is no distribution");
  }
  if (second == std::string_view::npos) return BadLatency(text, std::string(shape) + " takes two values");
  const std::string_view last = rest.substr(second + 1);
  ASSAY_ASSIGN(const Duration low, ParseBounded(text, rest.substr(0, second)));
  if (shape == "uniform") {
    ASSAY_ASSIGN(const Duration high, ParseBounded(text, last));
    if (high < low) return BadLatency(text, "the upper end lies below the lower end");
    return Latency{.shape = Latency::Shape::kUniform, .low = low, .high = high};
  }
  double sigma = 0.0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), sigma);
  if (error != std::errc() || end != last.data() + last.size() || !(sigma >= 0.0 && sigma <= kMaxSigma)) {
    return BadLatency(text, "sigma \"" + std::string(last) + "\" is no number from 0 to 4");
  }
  return Latency{.shape = Latency::Shape::kLogNormal, .low = low, .high = low, .sigma = sigma};
}

Status CheckRates(const FaultRates& rates) {
  struct Named {
    const char* name;
    double value;
  };
  const Named named[] = {{"error rate", rates.error},
                         {"rate limit rate", rates.rate_limit},
                         {"garbage rate", rates.garbage},
                         {"truncate rate", rates.truncate}};
  double sum = 0.0;
  for (const Named& rate : named) {
    if (!(rate.value >= 0.0 && rate.value <= 1.0)) {
      return Fail(ErrorCode::kInvalidArgument, std::string(rate.name) + " is not between 0 and 1");
    }
    sum += rate.value;
  }
  if (sum > 1.0 + 1e-9) return Fail(ErrorCode::kInvalidArgument, "the fault rates add up to more than 1");
  return {};
}

Status ParseUnknownPrompt(std::string_view text, ReplayOptions& options) {
  constexpr std::string_view kFixedPrefix = "fixed:";
  if (text == "error") {
    options.unknown = UnknownPrompt::kError;
  } else if (text == "echo") {
    options.unknown = UnknownPrompt::kEcho;
  } else if (text.starts_with(kFixedPrefix)) {
    options.unknown = UnknownPrompt::kFixed;
    options.unknown_text = text.substr(kFixedPrefix.size());
  } else {
    return Fail(ErrorCode::kInvalidArgument,
                "unknown \"" + std::string(text) + "\" is none of error, echo and fixed:TEXT");
  }
  return {};
}

Fate DrawFate(const ReplayOptions& options, std::uint64_t stream, std::uint64_t attempt) {
  const FaultRates& rates = options.faults;
  const double faulty = rates.error + rates.rate_limit + rates.garbage + rates.truncate;
  if (faulty <= 0.0 && options.latency.shape == Latency::Shape::kNone) return {};
  const std::uint64_t seed = RandomAt(options.seed, stream);
  const std::uint64_t index = attempt * kDrawsPerAttempt;
  Fate fate;
  fate.delay = DrawLatency(options.latency, seed, index + 1);
  const double drawn = UniformAt(seed, index);
  double edge = rates.error;
  if (drawn < edge) {
    fate.fault = Fault::kError;
  } else if (drawn < (edge += rates.rate_limit)) {
    fate.fault = Fault::kRateLimit;
  } else if (drawn < (edge += rates.garbage)) {
    fate.fault = Fault::kGarbage;
  } else if (drawn < edge + rates.truncate) {
    fate.fault = Fault::kTruncate;
  }
  return fate;
}

}  // namespace assay
