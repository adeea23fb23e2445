#include "runners/graders/structure/json_place.h"

#include <algorithm>

#include "runners/graders/frame/reason.h"

namespace assay {

std::string JsonPlace::ToString() const {
  if (above == nullptr) return "";
  std::string out = above->ToString() + "/";
  if (member.data() == nullptr) return out + std::to_string(index);
  for (const char c : member) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string ShownName(std::string_view place, std::size_t max_bytes) {
  const bool is_plain =
      std::ranges::all_of(place, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != 0x7F; });
  return is_plain ? CutText(place, max_bytes) : Quoted(place, max_bytes);
}

std::string AtPlace(const std::string& place, const std::string& what) {
  return place.empty() ? what : ShownName(place) + ": " + what;
}

}  // namespace assay
