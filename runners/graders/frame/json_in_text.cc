#include "runners/graders/frame/json_in_text.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::size_t kMostLooks = 16;
constexpr std::size_t kFreeLooks = 1u << 20;

// The size of what begins at text[0], a bracket, up to the bracket that closes it; 0 when nothing does.
std::size_t BalancedSize(std::string_view text, std::size_t& looks) {
  int depth = 0;
  bool is_in_string = false;
  for (std::size_t i = 0; i < text.size() && looks > 0; ++i, --looks) {
    const char c = text[i];
    if (is_in_string) {
      if (c == '\\') ++i;
      is_in_string = c != '"';
    } else if (c == '"') {
      is_in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > Json::kMaxDepth) return 0;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

}  // namespace

std::optional<Json> FindJsonInText(std::string_view text, JsonPlace place) {
  if (place == JsonPlace::kWhole) {
    auto whole = Json::Parse(text);
    return whole ? std::optional(*std::move(whole)) : std::nullopt;
  }
  std::optional<Json> found;
  std::size_t looks = kFreeLooks + kMostLooks * text.size();
  for (std::size_t at = text.find_first_of("{["); at != std::string_view::npos && looks > 0;) {
    const std::size_t size = BalancedSize(text.substr(at), looks);
    auto parsed = size > 0 ? Json::Parse(text.substr(at, size)) : Fail(ErrorCode::kInvalidArgument, "");
    if (parsed) found = *std::move(parsed);
    if (found && place == JsonPlace::kFirst) break;
    at = text.find_first_of("{[", at + (parsed ? size : 1));
  }
  return found;
}

}  // namespace assay
