// What a suite's metrics are made of: its graders, and what is known of them.

#include <algorithm>
#include <set>

#include "config/suite.h"

namespace assay {
namespace {

// Sentinels tell how often the judge passes what people pass. The mean of passes is the rate of which that says
// something; a majority of several trials, or the number that a threshold is held against, is not.
Judged JudgedOf(const MetricSpec& metric, const GraderSpec& grader) {
  if (!grader.is_judged) return Judged::kNo;
  const bool is_pass = metric.source == MetricSource::kPass || (grader.decides && !grader.threshold);
  const bool is_rate = is_pass && metric.reduce == Reduce::kMean && metric.aggregate == Aggregate::kMean;
  return is_rate && grader.parts.empty() ? Judged::kCorrectable : Judged::kUncorrectable;
}

// The names of what these graders are made of, through combinations too.
std::set<std::string> PartsOf(std::vector<std::string> open, const std::vector<GraderSpec>& graders) {
  std::set<std::string> within(open.begin(), open.end());
  while (!open.empty()) {
    const auto part = std::ranges::find(graders, open.back(), &GraderSpec::name);
    open.pop_back();
    if (part == graders.end()) continue;  // reported when the suite was read
    for (const std::string& deeper : part->parts) {
      if (within.insert(deeper).second) open.push_back(deeper);
    }
  }
  return within;
}

// Of a combination: the judges that it is made of, in the order of the suite.
std::vector<std::string> JudgesIn(const GraderSpec& combination, const std::vector<GraderSpec>& graders) {
  const std::set<std::string> within = PartsOf(combination.parts, graders);
  std::vector<std::string> judges;
  for (const GraderSpec& grader : graders) {
    if (within.contains(grader.name) && grader.is_judged && grader.parts.empty()) judges.push_back(grader.name);
  }
  return judges;
}

// The invariants of which each fails the grader in every case that it fails: itself, and what `all` of its parts have
// to pass. One that is asked of some cases only, or is turned around, says nothing of its parts.
std::vector<std::string> InvariantsIn(const GraderSpec& grader, const std::vector<GraderSpec>& graders) {
  std::set<std::string> within{grader.name};
  std::vector<const GraderSpec*> open{&grader};
  while (!open.empty()) {
    const GraderSpec& each = *open.back();
    open.pop_back();
    if (each.type != "all" || each.negate || !each.when.empty()) continue;
    for (const std::string& name : each.parts) {
      const auto part = std::ranges::find(graders, name, &GraderSpec::name);
      if (part != graders.end() && within.insert(name).second) open.push_back(&*part);
    }
  }
  std::vector<std::string> invariants;
  for (const GraderSpec& each : graders) {
    if (each.role == GraderRole::kInvariant && within.contains(each.name)) invariants.push_back(each.name);
  }
  return invariants;
}

}  // namespace

std::vector<MetricSpec> EffectiveMetrics(const SuiteSpec& suite) {
  std::vector<MetricSpec> metrics = suite.metrics;
  for (const GraderSpec& grader : suite.graders) {
    metrics.push_back({.name = grader.name,
                       .grader = grader.name,
                       .source = grader.threshold ? MetricSource::kPass : MetricSource::kScore});
  }
  for (MetricSpec& metric : metrics) {
    metric.reduction = {.by = metric.reduce,
                        .k = HasK(metric.reduce) ? metric.k.value_or(0) : 0,
                        .quorum = metric.reduce == Reduce::kMajority ? metric.quorum.value_or(0) : 0,
                        .trials = DependsOnTrials(metric.reduce) ? suite.trials : 0};
    metric.is_nonnegative = !metric.grader && !IsOfPeople(metric.source);
    if (!metric.grader || metric.source == MetricSource::kHumanCorrected) continue;  // people make up for its errors
    if (CountsPasses(metric.reduce)) metric.source = MetricSource::kPass;
    const auto grader = std::ranges::find(suite.graders, *metric.grader, &GraderSpec::name);
    if (grader == suite.graders.end()) continue;  // reported when the suite was read
    metric.decides = grader->decides || grader->threshold;
    metric.is_unbounded = metric.source == MetricSource::kScore && grader->is_unbounded;
    metric.is_nonnegative = metric.is_unbounded && grader->is_nonnegative;
    metric.is_report = grader->role == GraderRole::kReport;
    metric.judged = JudgedOf(metric, *grader);
    metric.has_sentinels = grader->sentinels.has_value();
    metric.severity = grader->severity;
    metric.judge_parts = JudgesIn(*grader, suite.graders);
    metric.invariants = InvariantsIn(*grader, suite.graders);
  }
  return metrics;
}

std::optional<MetricSpec> FindMetric(const SuiteSpec& suite, std::string_view name) {
  for (MetricSpec& metric : EffectiveMetrics(suite)) {
    if (metric.name == name) return std::move(metric);
  }
  return std::nullopt;
}

std::optional<std::set<std::string>> GradersBehind(const SuiteSpec& suite, std::span<const std::string> metrics) {
  const std::vector<MetricSpec> known = EffectiveMetrics(suite);
  std::vector<std::string> graders;
  for (const std::string& name : metrics) {
    const auto metric = std::ranges::find(known, name, &MetricSpec::name);
    if (metric == known.end()) return std::nullopt;
    if (metric->grader) graders.push_back(*metric->grader);
  }
  return PartsOf(std::move(graders), suite.graders);
}

}  // namespace assay
