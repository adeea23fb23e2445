// What the run has cost, as its record says: a fact, known when it has ended. Answers whose cost is not known could
// have cost anything; requests without an answer cost at most what the run reserved for them.

#include <algorithm>
#include <cmath>

#include "config/fields.h"
#include "config/plugin_kind.h"
#include "gates/gate.h"
#include "gates/rules/decision.h"
#include "gates/rules/rule.h"

namespace assay {
namespace {

struct BudgetOptions {
  double usd = 0;
  static const FieldTable<BudgetOptions>& Fields() {
    static const auto table =
        FieldTable<BudgetOptions>().Required("usd", &BudgetOptions::usd, "what the run may have cost",
                                             {.max = SuiteSpec::kMostBudgetUsd, .above = 0, .unit = "US dollars"});
    return table;
  }
};

// Infinite where it is not known.
struct RunCost {
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
};

// A run without a cost is free only if every answer came from the cache; of older records it is not known.
bool IsKnown(const SuiteEvidence& run) {
  const RunCounts& counts = run.counts;
  const bool is_cached = run.answers_cached >= counts.scored + counts.unscored + counts.awaiting_human;
  return run.answers_without_cost == 0 && (run.cost_usd || is_cached);
}

RunCost CostOf(const SuiteEvidence& run) {
  const double spent = run.cost_usd.value_or(0);
  if (!(std::isfinite(spent) && spent >= 0)) return {};
  const double most = spent + run.unanswered_usd;
  return {spent, IsKnown(run) && std::isfinite(most) && run.unanswered_usd >= 0
                     ? most
                     : std::numeric_limits<double>::infinity()};
}

class BudgetRule : public Rule {
 public:
  explicit BudgetRule(double usd) : usd_(usd) {}

  double threshold() const override { return usd_; }
  JudgeUse UseOfJudges() const override { return JudgeUse::kNone; }
  std::string Asks(const MetricShape*) const override { return "<= $" + Shown(usd_); }

  Finding Find(const PartInput& input, ErrorsAs) const override {
    const RunCost cost = CostOf(*input.facts.run);
    Finding finding;
    finding.method = "sum";
    finding.fail_bound = cost.least;
    finding.fails = IsBeyond(cost.least);
    finding.pass_bound = input.run_ended ? cost.most : std::numeric_limits<double>::infinity();
    finding.passes = input.run_ended && input.facts.run->counts.scored > 0 && !IsBeyond(cost.most);
    return finding;
  }

  double Margin(const PartInput&, double bound) const override { return usd_ - bound; }

  void Describe(const PartInput& input, const Finding& finding, RulePart& part) const override {
    const SuiteEvidence& run = *input.facts.run;
    part.estimate.method = "sum";
    part.estimate.confidence = 1;
    part.estimate.cases = part.counts.scored;
    if (run.cost_usd || std::isfinite(finding.pass_bound))
      part.estimate.value = part.estimate.lower = finding.fail_bound;
    if (std::isfinite(finding.pass_bound)) part.estimate.upper = finding.pass_bound;
    if (part.state == VerdictState::kPass) {
      part.margin = std::max(0.0, usd_ - finding.pass_bound);  // sums of costs are rounded
      part.reason = CostText(run) + " <= $" + Shown(usd_);
    } else if (part.state == VerdictState::kFail) {
      part.reason = CostText(run) + " > $" + Shown(usd_);
    } else if (part.state == VerdictState::kInconclusive) {
      part.reason = WhyOpen(run);
    }
  }

 private:
  // The sum of many costs can lie a rounding error beside it.
  bool IsBeyond(double cost) const { return cost > usd_ * (1 + 1e-9); }

  static std::string CostText(const SuiteEvidence& run) {
    std::string text = "the run cost $" + Shown(run.cost_usd.value_or(0));
    if (run.unanswered_usd > 0)
      text += " and at most $" + Shown(run.unanswered_usd) + " for requests without an answer";
    if (run.answers_cached > 0) text += " (" + std::to_string(run.answers_cached) + " answers from the cache)";
    return text;
  }

  std::string WhyOpen(const SuiteEvidence& run) const {
    if (run.counts.scored == 0) return "no trial was scored";
    if (run.answers_without_cost > 0) {
      return CostText(run) + ", without " + std::to_string(run.answers_without_cost) + " answers of unknown cost";
    }
    if (!std::isfinite(CostOf(run).most)) return "what the run cost is not known";
    return CostText(run) + ": that it is at most $" + Shown(usd_) + " is not certain";
  }

  double usd_;
};

}  // namespace

PluginKind BudgetKind() {
  PluginKind kind;
  kind.help = "the run has cost at most so much";
  kind.schema = SchemaOf(BudgetOptions::Fields());
  kind.check = [](const Node& option, Diagnostics& diagnostics) {
    BudgetOptions options;
    ReadFields(option, options, diagnostics);
  };
  kind.target = RuleTarget::kNone;
  kind.judge_use = JudgeUse::kNone;
  kind.is_of_run = true;
  kind.has_confidence = false;
  kind.passes_on_part = kind.fails_on_part = true;
  return kind;
}

Result<std::unique_ptr<Rule>> MakeBudgetRule(const Node& option) {
  Diagnostics diagnostics;
  BudgetOptions options;
  if (!ReadFields(option, options, diagnostics)) return Fail(OptionError("budget", diagnostics));
  return std::make_unique<BudgetRule>(options.usd);
}

}  // namespace assay
