#include "gates/people_opinion.h"

#include <algorithm>

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
  return measure + " " + TextOf(quality.agreement.value) + " on " + std::to_string(quality.agreement.cases) +
         " items that several judged; " + TextOf(quality.audits_passed.value) + " of " +
         std::to_string(quality.audits_passed.cases) + " audits passed";
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

std::optional<PeopleEvidence> PeopleEvidenceOf(const PartInput& input) {
  if (!input.metric || input.facts.run == nullptr) return std::nullopt;
  const PeopleAsked* asked = AskedFor(*input.facts.run, *input.metric);
  const PeopleSample* sample = input.suite.SampleOf(*input.metric);
  if (asked == nullptr || (sample == nullptr && !asked->quality)) return std::nullopt;
  PeopleEvidence evidence{.queue = asked->queue, .quality = asked->quality};
  if (sample == nullptr) return evidence;
  const SampleSummary summary = sample->SummaryOf(input.cases);
  evidence.chance = sample->chance();
  evidence.asked = summary.asked;
  evidence.settled = summary.settled;
  evidence.judged_mean = summary.judged_mean;
  evidence.judged_mean_asked = summary.judged_mean_asked;
  evidence.said_mean = summary.said_mean;
  return evidence;
}

std::string TextOf(const PeopleEvidence& evidence) {
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

}  // namespace assay
