#pragma once
// What a text consists of: words, lines, sentences, paragraphs. Only for files of this folder.

#include <cstddef>
#include <string_view>

namespace assay {

// Runs of what is not white space.
std::size_t CountWords(std::string_view text);

// Lines end with \n, \r\n or \r; the end of the last one need not be written. A text of nothing has none.
std::size_t CountLines(std::string_view text, bool with_blank_ones);

// Blocks of lines between blank lines.
std::size_t CountParagraphs(std::string_view text);

// A sentence ends with . ! ? … or their like of other scripts, quotes and brackets that close behind it included, where
// white space or the text's end follows (not needed behind 。！？), but not where a small letter comes next ("“Go!” he
// said"); at a blank line; and before a line that begins an item of a list. A "." ends none behind an initial ("J.
// Smith"), a known abbreviation ("Dr.", "e.g."), or the number of an item at the beginning of a line. What has no
// letter or digit is no sentence.
std::size_t CountSentences(std::string_view text);

// English, by rules of spelling: groups of vowels, less silent endings, and more for vowels that are said apart. Right
// for 92 % of the words of the CMU Pronouncing Dictionary. Other characters than ASCII letters are skipped; a word has
// at least one.
std::size_t CountSyllables(std::string_view word);

}  // namespace assay
