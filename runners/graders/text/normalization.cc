#include "runners/graders/text/normalization.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "runners/graders/text/finite_number.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

bool IsArticle(std::string_view word) { return word == "a" || word == "an" || word == "the"; }

template <class Drop>
std::string Without(std::string_view text, Drop drop) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (!drop(c)) out += c;
  }
  return out;
}

std::string WithoutPunctuation(std::string_view text) {
  return Without(text, [](char c) { return IsAsciiPunctuation(static_cast<unsigned char>(c)); });
}

// Words are runs of word characters, so "a" is an article in "a—b" too. Appends to `out`; white space becomes one
// space.
void AppendWithoutArticles(std::string_view text, std::string& out) {
  bool is_gap = false;
  const auto append = [&](std::string_view piece) {
    if (is_gap && !out.empty() && out.back() != ' ') out += ' ';
    is_gap = false;
    out += piece;
  };
  while (!text.empty()) {
    const std::string_view word_and_rest = text;
    std::string_view next = text;
    char32_t c = TakeCharacter(next);
    if (!IsWordCharacter(c)) {
      if (IsSpaceCharacter(c)) {
        is_gap = true;
      } else {
        append(text.substr(0, text.size() - next.size()));
      }
      text = next;
      continue;
    }
    do {
      text = next;
      if (text.empty()) break;
      c = TakeCharacter(next);
    } while (IsWordCharacter(c));
    const std::string_view word = word_and_rest.substr(0, word_and_rest.size() - text.size());
    if (IsArticle(word)) {
      is_gap = true;
    } else {
      append(word);
    }
  }
}

// What AppendSquad does with a character of ASCII: 0 drops it, ' ' ends a word, letters are in lower case.
constexpr std::array<char, 128> kSquadCharacters = [] {
  std::array<char, 128> table = {};
  for (int c = 0; c < 128; ++c) {
    const bool is_space = c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
    const bool is_punctuation =
        (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
    const bool is_upper = c >= 'A' && c <= 'Z';
    table[static_cast<std::size_t>(c)] = static_cast<char>(is_punctuation ? 0
                                                           : is_space     ? ' '
                                                           : is_upper     ? c + ('a' - 'A')
                                                                          : c);
  }
  return table;
}();

// Of ASCII without control characters other than white space: in one pass what the steps below do. A space parts it
// from what `out` has already.
void AppendSquad(std::string_view text, bool drops_articles, std::string& out) {
  const std::size_t begin = out.size();
  out.resize(begin + text.size() + 1);
  std::size_t end = begin;   // of what is written
  std::size_t word = begin;  // where the last word begins, with the space before it
  bool in_word = false;
  const auto finish = [&] {
    in_word = false;
    const std::size_t letters = word + (word > 0 && out[word] == ' ' ? 1 : 0);
    if (drops_articles && end - letters <= 3 && IsArticle(std::string_view(out).substr(letters, end - letters)))
      end = word;
  };
  for (const char raw : text) {
    const char c = kSquadCharacters[static_cast<unsigned char>(raw)];
    if (c == 0) continue;
    if (c == ' ') {
      if (in_word) finish();
      continue;
    }
    if (!in_word) {
      in_word = true;
      word = end;
      if (end > 0) out[end++] = ' ';
    }
    out[end++] = c;
  }
  if (in_word) finish();
  out.resize(end);
}

bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte < 0x7F) || (byte >= '\t' && byte <= '\r');
  });
}

std::string Squad(std::string_view text, bool drops_articles) {
  if (IsPlain(text)) {
    std::string out;
    AppendSquad(text, drops_articles, out);
    return out;
  }
  const std::string plain = WithoutPunctuation(LowerCased(text));
  if (!drops_articles) return WithSingleSpaces(plain);
  std::string out;
  AppendWithoutArticles(plain, out);
  return out;
}

bool IsEdge(std::string_view text, bool at_end) {
  const auto c = static_cast<unsigned char>(at_end ? text.back() : text.front());
  return IsAsciiPunctuation(c) || (c < 0x80 && (c == ' ' || (c >= '\t' && c <= '\r')));
}

std::string_view WithoutEdges(std::string_view text) {
  while (!text.empty() && IsEdge(text, false)) text.remove_prefix(1);
  while (!text.empty() && IsEdge(text, true)) text.remove_suffix(1);
  return text;
}

std::string Shortest(double value) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  return {digits, end};
}

// Whether `token` may be a number at all, which spares most words the attempt.
bool HasDigit(std::string_view token) {
  for (const char c : token) {
    if ((c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) return true;
  }
  return false;
}

// Of a word between spaces and hyphens: a number keeps its point and is written one way.
std::string InspectToken(std::string_view token) {
  const std::string folded = CaseFolded(token);
  if (HasDigit(folded)) {
    std::optional<double> number = FiniteNumber(folded);
    if (!number) number = FiniteNumber(WithoutEdges(folded));
    if (!number) number = FiniteNumber(WithoutPunctuation(folded));
    if (number) return Shortest(*number);
  }
  std::string out;
  AppendWithoutArticles(WithoutPunctuation(folded), out);
  return out;
}

std::string Inspect(std::string_view text) {
  std::string out;
  while (true) {
    const std::size_t end = text.find_first_of(" -");
    const std::string_view token = text.substr(0, end);
    if (!HasDigit(token) && IsPlain(token)) {
      AppendSquad(token, true, out);
    } else if (const std::string normal = InspectToken(token); !normal.empty()) {
      if (!out.empty()) out += ' ';
      out += normal;
    }
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::string LmEval(std::string_view text, const LmEvalSteps& steps) {
  std::string out(text);
  for (const auto& pattern : steps.remove) RE2::GlobalReplace(&out, *pattern, "");
  if (steps.ignore_case) out = LowerCased(out);
  if (steps.ignore_punctuation) out = WithoutPunctuation(out);
  if (steps.ignore_digits) out = Without(out, [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

}  // namespace

std::string Normalized(std::string_view text, Normalization how, const LmEvalSteps& steps) {
  switch (how) {
    case Normalization::kSquad:
      return Squad(text, true);
    case Normalization::kKeepArticles:
      return Squad(text, false);
    case Normalization::kInspect:
      return Inspect(text);
    case Normalization::kTrim:
      return std::string(Trimmed(text));
    case Normalization::kLmEval:
      break;
  }
  return LmEval(text, steps);
}

}  // namespace assay
