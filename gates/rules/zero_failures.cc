// No case may fail, and there must be enough cases for that to mean something. Counts cases: one failing trial makes a
// failing case. A trial without pass or fail is unknown, so it can hide a failure and PASS needs every trial. The rate
// that is ruled out is of cases; where they come in clusters these are the unit of its bound.
//
// A judge misses failures. It fails a case that people fail with probability `specificity` (stats/judge_bounds.h) or
// more, so that the share of cases that it fails is at least that times the share that people fail: an upper bound of
// the former over a lower bound of the specificity bounds the latter, each at half the error rate. False alarms can
// only help the bound and never a PASS, since a case that the judge fails is a FAIL.

#include <algorithm>
#include <cmath>
#include <vector>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/rules/clustered_forecast.h"
#include "gates/rules/clusters.h"
#include "gates/rules/corrected.h"
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
  JudgeUse UseOfJudges() const override { return JudgeUse::kCorrects; }
  bool ConcludesFromSample() const override { return true; }

  std::string Objection(const PartInput& input) const override {
    return ReductionObjection("zero_failures", input.shape().name, input.shape().reduction);
  }

  Finding Find(const PartInput& input, ErrorsAs errors) const override {
    const FailureCounts counts = CountFailures(input, errors);
    Finding finding;
    const RateBounds rate = RateOf(input, errors);
    finding.pass_bound = rate.of_all.upper;
    finding.method = rate.of_all.method;
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
      const Bounds seen = RateOf(input, ErrorsAs::kUnknown).of_decided;
      part.estimate.value = static_cast<double>(counts.failing) / static_cast<double>(decided);
      if (std::isfinite(seen.lower)) part.estimate.lower = seen.lower;
      if (std::isfinite(seen.upper)) part.estimate.upper = seen.upper;
      part.estimate.method = seen.method;
    }
    part.worst_cases = Failing(input);
    if (part.state == VerdictState::kFail) {
      part.margin = -finding.fail_bound;
      part.reason =
          std::to_string(counts.failing) + " of " + Cases(counts.cases) + (counts.failing == 1 ? " fails" : " fail");
    } else if (part.state == VerdictState::kPass) {
      part.reason = "no failure in " + Cases(counts.cases) + InClusters(part.clusters) + ": upper bound " +
                    Shown(finding.pass_bound) + " <= " + Shown(max_rate_);
    } else if (part.state == VerdictState::kInconclusive) {
      const auto needed = CasesNeeded(input);
      if (needed && *needed <= kMostCases) part.more_cases = std::max(*needed - decided, counts.unknown);
      if (counts.unknown > 0) {
        part.reason = "no failure so far, but " + std::to_string(counts.unknown) + " of " + Cases(counts.cases) +
                      " have a trial without pass or fail";
        if (needed && *needed > counts.cases) part.reason += "; " + Cases(*needed) + " without a failure are needed";
        return;
      }
      part.reason = "no failure in " + Cases(counts.cases) + InClusters(part.clusters) + ", but the upper bound " +
                    Shown(finding.pass_bound) + " > " + Shown(max_rate_) + "; ";
      part.reason +=
          part.more_cases ? Cases(*part.more_cases) + " more without a failure would pass it" : CannotBeDecided();
    }
  }

 private:
  enum class Failure { kNo, kUnknown, kYes };

  static Failure FailureOf(const PartInput& input, std::uint32_t ordinal, ErrorsAs errors) {
    const CaseTally tally = input.TallyOf(ordinal);
    const int failing = tally.failing + (errors == ErrorsAs::kWorst ? tally.error : 0);
    const int passing = tally.passing + (errors == ErrorsAs::kBest ? tally.error : 0);
    if (failing > 0) return Failure::kYes;
    return passing < input.suite.trials() ? Failure::kUnknown : Failure::kNo;
  }

  // The lower bound of the probability that a failure is seen; 1 without a judge, absent where it is not known.
  static std::optional<double> SeenAtLeast(const PartInput& input) {
    if (input.judge == nullptr) return 1;
    const auto errors = BoundJudgeErrors(input.judge->counts, EachConfidence(input));
    if (!errors || !(errors->specificity.lower > 0)) return std::nullopt;
    return errors->specificity.lower;
  }

  static double EachConfidence(const PartInput& input) {
    return input.judge == nullptr ? input.confidence : 1 - (1 - input.confidence) / 2;
  }

  // Of what people fail, from bounds of what the judge fails. False alarms are not told from failures.
  static Bounds Corrected(const PartInput& input, const Bounds& judged) {
    if (input.judge == nullptr) return judged;
    const auto seen = SeenAtLeast(input);
    return {0, seen ? std::min(judged.upper / *seen, 1.0) : std::numeric_limits<double>::infinity(), kCorrectedMethod};
  }

  static FailureCounts CountFailures(const PartInput& input, ErrorsAs errors) {
    FailureCounts counts;
    for (const std::uint32_t ordinal : input.cases) {
      const Failure failure = FailureOf(input, ordinal, errors);
      ++counts.cases;
      if (failure == Failure::kYes) ++counts.failing;
      if (failure == Failure::kUnknown) ++counts.unknown;
    }
    return counts;
  }

  // Of the share of cases that fail.
  struct RateBounds {
    Bounds of_all = {};      // what is unknown may or may not fail
    Bounds of_decided = {};  // of the cases of which it is known
  };

  static RateBounds RateOf(const PartInput& input, ErrorsAs errors) {
    std::vector<ValueBox> all;
    std::vector<ValueBox> decided;
    std::vector<std::uint32_t> decided_cases;
    for (const std::uint32_t ordinal : input.cases) {
      const Failure failure = FailureOf(input, ordinal, errors);
      all.push_back({failure == Failure::kYes ? 1.0 : 0.0, failure == Failure::kNo ? 0.0 : 1.0});
      if (failure == Failure::kUnknown) continue;
      decided.push_back(all.back());
      decided_cases.push_back(ordinal);
    }
    const Bounding how{.confidence = EachConfidence(input)};
    return {Corrected(input, MeanBounds(all, ClustersOf(input.suite, input.cases), MetricRange::kUnit, how)),
            Corrected(input, MeanBounds(decided, ClustersOf(input.suite, decided_cases), MetricRange::kUnit, how))};
  }

  // Without a failure, to rule out the rate; of clusters such as these.
  std::optional<std::int64_t> CasesNeeded(const PartInput& input) const {
    const auto seen = SeenAtLeast(input);
    if (!seen) return std::nullopt;
    const double rate = max_rate_ * *seen;
    if (!input.suite.HasClusters()) return ZeroFailuresNeeded(rate, EachConfidence(input));
    const std::vector<std::uint32_t> clusters = ClustersOf(input.suite, input.cases);
    const std::vector<double> zeros(clusters.size(), 0);
    const ThresholdQuestion question{Direction::kAtMost, rate, EachConfidence(input)};
    Bounds bounds;
    bounds.method = "clustered_gaffke";
    const ForecastOf forecast = ForecastClusteredMean(question, zeros, clusters, bounds);
    const auto cases = static_cast<std::int64_t>(zeros.size());
    if (forecast(cases).Outcome() == Forecast::kPass) return cases;
    const auto needed = FewestCasesThatDecide(cases, forecast);
    return needed && needed->outcome == Forecast::kPass ? std::optional(needed->cases) : std::nullopt;
  }

  // The failing cases, most failing trials first.
  static std::vector<WorstCase> Failing(const PartInput& input) {
    std::vector<std::uint32_t> failing;
    for (const std::uint32_t ordinal : input.cases) {
      if (input.TallyOf(ordinal).failing > 0) failing.push_back(ordinal);
    }
    const std::size_t kept = std::min(failing.size(), input.most_worst_cases);
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
  kind.judge_use = JudgeUse::kCorrects;
  kind.passes_on_part = kind.fails_on_part = true;
  return kind;
}

Result<std::unique_ptr<Rule>> MakeZeroFailuresRule(const Node& option) {
  Diagnostics diagnostics;
  ZeroFailuresOptions options;
  if (!ReadFields(option, options, diagnostics)) return Fail(OptionError("zero_failures", diagnostics));
  return std::make_unique<ZeroFailuresRule>(options.max_rate);
}

}  // namespace assay
