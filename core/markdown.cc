#include "core/markdown.h"

#include <algorithm>

#include "core/plain_line.h"

namespace assay {

std::size_t ControlLength(std::string_view text) {
  if (text.empty() || static_cast<unsigned char>(text.front()) < 0x80) return 0;
  const std::size_t length = CharacterLength(text);
  return length > 0 && IsUnplain(CodePointOf(text.substr(0, length))) ? length : 0;
}

std::string MarkdownCode(std::string_view text) {
  std::string code = PlainLine(text);
  std::ranges::replace(code, '`', '\'');
  return "`" + code + "`";
}

std::string EscapeMarkdown(std::string_view text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::size_t control = ControlLength(text.substr(i)); control != 0) {
      i += control - 1;
      continue;
    }
    const char c = text[i];
    const bool is_link = c == '(' && i > 0 && text[i - 1] == ']';
    if (is_link || std::string_view("|\\<`").find(c) != std::string_view::npos) escaped += '\\';
    if (c == '@') {
      escaped += "&#64;";
    } else if (c == '\n' || c == '\r' || c == '\t') {
      escaped += ' ';
    } else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) {
      escaped += c;
    }
  }
  return escaped;
}

std::string MarkdownQuote(std::string_view text) {
  std::string quoted;
  while (true) {
    const std::size_t end = text.find('\n');
    quoted += "> " + EscapeMarkdown(text.substr(0, end)) + "\n";
    if (end == std::string_view::npos) return quoted + "\n";
    text.remove_prefix(end + 1);
  }
}

std::string MarkdownRow(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += " " + EscapeMarkdown(cell) + " |";
  return row + "\n";
}

std::string MarkdownHead(const std::vector<std::string>& names) {
  std::string head = MarkdownRow(names) + "|";
  for (std::size_t i = 0; i < names.size(); ++i) head += " --- |";
  return head + "\n";
}

}  // namespace assay
