#pragma once
// Text for eyes: aligned columns, colours on a terminal, numbers as people write them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// Whether stdout (or stderr) is a terminal that wants colours (NO_COLOR and TERM=dumb are honoured).
bool WantsColour(int descriptor);
// "PASS" and its kin in green, red, yellow or magenta, if `colour`.
std::string ColourState(const std::string& state, bool colour);

// The length of such a colour, or of its end, at the beginning of `text`; 0 without.
std::size_t ColourLength(std::string_view text);

// A table with a header row. A cell is a plain line (core/plain_line.h), or becomes one; it may have a colour.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.size() == 1; }
  // Columns two spaces apart, no trailing blanks, every line after `indent` spaces.
  std::string Render(std::size_t indent = 0) const;
  // GitHub's Markdown.
  std::string RenderMarkdown() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Four significant digits at most: "0.9012", "1234", "0.00012"; "–" when absent.
std::string FormatNumber(std::optional<double> value);
// One line of at most `width` characters: white space collapsed, control characters and changes of the writing
// direction dropped, cut with "…".
std::string Excerpt(std::string_view text, std::size_t width);

}  // namespace assay
