#pragma once
// A text as it is searched: what is invisible is gone, and what only looks different is alike. Every byte of it knows
// which code point of the source it stands for. Only for files of this folder.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

// From the first code point of the source to behind the last.
struct CodePoints {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const CodePoints&, const CodePoints&) = default;
};

// A byte that is no UTF-8 counts as one code point, and stands for itself.
class SearchText {
 public:
  // For patterns of ASCII: without code points that Unicode calls default-ignorable (zero-width characters, soft
  // hyphens, directions, variation selectors); characters whose compatibility form is ASCII as that form
  // (ＡＢＣ４２＠), digits of all scripts as ASCII digits, spaces and dashes of all kinds as " " and "-". All else as
  // it is.
  static SearchText Visible(std::string_view source);
  // For phrases: as Visible, but all of it by Unicode's NFKC_Casefold, decomposed, with white space as one " ".
  static SearchText Folded(std::string_view source);

  std::string_view text() const { return text_; }
  // Of the bytes [begin, end) of text(), which are not none.
  CodePoints SourceOf(std::size_t begin, std::size_t end) const;

  // For variants of it that leave out or replace single bytes: `text` and, for each byte of it, its byte of text().
  SearchText With(std::string text, const std::vector<std::uint32_t>& bytes) const;

 private:
  friend class SearchTextBuilder;
  std::string text_;
  std::vector<std::uint32_t> origin_;  // of each byte; empty when byte i is code point i
};

}  // namespace assay
