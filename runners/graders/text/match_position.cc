// match_position: a text, or a number, at the beginning or end of the response, anywhere in it, or all of it.

#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/loose_number.h"
#include "runners/graders/text/target_texts.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

enum class Location { kEnd, kBegin, kAny, kExact };

struct MatchPositionOptions {
  std::vector<std::string> value;
  Location at = Location::kEnd;
  bool numeric = false;
  bool ignore_case = true;
  bool ignore_punctuation = true;
  int significant_digits = 5;
  static const FieldTable<MatchPositionOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<Location> {
  static constexpr EnumWord<Location> kWords[] = {{"end", Location::kEnd, "the end of the response"},
                                                  {"begin", Location::kBegin, "its beginning"},
                                                  {"any", Location::kAny, "anywhere in it"},
                                                  {"exact", Location::kExact, "all of it"}};
};

namespace {

const FieldTable<MatchPositionOptions>& MatchPositionOptions::Fields() {
  static const auto table =
      FieldTable<MatchPositionOptions>()
          .Required("value", &MatchPositionOptions::value, std::string(kOneOfTexts),
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("at", &MatchPositionOptions::at,
                    "where it must stand; of numbers: the last, the first, any, the only")
          .Optional("numeric", &MatchPositionOptions::numeric,
                    "a target that is a number is compared with the numbers among the words of the response")
          .Optional("ignore_case", &MatchPositionOptions::ignore_case, "compare by Unicode's full case folding")
          .Optional("ignore_punctuation", &MatchPositionOptions::ignore_punctuation,
                    "ignore ASCII punctuation at both ends of response and target")
          .Optional("significant_digits", &MatchPositionOptions::significant_digits,
                    "numbers are alike when they are to so many digits", {.min = 1, .max = 15});
  return table;
}

bool IsEdge(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return IsAsciiPunctuation(byte) || byte == ' ' || (byte >= '\t' && byte <= '\r');
}

std::string_view WithoutEdges(std::string_view text) {
  while (!text.empty() && IsEdge(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsEdge(text.back())) text.remove_suffix(1);
  return text;
}

class MatchPosition final : public Grader {
 public:
  MatchPosition(const MatchPositionOptions& options, TargetTexts targets)
      : at_(options.at),
        numeric_(options.numeric),
        ignore_case_(options.ignore_case),
        ignore_punctuation_(options.ignore_punctuation),
        digits_(options.significant_digits),
        targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto targets = targets_.For(item);
    if (!targets) return targets.error();
    const std::string expected = "expected " + ListedTexts(*targets) + " " + Place() + ", ";
    if (TrimBlanks(response.text).empty()) return Score::Failing(expected + "the response is empty");
    const std::string text = Comparable(response.text);
    std::optional<std::string> plain;
    std::string numbers;
    bool has_target = false;
    for (const std::string& target : *targets) {
      const std::string wanted = Comparable(target);
      if (const auto number = numeric_ ? LooseNumber(WithoutNumericMarks(wanted)) : std::nullopt) {
        has_target = true;
        const std::string found = FindNumber(text, *number, numbers);
        if (!found.empty()) return Score::Pass("found the number " + found + " " + Place());
        continue;
      }
      const std::string edged(ignore_punctuation_ ? WithoutEdges(wanted) : std::string_view(wanted));
      if (edged.empty()) continue;  // of punctuation only: it would be anywhere
      has_target = true;
      if (!plain) plain = std::string(ignore_punctuation_ ? WithoutEdges(text) : std::string_view(text));
      if (MatchesText(*plain, edged)) return Score::Pass("found " + Quoted(target) + " " + Place());
    }
    if (!has_target) return Score::Unscored("the target " + ListedTexts(*targets) + " is nothing but punctuation");
    return Score::Failing(expected + "got " + (numbers.empty() ? Quoted(text) : numbers));
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  std::string Place() const {
    switch (at_) {
      case Location::kEnd:
        return "at the end";
      case Location::kBegin:
        return "at the beginning";
      case Location::kAny:
        return "somewhere";
      case Location::kExact:
        break;
    }
    return "as the whole response";
  }

  std::string Comparable(std::string_view text) const {
    text = Trimmed(text);
    return ignore_case_ ? CaseFolded(text) : std::string(text);
  }

  // "%.5g", without telling -0 from 0.
  std::string Rounded(double value) const {
    char digits[40];
    const auto [end, error] =
        std::to_chars(digits, digits + sizeof digits, value == 0 ? 0.0 : value, std::chars_format::general, digits_);
    return {digits, end};
  }

  // The number of `text` that is `wanted` to so many digits, "" if none is; `seen` becomes what was compared.
  std::string FindNumber(const std::string& text, double wanted, std::string& seen) const {
    const std::string cleaned = WithoutNumericMarks(text);
    const std::string expected = Rounded(wanted);
    const auto judge = [&](double value) {
      seen = "the number " + Rounded(value);
      return Rounded(value) == expected;
    };
    seen = "no number";
    if (at_ == Location::kExact) {
      const auto value = LooseNumber(cleaned);
      return value && judge(*value) ? expected : "";
    }
    std::optional<double> last;
    std::string_view rest = cleaned;
    while (!rest.empty()) {
      const std::string_view word = TakeWord(rest);
      const auto value = word.empty() ? std::nullopt : LooseNumber(word);
      if (!value) continue;
      if (at_ == Location::kBegin) return judge(*value) ? expected : "";
      if (at_ == Location::kAny && judge(*value)) return expected;
      last = value;
    }
    return at_ == Location::kEnd && last && judge(*last) ? expected : "";
  }

  static std::string_view TakeWord(std::string_view& rest) {
    const std::string_view begin = rest;
    std::size_t length = 0;
    while (!rest.empty()) {
      length = begin.size() - rest.size();
      if (IsSpaceCharacter(TakeCharacter(rest))) return begin.substr(0, length);
    }
    return begin;
  }

  bool MatchesText(std::string_view text, std::string_view target) const {
    switch (at_) {
      case Location::kEnd:
        return text.ends_with(target);
      case Location::kBegin:
        return text.starts_with(target);
      case Location::kAny:
        return ::memmem(text.data(), text.size(), target.data(), target.size()) != nullptr;
      case Location::kExact:
        break;
    }
    return text == target;
  }

  Location at_;
  bool numeric_;
  bool ignore_case_;
  bool ignore_punctuation_;
  int digits_;
  TargetTexts targets_;
};

std::unique_ptr<Grader> MakeMatchPosition(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  MatchPositionOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto targets = TargetTexts::Compile(node, "value", options.value, diagnostics);
  if (!targets) return nullptr;
  return std::make_unique<MatchPosition>(options, *std::move(targets));
}

}  // namespace

GraderKind MatchPositionGrader() {
  return {1, "a text or number stands at a place of the response", &MatchPositionOptions::Fields(), &MakeMatchPosition};
}

}  // namespace assay
