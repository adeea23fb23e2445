#include "config/rubric_maps.h"

#include <algorithm>
#include <set>

namespace assay {
namespace {

template <class Named>
std::vector<std::string> NamesOf(const std::vector<Named>& things) {
  std::vector<std::string> names;
  for (const Named& thing : things) names.push_back(thing.name);
  return names;
}

void CheckCriterionMap(const CriterionMapSpec& map, const RubricSpec& rubric, const Node& node,
                       Diagnostics& diagnostics) {
  const CriterionSpec* criterion = rubric.FindCriterion(map.criterion);
  if (criterion == nullptr) {
    diagnostics.Add(node.Find("criterion")
                        ->At("there is no criterion \"" + map.criterion + "\" in this rubric" +
                             DidYouMean(map.criterion, NamesOf(rubric.criteria))));
    return;
  }
  const auto answers = node.Find("answers");
  if (answers.has_value() == map.same) {
    diagnostics.Add(node.AtKey("needs \"answers\" or \"same: true\", and one of them only"));
    return;
  }
  for (std::size_t i = 0; answers && i < answers->size(); ++i) {
    const std::string fault = FaultOfAnswer(*criterion, map.answers.at(answers->key(i)));
    if (!fault.empty()) diagnostics.Add(answers->at(i).At(answers->at(i).Describe() + " " + fault));
  }
}

void CheckErrorMap(const LabelMapSpec& map, const RubricSpec& rubric, const Node& node, Diagnostics& diagnostics) {
  const auto errors = node.Find("errors");
  for (std::size_t i = 0; errors && i < errors->size(); ++i) {
    const std::string& error = map.errors.at(errors->key(i));
    if (rubric.FindErrorClass(error) != nullptr) continue;
    diagnostics.Add(errors->at(i).At("there is no error class \"" + error + "\" in this rubric" +
                                     DidYouMean(error, NamesOf(rubric.taxonomy))));
  }
  const auto severities = node.Find("severities");
  for (std::size_t i = 0; severities && i < severities->size(); ++i) {
    const std::string& level = map.severities.at(severities->key(i));
    const bool is_known = std::ranges::any_of(
        rubric.severities, [&](const SeverityLevelSpec& severity) { return std::to_string(severity.level) == level; });
    if (!is_known) diagnostics.Add(severities->at(i).At("there is no severity " + level + " in this rubric"));
  }
}

}  // namespace

std::string FaultOfAnswer(const CriterionSpec& criterion, const std::string& answer) {
  if (criterion.scale) {
    for (int score = criterion.scale->from; score <= criterion.scale->to; ++score) {
      if (std::to_string(score) == answer) return "";
    }
    return "is no score of criterion \"" + criterion.name + "\", which has " + std::to_string(criterion.scale->from) +
           " to " + std::to_string(criterion.scale->to);
  }
  if (criterion.FindLabel(answer) != nullptr) return "";
  return "is no label of criterion \"" + criterion.name + "\", which has " +
         fields::Join(NamesOf(criterion.labels), ", ");
}

void CheckLabelMaps(const RubricSpec& rubric, const Node& node, Diagnostics& diagnostics) {
  const auto maps = node.Find("maps");
  std::set<int> seen;
  for (std::size_t i = 0; maps && i < rubric.maps.size(); ++i) {
    const LabelMapSpec& map = rubric.maps[i];
    const Node place = maps->at(i);
    const auto version = ParseRubricVersion(rubric.version);
    if (version && map.from >= version->major) {
      diagnostics.Add(place.Find("from")->At("must be below " + std::to_string(version->major) +
                                             ", the major version of this rubric"));
    }
    if (!seen.insert(map.from).second) {
      diagnostics.Add(place.Find("from")->At("there is a map from " + std::to_string(map.from) + " already"));
    }
    std::set<std::string> mapped;
    for (std::size_t c = 0; c < map.criteria.size(); ++c) {
      const Node criterion = place.Find("criteria")->at(c);
      CheckCriterionMap(map.criteria[c], rubric, criterion, diagnostics);
      if (mapped.insert(map.criteria[c].criterion).second) continue;
      diagnostics.Add(
          criterion.Find("criterion")->At("criterion \"" + map.criteria[c].criterion + "\" is mapped already"));
    }
    CheckErrorMap(map, rubric, place, diagnostics);
  }
}

const LabelMapSpec* RubricSpec::FindMap(int from_major) const {
  const auto found = std::ranges::find(maps, from_major, &LabelMapSpec::from);
  return found == maps.end() ? nullptr : &*found;
}

const FieldTable<CriterionMapSpec>& CriterionMapSpec::Fields() {
  static const auto table =
      FieldTable<CriterionMapSpec>()
          .Required("criterion", &CriterionMapSpec::criterion, "a criterion of this version", {.form = TextForm::kName})
          .Optional("from", &CriterionMapSpec::from, "the criterion before; without it the one of the same name",
                    {.form = TextForm::kName})
          .Optional("answers", &CriterionMapSpec::answers,
                    "score, in quotes, or label before: what it is now; judgements with another answer are made anew",
                    {.min_size = 1, .max_size = 100})
          .Optional("same", &CriterionMapSpec::same, "true: every answer is what it was");
  return table;
}

const FieldTable<LabelMapSpec>& LabelMapSpec::Fields() {
  static const auto table =
      FieldTable<LabelMapSpec>()
          .Required("from", &LabelMapSpec::from, "the major version before", {.min = 0, .max = 9999})
          .Optional(
              "criteria", &LabelMapSpec::criteria,
              "what becomes of its answers; a criterion that must be answered and is not named here is asked anew",
              {.max_size = 50})
          .Optional("errors", &LabelMapSpec::errors,
                    "class of errors before: the one that it is now; others keep their name", {.max_size = 500})
          .Optional("severities", &LabelMapSpec::severities,
                    "severity before, in quotes: what it is now, in quotes; others are what they were",
                    {.max_size = 5});
  return table;
}

}  // namespace assay
