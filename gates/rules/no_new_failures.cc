// Cases that the baseline passes in every trial and the candidate fails: a count of what was seen, not a sample of what
// could be. A trial that is missing, or neither passed nor failed, counts as what would make such a case for PASS and
// as what would not for FAIL.

#include <algorithm>
#include <vector>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/rules/decision.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/paired_values.h"
#include "gates/rules/rule.h"
#include "gates/stats/proportion.h"

namespace assay {

// Which trials of a case the candidate must fail.
enum class FailingTrials { kAny, kEvery };
template <>
struct EnumWords<FailingTrials> {
  static constexpr EnumWord<FailingTrials> kWords[] = {{"any", FailingTrials::kAny, "one is enough"},
                                                       {"every", FailingTrials::kEvery, "all, so that none passes"}};
};

namespace {

struct NoNewFailuresOptions {
  std::int64_t allow = 0;
  FailingTrials failing_trials = FailingTrials::kAny;
  static const FieldTable<NoNewFailuresOptions>& Fields() {
    static const auto table = FieldTable<NoNewFailuresOptions>()
                                  .Optional("allow", &NoNewFailuresOptions::allow, "how many such cases are accepted",
                                            {.min = 0, .unit = "cases"})
                                  .Optional("failing_trials", &NoNewFailuresOptions::failing_trials,
                                            "which trials of a case the candidate must fail");
    return table;
  }
};

// A case that the baseline may pass.
struct PairedCase {
  std::uint32_t ordinal;
  bool baseline_passes;  // for certain; else it may
  bool candidate_fails;  // likewise
  bool IsNew() const { return baseline_passes && candidate_fails; }
};

struct NewFailures {
  std::int64_t passed = 0;  // cases that the baseline passes for certain
  std::int64_t known = 0;   // of these: whether the candidate fails them is known
  std::int64_t sure = 0;
  std::int64_t possible = 0;      // with the sure ones
  std::vector<PairedCase> cases;  // the sure ones, then the others that are possible, each in order of ordinal
};

class NoNewFailuresRule : public Rule {
 public:
  explicit NoNewFailuresRule(NoNewFailuresOptions options) : options_(options) {}

  double threshold() const override { return static_cast<double>(options_.allow); }
  bool PassesOnOneCase() const override { return true; }
  std::string Asks(const MetricShape*) const override {
    const std::string which = IsAny() ? "" : " in every trial";
    return options_.allow == 0 ? "no new failure" + which
                               : "new failures" + which + " <= " + std::to_string(options_.allow);
  }
  bool Compares() const override { return true; }

  std::string Objection(const PartInput& input) const override {
    return ReductionObjection("no_new_failures", input.shape().name, input.shape().reduction);
  }

  // With no more than `allow` cases to lose nothing could fail: that is no evidence.
  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    const NewFailures found = CountIn(input, errors);
    Finding finding;
    finding.pass_bound = static_cast<double>(found.possible);
    finding.fail_bound = static_cast<double>(found.sure);
    finding.passes = found.possible <= options_.allow && found.passed > options_.allow;
    finding.fails = found.sure > options_.allow;
    return finding;
  }

  double Margin(const PartInput&, double bound) const override { return threshold() - bound; }

  void Describe(const PartInput& input, const Finding&, RulePart& part) const override {
    const NewFailures found = CountIn(input, ErrorsAs::kUnknown);
    part.comparison = PairedValues(input).Known().comparison;
    part.estimate.method = "count";
    part.estimate.confidence = 1;
    part.estimate.cases = found.known;
    if (found.known > 0) {
      part.estimate.value = part.estimate.lower = static_cast<double>(found.sure);
      part.estimate.upper = static_cast<double>(found.possible);
      if (!part.clusters && found.known >= 2)
        part.shown = RateOf(found, input.confidence);  // which takes cases for independent
    }
    part.worst_cases = Regressions(input, found);
    Explain(found, part);
  }

 private:
  bool IsAny() const { return options_.failing_trials == FailingTrials::kAny; }

  // With kBest trials in error pass for the candidate and fail for the baseline.
  NewFailures CountIn(const PartInput& input, ErrorsAs errors) const {
    NewFailures found;
    std::vector<PairedCase> open;
    for (const std::uint32_t ordinal : input.cases) {
      CaseTally ours = input.TallyOf(ordinal);
      CaseTally theirs = input.BaselineTallyOf(ordinal);
      if (errors == ErrorsAs::kBest) ours.passing += ours.error, theirs.failing += theirs.error;
      if (errors == ErrorsAs::kWorst) ours.failing += ours.error, theirs.passing += theirs.error;
      const int trials = input.suite.trials();
      if (theirs.failing > 0) continue;
      const bool may_fail = IsAny() ? ours.passing < trials : ours.passing == 0;
      const PairedCase pair{.ordinal = ordinal,
                            .baseline_passes = theirs.passing == trials,
                            .candidate_fails = IsAny() ? ours.failing > 0 : ours.failing == trials};
      if (pair.baseline_passes) ++found.passed;
      if (pair.baseline_passes && (pair.candidate_fails || !may_fail)) ++found.known;
      if (!may_fail) continue;
      ++found.possible;
      if (pair.IsNew()) ++found.sure;
      (pair.IsNew() ? found.cases : open).push_back(pair);
    }
    found.cases.insert(found.cases.end(), open.begin(), open.end());
    return found;
  }

  // Of the cases that the baseline passes, for eyes.
  static Estimate RateOf(const NewFailures& found, double confidence) {
    Estimate rate;
    rate.value = static_cast<double>(found.sure) / static_cast<double>(found.known);
    rate.lower = ClopperPearsonLower(found.sure, found.known, confidence);
    rate.upper = ClopperPearsonUpper(found.sure, found.known, confidence);
    rate.confidence = confidence;
    rate.method = "clopper_pearson";
    rate.cases = found.known;
    return rate;
  }

  // Those that fail in the most trials first, then those that were answered and of which it is not known.
  static std::vector<WorstCase> Regressions(const PartInput& input, const NewFailures& found) {
    const auto mean = [](const CaseTally& tally) -> std::optional<double> {
      return tally.scored > 0 ? std::optional(tally.sum / tally.scored) : std::nullopt;
    };
    std::vector<PairedCase> cases = found.cases;
    const auto sure_end = cases.begin() + found.sure;
    std::stable_sort(cases.begin(), sure_end, [&](const PairedCase& a, const PairedCase& b) {
      return input.TallyOf(a.ordinal).failing > input.TallyOf(b.ordinal).failing;
    });
    std::vector<WorstCase> worst;
    for (const PairedCase& pair : cases) {
      if (worst.size() == input.most_worst_cases) break;
      const CaseTally ours = input.TallyOf(pair.ordinal);
      if (!pair.IsNew() && ours.scored == 0 && ours.error == 0) continue;
      worst.push_back({pair.ordinal, "", mean(ours), mean(input.BaselineTallyOf(pair.ordinal))});
    }
    return worst;
  }

  void Explain(const NewFailures& found, RulePart& part) const {
    const std::int64_t open = found.possible - found.sure;
    const std::string of_passed = " of " + Cases(found.passed) + " that the baseline passes" + AllowedText();
    if (part.state == VerdictState::kFail) {
      part.reason = "the candidate fails " + std::to_string(found.sure) + of_passed;
    } else if (part.state == VerdictState::kPass) {
      part.reason = std::string("the candidate fails ") + (open > 0 ? "at most " : "") +
                    (found.possible > 0 ? std::to_string(found.possible) : "none") + of_passed;
    } else if (part.state == VerdictState::kInconclusive && found.passed <= options_.allow) {
      part.reason = found.passed == 0 ? "the baseline passes no case for certain, so that none could newly fail"
                                      : "the baseline passes " + Cases(found.passed) + " for certain, and " +
                                            std::to_string(options_.allow) + " may fail";
    } else if (part.state == VerdictState::kInconclusive) {
      part.more_cases = open;
      part.reason = (found.sure > 0 ? Cases(found.sure) : std::string("no case")) + " newly " +
                    (found.sure > 1 ? "fail" : "fails") + " so far" + AllowedText() + ", but of " + Cases(open) +
                    (found.sure > 0 ? " more" : "") + " a trial is missing, or neither passed nor failed";
    }
  }

  std::string AllowedText() const {
    return options_.allow == 0 ? "" : " (" + std::to_string(options_.allow) + " allowed)";
  }

  NoNewFailuresOptions options_;
};

}  // namespace

PluginKind NoNewFailuresKind() {
  PluginKind kind;
  kind.help = "no case that the baseline passes in every trial is failed by the candidate";
  kind.schema = SchemaOf(NoNewFailuresOptions::Fields());
  kind.check = [](const Node& option, Diagnostics& diagnostics) {
    NoNewFailuresOptions options;
    ReadFields(option, options, diagnostics);
  };
  kind.objection = [](const Node&, const MetricSpec& metric) {
    return ReductionObjection("no_new_failures", metric.name, metric.reduction);
  };
  kind.target = RuleTarget::kGrader;
  kind.compares = true;
  kind.fails_on_part = true;  // what failed has failed
  kind.has_confidence = false;
  return kind;
}

Result<std::unique_ptr<Rule>> MakeNoNewFailuresRule(const Node& option) {
  Diagnostics diagnostics;
  NoNewFailuresOptions options;
  if (!ReadFields(option, options, diagnostics)) return Fail(OptionError("no_new_failures", diagnostics));
  return std::make_unique<NoNewFailuresRule>(options);
}

}  // namespace assay
