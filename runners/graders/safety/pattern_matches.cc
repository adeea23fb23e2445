#include "runners/graders/safety/pattern_matches.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

namespace assay {

const RE2& PatternOf(const char* source) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(32 << 20);
  return *new RE2(source, options);  // never destroyed: no order of destruction to mind
}

void AddMatches(const RE2& pattern, std::string_view text, std::string_view type, std::vector<Match>& matches,
                int capture, bool (*is_one)(std::string_view, const Match&)) {
  const re2::StringPiece piece(text.data(), text.size());
  re2::StringPiece found[3];
  for (std::size_t at = 0; at <= text.size();) {
    if (!pattern.Match(piece, at, text.size(), RE2::UNANCHORED, found, capture + 1)) return;
    const auto whole_end = static_cast<std::size_t>(found[0].data() - text.data()) + found[0].size();
    Match match{type, static_cast<std::size_t>(found[capture].data() - text.data()), 0};
    match.end = match.begin + found[capture].size();
    if (found[capture].data() != nullptr && (is_one == nullptr || is_one(text, match))) matches.push_back(match);
    at = std::max(whole_end, at + 1);
  }
}

std::size_t FindText(std::string_view text, std::string_view wanted, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const void* found = ::memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsWordByte(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsWordBefore(std::string_view text, std::size_t place) { return place > 0 && IsWordByte(text[place - 1]); }

bool IsWordAt(std::string_view text, std::size_t place) { return place < text.size() && IsWordByte(text[place]); }

}  // namespace assay
