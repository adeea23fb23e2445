#include "gates/judge_opinion.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "gates/rules/corrected.h"
#include "gates/rules/decision.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/reducer.h"

namespace assay {
namespace {

std::string Quote(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Every score is 1 and passes, or 0 and fails: then the mean is the rate of passes.
bool IsOfPasses(const SuiteObservations& suite, std::size_t metric) {
  const TallyColumn& tallies = suite.Tallies(metric);
  for (std::size_t ordinal = 0; ordinal < tallies.size(); ++ordinal) {
    const CaseTally tally = tallies[ordinal];
    if (tally.passing + tally.failing != tally.scored || tally.sum != static_cast<double>(tally.passing)) return false;
  }
  return true;
}

std::vector<std::size_t> AllOf(const MetricsOfRule& metrics) {
  std::vector<std::size_t> all = metrics.named;
  if (metrics.metric) all.push_back(*metrics.metric);
  return all;
}

std::string TextOf(const JudgeCalibration& judge) {
  const SentinelCounts& counts = judge.counts;
  const std::int64_t lost = counts.lost_passes + counts.lost_fails;
  return "judge " + Quote(judge.judge) + " passes " + std::to_string(counts.true_passes) + " of " +
         std::to_string(counts.passes) + " sentinels that people pass and fails " + std::to_string(counts.true_fails) +
         " of " + std::to_string(counts.fails) + " that they fail" +
         (lost > 0 ? ", without a verdict on " + std::to_string(lost) : "");
}

// The graders whose opinions the metric is made of.
std::vector<std::string> JudgesIn(const MetricShape& shape) {
  return shape.judge_parts.empty() ? std::vector<std::string>{shape.grader} : shape.judge_parts;
}

// Why a rule that blocks may not rest on the metric as it is, or corrected; each "" when nothing is in the way.
struct Objections {
  std::string uncorrectable = {};  // no rate of the metric can be corrected, in any run
  std::string unknown = {};        // how often one of its judges is wrong is not known in this run
  std::string revised = {};        // the rate is not the judge's alone in this run
  std::string by_chance = {};      // one of its judges is not shown to tell good from bad
};

std::string WhyUncorrectable(const SuiteEvidence& run, std::size_t metric) {
  const MetricShape& shape = run.observations.metrics()[metric];
  if (shape.judged == Judged::kCorrectable && IsOfPasses(run.observations, metric)) return "";
  return Quote(shape.name) +
         " is made of a judge's opinions, and only the mean of passes of a judge itself can be "
         "corrected for its errors";
}

std::string WhyUnknown(const JudgeCalibration* judge, const std::string& grader, const std::string& whose) {
  if (judge == nullptr) {
    return "not calibrated: " + Quote(grader) + " is a judge, and how often it is wrong is not known" + whose +
           "; add sentinels";
  }
  if (!judge->counts.IsUsable()) {
    return "not calibrated: judge " + Quote(judge->judge) + " gave no verdict on sentinels of both labels" + whose;
  }
  const std::string unsteady = judge->Unsteady();
  return unsteady.empty() ? "" : unsteady + whose + ", and error rates are of one";
}

void ObjectIn(const SuiteEvidence& run, const std::string& whose, std::size_t metric, double confidence,
              Objections& found) {
  const auto add = [](std::string& text, std::string why) {
    if (text.empty()) text = std::move(why);
  };
  add(found.uncorrectable, WhyUncorrectable(run, metric));
  for (const std::string& grader : JudgesIn(run.observations.metrics()[metric])) {
    const JudgeCalibration* judge = run.FindJudge(grader);
    add(found.unknown, WhyUnknown(judge, grader, whose));
    if (judge == nullptr) continue;
    if (const std::string why = WhyNothingIsShown(*judge, confidence); !why.empty())
      add(found.by_chance,
          "not calibrated: " + why + " (" + (whose.empty() ? "" : whose.substr(1) + " ") + TextOf(*judge) + ")");
    if (judge->is_revised) {
      add(found.revised, "people have scored answers in place of judge " + Quote(judge->judge) + whose +
                             ": the rate is in part theirs, and correcting it for the judge's errors would correct "
                             "them");
    }
  }
}

// That is not empty; "" where all are.
std::string FirstOf(std::initializer_list<std::string> texts) {
  for (const std::string& text : texts) {
    if (!text.empty()) return text;
  }
  return "";
}

std::string KindText(JudgeUse use, const std::string& kind) {
  if (use != JudgeUse::kCounts) return "";
  return kind + " counts single verdicts of a judge, and nobody can say which of them are wrong";
}

const JudgeCalibration* JudgeOf(const SuiteEvidence& run, std::size_t metric) {
  return run.FindJudge(run.observations.metrics()[metric].grader);
}

bool IsJudged(const SuiteEvidence& run, std::size_t metric) {
  return run.observations.metrics()[metric].judged != Judged::kNo;
}

void Correct(const CheckedSuite& suite, bool compares, const MetricsOfRule& metrics, JudgeOpinion& opinion) {
  opinion.is_corrected = true;
  if (metrics.metric) {
    opinion.judge = JudgeOf(*suite.evidence, *metrics.metric);
    if (compares) opinion.baseline_judge = JudgeOf(*suite.baseline, *metrics.metric);
  }
  for (const std::size_t metric : metrics.named) {
    opinion.named_judges.push_back(IsJudged(*suite.evidence, metric) ? JudgeOf(*suite.evidence, metric) : nullptr);
  }
}

// The judge's own pass rate of the cases that are scored.
Estimate RawRate(const PartInput& input) {
  Estimate raw;
  raw.confidence = input.confidence;
  if (!input.metric || input.shape().aggregate != Aggregate::kMean) return raw;
  Reducer reducer(input.suite, *input.metric);
  std::vector<double> values;
  std::vector<ValueBox> points;
  std::vector<std::uint32_t> ordinals;
  for (const std::uint32_t ordinal : input.cases) {
    const auto value = reducer.ValueOf(ordinal);
    if (!value) continue;
    ordinals.push_back(ordinal);
    values.push_back(*value);
    points.push_back({*value, *value});
  }
  raw.cases = std::ssize(values);
  const MetricValues metric(input.suite, *input.metric, ordinals);
  const Bounds bounds = metric.BoundsOf(points, {.confidence = input.confidence});
  raw.value = metric.ValueOf(values);
  if (std::isfinite(bounds.lower)) raw.lower = bounds.lower;
  if (std::isfinite(bounds.upper)) raw.upper = bounds.upper;
  raw.method = bounds.method;
  return raw;
}

std::int64_t CountNotJudged(const PartInput& input) {
  if (!input.suite.HasNotJudged(*input.metric)) return 0;
  std::int64_t count = 0;
  for (const std::uint32_t ordinal : input.cases) count += input.suite.NotJudged(*input.metric, ordinal);
  return count;
}

}  // namespace

JudgeOpinion OpinionOf(const Rule& rule, const RuleSpec& spec, double pass_confidence, const CheckedSuite& suite,
                       const MetricsOfRule& metrics) {
  JudgeOpinion opinion;
  const JudgeUse use = rule.UseOfJudges();
  const SuiteEvidence& run = *suite.evidence;
  if (use == JudgeUse::kNone) return opinion;
  const bool blocks = spec.role == RuleRole::kBlocking;
  // A correction needs no more for a FAIL at a later attempt, and has bounds of its own for a PASS.
  const double confidence = spec.uncorrected ? pass_confidence : spec.confidence;
  Objections found{.uncorrectable = KindText(use, spec.kind)};
  for (const std::size_t metric : AllOf(metrics)) {
    if (!IsJudged(run, metric)) continue;
    opinion.is_judged = true;
    ObjectIn(run, "", metric, confidence, found);
    if (rule.Compares()) ObjectIn(*suite.baseline, " in the baseline's run", metric, confidence, found);
  }
  if (!opinion.is_judged || (spec.uncorrected && !blocks)) return opinion;
  const std::string obstacle =
      spec.uncorrected ? found.unknown : FirstOf({found.uncorrectable, found.unknown, found.revised});
  const bool has_ended =
      suite.is_rehearsal || (IsFinal(run.state) && (!rule.Compares() || IsFinal(suite.baseline->state)));
  if (!has_ended && (blocks || obstacle.empty())) {
    // What its sentinels show, and whether one judge answered, is known at the end.
    opinion.is_pending = true;
    opinion.problem = "the judge's errors are known when the run has ended";
  } else if (blocks && !(obstacle.empty() && found.by_chance.empty())) {
    opinion.problem = FirstOf({obstacle, found.by_chance});
  } else if (!spec.uncorrected && obstacle.empty()) {
    Correct(suite, rule.Compares(), metrics, opinion);
  }
  return opinion;
}

std::optional<JudgeEvidence> EvidenceOf(const JudgeOpinion& opinion, const Rule& rule, const PartInput& input) {
  if (!opinion.is_judged) return std::nullopt;
  JudgeEvidence evidence{.raw = {}, .is_corrected = opinion.is_corrected, .confidence = input.confidence};
  std::set<std::string> seen;
  const auto add = [&](const SuiteEvidence* run, std::size_t metric, std::vector<JudgeCalibration>& judges) {
    if (run == nullptr || metric >= run->observations.metrics().size() || !IsJudged(*run, metric)) return;
    for (const std::string& grader : JudgesIn(run->observations.metrics()[metric])) {
      const JudgeCalibration* judge = run->FindJudge(grader);
      if (judge != nullptr && seen.insert(run->run + "\n" + judge->grader).second) judges.push_back(*judge);
    }
  };
  const RunFacts& facts = input.facts;
  for (const std::size_t metric : input.named) add(facts.run, metric, evidence.judges);
  if (input.metric) add(facts.run, *input.metric, evidence.judges);
  if (input.metric && rule.Compares()) add(facts.baseline, *input.metric, evidence.baseline_judges);
  evidence.raw = RawRate(input);
  if (input.metric) evidence.not_judged = CountNotJudged(input);
  return evidence;
}

std::string TextOf(const JudgeEvidence& evidence) {
  std::string text = evidence.is_corrected ? "corrected for the judge's errors" : "not corrected for a judge's errors";
  if (evidence.raw.value) text += "; as judged " + Shown(*evidence.raw.value);
  if (evidence.not_judged > 0)
    text += "; " + std::to_string(evidence.not_judged) + (evidence.not_judged == 1 ? " trial" : " trials") +
            " failed without being judged";
  for (const JudgeCalibration& judge : evidence.judges) text += "; " + TextOf(judge);
  for (const JudgeCalibration& judge : evidence.baseline_judges) text += "; in the baseline's run " + TextOf(judge);
  return text;
}

}  // namespace assay
