#include "gates/rules/decision.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "gates/rules/clusters.h"
#include "gates/rules/part_memory.h"
#include "gates/rules/reducer.h"

namespace assay {
namespace {

enum class Answer { kPass, kFail, kNeither };

Answer AnswerOf(const Finding& finding) {
  if (finding.fails) return Answer::kFail;
  return finding.passes ? Answer::kPass : Answer::kNeither;
}

enum class CaseState { kOutstanding, kAwaitingHuman, kError, kUnscored, kSkipped, kScored };

CaseState StateOf(const CaseTally& tally, int trials, bool run_ended) {
  const bool is_short = tally.Accounted() < trials;
  if (is_short && !run_ended) return CaseState::kOutstanding;
  if (tally.awaiting_human > 0) return CaseState::kAwaitingHuman;
  if (tally.error > 0) return CaseState::kError;
  if (tally.unscored > 0) return CaseState::kUnscored;
  if (tally.skipped > 0 || is_short) return CaseState::kSkipped;
  return CaseState::kScored;
}

// The states of cases for one metric. Of one trial a case, as most suites have, they are looked up.
class CaseStates {
 public:
  CaseStates(const SuiteObservations& suite, std::size_t metric, bool run_ended)
      : tallies_(suite.Tallies(metric)),
        outcomes_(tallies_.outcomes()),
        trials_(suite.trials()),
        run_ended_(run_ended) {
    for (std::size_t i = 0; i < kTrialOutcomes; ++i)
      of_outcome_[i] = StateOf(TallyOfOne(static_cast<TrialOutcome>(i), 0), 1, run_ended);
  }

  CaseState operator[](std::size_t ordinal) const {
    return outcomes_.empty() ? StateOf(tallies_[ordinal], trials_, run_ended_)
                             : of_outcome_[static_cast<std::size_t>(outcomes_[ordinal])];
  }
  bool IsLeftOut(std::size_t ordinal) const { return tallies_.IsLeftOut(ordinal); }

 private:
  const TallyColumn& tallies_;
  const std::span<const TrialOutcome> outcomes_;
  const int trials_;
  const bool run_ended_;
  std::array<CaseState, kTrialOutcomes> of_outcome_{};
};

void Count(CaseCounts& counts, CaseState state) {
  ++counts.scheduled;
  switch (state) {
    case CaseState::kOutstanding:
      ++counts.outstanding;
      return;
    case CaseState::kAwaitingHuman:
      ++counts.awaiting_human;
      return;
    case CaseState::kError:
      ++counts.error;
      return;
    case CaseState::kUnscored:
      ++counts.unscored;
      return;
    case CaseState::kSkipped:
      ++counts.skipped;
      return;
    case CaseState::kScored:
      ++counts.scored;
      return;
  }
}

bool HasScoredTrial(const PartInput& input) {
  return std::ranges::any_of(input.cases, [&](std::uint32_t ordinal) { return input.TallyOf(ordinal).scored > 0; });
}

// The first metric that the rule names and no case has a value of.
std::optional<std::size_t> MetricWithoutValue(const PartInput& input) {
  for (const std::size_t metric : input.named) {
    Reducer reducer(input.suite, metric);
    const auto has_value = [&](std::uint32_t ordinal) {
      return input.suite.Asks(metric, ordinal) && reducer.ValueOf(ordinal).has_value();
    };
    if (std::ranges::none_of(input.cases, has_value)) return metric;
  }
  return std::nullopt;
}

// Whether there is any evidence at all: a case whose scored trials give it a value, of both models where two are
// compared, of each metric where a rule names several. What counts cases without a metric (coverage) needs none: that
// too few are scored, or scheduled, is what it finds.
bool HasEvidence(const PartInput& input) {
  if (!input.metric) return !input.cases.empty() && !MetricWithoutValue(input);
  Reducer reducer(input.suite, *input.metric);
  std::optional<Reducer> baseline;
  if (input.baseline != nullptr) baseline.emplace(*input.baseline, *input.metric);
  return std::ranges::any_of(input.cases, [&](std::uint32_t ordinal) {
    return reducer.ValueOf(ordinal).has_value() && (!baseline || baseline->ValueOf(ordinal).has_value());
  });
}

// Why there is no evidence, of cases with a metric.
std::string WithoutEvidence(const PartInput& input) {
  if (const auto metric = MetricWithoutValue(input)) {
    return "no case has a value of \"" + input.suite.metrics()[*metric].name + "\"";
  }
  if (!input.metric || !HasScoredTrial(input)) return "no case was scored";
  if (input.baseline != nullptr) return "no case has a value of both candidate and baseline";
  return "no case has a value: " + DescribeReduction(input.shape().reduction, input.suite.trials()) +
         " cannot be told from those that are scored";
}

// Where FAIL needs another confidence than PASS, its side is computed by itself.
Finding FindingOf(const Rule& rule, const PartInput& input, ErrorsAs errors) {
  Finding finding = rule.Find(input, errors);
  if (!input.fail_confidence) return finding;
  PartInput for_fail = input;
  for_fail.confidence = *input.fail_confidence;
  const Finding fail_side = rule.Find(for_fail, errors);
  finding.fails = fail_side.fails;
  finding.fail_bound = fail_side.fail_bound;
  return finding;
}

// `unknown` is what errors that may be anything leave of the answer. Mostly best and worst differ where one of them
// differs from it; with a quorum they can agree, since both count errors as scored.
bool ErrorsMatter(const Rule& rule, const PartInput& input, Answer unknown) {
  return AnswerOf(FindingOf(rule, input, ErrorsAs::kBest)) != unknown ||
         AnswerOf(FindingOf(rule, input, ErrorsAs::kWorst)) != unknown;
}

int RankOf(RunState state) {
  if (state == RunState::kError) return 4;
  if (state == RunState::kCancelled) return 3;
  if (state == RunState::kStopped) return 2;
  return IsFinal(state) ? 0 : 1;
}

// Then there are no bounds; counts have theirs all the same.
bool IsOfOneCluster(const PartInput& input, const RulePart& part) {
  return input.metric && part.clusters && part.clusters->count == 1 && !part.pass_bound;
}

// Of others it tells nothing, whatever the method; what counts cases needs no others.
bool IsOfOneCase(const Rule& rule, const RulePart& part) {
  return rule.ConcludesFromSample() && part.counts.scheduled == 1;
}

std::string OfCases(std::int64_t n, const CaseCounts& counts) {
  return std::to_string(n) + " of " + Cases(counts.scheduled);
}

}  // namespace

namespace {

// Of the candidate's cases, and of the baseline's where it has one, whichever is worse.
CaseCounts CountCasesOfMetric(const PartInput& input) {
  CaseCounts counts;
  const CaseStates states(input.suite, *input.metric, input.run_ended);
  std::optional<CaseStates> baseline;
  if (input.baseline != nullptr) baseline.emplace(*input.baseline, *input.metric, input.run_ended);
  for (const std::uint32_t ordinal : input.cases) {
    CaseState state = states[ordinal];
    // Of a case that is asked of the candidate.
    if (baseline) state = std::min(state, baseline->IsLeftOut(ordinal) ? CaseState::kUnscored : (*baseline)[ordinal]);
    Count(counts, state);
  }
  return counts;
}

// Of a rule that names its metrics these, of one on none all that can gate.
std::vector<CaseStates> StatesThatCount(const PartInput& input) {
  const std::vector<MetricShape>& metrics = input.suite.metrics();
  const bool only_reports = !input.named.empty() || std::ranges::all_of(metrics, &MetricShape::is_report);
  std::vector<CaseStates> states;
  for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
    const bool is_named = input.named.empty() || std::ranges::find(input.named, metric) != input.named.end();
    if (is_named && (only_reports || !metrics[metric].is_report))
      states.emplace_back(input.suite, metric, input.run_ended);
  }
  return states;
}

}  // namespace

CaseCounts CountCases(const PartInput& input) {
  if (PartMemory* memory = PartMemory::Of(input)) return memory->Counts([&] { return CountCasesOfMetric(input); });
  if (PairMemory* memory = PartMemory::OfPairs(input)) return memory->Counts([&] { return CountCasesOfMetric(input); });
  if (input.metric) return CountCasesOfMetric(input);
  CaseCounts counts;
  const bool has_metrics = !input.suite.metrics().empty();
  const std::vector<CaseStates> of_metrics = StatesThatCount(input);
  for (const std::uint32_t ordinal : input.cases) {
    CaseState state = CaseState::kScored;
    bool is_asked = false;
    for (const CaseStates& of_metric : of_metrics) {
      if (of_metric.IsLeftOut(ordinal)) continue;
      is_asked = true;
      state = std::min(state, of_metric[ordinal]);
    }
    if (!is_asked) state = has_metrics || input.run_ended ? CaseState::kUnscored : CaseState::kOutstanding;
    Count(counts, state);
  }
  return counts;
}

const RunProgress& Worse(const RunProgress& a, const RunProgress& b) {
  return RankOf(b.state) > RankOf(a.state) ? b : a;
}

RulePart DecidePart(const Rule& rule, const PartInput& input, const RunProgress& run) {
  RulePart part;
  part.counts = CountCases(input);
  part.fail_confidence = input.fail_confidence;
  const Finding finding = FindingOf(rule, input, ErrorsAs::kUnknown);
  part.pass_bound = Finite(finding.pass_bound);
  part.fail_bound = Finite(finding.fail_bound);
  part.method = finding.method;
  part.clusters = DescribeClusters(input);

  const bool is_broken = run.state == RunState::kError || run.state == RunState::kCancelled;
  const bool has_evidence = HasEvidence(input);
  std::string reason;
  if (has_evidence && finding.fails) {
    part.state = VerdictState::kFail;
  } else if (is_broken) {
    part.state = VerdictState::kError;
    reason = run.name + (run.state == RunState::kCancelled ? " was cancelled" : " ended in an error");
    if (!run.cause.empty()) reason += ": " + run.cause;
  } else if (run.state == RunState::kStopped) {
    part.state = VerdictState::kInconclusive;
    reason = run.name + " was stopped";
    if (!run.cause.empty()) reason += ": " + run.cause;
  } else if (has_evidence && finding.passes) {
    part.state = VerdictState::kPass;
  } else if (!IsFinal(run.state) || part.counts.Waiting() > 0) {
    part.state = VerdictState::kPending;
    if (part.counts.outstanding > 0) reason = OfCases(part.counts.outstanding, part.counts) + " still to run";
    if (part.counts.awaiting_human > 0) {
      if (!reason.empty()) reason += ", ";
      reason += OfCases(part.counts.awaiting_human, part.counts) + " waiting for people";
    }
    if (reason.empty()) reason = run.name + " has not ended";
  } else if (part.counts.error > 0 && !has_evidence) {
    part.state = VerdictState::kError;
    reason = WithoutEvidence(input) + "; " + OfCases(part.counts.error, part.counts) + " ended in errors";
  } else if (part.counts.error > 0 && ErrorsMatter(rule, input, AnswerOf(finding))) {
    part.state = VerdictState::kError;
    reason = OfCases(part.counts.error, part.counts) + " ended in errors, and the answer depends on them";
  } else {
    part.state = VerdictState::kInconclusive;
  }

  const double bound = part.state == VerdictState::kFail ? finding.fail_bound : finding.pass_bound;
  part.margin = Finite(rule.Margin(input, bound));
  rule.Describe(input, finding, part);
  // What does not pass for another reason than its bound has no margin: a positive one would look like a pass.
  if (part.state != VerdictState::kPass && part.margin && *part.margin >= 0) part.margin.reset();
  if (!reason.empty()) part.reason = reason;
  if (part.state == VerdictState::kInconclusive && !has_evidence) {
    part.reason = part.counts.scheduled == 0 ? "there is no case" : WithoutEvidence(input);
    if (part.more_cases) part.reason += "; it needs " + Cases(*part.more_cases) + " at least";
  }
  if (part.state == VerdictState::kInconclusive && has_evidence && IsOfOneCluster(input, part)) {
    part.reason = "all " + Cases(part.counts.scheduled) + " are of one cluster, which tells nothing of others";
    part.more_cases.reset();
  }
  if (part.state == VerdictState::kInconclusive && has_evidence && IsOfOneCase(rule, part)) {
    part.reason = "1 case tells nothing of others: needs at least 2 cases";
    if (part.more_cases) part.reason += "; " + std::to_string(*part.more_cases) + " more like it would decide";
  }
  if (part.state != VerdictState::kInconclusive) part.more_cases.reset();
  return part;
}

std::optional<double> Finite(double value) {
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::string Shown(double value) {
  if (!std::isfinite(value)) return "unbounded";
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, 6);
  return std::string(text, end.ptr);
}

std::string Cases(std::int64_t n) { return std::to_string(n) + (n == 1 ? " case" : " cases"); }

std::string MissingText(const CaseCounts& counts) {
  std::string text;
  const auto add = [&](std::int64_t n, std::string_view what) {
    if (n == 0) return;
    text += text.empty() ? OfCases(n, counts) + " " : ", " + std::to_string(n) + " ";
    text += what;
  };
  add(counts.error, "ended in errors");
  add(counts.unscored, "unscored");
  add(counts.skipped, "skipped");
  add(counts.awaiting_human, "waiting for people");
  add(counts.outstanding, "still to run");
  return text;
}

std::string CannotBeDecided() {
  return "cannot be decided by more cases at this rate (up to " + std::to_string(kMostCases) + ")";
}

}  // namespace assay
