// One rule is decided on parts: suites that define its metric, times the values of its `by` slices. The worst part is
// the rule's state, the worst blocking rule the gate's. What must hold for the gate as a whole (every run complete,
// counts conserved, every suite judged) is checked around that. No suite is left out in silence: a rule says on which
// suites it was not computed.

#include "gates/gate.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>

#include "gates/retries.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"

namespace assay {
namespace {

constexpr std::size_t kMaxSliceValues = 1000;  // of one `by` slice: each is a part of the verdict document

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// The ordinals of a suite, and the same grouped by the values of a slice.
std::vector<std::uint32_t> AllCases(const SuiteObservations& suite) {
  std::vector<std::uint32_t> cases(static_cast<std::size_t>(suite.cases()));
  std::iota(cases.begin(), cases.end(), 0U);
  return cases;
}

// Those that the metric asks; without a metric all.
std::vector<std::uint32_t> CasesOf(const SuiteObservations& suite, const std::optional<std::size_t>& metric) {
  std::vector<std::uint32_t> cases = AllCases(suite);
  if (metric) std::erase_if(cases, [&](std::uint32_t ordinal) { return !suite.Asks(*metric, ordinal); });
  return cases;
}

std::vector<std::vector<std::uint32_t>> CasesByValue(const std::vector<std::uint32_t>& cases,
                                                     const SliceColumn& slice) {
  std::vector<std::vector<std::uint32_t>> groups(slice.values().size());
  for (const std::uint32_t ordinal : cases) groups[slice.ValueOf(ordinal)].push_back(ordinal);
  return groups;
}

// What is wrong with the conserved count: scheduled = scored + unscored + error + skipped + awaiting_human,
// of the run's record and of every metric, and both must speak of the same trials. "" when it holds.
std::string CountsProblem(const SuiteEvidence& suite) {
  const RunCounts& counts = suite.counts;
  for (const std::int64_t count :
       {counts.scheduled, counts.scored, counts.unscored, counts.error, counts.skipped, counts.awaiting_human}) {
    if (count < 0) return "a count of the run is negative";
  }
  if (counts.Accounted() > counts.scheduled) {
    return std::to_string(counts.Accounted()) + " trials are accounted for, but " + std::to_string(counts.scheduled) +
           " were scheduled";
  }
  if (suite.state != RunState::kComplete) return "";
  if (counts.Accounted() != counts.scheduled) {
    return "the run is complete, but only " + std::to_string(counts.Accounted()) + " of " +
           std::to_string(counts.scheduled) + " scheduled trials are accounted for";
  }
  const SuiteObservations& seen = suite.observations;
  if (counts.scheduled != seen.cases() * seen.trials()) {
    return std::to_string(counts.scheduled) + " trials were scheduled, but the suite has " +
           std::to_string(seen.cases()) + " x " + std::to_string(seen.trials());
  }
  for (std::size_t metric = 0; metric < seen.metrics().size(); ++metric) {
    std::int64_t accounted = 0;
    const TallyColumn& tallies = seen.Tallies(metric);
    for (std::size_t ordinal = 0; ordinal < tallies.size(); ++ordinal) accounted += tallies[ordinal].Accounted();
    if (accounted != counts.scheduled) {
      return "metric " + Quoted(seen.metrics()[metric].name) + " accounts for " + std::to_string(accounted) + " of " +
             std::to_string(counts.scheduled) + " trials";
    }
  }
  return "";
}

// Evidence of one suite of the gate, with what was found wrong with it.
struct CheckedSuite {
  const SuiteEvidence* evidence;
  std::string problem;
};

RulePart ErrorPart(std::string suite, std::string reason) {
  RulePart part;
  part.suite = std::move(suite);
  part.state = VerdictState::kError;
  part.reason = std::move(reason);
  return part;
}

// Of a slice value whose cases the grader is not asked of: nothing is known of it, and every value must pass.
RulePart UnaskedPart(std::string suite, std::string slice, std::string value) {
  RulePart part;
  part.suite = std::move(suite);
  part.slice = std::move(slice);
  part.slice_value = std::move(value);
  part.state = VerdictState::kInconclusive;
  part.reason = "its grader is asked of no case of this value (when)";
  return part;
}

// Which metric of the suite the rule is on: an index; or "the rule is on none"; or the suite does not have it.
struct Target {
  bool is_on_suite = false;
  std::optional<std::size_t> metric;
};

Target TargetOf(const RuleSpec& spec, const SuiteObservations& suite) {
  if (spec.metric) {
    const auto metric = suite.FindMetric(*spec.metric);
    return {metric.has_value(), metric};
  }
  if (spec.grader) {
    // The grader's own metric has its name.
    auto metric = suite.FindMetric(*spec.grader);
    if (metric && suite.metrics()[*metric].grader != *spec.grader) metric.reset();
    return {metric.has_value(), metric};
  }
  return {true, std::nullopt};
}

std::string TargetName(const RuleSpec& spec) { return spec.metric ? *spec.metric : spec.grader.value_or(""); }

// What is wrong when the rule's name is of one metric in one suite and of another one in another; "" when it is not.
// config/catalog refuses such gates; a threshold that is meant for one of them would pass the other unseen.
std::string AmbiguityOf(const RuleSpec& spec, const std::vector<CheckedSuite>& suites) {
  const std::string name = TargetName(spec);
  const SuiteEvidence* first = nullptr;
  const MetricShape* meaning = nullptr;
  for (const CheckedSuite& suite : suites) {
    const SuiteObservations& seen = suite.evidence->observations;
    const auto metric = seen.FindMetric(name);
    if (!metric) continue;
    const MetricShape& shape = seen.metrics()[*metric];
    if (meaning == nullptr) {
      first = suite.evidence;
      meaning = &shape;
    } else if (shape != *meaning) {
      return Quoted(name) + " is not the same metric in suite " + Quoted(suite.evidence->suite) + " as in suite " +
             Quoted(first->suite);
    }
  }
  return "";
}

// The parts of one rule on one suite.
void DecideOnSuite(const Rule& rule, const RuleSpec& spec, const CheckedSuite& suite, const Target& target,
                   std::vector<RulePart>& parts) {
  const SuiteEvidence& evidence = *suite.evidence;
  const SuiteObservations& seen = evidence.observations;
  if (!suite.problem.empty()) {
    parts.push_back(ErrorPart(evidence.suite, suite.problem));
    return;
  }
  const std::vector<std::uint32_t> all = CasesOf(seen, target.metric);
  PartInput input{seen, target.metric, all, spec.confidence, IsFinal(evidence.state)};
  if (std::string objection = rule.Objection(input); !objection.empty()) {
    parts.push_back(ErrorPart(evidence.suite, std::move(objection)));
    return;
  }
  const auto decide = [&](std::string slice, std::string value) {
    RulePart part = DecidePart(rule, input, evidence.state, evidence.cause);
    part.suite = evidence.suite;
    part.slice = std::move(slice);
    part.slice_value = std::move(value);
    parts.push_back(std::move(part));
  };
  if (spec.by.empty() || all.empty()) {
    decide("", "");
    return;
  }
  for (const std::string& name : spec.by) {
    const SliceColumn* slice = seen.FindSlice(name);
    if (slice == nullptr) {
      parts.push_back(ErrorPart(evidence.suite, "the suite has no slice " + Quoted(name)));
      continue;
    }
    if (slice->values().size() > kMaxSliceValues) {
      parts.push_back(ErrorPart(evidence.suite,
                                "slice " + Quoted(name) + " has " + std::to_string(slice->values().size()) +
                                    " values; a rule can be computed by at most " + std::to_string(kMaxSliceValues)));
      continue;
    }
    const std::vector<std::vector<std::uint32_t>> groups = CasesByValue(all, *slice);
    const std::vector<std::vector<std::uint32_t>> whole = CasesByValue(AllCases(seen), *slice);
    for (std::size_t value = 0; value < groups.size(); ++value) {
      if (groups[value].empty() && !whole[value].empty()) {
        parts.push_back(UnaskedPart(evidence.suite, name, slice->values()[value]));
      }
      if (groups[value].empty()) continue;
      input.cases = groups[value];
      decide(name, slice->values()[value]);
    }
  }
}

std::string PartName(const RulePart& part, bool with_suite) {
  std::string name = with_suite ? part.suite : "";
  if (!part.slice.empty()) {
    if (!name.empty()) name += " ";
    name += part.slice + "=" + (part.slice_value.empty() ? "(none)" : part.slice_value);
  }
  return name;
}

// State, deciding part and reason from the parts. Of equally bad parts the one with the least margin decides.
void Conclude(RuleOutcome& outcome) {
  constexpr double kNone = -std::numeric_limits<double>::infinity();
  outcome.state = VerdictState::kPass;
  for (const RulePart& part : outcome.parts) outcome.state = Worse(outcome.state, part.state);
  std::size_t same = 0;
  for (std::size_t i = 0; i < outcome.parts.size(); ++i) {
    const RulePart& part = outcome.parts[i];
    if (part.state != outcome.state) continue;
    const RulePart& best = outcome.parts[outcome.deciding_part];
    if (same++ == 0 || part.margin.value_or(kNone) < best.margin.value_or(kNone)) outcome.deciding_part = i;
  }
  const RulePart& deciding = outcome.parts[outcome.deciding_part];
  const bool is_one_suite = std::all_of(outcome.parts.begin(), outcome.parts.end(),
                                        [&](const RulePart& part) { return part.suite == deciding.suite; });
  const std::string name = PartName(deciding, !is_one_suite);
  outcome.reason = (name.empty() ? "" : name + ": ") + deciding.reason;
  if (same > 1 && outcome.state != VerdictState::kPass) {
    outcome.reason += " (and " + std::to_string(same - 1) + " more)";
  }
}

// A run that does not exist yet may still bring the metric.
bool MayStillBring(const SuiteEvidence& suite) { return !IsFinal(suite.state) && suite.observations.metrics().empty(); }

// The same in every suite, or AmbiguityOf has found it out.
void NameMetric(const MetricShape& shape, RuleOutcome& outcome) {
  outcome.grader = shape.grader;
  outcome.source = WordOf(shape.source);
  const Reduction& reduction = shape.reduction;
  outcome.reduce = reduction.by == Reduce::kMean ? "" : WordOf(reduction.by);
  if (reduction.k > 0) outcome.k = reduction.k;
  if (reduction.quorum > 0) outcome.quorum = reduction.quorum;
}

RuleOutcome DecideRule(const RuleSpec& spec, const std::vector<CheckedSuite>& suites) {
  RuleOutcome outcome;
  outcome.rule = spec.name;
  outcome.kind = spec.kind;
  outcome.metric = TargetName(spec);
  outcome.blocking = spec.role == RuleRole::kBlocking;
  if (spec.severity) outcome.severity = *spec.severity;
  outcome.confidence = spec.confidence;
  outcome.state = VerdictState::kError;

  const Result<std::unique_ptr<Rule>> rule = MakeRule(spec.kind, spec.option);
  if (!rule) {
    outcome.reason = rule.error().message;
    return outcome;
  }
  outcome.threshold = (*rule)->threshold();
  if (!(spec.confidence > 0.5 && spec.confidence < 1)) {
    outcome.reason = "confidence " + Shown(spec.confidence) + " is not between 0.5 and 1";
    return outcome;
  }
  if (std::string ambiguity = AmbiguityOf(spec, suites); !ambiguity.empty()) {
    outcome.reason = std::move(ambiguity);
    return outcome;
  }
  bool may_come = false;
  std::string left_out;
  for (const CheckedSuite& suite : suites) {
    if (suite.problem.empty() && MayStillBring(*suite.evidence)) {
      may_come = true;
      continue;
    }
    const Target target = TargetOf(spec, suite.evidence->observations);
    if (target.is_on_suite) {
      if (target.metric) NameMetric(suite.evidence->observations.metrics()[*target.metric], outcome);
      DecideOnSuite(**rule, spec, suite, target, outcome.parts);
    } else {
      left_out += (left_out.empty() ? "" : ", ") + Quoted(suite.evidence->suite);
    }
  }
  if (!outcome.parts.empty()) {
    Conclude(outcome);
    if (!left_out.empty())
      outcome.reason += "; not computed on suite " + left_out + ", without " + Quoted(outcome.metric);
  }
  if (may_come && Worse(outcome.parts.empty() ? VerdictState::kPass : outcome.state, VerdictState::kPending) ==
                      VerdictState::kPending) {
    outcome.state = VerdictState::kPending;
    outcome.reason = "a run has not started";
    outcome.deciding_part = outcome.parts.size();
  } else if (outcome.parts.empty()) {
    outcome.reason = spec.metric   ? "no suite of the gate has the metric " + Quoted(*spec.metric)
                     : spec.grader ? "no suite of the gate has the grader " + Quoted(*spec.grader)
                                   : "the gate has no suite with a run";
  }
  return outcome;
}

SuiteIdentity IdentityOf(const SuiteEvidence& suite) {
  const std::vector<std::uint32_t> all = AllCases(suite.observations);
  return {suite.suite,
          suite.suite_version,
          suite.dataset_version,
          suite.run,
          std::string(Name(suite.state)),
          suite.cause,
          CountCases({suite.observations, std::nullopt, all, 0.95, IsFinal(suite.state)}),
          suite.cost_usd,
          suite.answers_without_cost};
}

// What the gate as a whole adds to its rules: the state it cannot be better than, and why.
struct Ceiling {
  VerdictState state = VerdictState::kPass;
  std::string reason;

  void Lower(VerdictState to, std::string why) {
    if (Worse(state, to) == state) return;
    state = to;
    reason = std::move(why);
  }
};

void LowerFor(const CheckedSuite& suite, const CaseCounts& counts, Ceiling& ceiling) {
  const SuiteEvidence& evidence = *suite.evidence;
  const std::string name = "suite " + Quoted(evidence.suite) + ": ";
  if (!IsFinal(evidence.state)) {
    ceiling.Lower(VerdictState::kPending, name + (counts.outstanding > 0 ? std::to_string(counts.outstanding) + " of " +
                                                                               Cases(counts.scheduled) + " still to run"
                                                                         : std::string("the run has not ended")));
  } else if (!suite.problem.empty()) {
    ceiling.Lower(VerdictState::kError, name + suite.problem);
  } else if (evidence.state == RunState::kError) {
    ceiling.Lower(VerdictState::kError,
                  name + "the run ended in an error" + (evidence.cause.empty() ? "" : ": " + evidence.cause));
  } else if (evidence.state == RunState::kCancelled) {
    ceiling.Lower(VerdictState::kError, name + "the run was cancelled");
  } else if (evidence.state == RunState::kStopped) {
    ceiling.Lower(VerdictState::kInconclusive,
                  name + "the run was stopped" + (evidence.cause.empty() ? "" : ": " + evidence.cause));
  } else if (counts.awaiting_human > 0) {
    ceiling.Lower(VerdictState::kPending, name + std::to_string(counts.awaiting_human) + " of " +
                                              Cases(counts.scheduled) + " waiting for people");
  }
}

bool IsJudged(const SuiteEvidence& suite, const std::vector<RuleOutcome>& rules) {
  const auto is_of_suite = [&](const RulePart& part) { return part.suite == suite.suite; };
  return std::ranges::any_of(rules, [&](const RuleOutcome& outcome) {
    return outcome.blocking && std::ranges::any_of(outcome.parts, is_of_suite);
  });
}

std::string Sentence(const std::vector<const RuleOutcome*>& deciding) {
  constexpr std::size_t kNamed = 3;
  std::string text;
  for (std::size_t i = 0; i < deciding.size() && i < kNamed; ++i) {
    if (i > 0) text += "; ";
    text += deciding[i]->rule + ": " + deciding[i]->reason;
  }
  if (deciding.size() > kNamed) text += "; and " + std::to_string(deciding.size() - kNamed) + " more rules";
  return text;
}

}  // namespace

Verdict Decide(const GateSpec& gate, const GateEvidence& evidence, Time now) {
  Verdict verdict;
  verdict.gate = gate.name;
  verdict.gate_version = evidence.gate_version;
  verdict.candidate = evidence.candidate;
  verdict.decided_at = now;

  Ceiling ceiling;
  if (gate.suites.empty()) ceiling.Lower(VerdictState::kError, "the gate names no suite");
  std::vector<CheckedSuite> suites;
  for (const std::string& name : gate.suites) {
    const SuiteEvidence* found = nullptr;
    std::string problem;
    for (const SuiteEvidence& suite : evidence.suites) {
      if (suite.suite != name) continue;
      if (found != nullptr) problem = "there are several runs";
      found = &suite;
    }
    if (found == nullptr) {
      ceiling.Lower(VerdictState::kError, "suite " + Quoted(name) + ": there is no run");
      continue;
    }
    if (problem.empty()) problem = CountsProblem(*found);
    for (std::string& warning : WarnOfRetries(*found)) verdict.warnings.push_back(std::move(warning));
    suites.push_back({found, std::move(problem)});
    verdict.suites.push_back(IdentityOf(*found));
    LowerFor(suites.back(), verdict.suites.back().counts, ceiling);
  }

  VerdictState state = VerdictState::kPass;
  bool has_blocking_rule = false;
  for (const RuleSpec& spec : gate.rules) {
    verdict.rules.push_back(DecideRule(spec, suites));
    if (!verdict.rules.back().blocking) continue;
    has_blocking_rule = true;
    state = Worse(state, verdict.rules.back().state);
  }
  for (const CheckedSuite& suite : suites) {
    if (!has_blocking_rule || IsJudged(*suite.evidence, verdict.rules)) continue;
    ceiling.Lower(VerdictState::kError, "suite " + Quoted(suite.evidence->suite) + ": no blocking rule judges it");
  }
  if (!has_blocking_rule) ceiling.Lower(VerdictState::kInconclusive, "the gate has no blocking rule");

  verdict.state = Worse(state, ceiling.state);
  std::vector<const RuleOutcome*> deciding;
  for (const RuleOutcome& outcome : verdict.rules) {
    if (outcome.blocking && outcome.state == verdict.state) deciding.push_back(&outcome);
  }
  for (const RuleOutcome* outcome : deciding) verdict.deciding_rules.push_back(outcome->rule);
  verdict.reason = Sentence(deciding);
  if (ceiling.state == verdict.state && !ceiling.reason.empty()) {
    verdict.reason = ceiling.reason + (verdict.reason.empty() ? "" : "; " + verdict.reason);
  }
  return verdict;
}

}  // namespace assay
