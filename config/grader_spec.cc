#include "config/grader_spec.h"

#include <algorithm>

#include "core/case.h"

namespace assay {
namespace {

bool IsSame(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number() && !(a.is_integer() && b.is_integer())) return a.as_number() == b.as_number();
  return a == b;
}

bool IsAmong(const std::vector<Json>& values, const Json& value) {
  return std::ranges::any_of(values, [&](const Json& each) { return IsSame(each, value); });
}

bool IsPlain(const Json& value) { return value.is_bool() || value.is_number() || value.is_string(); }

void CheckPlain(const std::vector<Json>& values, const Node& place, Diagnostics& diagnostics) {
  if (!std::ranges::all_of(values, IsPlain)) diagnostics.Add(place.At("expected texts, numbers, true or false"));
}

void CheckStep(const TransformSpec& step, const Node& node, Diagnostics& diagnostics) {
  if (node.Find("match") && !step.regex) diagnostics.Add(node.Find("match")->AtKey("stands beside regex only"));
  for (const char* key : {"last_line", "trim"}) {
    const auto said = node.Find(key);
    if (said && said->ToJson() != Json(true)) diagnostics.Add(said->At("expected true; leave the step out otherwise"));
  }
}

void CheckCondition(const ConditionSpec& condition, const Node& node, Diagnostics& diagnostics) {
  if (node.size() == 0) diagnostics.Add(node.At("a condition without a key always holds; leave it out"));
  for (const char* key : {"in", "not_in"}) {
    const auto list = node.Find(key);
    if (list) CheckPlain(key == std::string_view("in") ? condition.in : condition.not_in, *list, diagnostics);
  }
  const bool asks_more = !condition.in.empty() || !condition.not_in.empty() || condition.at_least || condition.at_most;
  if (condition.exists && asks_more) diagnostics.Add(node.Find("exists")->AtKey("stands alone"));
  if (condition.at_least && condition.at_most && *condition.at_least > *condition.at_most) {
    diagnostics.Add(node.Find("at_least")->At("more than at_most: the condition never holds"));
  }
}

}  // namespace

const FieldTable<TransformSpec>& TransformSpec::Fields() {
  static const auto table =
      FieldTable<TransformSpec>()
          .Optional("regex", &TransformSpec::regex, "capture 1 of this pattern (the match, if it has no capture)",
                    {.min_size = 1})
          .Optional("match", &TransformSpec::match, "which match of regex")
          .Optional("after", &TransformSpec::after, "what follows the last occurrence of this text", {.min_size = 1})
          .Optional("code_fence", &TransformSpec::code_fence,
                    "the inside of the first fenced block of this language; `any` takes any block", {.min_size = 1})
          .Optional("json", &TransformSpec::json, "a JSON value in the text")
          .Optional("jq", &TransformSpec::jq, "the value at this path of jq in the text, which is JSON",
                    {.min_size = 1})
          .Optional("last_line", &TransformSpec::last_line, "the last line that is not blank")
          .Optional("trim", &TransformSpec::trim, "the text without white space at its ends")
          .ExactlyOneOf({"regex", "after", "code_fence", "json", "jq", "last_line", "trim"})
          .Check(CheckStep);
  return table;
}

const FieldTable<SentinelsSpec>& SentinelsSpec::Fields() {
  static const auto table =
      FieldTable<SentinelsSpec>()
          .Required("file", &SentinelsSpec::file,
                    "JSONL file of cases with a response and the label that people gave it; relative to the document",
                    {.form = TextForm::kFile})
          .Optional("budget_share", &SentinelsSpec::budget_share,
                    "share of the run's budget that may be spent on them; those that are not asked count against the "
                    "judge",
                    {.max = 1, .above = 0});
  return table;
}

bool ConditionSpec::HoldsFor(const Json* field) const {
  const bool is_there = field != nullptr && !field->is_null();
  if (exists) return *exists == is_there;
  if (!is_there) return false;
  if (!in.empty() && !IsAmong(in, *field)) return false;
  if (IsAmong(not_in, *field)) return false;
  if (!at_least && !at_most) return true;
  if (!field->is_number()) return false;
  return field->as_number() >= at_least.value_or(field->as_number()) &&
         field->as_number() <= at_most.value_or(field->as_number());
}

const FieldTable<ConditionSpec>& ConditionSpec::Fields() {
  static const auto table =
      FieldTable<ConditionSpec>()
          .Optional("in", &ConditionSpec::in, "the field is one of these", {.min_size = 1, .max_size = 1000})
          .Optional("not_in", &ConditionSpec::not_in, "the field is there and none of these",
                    {.min_size = 1, .max_size = 1000})
          .Optional("exists", &ConditionSpec::exists, "the field is there and not null, or not")
          .Optional("at_least", &ConditionSpec::at_least, "the field is a number and not less")
          .Optional("at_most", &ConditionSpec::at_most, "the field is a number and not more")
          .Check(CheckCondition);
  return table;
}

bool FieldType<ConditionSpec>::Read(const Node& node, const Limits&, ConditionSpec& out, Diagnostics& diagnostics) {
  if (node.is_mapping()) return ReadFields(node, out, diagnostics);
  const std::size_t errors = diagnostics.size();
  const Limits values{.max_size = 1000, .one_or_list = true};
  if (!FieldType<std::vector<Json>>::Read(node, values, out.in, diagnostics)) return false;
  if (out.in.empty()) diagnostics.Add(node.At("an empty list: the condition never holds"));
  CheckPlain(out.in, node, diagnostics);
  return diagnostics.size() == errors;
}

Json FieldType<ConditionSpec>::Schema(const Limits&) {
  Json::Array plain{Json::Of({{"type", "string"}}), Json::Of({{"type", "number"}}), Json::Of({{"type", "boolean"}})};
  Json list = Json::Of({{"type", "array"}, {"minItems", 1}, {"items", Json::Of({{"anyOf", plain}})}});
  Json::Array forms = std::move(plain);
  forms.push_back(std::move(list));
  forms.push_back(SchemaOf(ConditionSpec::Fields()));
  return Json::Of({{"anyOf", std::move(forms)}});
}

const FieldTable<GraderSpec>& GraderSpec::Fields() {
  static const auto table =
      FieldTable<GraderSpec>()
          .Required("name", &GraderSpec::name, "name of the grader and of its metric", {.form = TextForm::kName})
          .Required("type", &GraderSpec::type, "kind of grader; it decides which other keys there are",
                    {.form = TextForm::kName})
          .Optional("role", &GraderSpec::role, "whether it gates every case, only in aggregate, or not at all")
          .Optional("severity", &GraderSpec::severity, "gravity of a failure; 1 is the gravest", {.min = 1, .max = 5})
          .Optional("negate", &GraderSpec::negate, "inverts pass and fail, never errors")
          .Optional("threshold", &GraderSpec::threshold,
                    "a value as good as this passes; for graders that measure, which decide by it")
          .Optional("direction", &GraderSpec::direction, "which values are better; by default as the type says")
          .Optional("weight", &GraderSpec::weight, "share in the combinations that it is part of; 0 is only measured",
                    {.min = 0, .max = 1e6})
          .Optional("transform", &GraderSpec::transform, "steps from the response to the text that is graded",
                    {.min_size = 1, .max_size = 16})
          .Optional("when", &GraderSpec::when,
                    "fields of the case and what must hold of them, or the grader is left out", {.max_size = 32})
          .Optional("sentinels", &GraderSpec::sentinels,
                    "cases whose labels people gave, on which a judge is asked in every run, so that its errors are "
                    "known")
          .Rest(&GraderSpec::options);
  return table;
}

const std::string* FieldThatLeavesOut(const std::map<std::string, ConditionSpec>& when, const Json& fields) {
  for (const auto& [name, condition] : when) {
    if (!condition.HoldsFor(FindField(fields, name))) return &name;
  }
  return nullptr;
}

std::vector<bool> LeftOutGraders(std::span<const GraderSpec> graders, const Json& fields) {
  std::vector<bool> left_out;
  for (const GraderSpec& grader : graders) left_out.push_back(FieldThatLeavesOut(grader.when, fields) != nullptr);
  const auto is_left_out = [&](const std::string& name) {
    const auto found = std::ranges::find(graders, name, &GraderSpec::name);
    return found != graders.end() && left_out[static_cast<std::size_t>(found - graders.begin())];
  };
  // A combination may stand before its parts.
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (std::size_t i = 0; i < graders.size(); ++i) {
      const std::vector<std::string>& parts = graders[i].parts;
      if (left_out[i] || parts.empty() || !std::ranges::all_of(parts, is_left_out)) continue;
      left_out[i] = has_changed = true;
    }
  }
  return left_out;
}

}  // namespace assay
