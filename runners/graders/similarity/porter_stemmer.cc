#include "runners/graders/similarity/porter_stemmer.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

// Words that the rules would get wrong.
constexpr std::pair<std::string_view, std::string_view> kIrregular[] = {
    {"sky", "sky"},        {"skies", "sky"},       {"dying", "die"},        {"lying", "lie"},
    {"tying", "tie"},      {"news", "news"},       {"innings", "inning"},   {"inning", "inning"},
    {"outings", "outing"}, {"outing", "outing"},   {"cannings", "canning"}, {"canning", "canning"},
    {"howe", "howe"},      {"proceed", "proceed"}, {"exceed", "exceed"},    {"succeed", "succeed"}};

struct Rule {
  std::string_view suffix;
  std::string_view replacement;
};

// Of a list the first rule whose suffix fits is the only one that is tried.
constexpr Rule kStep1a[] = {{"sses", "ss"}, {"ies", "i"}, {"ss", "ss"}, {"s", ""}};
constexpr Rule kStep2[] = {{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"},   {"anci", "ance"},
                           {"izer", "ize"},    {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"},
                           {"eli", "e"},       {"ousli", "ous"},   {"ization", "ize"}, {"ation", "ate"},
                           {"ator", "ate"},    {"alism", "al"},    {"iveness", "ive"}, {"fulness", "ful"},
                           {"ousness", "ous"}, {"aliti", "al"},    {"iviti", "ive"},   {"biliti", "ble"},
                           {"fulli", "ful"}};
constexpr Rule kStep3[] = {{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"},
                           {"ical", "ic"},  {"ful", ""},   {"ness", ""}};
constexpr std::string_view kStep4[] = {"al",  "ance", "ence", "er",  "ic",  "able", "ible", "ant", "ement", "ment",
                                       "ent", "ion",  "ou",   "ism", "ate", "iti",  "ous",  "ive", "ize"};

bool IsVowelLetter(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

// A word as its stem is worked out. Letters are bytes; those beyond ASCII are consonants.
class Stemmer {
 public:
  explicit Stemmer(std::string word) : word_(std::move(word)) {}

  std::string Stem() && {
    Step1a();
    Step1b();
    Step1c();
    Step2();
    Step3();
    Step4();
    Step5();
    return std::move(word_);
  }

 private:
  bool Ends(std::string_view suffix) const { return word_.ends_with(suffix); }
  void Replace(std::size_t suffix, std::string_view replacement) {
    word_.resize(word_.size() - suffix);
    word_ += replacement;
  }

  // A y is a consonant where it begins the word or follows a vowel. `before`: whether the letter before is a consonant.
  static bool IsConsonant(char c, bool is_first, bool before) {
    if (IsVowelLetter(c)) return false;
    return c != 'y' || is_first || !before;
  }
  bool IsConsonantAt(std::size_t place) const {
    std::size_t start = place;  // of the run of y that ends here
    while (start > 0 && word_[start] == 'y') --start;
    bool consonant = IsConsonant(word_[start], start == 0, false);
    for (std::size_t i = start + 1; i <= place; ++i) consonant = IsConsonant(word_[i], false, consonant);
    return consonant;
  }
  // How often a consonant follows a vowel in the first `length` letters: Porter's m.
  int Measure(std::size_t length) const {
    int measure = 0;
    bool consonant = true;
    for (std::size_t i = 0; i < length; ++i) {
      const bool now = IsConsonant(word_[i], i == 0, consonant);
      if (now && !consonant) ++measure;
      consonant = now;
    }
    return measure;
  }
  bool HasVowel(std::size_t length) const {
    bool consonant = true;
    for (std::size_t i = 0; i < length; ++i) {
      consonant = IsConsonant(word_[i], i == 0, consonant);
      if (!consonant) return true;
    }
    return false;
  }
  bool EndsWithDouble() const {
    const std::size_t n = word_.size();
    return n >= 2 && word_[n - 1] == word_[n - 2] && IsConsonantAt(n - 1);
  }
  // Consonant, vowel, consonant, the last no w, x or y; of two letters, vowel and consonant.
  bool EndsShort(std::size_t n) const {
    if (n == 2) return !IsConsonantAt(0) && IsConsonantAt(1);
    if (n < 3 || !IsConsonantAt(n - 3) || IsConsonantAt(n - 2) || !IsConsonantAt(n - 1)) return false;
    return word_[n - 1] != 'w' && word_[n - 1] != 'x' && word_[n - 1] != 'y';
  }
  void ApplyWithMeasure(std::span<const Rule> rules) {
    for (const Rule& rule : rules) {
      if (!Ends(rule.suffix)) continue;
      if (Measure(word_.size() - rule.suffix.size()) > 0) Replace(rule.suffix.size(), rule.replacement);
      return;
    }
  }

  void Step1a() {
    if (word_.size() == 4 && Ends("ies")) return Replace(1, "");
    for (const Rule& rule : kStep1a) {
      if (Ends(rule.suffix)) return Replace(rule.suffix.size(), rule.replacement);
    }
  }
  void Step1b() {
    if (Ends("ied")) return Replace(word_.size() == 4 ? 1 : 2, "");
    if (Ends("eed")) {
      if (Measure(word_.size() - 3) > 0) Replace(1, "");
      return;
    }
    const std::size_t suffix = Ends("ed") ? 2 : Ends("ing") ? 3 : 0;
    if (suffix == 0 || !HasVowel(word_.size() - suffix)) return;
    Replace(suffix, "");
    if (Ends("at") || Ends("bl") || Ends("iz")) {
      word_ += 'e';
    } else if (EndsWithDouble()) {
      const char last = word_.back();
      if (last != 'l' && last != 's' && last != 'z') word_.pop_back();
    } else if (Measure(word_.size()) == 1 && EndsShort(word_.size())) {
      word_ += 'e';
    }
  }
  void Step1c() {
    const std::size_t n = word_.size();
    if (n > 2 && word_[n - 1] == 'y' && IsConsonantAt(n - 2)) word_[n - 1] = 'i';
  }
  void Step2() {
    // "-ally" first, and what is left once more.
    while (Ends("alli") && Measure(word_.size() - 4) > 0) Replace(2, "");
    if (Ends("logi")) {
      // The l counts as part of the stem, so that geology is treated as archaeology is.
      if (Measure(word_.size() - 3) > 0) Replace(1, "");
      return;
    }
    ApplyWithMeasure(kStep2);
  }
  void Step3() { ApplyWithMeasure(kStep3); }
  void Step4() {
    for (const std::string_view suffix : kStep4) {
      if (!Ends(suffix)) continue;
      const std::size_t stem = word_.size() - suffix.size();
      if (Measure(stem) <= 1) return;
      if (suffix == "ion" && word_[stem - 1] != 's' && word_[stem - 1] != 't') return;
      return Replace(suffix.size(), "");
    }
  }
  void Step5() {
    if (Ends("e")) {
      const std::size_t stem = word_.size() - 1;
      const int measure = Measure(stem);
      if (measure > 1 || (measure == 1 && !EndsShort(stem))) word_.pop_back();
    }
    if (Ends("ll") && Measure(word_.size() - 1) > 1) word_.pop_back();
  }

  std::string word_;
};

constexpr std::size_t kMaxForeign = 100;  // different characters beyond ASCII that a byte can stand for

}  // namespace

std::string PorterStem(std::string_view word) {
  // A byte for each character: the rules count and compare characters.
  std::string letters;
  std::vector<std::string_view> foreign;
  for (std::string_view rest = word; !rest.empty();) {
    const UnicodeCharacter c = FirstUnicodeCharacter(rest);
    const std::string_view character = rest.substr(0, c.bytes);
    rest.remove_prefix(c.bytes);
    if (c.code < 0x80) {
      letters += static_cast<char>(c.code);
      continue;
    }
    const auto found = std::find(foreign.begin(), foreign.end(), character);
    if (found == foreign.end() && foreign.size() == kMaxForeign) return std::string(word);
    letters += static_cast<char>(0x80 + (found - foreign.begin()));
    if (found == foreign.end()) foreign.push_back(character);
  }
  for (const auto& [irregular, stem] : kIrregular) {
    if (letters == irregular) return std::string(stem);
  }
  if (letters.size() <= 2) return std::string(word);
  std::string stem = Stemmer(std::move(letters)).Stem();
  if (foreign.empty()) return stem;
  std::string out;
  for (const char c : stem) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += foreign[byte - 0x80];
    }
  }
  return out;
}

}  // namespace assay
