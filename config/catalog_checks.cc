#include "config/catalog_checks.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "config/referenced_files.h"
#include "config/template_fields.h"

namespace assay {
namespace {

bool Contains(const auto& names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

std::vector<std::string> NamesOf(const std::vector<PluginKind>& kinds) {
  std::vector<std::string> names;
  for (const PluginKind& kind : kinds) names.push_back(kind.name);
  return names;
}

std::vector<std::string> Strings(const Json* array) {
  std::vector<std::string> strings;
  if (array == nullptr || !array->is_array()) return strings;
  for (const Json& element : array->as_array()) strings.push_back(element.as_string());
  return strings;
}

// The kind under `key`, or null pointer after reporting.
const PluginKind* FindPlugin(const std::vector<PluginKind>& kinds, const Node& owner, std::string_view key,
                             std::string_view what, Diagnostics& diagnostics) {
  const auto node = owner.Find(key);
  if (!node || !node->is_string()) return nullptr;
  if (const PluginKind* kind = FindKind(kinds, node->as_string())) return kind;
  const std::vector<std::string> names = NamesOf(kinds);
  const std::string hint = DidYouMean(node->as_string(), names);
  diagnostics.Add(node->At("unknown " + std::string(what) + " " + node->Describe() +
                           (hint.empty() ? "; known are " + fields::Join(names, ", ") : hint)));
  return nullptr;
}

// Keys of `options` that neither the frame nor the plug-in knows are reported; the rest goes to the plug-in's own
// check.
void CheckOptions(const Node& options, const FieldList& frame, const PluginKind& kind, Diagnostics& diagnostics) {
  std::vector<std::string> known;
  if (const Json* properties = kind.schema.Find("properties")) {
    for (const auto& [name, schema] : properties->as_object()) known.push_back(name);
  }
  const std::vector<std::string> later = Strings(kind.schema.Find("x-assay-not-yet"));
  std::vector<std::string> near = frame.Names();
  near.insert(near.end(), known.begin(), known.end());
  std::vector<std::string> reported;
  for (std::size_t i = 0; i < options.size(); ++i) {
    const std::string& key = options.key(i);
    if (Contains(known, key) || Contains(later, key)) continue;
    reported.push_back(key);
    if (Contains(frame.not_yet(), key)) continue;  // reported when the frame was read
    const std::string hint = DidYouMean(key, near);
    diagnostics.Add(options.AtKey(
        i, "unknown key for " + kind.name + (hint.empty() ? "; known are " + fields::Join(near, ", ") : hint)));
  }
  if (kind.check) kind.check(options.Without(reported), diagnostics);
}

bool IsMissing(const Node& file) {
  Diagnostics ignored;
  return HashFiles(file.file(), std::span(&file, 1), ignored).empty();
}

// Whether `grader` is, through others, a part of itself.
bool IsInCircle(const std::map<std::string, std::vector<std::string>>& parts, const std::string& grader) {
  std::set<std::string> seen;
  std::vector<std::string> open = {grader};
  while (!open.empty()) {
    const auto found = parts.find(open.back());
    open.pop_back();
    if (found == parts.end()) continue;
    for (const std::string& part : found->second) {
      if (part == grader) return true;
      if (seen.insert(part).second) open.push_back(part);
    }
  }
  return false;
}

// What weighs its parts makes nothing of too few that have a weight.
void RequireWeights(const SuiteSpec& suite, const std::vector<std::string>& parts, int needed, const Node& place,
                    Diagnostics& diagnostics) {
  int weighing = 0;
  for (const std::string& part : parts) {
    const auto found = std::ranges::find(suite.graders, part, &GraderSpec::name);
    if (found == suite.graders.end()) return;  // reported
    if (found->weight > 0) ++weighing;
  }
  if (weighing >= needed) return;
  diagnostics.Add(
      place.At((weighing == 0 ? "all its graders have weight 0"
                              : "only " + std::to_string(weighing) + " of its graders have a weight above 0") +
               ", and " + std::to_string(needed) + " must have one, or it is never decided"));
}

// Graders that combine others name graders of their suite, which decide where decisions are combined.
void CheckCombinations(const SuiteSpec& suite, const Node& graders, const PluginKinds& kinds,
                       Diagnostics& diagnostics) {
  std::map<std::string, std::vector<std::string>> parts;
  std::vector<std::string> names;
  for (const GraderSpec& grader : suite.graders) {
    names.push_back(grader.name);
    parts[grader.name] = grader.parts;
  }
  for (std::size_t i = 0; i < suite.graders.size(); ++i) {
    const GraderSpec& grader = suite.graders[i];
    const PluginKind* kind = FindKind(kinds.graders, grader.type);
    const Node place = graders.at(i).Find("of").value_or(graders.at(i));
    for (const std::string& part : parts[grader.name]) {
      const auto found = std::ranges::find(suite.graders, part, &GraderSpec::name);
      if (found == suite.graders.end()) {
        diagnostics.Add(place.At("there is no grader \"" + part + "\" in this suite" + DidYouMean(part, names)));
      } else if (kind->computes && found->negate && !found->decides) {
        diagnostics.Add(
            place.At("grader \"" + part + "\" measures and is inverted: its value says the contrary of its pass"));
      } else if (kind->needs_shares && (found->is_unbounded || found->direction == Preference::kMinimize)) {
        diagnostics.Add(place.At("the values of grader \"" + part + "\" are no shares of which more is better"));
      } else if (kind->needs_deciding_parts && !found->decides && !found->threshold) {
        diagnostics.Add(place.At("grader \"" + part + "\" measures and does not decide; give it a threshold"));
      }
    }
    if (kind != nullptr && kind->weighing_parts) {
      RequireWeights(suite, parts[grader.name], kind->weighing_parts(grader.options), place, diagnostics);
    }
    if (IsInCircle(parts, grader.name)) {
      diagnostics.Add(place.At("grader \"" + grader.name + "\" is a part of itself"));
    }
  }
}

// Of combinations too: whoever gates on one gates on the opinions that it is made of.
void MarkJudged(SuiteSpec& suite) {
  const auto is_judged = [&](const std::string& part) {
    const auto found = std::ranges::find(suite.graders, part, &GraderSpec::name);
    return found != suite.graders.end() && found->is_judged;
  };
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (GraderSpec& grader : suite.graders) {
      if (grader.is_judged || std::ranges::none_of(grader.parts, is_judged)) continue;
      grader.is_judged = has_changed = true;
    }
  }
}

// Only the opinion of a model has errors that people can tell, and only of a decision.
void CheckSentinelsOf(const GraderSpec& grader, const PluginKind& kind, const Node& node, Diagnostics& diagnostics) {
  const auto sentinels = node.Find("sentinels");
  if (!sentinels || !grader.sentinels) return;
  if (!kind.is_judge) {
    diagnostics.Add(sentinels->AtKey("grader type " + grader.type + " is no judge: it needs no sentinels"));
  } else if (!grader.decides && !grader.threshold) {
    diagnostics.Add(sentinels->AtKey("labels are pass or fail, and the grader measures; give it a threshold"));
  }
}

// What a metric counts must be passes and failures, and no reduction may hide what an invariant is there to show.
void CheckMetricOfGrader(const MetricSpec& metric, const GraderSpec& grader, const Node& node,
                         Diagnostics& diagnostics) {
  const auto reduce = node.Find("reduce");
  const std::string named = "grader \"" + grader.name + "\" ";
  const bool counts = CountsPasses(metric.reduce);
  if ((counts || metric.source == MetricSource::kPass) && !grader.decides && !grader.threshold) {
    const Node place = *node.Find(counts ? "reduce" : "source");
    diagnostics.Add(place.At(named + "measures and does not decide, so that no trial passes; give it a threshold"));
  }
  if (grader.role != GraderRole::kInvariant) return;
  const bool is_quantile = metric.aggregate != Aggregate::kMean && metric.aggregate != Aggregate::kMax &&
                           metric.aggregate != Aggregate::kSum;  // the last two never gate
  if (const auto aggregate = node.Find("aggregate"); aggregate && is_quantile) {
    diagnostics.Add(aggregate->At(named + "is an invariant, and " + std::string(WordOf(metric.aggregate)) +
                                  " hides cases that fail; take mean"));
  }
  if (!reduce) return;
  if (!ShowsEveryFailure(metric.reduce)) {
    diagnostics.Add(reduce->At(named + "is an invariant, and " + std::string(WordOf(metric.reduce)) +
                               " hides trials that fail; take min or pass_hat_k"));
  } else if (metric.reduce == Reduce::kMin && metric.source == MetricSource::kScore &&
             (grader.threshold || !grader.decides)) {
    diagnostics.Add(reduce->At(named + "is an invariant, and of its values the smallest need not be the worst; take "
                                       "source: pass"));
  }
}

void CheckMetricsOfGraders(const SuiteSpec& suite, const Node& root, Diagnostics& diagnostics) {
  const auto metrics = root.Find("metrics");
  if (!metrics || !metrics->is_sequence()) return;
  for (std::size_t i = 0; i < suite.metrics.size(); ++i) {
    const MetricSpec& metric = suite.metrics[i];
    if (!metric.grader) continue;
    const auto grader = std::ranges::find(suite.graders, *metric.grader, &GraderSpec::name);
    if (grader != suite.graders.end()) CheckMetricOfGrader(metric, *grader, metrics->at(i), diagnostics);
  }
}

}  // namespace

void CheckPlugins(SuiteSpec& suite, const Node& root, const PluginKinds& kinds, Diagnostics& diagnostics) {
  for (const Node& text : TemplatesOfPrompt(root.Find("prompt").value_or(Node()))) {
    const auto required = RequiredTemplateFields(text.as_string());
    if (!required) diagnostics.Add(text.At(required.error().message));
  }
  const auto graders = root.Find("graders");
  if (!graders || !graders->is_sequence()) return;
  for (std::size_t i = 0; i < suite.graders.size(); ++i) {
    const Node node = graders->at(i);
    const PluginKind* kind = FindPlugin(kinds.graders, node, "type", "grader type", diagnostics);
    if (kind == nullptr) continue;
    suite.graders[i].decides = !kind->decides || kind->decides(suite.graders[i].options);
    suite.graders[i].is_unbounded = kind->is_unbounded && kind->is_unbounded(suite.graders[i].options);
    suite.graders[i].is_nonnegative = kind->is_nonnegative && kind->is_nonnegative(suite.graders[i].options);
    if (kind->parts) suite.graders[i].parts = kind->parts(suite.graders[i].options);
    suite.graders[i].is_judged = kind->is_judge;
    CheckSentinelsOf(suite.graders[i], *kind, node, diagnostics);
    if (kind->check_frame) kind->check_frame(suite.graders[i], node, diagnostics);
    const std::vector<Node> files = FileOptions(suite.graders[i].options, kind->schema);
    if (std::ranges::any_of(files, IsMissing)) continue;
    CheckOptions(suite.graders[i].options, GraderSpec::Fields(), *kind, diagnostics);
  }
  MarkJudged(suite);
  CheckCombinations(suite, *graders, kinds, diagnostics);
  CheckMetricsOfGraders(suite, root, diagnostics);
}

void CheckPlugins(ModelSpec& model, const Node& root, const PluginKinds& kinds, Diagnostics& diagnostics) {
  const auto endpoint = root.Find("endpoint");
  if (!endpoint) return;
  const PluginKind* kind = FindPlugin(kinds.providers, *endpoint, "provider", "provider", diagnostics);
  if (kind != nullptr) CheckOptions(model.endpoint.options, EndpointSpec::Fields(), *kind, diagnostics);
}

namespace {

std::string MethodWords(const std::vector<BoundMethod>& methods) {
  std::vector<std::string> words;
  for (const BoundMethod method : methods) words.emplace_back(WordOf(method));
  return fields::Join(words, ", ");
}

}  // namespace

void CheckPlugins(GateSpec& gate, const Node& root, const PluginKinds& kinds, Diagnostics& diagnostics) {
  const auto rules = root.Find("rules");
  if (!rules || !rules->is_sequence()) return;
  const std::vector<std::string> names = NamesOf(kinds.rules);
  for (std::size_t i = 0; i < gate.rules.size(); ++i) {
    RuleSpec& rule = gate.rules[i];
    const Node node = rules->at(i);
    if (!node.is_mapping()) continue;
    if (!ResolveRule(rule, names, diagnostics)) continue;
    const PluginKind& kind = *FindKind(kinds.rules, rule.kind);
    const bool names_metric = node.Find("metric") || node.Find("grader");
    if (kind.target == RuleTarget::kNone && names_metric) {
      const Node extra = node.Find("metric") ? *node.Find("metric") : *node.Find("grader");
      diagnostics.Add(extra.AtKey("has no meaning beside " + rule.kind));
    }
    if (const auto by = node.Find("by"); by && kind.is_of_run) {
      diagnostics.Add(by->AtKey("has no meaning beside " + rule.kind + ", which is of the run as a whole"));
    }
    if (const auto confidence = node.Find("confidence"); confidence && !HasConfidence(kind, rule.option)) {
      diagnostics.Add(confidence->AtKey("decides nothing beside " + rule.kind +
                                        (kind.has_confidence ? " of every case" : "") + "; leave it out"));
    }
    if (rule.method && std::ranges::find(kind.methods, *rule.method) == kind.methods.end()) {
      const Node method = *node.Find("method");
      diagnostics.Add(kind.methods.empty() ? method.AtKey("has no meaning beside " + rule.kind)
                                           : method.At("method " + std::string(WordOf(*rule.method)) + " is not for " +
                                                       rule.kind + "; known are " + MethodWords(kind.methods)));
    }
    if (kind.target != RuleTarget::kNone && !names_metric) {
      diagnostics.Add(node.AtKey("needs \"metric\" or \"grader\" beside " + rule.kind));
    }
    if (rule.option.is_null()) {
      diagnostics.Add(rule.option.AtKey("has no threshold; give it a value"));
    } else if (kind.check) {
      kind.check(rule.option, diagnostics);
    }
  }
}

namespace {

// A text of the document, "" when there is none.
std::string TextOf(const Node& root, std::string_view key) {
  const auto node = root.Find(key);
  return node && node->is_string() ? node->as_string() : "";
}

}  // namespace

void CheckUniqueNames(const std::vector<Node>& roots, Diagnostics& diagnostics) {
  std::map<std::string, const Node*> first;
  for (const Node& root : roots) {
    const auto kind = ParseDocumentKind(TextOf(root, "kind"));
    const std::string name = TextOf(root, "name");
    const bool is_model = kind == DocumentKind::kModel;
    const std::string version = is_model ? TextOf(root, "version") : "";
    if (!kind || name.empty() || (is_model && version.empty())) continue;
    const std::string what = std::string(Name(*kind)) + " \"" + name + (is_model ? "@" + version : "") + "\"";
    const auto [known, is_new] = first.emplace(what, &root);
    if (is_new) continue;
    const Node& other = *known->second;
    if (is_model && other.ToJson().DumpCanonical() == root.ToJson().DumpCanonical()) continue;
    diagnostics.Add(root.Find(is_model ? "version" : "name")
                        ->At(what + " is already defined" + (is_model ? " with other content" : "") + ", in " +
                             other.file() + ":" + std::to_string(other.Find("name")->position().line)));
  }
}

void RemoveRepeatedModels(std::vector<CatalogDocument>& documents) {
  std::set<std::string> known;
  std::erase_if(documents, [&](const CatalogDocument& document) {
    return document.kind == DocumentKind::kModel && !known.insert(document.canonical_json).second;
  });
}

void CheckModelsOfGraders(const SuiteSpec& suite, const Node& root, const std::vector<std::string>& models,
                          const PluginKinds& kinds, Diagnostics& diagnostics) {
  const Node graders = *root.Find("graders");
  for (std::size_t i = 0; i < suite.graders.size(); ++i) {
    const PluginKind* kind = FindKind(kinds.graders, suite.graders[i].type);
    if (kind == nullptr) continue;
    for (const std::string& option : kind->model_options) {
      const auto name = graders.at(i).Find(option);
      if (!name || !name->is_string() || Contains(models, name->as_string())) continue;
      const std::string hint = DidYouMean(name->as_string(), models);
      diagnostics.Add(name->At("there is no model \"" + name->as_string() + "\" in the catalog" +
                               (!hint.empty()    ? hint
                                : models.empty() ? "; it has no Model"
                                                 : "; its models are " + fields::Join(models, ", "))));
    }
  }
}

void CheckScheduleReferences(const ScheduleSpec& schedule, const Node& root,
                             const std::vector<std::string>& known_gates, Diagnostics& diagnostics) {
  if (Contains(known_gates, schedule.gate)) return;
  diagnostics.Add(
      root.Find("gate")->At("there is no gate \"" + schedule.gate + "\"" + DidYouMean(schedule.gate, known_gates)));
}

}  // namespace assay
