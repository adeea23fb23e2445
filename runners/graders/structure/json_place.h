#pragma once
// Where a walk through a JSON value is: made on the way down for nothing, written out where something is wrong.

#include <cstddef>
#include <string>
#include <string_view>

namespace assay {

// A step from the place above, which outlives it. Without one, the whole value.
struct JsonPlace {
  const JsonPlace* above = nullptr;
  std::string_view member = {};  // data() is null for an element of a list
  std::size_t index = 0;

  JsonPlace Member(std::string_view name) const { return {this, name.data() == nullptr ? "" : name, 0}; }
  JsonPlace Element(std::size_t i) const { return {this, {}, i}; }
  std::size_t Depth() const { return above == nullptr ? 0 : above->Depth() + 1; }
  // A JSON pointer: "/items/0/price", "" for the whole value.
  std::string ToString() const;
};

// For a message: `place` as it is, or quoted where it has control characters.
std::string ShownName(std::string_view place, std::size_t max_bytes = 120);

// `place`, which may be "", and what is there.
std::string AtPlace(const std::string& place, const std::string& what);

}  // namespace assay
