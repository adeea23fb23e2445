// Durations, times, latencies and what servers put into Retry-After.

#include "core/clock.h"
#include "replay/behaviour.h"
#include "runners/http/retry_after.h"
#include "tests/fuzz/invariant.h"

namespace assay::fuzz {
namespace {

void Check(std::string_view text) {
  if (const Result<Duration> duration = ParseDuration(text)) {
    Require(duration->count() >= 0, "no duration is negative");
    const std::string printed = FormatDuration(*duration);
    const Result<Duration> again = ParseDuration(printed);
    Require(again && *again == *duration, "a printed duration is read back");
  } else {
    Require(!duration.error().message.empty() && duration.error().message.size() < 400, "the error says what is wrong");
  }
  if (const Result<Time> time = ParseTime(text)) {
    const Result<Time> again = ParseTime(FormatTime(*time));
    Require(again && *again == *time, "a printed time is read back");
  } else {
    Require(!time.error().message.empty() && time.error().message.size() < 400, "the error says what is wrong");
  }
  if (const Result<Latency> latency = ParseLatency(text)) {
    ReplayOptions options;
    options.latency = *latency;
    for (std::uint64_t attempt = 0; attempt < 4; ++attempt) {
      const Duration delay = DrawFate(options, 1, attempt).delay;
      Require(delay >= Duration(0) && delay <= Latency::kMax, "a drawn latency is within its bounds");
    }
  } else {
    Require(!latency.error().message.empty(), "the error says what is wrong");
  }
  const Time now{std::chrono::seconds(1'795'000'000)};
  HttpResponse response;
  response.status = 429;
  for (std::string HttpResponse::*header : {&HttpResponse::retry_after, &HttpResponse::retry_after_ms}) {
    response.*header = text;
    const std::optional<std::chrono::milliseconds> wait = RetryAfter(response, now);
    Require(!wait || (wait->count() >= 0 && *wait <= std::chrono::days(366)), "a wait is between nothing and a year");
    (response.*header).clear();
  }
}

}  // namespace
}  // namespace assay::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::Check(assay::fuzz::TextOf(data, size));
  return 0;
}
