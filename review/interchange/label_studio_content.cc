// From the values of Label Studio's controls to what people say.

#include <algorithm>

#include "review/interchange/label_studio_values.h"

namespace assay {
namespace {

// Reads one annotation; the first fault ends it.
class ContentReader {
 public:
  ContentReader(const ControlValues& values, const LabelScheme& scheme, const ReviewSubject& subject,
                const std::vector<std::string>& sides)
      : values_(values), scheme_(scheme), subject_(subject), sides_(sides) {}

  ReadContent Read() {
    content_.rubric_version = scheme_.rubric.ParsedVersion();
    CheckControls();
    ReadAnswers();
    ReadErrors();
    ReadCommon();
    if (!fault_) {
      const Status checked = CheckOpinion(content_.opinion, subject_, scheme_.rubric);
      if (!checked) Complain("", checked.error().message);
    }
    return {.content = std::move(content_), .fault = std::move(fault_)};
  }

 private:
  void Complain(const std::string& control, const std::string& reason) {
    if (!fault_) fault_ = ImportFault{.path = control, .reason = reason};
  }

  void CheckControls() {
    for (const auto& [name, list] : values_) {
      if (scheme_.Find(name) == nullptr) Complain(name, "rubric \"" + scheme_.rubric.name + "\" has no such control");
    }
  }

  // The one value of a control; null pointer when it has none.
  const Json* ValueOf(const std::string& control) {
    const auto found = values_.find(control);
    if (found == values_.end() || found->second.empty()) return nullptr;
    if (found->second.size() > 1) Complain(control, "is answered " + std::to_string(found->second.size()) + " times");
    return &found->second[0];
  }

  std::vector<std::string> TextsIn(const std::string& control, const Json* value, std::string_view key) {
    std::vector<std::string> texts;
    if (value == nullptr) return texts;
    const Json* list = value->Find(key);
    if (list != nullptr && list->is_string()) return {list->as_string()};
    if (list == nullptr || !list->is_array()) {
      Complain(control, "expected a list of texts as \"" + std::string(key) + "\"");
      return texts;
    }
    for (const Json& text : list->as_array()) {
      if (!text.is_string()) Complain(control, "expected texts");
      if (text.is_string()) texts.push_back(text.as_string());
    }
    return texts;
  }

  // All texts of a TextArea, which has a value for each that was added.
  std::vector<std::string> AllTexts(const std::string& control) {
    std::vector<std::string> texts;
    const auto found = values_.find(control);
    if (found == values_.end()) return texts;
    for (const Json& value : found->second) {
      for (std::string& text : TextsIn(control, &value, "text")) texts.push_back(std::move(text));
    }
    return texts;
  }

  std::string OneText(const std::string& control) { return fields::Join(AllTexts(control), "\n"); }

  std::vector<std::string> ChoicesOf(const std::string& control) {
    std::vector<std::string> chosen = TextsIn(control, ValueOf(control), "choices");
    const LabelControl* known = scheme_.Find(control);
    for (const std::string& choice : chosen) {
      if (known != nullptr && std::ranges::find(known->choices, choice) != known->choices.end()) continue;
      Complain(control, Json(choice.substr(0, 64)).Dump() + " is none of its choices");
    }
    return chosen;
  }

  std::optional<std::string> ChoiceOf(const std::string& control) {
    std::vector<std::string> chosen = ChoicesOf(control);
    if (chosen.size() > 1) Complain(control, "takes one choice only");
    return chosen.empty() ? std::nullopt : std::optional(std::move(chosen[0]));
  }

  bool YesOf(const std::string& control, bool is_needed) {
    const auto choice = ChoiceOf(control);
    if (!choice && is_needed) Complain(control, "is not answered");
    return choice == "yes";
  }

  std::optional<int> NumberOf(const std::string& control, LabelTag tag) {
    const Json* value = ValueOf(control);
    if (value == nullptr) return std::nullopt;
    const Json* number = value->Find(ValueKeyOf(tag));
    constexpr double kMost = 1e6;
    const bool is_whole = number != nullptr && number->is_number() && number->as_number() >= -kMost &&
                          number->as_number() <= kMost &&
                          number->as_number() == static_cast<double>(static_cast<int>(number->as_number()));
    if (!is_whole) {
      Complain(control, "expected a whole number as \"" + std::string(ValueKeyOf(tag)) + "\"");
      return std::nullopt;
    }
    return static_cast<int>(number->as_number());
  }

  void ReadAnswers() {
    switch (scheme_.kind) {
      case ReviewItemKind::kRubric:
      case ReviewItemKind::kClassification:
        return ReadCriteria();
      case ReviewItemKind::kPairwise:
        return ReadPair();
      case ReviewItemKind::kRanking:
        return ReadRanking();
      case ReviewItemKind::kSafety:
        content_.opinion.answers = SafetyAnswers{YesOf("harmful", true)};
        return;
      case ReviewItemKind::kRefusal:
        content_.opinion.answers = RefusalAnswers{YesOf("allowed", true), YesOf("refused", true)};
        return;
      case ReviewItemKind::kGrounding:
        return ReadClaims();
      case ReviewItemKind::kToolUse:
        return ReadCalls();
      case ReviewItemKind::kCorrection: {
        const bool unchanged = YesOf("unchanged", false);
        content_.opinion.answers = CorrectionAnswers{unchanged, OneText("expected")};
        return;
      }
    }
  }

  void ReadCriteria() {
    CriteriaAnswers answers;
    for (const CriterionSpec& criterion : scheme_.rubric.criteria) {
      const std::string name = ControlName(criterion.name);
      const LabelControl* control = scheme_.Find(name);
      if (control == nullptr) continue;
      CriterionAnswer answer{.criterion = criterion.name};
      if (control->tag == LabelTag::kChoices) {
        answer.labels = ChoicesOf(name);
        answer.not_applicable = std::erase(answer.labels, kNotApplicableChoice) > 0;
      } else {
        answer.score = NumberOf(name, control->tag);
        answer.not_applicable = scheme_.Find(name + "_na") != nullptr && ChoiceOf(name + "_na").has_value();
      }
      if (answer.score || !answer.labels.empty() || answer.not_applicable)
        answers.criteria.push_back(std::move(answer));
    }
    content_.opinion.answers = std::move(answers);
  }

  std::string ResponseAt(const std::string& control, char side) {
    const std::size_t index = side == 'A' ? 0 : 1;
    if (index < sides_.size()) return sides_[index];
    Complain(control, "the task does not say which response is which side");
    return "";
  }

  // Label Studio's own Pairwise knows left and right only, and no selection where neither was chosen.
  bool ReadOwnPairwise(PairwiseAnswers& answers) {
    const Json* value = ValueOf("preference");
    const Json* selected = value == nullptr ? nullptr : value->Find("selected");
    if (selected == nullptr) return false;
    const bool is_left = selected->is_string() && selected->as_string() == "left";
    if (!is_left && !(selected->is_string() && selected->as_string() == "right"))
      Complain("preference", "expected \"left\" or \"right\"");
    answers = {PairChoice::kWinner, ResponseAt("preference", is_left ? 'A' : 'B'), 2};
    return true;
  }

  void ReadPair() {
    PairwiseAnswers answers;
    if (!ReadOwnPairwise(answers)) {
      const std::string choice = ChoiceOf("preference").value_or("");
      if (choice.empty()) Complain("preference", "is not answered");
      if (choice == "both_bad") answers.choice = PairChoice::kBothBad;
      if (choice.starts_with("A_") || choice.starts_with("B_")) {
        answers.choice = PairChoice::kWinner;
        answers.winner = ResponseAt("preference", choice[0]);
        answers.strength = choice.ends_with("_much") ? 3 : choice.ends_with("_clear") ? 2 : 1;
      }
    }
    for (const CriterionSpec& criterion : scheme_.rubric.criteria) {
      const std::string name = "better_" + ControlName(criterion.name);
      const auto choice = ChoiceOf(name);
      if (!choice) continue;
      answers.criteria.push_back(
          {.criterion = criterion.name, .winner = *choice == "tie" ? "" : ResponseAt(name, (*choice)[0])});
    }
    content_.opinion.answers = std::move(answers);
  }

  std::vector<std::string> IdsOf(const Json& list) {
    std::vector<std::string> ids;
    if (!list.is_array()) Complain("rank", "expected a list of ids");
    for (const Json& id : list.is_array() ? list.as_array() : Json::Array()) {
      if (!id.is_string()) Complain("rank", "expected ids as texts");
      if (id.is_string()) ids.push_back(id.as_string());
    }
    return ids;
  }

  static void AddInOrder(const std::vector<std::string>& ids, RankingAnswers& answers) {
    for (const std::string& id : ids) answers.ranks.push_back({id});
  }

  // A list (older versions), a list under the name of the control, or one for each rank.
  void ReadRanking() {
    RankingAnswers answers;
    const Json* value = ValueOf("rank");
    const Json* ranker = value == nullptr ? nullptr : value->Find("ranker");
    if (ranker == nullptr) {
      Complain("rank", "is not answered");
    } else if (ranker->is_array()) {
      AddInOrder(IdsOf(*ranker), answers);
    } else if (const Json* own = ranker->Find("rank")) {
      AddInOrder(IdsOf(*own), answers);
    } else {
      for (std::size_t rank = 1; rank <= ReviewBounds::kResponses; ++rank) {
        const Json* ids = ranker->Find("rank_" + std::to_string(rank));
        std::vector<std::string> tied = ids == nullptr ? std::vector<std::string>() : IdsOf(*ids);
        if (!tied.empty()) answers.ranks.push_back(std::move(tied));
      }
    }
    content_.opinion.answers = std::move(answers);
  }

  void ReadClaims() {
    GroundingAnswers answers;
    for (std::size_t i = 0; i < subject_.claims.size(); ++i) {
      const std::string name = "claim_" + std::to_string(i);
      const auto choice = ChoiceOf(name);
      if (!choice) Complain(name, "is not answered");
      ClaimAnswer answer{.claim = subject_.claims[i]};
      for (const auto& word : EnumWords<ClaimSupport>::kWords) {
        if (choice == word.word) answer.support = word.value;
      }
      answers.claims.push_back(std::move(answer));
    }
    content_.opinion.answers = std::move(answers);
  }

  bool RightOf(const std::string& control) {
    const auto choice = ChoiceOf(control);
    if (!choice) Complain(control, "is not answered");
    return choice == "right";
  }

  void ReadCalls() {
    ToolUseAnswers answers;
    for (std::size_t i = 0; i < subject_.calls.size(); ++i) {
      const std::string number = std::to_string(i);
      const bool right_tool = RightOf("tool_" + number);
      const bool right_arguments = RightOf("arguments_" + number);
      answers.calls.push_back({subject_.calls[i], right_tool, right_arguments, RightOf("result_" + number)});
    }
    answers.lacks_call = YesOf("lacks_call", true);
    content_.opinion.answers = std::move(answers);
  }

  void ReadErrors() {
    const Json* value = ValueOf("errors");
    const Json* paths = value == nullptr ? nullptr : value->Find("taxonomy");
    if (value != nullptr && (paths == nullptr || !paths->is_array())) Complain("errors", "expected a list of paths");
    for (const Json& path : paths != nullptr && paths->is_array() ? paths->as_array() : Json::Array()) {
      const bool is_path = path.is_array() && !path.as_array().empty() && path.as_array().back().is_string();
      if (!is_path) Complain("errors", "expected a path of names from the root on");
      if (is_path) content_.opinion.errors.push_back(path.as_array().back().as_string());
    }
    std::ranges::sort(content_.opinion.errors);
    const auto repeated = std::ranges::unique(content_.opinion.errors);
    content_.opinion.errors.erase(repeated.begin(), repeated.end());
    if (scheme_.rubric.severities.empty()) return;
    if (const auto choice = ChoiceOf("severity"); choice && !fault_) content_.opinion.severity = (*choice)[0] - '0';
  }

  void ReadCommon() {
    content_.rationale = OneText("rationale");
    content_.clauses = AllTexts("clauses");
    content_.is_ambiguous = YesOf("ambiguous", false);
    content_.proposal = OneText("proposal");
    content_.is_severe = YesOf("severe", false);
    if (content_.rationale.size() > ReviewBounds::kText) Complain("rationale", "has more than 65536 bytes");
    if (content_.proposal.size() > ReviewBounds::kNote) Complain("proposal", "has more than 4096 bytes");
    if (content_.clauses.size() > ReviewBounds::kClauses) Complain("clauses", "names more than 20 clauses");
  }

  const ControlValues& values_;
  const LabelScheme& scheme_;
  const ReviewSubject& subject_;
  const std::vector<std::string>& sides_;
  JudgementContent content_;
  std::optional<ImportFault> fault_;
};

}  // namespace

ReadContent ContentOf(const ControlValues& values, const LabelScheme& scheme, const ReviewSubject& subject,
                      const std::vector<std::string>& sides) {
  return ContentReader(values, scheme, subject, sides).Read();
}

}  // namespace assay
