#include "runners/graders/structure/json_steps.h"

#include <charconv>

namespace assay {

class StepReader {
 public:
  StepReader(std::string_view source, std::vector<JsonSteps::Step>& steps) : source_(source), steps_(steps) {}

  Status Run() {
    if (Next() == '$') ++at_;  // of JSONPath
    if (at_ == source_.size() || source_.substr(at_) == ".") return {};
    if (source_.substr(at_).starts_with(".[")) ++at_;
    while (at_ < source_.size()) {
      if (Status step = Next() == '.' ? Member() : Next() == '[' ? Bracket() : Unexpected(); !step) return step;
      if (Next() == '?') ++at_;  // what is not there is no error anyway
    }
    return {};
  }

 private:
  char Next() const { return at_ < source_.size() ? source_[at_] : '\0'; }
  static bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }

  Status Unexpected() const {
    const std::string at = " at character " + std::to_string(at_ + 1);
    return Fail(ErrorCode::kInvalidArgument, at_ == source_.size()
                                                 ? "the path ends too early"
                                                 : "no path: unexpected '" + std::string(1, Next()) + "'" + at);
  }

  Status Member() {
    ++at_;
    if (Next() == '"') return Key();
    const std::size_t begin = at_;
    while (IsLetter(Next()) || (at_ > begin && IsDigit(Next()))) ++at_;
    if (at_ == begin) return Unexpected();
    steps_.push_back({JsonSteps::Kind::kMember, std::string(source_.substr(begin, at_ - begin))});
    return {};
  }

  Status Bracket() {
    ++at_;
    const std::string_view rest = source_.substr(at_);
    if (rest.starts_with(']') || rest.starts_with("*]")) {
      at_ += rest[0] == '*' ? 2 : 1;
      steps_.push_back({JsonSteps::Kind::kEach, ""});
      return {};
    }
    if (Status inside = Next() == '"' ? Key() : Index(); !inside) return inside;
    if (Next() != ']') return Unexpected();
    ++at_;
    return {};
  }

  Status Index() {
    std::int32_t index = 0;
    const std::string_view rest = source_.substr(at_);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), index);
    if (error != std::errc()) return Unexpected();
    at_ += static_cast<std::size_t>(end - rest.data());
    steps_.push_back({JsonSteps::Kind::kElement, "", index});
    return {};
  }

  Status Key() {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != '"') end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) return Unexpected();
    const Result<Json> key = Json::Parse(source_.substr(at_, end + 1 - at_));
    if (!key) return Unexpected();
    at_ = end + 1;
    steps_.push_back({JsonSteps::Kind::kMember, key->as_string()});
    return {};
  }

  std::string_view source_;
  std::vector<JsonSteps::Step>& steps_;
  std::size_t at_ = 0;
};

namespace {

// Element -1 is the last.
std::size_t Place(std::int64_t index, std::size_t size) {
  return static_cast<std::size_t>(index < 0 ? index + static_cast<std::int64_t>(size) : index);
}

}  // namespace

Result<JsonSteps> JsonSteps::Compile(std::string_view source) {
  if (source.size() > kMaxSource) return Fail(ErrorCode::kInvalidArgument, "is longer than 1000 characters");
  if (source.empty()) return Fail(ErrorCode::kInvalidArgument, "is empty; `.` is the whole value");
  JsonSteps steps;
  steps.source_ = source;
  if (const Status read = StepReader(source, steps.steps_).Run(); !read) return std::unexpected(read.error());
  for (const Step& step : steps.steps_) steps.has_many_ = steps.has_many_ || step.kind == Kind::kEach;
  return steps;
}

std::vector<const Json*> JsonSteps::Find(const Json& value, std::size_t max_found) const {
  std::vector<const Json*> found;
  Find(value, 0, max_found, found);
  return found;
}

void JsonSteps::Find(const Json& value, std::size_t step, std::size_t max_found,
                     std::vector<const Json*>& found) const {
  if (found.size() >= max_found) return;
  if (step == steps_.size()) {
    found.push_back(&value);
    return;
  }
  const Step& here = steps_[step];
  if (here.kind == Kind::kMember) {
    if (const Json* member = value.Find(here.name)) Find(*member, step + 1, max_found, found);
  } else if (value.is_array()) {
    const Json::Array& list = value.as_array();
    const std::size_t place = Place(here.index, list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (here.kind == Kind::kEach || i == place) Find(list[i], step + 1, max_found, found);
    }
  } else if (value.is_object() && here.kind == Kind::kEach) {
    for (const auto& [name, member] : value.as_object()) Find(member, step + 1, max_found, found);
  }
}

void JsonSteps::Remove(Json& value) const {
  if (!steps_.empty()) Remove(value, 0);
}

void JsonSteps::Remove(Json& value, std::size_t step) const {
  const Step& here = steps_[step];
  const bool is_last = step + 1 == steps_.size();
  if (here.kind != Kind::kElement && value.is_object()) {
    const auto is_here = [&](const Json::Member& m) { return here.kind == Kind::kEach || m.first == here.name; };
    if (is_last) {
      std::erase_if(value.as_object(), is_here);
      return;
    }
    for (Json::Member& member : value.as_object()) {
      if (is_here(member)) Remove(member.second, step + 1);
    }
  } else if (here.kind != Kind::kMember && value.is_array()) {
    Json::Array& list = value.as_array();
    const std::size_t place = Place(here.index, list.size());
    if (is_last && here.kind == Kind::kEach) {
      list.clear();
    } else if (is_last && place < list.size()) {
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(place));
    }
    for (std::size_t i = 0; !is_last && i < list.size(); ++i) {
      if (here.kind == Kind::kEach || i == place) Remove(list[i], step + 1);
    }
  }
}

}  // namespace assay
