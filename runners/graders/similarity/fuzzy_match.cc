// fuzzy_match: the ratio of what two texts share, whatever the order of their words, as RapidFuzz has it.

#include <algorithm>
#include <utility>

#include "runners/graders/similarity/compared_text.h"

namespace assay {
namespace {

enum class FuzzyRatio { kTokenSort, kTokenSet, kPlain };

struct FuzzyMatchOptions {
  std::vector<std::string> reference;
  FuzzyRatio ratio = FuzzyRatio::kTokenSort;
  bool normalize = false;
  static const FieldTable<FuzzyMatchOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<FuzzyRatio> {
  static constexpr EnumWord<FuzzyRatio> kWords[] = {
      {"token_sort", FuzzyRatio::kTokenSort, "of the words in the order of the alphabet"},
      {"token_set", FuzzyRatio::kTokenSet, "the best of the words that both have and those that only one has"},
      {"plain", FuzzyRatio::kPlain, "of the texts as they are"}};
};

namespace {

const FieldTable<FuzzyMatchOptions>& FuzzyMatchOptions::Fields() {
  static const auto table =
      FieldTable<FuzzyMatchOptions>()
          .Required("reference", &FuzzyMatchOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("ratio", &FuzzyMatchOptions::ratio, "what is compared")
          .Optional("normalize", &FuzzyMatchOptions::normalize,
                    "compare in lower case, with a space for each character that is no letter and no number");
  return table;
}

std::string LettersAndNumbers(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const UnicodeCharacter c = FirstUnicodeCharacter(text);
    if (IsUnicodeLetterOrNumber(c.code)) {
      out += text.substr(0, c.bytes);
    } else {
      out += ' ';
    }
    text.remove_prefix(c.bytes);
  }
  return UnicodeLowerCase(TrimUnicodeSpaces(out));
}

std::string Joined(const std::vector<std::string_view>& words) {
  std::string out;
  for (const std::string_view word : words) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

// UTF-8 sorts as its characters do.
std::vector<std::string_view> SortedWords(std::string_view text, bool unique) {
  std::vector<std::string_view> words = SplitAtUnicodeSpaces(text);
  std::sort(words.begin(), words.end());
  if (unique) words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

struct RatioResult {
  double value = 0;
  std::string too_long = {};  // not empty: nothing was computed
};

// 1 − insertions and deletions over `whole` characters.
RatioResult IndelRatio(std::string_view a, std::string_view b, std::size_t whole) {
  const ComparedText first(a, {});
  const ComparedText second(b, {});
  const auto common = CommonSubsequence(first.characters(), second.characters());
  if (!common) return {0, TooLong(first.characters(), second.characters(), "characters")};
  const std::size_t edits = first.characters().size() + second.characters().size() - 2 * *common;
  return {whole == 0 ? 1 : 1 - static_cast<double>(edits) / static_cast<double>(whole)};
}

RatioResult PlainRatio(std::string_view a, std::string_view b) {
  return IndelRatio(a, b, UnicodeCharacters(a).size() + UnicodeCharacters(b).size());
}

RatioResult TokenSetRatio(std::string_view a, std::string_view b) {
  const std::vector<std::string_view> of_a = SortedWords(a, true);
  const std::vector<std::string_view> of_b = SortedWords(b, true);
  if (of_a.empty() || of_b.empty()) return {};
  std::vector<std::string_view> both;
  std::vector<std::string_view> only_a;
  std::vector<std::string_view> only_b;
  std::set_intersection(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::back_inserter(both));
  std::set_difference(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(), std::back_inserter(only_a));
  std::set_difference(of_b.begin(), of_b.end(), of_a.begin(), of_a.end(), std::back_inserter(only_b));
  if (!both.empty() && (only_a.empty() || only_b.empty())) return {1};
  const std::string rest_a = Joined(only_a);
  const std::string rest_b = Joined(only_b);
  const std::size_t shared = UnicodeCharacters(Joined(both)).size();
  const std::size_t space = shared > 0 ? 1 : 0;
  const std::size_t length_a = UnicodeCharacters(rest_a).size();
  const std::size_t length_b = UnicodeCharacters(rest_b).size();
  RatioResult best = IndelRatio(rest_a, rest_b, 2 * (shared + space) + length_a + length_b);
  if (shared == 0 || !best.too_long.empty()) return best;
  // What both have, beside all words of the one text: the rest of that is what differs.
  for (const std::size_t length : {length_a, length_b}) {
    const auto rest = static_cast<double>(space + length);
    best.value = std::max(best.value, 1 - rest / (2 * static_cast<double>(shared) + rest));
  }
  return best;
}

RatioResult RatioOf(FuzzyRatio ratio, std::string_view a, std::string_view b) {
  switch (ratio) {
    case FuzzyRatio::kPlain:
      return PlainRatio(a, b);
    case FuzzyRatio::kTokenSort:
      return PlainRatio(Joined(SortedWords(a, false)), Joined(SortedWords(b, false)));
    case FuzzyRatio::kTokenSet:
      return TokenSetRatio(a, b);
  }
  return {};
}

class FuzzyMatch final : public ComparingGrader {
 public:
  FuzzyMatch(const FuzzyMatchOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    const std::string text = options_.normalize ? LettersAndNumbers(response.text) : response.text;
    if (TrimUnicodeSpaces(response.text).empty()) return Score::Failing("the response is empty");
    if (TrimUnicodeSpaces(text).empty()) return Score::Failing("the response has no letter and no number");
    double best = -1;
    std::size_t nearest = 0;
    for (std::size_t i = 0; i < references->size(); ++i) {
      const std::string reference = options_.normalize ? LettersAndNumbers((*references)[i]) : (*references)[i];
      if (TrimUnicodeSpaces(reference).empty()) continue;
      const RatioResult ratio = RatioOf(options_.ratio, reference, text);
      if (!ratio.too_long.empty()) return Score::Broken(ratio.too_long);
      if (ratio.value <= best) continue;
      best = ratio.value;
      nearest = i;
    }
    if (best < 0) return Score::Unscored("no reference has a letter or a number");
    return Score::Measured(best, MeasureReason("ratio", best, *references, nearest));
  }

 private:
  FuzzyMatchOptions options_;
};

}  // namespace

GraderKind FuzzyMatchGrader() {
  return {1,
          "how alike the response and a reference are, whatever the order of their words",
          &FuzzyMatchOptions::Fields(),
          &MakeComparing<FuzzyMatch, FuzzyMatchOptions>,
          /*judges_text=*/true,
          GraderValue::kShare};
}

}  // namespace assay
