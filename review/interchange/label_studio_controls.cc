#include "review/interchange/label_studio_controls.h"

#include <algorithm>
#include <set>

namespace assay {
namespace {

// What stands beside controls in a row of Label Studio's CSV.
constexpr std::string_view kColumns[] = {"id",        "annotator", "annotation_id", "created_at", "updated_at",
                                         "lead_time", "agreement", "history",       "ref",        "subject",
                                         "prompt",    "messages",  "response",      "response_a", "response_b",
                                         "responses", "reference", "context",       "claims",     "calls"};

LabelControl YesNo(std::string name, std::string title) {
  return {.name = std::move(name), .title = std::move(title), .choices = {"yes", "no"}, .is_required = true};
}

LabelControl Mark(std::string name, std::string title) {
  return {.name = std::move(name), .title = std::move(title), .choices = {"yes"}};
}

LabelControl Text(std::string name, std::string title) {
  return {.name = std::move(name), .tag = LabelTag::kTextArea, .title = std::move(title)};
}

std::string TitleOf(const CriterionSpec& criterion) {
  return criterion.title.empty() ? criterion.name : criterion.title;
}

// A Rating knows no 0, and begins with 1.
void AddScale(const CriterionSpec& criterion, std::vector<LabelControl>& controls) {
  constexpr int kMostStars = 10;
  const bool is_stars = criterion.scale->from == 1 && criterion.scale->to <= kMostStars;
  const std::string name = ControlName(criterion.name);
  controls.push_back({.name = name,
                      .tag = is_stars ? LabelTag::kRating : LabelTag::kNumber,
                      .title = TitleOf(criterion),
                      .is_required = criterion.required && !criterion.not_applicable,
                      .from = criterion.scale->from,
                      .to = criterion.scale->to});
  if (!criterion.not_applicable) return;
  controls.push_back({.name = name + "_na",
                      .title = TitleOf(criterion) + " does not apply",
                      .choices = {std::string(kNotApplicableChoice)}});
}

void AddCriterion(const CriterionSpec& criterion, ReviewItemKind kind, std::vector<LabelControl>& controls) {
  if (kind == ReviewItemKind::kPairwise) {
    controls.push_back({.name = "better_" + ControlName(criterion.name),
                        .title = "Better by " + TitleOf(criterion),
                        .choices = {"A", "tie", "B"}});
    return;
  }
  if (criterion.scale) {
    if (kind == ReviewItemKind::kRubric) AddScale(criterion, controls);
    return;
  }
  LabelControl control{.name = ControlName(criterion.name),
                       .title = TitleOf(criterion),
                       .is_multiple = criterion.several,
                       .is_required = criterion.required};
  for (const LabelSpec& label : criterion.labels) control.choices.push_back(label.name);
  if (criterion.not_applicable) control.choices.emplace_back(kNotApplicableChoice);
  controls.push_back(std::move(control));
}

LabelControl Repeated(std::string name, std::string to_name, std::vector<std::string> choices) {
  return {.name = std::move(name),
          .to_name = std::move(to_name),
          .choices = std::move(choices),
          .is_required = true,
          .is_repeated = true};
}

void AddKind(const RubricSpec& rubric, ReviewItemKind kind, std::vector<LabelControl>& controls) {
  switch (kind) {
    case ReviewItemKind::kPairwise:
      controls.push_back(
          {.name = "preference",
           .title = "Which is better",
           .choices = {"A_much", "A_clear", "A_slight", "tie", "B_slight", "B_clear", "B_much", "both_bad"},
           .is_required = true});
      [[fallthrough]];
    case ReviewItemKind::kRubric:
    case ReviewItemKind::kClassification:
      for (const CriterionSpec& criterion : rubric.criteria) AddCriterion(criterion, kind, controls);
      return;
    case ReviewItemKind::kRanking:
      controls.push_back({.name = "rank",
                          .tag = LabelTag::kRanker,
                          .to_name = "items",
                          .title = "The best first",
                          .is_required = true});
      return;
    case ReviewItemKind::kSafety:
      controls.push_back(YesNo("harmful", "Is it harmful"));
      return;
    case ReviewItemKind::kRefusal:
      controls.push_back(YesNo("allowed", "May the request be answered"));
      controls.push_back(YesNo("refused", "Did the model refuse it"));
      return;
    case ReviewItemKind::kGrounding:
      controls.push_back(Repeated("claim_", "claim_text_", {"supported", "partly", "unsupported", "uncheckable"}));
      return;
    case ReviewItemKind::kToolUse:
      for (const char* name : {"tool_", "arguments_", "result_"})
        controls.push_back(Repeated(name, "call_text_", {"right", "wrong"}));
      controls.push_back(YesNo("lacks_call", "Does a call lack"));
      return;
    case ReviewItemKind::kCorrection:
      controls.push_back(Mark("unchanged", "The expected answer is right as it is"));
      controls.push_back(Text("expected", "The answer that should have been expected"));
      return;
  }
}

void AddCommon(const RubricSpec& rubric, std::vector<LabelControl>& controls) {
  if (!rubric.taxonomy.empty()) {
    LabelControl errors{.name = "errors", .tag = LabelTag::kTaxonomy, .title = "What is wrong"};
    for (const ErrorClassSpec& error : rubric.taxonomy) errors.choices.push_back(error.name);
    controls.push_back(std::move(errors));
  }
  if (!rubric.severities.empty()) {
    LabelControl severity{.name = "severity", .title = "How grave it is"};
    for (const SeverityLevelSpec& level : rubric.severities) severity.choices.push_back(std::to_string(level.level));
    controls.push_back(std::move(severity));
  }
  controls.push_back(Text("rationale", "Why"));
  controls.push_back(Text("clauses", "Clauses of the guideline"));
  controls.push_back(Mark("ambiguous", "The guideline does not say"));
  controls.push_back(Text("proposal", "What it should say"));
  controls.push_back(Mark("severe", "Harm of severity 1"));
}

Status CheckNames(const LabelScheme& scheme) {
  std::set<std::string_view> taken;
  for (const LabelControl& control : scheme.controls) {
    const std::string name = "control \"" + control.name + "\"";
    if (std::ranges::find(kColumns, control.name) != std::end(kColumns)) {
      return Fail(ErrorCode::kInvalidArgument, name + " of rubric \"" + scheme.rubric.name +
                                                   "\" has the name of a column of the data; rename the criterion");
    }
    if (!taken.insert(control.name).second) {
      return Fail(ErrorCode::kInvalidArgument, name + " of rubric \"" + scheme.rubric.name +
                                                   "\" is there twice: in Label Studio, names have only letters, "
                                                   "digits and underscores");
    }
    if (!control.is_repeated) continue;
    for (const LabelControl& other : scheme.controls) {
      if (other.is_repeated || !other.name.starts_with(control.name)) continue;
      return Fail(ErrorCode::kInvalidArgument, "control \"" + other.name + "\" may be taken for one of " + name);
    }
  }
  return {};
}

}  // namespace

std::string_view TypeOf(LabelTag tag) {
  for (const auto& word : EnumWords<LabelTag>::kWords) {
    if (word.value == tag) return word.help;
  }
  return "";
}

std::string_view ValueKeyOf(LabelTag tag) {
  if (tag == LabelTag::kTextArea) return "text";
  if (tag == LabelTag::kPairwise) return "selected";
  return TypeOf(tag);
}

std::string ControlName(std::string_view criterion) {
  std::string name;
  for (const char c : criterion) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    name += is_kept ? c : '_';
  }
  return name;
}

const LabelControl* LabelScheme::Find(std::string_view name) const {
  constexpr std::string_view kDigits = "0123456789";
  for (const LabelControl& control : controls) {
    if (!control.is_repeated && control.name == name) return &control;
    if (!control.is_repeated || !name.starts_with(control.name)) continue;
    const std::string_view number = name.substr(control.name.size());
    const bool is_number = !number.empty() && number.size() <= 4 &&
                           number.find_first_not_of(kDigits) == std::string_view::npos &&
                           (number.size() == 1 || number[0] != '0');
    if (is_number) return &control;
  }
  return nullptr;
}

Result<LabelScheme> MakeLabelScheme(const RubricSpec& rubric, ReviewItemKind kind) {
  LabelScheme scheme{.rubric = rubric, .kind = kind};
  AddKind(rubric, kind, scheme.controls);
  AddCommon(rubric, scheme.controls);
  ASSAY_TRY(CheckNames(scheme));
  return scheme;
}

Status CheckLabelConfig(std::string_view xml, const LabelScheme& scheme) {
  ASSAY_ASSIGN(const std::vector<ConfigControl> controls, ReadLabelConfig(xml));
  for (const LabelControl& control : scheme.controls) {
    const std::string name = control.name + (control.is_repeated ? "{{idx}}" : "");
    const auto found = std::ranges::find(controls, name, &ConfigControl::name);
    const std::string what = "control \"" + name + "\" (" + std::string(WordOf(control.tag)) + ")";
    if (found == controls.end()) return Fail(ErrorCode::kInvalidArgument, "the labeling config lacks " + what);
    // Who had a Pairwise before may keep it.
    const bool is_same = found->tag == WordOf(control.tag) || (name == "preference" && found->tag == "Pairwise");
    if (!is_same) return Fail(ErrorCode::kInvalidArgument, what + " is a " + found->tag + " in the labeling config");
  }
  return {};
}

}  // namespace assay
