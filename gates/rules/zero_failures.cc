// No case may fail, and there must be enough cases for that to mean something. Counts cases: one failing trial makes a
// failing case. A trial without pass or fail is unknown, so it can hide a failure and PASS needs every trial.

#include <algorithm>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/rules/decision.h"
#include "gates/rules/metric_values.h"
#include "gates/rules/rule.h"
#include "gates/rules/worst_cases.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

struct ZeroFailuresOptions {
  double max_rate = 0;
  static const FieldTable<ZeroFailuresOptions>& Fields() {
    static const auto table = FieldTable<ZeroFailuresOptions>().Required(
        "max_rate", &ZeroFailuresOptions::max_rate, "share of failing cases that the data must rule out",
        {.above = 0, .below = 1});
    return table;
  }
};

struct FailureCounts {
  std::int64_t cases = 0;
  std::int64_t failing = 0;  // a trial failed
  std::int64_t unknown = 0;  // none failed, but not all passed
};

class ZeroFailuresRule : public Rule {
 public:
  explicit ZeroFailuresRule(double max_rate) : max_rate_(max_rate) {}

  double threshold() const override { return max_rate_; }
  std::string Asks(const MetricShape*) const override { return "no failure, rate <= " + Shown(max_rate_); }

  std::string Objection(const PartInput& input) const override {
    return ReductionObjection("zero_failures", input.shape().name, input.shape().reduction);
  }

  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    const FailureCounts counts = CountFailures(input, errors);
    Finding finding;
    finding.pass_bound = ClopperPearsonUpper(counts.failing + counts.unknown, counts.cases, input.confidence)
                             .value_or(std::numeric_limits<double>::infinity());
    finding.fail_bound =
        counts.cases == 0 ? 0 : static_cast<double>(counts.failing) / static_cast<double>(counts.cases);
    finding.passes = counts.failing == 0 && counts.unknown == 0 && finding.pass_bound <= max_rate_;
    finding.fails = counts.failing > 0;
    return finding;
  }

  // A failure is judged by its existence: the share of failing cases lies that far above none.
  double Margin(const PartInput&, double bound) const override { return max_rate_ - bound; }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    const FailureCounts counts = CountFailures(input, ErrorsAs::kUnknown);
    const std::int64_t decided = counts.cases - counts.unknown;
    part.estimate.confidence = input.confidence;
    part.estimate.cases = decided;
    if (decided > 0) {
      part.estimate.value = static_cast<double>(counts.failing) / static_cast<double>(decided);
      part.estimate.lower = ClopperPearsonLower(counts.failing, decided, input.confidence);
      part.estimate.upper = ClopperPearsonUpper(counts.failing, decided, input.confidence);
      part.estimate.method = "clopper_pearson";
    }
    part.worst_cases = Failing(input);
    if (part.state == VerdictState::kFail) {
      part.margin = -finding.fail_bound;
      part.reason =
          std::to_string(counts.failing) + " of " + Cases(counts.cases) + (counts.failing == 1 ? " fails" : " fail");
    } else if (part.state == VerdictState::kPass) {
      part.reason = "no failure in " + Cases(counts.cases) + ": upper bound " + Shown(finding.pass_bound) +
                    " <= " + Shown(max_rate_);
    } else if (part.state == VerdictState::kInconclusive) {
      const auto needed = ZeroFailuresNeeded(max_rate_, input.confidence);
      if (needed && *needed <= kMostCases) part.more_cases = std::max(*needed - decided, counts.unknown);
      if (counts.unknown > 0) {
        part.reason = "no failure so far, but " + std::to_string(counts.unknown) + " of " + Cases(counts.cases) +
                      " have a trial without pass or fail";
        if (needed && *needed > counts.cases) part.reason += "; " + Cases(*needed) + " without a failure are needed";
        return;
      }
      part.reason = "no failure in " + Cases(counts.cases) + ", but the upper bound " + Shown(finding.pass_bound) +
                    " > " + Shown(max_rate_) + "; ";
      part.reason +=
          part.more_cases ? Cases(*part.more_cases) + " more without a failure would pass it" : CannotBeDecided();
    }
  }

 private:
  static FailureCounts CountFailures(const PartInput& input, ErrorsAs errors) {
    FailureCounts counts;
    const int trials = input.suite.trials();
    for (const std::uint32_t ordinal : input.cases) {
      const CaseTally tally = input.TallyOf(ordinal);
      ++counts.cases;
      int failing = tally.failing;
      int passing = tally.passing;
      if (errors == ErrorsAs::kWorst) failing += tally.error;
      if (errors == ErrorsAs::kBest) passing += tally.error;
      if (failing > 0) {
        ++counts.failing;
      } else if (passing < trials) {
        ++counts.unknown;
      }
    }
    return counts;
  }

  // The failing cases, most failing trials first.
  static std::vector<WorstCase> Failing(const PartInput& input) {
    std::vector<std::uint32_t> failing;
    for (const std::uint32_t ordinal : input.cases) {
      if (input.TallyOf(ordinal).failing > 0) failing.push_back(ordinal);
    }
    const std::size_t kept = std::min(failing.size(), RulePart::kMaxWorstCases);
    const auto is_worse = [&](std::uint32_t a, std::uint32_t b) {
      const int difference = input.TallyOf(a).failing - input.TallyOf(b).failing;
      return difference != 0 ? difference > 0 : a < b;
    };
    std::partial_sort(failing.begin(), failing.begin() + static_cast<std::ptrdiff_t>(kept), failing.end(), is_worse);
    std::vector<WorstCase> worst;
    for (std::size_t i = 0; i < kept; ++i) {
      const CaseTally tally = input.TallyOf(failing[i]);
      worst.push_back({failing[i], "", tally.sum / tally.scored});
    }
    return worst;
  }

  double max_rate_;
};

}  // namespace

PluginKind ZeroFailuresKind() {
  PluginKind kind;
  kind.help = "no case fails, and there are enough cases to rule out a failure rate above max_rate";
  kind.schema = SchemaOf(ZeroFailuresOptions::Fields());
  kind.check = [](const Node& option, Diagnostics& diagnostics) {
    ZeroFailuresOptions options;
    ReadFields(option, options, diagnostics);
  };
  kind.objection = [](const Node&, const MetricSpec& metric) {
    return ReductionObjection("zero_failures", metric.name, metric.reduction);
  };
  kind.target = RuleTarget::kGrader;
  return kind;
}

Result<std::unique_ptr<Rule>> MakeZeroFailuresRule(const Node& option) {
  Diagnostics diagnostics;
  ZeroFailuresOptions options;
  if (!ReadFields(option, options, diagnostics)) return Fail(OptionError("zero_failures", diagnostics));
  return std::make_unique<ZeroFailuresRule>(options.max_rate);
}

}  // namespace assay
