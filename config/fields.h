#pragma once
// One declaration per option. A plain struct lists its keys once:
//
//   struct ContainsOptions {
//     std::optional<std::string> value;
//     bool ignore_case = false;
//     static const FieldTable<ContainsOptions>& Fields();
//   };
//   const FieldTable<ContainsOptions>& ContainsOptions::Fields() {
//     static const auto table = FieldTable<ContainsOptions>()
//         .Optional("value", &ContainsOptions::value, "text that must occur")
//         .Optional("ignore_case", &ContainsOptions::ignore_case, "compare without regard to case");
//     return table;
//   }
//
// ReadFields() reads it from YAML with every error at its place; SchemaOf() and DocsTable() describe it. Defaults are
// those of the struct's initialisers. Tables are immutable once made and may be read from any thread.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/diagnostics.h"
#include "config/node.h"
#include "core/clock.h"
#include "core/json.h"

namespace assay {

template <class T>
class FieldTable;

// Where the table of T is found: T::Fields(), unless specialised (for structs of core/).
template <class T>
struct FieldsOf {
  static const FieldTable<T>& Fields() { return T::Fields(); }
};

// An enum type of options specialises EnumWords with `static constexpr EnumWord<E> kWords[]`, and, for words of the
// design that are not built yet, `static constexpr std::string_view kNotYet[]`.
template <class E>
struct EnumWord {
  std::string_view word;
  E value;
  std::string_view help;
};
template <class E>
struct EnumWords;

// The word of an enum value.
template <class E>
constexpr std::string_view WordOf(E value) {
  for (const auto& entry : EnumWords<E>::kWords) {
    if (entry.value == value) return entry.word;
  }
  return "";
}

// What a text must look like.
enum class TextForm {
  kAny,
  kName,   // 1-128 of letters, digits, `_`, `-`, `.`, beginning with a letter or digit
  kFile,   // path of a file the document depends on: its hash is part of the document's version
  kSlice,  // name of a slice; the catalog checks that the suites have it
};

// What a value may be, beyond its type. Numbers mean the value itself; of durations seconds; sizes are characters of a
// text, elements of a list or mapping.
struct Limits {
  std::optional<double> min = {};
  std::optional<double> max = {};
  std::optional<double> above = {};  // exclusive
  std::optional<double> below = {};  // exclusive
  std::size_t min_size = 0;
  std::size_t max_size = SIZE_MAX;
  std::string_view unit = "";  // for the docs
  TextForm form = TextForm::kAny;
  bool one_or_list = false;  // of lists: a single element may stand without brackets
  bool unique = false;       // of lists: no element twice
};

// How values of type T are read and described. Specialised below for the types that options may have.
template <class T>
struct FieldType;

// Reads `node` into `out`. Every error is reported: unknown, missing, mistyped and out-of-range keys, then the table's
// checks. False when there was an error; `out` is then partly filled.
template <class T>
bool ReadFields(const Node& node, T& out, Diagnostics& diagnostics);

// The same, with the keys that are missing or could not be read.
template <class T>
bool ReadFields(const Node& node, T& out, std::set<std::string, std::less<>>& unread, Diagnostics& diagnostics);

// The part of a table that does not depend on the struct.
class FieldList {
 public:
  struct Field {
    std::string name;
    std::string help;
    std::string type;  // for the docs: "number", "list of text"
    std::string unit;
    bool required = false;
    std::optional<Json> default_value;  // absent: none, or empty
    std::function<Json()> schema;
  };
  struct Choice {
    std::vector<std::string> names;
    bool required = false;  // exactly one, else at most one
  };

  const std::vector<Field>& fields() const { return fields_; }
  const std::vector<std::string>& not_yet() const { return not_yet_; }
  const std::vector<Choice>& choices() const { return choices_; }
  // Whether keys that are not of the table are left to somebody else.
  bool has_rest() const { return has_rest_; }
  std::vector<std::string> Names() const;
  const Field* Find(std::string_view name) const;

 protected:
  std::vector<Field> fields_;
  std::vector<std::string> not_yet_;
  std::vector<Choice> choices_;
  bool has_rest_ = false;
};

template <class T>
class FieldTable : public FieldList {
 public:
  using CheckFunction = std::function<void(const T&, const Node&, Diagnostics&)>;

  template <class M>
  FieldTable& Required(std::string name, M T::*member, std::string help, Limits limits = {}) {
    return AddField(std::move(name), member, std::move(help), limits, true);
  }
  template <class M>
  FieldTable& Optional(std::string name, M T::*member, std::string help, Limits limits = {}) {
    return AddField(std::move(name), member, std::move(help), limits, false);
  }
  // Keys that are planned but not built: refused as "not supported yet".
  FieldTable& NotYet(std::vector<std::string> names) {
    not_yet_.insert(not_yet_.end(), std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
    return *this;
  }
  FieldTable& ExactlyOneOf(std::vector<std::string> names) {
    choices_.push_back({std::move(names), true});
    return *this;
  }
  FieldTable& AtMostOneOf(std::vector<std::string> names) {
    choices_.push_back({std::move(names), false});
    return *this;
  }
  // Keys that are not of the table go, as a mapping, into `member` instead of being refused.
  FieldTable& Rest(Node T::*member) {
    has_rest_ = true;
    rest_ = member;
    return *this;
  }
  // Called when the fields that it looks at could be read, so that an error elsewhere hides none of its own; without
  // any, when all could.
  FieldTable& Check(CheckFunction check, std::vector<std::string> fields = {}) {
    checks_.push_back({std::move(check), std::move(fields)});
    return *this;
  }

 private:
  friend bool ReadFields<T>(const Node&, T&, std::set<std::string, std::less<>>&, Diagnostics&);

  struct ConditionalCheck {
    CheckFunction check;
    std::vector<std::string> fields;
  };

  template <class M>
  FieldTable& AddField(std::string name, M T::*member, std::string help, Limits limits, bool required) {
    std::optional<Json> default_value;
    if (!required) default_value = FieldType<M>::Default(T{}.*member);
    fields_.push_back({std::move(name), std::move(help), FieldType<M>::Word(limits), std::string(limits.unit), required,
                       std::move(default_value), [limits] { return FieldType<M>::Schema(limits); }});
    readers_.push_back([member, limits](const Node& value, T& out, Diagnostics& diagnostics) {
      return FieldType<M>::Read(value, limits, out.*member, diagnostics);
    });
    return *this;
  }

  std::vector<std::function<bool(const Node&, T&, Diagnostics&)>> readers_;  // as fields_
  std::vector<ConditionalCheck> checks_;
  Node T::*rest_ = nullptr;
};

// Draft 7: type object, properties, required, additionalProperties false (unless the table has a rest), choices.
Json SchemaOf(const FieldList& table);
// Rows of Markdown: | key | type | default | meaning |.
std::string DocsTable(const FieldList& table);

// "expected a number, got \"x\"": the message of a value of the wrong type; says to quote where that is the remedy.
std::string WrongType(std::string_view expected, const Node& value);
// "" or "; did you mean \"x\"?".
std::string DidYouMean(std::string_view name, const std::vector<std::string>& candidates);
// Whether `text` has the form TextForm::kName.
bool IsName(std::string_view text);

// Below: how each type is read. Not for direct use.

namespace fields {

// Reports unknown, future, missing and contradicting keys. False when `node` is no mapping.
bool CheckKeys(const Node& node, const FieldList& table, Diagnostics& diagnostics);
bool ReadText(const Node& node, const Limits& limits, std::string& out, Diagnostics& diagnostics);
bool ReadBool(const Node& node, bool& out, Diagnostics& diagnostics);
bool ReadInteger(const Node& node, const Limits& limits, std::int64_t lowest, std::int64_t highest, std::int64_t& out,
                 Diagnostics& diagnostics);
bool ReadNumber(const Node& node, const Limits& limits, double& out, Diagnostics& diagnostics);
bool ReadDuration(const Node& node, const Limits& limits, Duration& out, Diagnostics& diagnostics);
// The index of the word, or -1 after reporting.
int ReadWord(const Node& node, const std::vector<std::string>& words, const std::vector<std::string>& not_yet,
             Diagnostics& diagnostics);
// Type and size of a list; elements() below gives the elements.
bool CheckList(const Node& node, const Limits& limits, Diagnostics& diagnostics);
bool CheckUnique(const Node& node, Diagnostics& diagnostics);
bool CheckMapping(const Node& node, const Limits& limits, Diagnostics& diagnostics);
bool CheckPresent(const Node& node, Diagnostics& diagnostics);

Json TextSchema(const Limits& limits);
Json NumberSchema(std::string_view type, const Limits& limits);
Json DurationSchema();
Json WordSchema(const std::vector<std::string>& words, const std::vector<std::string>& helps);
Json ListSchema(Json element, const Limits& limits);
Json MappingSchema(Json value, const Limits& limits);
std::string Join(const std::vector<std::string>& words, std::string_view separator);

template <class E>
std::vector<std::string> Words() {
  std::vector<std::string> words;
  for (const auto& entry : EnumWords<E>::kWords) words.emplace_back(entry.word);
  return words;
}
template <class E>
std::vector<std::string> NotYetWords() {
  std::vector<std::string> words;
  if constexpr (requires { EnumWords<E>::kNotYet; }) {
    for (const std::string_view word : EnumWords<E>::kNotYet) words.emplace_back(word);
  }
  return words;
}

}  // namespace fields

template <>
struct FieldType<std::string> {
  static bool Read(const Node& node, const Limits& limits, std::string& out, Diagnostics& diagnostics) {
    return fields::ReadText(node, limits, out, diagnostics);
  }
  static Json Schema(const Limits& limits) { return fields::TextSchema(limits); }
  static std::string Word(const Limits& limits) {
    return limits.form == TextForm::kAny ? "text" : limits.form == TextForm::kFile ? "file" : "name";
  }
  static std::optional<Json> Default(const std::string& value) {
    return value.empty() ? std::nullopt : std::optional<Json>(value);
  }
};

template <>
struct FieldType<bool> {
  static bool Read(const Node& node, const Limits&, bool& out, Diagnostics& diagnostics) {
    return fields::ReadBool(node, out, diagnostics);
  }
  static Json Schema(const Limits&) { return Json::Of({{"type", "boolean"}}); }
  static std::string Word(const Limits&) { return "true or false"; }
  static std::optional<Json> Default(bool value) { return Json(value); }
};

template <class I>
requires std::same_as<I, int> || std::same_as<I, std::int64_t>
struct FieldType<I> {
  static bool Read(const Node& node, const Limits& limits, I& out, Diagnostics& diagnostics) {
    std::int64_t value = 0;
    if (!fields::ReadInteger(node, limits, std::numeric_limits<I>::min(), std::numeric_limits<I>::max(), value,
                             diagnostics)) {
      return false;
    }
    out = static_cast<I>(value);
    return true;
  }
  static Json Schema(const Limits& limits) { return fields::NumberSchema("integer", limits); }
  static std::string Word(const Limits&) { return "whole number"; }
  static std::optional<Json> Default(I value) { return Json(std::int64_t{value}); }
};

template <>
struct FieldType<double> {
  static bool Read(const Node& node, const Limits& limits, double& out, Diagnostics& diagnostics) {
    return fields::ReadNumber(node, limits, out, diagnostics);
  }
  static Json Schema(const Limits& limits) { return fields::NumberSchema("number", limits); }
  static std::string Word(const Limits&) { return "number"; }
  static std::optional<Json> Default(double value) { return Json(value); }
};

template <>
struct FieldType<Duration> {
  static bool Read(const Node& node, const Limits& limits, Duration& out, Diagnostics& diagnostics) {
    return fields::ReadDuration(node, limits, out, diagnostics);
  }
  static Json Schema(const Limits&) { return fields::DurationSchema(); }
  static std::string Word(const Limits&) { return "duration"; }
  static std::optional<Json> Default(Duration value) { return Json(FormatDuration(value)); }
};

// Left as it stands; its owner reads it.
template <>
struct FieldType<Node> {
  static bool Read(const Node& node, const Limits&, Node& out, Diagnostics& diagnostics) {
    out = node;
    return fields::CheckPresent(node, diagnostics);
  }
  static Json Schema(const Limits&) { return Json(Json::Object{}); }
  static std::string Word(const Limits&) { return "any"; }
  static std::optional<Json> Default(const Node&) { return std::nullopt; }
};

template <>
struct FieldType<Json> {
  static bool Read(const Node& node, const Limits&, Json& out, Diagnostics&) {
    out = node.ToJson();
    return true;
  }
  static Json Schema(const Limits&) { return Json(Json::Object{}); }
  static std::string Word(const Limits&) { return "any"; }
  static std::optional<Json> Default(const Json& value) {
    return value.is_null() ? std::nullopt : std::optional<Json>(value);
  }
};

template <class E>
requires std::is_enum_v<E>
struct FieldType<E> {
  static bool Read(const Node& node, const Limits&, E& out, Diagnostics& diagnostics) {
    const int index = fields::ReadWord(node, fields::Words<E>(), fields::NotYetWords<E>(), diagnostics);
    if (index < 0) return false;
    out = EnumWords<E>::kWords[index].value;
    return true;
  }
  static Json Schema(const Limits&) {
    std::vector<std::string> helps;
    for (const auto& entry : EnumWords<E>::kWords) helps.emplace_back(entry.help);
    return fields::WordSchema(fields::Words<E>(), helps);
  }
  static std::string Word(const Limits&) { return fields::Join(fields::Words<E>(), " or "); }
  static std::optional<Json> Default(E value) { return Json(WordOf(value)); }
};

template <class X>
struct FieldType<std::optional<X>> {
  static bool Read(const Node& node, const Limits& limits, std::optional<X>& out, Diagnostics& diagnostics) {
    X value{};
    if (!FieldType<X>::Read(node, limits, value, diagnostics)) return false;
    out = std::move(value);
    return true;
  }
  static Json Schema(const Limits& limits) { return FieldType<X>::Schema(limits); }
  static std::string Word(const Limits& limits) { return FieldType<X>::Word(limits); }
  static std::optional<Json> Default(const std::optional<X>& value) {
    return value ? FieldType<X>::Default(*value) : std::nullopt;
  }
};

// The limits on the value (min, max, form) hold for the elements, sizes for the list.
template <class X>
struct FieldType<std::vector<X>> {
  static Limits Element(Limits limits) {
    limits.min_size = limits.form == TextForm::kAny ? 0 : 1;
    limits.max_size = SIZE_MAX;
    return limits;
  }
  static bool Read(const Node& node, const Limits& limits, std::vector<X>& out, Diagnostics& diagnostics) {
    out.clear();
    if (limits.one_or_list && !node.is_sequence() && !node.is_null()) {
      X value{};
      if (!FieldType<X>::Read(node, Element(limits), value, diagnostics)) return false;
      out.push_back(std::move(value));
      return true;
    }
    if (!fields::CheckList(node, limits, diagnostics)) return false;
    bool good = !limits.unique || fields::CheckUnique(node, diagnostics);
    for (std::size_t i = 0; i < node.size(); ++i) {
      X value{};
      if (!FieldType<X>::Read(node.at(i), Element(limits), value, diagnostics)) good = false;
      out.push_back(std::move(value));
    }
    return good;
  }
  static Json Schema(const Limits& limits) { return fields::ListSchema(FieldType<X>::Schema(Element(limits)), limits); }
  static std::string Word(const Limits& limits) {
    const std::string element = FieldType<X>::Word(Element(limits));
    return limits.one_or_list ? element + " or list of " + element : "list of " + element;
  }
  static std::optional<Json> Default(const std::vector<X>&) { return std::nullopt; }
};

template <class X>
struct FieldType<std::map<std::string, X>> {
  static bool Read(const Node& node, const Limits& limits, std::map<std::string, X>& out, Diagnostics& diagnostics) {
    out.clear();
    if (!fields::CheckMapping(node, limits, diagnostics)) return false;
    bool good = true;
    for (std::size_t i = 0; i < node.size(); ++i) {
      X value{};
      if (!FieldType<X>::Read(node.at(i), Limits{}, value, diagnostics)) good = false;
      out.emplace(node.key(i), std::move(value));
    }
    return good;
  }
  static Json Schema(const Limits& limits) { return fields::MappingSchema(FieldType<X>::Schema(Limits{}), limits); }
  static std::string Word(const Limits&) { return "mapping of names to " + FieldType<X>::Word(Limits{}); }
  static std::optional<Json> Default(const std::map<std::string, X>&) { return std::nullopt; }
};

// A nested struct with a table of its own.
template <class S>
requires std::is_class_v<S> && requires { FieldsOf<S>::Fields(); }
struct FieldType<S> {
  static bool Read(const Node& node, const Limits&, S& out, Diagnostics& diagnostics) {
    return ReadFields(node, out, diagnostics);
  }
  static Json Schema(const Limits&) { return SchemaOf(FieldsOf<S>::Fields()); }
  static std::string Word(const Limits&) { return "mapping"; }
  static std::optional<Json> Default(const S&) { return std::nullopt; }
};

template <class T>
bool ReadFields(const Node& node, T& out, std::set<std::string, std::less<>>& unread, Diagnostics& diagnostics) {
  const FieldTable<T>& table = FieldsOf<T>::Fields();
  const std::size_t errors = diagnostics.size();
  if (!fields::CheckKeys(node, table, diagnostics)) {
    for (const FieldList::Field& field : table.fields()) unread.insert(field.name);
    return false;
  }
  for (std::size_t i = 0; i < table.fields_.size(); ++i) {
    const FieldList::Field& field = table.fields_[i];
    const std::size_t before = diagnostics.size();
    const auto value = node.Find(field.name);
    if (value) table.readers_[i](*value, out, diagnostics);
    if (diagnostics.size() != before || (!value && field.required)) unread.insert(field.name);
  }
  if (table.rest_ != nullptr) out.*(table.rest_) = node.Without(table.Names());
  const bool is_read = diagnostics.size() == errors;
  for (const auto& [check, needed] : table.checks_) {
    const bool has_all =
        needed.empty() ? is_read : std::ranges::none_of(needed, [&](const auto& f) { return unread.contains(f); });
    if (has_all) check(out, node, diagnostics);
  }
  return diagnostics.size() == errors;
}

template <class T>
bool ReadFields(const Node& node, T& out, Diagnostics& diagnostics) {
  std::set<std::string, std::less<>> unread;
  return ReadFields(node, out, unread, diagnostics);
}

}  // namespace assay
