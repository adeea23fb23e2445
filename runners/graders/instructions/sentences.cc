// A place where a sentence could end is a ".", "?" or "!" before white space or certain marks. Whether it ends there is
// decided from the word before it and the word after it.

#include "runners/graders/instructions/sentences.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "runners/graders/instructions/letters.h"
#include "runners/graders/instructions/sentence_words.h"

namespace assay::instructions {
namespace {

using WordSet = std::unordered_set<std::string_view>;

WordSet SetOf(std::string_view words) {
  WordSet set;
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = std::min(words.find(' ', begin), words.size());
    set.insert(words.substr(begin, end - begin));
    begin = end + 1;
  }
  return set;
}

struct Vocabulary {
  WordSet abbreviations = SetOf(kAbbreviations);
  WordSet starters = SetOf(kSentenceStarters);
  WordSet lower = SetOf(kLowerWords);
  WordSet mixed = SetOf(kMixedWords);
  WordSet after_numbers = SetOf(kAfterNumbers);
};

const Vocabulary& English() {
  static const Vocabulary words;
  return words;
}

constexpr std::string_view kEnds = ".?!";
constexpr std::string_view kMarks = ")\";}]*:@'({[?!";           // which end a word, and may follow an end
constexpr std::string_view kNoWordStarts = "(\"`{[:;&#*@)}]-,";  // which are tokens of their own
constexpr std::string_view kClosers = "\"')]}";

bool IsOneOf(std::string_view text, std::size_t at, std::string_view characters) {
  return at < text.size() && characters.find(text[at]) != std::string_view::npos;
}

// Tokens of a line.

// The length of "--", "..", ". . ." or longer ones at `at`, else 0.
std::size_t MarkRunLength(std::string_view line, std::size_t at) {
  if (!IsOneOf(line, at, "-.")) return 0;
  const std::size_t end = std::min(line.find_first_not_of(line[at], at), line.size());
  if (end - at >= 2) return end - at;
  if (line[at] != '.') return 0;
  std::size_t length = 0;
  int dots = 0;
  for (std::size_t dot = at; dot < line.size() && line[dot] == '.'; ++dots) {
    length = dot + 1 - at;
    const std::size_t space = SpaceLength(line, dot + 1);
    if (space == 0) {
      ++dots;
      break;
    }
    dot += 1 + space;
  }
  return dots >= 3 ? length : 0;
}

bool EndsWord(std::string_view line, std::size_t at) {
  if (at >= line.size() || SpaceLength(line, at) > 0 || IsOneOf(line, at, kMarks)) return true;
  // Of a run of periods or dashes any place ends a word; only its length at this place matters.
  if (IsOneOf(line, at, "-.")) {
    if (at + 1 < line.size() && line[at + 1] == line[at]) return true;
    return line[at] == '.' && SpaceLength(line, at + 1) > 0 && MarkRunLength(line, at) > 0;
  }
  return line[at] == ',' && (at + 1 == line.size() || SpaceLength(line, at + 1) > 0 || IsOneOf(line, at + 1, kMarks) ||
                             MarkRunLength(line, at + 1) > 0);
}

void AddTokens(std::string_view line, std::vector<std::string_view>& tokens) {
  for (std::size_t at = 0; at < line.size();) {
    if (const std::size_t space = SpaceLength(line, at)) {
      at += space;
      continue;
    }
    std::size_t end = at + MarkRunLength(line, at);
    if (end == at) {
      const bool is_word = !IsOneOf(line, at, kNoWordStarts);
      TakeLetter(line, end);
      while (is_word && !EndsWord(line, end)) TakeLetter(line, end);
    }
    tokens.push_back(line.substr(at, end - at));
    at = end;
  }
}

// -?[\.,]?\d[\d,\.-]*\.?
bool IsNumber(std::string_view token) {
  std::size_t at = token.starts_with('-') ? 1 : 0;
  if (IsOneOf(token, at, ".,")) ++at;
  if (!IsDigitAt(token, at)) return false;
  while (at < token.size()) {
    if (!IsDigitAt(token, at) && !IsOneOf(token, at, ",.-")) return false;
    TakeLetter(token, at);
  }
  return true;
}

// A letter and a period.
bool IsInitial(std::string_view token) {
  std::size_t at = 0;
  const char32_t first = TakeLetter(token, at);
  return (IsAlphabetic(first) || first == '_') && token.substr(at) == ".";
}

struct Token {
  explicit Token(std::string_view token) : text(token) {
    std::size_t at = 0;
    const char32_t first = TakeLetter(text, at);
    is_upper = IsUpper(first);
    is_lower = IsLower(first);
    is_period_final = text.ends_with('.');
    is_number = IsNumber(text);
    lower = Lowered(text);
    if (text == "." || text == "?" || text == "!") {
      is_end = true;
    } else if (text.find_first_not_of('.') == std::string_view::npos) {
      is_ellipsis = true;
    } else if (is_period_final && !text.ends_with("..")) {
      is_abbreviation = IsAbbreviation();
      is_end = !is_abbreviation;
    }
  }

  // Without a last period that ends a sentence.
  std::string_view Type() const { return is_end ? WithoutPeriod() : std::string_view(lower); }
  std::string_view WithoutPeriod() const {
    const std::string_view type(lower);
    return type.size() > 1 && is_period_final ? type.substr(0, type.size() - 1) : type;
  }

  std::string_view text;
  std::string lower;
  bool is_upper = false;
  bool is_lower = false;
  bool is_period_final = false;
  bool is_number = false;
  bool is_end = false;  // of a sentence
  bool is_abbreviation = false;
  bool is_ellipsis = false;

 private:
  bool IsAbbreviation() const {
    const std::string_view word = WithoutPeriod();
    const WordSet& known = English().abbreviations;
    return known.contains(word) || known.contains(word.substr(word.rfind('-') + 1));
  }
};

// Whether the token begins a sentence, by its first letter; nullopt when that does not tell.
std::optional<bool> BeginsSentence(const Token& token) {
  if (token.text.size() == 1 && IsOneOf(token.text, 0, ";:,.!?")) return false;
  if (token.is_lower) return false;
  if (token.is_upper && English().lower.contains(token.Type())) return true;
  return std::nullopt;
}

// Whether the sentence ends with `token` after all, or not at all, now that the next token is known.
bool EndsSentence(const Token& token, const Token& next) {
  if (!token.is_period_final) return token.is_end;
  const Vocabulary& words = English();
  if (token.is_number && words.after_numbers.contains(next.Type())) return false;
  const bool is_initial = IsInitial(token.text);
  const std::optional<bool> begins = BeginsSentence(next);
  bool is_end = token.is_end;
  if ((token.is_abbreviation || token.is_ellipsis) && !is_initial) {
    if (begins == true || (next.is_upper && words.starters.contains(next.Type()))) return true;
  }
  if (is_initial || token.is_number) {
    if (begins == false) return false;
    const bool is_known = words.lower.contains(next.Type()) || words.mixed.contains(next.Type());
    if (!begins && is_initial && next.is_upper && !is_known) is_end = false;
  }
  return is_end;
}

// Whether a sentence ends within the text, which is a possible end with the words around it.
bool HasEnd(std::string_view text) {
  std::vector<std::string_view> tokens;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    AddTokens(text.substr(begin, end - begin), tokens);
    begin = end + 1;
  }
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    // Only what ends in a period, or is an end by itself, can end a sentence.
    if (!kEnds.contains(tokens[i].back())) continue;
    if (EndsSentence(Token(tokens[i]), Token(tokens[i + 1]))) return true;
  }
  return false;
}

// Possible ends.

struct PossibleEnd {
  std::size_t word = 0;   // begin of the word before it
  std::size_t at = 0;     // of the mark
  std::size_t next = 0;   // begin of what follows
  std::size_t after = 0;  // end of the mark or word that follows
};

std::optional<PossibleEnd> PossibleEndAt(std::string_view text, std::size_t at) {
  PossibleEnd end{.at = at, .next = at + 1};
  if (IsOneOf(text, at + 1, kMarks)) {
    end.after = at + 2;
    return end;
  }
  while (const std::size_t length = SpaceLength(text, end.next)) end.next += length;
  if (end.next == at + 1 || end.next >= text.size()) return std::nullopt;
  end.after = end.next;
  while (end.after < text.size() && SpaceLength(text, end.after) == 0) TakeLetter(text, end.after);
  return end;
}

struct Slice {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// The sentences; the last may be empty. Marks that close a sentence may still be in the one after it.
std::vector<Slice> SentencesOf(std::string_view text) {
  std::vector<Slice> sentences;
  std::size_t begin = 0;
  std::optional<PossibleEnd> last;
  const auto decide = [&](const PossibleEnd& end) {
    if (!HasEnd(text.substr(end.word, end.after - end.word))) return;
    sentences.push_back({begin, end.at + 1});
    begin = end.next;
  };
  std::size_t word = 0;
  std::size_t seen = 0;
  for (std::size_t at = text.find_first_of(kEnds); at != std::string_view::npos;
       at = text.find_first_of(kEnds, at + 1)) {
    std::optional<PossibleEnd> end = PossibleEndAt(text, at);
    if (!end) continue;
    // The word before it begins behind the last blank since the end before; the first character there is not looked
    // at. Without one, this end and the one before are of the same word, and only the later counts.
    const std::size_t blank = text.substr(seen, at - seen).find_last_of(" \t\n\r\v\f");
    if (blank != std::string_view::npos && blank != 0) word = seen + blank + 1;
    if (last && last->at <= word) decide(*last);
    end->word = word;
    last = end;
    seen = at;
  }
  if (last) decide(*last);
  const std::string_view stripped = Stripped(text);
  sentences.push_back({begin, static_cast<std::size_t>(stripped.data() + stripped.size() - text.data())});
  return sentences;
}

// The length of closing marks at the beginning of a sentence, with the white space behind them; 0 unless white space,
// "--" or nothing follows them.
std::size_t ClosersLength(std::string_view sentence) {
  const std::size_t closers = std::min(sentence.find_first_not_of(kClosers), sentence.size());
  if (closers == 0) return 0;
  std::size_t end = closers;
  while (const std::size_t length = SpaceLength(sentence, end)) end += length;
  const bool is_followed = end > closers || end == sentence.size() || sentence.substr(end).starts_with("--");
  return is_followed ? end : 0;
}

}  // namespace

std::int64_t CountSentences(std::string_view text) {
  if (Stripped(text).empty()) return 0;
  const std::vector<Slice> sentences = SentencesOf(text);
  std::int64_t count = 0;
  std::size_t moved = 0;  // bytes at the beginning of this sentence that belong to the one before
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const bool is_empty = sentences[i].begin + moved >= sentences[i].end;
    const bool is_last = i + 1 == sentences.size();
    moved = 0;
    if (!is_last && sentences[i + 1].end > sentences[i + 1].begin) {
      moved = ClosersLength(text.substr(sentences[i + 1].begin, sentences[i + 1].end - sentences[i + 1].begin));
    }
    if (!is_empty || moved > 0) ++count;
  }
  return count;
}

}  // namespace assay::instructions
