#include "config/rubric.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "config/rubric_maps.h"

namespace assay {
namespace {

constexpr std::size_t kMostText = 4000;  // characters of a meaning, an anchor or a reason

// Absent when `text` is no whole number, or one with leading zeros or a plus sign.
std::optional<int> ParseWhole(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::vector<std::string> NumbersOf(const std::vector<GuidelineClause>& clauses) {
  std::vector<std::string> numbers;
  for (const GuidelineClause& clause : clauses) numbers.push_back(clause.number);
  return numbers;
}

template <class Named>
void CheckNamesDiffer(const std::vector<Named>& things, const Node& list, std::string_view what,
                      Diagnostics& diagnostics) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < things.size(); ++i) {
    if (seen.insert(things[i].name).second) continue;
    diagnostics.Add(list.at(i).Find("name")->At(std::string(what) + " \"" + things[i].name + "\" is already defined"));
  }
}

void CheckScale(const ScoreScaleSpec& scale, const Node& node, Diagnostics& diagnostics) {
  if (scale.to <= scale.from) {
    diagnostics.Add(
        node.AtKey("to, " + std::to_string(scale.to) + ", must be above from, " + std::to_string(scale.from)));
    return;
  }
  if (scale.to - scale.from >= ScoreScaleSpec::kMost) {
    diagnostics.Add(node.AtKey("may have at most " + std::to_string(ScoreScaleSpec::kMost) + " points"));
  }
  if (scale.pass && (*scale.pass <= scale.from || *scale.pass > scale.to)) {
    diagnostics.Add(node.Find("pass")->At("must be above from and at most to, or nothing fails or nothing passes"));
  }
  const auto anchors = node.Find("anchors");
  for (std::size_t i = 0; anchors && i < anchors->size(); ++i) {
    const auto score = ParseWhole(anchors->key(i));
    if (!score || *score < scale.from || *score > scale.to) {
      diagnostics.Add(
          anchors->AtKey(i, "is no score from " + std::to_string(scale.from) + " to " + std::to_string(scale.to)));
    }
  }
  for (const int end : {scale.from, scale.to}) {
    if (scale.anchors.contains(std::to_string(end))) continue;
    diagnostics.Add((anchors ? *anchors : node)
                        .AtKey("needs an anchor for " + std::to_string(end) +
                               ": people who do not know what the ends mean do not agree"));
  }
}

void CheckCriterion(const CriterionSpec& criterion, const Node& node, Diagnostics& diagnostics) {
  const auto several = node.Find("several");
  if (several && criterion.several && criterion.scale) diagnostics.Add(several->AtKey("has no meaning beside scale"));
  const auto labels = node.Find("labels");
  if (labels) CheckNamesDiffer(criterion.labels, *labels, "label", diagnostics);
  const auto veto = node.Find("veto");
  const bool can_fail = criterion.scale
                            ? criterion.scale->pass.has_value()
                            : std::ranges::any_of(criterion.labels, [](const LabelSpec& l) { return l.pass == false; });
  if (veto && criterion.veto && !can_fail) {
    diagnostics.Add(veto->AtKey(criterion.scale ? "needs a scale with pass" : "needs a label with pass: false"));
  }
}

// The parents of a class, itself first; ends where a parent is missing or the way leads back.
std::vector<std::string> WayToRoot(const RubricSpec& rubric, const ErrorClassSpec& error) {
  std::vector<std::string> way = {error.name};
  for (const ErrorClassSpec* at = &error; at != nullptr && at->parent;) {
    const bool is_circle = std::ranges::find(way, *at->parent) != way.end();
    way.push_back(*at->parent);
    if (is_circle) break;
    at = rubric.FindErrorClass(*at->parent);
  }
  return way;
}

void CheckTaxonomy(const RubricSpec& rubric, const Node& node, Diagnostics& diagnostics) {
  const auto taxonomy = node.Find("taxonomy");
  if (!taxonomy) return;
  constexpr std::size_t kDeepest = 8;
  CheckNamesDiffer(rubric.taxonomy, *taxonomy, "error class", diagnostics);
  std::vector<std::string> names;
  for (const ErrorClassSpec& error : rubric.taxonomy) names.push_back(error.name);
  for (std::size_t i = 0; i < rubric.taxonomy.size(); ++i) {
    const ErrorClassSpec& error = rubric.taxonomy[i];
    const auto parent = taxonomy->at(i).Find("parent");
    if (!parent || !error.parent) continue;
    const std::vector<std::string> way = WayToRoot(rubric, error);
    if (rubric.FindErrorClass(*error.parent) == nullptr) {
      diagnostics.Add(parent->At("there is no error class \"" + *error.parent + "\" in this rubric" +
                                 DidYouMean(*error.parent, names)));
    } else if (way.back() == error.name) {
      diagnostics.Add(parent->At("error class \"" + error.name + "\" is above itself"));
    } else if (way.size() > kDeepest) {
      diagnostics.Add(parent->At("a taxonomy may be at most " + std::to_string(kDeepest) + " levels deep"));
    }
  }
}

void CheckSeverities(const RubricSpec& rubric, const Node& node, Diagnostics& diagnostics) {
  const auto severities = node.Find("severities");
  for (std::size_t i = 0; severities && i < rubric.severities.size(); ++i) {
    if (rubric.severities[i].level == static_cast<int>(i) + 1) continue;
    diagnostics.Add(severities->at(i).Find("level")->At("must be " + std::to_string(i + 1) +
                                                        ": levels are listed from the gravest on, 1, 2, ..."));
    return;
  }
  const auto taxonomy = node.Find("taxonomy");
  for (std::size_t i = 0; taxonomy && i < rubric.taxonomy.size(); ++i) {
    const auto severity = rubric.taxonomy[i].severity;
    if (!severity || *severity <= std::ssize(rubric.severities)) continue;
    diagnostics.Add(
        taxonomy->at(i).Find("severity")->At("there is no severity " + std::to_string(*severity) + " in this rubric"));
  }
}

void CheckExamples(const RubricSpec& rubric, const std::vector<ExampleSpec>& examples, const Node& list,
                   Diagnostics& diagnostics) {
  std::vector<std::string> criteria;
  for (const CriterionSpec& criterion : rubric.criteria) criteria.push_back(criterion.name);
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const Node node = list.at(i);
    const auto named = node.Find("criterion");
    const auto verdict = node.Find("verdict");
    if (!named) {
      if (verdict) diagnostics.Add(verdict->AtKey("needs \"criterion\" beside it"));
      continue;
    }
    const CriterionSpec* criterion = rubric.FindCriterion(*examples[i].criterion);
    if (criterion == nullptr) {
      diagnostics.Add(named->At("there is no criterion \"" + *examples[i].criterion + "\" in this rubric" +
                                DidYouMean(*examples[i].criterion, criteria)));
    } else if (verdict) {
      const std::string fault = FaultOfAnswer(*criterion, *examples[i].verdict);
      if (!fault.empty()) diagnostics.Add(verdict->At(verdict->Describe() + " " + fault));
    }
  }
}

void CheckClause(const Node& owner, const std::vector<std::string>& clauses, Diagnostics& diagnostics) {
  const auto clause = owner.Find("clause");
  if (!clause || !clause->is_string() || std::ranges::find(clauses, clause->as_string()) != clauses.end()) return;
  const std::string known =
      clauses.empty() ? "it has no heading with a number" : "its clauses are " + fields::Join(clauses, ", ");
  diagnostics.Add(clause->At("the guideline has no clause " + clause->Describe() + "; " + known));
}

void CheckClauses(const RubricSpec& rubric, const Node& node, Diagnostics& diagnostics) {
  const std::vector<std::string> clauses = NumbersOf(ClausesOf(rubric.guideline));
  std::set<std::string> seen;
  for (const std::string& clause : clauses) {
    if (seen.insert(clause).second) continue;
    diagnostics.Add(node.Find("guideline")->AtKey("has two clauses " + clause));
  }
  for (const std::string_view key : {"criteria", "taxonomy", "severities", "examples", "counterexamples"}) {
    const auto list = node.Find(key);
    for (std::size_t i = 0; list && list->is_sequence() && i < list->size(); ++i) {
      if (list->at(i).is_mapping()) CheckClause(list->at(i), clauses, diagnostics);
    }
  }
}

void CheckRubric(const RubricSpec& rubric, const Node& node, Diagnostics& diagnostics) {
  if (const auto criteria = node.Find("criteria")) {
    CheckNamesDiffer(rubric.criteria, *criteria, "criterion", diagnostics);
    const bool has_weight = std::ranges::any_of(rubric.criteria, [](const auto& c) { return c.weight > 0; });
    if (!has_weight) diagnostics.Add(criteria->AtKey("needs a criterion with a weight above 0"));
  }
  if (const auto examples = node.Find("examples")) CheckExamples(rubric, rubric.examples, *examples, diagnostics);
  if (const auto examples = node.Find("counterexamples")) {
    CheckExamples(rubric, rubric.counterexamples, *examples, diagnostics);
  }
}

void CheckVersionText(const std::string& version, const Node& place, Diagnostics& diagnostics) {
  if (ParseRubricVersion(version)) return;
  diagnostics.Add(place.At(place.Describe() + " is no version: write MAJOR.MINOR.PATCH, such as \"3.1.0\""));
}

// The log tells why the version is what it is.
void CheckChanges(const RubricSpec& rubric, const Node& node, Diagnostics& diagnostics) {
  CheckVersionText(rubric.version, *node.Find("version"), diagnostics);
  const auto changes = node.Find("changes");
  if (!changes || rubric.changes.empty()) return;
  std::optional<RubricVersion> earlier;
  for (std::size_t i = 0; i < rubric.changes.size(); ++i) {
    const Node place = *changes->at(i).Find("version");
    const auto version = ParseRubricVersion(rubric.changes[i].version);
    CheckVersionText(rubric.changes[i].version, place, diagnostics);
    if (!version) continue;
    if (i == 0 && rubric.changes[i].version != rubric.version) {
      diagnostics.Add(place.At("the first change must be that of this version, " + rubric.version));
    }
    if (earlier && *version >= *earlier) {
      diagnostics.Add(place.At("must be below " + ToString(*earlier) + ": changes are listed from the newest on"));
    }
    earlier = version;
  }
}

}  // namespace

const LabelSpec* CriterionSpec::FindLabel(std::string_view label) const {
  const auto found = std::ranges::find(labels, label, &LabelSpec::name);
  return found == labels.end() ? nullptr : &*found;
}

const CriterionSpec* RubricSpec::FindCriterion(std::string_view criterion) const {
  const auto found = std::ranges::find(criteria, criterion, &CriterionSpec::name);
  return found == criteria.end() ? nullptr : &*found;
}

const ErrorClassSpec* RubricSpec::FindErrorClass(std::string_view error) const {
  const auto found = std::ranges::find(taxonomy, error, &ErrorClassSpec::name);
  return found == taxonomy.end() ? nullptr : &*found;
}

std::optional<RubricVersion> ParseRubricVersion(std::string_view text) {
  constexpr int kMost = 9999;
  RubricVersion version;
  for (int* part : {&version.major, &version.minor, &version.patch}) {
    const std::size_t end = part == &version.patch ? text.size() : text.find('.');
    if (end == std::string_view::npos) return std::nullopt;
    const auto number = ParseWhole(text.substr(0, end));
    if (!number || *number < 0 || *number > kMost) return std::nullopt;
    *part = *number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return version;
}

std::string ToString(const RubricVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

const FieldTable<ScoreScaleSpec>& ScoreScaleSpec::Fields() {
  static const auto table =
      FieldTable<ScoreScaleSpec>()
          .Optional("from", &ScoreScaleSpec::from, "the worst score", {.min = 0, .max = 1000})
          .Optional("to", &ScoreScaleSpec::to, "the best score", {.min = 1, .max = 1000})
          .Optional("pass", &ScoreScaleSpec::pass, "this score and better ones pass; without it no score fails",
                    {.min = 0, .max = 1000})
          .Required("anchors", &ScoreScaleSpec::anchors,
                    "by score: what a response that earns it looks like; both ends at least",
                    {.max_size = ScoreScaleSpec::kMost})
          .Check(CheckScale);
  return table;
}

const FieldTable<LabelSpec>& LabelSpec::Fields() {
  static const auto table =
      FieldTable<LabelSpec>()
          .Required("name", &LabelSpec::name, "the label, unique in the criterion", {.form = TextForm::kName})
          .Required("meaning", &LabelSpec::meaning, "when it is right", {.min_size = 1, .max_size = kMostText})
          .Optional("pass", &LabelSpec::pass, "whether a response with it passes; without it the label says neither");
  return table;
}

const FieldTable<CriterionSpec>& CriterionSpec::Fields() {
  static const auto table =
      FieldTable<CriterionSpec>()
          .Required("name", &CriterionSpec::name, "name of the criterion, unique in the rubric",
                    {.form = TextForm::kName})
          .Optional("title", &CriterionSpec::title, "what people see instead of the name", {.max_size = 200})
          .Required("meaning", &CriterionSpec::meaning, "what is asked", {.min_size = 1, .max_size = kMostText})
          .Optional("scale", &CriterionSpec::scale, "whole numbers, the better the greater")
          .Optional("labels", &CriterionSpec::labels, "labels without an order", {.min_size = 2, .max_size = 100})
          .Optional("several", &CriterionSpec::several, "whether more than one label may be chosen")
          .Optional("required", &CriterionSpec::required, "whether a judgement without it is refused")
          .Optional("not_applicable", &CriterionSpec::not_applicable, "whether \"does not apply\" is an answer")
          .Optional("weight", &CriterionSpec::weight, "its weight in the value of the whole", {.min = 0, .max = 1000})
          .Optional("veto", &CriterionSpec::veto, "whether who fails here fails the whole, whatever the rest")
          .Optional("clause", &CriterionSpec::clause, "number of the clause of the guideline that explains it",
                    {.min_size = 1, .max_size = 32})
          .ExactlyOneOf({"scale", "labels"})
          .Check(CheckCriterion, {"scale", "labels", "several", "veto"});
  return table;
}

const FieldTable<ErrorClassSpec>& ErrorClassSpec::Fields() {
  static const auto table =
      FieldTable<ErrorClassSpec>()
          .Required("name", &ErrorClassSpec::name, "name of the class, unique in the rubric", {.form = TextForm::kName})
          .Optional("parent", &ErrorClassSpec::parent, "the class that it is part of", {.form = TextForm::kName})
          .Required("meaning", &ErrorClassSpec::meaning, "what went wrong", {.min_size = 1, .max_size = kMostText})
          .Optional("severity", &ErrorClassSpec::severity,
                    "how grave it is at least; a judgement that names it may not say less", {.min = 1, .max = 5})
          .Optional("clause", &ErrorClassSpec::clause, "number of the clause of the guideline that explains it",
                    {.min_size = 1, .max_size = 32});
  return table;
}

const FieldTable<SeverityLevelSpec>& SeverityLevelSpec::Fields() {
  static const auto table =
      FieldTable<SeverityLevelSpec>()
          .Required("level", &SeverityLevelSpec::level, "1 is the gravest", {.min = 1, .max = 5})
          .Required("name", &SeverityLevelSpec::name, "what people call it", {.min_size = 1, .max_size = 100})
          .Required("meaning", &SeverityLevelSpec::meaning, "when it is right", {.min_size = 1, .max_size = kMostText})
          .Optional("clause", &SeverityLevelSpec::clause, "number of the clause of the guideline that explains it",
                    {.min_size = 1, .max_size = 32});
  return table;
}

const FieldTable<ExampleSpec>& ExampleSpec::Fields() {
  constexpr std::size_t kMostExample = 20'000;
  static const auto table =
      FieldTable<ExampleSpec>()
          .Required("title", &ExampleSpec::title, "what it shows", {.min_size = 1, .max_size = 200})
          .Optional("prompt", &ExampleSpec::prompt, "what was asked", {.max_size = kMostExample})
          .Required("response", &ExampleSpec::response, "what was answered", {.min_size = 1, .max_size = kMostExample})
          .Optional("criterion", &ExampleSpec::criterion, "the criterion that it is about", {.form = TextForm::kName})
          .Optional("verdict", &ExampleSpec::verdict, "the score, in quotes, or the label of that criterion",
                    {.min_size = 1, .max_size = 128})
          .Required("why", &ExampleSpec::why, "the reason", {.min_size = 1, .max_size = kMostText})
          .Optional("clause", &ExampleSpec::clause, "number of the clause of the guideline that it illustrates",
                    {.min_size = 1, .max_size = 32});
  return table;
}

const FieldTable<RationaleSpec>& RationaleSpec::Fields() {
  static const auto table =
      FieldTable<RationaleSpec>()
          .Optional("when", &RationaleSpec::when, "when it must be given",
                    {.max_size = 5, .one_or_list = true, .unique = true})
          .Optional("share", &RationaleSpec::share, "of the other judgements, those that need one, drawn at random",
                    {.min = 0, .max = 1})
          .Optional("min_length", &RationaleSpec::min_length, "length of one at least",
                    {.min = 1, .max = 1000, .unit = "characters"});
  return table;
}

const FieldTable<RubricChangeSpec>& RubricChangeSpec::Fields() {
  static const auto table = FieldTable<RubricChangeSpec>()
                                .Required("version", &RubricChangeSpec::version, "the version that the change made",
                                          {.min_size = 1, .max_size = 32})
                                .Required("reason", &RubricChangeSpec::reason, "what changed, and why",
                                          {.min_size = 1, .max_size = kMostText});
  return table;
}

const FieldTable<RubricSpec>& RubricSpec::Fields() {
  static const auto table =
      FieldTable<RubricSpec>()
          .Required("name", &RubricSpec::name, "name of the rubric, unique in the catalog", {.form = TextForm::kName})
          .Required("version", &RubricSpec::version,
                    "MAJOR.MINOR.PATCH: another major where labels, scales or definitions differ, another minor for "
                    "examples and "
                    "edge cases, another patch for wording",
                    {.min_size = 1, .max_size = 32})
          .Optional("description", &RubricSpec::description, "what it is for")
          .Optional("owner", &RubricSpec::owner, "who answers for it")
          .Required("guideline", &RubricSpec::guideline,
                    "Markdown; a heading that begins with a number, such as `## 2.3 Refunds`, is a clause that can be "
                    "referred to",
                    {.min_size = 1, .max_size = 200'000})
          .Optional("criteria", &RubricSpec::criteria, "what is asked about a response",
                    {.min_size = 1, .max_size = 50})
          .Optional("taxonomy", &RubricSpec::taxonomy, "why responses are wrong: classes of errors, a tree",
                    {.min_size = 1, .max_size = 500})
          .Optional("severities", &RubricSpec::severities, "how grave an error is, from the gravest on",
                    {.min_size = 1, .max_size = 5})
          .Optional("examples", &RubricSpec::examples, "responses, and how they are judged", {.max_size = 200})
          .Optional("counterexamples", &RubricSpec::counterexamples, "responses that are often judged wrongly",
                    {.max_size = 200})
          .Optional("rationale", &RubricSpec::rationale, "when a judgement needs words")
          .Optional("changes", &RubricSpec::changes, "what changed and why, from the newest version on",
                    {.max_size = 500})
          .Optional("maps", &RubricSpec::maps,
                    "what judgements under earlier major versions mean under this one; approved with it",
                    {.max_size = 20})
          .Check(CheckRubric, {"criteria", "examples", "counterexamples"})
          .Check(CheckTaxonomy, {"taxonomy"})
          .Check(CheckSeverities, {"severities", "taxonomy"})
          .Check(CheckClauses, {"guideline"})
          .Check(CheckChanges, {"version", "changes"})
          .Check(CheckLabelMaps, {"version", "criteria", "taxonomy", "severities", "maps"});
  return table;
}

}  // namespace assay
