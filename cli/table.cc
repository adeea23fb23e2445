#include "cli/table.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "core/markdown.h"
#include "core/plain_line.h"

namespace assay {
namespace {

constexpr std::string_view kNoColour = "\x1b[0m";

// Characters on the screen: UTF-8 continuation bytes and escape sequences take no room.
std::size_t Width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = std::min(text.find('m', i), text.size() - 1);
      continue;
    }
    width += (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
  }
  return width;
}

// A word in a colour is of ColourState; anything else stays on its line, whatever it says.
std::string PlainCell(const std::string& cell) {
  const std::size_t colour = ColourLength(cell);
  if (colour == 0 || !cell.ends_with(kNoColour)) return PlainLine(cell);
  const std::string_view word = std::string_view(cell).substr(colour, cell.size() - colour - kNoColour.size());
  const bool is_state = std::ranges::all_of(word, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
  return is_state ? cell : PlainLine(cell);
}

}  // namespace

std::size_t ColourLength(std::string_view text) {
  if (text.starts_with(kNoColour)) return kNoColour.size();
  constexpr std::string_view kBegin = "\x1b[1;3";
  const bool is_colour = text.size() >= kBegin.size() + 2 && text.starts_with(kBegin) &&
                         std::string_view("1235").find(text[kBegin.size()]) != std::string_view::npos &&
                         text[kBegin.size() + 1] == 'm';
  return is_colour ? kBegin.size() + 2 : 0;
}

bool WantsColour(int descriptor) {
  const char* term = std::getenv("TERM");
  return std::getenv("NO_COLOR") == nullptr && isatty(descriptor) == 1 && term != nullptr &&
         std::string_view(term) != "dumb";
}

std::string ColourState(const std::string& state, bool colour) {
  if (!colour) return state;
  const char* code = state == "PASS" ? "32" : state == "FAIL" ? "31" : state == "ERROR" ? "35" : "33";
  return "\x1b[1;" + std::string(code) + "m" + state + std::string(kNoColour);
}

std::string Table::Render(std::size_t indent) const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  std::vector<std::vector<std::string>> rows = rows_;
  for (auto& row : rows) {
    std::ranges::transform(row, row.begin(), PlainCell);
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - Width(row[i]) + 2, ' ');
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    text += line + "\n";
  }
  return text;
}

std::string Table::RenderMarkdown() const {
  std::string text;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    text += "|";
    for (const std::string& cell : rows_[r]) text += " " + EscapeMarkdown(cell) + " |";
    text += "\n";
    if (r == 0) {
      text += "|";
      for (std::size_t i = 0; i < rows_[r].size(); ++i) text += " --- |";
      text += "\n";
    }
  }
  return text;
}

std::string FormatNumber(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return "–";
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, std::fabs(*value) >= 1000 ? "%.0f" : "%.4g", *value);
  return buffer;
}

std::string Excerpt(std::string_view text, std::size_t width) {
  std::string line;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (const std::size_t control = ControlLength(text.substr(i)); control != 0) {
      i += control - 1;
      continue;
    }
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    const bool is_space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if ((is_space && (line.empty() || line.back() == ' ')) || (byte < 0x20 && !is_space) || byte == 0x7F) continue;
    if ((byte & 0xC0) != 0x80 && ++characters > width) return line + "…";
    line += is_space ? ' ' : c;
  }
  return line;
}

}  // namespace assay
