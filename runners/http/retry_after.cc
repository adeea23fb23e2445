#include "runners/http/retry_after.h"

#include <curl/curl.h>

#include <charconv>
#include <cmath>
#include <string>

namespace assay {
namespace {

constexpr std::chrono::milliseconds kLongest = std::chrono::days(365);

std::optional<std::chrono::milliseconds> Milliseconds(std::string_view text, double unit) {
  double number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number < 0) return {};
  double milliseconds = std::ceil(number * unit);
  if (milliseconds > static_cast<double>(kLongest.count())) return kLongest;
  return std::chrono::milliseconds(static_cast<std::int64_t>(milliseconds));
}

// A date always has letters; curl_getdate would read bare digits as a day.
std::optional<std::chrono::seconds> SinceEpoch(const std::string& date) {
  if (date.find("GMT") == std::string::npos) return {};
  const std::time_t when = curl_getdate(date.c_str(), nullptr);
  if (when < 0) return {};
  return std::chrono::seconds(when);
}

}  // namespace

Time TimeOfAnswer(const HttpResponse& response, Time now) {
  constexpr std::chrono::seconds kClocksMayDiffer{5};
  const auto date = SinceEpoch(response.date);
  const auto ours = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  if (!date || *date > std::chrono::years(1000) || std::chrono::abs(*date - ours) <= kClocksMayDiffer) return now;
  return Time(*date);
}

std::optional<std::chrono::milliseconds> RetryAfter(const HttpResponse& response, Time now) {
  if (auto wait = Milliseconds(response.retry_after_ms, 1)) return wait;
  if (response.retry_after.empty()) return {};
  if (auto wait = Milliseconds(response.retry_after, 1000)) return wait;
  const auto when = SinceEpoch(response.retry_after);
  if (!when) return {};
  const Time from = TimeOfAnswer(response, now);
  // A date may lie further ahead than microseconds can count.
  const std::chrono::seconds wait = *when - std::chrono::floor<std::chrono::seconds>(from).time_since_epoch();
  if (wait > std::chrono::days(365)) return kLongest;
  const auto exact = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::sys_seconds(*when) - from);
  return std::max(exact, std::chrono::milliseconds(0));
}

}  // namespace assay
