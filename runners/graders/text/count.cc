// count: how many words, characters, lines, sentences … the response has.

#include <algorithm>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/text/text_units.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

enum class TextUnit { kWords, kCharacters, kUtf16, kBytes, kLines, kFilledLines, kSentences, kParagraphs };

struct CountOptions {
  TextUnit unit = TextUnit::kWords;
  std::optional<std::int64_t> exactly;
  std::optional<std::int64_t> min;
  std::optional<std::int64_t> max;
  bool trim = false;
  static const FieldTable<CountOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<TextUnit> {
  static constexpr EnumWord<TextUnit> kWords[] = {
      {"words", TextUnit::kWords, "runs of what is not white space"},
      {"characters", TextUnit::kCharacters, "Unicode code points"},
      {"utf16_units", TextUnit::kUtf16, "UTF-16 code units, the length that JavaScript gives"},
      {"bytes", TextUnit::kBytes, "of UTF-8"},
      {"lines", TextUnit::kLines, "lines, blank ones included"},
      {"filled_lines", TextUnit::kFilledLines, "lines that are not blank"},
      {"sentences", TextUnit::kSentences, "sentences"},
      {"paragraphs", TextUnit::kParagraphs, "blocks of lines between blank lines"}};
};

namespace {

const FieldTable<CountOptions>& CountOptions::Fields() {
  static const auto table = FieldTable<CountOptions>()
                                .Optional("unit", &CountOptions::unit, "what is counted")
                                .Optional("exactly", &CountOptions::exactly, "the only number that passes", {.min = 0})
                                .Optional("min", &CountOptions::min, "the smallest number that passes", {.min = 0})
                                .Optional("max", &CountOptions::max, "the largest number that passes", {.min = 0})
                                .Optional("trim", &CountOptions::trim, "white space at both ends does not count")
                                .AtMostOneOf({"exactly", "min"})
                                .AtMostOneOf({"exactly", "max"})
                                .Check(
                                    [](const CountOptions& options, const Node& node, Diagnostics& diagnostics) {
                                      if (!options.exactly && !options.min && !options.max) {
                                        diagnostics.Add(node.At("one of \"exactly\", \"min\" and \"max\" is needed"));
                                      }
                                      if (options.min && options.max && *options.min > *options.max) {
                                        diagnostics.Add(node.Find("min").value_or(node).At("more than \"max\""));
                                      }
                                    },
                                    {"exactly", "min", "max"});
  return table;
}

std::size_t CountUtf16(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) count += TakeCharacter(text) > 0xFFFF ? 2 : 1;
  return count;
}

std::size_t CountOf(TextUnit unit, std::string_view text) {
  switch (unit) {
    case TextUnit::kWords:
      return CountWords(text);
    case TextUnit::kCharacters:
      return CountCharacters(text);
    case TextUnit::kUtf16:
      return CountUtf16(text);
    case TextUnit::kBytes:
      return text.size();
    case TextUnit::kLines:
      return CountLines(text, true);
    case TextUnit::kFilledLines:
      return CountLines(text, false);
    case TextUnit::kSentences:
      return CountSentences(text);
    case TextUnit::kParagraphs:
      break;
  }
  return CountParagraphs(text);
}

class Count final : public Grader {
 public:
  explicit Count(const CountOptions& options) : options_(options) {}

  Score Grade(const Case&, const Response& response) const override {
    if (TrimBlanks(response.text).empty()) return Score::Failing("the response is empty");
    const std::string_view text = options_.trim ? Trimmed(response.text) : std::string_view(response.text);
    const auto count = static_cast<std::int64_t>(CountOf(options_.unit, text));
    std::string got = std::to_string(count) + " " + std::string(WordOf(options_.unit));
    std::replace(got.begin(), got.end(), '_', ' ');
    if (options_.exactly && count != *options_.exactly) {
      return Score::Failing("expected " + std::to_string(*options_.exactly) + ", got " + got);
    }
    if (options_.min && count < *options_.min) {
      return Score::Failing("expected at least " + std::to_string(*options_.min) + ", got " + got);
    }
    if (options_.max && count > *options_.max) {
      return Score::Failing("expected at most " + std::to_string(*options_.max) + ", got " + got);
    }
    return Score::Pass(got);
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  CountOptions options_;
};

std::unique_ptr<Grader> MakeCount(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  CountOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Count>(options);
}

}  // namespace

GraderKind CountGrader() {
  return {1, "the response has so many words, characters, lines or sentences", &CountOptions::Fields(), &MakeCount};
}

}  // namespace assay
