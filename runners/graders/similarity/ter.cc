// ter: translation edit rate, the edits and shifts of words that turn the response into a reference, over its length.

#include <algorithm>
#include <utility>

#include "runners/graders/similarity/references.h"
#include "runners/graders/similarity/ter_edits.h"
#include "runners/graders/similarity/unicode_text.h"

namespace assay {
namespace {

struct TerOptions {
  std::vector<std::string> reference;
  bool ignore_case = true;
  bool normalize = false;
  bool remove_punctuation = false;
  bool asian = false;
  static const FieldTable<TerOptions>& Fields();
};

const FieldTable<TerOptions>& TerOptions::Fields() {
  static const auto table =
      FieldTable<TerOptions>()
          .Required("reference", &TerOptions::reference, std::string(kReferenceHelp), kReferenceLimits)
          .Optional("ignore_case", &TerOptions::ignore_case, "compare in lower case")
          .Optional("normalize", &TerOptions::normalize, "separate punctuation from words, join lines, read &amp;")
          .Optional("remove_punctuation", &TerOptions::remove_punctuation, "leave out . , ? : ; ! \" ( )")
          .Optional("asian", &TerOptions::asian,
                    "with `normalize` every Chinese character is a word; with `remove_punctuation` that of Chinese and "
                    "Japanese goes, too");
  return table;
}

bool IsAsianPunctuation(char32_t c) {
  return c == 0x3001 || c == 0x3002 || (c >= 0x3008 && c <= 0x3011) || (c >= 0x3014 && c <= 0x301F) ||
         (c >= 0xFF61 && c <= 0xFF65) || c == 0x30FB || c == 0xFF0E || c == 0xFF0C || c == 0xFF1F || c == 0xFF1A ||
         c == 0xFF1B || c == 0xFF01 || c == 0xFF02 || c == 0xFF08 || c == 0xFF09;
}

// Ideographs, strokes and radicals, and the compatibility forms.
bool IsIdeograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x31C0 && c <= 0x31EF) ||
         (c >= 0x2E80 && c <= 0x2EFF) || (c >= 0x3300 && c <= 0x33FF) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFE30 && c <= 0xFE4F) || (c >= 0x3200 && c <= 0x3F22);
}

constexpr std::u32string_view kWesternPunctuation = U".,?:;!\"()";

// Each character for which `picks` holds, between spaces or left out.
template <class Picks>
std::string WithEach(std::string_view text, Picks picks, bool keep) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const UnicodeCharacter c = FirstUnicodeCharacter(text);
    if (!picks(c.code)) {
      out += text.substr(0, c.bytes);
    } else if (keep) {
      out += ' ';
      out += text.substr(0, c.bytes);
      out += ' ';
    }
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string Normalized(std::string_view text, bool asian) {
  std::string line = EachReplaced(EachReplaced(text, "\n-", ""), "\n", " ");
  line = EachReplaced(EachReplaced(line, "&quot;", "\""), "&amp;", "&");
  line = " " + EachReplaced(EachReplaced(line, "&lt;", "<"), "&gt;", ">") + " ";
  line = PunctuationApart(line, /*possessives=*/true);
  if (asian)
    line = WithEach(
        line, [](char32_t c) { return IsIdeograph(c) || IsAsianPunctuation(c); }, true);
  return line;
}

class Ter final : public ComparingGrader {
 public:
  Ter(const TerOptions& options, ReferenceTexts references)
      : ComparingGrader(std::move(references)), options_(options) {}

  // The fewest edits for any reference, over the mean length of all. An empty response needs as many edits as the
  // shortest has words; that it fails is up to the frame.
  Score Grade(const Case& item, const Response& response) const override {
    const auto references = ReferencesOf(item);
    if (!references) return references.error();
    const std::string text = Prepared(response.text);
    std::vector<std::string> texts;
    for (const std::string& reference : *references) texts.push_back(Prepared(reference));
    Vocabulary vocabulary;
    const TokenIds words = vocabulary.Ids(SplitAtUnicodeSpaces(text));
    std::int64_t best = INT64_MAX;
    std::size_t nearest = 0;
    double length = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const TokenIds reference = vocabulary.Ids(SplitAtUnicodeSpaces(texts[i]));
      const auto edits = TranslationEdits(words, reference);
      if (!edits) {
        return Score::Broken("the texts are too long to be compared: " + std::to_string(reference.size()) + " and " +
                             std::to_string(words.size()) + " words, at most " + std::to_string(kMaxTerWords));
      }
      length += static_cast<double>(reference.size());
      if (*edits >= best) continue;
      best = *edits;
      nearest = i;
    }
    length /= static_cast<double>(texts.size());
    if (length == 0) return Score::Unscored("no reference has a word");
    const double value = static_cast<double>(best) / length;
    return Score::Measured(value, MeasureReason("TER", value, *references, nearest));
  }

 private:
  std::string Prepared(std::string_view text) const {
    text = TrimUnicodeSpacesAtEnd(text);
    std::string line = options_.ignore_case ? UnicodeLowerCase(text) : std::string(text);
    if (options_.normalize) line = Normalized(line, options_.asian);
    if (options_.remove_punctuation) {
      const bool asian = options_.asian;
      line = WithEach(
          line,
          [asian](char32_t c) {
            return kWesternPunctuation.find(c) != std::u32string_view::npos || (asian && IsAsianPunctuation(c));
          },
          false);
    }
    return line;
  }

  TerOptions options_;
};

}  // namespace

GraderKind TerGrader() {
  return {1,
          "edits and shifts of words from the response to a reference, over its length",
          &TerOptions::Fields(),
          &MakeComparing<Ter, TerOptions>,
          /*judges_text=*/true,
          GraderValue::kErrorRate};
}

}  // namespace assay
