#include "runners/graders/tools/value_match.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

constexpr std::size_t kFewMembers = 16;

// The members of an object by name: Find() for objects that are large.
class Members {
 public:
  explicit Members(const Json& object) : object_(object) {
    if (object.as_object().size() <= kFewMembers) return;
    for (const Json::Member& member : object.as_object()) by_name_.emplace(member.first, &member.second);
  }
  const Json* Find(std::string_view name) const {
    if (by_name_.empty()) return object_.Find(name);
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
  }

 private:
  const Json& object_;
  std::map<std::string_view, const Json*> by_name_;
};

// Numbers that are equal are the same text: 1.0 is 1. Integers stay exact.
Json PlainNumbers(const Json& value) {
  if (value.is_array()) {
    Json::Array out;
    for (const Json& element : value.as_array()) out.push_back(PlainNumbers(element));
    return Json(std::move(out));
  }
  if (value.is_object()) {
    Json::Object out;
    for (const auto& [name, member] : value.as_object()) out.emplace_back(name, PlainNumbers(member));
    std::ranges::sort(out, {}, &Json::Member::first);
    return Json(std::move(out));
  }
  constexpr double kExact = 9223372036854774784.0;  // the largest double below 2^63
  if (!value.is_number() || value.is_integer()) return value;
  const double number = value.as_number();
  if (number != static_cast<double>(static_cast<std::int64_t>(std::clamp(number, -kExact, kExact)))) return value;
  return Json(static_cast<std::int64_t>(number));
}

bool IsWholeAndEqual(double value, std::int64_t integer) {
  constexpr double kBeyond = 9223372036854775808.0;  // 2^63
  return value == std::floor(value) && value >= -kBeyond && value < kBeyond &&
         static_cast<std::int64_t>(value) == integer;
}

}  // namespace

bool IsSameNumber(const Json& a, const Json& b) {
  if (a.is_integer() && b.is_integer()) return a.as_integer() == b.as_integer();
  if (a.is_integer()) return IsWholeAndEqual(b.as_number(), a.as_integer());
  if (b.is_integer()) return IsWholeAndEqual(a.as_number(), b.as_integer());
  return a.as_number() == b.as_number();
}

bool IsSameValue(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return IsSameNumber(a, b);
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.as_array(), b.as_array(), &IsSameValue);
  if (!a.is_object() || !b.is_object()) return a == b;
  if (a.as_object().size() != b.as_object().size()) return false;
  const Members members(b);
  return std::ranges::all_of(a.as_object(), [&](const Json::Member& member) {
    const Json* other = members.Find(member.first);
    return other != nullptr && IsSameValue(member.second, *other);
  });
}

std::string EqualText(const Json& value) { return PlainNumbers(value).Dump(); }

bool HasValue(const Json& actual, const Json& expected) {
  if (actual.is_array() && expected.is_array())
    return std::ranges::equal(actual.as_array(), expected.as_array(), &HasValue);
  if (!actual.is_object() || !expected.is_object()) return IsSameValue(actual, expected);
  if (actual.as_object().size() < expected.as_object().size()) return false;
  const Members members(actual);
  return std::ranges::all_of(expected.as_object(), [&](const Json::Member& member) {
    const Json* value = members.Find(member.first);
    return value != nullptr && HasValue(*value, member.second);
  });
}

double SharedArguments(const Json& a, const Json& b) {
  if (!a.is_object() || !b.is_object()) return IsSameValue(a, b) ? 1 : 0;
  if (a.as_object().empty() && b.as_object().empty()) return 1;
  const Members members(b);
  double same = 0;
  std::size_t common = 0;
  for (const auto& [name, value] : a.as_object()) {
    const Json* other = members.Find(name);
    if (other == nullptr) continue;
    ++common;
    same += value.is_object() && other->is_object() ? SharedArguments(value, *other)
            : IsSameValue(value, *other)            ? 1
                                                    : 0;
  }
  return same / static_cast<double>(a.as_object().size() + b.as_object().size() - common);
}

bool MatchesGlob(std::string_view name, std::string_view glob) {
  // On a mismatch only the last * is tried again, with one more character: what was matched before it cannot improve.
  std::size_t n = 0;
  std::size_t g = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_end = 0;
  const auto character = [](std::string_view text) {
    return std::max<std::size_t>(CharacterLength(text.substr(0, 4)), 1);
  };
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      star_end = n;
    } else if (g < glob.size() && glob[g] == '?') {
      n += character(name.substr(n));
      ++g;
    } else if (g < glob.size() && glob[g] == name[n]) {
      ++n;
      ++g;
    } else if (star != std::string_view::npos) {
      star_end += character(name.substr(star_end));
      n = star_end;
      g = star + 1;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

bool MatchesAnyGlob(std::string_view name, const std::vector<std::string>& globs) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return MatchesGlob(name, glob); });
}

Json WithoutMembers(const Json& object, const std::vector<std::string>& globs) {
  if (globs.empty() || !object.is_object()) return object;
  Json::Object kept;
  for (const Json::Member& member : object.as_object()) {
    if (!MatchesAnyGlob(member.first, globs)) kept.push_back(member);
  }
  return Json(std::move(kept));
}

}  // namespace assay
