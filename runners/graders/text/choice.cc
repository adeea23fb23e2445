// choice: the letters that the response chooses are the right ones.

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "runners/graders/frame/kind.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/text/answer_marker.h"
#include "runners/graders/text/target_texts.h"
#include "runners/graders/text/unicode_text.h"

namespace assay {
namespace {

enum class AnswerForm { kLabel, kIndex, kText };
enum class ChoicePlace { kAny, kMarked, kBare };

struct ChoiceOptions {
  std::vector<std::string> answer;
  AnswerForm answer_is = AnswerForm::kLabel;
  std::optional<std::string> choices;
  std::optional<std::vector<std::string>> labels;
  std::optional<std::string> order;
  bool several = false;
  ChoicePlace find = ChoicePlace::kAny;
  std::string marker = "ANSWER:";
  static const FieldTable<ChoiceOptions>& Fields();
};

}  // namespace

template <>
struct EnumWords<AnswerForm> {
  static constexpr EnumWord<AnswerForm> kWords[] = {
      {"label", AnswerForm::kLabel, "a letter, or several: `\"C\"`, `\"A, C\"`"},
      {"index", AnswerForm::kIndex, "the place among the choices, from 0"},
      {"text", AnswerForm::kText, "the text of a choice"}};
};
template <>
struct EnumWords<ChoicePlace> {
  static constexpr EnumWord<ChoicePlace> kWords[] = {
      {"any", ChoicePlace::kAny, "as marked where the marker occurs, else as bare"},
      {"marked", ChoicePlace::kMarked, "behind the last marker"},
      {"bare", ChoicePlace::kBare, "the response is nothing but the letter, or the letter and the text of its choice"}};
};

namespace {

const FieldTable<ChoiceOptions>& ChoiceOptions::Fields() {
  static const auto table =
      FieldTable<ChoiceOptions>()
          .Required("answer", &ChoiceOptions::answer,
                    "the right choice; with `several` all of those that must be chosen. Templates over the case, "
                    "`\"{{field}}\"` alone stands for the elements of a field that is a list",
                    {.min_size = 1, .max_size = 1000, .one_or_list = true})
          .Optional("answer_is", &ChoiceOptions::answer_is, "what `answer` gives")
          .Optional("choices", &ChoiceOptions::choices, "the texts of the choices: `\"{{field}}\"` of a list")
          .Optional("labels", &ChoiceOptions::labels, "what the choices are called, instead of A to Z",
                    {.min_size = 2, .max_size = 1000, .unique = true})
          .Optional("order", &ChoiceOptions::order,
                    "when the model was shown the choices shuffled: `\"{{field}}\"` of the list of their original "
                    "places, from 0, as they were shown; `answer` means the original ones")
          .Optional("several", &ChoiceOptions::several,
                    "several choices may be right; all and no others must be chosen")
          .Optional("find", &ChoiceOptions::find, "where the response says what it chooses")
          .Optional("marker", &ChoiceOptions::marker, "what stands before the letters", {.min_size = 1})
          .Check(
              [](const ChoiceOptions& options, const Node& node, Diagnostics& diagnostics) {
                if (options.answer_is == AnswerForm::kText && !options.choices) {
                  diagnostics.Add(node.At("\"answer_is: text\" needs \"choices\""));
                }
              },
              {"answer_is", "choices"})
          .Check(
              [](const ChoiceOptions& options, const Node& node, Diagnostics& diagnostics) {
                if (TrimBlanks(options.marker).empty()) {
                  diagnostics.Add(node.Find("marker").value_or(node).At("a blank text marks nothing"));
                }
              },
              {"marker"});
  return table;
}

std::string Folded(std::string_view text) { return CaseFolded(WithSingleSpaces(text)); }

std::vector<std::string> Letters() {
  std::vector<std::string> letters;
  for (char c = 'A'; c <= 'Z'; ++c) letters.emplace_back(1, c);
  return letters;
}

std::shared_ptr<const RE2> Compile(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  return std::make_shared<const RE2>(pattern, options);
}

// What the case says of its choices.
struct Question {
  std::size_t count = 0;                // of the choices
  std::vector<std::string> texts = {};  // of the choices, if known
  std::vector<std::size_t> order = {};  // original places, if shuffled
  std::set<std::size_t> right = {};     // original places
};

class Choice final : public Grader {
 public:
  Choice(const ChoiceOptions& options, TargetTexts answer, std::optional<Target> choices, std::optional<Target> order)
      : options_(options),
        labels_(options.labels.value_or(Letters())),
        answer_(std::move(answer)),
        choices_(std::move(choices)),
        order_(std::move(order)) {
    for (const std::string& label : labels_) folded_labels_.push_back(Folded(label));
    // Alone on its line, then anywhere. Brackets and the signs of bold text around the letters are no part of them.
    const std::string marker = AnswerMarker::PatternOf(options.marker);
    alone_ = Compile("(?im)^[\\s*_#>]*" + marker + "[\\s*_]*[(\\[]?([\\pL\\d ,]+)[)\\]]?[\\s*_]*(?:$|\\.)");
    anywhere_ = Compile("(?i)" + marker + "[\\s*_]*[(\\[]?([\\pL\\d ,]+)(?:[^\\pL\\d_]|$)");
    marker_ = Compile("(?i)" + marker);
  }

  Score Grade(const Case& item, const Response& response) const override {
    auto question = Read(item);
    if (!question) return std::move(question).error();
    const std::string expected = "expected " + Named(question->right) + ", ";
    if (TrimBlanks(response.text).empty()) return Score::Failing(expected + "the response is empty");
    const std::optional<std::string> found = Find(response.text, *question);
    if (!found) return Score::Failing(expected + "the response chooses nothing: " + Quoted(response.text));
    const std::optional<std::set<std::size_t>> shown = Parse(*found, question->count);
    if (!shown) return Score::Failing(expected + Quoted(*found) + " is no choice");
    std::set<std::size_t> chosen;
    for (const std::size_t place : *shown) chosen.insert(question->order.empty() ? place : question->order[place]);
    std::string got = "chose " + Named(*shown);
    if (!question->order.empty()) got += ", which is " + Named(chosen) + " unshuffled";
    Score score = chosen == question->right ? Score::Pass(std::move(got)) : Score::Failing(expected + got);
    score.label = Named(chosen);
    return score;
  }

  std::vector<std::string> RequiredFields() const override {
    std::vector<std::string> fields = answer_.RequiredFields();
    for (const std::optional<Target>* target : {&choices_, &order_}) {
      if (*target) fields.insert(fields.end(), (*target)->RequiredFields().begin(), (*target)->RequiredFields().end());
    }
    return fields;
  }

 private:
  // "A, C"
  std::string Named(const std::set<std::size_t>& places) const {
    std::string out;
    for (const std::size_t place : places) out += (out.empty() ? "" : ", ") + labels_[place];
    return out;
  }

  std::expected<Question, Score> Read(const Case& item) const {
    Question question;
    question.count = labels_.size();
    if (choices_) {
      auto texts = choices_->ListFor(item);
      if (!texts) return std::unexpected(std::move(texts).error());
      if (texts->size() > labels_.size()) {
        return std::unexpected(Score::Unscored("the case has " + std::to_string(texts->size()) +
                                               " choices, there are " + std::to_string(labels_.size()) + " labels"));
      }
      question.count = texts->size();
      for (const std::string& text : *texts) question.texts.push_back(Folded(text));
    }
    if (order_) {
      if (auto problem = ReadOrder(item, question)) return std::unexpected(*std::move(problem));
    }
    const auto answers = answer_.For(item);
    if (!answers) return std::unexpected(answers.error());
    for (const std::string& answer : *answers) {
      if (!AddRight(answer, question))
        return std::unexpected(Score::Unscored("the target " + Quoted(answer) + " is none of the choices"));
    }
    if (question.right.size() > 1 && !options_.several) {
      return std::unexpected(Score::Unscored("the case has several right choices, " + Named(question.right)));
    }
    return question;
  }

  std::optional<Score> ReadOrder(const Case& item, Question& question) const {
    auto places = order_->ListFor(item);
    if (!places) return std::move(places).error();
    if (!choices_) question.count = std::min(question.count, places->size());
    std::vector<bool> seen(question.count);
    for (const std::string& text : *places) {
      const std::optional<std::size_t> place = Index(text, question.count);
      if (!place || seen[*place]) return Score::Unscored("the order of the case is no permutation of its choices");
      seen[*place] = true;
      question.order.push_back(*place);
    }
    if (question.order.size() != question.count) {
      return Score::Unscored("the order of the case is no permutation of its choices");
    }
    return std::nullopt;
  }

  static std::optional<std::size_t> Index(std::string_view text, std::size_t count) {
    if (text.empty() || text.size() > 4 || text.find_first_not_of("0123456789") != std::string_view::npos) return {};
    std::size_t value = 0;
    for (const char c : text) value = value * 10 + static_cast<std::size_t>(c - '0');
    return value < count ? std::optional<std::size_t>(value) : std::nullopt;
  }

  bool AddRight(const std::string& answer, Question& question) const {
    if (options_.answer_is == AnswerForm::kIndex) {
      const auto place = Index(TrimBlanks(answer), question.count);
      if (place) question.right.insert(*place);
      return place.has_value();
    }
    if (options_.answer_is == AnswerForm::kText) {
      const auto found = std::find(question.texts.begin(), question.texts.end(), Folded(answer));
      if (found == question.texts.end()) return false;
      question.right.insert(static_cast<std::size_t>(found - question.texts.begin()));
      return true;
    }
    std::string_view letters = TrimBlanks(answer);
    if (letters.starts_with('(') && letters.ends_with(')')) letters = letters.substr(1, letters.size() - 2);
    const auto places = ParseSeveral(Folded(letters), question.count);
    if (places) question.right.insert(places->begin(), places->end());
    return places.has_value();
  }

  std::optional<std::size_t> Place(std::string_view folded, std::size_t count) const {
    const auto end = folded_labels_.begin() + static_cast<std::ptrdiff_t>(count);
    const auto found = std::find(folded_labels_.begin(), end, folded);
    return found == end ? std::nullopt
                        : std::optional<std::size_t>(static_cast<std::size_t>(found - folded_labels_.begin()));
  }

  // The places of the labels that `text` names; nullopt when it says anything else.
  std::optional<std::set<std::size_t>> Parse(std::string_view text, std::size_t count) const {
    constexpr std::size_t kLongest = 10'000;
    if (text.size() > kLongest) return std::nullopt;
    const std::string folded = Folded(text);
    if (options_.several) return ParseSeveral(folded, count);
    std::string_view one = folded;
    while (one.ends_with(',')) one.remove_suffix(1);
    const auto place = Place(Trimmed(one), count);
    return place ? std::optional(std::set{*place}) : std::nullopt;
  }

  // "a, c", "a and c", "ac"
  std::optional<std::set<std::size_t>> ParseSeveral(std::string_view folded, std::size_t count) const {
    constexpr std::string_view kAnd = " and ";
    std::string list(folded);
    for (std::size_t at; (at = list.find(kAnd)) != std::string::npos;) list.replace(at, kAnd.size(), ",");
    std::erase(list, ' ');
    std::set<std::size_t> places;
    bool is_list = true;
    for (std::string_view rest = list; !rest.empty() && is_list;) {
      const std::string_view part = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(part.size() + 1, rest.size()));
      if (part.empty()) continue;
      const auto place = Place(part, count);
      if (place) places.insert(*place);
      is_list = place.has_value();
    }
    if (is_list && !places.empty()) return places;
    places.clear();
    for (std::string_view rest = list; !rest.empty();) {
      const std::string_view before = rest;
      TakeCharacter(rest);
      const auto place = Place(before.substr(0, before.size() - rest.size()), count);
      if (!place) return std::nullopt;
      places.insert(*place);
    }
    return places.empty() ? std::nullopt : std::optional(std::move(places));
  }

  std::optional<std::string> Find(std::string_view text, const Question& question) const {
    const re2::StringPiece all(text.data(), text.size());
    if (options_.find != ChoicePlace::kBare && RE2::PartialMatch(all, *marker_)) {
      const auto alone = Last(text, *alone_);
      return alone ? alone : Last(text, *anywhere_);
    }
    return options_.find == ChoicePlace::kMarked ? std::nullopt : FindBare(text, question);
  }

  static std::optional<std::string> Last(std::string_view text, const RE2& pattern) {
    re2::StringPiece rest(text.data(), text.size());
    std::optional<std::string> found;
    std::string letters;
    while (RE2::FindAndConsume(&rest, pattern, &letters)) found = letters;
    return found;
  }

  // "B", "(B)", "**B.**", "A, C"; "B) Paris" when that is what B says.
  std::optional<std::string> FindBare(std::string_view text, const Question& question) const {
    constexpr std::string_view kAround = " \t\r\n()[]{}*_.:\"'$";
    const std::size_t begin = text.find_first_not_of(kAround);
    if (begin == std::string_view::npos) return std::nullopt;
    const std::string_view core = text.substr(begin, text.find_last_not_of(kAround) - begin + 1);
    if (Parse(core, question.count)) return std::string(core);
    const std::size_t end = core.find_first_of(" ).:");
    if (end == std::string_view::npos || question.texts.empty()) return std::nullopt;
    const auto place = Place(Folded(core.substr(0, end)), question.count);
    if (!place) return std::nullopt;
    const std::size_t said = core.find_first_not_of(") .:", end);
    if (said == std::string_view::npos) return std::nullopt;
    const std::size_t original = question.order.empty() ? *place : question.order[*place];
    std::string choice = question.texts[original];
    while (!choice.empty() && kAround.find(choice.back()) != std::string_view::npos) choice.pop_back();
    return Folded(core.substr(said)) == choice ? std::optional(std::string(core.substr(0, end))) : std::nullopt;
  }

  ChoiceOptions options_;
  std::vector<std::string> labels_;
  std::vector<std::string> folded_labels_;
  TargetTexts answer_;
  std::optional<Target> choices_;
  std::optional<Target> order_;
  std::shared_ptr<const RE2> alone_;
  std::shared_ptr<const RE2> anywhere_;
  std::shared_ptr<const RE2> marker_;
};

std::unique_ptr<Grader> MakeChoice(const Node& node, const GraderPlace&, Diagnostics& diagnostics) {
  ChoiceOptions options;
  if (!ReadFields(node, options, diagnostics)) return nullptr;
  auto answer = TargetTexts::Compile(node, "answer", options.answer, diagnostics);
  std::optional<Target> choices;
  std::optional<Target> order;
  if (options.choices) choices = Target::Compile(node, "choices", *options.choices, diagnostics);
  if (options.order) order = Target::Compile(node, "order", *options.order, diagnostics);
  if (!answer || !diagnostics.empty()) return nullptr;
  return std::make_unique<Choice>(options, *std::move(answer), std::move(choices), std::move(order));
}

}  // namespace

GraderKind ChoiceGrader() {
  return {1, "the letters that the response chooses are the right ones", &ChoiceOptions::Fields(), &MakeChoice};
}

}  // namespace assay
