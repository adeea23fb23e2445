// Times and durations as text. Civil dates come from <chrono>; the text forms are read by hand because libstdc++ 12 has
// no std::chrono::parse.

#include "core/clock.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace assay {
namespace {

class MachineClock final : public Clock {
 public:
  Time Now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

struct Unit {
  std::string_view name;
  std::int64_t microseconds;
};
constexpr std::array<Unit, 6> kUnits = {
    {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}}};

// Takes `digits` digits off the front of `text`, or fails.
std::optional<int> TakeDigits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeCharacter(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::chrono::microseconds> TakeFraction(std::string_view& text) {
  std::int64_t value = 0;
  std::int64_t scale = 1'000'000;
  std::size_t used = 0;
  for (; used < text.size() && text[used] >= '0' && text[used] <= '9'; ++used) {
    scale /= 10;
    value += (text[used] - '0') * scale;
  }
  if (used == 0 || used > 9) return std::nullopt;
  text.remove_prefix(used);
  return std::chrono::microseconds(value);
}

std::optional<std::chrono::minutes> TakeOffset(std::string_view& text) {
  if (TakeCharacter(text, 'Z') || TakeCharacter(text, 'z')) return std::chrono::minutes(0);
  const bool is_negative = !text.empty() && text.front() == '-';
  if (!TakeCharacter(text, '+') && !TakeCharacter(text, '-')) return std::nullopt;
  const auto hours = TakeDigits(text, 2);
  if (!hours || !TakeCharacter(text, ':')) return std::nullopt;
  const auto minutes = TakeDigits(text, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return is_negative ? -offset : offset;
}

std::optional<Time> ReadTime(std::string_view text) {
  const auto year = TakeDigits(text, 4);
  if (!year || !TakeCharacter(text, '-')) return std::nullopt;
  const auto month = TakeDigits(text, 2);
  if (!month || !TakeCharacter(text, '-')) return std::nullopt;
  const auto day = TakeDigits(text, 2);
  if (!day || !(TakeCharacter(text, 'T') || TakeCharacter(text, 't') || TakeCharacter(text, ' '))) return std::nullopt;
  const auto hour = TakeDigits(text, 2);
  if (!hour || !TakeCharacter(text, ':')) return std::nullopt;
  const auto minute = TakeDigits(text, 2);
  if (!minute || !TakeCharacter(text, ':')) return std::nullopt;
  const auto second = TakeDigits(text, 2);
  if (!second) return std::nullopt;
  std::chrono::microseconds fraction(0);
  if (TakeCharacter(text, '.')) {
    const auto taken = TakeFraction(text);
    if (!taken) return std::nullopt;
    fraction = *taken;
  }
  const auto offset = TakeOffset(text);
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!offset || !text.empty() || !date.ok() || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const Time time = std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                    std::chrono::seconds(*second) + fraction - *offset;
  // The offset may lead out of the years that have four digits.
  const auto year_in_utc = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(time)).year();
  if (year_in_utc < std::chrono::year(0) || year_in_utc > std::chrono::year(9999)) return std::nullopt;
  return time;
}

}  // namespace

const Clock& SystemClock() {
  static const MachineClock clock;
  return clock;
}

std::string FormatTime(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 48> buffer;
  const int size =
      std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {buffer.data(), static_cast<std::size_t>(size)};
}

Result<Time> ParseTime(std::string_view text) {
  if (const auto time = ReadTime(text)) return *time;
  return Fail(ErrorCode::kInvalidArgument,
              "\"" + std::string(text.substr(0, 64)) + "\" is not a time; write it like 2026-11-24T15:47:45Z");
}

Result<Duration> ParseDuration(std::string_view text) {
  const auto fail = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                "\"" + std::string(text.substr(0, 64)) + "\" is not a duration; write it like 60s, 250ms, 5m or 1h30m");
  };
  if (text == "0") return Duration(0);
  if (text.empty()) return fail();
  std::int64_t total = 0;
  std::int64_t last_unit = std::numeric_limits<std::int64_t>::max();
  for (std::string_view rest = text; !rest.empty();) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (error != std::errc() || count < 0 || rest.front() == '-') return fail();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const std::string_view name = rest.substr(0, std::min(rest.find_first_of("0123456789"), rest.size()));
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.name == name; });
    if (unit == kUnits.end() || unit->microseconds >= last_unit) return fail();  // 1h30m, never 30m1h
    std::int64_t part = 0;
    if (__builtin_mul_overflow(count, unit->microseconds, &part) || __builtin_add_overflow(total, part, &total)) {
      return fail();
    }
    last_unit = unit->microseconds;
    rest.remove_prefix(name.size());
  }
  return Duration(total);
}

std::string FormatDuration(Duration duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string text;
  if (rest < 0) {
    text = "-";
    rest = -rest;
  }
  for (const Unit& unit : kUnits) {
    if (rest < unit.microseconds) continue;
    text += std::to_string(rest / unit.microseconds);
    text += unit.name;
    rest %= unit.microseconds;
  }
  return text;
}

}  // namespace assay
