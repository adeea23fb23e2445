#include "config/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <vector>

namespace assay {

namespace chrono = std::chrono;
using chrono::sys_days;

namespace {

struct CronField {
  std::string_view name;
  int least = 0;
  int most = 0;
  std::string_view words = "";  // three letters each, the first for `first_word`
  int first_word = 0;
};

constexpr std::array<CronField, 5> kCronFields = {{{"minute", 0, 59},
                                                   {"hour", 0, 23},
                                                   {"day of the month", 1, 31},
                                                   {"month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec", 1},
                                                   {"day of the week", 0, 7, "sunmontuewedthufrisat", 0}}};

// Of all dates of the Gregorian calendar each falls on each day of the week that it ever has within its cycle.
constexpr int kDaysOfCycle = 146'097;
constexpr sys_days kLastDay{chrono::year{9999} / 12 / 31};

std::unexpected<Error> Wrong(const CronField& field, const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, std::string(field.name) + ": " + what);
}

std::vector<std::string_view> Split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
    parts.push_back(text.substr(at, end - at));
    if (end == text.size()) return parts;
    at = end + 1;
  }
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::optional<int> WordValue(const CronField& field, std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  const std::string word = Lower(text);
  for (std::size_t at = 0; at < field.words.size(); at += 3) {
    if (field.words.substr(at, 3) == word) return field.first_word + static_cast<int>(at / 3);
  }
  return std::nullopt;
}

std::optional<int> Digits(std::string_view text) {
  int value = 0;
  const char* const end = text.data() + text.size();
  if (text.empty() || text.size() > 4 || text[0] < '0' || text[0] > '9') return std::nullopt;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::string Quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

Result<int> ReadValue(const CronField& field, std::string_view text) {
  if (const auto word = WordValue(field, text)) return *word;
  const std::string within = std::to_string(field.least) + " to " + std::to_string(field.most);
  const auto value = Digits(text);
  if (!value) {
    const std::string or_name = field.words.empty() ? "" : " or a name such as " + Lower(field.words.substr(0, 3));
    return Wrong(field, "expected a number from " + within + or_name + ", got " + Quoted(text));
  }
  if (*value < field.least || *value > field.most)
    return Wrong(field, "must be from " + within + ", got " + Quoted(text));
  return *value;
}

struct CronRange {
  int first = 0;
  int last = 0;
};

// `a`, `a-b` or `*`.
Result<CronRange> ReadRange(const CronField& field, std::string_view text) {
  if (text == "*") return CronRange{.first = field.least, .last = field.most};
  const std::size_t dash = text.find('-');
  ASSAY_ASSIGN(const int first, ReadValue(field, text.substr(0, dash)));
  if (dash == std::string_view::npos) return CronRange{.first = first, .last = first};
  ASSAY_ASSIGN(int last, ReadValue(field, text.substr(dash + 1)));
  const bool ends_on_sunday = field.most == 7 && last == 0 && first > 0;
  if (ends_on_sunday) last = 7;
  if (first > last) return Wrong(field, "the range " + Quoted(text) + " ends before it begins");
  return CronRange{.first = first, .last = last};
}

// A range with a step, or without.
template <std::size_t kBits>
Status AddPart(const CronField& field, std::string_view text, std::bitset<kBits>& values) {
  const std::size_t slash = text.find('/');
  const std::string_view range_text = text.substr(0, slash);
  ASSAY_ASSIGN(const CronRange range, ReadRange(field, range_text));
  int step = 1;
  if (slash != std::string_view::npos) {
    const auto read = Digits(text.substr(slash + 1));
    if (!read || *read < 1 || *read > field.most)
      return Wrong(field, "the step after \"/\" must be from 1 to " + std::to_string(field.most) + ", got " +
                              Quoted(text.substr(slash + 1)));
    if (range_text != "*" && range_text.find('-') == std::string_view::npos)
      return Wrong(field, "a step needs a range: write " + std::string(range_text) + "-" + std::to_string(field.most) +
                              "/" + std::to_string(*read));
    step = *read;
  }
  for (int value = range.first; value <= range.last; value += step) values.set(static_cast<std::size_t>(value));
  return {};
}

template <std::size_t kBits>
Status ReadField(const CronField& field, std::string_view text, std::bitset<kBits>& values) {
  for (const std::string_view part : Split(text, ",")) ASSAY_TRY(AddPart(field, part, values));
  return {};
}

std::vector<std::string_view> FieldsOfText(std::string_view text) {
  std::vector<std::string_view> fields = Split(text, " \t");
  std::erase(fields, "");
  return fields;
}

}  // namespace

Result<CronExpression> CronExpression::Parse(std::string_view text) {
  if (text.size() > kMostCharacters)
    return Fail(ErrorCode::kInvalidArgument, "has more than " + std::to_string(kMostCharacters) + " characters");
  const std::vector<std::string_view> parts = FieldsOfText(text);
  if (parts.size() != kCronFields.size())
    return Fail(ErrorCode::kInvalidArgument,
                "needs five fields: minute, hour, day of the month, month, day of the week; got " +
                    std::to_string(parts.size()));
  CronExpression cron;
  ASSAY_TRY(ReadField(kCronFields[0], parts[0], cron.minutes_));
  ASSAY_TRY(ReadField(kCronFields[1], parts[1], cron.hours_));
  ASSAY_TRY(ReadField(kCronFields[2], parts[2], cron.days_));
  ASSAY_TRY(ReadField(kCronFields[3], parts[3], cron.months_));
  ASSAY_TRY(ReadField(kCronFields[4], parts[4], cron.weekdays_));
  if (cron.weekdays_[7]) cron.weekdays_.set(0);
  cron.either_day_ = !parts[2].starts_with('*') && !parts[4].starts_with('*');
  if (!cron.HasDue()) return Fail(ErrorCode::kInvalidArgument, "no year has such a day");
  return cron;
}

bool CronExpression::IsDue(sys_days day) const {
  const chrono::year_month_day date(day);
  if (!months_[static_cast<unsigned>(date.month())]) return false;
  const bool is_day = days_[static_cast<unsigned>(date.day())];
  const bool is_weekday = weekdays_[chrono::weekday(day).c_encoding()];
  return either_day_ ? is_day || is_weekday : is_day && is_weekday;
}

bool CronExpression::HasDue() const {
  for (int day = 0; day < kDaysOfCycle; ++day) {
    if (IsDue(sys_days(chrono::days(day)))) return true;
  }
  return false;
}

std::optional<Time> CronExpression::NextAfter(Time time) const {
  const auto from = chrono::floor<chrono::minutes>(time) + chrono::minutes(1);
  for (sys_days day = chrono::floor<chrono::days>(from); day <= kLastDay; day += chrono::days(1)) {
    if (!IsDue(day)) continue;
    const std::int64_t first = std::max<std::int64_t>(chrono::duration_cast<chrono::minutes>(from - day).count(), 0);
    for (std::int64_t minute = first; minute < 24 * 60; ++minute) {
      if (hours_[static_cast<std::size_t>(minute / 60)] && minutes_[static_cast<std::size_t>(minute % 60)])
        return day + chrono::minutes(minute);
    }
  }
  return std::nullopt;
}

}  // namespace assay
