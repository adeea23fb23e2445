#pragma once
// How parts of the verdict document are read.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/json.h"
#include "core/result.h"
#include "gates/verdict.h"

namespace assay {

// Reads members of one object and remembers the first thing that is wrong.
class VerdictReader {
 public:
  VerdictReader(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
    if (!object.is_object()) Complain("", "expected an object");
  }

  void Read(const char* key, std::string& out) {
    const Json* member = Member(key);
    if (member == nullptr || !Expect(key, member->is_string(), "text")) return;
    out = member->as_string();
  }
  void ReadOptional(const char* key, std::string& out) {
    const Json* member = Member(key);
    if (member == nullptr || member->is_null() || !Expect(key, member->is_string(), "text or null")) return;
    out = member->as_string();
  }
  void Read(const char* key, double& out) {
    const Json* member = Member(key);
    if (member == nullptr || !Expect(key, member->is_number(), "a number")) return;
    out = member->as_number();
  }
  void Read(const char* key, std::optional<double>& out) {
    const Json* member = Member(key);
    if (member == nullptr || member->is_null() || !Expect(key, member->is_number(), "a number or null")) return;
    out = member->as_number();
  }
  void Read(const char* key, std::int64_t& out) {
    const Json* member = Member(key);
    if (member == nullptr || !Expect(key, member->is_integer() && member->as_integer() >= 0, "a count")) return;
    out = member->as_integer();
  }
  void Read(const char* key, Time& out) {
    std::string text;
    Read(key, text);
    if (!is_good()) return;
    const Result<Time> time = ParseTime(text);
    if (Expect(key, time.has_value(), "a time (RFC 3339)")) out = *time;
  }
  void Read(const char* key, std::optional<std::int64_t>& out) {
    const Json* member = Member(key);
    if (member == nullptr || member->is_null() || !Expect(key, member->is_integer(), "a whole number or null")) return;
    out = member->as_integer();
  }
  void Read(const char* key, bool& out) {
    const Json* member = Member(key);
    if (member == nullptr || !Expect(key, member->is_bool(), "true or false")) return;
    out = member->as_bool();
  }
  void Read(const char* key, VerdictState& out) {
    std::string word;
    Read(key, word);
    if (!is_good()) return;
    const std::optional<VerdictState> state = VerdictStateFrom(word);
    if (Expect(key, state.has_value(), "PENDING, PASS, FAIL, INCONCLUSIVE or ERROR")) out = *state;
  }
  void Read(const char* key, std::vector<std::string>& out) {
    const Json* list = Array(key);
    if (list == nullptr) return;
    for (const Json& text : list->as_array()) {
      if (Expect(key, text.is_string(), "a list of texts")) out.push_back(text.as_string());
    }
  }
  // The member, after checking that it is of that type; null pointer when something was wrong.
  const Json* Array(const char* key) {
    const Json* member = Member(key);
    return member != nullptr && Expect(key, member->is_array(), "a list") ? member : nullptr;
  }
  // Reads every element, or the one nested object, with `read`.
  template <class T, class Function>
  void ReadList(const char* key, std::vector<T>& out, Function read) {
    const Json* list = Array(key);
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->as_array().size(); ++i) {
      T element;
      VerdictReader reader(list->as_array()[i], Path(key) + "[" + std::to_string(i) + "]");
      if (reader.is_good()) read(reader, element);
      Take(reader);
      out.push_back(std::move(element));
    }
  }
  template <class T, class Function>
  void ReadObject(const char* key, T& out, Function read) {
    const Json* member = Member(key);
    if (member == nullptr) return;
    VerdictReader reader(*member, Path(key));
    if (reader.is_good()) read(reader, out);
    Take(reader);
  }
  template <class T, class Function>
  void ReadNullable(const char* key, std::optional<T>& out, Function read) {
    const Json* member = Member(key);
    if (member == nullptr || member->is_null()) return;
    T value;
    ReadObject(key, value, read);
    out = std::move(value);
  }
  std::vector<std::string> Keys() const {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object_.as_object()) keys.push_back(key);
    return keys;
  }
  bool Has(const char* key) const { return is_good() && object_.Find(key) != nullptr; }
  const Json* Member(const char* key) {
    if (!is_good()) return nullptr;
    const Json* member = object_.Find(key);
    if (member == nullptr) Complain(key, "is missing");
    return member;
  }
  bool Expect(const char* key, bool condition, std::string_view what) {
    if (!condition) Complain(key, "expected " + std::string(what));
    return condition;
  }

  bool is_good() const { return problem_.empty(); }
  const std::string& problem() const { return problem_; }

 private:
  std::string Path(std::string_view key) const {
    return path_.empty() || key.empty() ? path_ + std::string(key) : path_ + "." + std::string(key);
  }
  void Complain(std::string_view key, std::string_view what) {
    if (problem_.empty()) problem_ = "verdict: " + Path(key) + ": " + std::string(what);
  }
  void Take(const VerdictReader& inner) {
    if (problem_.empty()) problem_ = inner.problem_;
  }

  const Json& object_;
  std::string path_;
  std::string problem_;
};

}  // namespace assay
