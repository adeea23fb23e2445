#include "runners/graders/text/text_units.h"

#include <algorithm>
#include <array>

#include "runners/graders/frame/target.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

// Takes the first line off `rest`, without what ends it.
std::string_view TakeLine(std::string_view& rest) {
  const std::size_t end = rest.find_first_of("\r\n");
  const std::string_view line = rest.substr(0, end);
  if (end == std::string_view::npos) {
    rest = {};
  } else {
    rest.remove_prefix(rest.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
  }
  return line;
}

bool IsStop(char32_t c) { return c == '.' || c == '!' || c == '?' || c == U'…' || c == U'‼' || c == U'⁇' || c == U'⁉'; }
bool IsWideStop(char32_t c) { return c == U'。' || c == U'！' || c == U'？' || c == U'｡' || c == U'।'; }
bool IsCloser(char32_t c) {
  return c == '"' || c == '\'' || c == ')' || c == ']' || c == '}' || c == '*' || c == '_' || c == U'”' || c == U'’' ||
         c == U'»' || c == U'」' || c == U'』' || c == U'）';
}

bool IsAbbreviation(std::string_view word) {
  static constexpr std::array<std::string_view, 43> kWords = {
      "al",  "approx", "apr", "aug",  "ave", "capt", "cf",  "co",  "col", "corp", "dec", "dept", "dr",  "e.g", "est",
      "feb", "fig",    "gen", "gov",  "hon", "i.e",  "inc", "jan", "jr",  "lt",   "ltd", "mr",   "mrs", "ms",  "mt",
      "nov", "oct",    "p",   "prof", "rep", "rev",  "sen", "sep", "sgt", "sr",   "st",  "u.s",  "vs"};
  const std::string folded = LowerCased(word);
  return std::binary_search(kWords.begin(), kWords.end(), folded);
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "- x", "* x", "• x", "12. x", "12) x"
bool BeginsItem(std::string_view line) {
  line = TrimBlanks(line);
  if (line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ")) return true;
  const std::size_t digits = line.find_first_not_of("0123456789");
  return digits != std::string_view::npos && digits > 0 && (line[digits] == '.' || line[digits] == ')') &&
         line.substr(digits + 1).starts_with(' ');
}

class SentenceCounter {
 public:
  std::size_t Count(std::string_view text) {
    while (!text.empty()) {
      const std::string_view line = TakeLine(text);
      if (TrimBlanks(line).empty() || BeginsItem(line)) EndSentence();
      Read(line, text);
    }
    EndSentence();
    return count_;
  }

 private:
  void EndSentence() {
    if (has_word_) ++count_;
    has_word_ = false;
  }

  // `below`: the lines that follow.
  void Read(std::string_view line, std::string_view below) {
    const std::string_view begin = line;
    std::size_t word = 0;  // where the current word begins
    while (!line.empty()) {
      const std::size_t at = begin.size() - line.size();
      const char32_t c = TakeCharacter(line);
      if (IsSpaceCharacter(c)) {
        word = begin.size() - line.size();
      } else if (IsWordCharacter(c)) {
        has_word_ = true;
      } else if (IsWideStop(c)) {
        EndSentence();
      } else if (IsStop(c)) {
        const bool is_only_point =
            c == '.' && !(line.starts_with('.') || line.starts_with('!') || line.starts_with('?'));
        TakeClosers(line);
        const bool is_over = line.empty() || IsSpaceAt(line);
        const std::string_view before = is_only_point ? begin.substr(word, at - word) : std::string_view();
        if (is_over && !IsInside(before, word == Indent(begin), line, below)) EndSentence();
      }
    }
  }

  static std::size_t Indent(std::string_view line) { return std::min(line.find_first_not_of(" \t"), line.size()); }

  static bool IsSpaceAt(std::string_view text) { return IsSpaceCharacter(TakeCharacter(text)); }

  static void TakeClosers(std::string_view& line) {
    while (!line.empty()) {
      std::string_view rest = line;
      const char32_t c = TakeCharacter(rest);
      if (!IsStop(c) && !IsCloser(c)) return;
      line = rest;
    }
  }

  // Whether a stop is no end of a sentence. `word` stands before it when it is a single point, else it is empty.
  static bool IsInside(std::string_view word, bool is_first, std::string_view after, std::string_view below) {
    while (!word.empty() && (word.front() == '(' || word.front() == '"' || word.front() == '[')) word.remove_prefix(1);
    if (is_first && IsDigits(word)) return true;
    const bool is_initial = word.size() == 1 && word.front() >= 'A' && word.front() <= 'Z' && word.front() != 'I';
    std::string_view rest = after.empty() ? below : after;
    char32_t next = ' ';
    while (!rest.empty() && IsSpaceCharacter(next)) next = TakeCharacter(rest);
    if (IsSpaceCharacter(next)) return false;  // nothing follows
    return is_initial || IsAbbreviation(word) || IsLowerCharacter(next);
  }

  std::size_t count_ = 0;
  bool has_word_ = false;
};

}  // namespace

std::size_t CountWords(std::string_view text) {
  std::size_t count = 0;
  bool in_word = false;
  while (!text.empty()) {
    const bool is_space = IsSpaceCharacter(TakeCharacter(text));
    if (!is_space && !in_word) ++count;
    in_word = !is_space;
  }
  return count;
}

std::size_t CountLines(std::string_view text, bool with_blank_ones) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    if (with_blank_ones || !Trimmed(line).empty()) ++count;
  }
  return count;
}

std::size_t CountParagraphs(std::string_view text) {
  std::size_t count = 0;
  bool in_paragraph = false;
  while (!text.empty()) {
    const bool is_blank = Trimmed(TakeLine(text)).empty();
    if (!is_blank && !in_paragraph) ++count;
    in_paragraph = !is_blank;
  }
  return count;
}

std::size_t CountSentences(std::string_view text) { return SentenceCounter().Count(text); }

}  // namespace assay
