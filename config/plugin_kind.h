#pragma once
// The tables of plug-ins as values: cli and daemon collect them from runners/ and gates/ and pass them to the checks of
// config/catalog.h, which must not include either.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/bound_method.h"
#include "config/diagnostics.h"
#include "config/node.h"
#include "config/suite.h"
#include "core/json.h"

namespace assay {

// What a rule is computed on.
enum class RuleTarget {
  kMetric,  // one metric: the rule names `metric` or `grader` (the grader's own metric)
  kGrader,  // the scores of one grader: `grader`, or a `metric` that is a mean of one grader
  kNone,    // no metric: the rule names neither (coverage)
};

// What a rule makes of metrics that are the opinion of a model.
enum class JudgeUse {
  kCounts,    // takes single verdicts for true ones, which nothing can correct
  kCorrects,  // bounds rates, corrected for the judge's errors
  kNone,      // says nothing of answers, or is about the judge itself
};

struct PluginKind {
  std::string name;  // the word in YAML: grader `type`, endpoint `provider`, rule key
  std::string help;  // one sentence
  // Draft-7 schema: of the options mapping of a grader or provider (without the frame's keys: name, type, role, ...),
  // of the value under the rule key of a rule. SchemaOf() makes it.
  Json schema;
  // Reports what is wrong with the options; for rules the value under the rule key (null when it is empty).
  std::function<void(const Node& options, Diagnostics& diagnostics)> check;
  // Of graders: reports what of the frame's options (threshold, transform, ...) is wrong, or does not fit the kind.
  // `node` is the grader's mapping. May be empty.
  std::function<void(const GraderSpec& grader, const Node& node, Diagnostics& diagnostics)> check_frame = {};
  // Of graders that combine others: their names. May be empty.
  std::function<std::vector<std::string>(const Node& options)> parts = {};
  bool needs_deciding_parts = false;
  bool computes = false;      // of combinations: with the values of its parts, not their decisions
  bool needs_shares = false;  // likewise: these lie in [0, 1], and more is better
  // Likewise: how many of the parts must have a weight above 0, or nothing is ever decided. May be empty: none.
  std::function<int(const Node& options)> weighing_parts = {};
  std::vector<std::string> model_options = {};  // of graders: options that name models of the catalog
  bool is_judge = false;                        // of graders: a score is the opinion of such a model
  bool runs_program = false;                    // of graders: the version depends on a program of this machine
  // Of graders: the fields of the case without which every score is UNSCORED; none where the options are wrong. May be
  // empty.
  std::function<std::vector<std::string>(const Node& options)> required_fields = {};
  // Of graders: whether a score is a pass or a failure, without a threshold. May be empty: it is.
  std::function<bool(const Node& options)> decides = {};
  // Of graders: whether the values need not lie in [0, 1]. May be empty: they do.
  std::function<bool(const Node& options)> is_unbounded = {};
  // Likewise: whether they are 0 or more, where they need not lie in [0, 1]. May be empty: they are not.
  std::function<bool(const Node& options)> is_nonnegative = {};
  // Of rules on a metric: why the rule with this value cannot judge that metric, "" when it can. May be empty.
  std::function<std::string(const Node& option, const MetricSpec& metric)> objection;
  // Of rules that name metrics of a suite in their value: these; none where the value is wrong. May be empty.
  std::function<std::vector<std::string>(const Node& option)> metrics = {};
  // Likewise: why the rule cannot judge these metrics, in that order; "" when it can. May be empty.
  std::function<std::string(const Node& option, const std::vector<MetricSpec>& metrics)> objection_to_all = {};
  RuleTarget target = RuleTarget::kMetric;  // of rules
  std::vector<BoundMethod> methods = {};    // of rules: those that may be asked for
  bool compares = false;                    // of rules: the candidate with a baseline
  JudgeUse judge_use = JudgeUse::kCounts;   // of rules
  bool bounds_means = false;                // of rules: also that of a metric which people correct
  bool is_of_run = false;                   // of rules: on a run as a whole, which has no slices
  bool counts_cases = false;                // of rules: how many were scored, whatever the answers say
  bool has_confidence = true;               // of rules: not of counts, sums and charts, which it says nothing of
  // Of rules that have a confidence otherwise: whether with this value they only count. May be empty: they do not.
  std::function<bool(const Node& option)> only_counts = {};
  // Of rules, on the first cases of a run: whether a PASS there says what one on all cases would, with the error rate
  // of the rule, and whether a FAIL there does. A count over all cases says nothing before the last.
  bool passes_on_part = false;
  bool fails_on_part = false;
};

struct PluginKinds {
  std::vector<PluginKind> graders;
  std::vector<PluginKind> providers;
  std::vector<PluginKind> rules;
};

// Of rules: whether it says something of answers. What does not is no evidence for a PASS.
inline bool JudgesAnswers(const PluginKind& kind) { return !kind.is_of_run && !kind.counts_cases; }

// Whether a rule of this value has an error rate, and `confidence` beside it decides something.
inline bool HasConfidence(const PluginKind& kind, const Node& option) {
  return kind.has_confidence && !(kind.only_counts && kind.only_counts(option));
}

// The kind of that name, or null pointer.
inline const PluginKind* FindKind(const std::vector<PluginKind>& kinds, std::string_view name) {
  for (const PluginKind& kind : kinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace assay
