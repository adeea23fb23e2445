// A gate against its suites: what its rules name is there, and means the same in each.

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "config/catalog_checks.h"

namespace assay {
namespace {

// What a name in a rule stands for in one suite.
struct NamedMetric {
  const CatalogDocument* suite;
  MetricSpec metric;
};

bool MeanTheSame(const MetricSpec& a, const MetricSpec& b) {
  return a.source == b.source && a.grader == b.grader && a.reduction == b.reduction && a.aggregate == b.aggregate &&
         a.is_unbounded == b.is_unbounded && a.is_report == b.is_report;
}

// Where a suite defines a metric: FILE:LINE of its entry, or of the grader that it belongs to.
std::string PlaceOf(const NamedMetric& named) {
  const Node& root = named.suite->root;
  for (const char* key : {"metrics", "graders"}) {
    const auto list = root.Find(key);
    for (std::size_t i = 0; list && i < list->size(); ++i) {
      const Node name = *list->at(i).Find("name");
      if (name.as_string() == named.metric.name) return root.file() + ":" + std::to_string(name.position().line);
    }
  }
  return root.file();
}

std::string Describe(const NamedMetric& named) {
  const MetricSpec& metric = named.metric;
  const std::string role = metric.is_report ? "report grader \"" : "grader \"";
  std::string values = metric.grader ? role + *metric.grader + "\"" : std::string(WordOf(metric.source));
  if (metric.reduction.by != Reduce::kMean) {
    values = DescribeReduction(metric.reduction, named.suite->suite()->trials) + ", " + values + ",";
  }
  return "the " + std::string(WordOf(metric.aggregate)) + " of " + values + " in suite \"" + named.suite->name +
         "\" (" + PlaceOf(named) + ")";
}

// Checks one rule against the suites of its gate.
class RuleCheck {
 public:
  RuleCheck(const RuleSpec& rule, const Node& node, const PluginKind& kind, std::vector<const CatalogDocument*> suites,
            Diagnostics& diagnostics)
      : rule_(rule), node_(node), kind_(kind), suites_(std::move(suites)), diagnostics_(diagnostics) {}

  // Returns the suites that the rule is computed on.
  std::vector<const CatalogDocument*> Run() {
    if (kind_.target != RuleTarget::kNone) {
      if (rule_.grader) Resolve("grader", *rule_.grader);
      if (rule_.metric) Resolve("metric", *rule_.metric);
    }
    if (kind_.metrics && !rule_.option.is_null()) ResolveAll(kind_.metrics(rule_.option));
    if (const auto by = node_.Find("by")) {
      for (std::size_t i = 0; i < rule_.by.size(); ++i) RequireSlice(rule_.by[i], by->is_sequence() ? by->at(i) : *by);
    }
    RequireSlicesOfOption();
    const auto uncorrected = node_.Find("uncorrected");
    if (uncorrected && rule_.uncorrected && !is_judged_ && !suites_.empty()) {
      diagnostics_.Add(uncorrected->AtKey("has no meaning here: what the rule is computed on is no judge's opinion"));
    }
    return std::move(suites_);
  }

 private:
  // Keeps the suites that have what the rule names.
  void Resolve(std::string_view what, const std::string& name) { Resolve(what, name, *node_.Find(what)); }

  // Likewise of a rule that names several metrics in its value.
  void ResolveAll(const std::vector<std::string>& names) {
    std::string having;
    for (const std::string& name : names) {
      if (!suites_.empty()) Resolve("metric", name, rule_.option, having);
      having += (having.empty() ? " with \"" : " and \"") + name + "\"";
    }
    ObjectToAll(names);
  }

  // What one name means is the same in all suites, so that the first speaks for them.
  void ObjectToAll(const std::vector<std::string>& names) {
    if (!kind_.objection_to_all || suites_.empty()) return;
    std::vector<MetricSpec> metrics;
    for (const std::string& name : names) {
      for (MetricSpec& metric : EffectiveMetrics(*suites_.front()->suite())) {
        if (metric.name == name) metrics.push_back(std::move(metric));
      }
    }
    const std::string objection = kind_.objection_to_all(rule_.option, metrics);
    if (!objection.empty()) diagnostics_.Add(rule_.option.At(objection));
  }

  void Resolve(std::string_view what, const std::string& name, const Node& place, const std::string& having = "") {
    std::vector<NamedMetric> found;
    std::vector<std::string> known;
    bool is_known = false;  // as what the rule says that it is
    for (const CatalogDocument* suite : suites_) {
      for (const MetricSpec& metric : EffectiveMetrics(*suite->suite())) {
        const bool is_own = metric.grader == metric.name;  // of the grader of its name
        if (what == "metric" || is_own) known.push_back(metric.name);
        if (metric.name != name) continue;
        is_known |= what == "metric" || is_own;
        found.push_back({suite, metric});
      }
    }
    suites_.clear();
    if (!is_known) {
      const std::string hint = DidYouMean(name, known);
      diagnostics_.Add(place.At("no suite of this gate" + having + " has a " + std::string(what) + " \"" + name + "\"" +
                                (hint.empty() ? "; known are " + fields::Join(known, ", ") : hint)));
      return;
    }
    for (const NamedMetric& named : found) {
      suites_.push_back(named.suite);
      is_judged_ = is_judged_ || named.metric.judged != Judged::kNo;
      RequireSameMeaning(found.front(), named, place);
      RequireThatItGates(named, place);
    }
  }

  // A threshold that holds for one meaning says nothing about another: 2000 milliseconds are a bound, for a mean of
  // scores they would be none.
  void RequireSameMeaning(const NamedMetric& first, const NamedMetric& other, const Node& place) {
    if (MeanTheSame(first.metric, other.metric)) return;
    diagnostics_.Add(place.At("\"" + first.metric.name + "\" is " + Describe(first) + ", but " + Describe(other) +
                              "; a rule must judge the same in every suite: give both one definition, or two names"));
  }

  void RequireThatItGates(const NamedMetric& named, const Node& place) {
    const MetricSpec& metric = named.metric;
    const std::string called = "metric \"" + metric.name + "\" of suite \"" + named.suite->name + "\" ";
    if (metric.aggregate == Aggregate::kMax || metric.aggregate == Aggregate::kSum) {
      diagnostics_.Add(place.At(called + "is a " + std::string(WordOf(metric.aggregate)) +
                                ", which has no interval and cannot gate"));
    } else if (metric.is_report && rule_.role == RuleRole::kBlocking) {
      diagnostics_.Add(place.At(called + "is of a grader with role report, which never gates; make the rule advisory"));
    } else if (kind_.target == RuleTarget::kGrader && !metric.decides) {
      diagnostics_.Add(place.At(called + "is of a grader that measures and does not decide; give it a threshold"));
    } else if (const std::string objection = Objection(metric); !objection.empty()) {
      diagnostics_.Add(rule_.option.At(objection));
    } else if (const std::string complaint = ObjectionToMethod(metric); !complaint.empty()) {
      diagnostics_.Add(node_.Find("method")->At(complaint));
    } else if (metric.source == MetricSource::kHumanCorrected && rule_.method &&
               *rule_.method != BoundMethod::kBounded) {
      diagnostics_.Add(
          node_.Find("method")->At(called + "is corrected by people, whose bound is its own; leave the method out"));
    } else if (metric.source == MetricSource::kHumanCorrected && !kind_.bounds_means) {
      diagnostics_.Add(place.At(called +
                                "is corrected by people, who were asked of a sample: only its mean is known, and " +
                                kind_.name + " needs more"));
    } else if (const std::string unknown = UnknownErrors(named); !unknown.empty()) {
      diagnostics_.Add(place.At(called + unknown));
    } else if (kind_.target == RuleTarget::kGrader && (!metric.grader || metric.aggregate != Aggregate::kMean)) {
      diagnostics_.Add(place.At(called + "is no mean of a grader, which " + kind_.name + " needs"));
    }
  }

  // Why a blocking rule cannot rest on the opinion of a model, "" when it can.
  std::string UnknownErrors(const NamedMetric& named) const {
    const MetricSpec& metric = named.metric;
    if (metric.judged == Judged::kNo || kind_.judge_use == JudgeUse::kNone || rule_.role != RuleRole::kBlocking) {
      return "";
    }
    const std::string lacking = SentinelsLacking(*named.suite->suite(), metric);
    const bool is_made_of = metric.judged == Judged::kUncorrectable;
    const bool cannot_correct = kind_.judge_use == JudgeUse::kCounts || is_made_of;
    if (rule_.uncorrected || !cannot_correct) {
      if (lacking.empty()) return "";
      return std::string(is_made_of ? "is made of a judge's opinions" : "is a judge's opinion") +
             ", and how often it is wrong is not known; " + lacking + ", or make the rule advisory";
    }
    const std::string otherwise =
        "; make the rule advisory, or take what the judge says as it stands with uncorrected: true" +
        (lacking.empty() ? "" : " and " + lacking);
    if (kind_.judge_use == JudgeUse::kCounts) {
      return "is a judge's opinion, and " + kind_.name +
             " counts single cases, of which nobody can say whether the judge is wrong" + otherwise;
    }
    return "is made of a judge's opinions, and only the mean of passes of a judge itself can be corrected for its "
           "errors" +
           otherwise;
  }

  // What the judges of a metric need so that their errors are known, for people; "" nothing.
  static std::string SentinelsLacking(const SuiteSpec& suite, const MetricSpec& metric) {
    if (metric.judge_parts.empty() && metric.has_sentinels) return "";
    std::string text;
    for (const GraderSpec& grader : suite.graders) {
      const bool is_part = std::ranges::find(metric.judge_parts, grader.name) != metric.judge_parts.end();
      const bool is_it = metric.judge_parts.empty() && metric.grader == grader.name;
      if (!(is_part || is_it) || grader.sentinels) continue;
      const bool measures = !grader.decides && !grader.threshold;  // labels are pass or fail
      text += (text.empty() ? "give " : " and ") + (is_it ? "the grader" : "grader \"" + grader.name + "\"") +
              (measures ? " a threshold and sentinels" : " sentinels");
    }
    return text;
  }

  std::string Objection(const MetricSpec& metric) const {
    return kind_.objection && !rule_.option.is_null() ? kind_.objection(rule_.option, metric) : "";
  }

  std::string ObjectionToMethod(const MetricSpec& metric) const {
    // What is not for this kind of rule was reported when the gate was read.
    if (!rule_.method || std::ranges::find(kind_.methods, *rule_.method) == kind_.methods.end()) return "";
    return MethodObjection(*rule_.method, {.metric = metric.name,
                                           .is_mean = metric.aggregate == Aggregate::kMean,
                                           .is_unit = metric.grader && !metric.is_unbounded,
                                           .is_blocking = rule_.role == RuleRole::kBlocking});
  }

  void RequireSlicesOfOption() {
    const Json* properties = kind_.schema.Find("properties");
    if (properties == nullptr) return;
    for (const auto& [name, schema] : properties->as_object()) {
      const Json* is_slice = schema.Find("x-assay-slice");
      const auto value = rule_.option.Find(name);
      if (is_slice != nullptr && *is_slice == Json(true) && value && value->is_string()) {
        RequireSlice(value->as_string(), *value);
      }
    }
  }

  void RequireSlice(const std::string& slice, const Node& place) {
    for (const CatalogDocument* suite : suites_) {
      const std::vector<std::string>& slices = suite->suite()->slices;
      if (std::ranges::find(slices, slice) != slices.end()) continue;
      const std::string hint = DidYouMean(slice, slices);
      diagnostics_.Add(place.At("suite \"" + suite->name + "\" has no slice " + Json(slice).Dump() +
                                (!hint.empty()    ? hint
                                 : slices.empty() ? "; it has none"
                                                  : "; its slices are " + fields::Join(slices, ", "))));
    }
  }

  const RuleSpec& rule_;
  const Node& node_;
  const PluginKind& kind_;
  std::vector<const CatalogDocument*> suites_;  // of the gate; those that the rule concerns once its name is resolved
  Diagnostics& diagnostics_;
  bool is_judged_ = false;  // a metric that the rule names is
};

// For people: why the gate's rules that count cases do not count here; "" when it has none.
std::string WhatOnlyCounts(const GateSpec& gate, const PluginKinds& kinds) {
  const auto counts = std::ranges::find_if(gate.rules, [&](const RuleSpec& rule) {
    const PluginKind* kind = FindKind(kinds.rules, rule.kind);
    return kind != nullptr && kind->counts_cases;
  });
  return counts == gate.rules.end() ? "" : " (" + counts->kind + " counts cases, whatever the answers say)";
}

// The suites that a blocking rule of the gate is computed on; absent when a rule is wrong.
std::optional<std::set<const CatalogDocument*>> CheckRules(const GateSpec& gate, const Node& rules,
                                                           const std::vector<const CatalogDocument*>& suites,
                                                           const PluginKinds& kinds, Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.size();
  std::set<const CatalogDocument*> judged;
  for (std::size_t i = 0; i < gate.rules.size(); ++i) {
    const PluginKind* kind = FindKind(kinds.rules, gate.rules[i].kind);
    if (kind == nullptr) continue;  // reported when the gate was read
    const Node node = rules.at(i);
    const auto on = RuleCheck(gate.rules[i], node, *kind, suites, diagnostics).Run();
    if (gate.rules[i].role == RuleRole::kBlocking && JudgesAnswers(*kind)) judged.insert(on.begin(), on.end());
  }
  if (diagnostics.size() != errors) return std::nullopt;
  return judged;
}

// Every gate has a rule that stands in no document.
void RefuseTakenNames(const GateSpec& gate, const Node& rules, Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < gate.rules.size(); ++i) {
    if (!IsOfPeopleAlone(gate.rules[i].name)) continue;
    if (gate.rules[i].name == kReleaseBlockerRule) {
      diagnostics.Add(rules.at(i).Find("name")->At(
          "is the name of the rule on blockers that a release role upheld, which every gate has; give this one "
          "another"));
      continue;
    }
    diagnostics.Add(rules.at(i).Find("name")->At(
        "is the name of the rule on harm of severity 1 that every gate has; give this one another, and say "
        "severe: {at_most: N} for how much that one accepts"));
  }
}

// People are asked of a run that is whole, and one of max_n cases is not.
void RefuseWithPeople(const GateSpec& gate, const Node& max_n, const std::vector<const CatalogDocument*>& suites,
                      Diagnostics& diagnostics) {
  for (const RuleSpec& rule : gate.rules) {
    for (const CatalogDocument* suite : suites) {
      const auto metric = rule.metric ? FindMetric(*suite->suite(), *rule.metric) : std::nullopt;
      if (!metric || !IsOfPeople(metric->source)) continue;
      diagnostics.Add(max_n.AtKey("ends runs before people are asked, and metric \"" + metric->name +
                                  "\" is of people; take a smaller dataset, or a share in the queue"));
      return;
    }
  }
}

}  // namespace

void CheckGateReferences(const GateSpec& gate, const Node& root, const Catalog& catalog,
                         const std::vector<std::string>& known_suites, const PluginKinds& kinds,
                         Diagnostics& diagnostics) {
  std::vector<const CatalogDocument*> suites;
  const Node names = *root.Find("suites");
  bool complete = true;
  for (std::size_t i = 0; i < gate.suites.size(); ++i) {
    if (const CatalogDocument* found = catalog.FindSuite(gate.suites[i])) {
      suites.push_back(found);
      continue;
    }
    complete = false;
    if (std::ranges::find(known_suites, gate.suites[i]) != known_suites.end()) continue;  // it has errors of its own
    diagnostics.Add(
        names.at(i).At("there is no suite \"" + gate.suites[i] + "\"" + DidYouMean(gate.suites[i], known_suites)));
  }
  if (!complete) return;  // what a missing suite defines cannot be missed
  RefuseTakenNames(gate, *root.Find("rules"), diagnostics);
  if (const auto place = root.Find("max_n")) RefuseWithPeople(gate, *place, suites, diagnostics);
  const auto judged = CheckRules(gate, *root.Find("rules"), suites, kinds, diagnostics);
  if (!judged) return;
  for (std::size_t i = 0; i < suites.size(); ++i) {
    if (judged->contains(suites[i])) continue;
    diagnostics.Add(names.at(i).At("no blocking rule of this gate judges suite \"" + suites[i]->name +
                                   "\": none names a metric or grader that it has" + WhatOnlyCounts(gate, kinds)));
  }
}

}  // namespace assay
