#pragma once
// The text of a YAML file before it is parsed: what bytes it may hold, where its lines and documents begin.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"

namespace assay {

// What is wrong with the bytes of a text.
struct TextFault {
  std::size_t offset = 0;
  std::string message;
};

// The first byte that is no UTF-8, or a character that YAML forbids (control characters but tab and line breaks).
std::optional<TextFault> FindTextFault(std::string_view text);

// Places in a text by byte offset. A look-up takes the same short time however long the lines are.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);  // `text` must outlive this
  Position At(std::size_t offset) const;

 private:
  std::string_view text_;
  // Characters that begin before `offset`.
  std::size_t CharactersBefore(std::size_t offset) const;

  std::vector<std::size_t> starts_;      // of lines
  std::vector<std::size_t> characters_;  // before each block of bytes
};

// JSON writes characters beyond U+FFFF as two escapes (\ud83d\ude00), which yaml-cpp refuses. `text` with each pair,
// where it is JSON, written as \U0001F600; and the offsets of these in the new text, each of which is two bytes
// shorter.
struct JoinedSurrogates {
  std::string text;
  std::vector<std::size_t> offsets;

  // The offset in the original text of an offset in the new one.
  std::size_t Original(std::size_t offset) const;
};
JoinedSurrogates JoinSurrogates(std::string_view text);

// Whether a quoted scalar begins at `offset`, perhaps behind an anchor, tag or comment, and has no closing quote.
// yaml-cpp takes the end of the text for the closing quote.
bool IsUnclosedQuote(std::string_view text, std::size_t offset);

// The parts of a text between document markers (`---`, `...` at the beginning of a line).
struct TextSegment {
  std::size_t begin = 0;  // after the marker
  std::size_t end = 0;
};
std::vector<TextSegment> SplitDocuments(std::string_view text);

}  // namespace assay
