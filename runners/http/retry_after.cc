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

}  // namespace

std::optional<std::chrono::milliseconds> RetryAfter(const HttpResponse& response, Time now) {
  if (auto wait = Milliseconds(response.retry_after_ms, 1)) return wait;
  if (response.retry_after.empty()) return {};
  if (auto wait = Milliseconds(response.retry_after, 1000)) return wait;
  // A date always has letters; curl_getdate would read bare digits as a day.
  if (response.retry_after.find("GMT") == std::string::npos) return {};
  std::time_t when = curl_getdate(response.retry_after.c_str(), nullptr);
  if (when < 0) return {};
  // A date may lie further ahead than microseconds can count.
  const std::chrono::seconds wait =
      std::chrono::seconds(when) - std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
  if (wait > std::chrono::days(365)) return kLongest;
  const auto exact =
      std::chrono::ceil<std::chrono::milliseconds>(std::chrono::sys_seconds(std::chrono::seconds(when)) - now);
  return std::max(exact, std::chrono::milliseconds(0));
}

}  // namespace assay
