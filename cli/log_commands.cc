#include "cli/log_commands.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::size_t kLongestName = 40;  // "##teamcity["

// What is put in place of the second "#", and of the first ":", of a command.
struct Escapes {
  std::string_view number_sign = "\\#";
  std::string_view colon = "\\:";
};

Escapes EscapesOf(std::string_view text) {
  if (text.starts_with('{') || text.starts_with('[')) return {.number_sign = "\\u0023", .colon = "\\u003a"};
  if (text.starts_with("<?xml")) return {.number_sign = "&#35;", .colon = "&#58;"};
  return {};
}

bool IsOfName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// "##", a name or none, "[".
bool IsCommandAnywhere(std::string_view text) {
  if (!text.starts_with("##")) return false;
  const std::string_view rest = text.substr(2, kLongestName + 1);
  const auto end = std::ranges::find_if_not(rest, IsOfName);
  return end != rest.end() && *end == '[';
}

// Blanks before a command are skipped by its reader, some that are no ASCII among them.
bool MayPrecedeCommand(char c) {
  return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F;
}

bool EndsLine(char c) { return c == '\n' || c == '\r'; }

}  // namespace

std::string WithoutLogCommands(std::string_view text, LineStarts starts) {
  const Escapes escapes = EscapesOf(text);
  std::string safe;
  safe.reserve(text.size());
  bool is_at_start = starts == LineStarts::kOfOthers;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (IsCommandAnywhere(rest)) {
      safe += '#';
      safe += escapes.number_sign;
      ++i;
      is_at_start = false;
    } else if (is_at_start && rest.starts_with("::")) {
      safe += escapes.colon;
      is_at_start = false;
    } else {
      safe += text[i];
      if (starts == LineStarts::kOfOthers)
        is_at_start = EndsLine(text[i]) || (is_at_start && MayPrecedeCommand(text[i]));
    }
  }
  return safe;
}

}  // namespace assay
