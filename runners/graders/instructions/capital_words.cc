// Only where words are split matters here, not which token a mark of punctuation is: it has no letters.

#include "runners/graders/instructions/capital_words.h"

#include <array>

#include "runners/graders/instructions/letters.h"

namespace assay::instructions {
namespace {

constexpr std::string_view kAlone = ";@#$%&?!*[](){}<>\"`";  // always a token
constexpr std::array<std::string_view, 7> kQuotes = {"«", "“", "‘", "„", "»", "”", "’"};

char AsciiUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

bool EqualsUpper(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (AsciiUpper(text[i]) != upper[i]) return false;
  }
  return true;
}

// The length of a mark at `at` that is no part of a word, 0 if none is there.
std::size_t MarkLength(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (AsciiUpper(c) >= 'A' && AsciiUpper(c) <= 'Z') return 0;  // most of a text
  if (kAlone.find(c) != std::string_view::npos) return 1;
  const std::string_view rest = text.substr(at);
  if (c == '.' || c == '-' || c == '\'') {
    if (rest.size() < 2 || rest[1] != c) return 0;
    return c == '.' ? std::min(rest.find_first_not_of('.'), rest.size()) : 2;
  }
  // A comma or colon stays in the word before a digit: "3,000".
  if (c == ',' || c == ':') return rest.size() > 1 && IsDigitAt(rest, 1) ? 0 : 1;
  if (static_cast<unsigned char>(c) < 0x80) return 0;
  for (const std::string_view quote : kQuotes) {
    if (rest.starts_with(quote)) return quote.size();
  }
  return 0;
}

std::int64_t One(std::string_view token) { return IsAllUpper(token) ? 1 : 0; }

// Words of two words, and how many bytes the first of them has.
struct Contraction {
  std::string_view word;
  std::size_t first;
};
constexpr std::array<Contraction, 9> kContractions = {{{"CANNOT", 3},
                                                       {"D'YE", 1},
                                                       {"GIMME", 3},
                                                       {"GONNA", 3},
                                                       {"GOTTA", 3},
                                                       {"LEMME", 3},
                                                       {"MORE'N", 4},
                                                       {"WANNA", 3},
                                                       {"'TIS", 2}}};

std::int64_t CountInWord(std::string_view word) {
  constexpr std::string_view kJoints = "-./,:\\|=+~";  // around which a contraction is still one
  std::int64_t count = 0;
  std::size_t start = 0;  // of what is left of the word
  for (std::size_t begin = 0; begin < word.size();) {
    const std::size_t end = std::min(word.find_first_of(kJoints, begin), word.size());
    for (const Contraction& contraction : kContractions) {
      if (!EqualsUpper(word.substr(begin, end - begin), contraction.word)) continue;
      count += One(word.substr(start, begin + contraction.first - start));
      start = begin + contraction.first;
    }
    begin = end + 1;
  }
  return count + One(word.substr(start));
}

// Where the last part of a word begins that is split off it ("'S" of "JOHN'S"); its size if there is none.
std::size_t BeginOfClitic(std::string_view word) {
  constexpr std::array<std::string_view, 7> kClitics = {"'S", "'M", "'D", "'LL", "'RE", "'VE", "N'T"};
  for (const std::string_view clitic : kClitics) {
    if (word.size() <= clitic.size()) continue;
    const std::size_t begin = word.size() - clitic.size();
    if (word[begin - 1] != '\'' && EqualsUpper(word.substr(begin), clitic)) return begin;
  }
  return word.size();
}

std::int64_t CountInToken(std::string_view token) {
  if (token.size() > 1 && token.ends_with('\'')) token.remove_suffix(1);
  const std::size_t clitic = BeginOfClitic(token);
  return CountInWord(token.substr(0, clitic)) + One(token.substr(clitic));
}

// Whether the apostrophe at `at` is a token of its own before a word of one letter: "O'K", but not "I'm".
bool StandsBeforeLetter(std::string_view text, std::size_t at) {
  std::size_t next = at + 1;
  if (text[at] != '\'' || !IsWordAt(text, next)) return false;
  const char32_t letter = TakeLetter(text, next);
  const bool is_clitic =
      letter < 0x80 && std::string_view("MTSDN").find(AsciiUpper(static_cast<char>(letter))) != std::string_view::npos;
  return !is_clitic && !IsWordAt(text, next);
}

}  // namespace

std::int64_t CountCapitalWords(std::string_view text) {
  std::int64_t count = 0;
  std::size_t begin = 0;  // of the token
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t space = SpaceLength(text, at);
    const std::size_t length = space > 0 ? space : MarkLength(text, at);
    if (length > 0) {
      count += CountInToken(text.substr(begin, at - begin));
      at += length;
      begin = at;
    } else if (StandsBeforeLetter(text, at)) {
      count += CountInToken(text.substr(begin, at - begin));
      begin = ++at;
    } else {
      TakeLetter(text, at);
    }
  }
  return count + CountInToken(text.substr(begin));
}

}  // namespace assay::instructions
