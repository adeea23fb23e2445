#include "runners/graders/structure/json_place.h"

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

std::string AtPlace(const std::string& place, const std::string& what) {
  return place.empty() ? what : CutText(place, 120) + ": " + what;
}

}  // namespace assay
