#pragma once
// The minimum detectable effect of a rule (PartPlan::passes_from, fails_to): what the truth must be for the rule to
// decide in kPower of checks. Private to gates/.

#include <span>
#include <string>

#include "config/gate.h"
#include "gates/plan.h"
#include "gates/rehearsal.h"
#include "gates/rules/rule.h"

namespace assay {

// A rule on one metric. All of it outlives the call.
struct EffectQuestion {
  const Rule& rule;
  const RuleSpec& spec;
  const MetricShape& shape;
  const Rehearsal& rehearsal;
  const MetricSpread& spread;
};

// For people, in three decimals: what is assumed is no more exact.
std::string Rounded(double value);

// Fills unit, passes_from, fails_to, detects, no_pass, no_fail and assumes; cases, can_pass and can_fail are set. What
// is made up has at most a few thousand cases; of more it is scaled by the root of their number.
void PlanEffect(const EffectQuestion& question, PartPlan& plan);

// Likewise of a rule over several metrics without objection; `spreads` are theirs in its order.
void PlanEffectOfExpression(const Rule& rule, const ExpressionRehearsal& rehearsal,
                            std::span<const MetricSpread> spreads, PartPlan& plan);

}  // namespace assay
