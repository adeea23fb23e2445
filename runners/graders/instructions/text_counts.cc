#include "runners/graders/instructions/text_counts.h"

#include <algorithm>

#include "runners/graders/instructions/letters.h"

namespace assay::instructions {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool IsBlank(std::string_view text) { return Stripped(text).empty(); }

std::size_t EndOfLine(std::string_view text, std::size_t at) { return std::min(text.find('\n', at), text.size()); }

std::size_t SkipSpaces(std::string_view text, std::size_t at) {
  while (const std::size_t length = SpaceLength(text, at)) at += length;
  return at;
}

// Lines that begin with `mark` after white space, which may be of several lines. With `needs_more` another character
// than the mark must follow it; where that is a newline, the next line belongs to the match.
std::int64_t CountMarkedLines(std::string_view text, char mark, bool needs_more) {
  std::int64_t lines = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t at = SkipSpaces(text, begin);
    const bool has_more = at + 1 < text.size() && text[at + 1] != mark;
    if (at < text.size() && text[at] == mark && (!needs_more || has_more)) {
      ++lines;
      at += needs_more ? 2 : 1;
    }
    if (at >= text.size()) break;
    begin = EndOfLine(text, at) + 1;
  }
  return lines;
}

// Texts between `mark` and `mark` on one line without an asterisk, from left to right, not overlapping, not blank.
std::int64_t CountMarked(std::string_view text, std::string_view mark) {
  std::int64_t count = 0;
  std::size_t begin = text.find(mark);
  while (begin != kNone) {
    const std::size_t inner = begin + mark.size();
    const std::size_t end = text.find_first_of("*\n", inner);
    if (end == kNone) break;
    const bool is_closed = text.substr(end).starts_with(mark);
    if (is_closed && !IsBlank(text.substr(inner, end - inner))) ++count;
    begin = text.find(mark, is_closed ? end + mark.size() : begin + 1);
  }
  return count;
}

}  // namespace

std::vector<std::string_view> Split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t at = 0; (at = text.find(separator, begin)) != kNone; begin = at + separator.size()) {
    parts.push_back(text.substr(begin, at - begin));
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::int64_t CountPlaceholders(std::string_view text) {
  std::int64_t count = 0;
  std::size_t begin = text.find('[');
  while (begin != kNone) {
    const std::size_t end = text.find_first_of("]\n", begin);
    if (end == kNone) break;
    if (text[end] == ']') ++count;
    begin = text.find('[', end);
  }
  return count;
}

std::int64_t CountBullets(std::string_view text) {
  return CountMarkedLines(text, '*', true) + CountMarkedLines(text, '-', false);
}

std::int64_t CountHighlights(std::string_view text) { return CountMarked(text, "*") + CountMarked(text, "**"); }

std::int64_t CountSections(std::string_view text, const Pattern& marker) {
  std::int64_t count = 0;
  std::size_t from = 0;
  while (const auto match = marker.Next(text, from)) {
    std::size_t at = match->end + SpaceLength(text, match->end);
    const std::size_t digits = at;
    while (IsDigitAt(text, at)) TakeLetter(text, at);
    const bool is_section = at > digits;
    if (is_section) ++count;
    from = is_section ? at : std::max(match->begin + 1, marker.IsPlain() ? 0 : match->end);
  }
  return count;
}

bool HasTitle(std::string_view text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = EndOfLine(text, begin);
    const std::string_view line = text.substr(begin, end - begin);
    const std::size_t open = line.find("<<");
    const std::size_t close = line.rfind(">>");
    if (open != kNone && close != kNone && close >= open + 3) {
      std::string_view title = line.substr(open, close + 2 - open);
      title.remove_prefix(std::min(title.find_first_not_of('<'), title.size()));
      title = title.substr(0, title.find_last_not_of('>') + 1);
      if (!IsBlank(title)) return true;
    }
    begin = end + 1;
  }
  return false;
}

bool HasSpaced(std::string_view text, std::string_view form) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (lower(text[begin]) != form.front()) continue;
    std::size_t at = begin + 1;
    bool is_found = true;
    for (const char c : form.substr(1)) {
      if (c == ' ') {
        at += SpaceLength(text, at);
      } else if (at < text.size() && lower(text[at]) == c) {
        ++at;
      } else {
        is_found = false;
        break;
      }
    }
    if (is_found) return true;
  }
  return false;
}

}  // namespace assay::instructions
