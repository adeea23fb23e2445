// readability: how easy an English text is to read, by its lengths of words and sentences.

#include <charconv>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/text_units.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

enum class ReadabilityScale { kGrade, kEase };

struct ReadabilityOptions {
  ReadabilityScale scale = ReadabilityScale::kGrade;
  std::optional<double> min;
  std::optional<double> max;
  static const FieldTable<ReadabilityOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<ReadabilityScale> {
  static constexpr EnumWord<ReadabilityScale> kWords[] = {
      {"grade", ReadabilityScale::kGrade, "Flesch-Kincaid: years of school, larger is harder"},
      {"ease", ReadabilityScale::kEase, "Flesch reading ease: about 0 to 100, larger is easier"}};
};

namespace {

const FieldTable<ReadabilityOptions>& ReadabilityOptions::Fields() {
  static const auto table = FieldTable<ReadabilityOptions>()
                                .Optional("scale", &ReadabilityOptions::scale, "what is measured")
                                .Optional("min", &ReadabilityOptions::min, "the smallest value that passes")
                                .Optional("max", &ReadabilityOptions::max, "the largest value that passes")
                                .Check(
                                    [](const ReadabilityOptions& options, const Node& node, Diagnostics& diagnostics) {
                                      if (!options.min && !options.max)
                                        diagnostics.Add(node.At("\"min\" or \"max\" is needed"));
                                      if (options.min && options.max && *options.min > *options.max) {
                                        diagnostics.Add(node.Find("min").value_or(node).At("more than \"max\""));
                                      }
                                    },
                                    {"min", "max"});
  return table;
}

struct WordCounts {
  std::size_t words = 0;
  std::size_t syllables = 0;
};

// Words have a letter; a hyphen within does not part them for the count, only for the syllables.
WordCounts CountWordsAndSyllables(std::string_view text) {
  WordCounts counts;
  while (!(text = Trimmed(text)).empty()) {
    const std::string_view begin = text;
    std::size_t size = begin.size();
    bool has_letter = false;
    while (!text.empty()) {
      const std::size_t at = begin.size() - text.size();
      const char32_t c = TakeCharacter(text);
      if (IsSpaceCharacter(c)) {
        size = at;
        break;
      }
      has_letter = has_letter || IsLetterCharacter(c);
    }
    if (!has_letter) continue;
    ++counts.words;
    for (std::string_view rest = begin.substr(0, size); !rest.empty();) {
      const std::size_t hyphen = rest.find('-');
      const std::string_view part = rest.substr(0, hyphen);
      if (part.find_first_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string_view::npos) {
        counts.syllables += CountSyllables(part);
      }
      rest.remove_prefix(hyphen == std::string_view::npos ? rest.size() : hyphen + 1);
    }
  }
  return counts;
}

std::string Short(double value) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, 1);
  return {digits, end};
}

class Readability final : public Grader {
 public:
  explicit Readability(const ReadabilityOptions& options) : options_(options) {}

  Score Grade(const Case&, const Response& response) const override {
    if (TrimBlanks(response.text).empty()) return Score::Failing("the response is empty");
    const WordCounts counts = CountWordsAndSyllables(response.text);
    const std::size_t sentences = CountSentences(response.text);
    if (counts.words == 0 || sentences == 0) return Score::Failing("the response has no words");
    const double words_a_sentence = static_cast<double>(counts.words) / static_cast<double>(sentences);
    const double syllables_a_word = static_cast<double>(counts.syllables) / static_cast<double>(counts.words);
    const bool is_grade = options_.scale == ReadabilityScale::kGrade;
    const double value = is_grade ? 0.39 * words_a_sentence + 11.8 * syllables_a_word - 15.59
                                  : 206.835 - 1.015 * words_a_sentence - 84.6 * syllables_a_word;
    const std::string got = (is_grade ? "grade " : "reading ease ") + Short(value) + " (" + Short(words_a_sentence) +
                            " words a sentence, " + Short(syllables_a_word) + " syllables a word)";
    if (options_.min && value < *options_.min) {
      return Score::Failing("expected at least " + Short(*options_.min) + ", got " + got);
    }
    if (options_.max && value > *options_.max) {
      return Score::Failing("expected at most " + Short(*options_.max) + ", got " + got);
    }
    return Score::Pass(got);
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  ReadabilityOptions options_;
};

std::unique_ptr<Grader> MakeReadability(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ReadabilityOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Readability>(options);
}

}  // namespace

GraderKind ReadabilityGrader() {
  return {1, "an English response is as easy to read as asked", &ReadabilityOptions::Fields(), &MakeReadability};
}

}  // namespace assay
