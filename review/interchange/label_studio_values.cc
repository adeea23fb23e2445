#include "review/interchange/label_studio_values.h"

#include <algorithm>

namespace assay {
namespace {

Json Choices(std::vector<std::string> names) {
  Json::Array list;
  for (std::string& name : names) list.emplace_back(std::move(name));
  return Json::Of({{"choices", Json(std::move(list))}});
}

std::string YesOrNoWord(bool value) { return value ? "yes" : "no"; }

// Puts values into the order of the controls.
class ValueList {
 public:
  ValueList(const LabelScheme& scheme, const ReviewSubject& subject, const std::vector<std::string>& sides)
      : scheme_(scheme), subject_(subject), sides_(sides) {}

  void operator()(const CriteriaAnswers& answers) {
    for (const CriterionAnswer& answer : answers.criteria) AddCriterion(answer);
  }
  void operator()(const PairwiseAnswers& answers) {
    Add("preference", Choices({PreferenceOf(answers)}));
    for (const CriterionWinner& named : answers.criteria) {
      Add("better_" + ControlName(named.criterion), Choices({named.winner.empty() ? "tie" : SideOf(named.winner)}));
    }
  }
  void operator()(const RankingAnswers& answers) {
    Json buckets{Json::Object{}};
    for (std::size_t rank = 0; rank < answers.ranks.size(); ++rank) {
      Json::Array ids;
      for (const std::string& id : answers.ranks[rank]) ids.emplace_back(id);
      buckets.Set("rank_" + std::to_string(rank + 1), Json(std::move(ids)));
    }
    Add("rank", Json::Of({{"ranker", std::move(buckets)}}));
  }
  void operator()(const SafetyAnswers& answers) { Add("harmful", Choices({YesOrNoWord(answers.harmful)})); }
  void operator()(const RefusalAnswers& answers) {
    Add("allowed", Choices({YesOrNoWord(answers.allowed)}));
    Add("refused", Choices({YesOrNoWord(answers.refused)}));
  }
  void operator()(const GroundingAnswers& answers) {
    for (const ClaimAnswer& claim : answers.claims) {
      AddNumbered("claim_", subject_.claims, claim.claim, std::string(WordOf(claim.support)));
    }
  }
  void operator()(const ToolUseAnswers& answers) {
    for (const CallAnswer& call : answers.calls) {
      AddNumbered("tool_", subject_.calls, call.call, RightOrWrong(call.right_tool));
      AddNumbered("arguments_", subject_.calls, call.call, RightOrWrong(call.right_arguments));
      AddNumbered("result_", subject_.calls, call.call, RightOrWrong(call.result_used));
    }
    Add("lacks_call", Choices({YesOrNoWord(answers.lacks_call)}));
  }
  void operator()(const CorrectionAnswers& answers) {
    if (answers.unchanged) Add("unchanged", Choices({"yes"}));
    if (!answers.unchanged) AddTexts("expected", {answers.expected});
  }

  void AddErrors(const Opinion& opinion) {
    if (!opinion.errors.empty()) {
      Json::Array paths;
      for (const std::string& error : opinion.errors) paths.push_back(PathOf(error));
      Add("errors", Json::Of({{"taxonomy", Json(std::move(paths))}}));
    }
    if (opinion.severity) Add("severity", Choices({std::to_string(*opinion.severity)}));
  }
  void AddTexts(const std::string& control, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    Json::Array list;
    for (const std::string& text : texts) list.emplace_back(text);
    Add(control, Json::Of({{"text", Json(std::move(list))}}));
  }
  void AddMark(const std::string& control, bool is_set) {
    if (is_set) Add(control, Choices({"yes"}));
  }
  std::vector<ControlValue> Take() { return std::move(values_); }

 private:
  static std::string RightOrWrong(bool is_right) { return is_right ? "right" : "wrong"; }

  void Add(const std::string& control, Json value) {
    const LabelControl* found = scheme_.Find(control);
    if (found == nullptr) return;
    const std::string number = found->is_repeated ? control.substr(found->name.size()) : "";
    values_.push_back(
        {.control = control, .to_name = found->to_name + number, .tag = found->tag, .value = std::move(value)});
  }

  void AddNumbered(const std::string& name, const std::vector<std::string>& parts, const std::string& part,
                   std::string choice) {
    const auto found = std::ranges::find(parts, part);
    if (found == parts.end()) return;
    Add(name + std::to_string(found - parts.begin()), Choices({std::move(choice)}));
  }

  void AddCriterion(const CriterionAnswer& answer) {
    const std::string name = ControlName(answer.criterion);
    const LabelControl* control = scheme_.Find(name);
    if (control == nullptr) return;
    const std::string key(ValueKeyOf(control->tag));
    if (answer.score) return Add(name, Json::Of({{key, *answer.score}}));
    if (!answer.not_applicable) return Add(name, Choices(answer.labels));
    const bool is_scale = control->tag != LabelTag::kChoices;
    Add(is_scale ? name + "_na" : name, Choices({std::string(kNotApplicableChoice)}));
  }

  std::string SideOf(const std::string& response) const { return !sides_.empty() && response == sides_[0] ? "A" : "B"; }

  std::string PreferenceOf(const PairwiseAnswers& answers) const {
    if (answers.choice != PairChoice::kWinner) return std::string(WordOf(answers.choice));
    const char* strength = answers.strength >= 3 ? "_much" : answers.strength == 2 ? "_clear" : "_slight";
    return SideOf(answers.winner) + strength;
  }

  // From the root of the taxonomy on.
  Json PathOf(const std::string& error) const {
    std::vector<std::string> path = {error};
    const ErrorClassSpec* at = scheme_.rubric.FindErrorClass(error);
    while (at != nullptr && at->parent && path.size() < 10) {
      path.push_back(*at->parent);
      at = scheme_.rubric.FindErrorClass(*at->parent);
    }
    return Json(Json::Array(path.rbegin(), path.rend()));
  }

  const LabelScheme& scheme_;
  const ReviewSubject& subject_;
  const std::vector<std::string>& sides_;
  std::vector<ControlValue> values_;
};

}  // namespace

std::vector<ControlValue> ValuesOf(const Opinion& opinion, const LabelScheme& scheme, const ReviewSubject& subject,
                                   const std::vector<std::string>& sides) {
  ValueList list(scheme, subject, sides);
  std::visit(list, opinion.answers);
  list.AddErrors(opinion);
  return list.Take();
}

std::vector<ControlValue> ValuesOf(const JudgementContent& content, const LabelScheme& scheme,
                                   const ReviewSubject& subject, const std::vector<std::string>& sides) {
  ValueList list(scheme, subject, sides);
  std::visit(list, content.opinion.answers);
  list.AddErrors(content.opinion);
  if (!content.rationale.empty()) list.AddTexts("rationale", {content.rationale});
  list.AddTexts("clauses", content.clauses);
  list.AddMark("ambiguous", content.is_ambiguous);
  if (!content.proposal.empty()) list.AddTexts("proposal", {content.proposal});
  list.AddMark("severe", content.is_severe);
  return list.Take();
}

}  // namespace assay
