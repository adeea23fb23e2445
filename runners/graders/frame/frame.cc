#include "runners/graders/frame/frame.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "runners/graders/frame/blank.h"
#include "runners/graders/frame/reason.h"
#include "runners/graders/frame/target.h"
#include "runners/graders/frame/text_template.h"

namespace assay {
namespace {

Preference DirectionOf(const GraderSpec& spec, GraderValue value) {
  if (spec.direction) return *spec.direction;
  return value == GraderValue::kErrorRate ? Preference::kMinimize : Preference::kMaximize;
}

// Whether the options fit what the kind's values are.
void CheckDecision(const GraderSpec& spec, GraderValue value, const Node& node, Diagnostics& diagnostics) {
  const auto at = [&](std::string_view key) { return node.Find(key).value_or(node); };
  if (value == GraderValue::kPass) {
    const std::string why = " decides by itself: its value is 1 for pass and 0 for fail";
    if (spec.threshold) diagnostics.Add(at("threshold").AtKey("grader type " + spec.type + why));
    if (spec.direction) diagnostics.Add(at("direction").AtKey("grader type " + spec.type + why));
    return;
  }
  if (spec.threshold && !std::isfinite(*spec.threshold)) {
    diagnostics.Add(at("threshold").At("expected a finite number"));
  }
  const bool is_maximized = DirectionOf(spec, value) == Preference::kMaximize;
  const bool is_met = spec.threshold && ((value != GraderValue::kAmount && is_maximized && *spec.threshold <= 0) ||
                                         (value == GraderValue::kShare && !is_maximized && *spec.threshold >= 1));
  if (is_met) diagnostics.Add(at("threshold").At("holds for every response, since the values cannot be worse"));
  if (value == GraderValue::kErrorRate && spec.threshold && *spec.threshold < 0) {
    diagnostics.Add(at("threshold").At("is below 0, where no value of " + spec.type + " lies"));
  }
  if (spec.negate && !spec.threshold) {
    diagnostics.Add(at("negate").AtKey("grader type " + spec.type +
                                       " measures; it decides, and can be inverted, with a threshold"));
  }
  if (value == GraderValue::kAmount && spec.threshold && !spec.direction) {
    diagnostics.Add(at("threshold")
                        .AtKey("needs direction: of the values of grader type " + spec.type +
                               " neither the higher nor the lower are the better ones"));
  }
  const bool is_never = value == GraderValue::kShare && spec.threshold && (*spec.threshold < 0 || *spec.threshold > 1);
  if (is_never) diagnostics.Add(at("threshold").At("is outside [0, 1], where the values of " + spec.type + " lie"));
}

std::string Shown(double value) {
  std::string text = Json(value).Dump();
  const std::size_t point = text.find('.');
  if (point != std::string::npos && text.find('e') == std::string::npos) text.resize(std::min(text.size(), point + 5));
  return text;
}

std::string Described(const Json* field) { return field == nullptr ? "missing" : CutText(field->Dump(), 60); }

// As it is stored. A label may be a word of the candidate's provider, or of the case.
Score Tidy(Score score) {
  constexpr std::size_t kMaxLabel = 128;
  score.reason = CutText(score.reason, Score::kMaxReason);
  score.label = PlainLine(score.label, kMaxLabel);
  return score;
}

bool HasCalls(const Response& response) {
  return !response.tool_calls.empty() ||
         std::ranges::any_of(response.transcript, [](const Message& message) { return !message.tool_calls.empty(); });
}

}  // namespace

std::optional<Frame> Frame::Make(const GraderSpec& spec, GraderValue value, const GraderKind& kind, const Node& node,
                                 Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.size();
  CheckDecision(spec, value, node, diagnostics);
  if (kind.make_combination != nullptr && spec.negate) {
    diagnostics.Add(node.Find("negate").value_or(node).AtKey("a combination cannot be inverted; invert its parts"));
  }
  Frame frame;
  frame.value_ = value;
  frame.judges_text_ = kind.judges_text;
  frame.judges_calls_ = kind.judges_calls;
  frame.is_judge_ = kind.is_judge;
  frame.judges_earlier_calls_ = !kind.is_judge;  // its verdict is one on the answer
  frame.negate_ = spec.negate;
  frame.threshold_ = spec.threshold;
  frame.direction_ = DirectionOf(spec, value);
  frame.when_ = spec.when;
  const auto steps = node.Find("transform");
  if (!spec.transform.empty() && !kind.judges_text) {
    diagnostics.Add(steps.value_or(node).AtKey("grader type " + spec.type + " judges no text"));
  }
  for (std::size_t i = 0; i < spec.transform.size(); ++i) {
    const Node place = steps && i < steps->size() ? steps->at(i) : node;
    if (auto made = Transform::Make(spec.transform[i], place, diagnostics)) {
      frame.transforms_.push_back(*std::move(made));
    }
  }
  if (diagnostics.size() != errors) return std::nullopt;
  return frame;
}

std::optional<Score> Frame::LeftOut(const Case& item) const {
  const std::string* name = FieldThatLeavesOut(when_, item.fields);
  if (name == nullptr) return std::nullopt;
  return Score::NotApplicable("left out: field \"" + CutText(*name, 60) + "\" is " +
                              Described(FindField(item.fields, *name)));
}

Frame::View Frame::Look(const Response& response) const {
  View view;
  view.original_ = &response;
  if (transforms_.empty()) return view;
  view.changed_ = response;
  std::string text = response.text;
  for (const Transform& transform : transforms_) {
    auto next = transform.Apply(text);
    if (next) {
      text = *std::move(next);
      continue;
    }
    view.lack_ = "transform: " + next.error().message;
    text.clear();
    break;
  }
  view.changed_->text = std::move(text);
  return view;
}

Score Frame::Finish(Score score, const View& view) const {
  if (score.status == ScoreStatus::kScored) {
    score = Decide(std::move(score));
    // Nothing is no answer: an endpoint that says nothing must not pass for not saying what it should not. Those that
    // decide without being turned round see to that by themselves.
    const bool may_turn_round = negate_ || threshold_ || !score.pass;
    const bool is_nothing = !view.lack().empty() || IsEmpty(view.response());
    if (!view.lack().empty() || (may_turn_round && is_nothing)) {
      score = OfNothing(std::move(score), view.lack());
    } else if (negate_ && score.pass) {
      score = Negated(std::move(score));
    }
    // What a judge errs on is what it was asked of.
    if (is_judge_ && is_nothing) score.label = Score::kNotJudged;
  }
  return Tidy(std::move(score));
}

std::optional<Score> Frame::WithoutAsking(const View& view) const {
  if (view.lack().empty() && !IsEmpty(view.response())) return std::nullopt;
  // How far nothing is from a reference only the grader could say, and a number of ours could be less than those of
  // answers.
  if (value_ == GraderValue::kErrorRate)
    return Score::Unscored(CutText(view.lack().empty() ? "the response is empty" : view.lack(), Score::kMaxReason));
  return Finish(value_ == GraderValue::kPass ? Score::Failing("the response is empty") : Score::Measured(0, ""), view);
}

// Of a response with nothing to judge: a failure, and the worst value that the grader has.
Score Frame::OfNothing(Score score, const std::string& lack) const {
  const bool was_told = score.pass == false && !negate_ && lack.empty();
  if (!was_told) score.reason = lack.empty() ? "the response is empty" : lack;
  if (score.pass || threshold_) score.pass = false;
  if (value_ == GraderValue::kAmount && !threshold_) return Score::Unscored(score.reason);
  if (value_ == GraderValue::kPass) score.value = 0;
  if (value_ == GraderValue::kShare) score.value = direction_ == Preference::kMinimize ? 1 : 0;
  if (value_ == GraderValue::kErrorRate) score.value = std::max(*score.value, 1.0);
  return score;
}

// Whether there is nothing of what the grader judges.
bool Frame::IsEmpty(const Response& response) const {
  if (!judges_text_ || !IsBlank(response.text)) return false;
  if (!judges_calls_) return true;
  return judges_earlier_calls_ ? !HasCalls(response) : response.tool_calls.empty();
}

bool Frame::HasNothingToJudge(const Response& response) const {
  const View view = Look(response);
  return !view.lack().empty() || IsEmpty(view.response());
}

// An expression can make much of a part's worst value, so it must not see any; a mean cannot, and is nothing only of a
// response without anything.
Score Frame::FinishCombined(Score score, std::span<const Combination::Part> parts, const Response& response) const {
  if (score.status == ScoreStatus::kScored) {
    const auto lacking = std::ranges::find_if(parts, &Combination::Part::has_nothing);
    const bool is_lacking = value_ == GraderValue::kAmount && lacking != parts.end();
    const bool is_empty = value_ == GraderValue::kShare && IsBlank(response.text) && !HasCalls(response);
    if (is_lacking || is_empty) {
      const std::string lack = is_lacking ? std::string(lacking->name) + ": " + lacking->score->reason : "";
      score = OfNothing(std::move(score), lack);
    } else {
      score = Decide(std::move(score));
    }
  }
  return Tidy(std::move(score));
}

// By the threshold, where there is one.
Score Frame::Decide(Score score) const {
  if (!score.value || !std::isfinite(*score.value)) return Score::Broken("the grader gave no finite value");
  const bool is_outside = value_ == GraderValue::kShare ? *score.value < 0 || *score.value > 1
                                                        : value_ == GraderValue::kErrorRate && *score.value < 0;
  if (is_outside) return Score::Broken("the grader gave " + Shown(*score.value) + ", which its values cannot be");
  if (!threshold_) return score;
  const bool is_maximized = direction_ == Preference::kMaximize;
  score.pass = is_maximized ? *score.value >= *threshold_ : *score.value <= *threshold_;
  const std::string_view sign = is_maximized ? (*score.pass ? " >= " : " < ") : (*score.pass ? " <= " : " > ");
  score.reason =
      Shown(*score.value) + std::string(sign) + Shown(*threshold_) + (score.reason.empty() ? "" : ": " + score.reason);
  return score;
}

Score Frame::Negated(Score score) const {
  score.pass = !*score.pass;
  if (value_ == GraderValue::kPass) score.value = 1.0 - *score.value;
  score.reason = "negated: " + score.reason;
  return score;
}

}  // namespace assay
