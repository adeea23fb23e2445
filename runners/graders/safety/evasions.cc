#include "runners/graders/safety/evasions.h"

#include <unicode/uchar.h>
#include <unicode/uspoof.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>

#include "runners/graders/frame/reason.h"

namespace assay {
namespace {

constexpr UChar32 kTable = 0x3000;

// The ASCII letters that a character looks like, by Unicode's table of confusables; "-" for those that look like none.
std::string LooksLike(const USpoofChecker* checker, UChar32 c) {
  char source[4];
  std::int32_t length = 0;
  U8_APPEND_UNSAFE(source, length, c);
  char skeleton[64];
  UErrorCode error = U_ZERO_ERROR;
  const std::int32_t size = uspoof_getSkeletonUTF8(checker, 0, source, length, skeleton, sizeof skeleton, &error);
  if (U_FAILURE(error) || size <= 0 || size > static_cast<std::int32_t>(sizeof skeleton)) return "-";
  std::string out(skeleton, static_cast<std::size_t>(size));
  for (char& each : out) {
    each = each >= 'A' && each <= 'Z' ? static_cast<char>(each + ('a' - 'A')) : each;
    if (each < 'a' || each > 'z') return "-";
  }
  return out;
}

const std::vector<std::string>& LookalikeTable() {
  static const std::vector<std::string> table = [] {
    std::vector<std::string> out(kTable, "-");
    UErrorCode error = U_ZERO_ERROR;
    USpoofChecker* checker = uspoof_open(&error);
    if (U_FAILURE(error)) return out;
    for (UChar32 c = 0x80; c < kTable; ++c) {
      if (u_isalpha(c)) out[c] = LooksLike(checker, c);
    }
    uspoof_close(checker);
    return out;
  }();
  return table;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }
bool IsSeparator(char c) { return c == ' ' || c == '.' || c == '-' || c == '_' || c == '*' || c == '~' || c == '/'; }
bool IsSign(char c) { return std::string_view(".-_*~^`'|\\").find(c) != std::string_view::npos; }

// A text under change, and the byte of the original that each byte stands for.
struct Draft {
  std::string text;
  std::vector<std::uint32_t> bytes;
  std::vector<bool> spaced;

  void Add(char c, std::uint32_t byte, bool is_spaced) {
    text += c;
    bytes.push_back(byte);
    spaced.push_back(is_spaced);
  }
};

Draft DraftOf(std::string_view text) {
  Draft draft;
  for (std::size_t i = 0; i < text.size(); ++i) draft.Add(text[i], static_cast<std::uint32_t>(i), false);
  return draft;
}

char LetterFor(char c, char for_one) {
  switch (c) {
    case '0':
      return 'o';
    case '1':
    case '!':
    case '|':
      return for_one;
    case '3':
      return 'e';
    case '4':
    case '@':
      return 'a';
    case '5':
    case '$':
      return 's';
    case '7':
    case '+':
      return 't';
    case '8':
      return 'b';
    case '9':
      return 'g';
    default:
      return c;
  }
}

// Whether anything was read as a letter, and whether as that for 1.
struct ReadLetters {
  bool any = false;
  bool ones = false;
};

// In words with a letter; the signs behind the last letter or digit of a word end a sentence.
ReadLetters ReadDigitsAsLetters(Draft& draft, char for_one) {
  ReadLetters read;
  std::string& text = draft.text;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::size_t next = end + 1;
    while (end > begin && !IsLetter(text[end - 1]) && !(text[end - 1] >= '0' && text[end - 1] <= '9') &&
           text[end - 1] != '$' && text[end - 1] != '@') {
      --end;
    }
    if (std::any_of(text.begin() + begin, text.begin() + end, IsLetter)) {
      for (std::size_t i = begin; i < end; ++i) {
        const char letter = LetterFor(text[i], for_one);
        if (letter == text[i]) continue;
        read.any = true;
        read.ones = read.ones || letter == for_one;
        text[i] = letter;
      }
    }
    begin = next;
  }
  return read;
}

std::size_t LetterEnd(std::string_view text, std::size_t at) {
  if (at >= text.size() || !IsLetter(text[at])) return at;
  return at + std::max<std::size_t>(CharacterLength(text.substr(at)), 1);
}

// The end of three and more single letters with one separator between neighbours, from `at` on; `at` if there are none.
std::size_t SpacedEnd(std::string_view text, std::size_t at) {
  std::size_t end = at;
  int letters = 0;
  for (std::size_t i = at; i < text.size();) {
    const std::size_t after = LetterEnd(text, i);
    if (after == i || LetterEnd(text, after) != after) break;  // no letter, or a longer word
    ++letters;
    end = after;
    if (after >= text.size() || !IsSeparator(text[after])) break;
    i = after + 1;
    if (i < text.size() && text[i] == ' ') ++i;
  }
  return letters >= 3 ? end : at;
}

Draft Joined(const Draft& draft) {
  Draft out;
  const std::string_view text = draft.text;
  for (std::size_t i = 0; i < text.size();) {
    const bool begins_a_word = i == 0 || !IsLetter(text[i - 1]);
    const std::size_t spaced_end = begins_a_word ? SpacedEnd(text, i) : i;
    for (; i < spaced_end; ++i) {
      if (IsLetter(text[i])) out.Add(text[i], draft.bytes[i], true);
    }
    if (i >= text.size()) break;
    const bool is_within = i > 0 && i + 1 < text.size() && IsLetter(text[i - 1]) && IsLetter(text[i + 1]);
    if (!(is_within && IsSign(text[i]))) out.Add(text[i], draft.bytes[i], false);
    ++i;
  }
  return out;
}

// Three and more of a letter as `times`.
Draft WithoutRepeats(const Draft& draft, std::size_t times) {
  Draft out;
  for (std::size_t i = 0; i < draft.text.size();) {
    std::size_t end = i;
    while (end < draft.text.size() && draft.text[end] == draft.text[i]) ++end;
    const bool is_long = end - i >= 3 && draft.text[i] >= 'a' && draft.text[i] <= 'z';
    for (std::size_t k = i; k < (is_long ? i + times : end); ++k) {
      // The last one stands for all that are left out, so that a place covers them.
      const std::size_t from = is_long && k + 1 == i + times ? end - 1 : k;
      out.Add(draft.text[k], draft.bytes[from], draft.spaced[k]);
    }
    i = end;
  }
  return out;
}

}  // namespace

SearchText WithPlainLetters(const SearchText& folded) {
  const std::string_view text = folded.text();
  std::string out;
  std::vector<std::uint32_t> bytes;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = std::max<std::size_t>(CharacterLength(text.substr(i)), 1);
    std::string_view form = text.substr(i, length);
    if (length > 1) {
      UChar32 c = 0;
      std::size_t at = 0;
      U8_NEXT_UNSAFE(form.data(), at, c);
      if (u_charType(c) == U_NON_SPACING_MARK || u_charType(c) == U_ENCLOSING_MARK) form = "";
      if (c < kTable && LookalikeTable()[c] != "-") form = LookalikeTable()[c];
    }
    out += form;
    bytes.resize(out.size(), static_cast<std::uint32_t>(i));
    i += length;
  }
  return folded.With(std::move(out), bytes);
}

std::vector<Reading> Readings(const SearchText& plain) {
  std::vector<Reading> readings;
  // With what is joined, and of that what is repeated.
  const auto add = [&](Draft draft, bool differs) {
    Draft joined = Joined(draft);
    const bool is_joined = joined.text != draft.text;
    if (differs) readings.push_back({plain.With(std::move(draft.text), draft.bytes), std::move(draft.spaced)});
    for (const std::size_t times : {1, 2}) {
      Draft shorter = WithoutRepeats(joined, times);
      if (shorter.text == joined.text) break;
      readings.push_back({plain.With(std::move(shorter.text), shorter.bytes), std::move(shorter.spaced)});
    }
    if (is_joined) readings.push_back({plain.With(std::move(joined.text), joined.bytes), std::move(joined.spaced)});
  };
  add(DraftOf(plain.text()), false);  // a phrase may have digits itself
  Draft with_i = DraftOf(plain.text());
  const ReadLetters read = ReadDigitsAsLetters(with_i, 'i');
  if (read.any) add(std::move(with_i), true);
  if (!read.ones) return readings;
  Draft with_l = DraftOf(plain.text());
  ReadDigitsAsLetters(with_l, 'l');
  add(std::move(with_l), true);
  return readings;
}

}  // namespace assay
