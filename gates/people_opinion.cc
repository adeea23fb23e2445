#include "gates/people_opinion.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "config/agreement_words.h"
#include "gates/gate.h"
#include "gates/judge_opinion.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"

namespace assay {
namespace {

std::vector<std::size_t> MetricsIn(const MetricsOfRule& metrics) {
  std::vector<std::size_t> all = metrics.named;
  if (metrics.metric) all.push_back(*metrics.metric);
  return all;
}

const PeopleAsked* AskedFor(const SuiteEvidence& run, std::size_t metric) {
  if (metric >= run.observations.metrics().size()) return nullptr;
  const auto found = std::ranges::find(run.people, run.observations.metrics()[metric].name, &PeopleAsked::metric);
  return found == run.people.end() ? nullptr : &*found;
}

std::string Percent(double share) { return Shown(100 * share) + " %"; }

std::string TextOf(const std::optional<double>& value) { return value ? Shown(*value) : "unknown"; }

std::string TextOf(const PeopleQuality& quality) {
  const std::string measure = quality.statistic == AgreementStatistic::kRaw
                                  ? "people agree"
                                  : std::string(WordOf(quality.statistic)) + " of people";
  const std::string severe = quality.severe_agreement
                                 ? "; on high severity they agree " + TextOf(quality.severe_agreement->value) + " on " +
                                       std::to_string(quality.severe_agreement->cases) + " items"
                                 : "";
  return measure + " " + TextOf(quality.agreement.value) + " on " + std::to_string(quality.agreement.cases) +
         " items that several judged; " + TextOf(quality.audits_passed.value) + " of " +
         std::to_string(quality.audits_passed.cases) + " audits passed" + severe;
}

}  // namespace

std::string ObjectionToPeople(const Rule& rule, const std::string& kind, const SuiteEvidence& run,
                              const MetricsOfRule& metrics) {
  if (rule.BoundsMeans()) return "";
  for (const std::size_t metric : MetricsIn(metrics)) {
    const MetricShape& shape = run.observations.metrics()[metric];
    if (shape.source != MetricSource::kHumanCorrected) continue;
    return "metric \"" + shape.name +
           "\" is corrected by people, who were asked of a sample: only its mean is known, and " + kind + " needs more";
  }
  return "";
}

std::string ProblemWithPeople(const SuiteEvidence& run, const MetricsOfRule& metrics) {
  for (const std::size_t metric : MetricsIn(metrics)) {
    const PeopleAsked* asked = AskedFor(run, metric);
    if (asked != nullptr && !asked->problem.empty()) return asked->problem;
  }
  return "";
}

namespace {

// Absent where nothing is known but what the part says itself: of people who were asked of every case.
std::optional<PeopleEvidence> EvidenceOn(const SuiteEvidence& run, const SuiteObservations& suite, std::size_t metric,
                                         std::span<const std::uint32_t> cases, bool is_baseline) {
  const PeopleAsked* asked = AskedFor(run, metric);
  const PeopleSample* sample = suite.SampleOf(metric);
  if (asked == nullptr || (sample == nullptr && !asked->quality)) return std::nullopt;
  PeopleEvidence evidence{
      .metric = asked->metric, .is_baseline = is_baseline, .queue = asked->queue, .quality = asked->quality};
  if (sample == nullptr) return evidence;
  const SampleSummary summary = sample->SummaryOf(cases);
  evidence.chance = sample->chance();
  evidence.asked = summary.asked;
  evidence.settled = summary.settled;
  evidence.judged_mean = summary.judged_mean;
  evidence.judged_mean_asked = summary.judged_mean_asked;
  evidence.said_mean = summary.said_mean;
  return evidence;
}

std::string TextOfOne(const PeopleEvidence& evidence) {
  std::string text;
  if (evidence.chance) {
    text = "people settled " + std::to_string(evidence.settled) + " of " + std::to_string(evidence.asked) +
           " cases that were drawn with chance " + Percent(*evidence.chance) + ": " + TextOf(evidence.said_mean) +
           " where the grader says " + TextOf(evidence.judged_mean_asked) + ", and " + TextOf(evidence.judged_mean) +
           " of all";
  }
  if (evidence.quality) text += (text.empty() ? "" : "; ") + TextOf(*evidence.quality);
  return text;
}

}  // namespace

std::optional<PeopleEvidence> PeopleEvidenceOf(const PartInput& input) {
  std::vector<PeopleEvidence> all;
  const auto add = [&](const SuiteEvidence* run, const SuiteObservations* suite, bool is_baseline) {
    if (run == nullptr || suite == nullptr) return;
    for (const std::size_t metric :
         MetricsIn({.metric = input.metric, .named = {input.named.begin(), input.named.end()}})) {
      if (auto evidence = EvidenceOn(*run, *suite, metric, input.cases, is_baseline))
        all.push_back(*std::move(evidence));
    }
  };
  add(input.facts.run, &input.suite, false);
  add(input.facts.baseline, input.baseline, true);
  if (all.empty()) return std::nullopt;
  PeopleEvidence first = std::move(all.front());
  first.others.assign(std::make_move_iterator(all.begin() + 1), std::make_move_iterator(all.end()));
  return first;
}

std::string TextOf(const PeopleEvidence& evidence) {
  std::string text = TextOfOne(evidence);
  for (const PeopleEvidence& other : evidence.others) {
    const std::string metric = other.metric == evidence.metric ? "" : "metric \"" + other.metric + "\"";
    const std::string of = (other.is_baseline ? "of the baseline" : "") +
                           std::string(other.is_baseline && !metric.empty() ? ", " : "") + metric;
    text += "; " + of + ": " + TextOfOne(other);
  }
  return text;
}

}  // namespace assay
