#include "runners/graders/structure/json_equal.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "runners/graders/frame/reason.h"
#include "runners/graders/structure/decimal.h"
#include "runners/graders/structure/json_place.h"

namespace assay {
namespace {

constexpr std::size_t kFewMembers = 8;

std::vector<const Json::Member*> Sorted(const Json::Object& object) {
  std::vector<const Json::Member*> members;
  members.reserve(object.size());
  for (const Json::Member& member : object) members.push_back(&member);
  std::ranges::sort(members, {}, [](const Json::Member* m) -> const std::string& { return m->first; });
  return members;
}

bool SameObjects(const Json& a, const Json& b) {
  const Json::Object& left = a.as_object();
  const Json::Object& right = b.as_object();
  if (left.size() != right.size()) return false;
  if (left.size() <= kFewMembers) {
    return std::ranges::all_of(left, [&](const Json::Member& member) {
      const Json* other = b.Find(member.first);
      return other != nullptr && SameJson(member.second, *other);
    });
  }
  return std::ranges::equal(Sorted(left), Sorted(right), [](const Json::Member* l, const Json::Member* r) {
    return l->first == r->first && SameJson(l->second, r->second);
  });
}

std::uint64_t Mixed(std::uint64_t hash, std::uint64_t with) {
  hash ^= with + 0x9E3779B97F4A7C15ULL + (hash << 6) + (hash >> 2);
  hash *= 0xBF58476D1CE4E5B9ULL;
  return hash ^ (hash >> 29);
}

bool HasNull(const Json& value) {
  if (value.is_null()) return true;
  if (value.is_array()) return std::ranges::any_of(value.as_array(), HasNull);
  if (!value.is_object()) return false;
  return std::ranges::any_of(value.as_object(), [](const Json::Member& m) { return HasNull(m.second); });
}

// A text that two values share if and only if they are equal.
void AppendForm(const Json& value, const JsonEquality& how, std::string& out) {
  if (value.is_array()) {
    std::vector<std::string> forms;
    for (const Json& element : value.as_array()) AppendForm(element, how, forms.emplace_back());
    if (how.is_list_order_ignored) std::ranges::sort(forms);
    out += '[';
    for (const std::string& form : forms) (out += form) += ',';
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    const auto append = [&](const Json::Member& member) {
      (out += Json(member.first).Dump()) += ':';
      AppendForm(member.second, how, out);
      out += ',';
    };
    if (how.is_key_order_compared) {
      for (const Json::Member& member : value.as_object()) append(member);
    } else {
      for (const Json::Member* member : Sorted(value.as_object())) append(*member);
    }
    out += '}';
  } else if (value.is_number() && !value.is_integer() && !how.is_number_type_compared && IsWhole(value) &&
             value.as_number() >= -9223372036854775808.0 && value.as_number() < 9223372036854775808.0) {
    out += std::to_string(static_cast<std::int64_t>(value.as_number()));
  } else {
    out += value.Dump();
    if (value.is_number() && !value.is_integer()) out += 'd';  // a double may print like an integer
  }
}

class Comparison {
 public:
  explicit Comparison(const JsonEquality& how) : how_(how) {}

  std::optional<std::string> Run(const Json& expected, const Json& actual, const JsonPlace& place) const {
    if (how_.is_null_never_equal && (expected.is_null() || actual.is_null())) {
      return At(place, "is " + JsonExcerpt(actual) + ", not " + JsonExcerpt(expected) + ": null equals nothing");
    }
    if (expected.is_object() && actual.is_object()) return Objects(expected, actual, place);
    if (expected.is_array() && actual.is_array()) return Lists(expected.as_array(), actual.as_array(), place);
    const bool is_same = expected.is_number() && actual.is_number() && !how_.is_number_type_compared
                             ? CompareNumbers(expected, actual) == std::strong_ordering::equal
                             : expected == actual;
    if (is_same) return std::nullopt;
    if (SameJson(expected, actual)) return At(place, "is " + JsonExcerpt(actual) + " as another type of number");
    return At(place, "is " + JsonExcerpt(actual) + ", not " + JsonExcerpt(expected));
  }

 private:
  static std::string At(const JsonPlace& place, const std::string& what) { return AtPlace(place.ToString(), what); }

  std::optional<std::string> Objects(const Json& expected, const Json& actual, const JsonPlace& place) const {
    const Json::Object& members = actual.as_object();
    std::map<std::string_view, const Json*> index;
    if (members.size() > kFewMembers) {
      for (const auto& [name, value] : members) index.emplace(name, &value);
    }
    for (const auto& [name, value] : expected.as_object()) {
      const auto indexed = index.find(name);
      const Json* found = members.size() <= kFewMembers ? actual.Find(name)
                          : indexed == index.end()      ? nullptr
                                                        : indexed->second;
      if (found == nullptr) return At(place, "lacks " + Quoted(name));
      if (auto difference = Run(value, *found, place.Member(name))) return difference;
    }
    if (!how_.are_extra_members_fine && members.size() > expected.as_object().size()) {
      std::set<std::string_view> names;
      for (const auto& [name, value] : expected.as_object()) names.insert(name);
      for (const auto& [name, value] : members) {
        if (!names.contains(name)) return At(place, "has " + Quoted(name) + ", which is not expected");
      }
    }
    return how_.is_key_order_compared ? Order(expected, actual, place) : std::nullopt;
  }

  // Of the members that both have.
  static std::optional<std::string> Order(const Json& expected, const Json& actual, const JsonPlace& place) {
    std::map<std::string_view, std::size_t> ranks;
    for (const auto& [name, value] : expected.as_object()) ranks.emplace(name, ranks.size());
    std::size_t next = 0;
    for (const auto& [name, value] : actual.as_object()) {
      const auto rank = ranks.find(name);
      if (rank == ranks.end()) continue;
      if (rank->second != next++) return At(place, "has its members in another order, from " + Quoted(name) + " on");
    }
    return std::nullopt;
  }

  std::optional<std::string> Lists(const Json::Array& expected, const Json::Array& actual,
                                   const JsonPlace& place) const {
    if (expected.size() != actual.size()) {
      return At(place, "has " + std::to_string(actual.size()) + " elements, not " + std::to_string(expected.size()));
    }
    if (how_.is_list_order_ignored) return Bags(expected, actual, place);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (auto difference = Run(expected[i], actual[i], place.Element(i))) return difference;
    }
    return std::nullopt;
  }

  std::optional<std::string> Bags(const Json::Array& expected, const Json::Array& actual,
                                  const JsonPlace& place) const {
    std::map<std::string, std::size_t> left;
    for (const Json& element : expected) {
      if (how_.is_null_never_equal && HasNull(element)) {
        return At(place, "has to have " + JsonExcerpt(element) + ": null equals nothing");
      }
      std::string form;
      AppendForm(element, how_, form);
      ++left[form];
    }
    for (const Json& element : actual) {
      std::string form;
      AppendForm(element, how_, form);
      const auto found = left.find(form);
      if (found == left.end() || found->second == 0) {
        return At(place, "has the element " + JsonExcerpt(element) + ", which is not expected" +
                             (found == left.end() ? "" : " so often"));
      }
      --found->second;
    }
    return std::nullopt;
  }

  const JsonEquality& how_;
};

}  // namespace

bool SameJson(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return CompareNumbers(a, b) == std::strong_ordering::equal;
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.as_array(), b.as_array(), SameJson);
  if (a.is_object() && b.is_object()) return SameObjects(a, b);
  return a == b;
}

std::uint64_t JsonHash(const Json& value) {
  if (value.is_number()) return Mixed(1, std::hash<double>()(value.as_number()));
  if (value.is_string()) return Mixed(2, std::hash<std::string>()(value.as_string()));
  if (value.is_bool()) return value.as_bool() ? 3 : 4;
  if (value.is_array()) {
    std::uint64_t hash = 5;
    for (const Json& element : value.as_array()) hash = Mixed(hash, JsonHash(element));
    return hash;
  }
  if (value.is_object()) {
    std::uint64_t sum = 6;
    for (const auto& [name, member] : value.as_object()) sum += Mixed(std::hash<std::string>()(name), JsonHash(member));
    return sum;
  }
  return 7;
}

std::optional<std::string> FirstDifference(const Json& expected, const Json& actual, const JsonEquality& how) {
  return Comparison(how).Run(expected, actual, JsonPlace());
}

std::string JsonExcerpt(const Json& value, std::size_t max_bytes) { return CutText(value.Dump(), max_bytes); }

}  // namespace assay
