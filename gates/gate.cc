// One rule is decided on parts: suites that define its metric, times the values of its `by` slices. The worst part is
// the rule's state, the worst blocking rule the gate's. What must hold for the gate as a whole (every run complete,
// counts conserved, every suite judged) is checked around that. No suite is left out in silence: a rule says on which
// suites it was not computed.

#include "gates/gate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "core/digest.h"
#include "gates/blockers.h"
#include "gates/checked_suite.h"
#include "gates/control_arm.h"
#include "gates/retries.h"
#include "gates/rule_parts.h"
#include "gates/rules/builtin.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"
#include "gates/severe_harm.h"
#include "gates/slice_value.h"
#include "gates/suite_warnings.h"

namespace assay {
namespace {

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string TargetName(const RuleSpec& spec) { return spec.metric ? *spec.metric : spec.grader.value_or(""); }

// What is wrong when the rule's name is of one metric in one suite and of another one in another; "" when it is not.
// config/catalog refuses such gates; a threshold that is meant for one of them would pass the other unseen.
std::string AmbiguityOf(const std::string& name, const std::vector<CheckedSuite>& suites) {
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

std::string AmbiguityOf(const RuleSpec& spec, const std::vector<std::string>& named,
                        const std::vector<CheckedSuite>& suites) {
  if (named.empty()) return AmbiguityOf(TargetName(spec), suites);
  std::vector<CheckedSuite> computed;
  std::ranges::copy_if(suites, std::back_inserter(computed), [&](const CheckedSuite& suite) {
    return MetricsFor(spec, named, suite.evidence->observations).has_value();
  });
  for (const std::string& name : named) {
    if (std::string ambiguity = AmbiguityOf(name, computed); !ambiguity.empty()) return ambiguity;
  }
  return "";
}

// What a suite must have for the rule to be computed on it, for people.
std::string NeededText(const RuleSpec& spec, const std::vector<std::string>& named) {
  if (named.empty()) return Quoted(TargetName(spec));
  std::string text;
  for (const std::string& name : named) text += (text.empty() ? "" : " and ") + Quoted(name);
  return text;
}

std::string PartName(const RulePart& part, bool with_suite) {
  std::string name = with_suite ? part.suite : "";
  if (!part.slice.empty()) {
    if (!name.empty()) name += " ";
    name += part.slice + "=" + ShownSliceValue(part.slice_value);
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

bool MayStillBring(const Rule& rule, const CheckedSuite& suite) {
  if (suite.problem.empty() && MayStillBring(*suite.evidence)) return true;
  return rule.Compares() && suite.baseline_problem.empty() && MayStillBring(*suite.baseline);
}

// The same in every suite, or AmbiguityOf has found it out.
void NameMetric(const MetricShape& shape, RuleOutcome& outcome) {
  outcome.grader = shape.grader;
  outcome.source = WordOf(shape.source);
  const Reduction& reduction = shape.reduction;
  outcome.reduce = reduction.by == Reduce::kMean ? "" : WordOf(reduction.by);
  if (reduction.k > 0) outcome.k = reduction.k;
  if (reduction.quorum > 0) outcome.quorum = reduction.quorum;
}

// A rule is as grave as what it rests on, unless it says that it is graver: else one person would waive a failure of
// what its suite calls grave.
void InheritSeverity(const MetricsOfRule& target, const SuiteObservations& suite, RuleOutcome& outcome) {
  std::vector<std::size_t> metrics = target.named;
  if (target.metric) metrics.push_back(*target.metric);
  for (const std::size_t metric : metrics) {
    const std::optional<int>& severity = suite.metrics()[metric].severity;
    if (severity) outcome.severity = std::min<std::int64_t>(outcome.severity.value_or(*severity), *severity);
  }
}

std::size_t MostWorstCases(const GateEvidence& evidence, const RuleSpec& rule) {
  const bool is_wanted = evidence.wanted_cases && evidence.wanted_cases->rules.contains(rule.name);
  return is_wanted ? evidence.wanted_cases->most : RulePart::kMaxWorstCases;
}

// `pass_confidence` is what PASS needs, at least the rule's own.
RuleOutcome DecideRule(const RuleSpec& spec, double pass_confidence, const std::vector<CheckedSuite>& suites,
                       const std::string& baseline_problem, std::size_t most_worst_cases, Time now,
                       AskedCasesOf& asked) {
  RuleOutcome outcome;
  outcome.rule = spec.name;
  outcome.kind = spec.kind;
  outcome.metric = TargetName(spec);
  outcome.blocking = spec.role == RuleRole::kBlocking;
  outcome.waivable = spec.waivable;
  if (spec.severity) outcome.severity = *spec.severity;
  outcome.confidence = pass_confidence;
  if (spec.method) outcome.method = WordOf(*spec.method);
  outcome.uncorrected = spec.uncorrected;
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
  if ((*rule)->Compares() && !baseline_problem.empty()) {
    outcome.reason = baseline_problem;
    return outcome;
  }
  const std::vector<std::string> named = (*rule)->MetricNames();
  if (std::string ambiguity = AmbiguityOf(spec, named, suites); !ambiguity.empty()) {
    outcome.reason = std::move(ambiguity);
    return outcome;
  }
  bool may_come = false;
  std::string left_out;
  std::vector<PartQuestion> questions;
  for (const CheckedSuite& suite : suites) {
    if (MayStillBring(**rule, suite)) {
      may_come = true;
      continue;
    }
    const auto target = MetricsFor(spec, named, suite.evidence->observations);
    if (target) {
      const MetricShape* shape = target->metric ? &suite.evidence->observations.metrics()[*target->metric] : nullptr;
      if (shape != nullptr) NameMetric(*shape, outcome);
      InheritSeverity(*target, suite.evidence->observations, outcome);
      outcome.asks = (*rule)->Asks(shape);
      AskOfSuite(**rule, spec, pass_confidence, suite, *target, now, asked, questions);
    } else {
      left_out += (left_out.empty() ? "" : ", ") + Quoted(suite.evidence->suite);
    }
  }
  for (PartQuestion& question : questions) question.most_worst_cases = most_worst_cases;
  outcome.parts = DecideParts(**rule, spec, pass_confidence, std::move(questions));
  if (!outcome.parts.empty()) {
    Conclude(outcome);
    if (!left_out.empty())
      outcome.reason += "; not computed on suite " + left_out + ", without " + NeededText(spec, named);
  }
  if (may_come && Worse(outcome.parts.empty() ? VerdictState::kPass : outcome.state, VerdictState::kPending) ==
                      VerdictState::kPending) {
    outcome.state = VerdictState::kPending;
    outcome.reason = "a run has not started";
    outcome.deciding_part = outcome.parts.size();
  } else if (outcome.parts.empty()) {
    outcome.reason = spec.metric      ? "no suite of the gate has the metric " + Quoted(*spec.metric)
                     : spec.grader    ? "no suite of the gate has the grader " + Quoted(*spec.grader)
                     : !named.empty() ? "no suite of the gate has the metrics " + NeededText(spec, named)
                                      : "the gate has no suite with a run";
  }
  return outcome;
}

// "" of none.
std::string VersionOf(const std::vector<std::string>& graders) {
  if (graders.empty()) return "";
  Json::Array versions;
  for (const std::string& grader : graders) versions.emplace_back(grader);
  return ContentVersion(Json(std::move(versions)).DumpCanonical());
}

SuiteIdentity IdentityOf(const SuiteEvidence& suite) {
  const std::vector<std::uint32_t> all = AllCases(suite.observations);
  return {suite.suite,
          suite.suite_version,
          suite.dataset_version,
          suite.run,
          std::string(Name(suite.state)),
          suite.cause,
          CountCases({.suite = suite.observations, .metric = {}, .cases = all, .run_ended = IsFinal(suite.state)}),
          suite.cost_usd,
          suite.answers_without_cost,
          VersionOf(suite.graders),
          std::nullopt,
          suite.answers_cached,
          suite.severe,
          suite.cases_digest};
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
  } else if (!evidence.held_by.empty()) {
    ceiling.Lower(VerdictState::kInconclusive, name + evidence.held_by);
  } else if (counts.awaiting_human > 0) {
    ceiling.Lower(VerdictState::kPending, name + std::to_string(counts.awaiting_human) + " of " +
                                              Cases(counts.scheduled) + " waiting for people");
  }
}

// The kinds of rules that say something of answers, and not only of how a run was made or how many cases there are:
// without one nothing is judged.
std::set<std::string> JudgingKinds() {
  std::set<std::string> judging;
  for (const PluginKind& kind : RuleKinds()) {
    if (JudgesAnswers(kind)) judging.insert(kind.name);
  }
  return judging;
}

bool IsJudged(const SuiteEvidence& suite, const std::vector<RuleOutcome>& rules, const std::set<std::string>& judging) {
  const auto is_of_suite = [&](const RulePart& part) { return part.suite == suite.suite; };
  return std::ranges::any_of(rules, [&](const RuleOutcome& outcome) {
    return outcome.blocking && judging.contains(outcome.kind) && std::ranges::any_of(outcome.parts, is_of_suite);
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

// Why a verdict rests on a baseline that is not what it was, or is not shown to be; "" when it does not.
std::string DriftOf(const Verdict& verdict, const std::map<std::string, std::vector<StandingAlarm>>& alarms) {
  const auto moved = std::ranges::find(verdict.controls, true, &ControlComparison::has_moved);
  if (moved != verdict.controls.end()) return TextOf(*moved);
  const auto silent = std::ranges::find_if(
      // Of a slice it would hold gates whose rules do not compare by a few errors among few cases.
      verdict.controls,
      [](const ControlComparison& each) { return each.slice.empty() && each.missing.value_or(0) > kMostMissing; });
  if (silent != verdict.controls.end()) return TextOfSilence(*silent);
  for (const auto& [suite, of_suite] : alarms) {
    if (const StandingAlarm* alarm = FindUnanswered(suite, of_suite, verdict.controls)) return TextOf(suite, *alarm);
  }
  return "";
}

// What people upheld against the candidate needs no baseline.
bool IsUpheld(const Verdict& verdict) {
  return std::ranges::any_of(verdict.rules, [](const RuleOutcome& rule) {
    return IsOfPeopleAlone(rule.rule) && rule.state == VerdictState::kFail;
  });
}

// No PASS of it, also by no waiver, and no FAIL but by people.
void HoldForDrift(const std::string& drift, Verdict& verdict, Ceiling& ceiling) {
  const bool is_settled = verdict.state == VerdictState::kPass || verdict.state == VerdictState::kFail;
  if (drift.empty() || verdict.state == VerdictState::kPending) return;
  if (is_settled && !IsUpheld(verdict)) {
    ceiling = {};
    verdict.state = VerdictState::kInconclusive;
  }
  ceiling.Lower(VerdictState::kInconclusive, drift);
}

// For people: why the confidences are not those of the gate.
std::string AttemptText(int attempt) {
  return "this is attempt " + std::to_string(attempt) +
         ": other answers of this candidate were drawn for a verdict that was no PASS, or for a check that was still "
         "open or whose run was cancelled, or these were looked at otherwise before, and the error rate of a PASS of "
         "each rule is halved for each time";
}

}  // namespace

double ConfidenceAt(double confidence, int attempt) {
  constexpr int kMostHalvings = 30;  // beyond that no number of cases would do
  return 1 - std::ldexp(1 - confidence, -std::clamp(attempt - 1, 0, kMostHalvings));
}

Verdict Decide(const GateSpec& gate, const GateEvidence& evidence, Time now) {
  Verdict verdict;
  verdict.gate = gate.name;
  verdict.gate_version = evidence.gate_version;
  verdict.candidate = evidence.candidate;
  verdict.baseline = evidence.baseline;
  verdict.attempt = evidence.attempt;
  if (evidence.attempt > 1) verdict.warnings.push_back(AttemptText(evidence.attempt));
  verdict.decided_at = now;

  Ceiling ceiling;
  if (gate.suites.empty()) ceiling.Lower(VerdictState::kError, "the gate names no suite");
  std::vector<CheckedSuite> suites;
  for (const std::string& name : gate.suites) {
    CheckedSuite suite = CheckSuite(name, evidence);
    if (suite.evidence == nullptr) {
      ceiling.Lower(VerdictState::kError, "suite " + Quoted(name) + ": there is no run");
      continue;
    }
    for (std::string& warning : WarnOfRetries(*suite.evidence)) verdict.warnings.push_back(std::move(warning));
    const SuiteEvidence& seen = *suite.evidence;
    if (std::string repeated =
            RepeatedText(name, seen.repeated_cases, seen.dataset_cases, seen.observations.HasClusters());
        !repeated.empty())
      verdict.warnings.push_back(std::move(repeated));
    verdict.suites.push_back(IdentityOf(*suite.evidence));
    LowerFor(suite, verdict.suites.back().counts, ceiling);
    if (suite.baseline != nullptr) {
      verdict.baseline_suites.push_back(IdentityOf(*suite.baseline));
      if (!IsFinal(suite.baseline->state)) {
        ceiling.Lower(VerdictState::kPending, "suite " + Quoted(name) + ": the baseline's run has not ended");
      }
      if (suite.baseline->severe && suite.baseline->severe->open > 0) {
        ceiling.Lower(VerdictState::kInconclusive,
                      "suite " + Quoted(name) + ", the baseline: " + OpenHarmText(suite.baseline->severe->open));
      }
    }
    suites.push_back(std::move(suite));
  }

  VerdictState state = VerdictState::kPass;
  bool has_blocking_rule = false;  // that judges answers
  const std::set<std::string> judging = JudgingKinds();
  const std::string baseline_problem = BaselineProblem(evidence);
  AskedCasesOf asked;
  for (const RuleSpec& rule : gate.rules) {
    if (evidence.wanted_cases && !evidence.wanted_cases->rules.contains(rule.name)) continue;
    RuleSpec spec = rule;
    spec.confidence = 1 - (1 - rule.confidence) * evidence.error_share;
    const double pass_confidence = ConfidenceAt(spec.confidence, evidence.attempt);
    verdict.rules.push_back(
        DecideRule(spec, pass_confidence, suites, baseline_problem, MostWorstCases(evidence, rule), now, asked));
    if (!verdict.rules.back().blocking) continue;
    has_blocking_rule = has_blocking_rule || judging.contains(spec.kind);
    state = Worse(state, verdict.rules.back().state);
  }
  if (auto harm = DecideSevereHarm(gate, evidence)) {
    state = Worse(state, harm->state);
    verdict.rules.push_back(*std::move(harm));
  }
  verdict.blockers = evidence.blockers;
  if (std::string open = OpenBlockersText(evidence.blockers); !open.empty())
    ceiling.Lower(VerdictState::kInconclusive, std::move(open));
  if (auto blocked = DecideBlockers(evidence.blockers)) {
    state = Worse(state, blocked->state);
    verdict.rules.push_back(*std::move(blocked));
  }
  std::ranges::move(WarnOfDeclined(evidence.blockers), std::back_inserter(verdict.warnings));
  for (const CheckedSuite& suite : suites) {
    if (!has_blocking_rule || IsJudged(*suite.evidence, verdict.rules, judging)) continue;
    ceiling.Lower(VerdictState::kError, "suite " + Quoted(suite.evidence->suite) + ": no blocking rule judges it");
  }
  for (const CheckedSuite& suite : suites) {
    const SuiteObservations& seen = suite.evidence->observations;
    if (has_blocking_rule && !seen.metrics().empty() && !AsksWhatAnswersSay(gate, seen))
      verdict.warnings.push_back(OnlyMeasuredText(suite.evidence->suite));
    if (CanPassOnOneCase(gate, seen)) verdict.warnings.push_back(OneCaseText(suite.evidence->suite));
    std::ranges::move(WarnOfFailedInvariants(gate, suite.evidence->suite, seen), std::back_inserter(verdict.warnings));
  }
  if (!has_blocking_rule)
    ceiling.Lower(VerdictState::kInconclusive, "the gate has no blocking rule that judges answers");

  verdict.state = Worse(state, ceiling.state);
  if (gate.interleave) verdict.controls = CompareControls(gate, evidence);
  HoldForDrift(DriftOf(verdict, evidence.alarms), verdict, ceiling);
  verdict.ceiling = ceiling.state;
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
