#include "runners/jq/json_path.h"

#include <charconv>
#include <cstdint>

#include "core/json.h"

namespace assay {
namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class PathScanner {
 public:
  explicit PathScanner(std::string_view source) : source_(source) {}

  Status Run() {
    do {
      SkipSpace();
      if (Status path = Path(); !path) return path;
      SkipSpace();
    } while (Take("//"));
    if (at_ != source_.size()) return Unexpected();
    return {};
  }

  bool has_many() const { return has_many_; }

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
  Status Path() {
    if (Next() != '.') return Unexpected();
    if (const char second = at_ + 1 < source_.size() ? source_[at_ + 1] : '\0';
        second == '[' || !(IsLetter(second) || second == '"')) {
      ++at_;
      if (second != '[') return {};
    }
    while (Next() == '.' || Next() == '[') {
      if (Status step = Next() == '.' ? Member() : Bracket(); !step) return step;
      if (!Rest().starts_with("?//")) Take("?");  // one word to jq, which means something else
    }
    return {};
  }

  Status Member() {
    ++at_;
    if (Next() == '"') return Key();
    const std::size_t begin = at_;
    while (IsLetter(Next()) || (at_ > begin && IsDigit(Next()))) ++at_;
    return at_ == begin ? Unexpected() : Status();
  }

  Status Bracket() {
    ++at_;
    SkipSpace();
    if (Next() == ']') {
      has_many_ = true;
    } else if (Status inside = Next() == '"' ? Key() : Index(); !inside) {
      return inside;
    }
    SkipSpace();
    return Take("]") ? Status() : Unexpected();
  }

  // No wider than what libjq counts elements in.
  Status Index() {
    std::int32_t index = 0;
    const auto [end, error] = std::from_chars(Rest().data(), Rest().data() + Rest().size(), index);
    if (error != std::errc()) return Unexpected();
    at_ += static_cast<std::size_t>(end - Rest().data());
    return {};
  }

  // A string of JSON; jq's \( ) is none.
  Status Key() {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != '"') end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) return Unexpected();
    if (!Json::Parse(source_.substr(at_, end + 1 - at_))) return Unexpected();
    at_ = end + 1;
    return {};
  }

  std::string_view source_;
  std::size_t at_ = 0;
  bool has_many_ = false;
};

}  // namespace

Result<JsonPath> JsonPath::Compile(std::string_view source) {
  if (source.size() > kMaxSource) return Fail(ErrorCode::kInvalidArgument, "is longer than 1000 characters");
  PathScanner scanner(source);
  if (const Status scanned = scanner.Run(); !scanned) return std::unexpected(scanned.error());
  return JsonPath(source, scanner.has_many());
}

}  // namespace assay
