// How old the evidence is: an endpoint behind a name changes, and a run of last month says little of it. The age is
// that of the oldest answer, counted from the start of its run, of candidate and baseline. Answers from the cache or
// from an earlier run are older than the run that they are in: the age lies between that of the run and that of the
// oldest which they can be.

#include <algorithm>
#include <cmath>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/gate.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"

namespace assay {
namespace {

struct FreshnessOptions {
  Duration max_age{};
  static const FieldTable<FreshnessOptions>& Fields() {
    static const auto table = FieldTable<FreshnessOptions>().Required(
        "max_age", &FreshnessOptions::max_age, "how old the oldest answer may be when the gate is decided",
        {.above = 0});
    return table;
  }
};

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// For people: "8d3h", "25m10s".
std::string AgeText(Duration age) {
  using std::chrono::floor;
  if (age >= std::chrono::days(1)) return FormatDuration(floor<std::chrono::hours>(age));
  if (age >= std::chrono::hours(1)) return FormatDuration(floor<std::chrono::minutes>(age));
  return FormatDuration(floor<std::chrono::seconds>(age));
}

// Of one run, or of two the older. Absent when it is not known.
struct EvidenceAge {
  std::optional<Duration> least = {};
  std::optional<Duration> most = {};
  const SuiteEvidence* run = nullptr;  // whose `most` it is
  bool is_of_baseline = false;
};

EvidenceAge AgeOf(const SuiteEvidence& run, Time now, bool is_of_baseline) {
  EvidenceAge age{.run = &run, .is_of_baseline = is_of_baseline};
  // What is dated after the verdict has no age.
  if (run.started && *run.started <= now) age.least = now - *run.started;
  if (run.oldest && *run.oldest <= now) age.most = now - *run.oldest;
  if (age.least && age.most) age.most = std::max(*age.least, *age.most);
  return age;
}

// A baseline that is still being run is fresh: no gate is settled before it has ended.
EvidenceAge AgeIn(const RunFacts& facts) {
  EvidenceAge age = AgeOf(*facts.run, facts.now, false);
  if (facts.baseline == nullptr || !IsFinal(facts.baseline->state)) return age;
  const EvidenceAge other = AgeOf(*facts.baseline, facts.now, true);
  const bool is_older = age.most && (!other.most || *other.most > *age.most);
  const EvidenceAge& older = is_older ? other : age;
  return {std::max(age.least, other.least), older.most, older.run, older.is_of_baseline};
}

class FreshnessRule : public Rule {
 public:
  explicit FreshnessRule(Duration max_age) : max_age_(max_age) {}

  double threshold() const override { return Seconds(max_age_); }
  JudgeUse UseOfJudges() const override { return JudgeUse::kNone; }
  std::string Asks(const MetricShape*) const override { return "<= " + FormatDuration(max_age_) + " old"; }

  Finding Find(const PartInput& input, ErrorsAs) const override {
    Finding finding;
    finding.pass_bound = std::numeric_limits<double>::infinity();
    if (!input.run_ended) return finding;
    const EvidenceAge age = AgeIn(input.facts);
    finding.method = "elapsed";
    finding.fail_bound = age.least ? Seconds(*age.least) : -std::numeric_limits<double>::infinity();
    finding.fails = age.least && *age.least > max_age_;
    if (age.most) finding.pass_bound = Seconds(*age.most);
    finding.passes = HasAnswers(input) && age.most && *age.most <= max_age_;
    return finding;
  }

  double Margin(const PartInput&, double bound) const override { return threshold() - bound; }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    part.estimate.method = "elapsed";
    part.estimate.confidence = 1;
    part.estimate.cases = part.counts.scored;
    if (std::isfinite(finding.fail_bound)) part.estimate.value = part.estimate.lower = finding.fail_bound;
    if (std::isfinite(finding.pass_bound)) part.estimate.upper = finding.pass_bound;
    if (!input.run_ended) return;
    const EvidenceAge age = AgeIn(input.facts);
    const std::string limit = FormatDuration(max_age_);
    if (part.state == VerdictState::kPass) {
      part.reason = StartText(age) + ": at most " + limit + " old";
    } else if (part.state == VerdictState::kFail) {
      part.reason = "evidence is " + AgeText(*age.least) + " old or older, more than " + limit + "; " + StartText(age) +
                    "; only a new run can mend it";
    } else if (part.state == VerdictState::kInconclusive) {
      part.reason = WhyOpen(input, age);
    }
  }

 private:
  // Only what was answered has an age.
  static bool HasAnswers(const PartInput& input) {
    const auto has = [](const SuiteEvidence* run) { return run->counts.scored > 0; };
    const SuiteEvidence* baseline = input.facts.baseline;
    return has(input.facts.run) && (baseline == nullptr || !IsFinal(baseline->state) || has(baseline));
  }

  static std::string RunName(const EvidenceAge& age) { return age.is_of_baseline ? "the baseline's run" : "the run"; }

  // "the run started 3d2h ago, at 2026-...": of the oldest.
  static std::string StartText(const EvidenceAge& age) {
    if (!age.run->started) return RunName(age) + " has no start";
    std::string text = RunName(age) + " started at " + FormatTime(*age.run->started);
    if (age.most && age.run->oldest < age.run->started) {
      text += ", with answers that may be " + AgeText(*age.most) + " old";
    } else if (age.most) {
      text += ", " + AgeText(*age.most) + " ago";
    }
    return text;
  }

  std::string WhyOpen(const PartInput& input, const EvidenceAge& age) const {
    if (!HasAnswers(input)) return "no trial was scored, so that there is nothing of any age";
    if (age.run->started && *age.run->started > input.facts.now) return RunName(age) + " is dated after this verdict";
    if (!age.most) return "it is not known how old the answers of " + RunName(age) + " are";
    return StartText(age) + " (from the cache, or from an earlier run): that they are at most " +
           FormatDuration(max_age_) + " old is not certain";
  }

  Duration max_age_;
};

}  // namespace

PluginKind FreshnessKind() {
  PluginKind kind;
  kind.help = "no answer of the run, nor of the baseline's, is older than max_age";
  kind.schema = SchemaOf(FreshnessOptions::Fields());
  kind.check = [](const Node& option, Diagnostics& diagnostics) {
    FreshnessOptions options;
    ReadFields(option, options, diagnostics);
  };
  kind.target = RuleTarget::kNone;
  kind.judge_use = JudgeUse::kNone;
  kind.is_of_run = true;
  kind.has_confidence = false;
  kind.passes_on_part = kind.fails_on_part = true;
  return kind;
}

std::optional<Duration> MaxAgeOf(const GateSpec& gate) {
  std::optional<Duration> strictest;
  for (const RuleSpec& rule : gate.rules) {
    if (rule.kind != "freshness" || rule.role != RuleRole::kBlocking) continue;
    Diagnostics diagnostics;
    FreshnessOptions options;
    if (!ReadFields(rule.option, options, diagnostics)) continue;
    strictest = std::min(strictest.value_or(options.max_age), options.max_age);
  }
  return strictest;
}

Result<std::unique_ptr<Rule>> MakeFreshnessRule(const Node& option) {
  Diagnostics diagnostics;
  FreshnessOptions options;
  if (!ReadFields(option, options, diagnostics)) return Fail(OptionError("freshness", diagnostics));
  return std::make_unique<FreshnessRule>(options.max_age);
}

}  // namespace assay
