// answer_line: what the response says behind "ANSWER:" is the target.

#include <algorithm>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/answer_marker.h"
#include "runners/graders/text/target_texts.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

enum class AnswerPart { kLetter, kWord, kLine, kLastLine };

struct AnswerLineOptions {
  AnswerPart take = AnswerPart::kLine;
  std::vector<std::string> equals;
  std::string marker = "ANSWER:";
  bool ignore_case = true;
  std::string ignore_end;
  static const FieldTable<AnswerLineOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<AnswerPart> {
  static constexpr EnumWord<AnswerPart> kWords[] = {
      {"line", AnswerPart::kLine, "the rest of the line"},
      {"last_line", AnswerPart::kLastLine, "the rest of the line, which must be the last one"},
      {"word", AnswerPart::kWord, "the only word of the rest of the line, without one of .,;:!? behind it"},
      {"letter", AnswerPart::kLetter, "a single letter A-Z, perhaps in brackets or in bold"}};
};

namespace {

const FieldTable<AnswerLineOptions>& AnswerLineOptions::Fields() {
  static const auto table =
      FieldTable<AnswerLineOptions>()
          .Required("equals", &AnswerLineOptions::equals, std::string(kOneOfTexts),
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("take", &AnswerLineOptions::take, "what is taken from behind the marker")
          .Optional("marker", &AnswerLineOptions::marker,
                    "what stands before the answer; its last occurrence counts, white space in it is any white space",
                    {.min_size = 1})
          .Optional("ignore_case", &AnswerLineOptions::ignore_case,
                    "of marker and answer, by Unicode's full case folding")
          .Optional("ignore_end", &AnswerLineOptions::ignore_end,
                    "characters that are ignored at the end of answer and target, as in `\".*\"`")
          .Check(
              [](const AnswerLineOptions& options, const Node& node, Diagnostics& diagnostics) {
                if (TrimBlanks(options.marker).empty()) {
                  diagnostics.Add(node.Find("marker").value_or(node).At("a blank text marks nothing"));
                }
              },
              {"marker"});
  return table;
}

std::string_view FirstLine(std::string_view text) { return TrimBlanks(text.substr(0, text.find_first_of("\r\n"))); }

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// "B" of "(B) Paris"; "" when something else stands there.
std::string_view Letter(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t([{*_\"'$");
  if (begin == std::string_view::npos || !IsLetter(text[begin])) return {};
  std::string_view rest = text.substr(begin + 1);
  if (!rest.empty() && rest.front() != '_' && IsWordCharacter(TakeCharacter(rest))) return {};
  return text.substr(begin, 1);
}

std::string_view Word(std::string_view text) {
  std::string_view line = FirstLine(text);
  if (line.find_first_of(" \t") != std::string_view::npos) return {};
  if (line.size() > 1 && std::string_view(".,;:!?").find(line.back()) != std::string_view::npos) line.remove_suffix(1);
  return line;
}

class AnswerLine final : public Grader {
 public:
  AnswerLine(AnswerLineOptions options, TargetTexts targets)
      : options_(std::move(options)), marker_(options_.marker, options_.ignore_case), targets_(std::move(targets)) {}

  Score Grade(const Case& item, const Response& response) const override {
    const auto targets = targets_.For(item);
    if (!targets) return targets.error();
    const std::string expected = "expected " + ListedTexts(*targets) + ", ";
    if (TrimBlanks(response.text).empty()) return Score::Failing(expected + "the response is empty");
    const auto after = marker_.AfterLast(response.text);
    if (!after) return Score::Failing(expected + "the response has no " + Quoted(options_.marker));
    const std::string_view part = Part(*after);
    if (part.empty()) {
      return Score::Failing(
          expected + "behind " + Quoted(options_.marker) + " there is no " +
          (options_.take == AnswerPart::kLastLine ? "last line" : std::string(WordOf(options_.take))) + ": " +
          Quoted(after->substr(0, 200)));
    }
    const std::string got = Comparable(part);
    for (const std::string& target : *targets) {
      const std::string wanted = Comparable(target);
      if (!wanted.empty() && got == wanted) return Score::Pass("the answer is " + Quoted(part));
    }
    return Score::Failing(expected + "got " + Quoted(part));
  }
  std::vector<std::string> RequiredFields() const override { return targets_.RequiredFields(); }

 private:
  std::string_view Part(std::string_view after) const {
    switch (options_.take) {
      case AnswerPart::kLetter:
        return Letter(after);
      case AnswerPart::kWord:
        return Word(after);
      case AnswerPart::kLastLine:
        if (TrimBlanks(after).find('\n') != std::string_view::npos) return {};
        break;
      case AnswerPart::kLine:
        break;
    }
    return FirstLine(after);
  }

  std::string Comparable(std::string_view text) const {
    text = TrimBlanks(text);
    while (!text.empty() && options_.ignore_end.find(text.back()) != std::string::npos) {
      text.remove_suffix(1);
      text = TrimBlanks(text);
    }
    return options_.ignore_case ? CaseFolded(text) : std::string(text);
  }

  AnswerLineOptions options_;
  AnswerMarker marker_;
  TargetTexts targets_;
};

std::unique_ptr<Grader> MakeAnswerLine(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  AnswerLineOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto targets = TargetTexts::Compile(node, "equals", options.equals, diagnostics);
  if (!targets) return nullptr;
  return std::make_unique<AnswerLine>(std::move(options), *std::move(targets));
}

}  // namespace

GraderKind AnswerLineGrader() {
  return {1, "what the response says behind a marker is a text", &AnswerLineOptions::Fields(), &MakeAnswerLine};
}

}  // namespace assay
