#pragma once
// Reads members of the JSON of records that this program wrote; what is missing reads as empty.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/fields.h"
#include "core/clock.h"
#include "core/json.h"

namespace assay {

inline constexpr char kAcknowledgementRecord[] = "acknowledgement";

inline std::string TextOf(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member != nullptr && member->is_string() ? member->as_string() : "";
}

inline bool FlagOf(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member != nullptr && member->is_bool() && member->as_bool();
}

inline std::int64_t NumberOf(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member != nullptr && member->is_integer() ? member->as_integer() : 0;
}

inline Time TimeOf(const Json& json, std::string_view key) { return Time(Duration(NumberOf(json, key))); }

// The enumerator of a word.
template <class E>
std::optional<E> ValueOf(std::string_view text) {
  for (const auto& word : EnumWords<E>::kWords) {
    if (word.word == text) return word.value;
  }
  return std::nullopt;
}

}  // namespace assay
