#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "runners/graders/text/text_units.h"

namespace assay {
namespace {

constexpr std::size_t kLongestWord = 100;

bool IsAmong(char c, std::string_view letters) { return letters.find(c) != std::string_view::npos; }
bool IsVowel(char c) { return IsAmong(c, "aeiouy"); }

// The letters of `word` in lower case.
std::string LettersOf(std::string_view word) {
  std::string letters;
  for (const char c : word) {
    if (c >= 'a' && c <= 'z') letters += c;
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c + ('a' - 'A'));
    if (letters.size() == kLongestWord) break;
  }
  return letters;
}

// Whether the vowel at `i`, behind another, begins a syllable of its own: "radio", "area", "being", "create".
bool IsSaidApart(std::string_view word, std::size_t i) {
  const char before = word[i - 1];
  const char vowel = word[i];
  const char onset = i > 1 ? word[i - 2] : ' ';
  const std::string_view pair_on = word.substr(i - 1);
  const bool is_ing = pair_on.substr(1).starts_with("ing");
  if (before == 'i' && IsAmong(vowel, "aou")) return !IsAmong(onset, "tscgx");
  if (before == 'i' && vowel == 'e') return pair_on.starts_with("ien") && !IsAmong(onset, "tsrlf");
  if (before == 'e' && vowel == 'o') return !pair_on.starts_with("eou") && onset != 'p';
  if (before == 'u' && vowel == 'a') return !IsAmong(onset, "qg");
  if (before == 'u' && vowel == 'o') return onset != 'q';
  if (vowel == 'i' && IsAmong(before, "uoey") && is_ing) return true;
  if (before == 'y' && IsAmong(vowel, "aoi")) return i > 1;
  if (before == 'e' && vowel == 'a') {
    if (pair_on == "ea") return word.size() > 3 && !IsAmong(onset, "spt");
    return onset == 'r' && (pair_on == "eate" || pair_on == "eated" || pair_on == "eates" || pair_on == "eating" ||
                            pair_on == "eation" || pair_on == "eator" || pair_on == "eative");
  }
  return false;
}

// Whether the word ends with a vowel group that is not said: "made", "jumped", "makes", but "table", "wanted", "boxes".
bool HasSilentEnding(std::string_view word) {
  const std::size_t size = word.size();
  const auto at = [&](std::size_t from_end) { return word[size - from_end]; };
  if (size > 2 && word.ends_with("e") && !IsVowel(at(2))) {
    return !(word.ends_with("le") && size > 3 && !IsVowel(at(3)));
  }
  if (size <= 3 || IsVowel(at(3))) return false;
  if (word.ends_with("ed")) {
    return !IsAmong(at(3), "td") && !(at(3) == 'l' && !IsVowel(at(4)) && !IsAmong(at(4), "lr"));
  }
  if (!word.ends_with("es")) return false;
  return !IsAmong(at(3), "sxzcg") && !word.ends_with("ches") && !word.ends_with("shes") &&
         !(at(3) == 'l' && size > 4 && !IsVowel(at(4)) && at(4) != 'l');
}

// A silent e stays before a suffix: "lonely", "careful".
bool HasSilentMiddle(std::string_view word) {
  constexpr std::array<std::string_view, 6> kSuffixes = {"ely", "eless", "eness", "ements", "ement", "eful"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(), [&](std::string_view suffix) {
    return word.ends_with(suffix) && word.size() > suffix.size() + 2 && !IsVowel(word[word.size() - suffix.size() - 1]);
  });
}

}  // namespace

std::size_t CountSyllables(std::string_view word) {
  const std::string letters = LettersOf(word);
  int count = 0;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (IsVowel(letters[i]) && (i == 0 || !IsVowel(letters[i - 1]) || IsSaidApart(letters, i))) ++count;
  }
  if (HasSilentEnding(letters)) --count;
  if (HasSilentMiddle(letters)) --count;
  if (letters.ends_with("ism") || letters.ends_with("isms") || letters.ends_with("thm")) ++count;
  return static_cast<std::size_t>(std::max(count, 1));
}

}  // namespace assay
