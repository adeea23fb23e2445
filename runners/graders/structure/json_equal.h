#pragma once
// Whether two values of JSON are the same.

#include <cstdint>
#include <optional>
#include <string>

#include "core/json.h"

namespace assay {

// As JSON Schema has it: numbers by their value (1 is 1.0), members in any order.
bool SameJson(const Json& a, const Json& b);

// Equal for values that are the same as above.
std::uint64_t JsonHash(const Json& value);

struct JsonEquality {
  bool is_number_type_compared = false;  // 1 is not 1.0
  bool is_key_order_compared = false;
  bool is_list_order_ignored = false;
  bool is_null_never_equal = false;     // not even to null; and a missing member is null
  bool are_extra_members_fine = false;  // of objects of `actual`
};

// Where `actual` differs first, as "/a/0: is 2, not 1"; nullopt when it does not. Sorting aside linear in both.
std::optional<std::string> FirstDifference(const Json& expected, const Json& actual, const JsonEquality& how);

// A value for a message: its JSON, cut.
std::string JsonExcerpt(const Json& value, std::size_t max_bytes = 80);

}  // namespace assay
