#include "runners/graders/frame/json_in_text.h"

#include <cstdint>
#include <utility>

namespace assay {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Reads from each brace at most once: what was learnt of the braces within is kept, and those that a failed reading saw
// as parts of a string are read later, on their own. No byte is then read more than twice at the level of the value
// that it belongs to: of two readings that take a byte as a part of themselves, one is in a string there and the other
// is not, and a backslash ends the one that is not.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : text_(text), read_(text.size()) {}

  // The end of the value that begins at `begin`, a brace or bracket; 0 where there is none.
  std::size_t EndOf(std::size_t begin) {
    if (read_[begin].end == 0) Read(begin);
    const Reading& reading = read_[begin];
    return reading.end == kNone || reading.depth > Json::kMaxDepth ? 0 : reading.end;
  }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Reading {
    std::uint32_t end = 0;  // 0: not read yet; kNone: no value
    std::int32_t depth = 0;
  };
  struct Open {
    std::uint32_t begin;
    std::int32_t depth;  // of what is in it
  };

  void Read(std::size_t begin) {
    std::size_t at = begin;
    open_.clear();
    do {
      if (!Step(at)) {
        for (const Open& open : open_) read_[open.begin].end = kNone;
        return;
      }
    } while (!open_.empty());
  }

  // Takes a value, or the beginning of one, and the ends that follow it. False where the grammar is broken.
  bool Step(std::size_t& at) {
    SkipSpace(at);
    if (at >= text_.size()) return false;
    const char c = text_[at];
    if (c == '{' || c == '[') {
      const Reading known = read_[at];
      if (known.end == kNone) return false;
      if (known.end == 0) return Enter(at);
      at = known.end;
      Deepen(known.depth);
    } else if (!Scalar(at)) {
      return false;
    }
    return AfterValue(at);
  }

  bool Enter(std::size_t& at) {
    const bool is_object = text_[at] == '{';
    open_.push_back({static_cast<std::uint32_t>(at), 0});
    ++at;
    SkipSpace(at);
    if (Is(at, is_object ? '}' : ']')) {
      Leave(at);
      return AfterValue(at);
    }
    return !is_object || Key(at);
  }

  void Leave(std::size_t& at) {
    ++at;
    const Open open = open_.back();
    open_.pop_back();
    const std::int32_t depth = open.depth + 1;
    read_[open.begin] = {static_cast<std::uint32_t>(at), depth};
    Deepen(depth);
  }

  void Deepen(std::int32_t depth) {
    if (!open_.empty() && open_.back().depth < depth) open_.back().depth = depth;
  }

  bool AfterValue(std::size_t& at) {
    while (!open_.empty()) {
      const bool is_object = text_[open_.back().begin] == '{';
      SkipSpace(at);
      if (Is(at, ',')) {
        ++at;
        return !is_object || Key(at);
      }
      if (!Is(at, is_object ? '}' : ']')) return false;
      Leave(at);
    }
    return true;
  }

  bool Key(std::size_t& at) {
    SkipSpace(at);
    if (!Is(at, '"') || !String(at)) return false;
    SkipSpace(at);
    if (!Is(at, ':')) return false;
    ++at;
    return true;
  }

  bool Scalar(std::size_t& at) const {
    if (text_[at] == '"') return String(at);
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!text_.substr(at).starts_with(word)) continue;
      at += word.size();
      return true;
    }
    return Number(at);
  }

  bool String(std::size_t& at) const {
    for (++at; at < text_.size(); ++at) {
      const char c = text_[at];
      if (c == '"') {
        ++at;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') continue;
      ++at;
      if (Is(at, 'u')) {
        for (int i = 0; i < 4; ++i) {
          if (++at >= text_.size() || !IsHexDigit(text_[at])) return false;
        }
      } else if (at >= text_.size() || std::string_view("\"\\/bfnrt").find(text_[at]) == std::string_view::npos) {
        return false;
      }
    }
    return false;
  }

  bool Number(std::size_t& at) const {
    if (Is(at, '-')) ++at;
    if (Is(at, '0')) {
      ++at;
    } else if (!Digits(at)) {
      return false;
    }
    if (Is(at, '.') && !Digits(++at)) return false;
    if (!Is(at, 'e') && !Is(at, 'E')) return true;
    ++at;
    if (Is(at, '+') || Is(at, '-')) ++at;
    return Digits(at);
  }

  bool Digits(std::size_t& at) const {
    const std::size_t begin = at;
    while (at < text_.size() && IsDigit(text_[at])) ++at;
    return at > begin;
  }

  void SkipSpace(std::size_t& at) const {
    while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\n' || text_[at] == '\t' || text_[at] == '\r')) ++at;
  }
  bool Is(std::size_t at, char c) const { return at < text_.size() && text_[at] == c; }

  std::string_view text_;
  std::vector<Reading> read_;  // by the place of its brace
  std::vector<Open> open_;
};

}  // namespace

std::vector<std::string_view> FindJsonInText(std::string_view text, JsonInTextKinds kinds, std::size_t max_found) {
  std::vector<std::string_view> found;
  const std::string_view braces = kinds == JsonInTextKinds::kObjects ? "{" : "{[";
  std::size_t at = text.find_first_of(braces);
  if (at == std::string_view::npos || text.size() >= UINT32_MAX) return found;
  text.remove_prefix(at);
  JsonScanner scanner(text);
  for (at = 0; at != std::string_view::npos && found.size() < max_found; at = text.find_first_of(braces, at)) {
    const std::size_t end = scanner.EndOf(at);
    if (end != 0) found.push_back(text.substr(at, end - at));
    at = end != 0 ? end : at + 1;
  }
  return found;
}

std::vector<Json> JsonValuesInText(std::string_view text, JsonInTextKinds kinds, std::size_t max_found) {
  std::vector<Json> values;
  for (const std::string_view place : FindJsonInText(text, kinds, max_found)) {
    Result<Json> value = Json::Parse(place);
    if (value) values.push_back(*std::move(value));
  }
  return values;
}

}  // namespace assay
