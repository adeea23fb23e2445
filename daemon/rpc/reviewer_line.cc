#include "daemon/rpc/reviewer_line.h"

#include <algorithm>
#include <charconv>

#include "config/fields.h"
#include "core/clock.h"

namespace assay {
namespace {

constexpr std::size_t kMostValues = 100;

Status AddName(std::string_view value, std::vector<std::string>& names) {
  if (std::ranges::find(names, value) == names.end()) names.emplace_back(value);
  if (names.size() > kMostValues) return Fail(ErrorCode::kInvalidArgument, "more than 100 values of one attribute");
  return {};
}

// A day ends it at its end, in UTC.
Result<Time> EndOfClearance(std::string_view value, std::string_view until) {
  constexpr std::size_t kDay = std::string_view("2027-01-31").size();
  const bool is_day = until.size() == kDay;
  const Result<Time> time = ParseTime(std::string(until) + (is_day ? "T00:00:00Z" : ""));
  if (!time)
    return Fail(ErrorCode::kInvalidArgument, "clearance \"" + std::string(value) +
                                                 "\" is not of the form CLASS or CLASS@UNTIL, like health@2027-01-31 "
                                                 "(the last day, in UTC) or health@2027-01-31T12:00:00Z");
  return *time + (is_day ? std::chrono::hours(24) : std::chrono::hours(0));
}

// What several lines say is added up: one that never ends outlasts one that does, and a later end an earlier one.
Status AddClearance(std::string_view value, Reviewer& reviewer) {
  const std::size_t at = value.rfind('@');
  const std::string data_class(value.substr(0, at));
  if (data_class.empty()) return Fail(ErrorCode::kInvalidArgument, "a clearance without a class of data");
  const auto known = std::ranges::find(reviewer.ending, data_class, &EndingClearance::data_class);
  const bool is_new = std::ranges::find(reviewer.clearances, data_class) == reviewer.clearances.end();
  ASSAY_TRY(AddName(data_class, reviewer.clearances));
  if (at == std::string_view::npos) {
    if (known != reviewer.ending.end()) reviewer.ending.erase(known);
    return {};
  }
  ASSAY_ASSIGN(const Time until, EndOfClearance(value, value.substr(at + 1)));
  if (known != reviewer.ending.end()) {
    known->until = std::max(known->until, until);
  } else if (is_new) {
    reviewer.ending.push_back({.data_class = data_class, .until = until});
  }
  return {};
}

Status AddRole(std::string_view value, Reviewer& reviewer) {
  std::string known;
  for (const auto& word : EnumWords<ReviewRole>::kWords) {
    if (word.word == value) {
      reviewer.roles.Add(word.value);
      return {};
    }
    known += (known.empty() ? "" : ", ") + std::string(word.word);
  }
  return Fail(ErrorCode::kInvalidArgument, "unknown role \"" + std::string(value) + "\"; known: " + known);
}

Status AddCertificate(std::string_view value, Reviewer& reviewer) {
  const std::size_t at = value.rfind('@');
  RubricCertificate certificate{.rubric = std::string(value.substr(0, at))};
  const std::string_view major = at == std::string_view::npos ? std::string_view() : value.substr(at + 1);
  const auto [end, error] = std::from_chars(major.data(), major.data() + major.size(), certificate.major);
  const bool is_good = error == std::errc() && end == major.data() + major.size() && certificate.major > 0;
  if (!is_good || certificate.rubric.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "certificate \"" + std::string(value) + "\" is not of the form RUBRIC@MAJOR, like support@2");
  reviewer.certificates.push_back(std::move(certificate));
  return {};
}

Status AddValue(std::string_view name, std::string_view value, Reviewer& reviewer) {
  if (value.empty()) return Fail(ErrorCode::kInvalidArgument, "an empty value of \"" + std::string(name) + "\"");
  if (name == "roles") return AddRole(value, reviewer);
  if (name == "skills") return AddName(value, reviewer.skills);
  if (name == "languages") return AddName(value, reviewer.languages);
  if (name == "clearances") return AddClearance(value, reviewer);
  if (name == "queues") return AddName(value, reviewer.queues);
  if (name == "certificates") return AddCertificate(value, reviewer);
  return Fail(ErrorCode::kInvalidArgument, "unknown attribute \"" + std::string(name) +
                                               "\"; known: roles, skills, languages, clearances, certificates, queues");
}

}  // namespace

Status AddAttributes(std::string_view words, Reviewer& reviewer) {
  while (!words.empty()) {
    const std::size_t begin = words.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    words.remove_prefix(begin);
    const std::string_view word = words.substr(0, std::min(words.find_first_of(" \t"), words.size()));
    words.remove_prefix(word.size());
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      return Fail(ErrorCode::kInvalidArgument, "an attribute is NAME=VALUE,VALUE, like roles=reviewer");
    std::string_view values = word.substr(equals + 1);
    do {
      const std::size_t comma = std::min(values.find(','), values.size());
      ASSAY_TRY(AddValue(word.substr(0, equals), values.substr(0, comma), reviewer));
      values.remove_prefix(std::min(comma + 1, values.size()));
    } while (!values.empty());
  }
  return {};
}

}  // namespace assay
