#pragma once
// A JSON value: case fields, documents, plug-in options and evidence travel in it. A plain value; objects keep the
// order of their members. Parsing and printing hide the libraries (json.cc). Thread-compatible.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"

namespace assay {

// What to do with an object that has a key twice: take the last, or refuse the text.
enum class RepeatedKeys { kKeepLast, kRefuse };

class Json {
 public:
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  using Object = std::vector<Member>;

  Json() = default;  // null
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  Json(int value) : value_(static_cast<std::int64_t>(value)) {}
  Json(std::int64_t value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  // Json::Of({{"a", 1}, {"b", "x"}})
  static Json Of(std::initializer_list<Member> members) { return Json(Object(members)); }

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const { return std::holds_alternative<bool>(value_); }
  bool is_integer() const { return std::holds_alternative<std::int64_t>(value_); }
  bool is_number() const { return is_integer() || std::holds_alternative<double>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  // Each is undefined unless the is_…() of its name holds; as_number() serves both kinds of number.
  bool as_bool() const { return std::get<bool>(value_); }
  std::int64_t as_integer() const { return std::get<std::int64_t>(value_); }
  double as_number() const { return is_integer() ? static_cast<double>(as_integer()) : std::get<double>(value_); }
  const std::string& as_string() const { return std::get<std::string>(value_); }
  const Array& as_array() const { return std::get<Array>(value_); }
  Array& as_array() { return std::get<Array>(value_); }
  const Object& as_object() const { return std::get<Object>(value_); }
  Object& as_object() { return std::get<Object>(value_); }

  // The member of an object, or null pointer (also when this is no object). Linear in the number of members.
  const Json* Find(std::string_view key) const;
  // Sets or adds a member; this must be an object.
  void Set(std::string_view key, Json value);

  // Compact text, members in their order; NaN and infinities print as null.
  std::string Dump() const;
  // For people: two spaces an indentation level.
  std::string DumpIndented() const;
  // RFC 8785: sorted members (by UTF-16 code units), ECMAScript numbers. What content versions are computed over.
  std::string DumpCanonical() const;

  // Strict RFC 8259. At most `max_depth` lists and objects around each other. Integers beyond int64 become doubles.
  // kInvalidArgument with what is wrong (and the byte offset where it is known), kFailedPrecondition for a repeated key
  // that is refused. About 1 µs/kB.
  static constexpr int kMaxDepth = 64;
  static Result<Json> Parse(std::string_view text, int max_depth = kMaxDepth,
                            RepeatedKeys repeated = RepeatedKeys::kKeepLast);

  friend bool operator==(const Json&, const Json&) = default;  // members in order; 1 and 1.0 differ

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

}  // namespace assay
