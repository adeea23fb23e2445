#include "gates/rule_parts.h"

#include <algorithm>
#include <utility>

#include "gates/fail_levels.h"
#include "gates/rules/builtin.h"

namespace assay {
namespace {

constexpr std::size_t kMaxSliceValues = 1000;  // of one `by` slice: each is a part of the verdict document

PartQuestion Decided(std::string suite, VerdictState state, std::string reason) {
  PartQuestion question{.is_decided = true};
  question.part.suite = std::move(suite);
  question.part.state = state;
  question.part.reason = std::move(reason);
  return question;
}

PartQuestion ErrorOn(std::string suite, std::string reason) {
  return Decided(std::move(suite), VerdictState::kError, std::move(reason));
}

PartQuestion Named(PartQuestion question, std::string slice, std::string value) {
  question.part.slice = std::move(slice);
  question.part.slice_value = std::move(value);
  return question;
}

// Of a slice value whose cases the grader is not asked of: nothing is known of it, and every value must pass.
PartQuestion Unasked(std::string suite, std::string slice, std::string value) {
  return Named(
      Decided(std::move(suite), VerdictState::kInconclusive, "its grader is asked of no case of this value (when)"),
      std::move(slice), std::move(value));
}

// Of the suite as a whole; its cases are not set.
PartQuestion QuestionOn(const Rule& rule, const RuleSpec& spec, const CheckedSuite& suite, const MetricsOfRule& metrics,
                        Time now) {
  const SuiteEvidence& evidence = *suite.evidence;
  PartQuestion question{.suite = &evidence.observations,
                        .metrics = metrics,
                        .confidence = spec.confidence,
                        .progress = {evidence.state, evidence.cause},
                        .run_ended = IsFinal(evidence.state),
                        .facts = {&evidence, suite.baseline, now},
                        .method = spec.method};
  question.part.suite = evidence.suite;
  if (!rule.Compares()) return question;
  question.baseline = &suite.baseline->observations;
  question.run_ended = question.run_ended && IsFinal(suite.baseline->state);
  question.progress = Worse(question.progress, {suite.baseline->state, suite.baseline->cause, "the baseline's run"});
  return question;
}

// config/catalog refuses such rules; what was stored by another version, or without these checks, must not decide.
std::string ObjectionToMethod(const RuleSpec& spec, const PartInput& input) {
  if (!spec.method) return "";
  if (!input.metric) return "a method has no meaning beside " + spec.kind;
  return MethodObjection(*spec.method, {.metric = input.shape().name,
                                        .is_mean = input.shape().aggregate == Aggregate::kMean,
                                        .is_unit = input.shape().range == MetricRange::kUnit,
                                        .is_blocking = spec.role == RuleRole::kBlocking});
}

// One for each value of the slice.
void AskOfValues(const PartQuestion& whole, const std::string& name, AskedCasesOf& all,
                 std::vector<PartQuestion>& questions) {
  const std::string& suite = whole.part.suite;
  const SliceColumn* slice = whole.suite->FindSlice(name);
  if (slice == nullptr) {
    questions.push_back(ErrorOn(suite, "the suite has no slice \"" + name + "\""));
    return;
  }
  if (slice->values().size() > kMaxSliceValues + 1) {  // one is that of cases without the field
    questions.push_back(ErrorOn(suite, "slice \"" + name + "\" has " + std::to_string(slice->values().size()) +
                                           " values; a rule can be computed by at most " +
                                           std::to_string(kMaxSliceValues)));
    return;
  }
  const std::vector<SharedCases>& asked = all.ByValue(*whole.suite, whole.metrics, *slice);
  const std::vector<std::size_t>& present = all.CountsByValue(*whole.suite, *slice);
  for (const std::string& value : slice->missing()) {
    questions.push_back(Named(Decided(suite, VerdictState::kInconclusive,
                                      "none of its cases is among the first " + std::to_string(whole.suite->cases())),
                              name, value));
  }
  for (std::size_t value = 0; value < asked.size(); ++value) {
    if (present[value] == 0) continue;
    if (asked[value]->ordinals.empty()) {
      questions.push_back(Unasked(suite, name, slice->values()[value]));
      continue;
    }
    questions.push_back(Named(whole, name, slice->values()[value]));
    questions.back().Ask(asked[value]);
  }
}

RulePart Decide(const Rule& rule, PartQuestion& question, double pass_confidence,
                const std::optional<double>& fail_confidence) {
  if (question.is_decided) return std::move(question.part);
  PartInput input = question.Input();
  input.confidence = pass_confidence;
  input.fail_confidence = fail_confidence;
  RulePart part = DecidePart(rule, input, question.progress);
  part.judge = EvidenceOf(question.opinion, rule, input);
  if (part.judge) part.reason += " (" + TextOf(*part.judge) + ")";
  part.people = PeopleEvidenceOf(input);
  if (part.people) part.reason += " (" + TextOf(*part.people) + ")";
  part.suite = question.part.suite;
  part.slice = question.part.slice;
  part.slice_value = question.part.slice_value;
  return part;
}

// Judges the parts that fail by themselves again, as some of many.
void HoldAgainstTheirNumber(const Rule& rule, const RuleSpec& spec, double pass_confidence,
                            std::vector<PartQuestion>& questions, std::vector<RulePart>& parts) {
  std::vector<std::size_t> failing;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].state == VerdictState::kFail) failing.push_back(i);
  }
  const auto fails_at = [&](std::size_t i, double error_rate) {
    PartInput stricter = questions[failing[i]].Input();
    stricter.confidence = 1 - error_rate;
    return rule.Find(stricter, ErrorsAs::kUnknown).fails;
  };
  const bool blocks = spec.role == RuleRole::kBlocking;
  const Multiplicity multiplicity = blocks ? Multiplicity::kHolm : Multiplicity::kBenjaminiHochberg;
  const std::vector<double> levels =
      FailLevels(failing.size(), parts.size(), 1 - spec.confidence, multiplicity, fails_at);
  for (std::size_t i = 0; i < failing.size(); ++i) {
    RulePart& part = parts[failing[i]];
    RulePart again = Decide(rule, questions[failing[i]], pass_confidence, 1 - levels[i]);
    if (again.state == part.state && again.fail_bound == part.fail_bound) continue;  // a fact, at every confidence
    part = std::move(again);
    part.reason += "; FAIL needs " + Shown(100 * *part.fail_confidence) + " % confidence, one of " +
                   std::to_string(parts.size()) + " parts (" + (blocks ? "Holm" : "Benjamini-Hochberg") + ")";
  }
}

// Whether any metric of the rule on that suite is of scores.
bool IsOnScores(const RuleSpec& spec, const Rule& rule, const SuiteObservations& suite) {
  const auto target = MetricsFor(spec, rule.MetricNames(), suite);
  if (!target) return false;
  std::vector<std::size_t> metrics = target->named;
  if (target->metric) metrics.push_back(*target->metric);
  return std::ranges::any_of(metrics, [&](std::size_t metric) { return IsOfScores(suite.metrics()[metric].source); });
}

}  // namespace

std::optional<MetricsOfRule> MetricsFor(const RuleSpec& spec, const std::vector<std::string>& named,
                                        const SuiteObservations& suite) {
  MetricsOfRule target;
  if (spec.metric) {
    target.metric = suite.FindMetric(*spec.metric);
    return target.metric ? std::optional(target) : std::nullopt;
  }
  if (spec.grader) {
    // The grader's own metric has its name.
    target.metric = suite.FindMetric(*spec.grader);
    if (!target.metric || suite.metrics()[*target.metric].grader != *spec.grader) return std::nullopt;
    return target;
  }
  for (const std::string& name : named) {
    const auto metric = suite.FindMetric(name);
    if (!metric) return std::nullopt;
    target.named.push_back(*metric);
  }
  return target;
}

bool AsksWhatAnswersSay(const GateSpec& gate, const SuiteObservations& suite) {
  const std::vector<PluginKind> kinds = RuleKinds();
  return std::ranges::any_of(gate.rules, [&](const RuleSpec& spec) {
    const PluginKind* kind = FindKind(kinds, spec.kind);
    if (spec.role != RuleRole::kBlocking || kind == nullptr || !JudgesAnswers(*kind)) return false;
    const auto rule = MakeRule(spec.kind, spec.option);
    return rule && IsOnScores(spec, **rule, suite);
  });
}

bool CanPassOnOneCase(const GateSpec& gate, const SuiteObservations& suite) {
  bool has_rule = false;
  for (const RuleSpec& spec : gate.rules) {
    if (spec.role != RuleRole::kBlocking) continue;
    if (spec.kind == "coverage") return false;  // it says how many cases there must be
    const auto rule = MakeRule(spec.kind, spec.option);
    if (!rule || !IsOnScores(spec, **rule, suite)) continue;
    if (!(*rule)->PassesOnOneCase()) return false;
    has_rule = true;
  }
  return has_rule;
}

std::string OneCaseText(const std::string& suite) {
  return "suite \"" + suite +
         "\": its blocking rules judge each case by itself, which a single case can pass; a rule that bounds a rate "
         "(at_least, zero_failures), or coverage, says how many it takes";
}

std::string OnlyMeasuredText(const std::string& suite) {
  return "suite \"" + suite +
         "\": no blocking rule looks at what the answers say, only at how long they took, how long they are or what "
         "they cost";
}

void AskOfSuite(const Rule& rule, const RuleSpec& spec, double pass_confidence, const CheckedSuite& suite,
                const MetricsOfRule& metrics, Time now, AskedCasesOf& asked, std::vector<PartQuestion>& questions) {
  const std::string& name = suite.evidence->suite;
  if (!suite.problem.empty()) {
    questions.push_back(ErrorOn(name, suite.problem));
    return;
  }
  if (rule.Compares() && !suite.baseline_problem.empty()) {
    questions.push_back(ErrorOn(name, suite.baseline_problem));
    return;
  }
  PartQuestion whole = QuestionOn(rule, spec, suite, metrics, now);
  whole.Ask(asked.Whole(*whole.suite, metrics));
  const PartInput input = whole.Input();
  std::string objection = rule.Objection(input);
  if (objection.empty()) objection = ObjectionToMethod(spec, input);
  if (objection.empty()) objection = ObjectionToPeople(rule, spec.kind, *suite.evidence, metrics);
  if (!objection.empty()) {
    questions.push_back(ErrorOn(name, std::move(objection)));
    return;
  }
  whole.opinion = OpinionOf(rule, spec, pass_confidence, suite, metrics);
  if (!whole.opinion.problem.empty()) {
    const VerdictState state = whole.opinion.is_pending ? VerdictState::kPending : VerdictState::kInconclusive;
    questions.push_back(Decided(name, state, whole.opinion.problem));
    RulePart& part = questions.back().part;
    part.counts = CountCases(input);
    part.estimate.confidence = spec.confidence;
    part.judge = EvidenceOf(whole.opinion, rule, input);
    return;
  }
  std::string unfit = ProblemWithPeople(*suite.evidence, metrics);
  if (unfit.empty() && rule.Compares()) unfit = ProblemWithPeople(*suite.baseline, metrics);
  if (!unfit.empty()) {
    const VerdictState state = whole.run_ended ? VerdictState::kInconclusive : VerdictState::kPending;
    questions.push_back(Decided(name, state, std::move(unfit)));
    RulePart& part = questions.back().part;
    part.counts = CountCases(input);
    part.estimate.confidence = spec.confidence;
    part.people = PeopleEvidenceOf(input);
    return;
  }
  if (spec.by.empty() || whole.cases.empty()) {
    questions.push_back(std::move(whole));
    return;
  }
  for (const std::string& slice : spec.by) AskOfValues(whole, slice, asked, questions);
}

std::vector<RulePart> DecideParts(const Rule& rule, const RuleSpec& spec, double pass_confidence,
                                  std::vector<PartQuestion> questions) {
  std::vector<RulePart> parts;
  parts.reserve(questions.size());
  const std::optional<double> fail_confidence =
      pass_confidence == spec.confidence ? std::nullopt : std::optional(spec.confidence);
  for (PartQuestion& question : questions) {
    parts.push_back(Decide(rule, question, pass_confidence, fail_confidence));
  }
  if (parts.size() > 1) HoldAgainstTheirNumber(rule, spec, pass_confidence, questions, parts);
  return parts;
}

}  // namespace assay
