// degeneration: how much of the answer is repetition, the way a model repeats itself that got stuck.

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/instructions/repetition.h"

namespace assay {
namespace {

enum class RepetitionMeasure { kLoops, kLines, kNgrams, kCompression };

struct DegenerationOptions {
  RepetitionMeasure measure = RepetitionMeasure::kLoops;
  std::int64_t min_repeats = 6;
  std::int64_t min_length = 300;
  std::int64_t ngram = 8;
  static const FieldTable<DegenerationOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<RepetitionMeasure> {
  static constexpr EnumWord<RepetitionMeasure> kWords[] = {
      {"loops", RepetitionMeasure::kLoops, "the share of the text that repeats itself with nothing between"},
      {"lines", RepetitionMeasure::kLines, "the share of the text in lines that stood there before"},
      {"ngrams", RepetitionMeasure::kNgrams, "the share of the sequences of words that occurred before"},
      {"compression", RepetitionMeasure::kCompression, "the share of the bytes that zlib saves"}};
};

namespace {

const FieldTable<DegenerationOptions>& DegenerationOptions::Fields() {
  static const auto table =
      FieldTable<DegenerationOptions>()
          .Optional("measure", &DegenerationOptions::measure, "what counts as repetition")
          .Optional("min_repeats", &DegenerationOptions::min_repeats,
                    "of `loops`: how often a unit must stand one after the other", {.min = 2, .max = 1e6})
          .Optional("min_length", &DegenerationOptions::min_length,
                    "of `loops`: how long all of them must be together; four times that without letters",
                    {.min = 1, .max = 1e9, .unit = "bytes"})
          .Optional("ngram", &DegenerationOptions::ngram, "of `ngrams`: the words of a sequence",
                    {.min = 1, .max = 100});
  return table;
}

// "0.25", "1"
std::string Shown(double share) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, share, std::chars_format::fixed, 2).ptr;
  return {text, end};
}

class Degeneration final : public Grader {
 public:
  explicit Degeneration(const DegenerationOptions& options) : options_(options) {}

  Score Grade(const Case&, const Response& response) const override {
    // Nothing at all is the worst answer, not the one that repeats itself least.
    if (TrimBlanks(response.text).empty()) return Score::Measured(1, "the response is empty");
    const repetition::Measure own = Look(response.text);
    const std::string conversation = AnswersOf(response);
    if (conversation.empty()) return Scored(own, "");
    const repetition::Measure all = Look(conversation);
    return all.share > own.share ? Scored(all, " of the conversation's answers") : Scored(own, "");
  }
  std::vector<std::string> RequiredFields() const override { return {}; }

 private:
  // What the model said in a conversation, one answer a paragraph; "" when there is none but this one.
  static std::string AnswersOf(const Response& response) {
    std::string answers;
    for (const Message& message : response.transcript) {
      if (message.role == Role::kAssistant && !message.content.empty()) answers += message.content + "\n\n";
    }
    return answers.empty() ? answers : answers + response.text + "\n\n";
  }

  repetition::Measure Look(std::string_view text) const {
    switch (options_.measure) {
      case RepetitionMeasure::kLoops:
        return repetition::Loops(text, {.repeats = static_cast<std::size_t>(options_.min_repeats),
                                        .length = static_cast<std::size_t>(options_.min_length)});
      case RepetitionMeasure::kLines:
        return repetition::Lines(text);
      case RepetitionMeasure::kNgrams:
        return repetition::Grams(text, static_cast<std::size_t>(options_.ngram));
      case RepetitionMeasure::kCompression:
        return repetition::Compression(text);
    }
    return {};
  }

  Score Scored(const repetition::Measure& measure, std::string_view where) const {
    std::string reason = std::string(WordOf(options_.measure)) + " " + Shown(measure.share) + std::string(where);
    if (!measure.example.empty()) reason += ": " + Quoted(measure.example, 80);
    if (measure.times > 0 && options_.measure != RepetitionMeasure::kNgrams) {
      reason += " " + std::to_string(measure.times) + " times";
    }
    Score score = Score::Measured(measure.share, std::move(reason));
    score.evidence = CutText(measure.example, 500);
    return score;
  }

  DegenerationOptions options_;
};

std::unique_ptr<Grader> MakeDegeneration(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  DegenerationOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  return std::make_unique<Degeneration>(options);
}

}  // namespace

GraderKind DegenerationGrader() {
  return {.version = 1,
          .help = "how much of the answer repeats itself",
          .fields = &DegenerationOptions::Fields(),
          .make = &MakeDegeneration,
          .value = GraderValue::kErrorRate};
}

}  // namespace assay
