#include "runners/endpoints/json_path.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

namespace assay {
namespace {

using Steps = std::vector<JsonPath::Step>;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class PathParser {
 public:
  explicit PathParser(std::string_view source) : source_(source) {}

  Result<std::vector<Steps>> Run() {
    std::vector<Steps> alternatives;
    do {
      SkipSpace();
      ASSAY_ASSIGN(Steps steps, Path());
      alternatives.push_back(std::move(steps));
      SkipSpace();
    } while (Take("//"));
    if (at_ != source_.size()) return Unexpected();
    return alternatives;
  }

 private:
  std::string_view Rest() const { return source_.substr(at_); }
  char Next() const { return at_ < source_.size() ? source_[at_] : '\0'; }
  void SkipSpace() {
    while (Next() == ' ' || Next() == '\t') ++at_;
  }
  bool Take(std::string_view word) {
    if (!Rest().starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  std::unexpected<Error> Unexpected() const {
    const std::string what = at_ < source_.size() ? "\"" + std::string(Rest().substr(0, 12)) + "\"" : "its end";
    return Fail(ErrorCode::kInvalidArgument,
                "is no path: " + what + " at character " + std::to_string(at_ + 1) +
                    "; write one like .choices[0].message.content, with [] for every element, ? and //");
  }

  // `.` alone is the whole document.
  Result<Steps> Path() {
    Steps steps;
    if (Next() != '.') return Unexpected();
    if (const char second = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
        second == '[' || !(IsLetter(second) || second == '"')) {
      ++at_;
      if (second != '[') return steps;
    }
    while (Next() == '.' || Next() == '[') {
      ASSAY_ASSIGN(JsonPath::Step step, Next() == '.' ? Member() : Bracket());
      step.is_optional = Take("?");
      steps.push_back(std::move(step));
    }
    return steps;
  }

  Result<JsonPath::Step> Member() {
    ++at_;
    if (Next() == '"') return Key();
    const std::size_t begin = at_;
    while (IsLetter(Next()) || (at_ > begin && IsDigit(Next()))) ++at_;
    if (at_ == begin) return Unexpected();
    return JsonPath::Step{.kind = JsonPath::Step::Kind::kKey, .key = std::string(source_.substr(begin, at_ - begin))};
  }

  Result<JsonPath::Step> Bracket() {
    ++at_;
    SkipSpace();
    JsonPath::Step step{.kind = JsonPath::Step::Kind::kEach};
    if (Next() == '"') {
      ASSAY_ASSIGN(step, Key());
    } else if (Next() != ']') {
      ASSAY_ASSIGN(step, Index());
    }
    SkipSpace();
    if (!Take("]")) return Unexpected();
    return step;
  }

  Result<JsonPath::Step> Index() {
    JsonPath::Step step{.kind = JsonPath::Step::Kind::kIndex};
    const auto [end, error] = std::from_chars(Rest().data(), Rest().data() + Rest().size(), step.index);
    if (error != std::errc()) return Unexpected();
    at_ += static_cast<std::size_t>(end - Rest().data());
    return step;
  }

  // A string of JSON; jq's \( ) is none.
  Result<JsonPath::Step> Key() {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != '"') end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) return Unexpected();
    const Result<Json> text = Json::Parse(source_.substr(at_, end + 1 - at_));
    if (!text) return Unexpected();
    at_ = end + 1;
    return JsonPath::Step{.kind = JsonPath::Step::Kind::kKey, .key = text->as_string()};
  }

  std::string_view source_;
  std::size_t at_ = 0;
};

std::string_view KindOfValue(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return "true or false";
  if (value.is_number()) return "a number";
  if (value.is_string()) return "a text";
  return value.is_array() ? "a list" : "an object";
}

const Json& NullValue() {
  static const Json null;
  return null;
}

// What one step finds in one value; an error when jq has one.
Result<const Json*> Look(const Json& value, const JsonPath::Step& step) {
  const bool is_key = step.kind == JsonPath::Step::Kind::kKey;
  if (value.is_null()) return &NullValue();
  if (is_key && value.is_object()) {
    const Json* found = value.Find(step.key);
    return found == nullptr ? &NullValue() : found;
  }
  if (!is_key && value.is_array()) {
    const auto size = static_cast<std::int64_t>(value.as_array().size());
    const std::int64_t index = step.index < 0 ? step.index + size : step.index;
    if (index < 0 || index >= size) return &NullValue();
    return &value.as_array()[static_cast<std::size_t>(index)];
  }
  return Fail(ErrorCode::kInvalidArgument, "cannot index " + std::string(KindOfValue(value)) + " with " +
                                               (is_key ? Json(step.key).Dump() : std::to_string(step.index)));
}

class Walk {
 public:
  // False when an error ended it.
  bool Follow(const Json& value, std::span<const JsonPath::Step> steps) {
    if (steps.empty()) {
      found.push_back(&value);
      return true;
    }
    const JsonPath::Step& step = steps.front();
    if (step.kind == JsonPath::Step::Kind::kEach) return FollowEach(value, step.is_optional, steps.subspan(1));
    Result<const Json*> next = Look(value, step);
    if (next) return Follow(**next, steps.subspan(1));
    if (!step.is_optional) error = std::move(next).error();
    return step.is_optional;
  }

  std::vector<const Json*> found;
  std::optional<Error> error;

 private:
  bool FollowEach(const Json& value, bool is_optional, std::span<const JsonPath::Step> steps) {
    if (value.is_array()) {
      return std::ranges::all_of(value.as_array(), [&](const Json& element) { return Follow(element, steps); });
    }
    if (value.is_object()) {
      return std::ranges::all_of(value.as_object(), [&](const Json::Member& m) { return Follow(m.second, steps); });
    }
    if (!is_optional) {
      error = Error{ErrorCode::kInvalidArgument, "cannot iterate over " + std::string(KindOfValue(value)), {}};
    }
    return is_optional;
  }
};

bool IsTruthy(const Json* value) { return !value->is_null() && !(value->is_bool() && !value->as_bool()); }

}  // namespace

Result<JsonPath> JsonPath::Compile(std::string_view source) {
  if (source.size() > kMaxSource) return Fail(ErrorCode::kInvalidArgument, "is longer than 1000 characters");
  JsonPath path;
  path.source_ = source;
  ASSAY_ASSIGN(path.alternatives_, PathParser(source).Run());
  return path;
}

Result<std::vector<const Json*>> JsonPath::Find(const Json& document) const {
  for (const std::vector<Step>& steps : alternatives_) {
    Walk walk;
    if (!walk.Follow(document, steps)) return std::unexpected(*std::move(walk.error));
    if (&steps == &alternatives_.back()) return std::move(walk.found);
    std::erase_if(walk.found, [](const Json* value) { return !IsTruthy(value); });
    if (!walk.found.empty()) return std::move(walk.found);
  }
  return std::vector<const Json*>();
}

bool JsonPath::has_many() const {
  return std::ranges::any_of(alternatives_, [](const Steps& steps) {
    return std::ranges::any_of(steps, [](const Step& step) { return step.kind == Step::Kind::kEach; });
  });
}

}  // namespace assay
