#pragma once
// Values of a document: of what is not there, and lists.

#include <optional>
#include <string>
#include <vector>

#include "core/json.h"

namespace assay {

template <class T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}
inline Json OrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

inline Json TextList(const std::vector<std::string>& texts) {
  Json::Array list;
  for (const std::string& text : texts) list.emplace_back(text);
  return list;
}

}  // namespace assay
