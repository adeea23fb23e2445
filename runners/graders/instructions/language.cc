// langdetect's method (Nakatani Shuyo 2010): a naive Bayes classifier over sequences of one to three characters. Each
// trial looks at sequences drawn at random until one language is nearly certain; the trials' probabilities are
// averaged.

#include "runners/graders/instructions/language.h"

#include <unicode/unorm2.h>

#include <algorithm>
#include <array>
#include <vector>

#include "runners/graders/instructions/language_profiles.h"
#include "runners/graders/instructions/letters.h"

namespace assay::instructions {
namespace {

constexpr std::size_t kMaxLetters = 10'000;

bool IsWithin(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// What is read of a text.

bool IsAsciiAlphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool IsOfHost(char c) { return IsAsciiAlphanumeric(c) || c == '-' || c == '_'; }
bool IsOfMail(char c) { return IsOfHost(c) || c == '.'; }
bool IsOfUrl(char c) {
  return IsAsciiAlphanumeric(c) || std::string_view("-_.?&~;+=/#").find(c) != std::string_view::npos;
}

std::size_t RunLength(std::string_view text, std::size_t most, bool (*is_part)(char)) {
  std::size_t length = 0;
  while (length < std::min(most, text.size()) && is_part(text[length])) ++length;
  return length;
}

// The length of the web address at the beginning of `text`, 0 if none is there.
std::size_t UrlLength(std::string_view text) {
  const std::size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
  if (scheme == 0) return 0;
  const std::size_t rest = RunLength(text.substr(scheme), 2076, &IsOfUrl);
  return rest == 0 ? 0 : scheme + rest;
}

// The length of "@host" at the beginning of `text`, 0 if none is there.
std::size_t MailHostLength(std::string_view text) {
  if (!text.starts_with('@')) return 0;
  const std::size_t host = RunLength(text.substr(1), 255, &IsOfHost);
  const std::size_t rest = RunLength(text.substr(1 + host), 255, &IsOfMail);
  return host == 0 || host + rest < 2 ? 0 : 1 + host + rest;
}

// A vowel with a Vietnamese tone mark behind it, as one character; 0 for anything else.
char32_t WithTone(char32_t vowel, char32_t mark) {
  constexpr std::u32string_view kMarks = U"\u0300\u0301\u0303\u0309\u0323";
  constexpr std::u32string_view kVowels = U"AEIOUYaeiouyÂÊÔâêôĂăƠơƯư";
  if (kMarks.find(mark) == kMarks.npos || kVowels.find(vowel) == kVowels.npos) return 0;
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* const composer = unorm2_getNFCInstance(&error);
  if (U_FAILURE(error)) return 0;
  const UChar32 both = unorm2_composePair(composer, static_cast<UChar32>(vowel), static_cast<UChar32>(mark));
  return both < 0 ? 0 : static_cast<char32_t>(both);
}

// The first characters, with a blank for each web and mail address, and one blank for several.
std::u32string ReadLetters(std::string_view text) {
  std::u32string letters;
  std::size_t count = 0;  // blanks that were left out included
  for (std::size_t at = 0; at < text.size() && count < kMaxLetters; ++count) {
    char32_t c = ' ';
    if (const std::size_t url = text[at] == 'h' ? UrlLength(text.substr(at)) : 0) {
      at += url;
    } else if (const std::size_t host = MailHostLength(text.substr(at));
               host > 0 && at > 0 && IsOfMail(text[at - 1]) && !letters.empty() && letters.back() != ' ') {
      for (int i = 0;
           i < 64 && !letters.empty() && letters.back() < 0x80 && IsOfMail(static_cast<char>(letters.back())); ++i) {
        letters.pop_back();
      }
      at += host;
    } else {
      c = TakeLetter(text, at);
    }
    const char32_t toned = letters.empty() ? 0 : WithTone(letters.back(), c);
    if (toned != 0) {
      letters.back() = toned;
    } else if (c != ' ' || letters.empty() || letters.back() != ' ') {
      letters += c;
    }
  }
  return letters;
}

// Latin letters in a text that is mostly of another script (names, abbreviations) say nothing of its language.
void DropRareLatin(std::u32string& letters) {
  std::size_t latin = 0;
  std::size_t other = 0;
  for (const char32_t c : letters) {
    if (IsWithin(c, 'A', 'z')) {
      ++latin;
    } else if (c >= 0x300 && !IsWithin(c, 0x1E00, 0x1EFF)) {
      ++other;
    }
  }
  if (latin * 2 < other) std::erase_if(letters, [](char32_t c) { return IsWithin(c, 'A', 'z'); });
}

// One character for all that the profiles do not tell apart; a blank for what is no letter.
char32_t Normalized(char32_t c) {
  if (c < 0x80) return IsAlphabetic(c) ? c : ' ';
  if (c < 0x100) return c == 0xA0 || c == 0xAB || c == 0xB0 || c == 0xBB ? ' ' : c;
  if (c == 0x219) return 0x15F;  // Romanian: comma below is cedilla
  if (c == 0x21B) return 0x163;
  if (c == 0x6CC) return 0x64A;  // Persian yeh is Arabic yeh
  if (IsWithin(c, 0x1EA0, 0x1EFF)) return 0x1EC3;
  if (IsWithin(c, 0x2000, 0x206F)) return ' ';
  if (IsWithin(c, 0x3040, 0x309F)) return 0x3042;
  if (IsWithin(c, 0x30A0, 0x30FF)) return 0x30A2;
  if (IsWithin(c, 0x3100, 0x312F) || IsWithin(c, 0x31A0, 0x31BF)) return 0x3105;
  if (IsWithin(c, 0x4E00, 0x9FFF)) return RepresentativeOf(c);
  if (IsWithin(c, 0xAC00, 0xD7AF)) return 0xAC00;
  return c > 0xFFFF ? 0xFFFF : c;
}

std::vector<Gram> GramsOf(const std::u32string& letters) {
  std::vector<Gram> grams;
  grams.reserve(letters.size() * 3);
  std::array<char32_t, 3> last = {0, 0, ' '};  // 0: none, since a blank begins anew
  bool is_capital_word = false;                // which says less of its language than other words
  for (const char32_t letter : letters) {
    const char32_t c = Normalized(letter);
    const char32_t before = last[2];
    if (before == ' ') {
      last = {0, 0, ' '};
      is_capital_word = false;
      if (c == ' ') continue;
    }
    last = {last[1], last[2], c};
    is_capital_word = IsUpper(c) && (is_capital_word || IsUpper(before));
    if (is_capital_word) continue;
    const Gram one = last[2];
    const Gram two = Gram{last[1]} << 16 | one;
    if (c != ' ') grams.push_back(Gram{1} << 48 | one);
    grams.push_back(Gram{2} << 48 | two);
    if (last[0] != 0) grams.push_back(Gram{3} << 48 | Gram{last[0]} << 32 | two);
  }
  return grams;
}

// What the sequences say.

constexpr std::size_t kMostLanguages = 64;
using Probabilities = std::array<double, kMostLanguages>;

// Draws sequences that the profiles know, the same from the same text.
class Draws {
 public:
  explicit Draws(std::vector<Gram> grams) : grams_(std::move(grams)) {}

  struct Drawn {
    std::size_t length = 0;
    GramCounts found;  // empty when no sequence is known
  };
  Drawn Next() {
    while (!grams_.empty()) {
      const std::size_t index = NextNumber() % grams_.size();
      const Gram gram = grams_[index];
      if (const auto found = CountsOf(gram); !found.counts.empty())
        return {static_cast<std::size_t>(gram >> 48), found};
      grams_[index] = grams_.back();
      grams_.pop_back();
    }
    return {};
  }

 private:
  // SplitMix64, whose numbers are the same everywhere.
  std::uint64_t NextNumber() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::vector<Gram> grams_;
  std::uint64_t state_ = 20100731;
};

void Update(Probabilities& probabilities, const Draws::Drawn& drawn, double smoothing) {
  const Probabilities before = probabilities;
  for (double& probability : probabilities) probability *= smoothing;
  for (std::size_t i = 0; i < drawn.found.languages.size(); ++i) {
    const std::size_t language = drawn.found.languages[i];
    probabilities[language] += before[language] * drawn.found.counts[i] / TotalOf(language, drawn.length);
  }
}

// Makes their sum 1; the highest.
double Normalize(Probabilities& probabilities) {
  double sum = 0;
  for (const double probability : probabilities) sum += probability;
  double highest = 0;
  for (double& probability : probabilities) highest = std::max(highest, probability /= sum);
  return highest;
}

Probabilities Try(Draws& draws, double smoothing) {
  constexpr int kMostDraws = 1000;
  constexpr double kCertain = 0.99999;
  const std::size_t languages = LanguageCodes().size();
  Probabilities probabilities = {};
  std::fill_n(probabilities.begin(), languages, 1.0 / static_cast<double>(languages));
  for (int i = 0;; ++i) {
    Update(probabilities, draws.Next(), smoothing);
    if (i % 5 == 0 && (Normalize(probabilities) > kCertain || i >= kMostDraws)) return probabilities;
  }
}

std::size_t Likeliest(const Probabilities& probabilities) {
  return static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
}

}  // namespace

std::optional<std::string_view> IdentifyLanguage(std::string_view text) {
  constexpr int kTrials = 7;
  constexpr int kMoreTrials = 49;  // where the first ones disagree
  // langdetect draws this as well; here its values at even steps of the same normal distribution.
  constexpr std::array<double, kTrials> kSmoothing = {0.427, 0.46, 0.482, 0.5, 0.518, 0.54, 0.573};
  constexpr double kSmoothingUnit = 10'000;
  constexpr double kLikely = 0.1;

  std::u32string letters = ReadLetters(text);
  DropRareLatin(letters);
  Draws draws(GramsOf(letters));
  if (draws.Next().found.counts.empty()) return std::nullopt;
  Probabilities sum = {};
  bool is_unanimous = true;
  int trials = 0;
  while (trials < kTrials || (!is_unanimous && trials < kMoreTrials)) {
    const Probabilities one = Try(draws, kSmoothing[static_cast<std::size_t>(trials % kTrials)] / kSmoothingUnit);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += one[i];
    ++trials;
    is_unanimous = is_unanimous && Likeliest(one) == Likeliest(sum);
  }
  const std::size_t best = Likeliest(sum);
  return sum[best] / trials > kLikely ? LanguageCodes()[best] : std::string_view("unknown");
}

bool IsKnownLanguage(std::string_view code) {
  return std::ranges::find(LanguageCodes(), code) != LanguageCodes().end();
}

}  // namespace assay::instructions
