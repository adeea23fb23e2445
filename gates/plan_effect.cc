#include "gates/plan_effect.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gates/effect_means.h"
#include "gates/plan_power.h"
#include "gates/rules/decision.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

void Assume(std::string what, PartPlan& plan) {
  if (!plan.assumes.empty()) plan.assumes += "; ";
  plan.assumes += std::move(what);
}

std::string PercentOfCases(double share) { return Shown(100 * share) + " %"; }

// The intracluster correlation that is known or assumed, said where there are clusters.
double IntraclusterOf(const MetricSpread& spread, std::span<const std::uint32_t> clusters, PartPlan& plan) {
  if (clusters.empty()) return 0;
  const double correlation = spread.intracluster.value_or(PartPlan::kIntracluster);
  const double effect = DesignEffect(clusters, correlation);
  Assume("two cases of a cluster are correlated by " + Rounded(correlation) +
             (spread.intracluster ? ", as in " + spread.source : "") + ": " + std::to_string(plan.cases) +
             " cases tell as much as " + std::to_string(std::llround(static_cast<double>(plan.cases) / effect)) +
             " independent ones (design effect " + Rounded(effect) + ")",
         plan);
  return correlation;
}

// The least k in (low, high] for which `holds`, which stays true from there on; `high` + 1 when it never does.
template <class Predicate>
std::int64_t FirstWhere(std::int64_t low, std::int64_t high, const Predicate& holds) {
  ++high;
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (holds(middle) ? high : low) = middle;
  }
  return high;
}

// The rate from which k or more of n cases are so with probability kPower, and down to which k or fewer are.
std::optional<double> RateFor(std::int64_t k, std::int64_t n) {
  return ClopperPearsonLower(k, n, 1 - PartPlan::kPower);
}
std::optional<double> RateUpTo(std::int64_t k, std::int64_t n) {
  return ClopperPearsonUpper(k, n, 1 - PartPlan::kPower);
}

// Of a rule that counts single cases: how many of n independent ones may be `passing`. In clusters so many cases are
// worth fewer, and what is counted is what fails.
struct Counted {
  std::int64_t cases = 0;
  std::int64_t independent = 0;

  std::int64_t Passing(std::int64_t passing) const {
    return std::clamp<std::int64_t>(independent - (cases - passing), 0, independent);
  }
};

template <class Passes, class Fails>
void PlanCounts(const Counted& counted, const Passes& passes, const Fails& fails, PartPlan& plan) {
  const std::int64_t n = counted.cases;
  const std::int64_t m = counted.independent;
  const bool is_ceiling = fails(n) || passes(0);
  if (is_ceiling) {
    if (plan.can_pass) plan.passes_from = RateUpTo(FirstWhere(-1, n, [&](auto k) { return !passes(k); }) - 1, m);
    if (plan.can_fail) plan.fails_to = RateFor(FirstWhere(-1, n, fails), m);
    return;
  }
  if (plan.can_pass) plan.passes_from = RateFor(counted.Passing(FirstWhere(-1, n, passes)), m);
  if (plan.can_fail)
    plan.fails_to = RateUpTo(counted.Passing(FirstWhere(-1, n, [&](auto k) { return !fails(k); }) - 1), m);
}

std::int64_t IndependentOf(const EffectQuestion& question, PartPlan& plan) {
  const double effect =
      DesignEffect(question.rehearsal.clusters(), IntraclusterOf(question.spread, question.rehearsal.clusters(), plan));
  return std::max<std::int64_t>(std::llround(static_cast<double>(plan.cases) / effect), 1);
}

// Of a rule that is decided by how many cases pass, whatever else they are.
void PlanPassing(const EffectQuestion& question, PartPlan& plan) {
  const Rehearsal& rehearsal = question.rehearsal;
  const std::int64_t n = plan.cases;
  PlanCounts(
      {n, IndependentOf(question, plan)}, [&](std::int64_t k) { return rehearsal.PassesWith(k, n); },
      [&](std::int64_t k) { return rehearsal.FailsWith(k, n); }, plan);
}

void PlanNewFailures(const EffectQuestion& question, PartPlan& plan) {
  const Rehearsal& rehearsal = question.rehearsal;
  const std::int64_t n = plan.cases;
  const std::int64_t m = IndependentOf(question, plan);
  const auto with = [](std::int64_t k) { return Disagreements{.only_candidate = 0, .only_baseline = k}; };
  const auto passes = [&](std::int64_t k) { return rehearsal.PassesOn(with(k), n); };
  const std::int64_t most = FirstWhere(-1, n, [&](std::int64_t k) { return !passes(k); }) - 1;
  const std::int64_t least = FirstWhere(-1, n, [&](std::int64_t k) { return rehearsal.FailsOn(with(k), n); });
  if (plan.can_pass && most >= 0 && most < m) plan.passes_from = RateUpTo(most, m);
  if (plan.can_fail && least <= m) plan.fails_to = RateFor(least, m);
}

// What made-up values are of, and how the rule takes them.
MeanQuestion OfCases(const EffectQuestion& question, const Variation& variation) {
  MeanQuestion asked{.variation = variation, .limit = question.rule.threshold()};
  asked.passes = [&question](std::span<const double> values) { return question.rehearsal.PassesOn(values, {}); };
  asked.fails = [&question](std::span<const double> values) { return question.rehearsal.FailsOn(values, {}); };
  asked.sign = question.rule.Asks(&question.shape).starts_with("<") ? -1 : 1;
  return asked;
}

// A quantile is within its limit where enough cases are.
MeanQuestion OfCasesWithin(const EffectQuestion& question, const Variation& variation) {
  MeanQuestion asked = OfCases(question, variation);
  const double threshold = question.rule.threshold();
  const bool is_ceiling = asked.sign < 0;
  const double q = QuantileOf(question.shape.aggregate).value_or(0.5);
  const bool is_unit = question.shape.range == MetricRange::kUnit;
  const double away = std::abs(threshold) + 1;
  const double bad = is_ceiling ? (is_unit ? 1 : threshold + away) : (is_unit ? 0 : threshold - away);
  const auto mapped = [threshold, bad](std::span<const double> values) {
    std::vector<double> measured;
    for (const double value : values) measured.push_back(value == 1 ? threshold : bad);
    return measured;
  };
  asked.passes = [&question, mapped](std::span<const double> values) {
    return question.rehearsal.PassesOn(mapped(values), {});
  };
  asked.fails = [&question, mapped](std::span<const double> values) {
    return question.rehearsal.FailsOn(mapped(values), {});
  };
  asked.limit = is_ceiling ? q : 1 - q;
  asked.sign = 1;
  return asked;
}

// Of independent cases exactly: the bounds of a quantile are order statistics, so that all that matters is how many
// cases are within the limit, which is binomial.
void PlanWithin(const EffectQuestion& question, PartPlan& plan) {
  const MeanQuestion within = OfCasesWithin(question, {});
  const auto values = [n = static_cast<std::size_t>(plan.cases)](std::int64_t k) {
    std::vector<double> each(n, 0);
    std::fill_n(each.begin(), k, 1);
    return each;
  };
  plan.unit = EffectUnit::kShareWithin;
  PlanCounts(
      {plan.cases, plan.cases}, [&](std::int64_t k) { return within.passes(values(k)); },
      [&](std::int64_t k) { return within.fails(values(k)); }, plan);
  if (plan.fails_to) plan.detects = std::abs(*plan.fails_to - within.limit);
}

// Both models' values of a case with that difference.
struct PairOfValues {
  std::vector<double> candidate = {};
  std::vector<double> baseline = {};
};

PairOfValues PairsOf(std::span<const double> differences, VariationForm form) {
  PairOfValues pair;
  for (const double difference : differences) {
    double baseline = 0;
    if (form == VariationForm::kDisagreement) baseline = difference > 0 ? 0 : 1;  // else both pass
    if (form == VariationForm::kDifferenceInUnit) baseline = 0.5 - difference / 2;
    pair.baseline.push_back(baseline);
    pair.candidate.push_back(baseline + difference);
  }
  return pair;
}

MeanQuestion OfDifferences(const EffectQuestion& question, const Variation& variation) {
  MeanQuestion asked{.variation = variation, .limit = question.rule.threshold()};
  const VariationForm form = variation.form;
  asked.passes = [&question, form](std::span<const double> values) {
    const PairOfValues pair = PairsOf(values, form);
    return question.rehearsal.PassesOn(pair.candidate, pair.baseline);
  };
  asked.fails = [&question, form](std::span<const double> values) {
    const PairOfValues pair = PairsOf(values, form);
    return question.rehearsal.FailsOn(pair.candidate, pair.baseline);
  };
  asked.is_either_way = question.spec.kind == "equivalent";
  const bool is_lower_better = question.rule.Asks(&question.shape).starts_with("difference <");
  asked.sign = is_lower_better || asked.is_either_way ? -1 : 1;
  if (question.spec.kind == "non_inferior") asked.limit = -asked.limit;
  if (is_lower_better) asked.limit = -asked.limit;
  return asked;
}

// Where nothing is known of how values without bounds spread, their deviation is the unit: what is made up has one that
// is small beside the limit, so that values stay on their side of 0.
double UnitDeviation(double limit) { return limit == 0 ? 1 : std::abs(limit) / 100; }

// Known or assumed. Where two runs differ on nearly no case, or on nearly all, as much as a plan can be made with.
double DiscordanceOf(const MetricSpread& spread) {
  return std::round(std::clamp(spread.discordance.value_or(PartPlan::kDiscordance), 0.001, 0.999) * 1000) / 1000;
}

Variation VariationOf(const EffectQuestion& question, PartPlan& plan) {
  const MetricSpread& spread = question.spread;
  Variation variation{.intracluster = IntraclusterOf(spread, question.rehearsal.clusters(), plan)};
  const bool compares = question.rule.Compares();
  const std::string whose = compares ? "differences between the models" : "values";
  const bool has_pair = compares && spread.difference_deviation;
  const std::optional<double> deviation = has_pair ? spread.difference_deviation : spread.deviation;
  const std::string seen = deviation ? Rounded(*deviation) + ", as in " + (has_pair ? spread.pair : spread.source) : "";
  if (question.shape.range == MetricRange::kUnbounded) {
    variation.form = VariationForm::kUnbounded;
    variation.parameter = deviation.value_or(UnitDeviation(question.rule.threshold()));
    Assume(deviation ? whose + " have a standard deviation of " + seen
                     : whose + " with a standard deviation, sd, that is not known before a run",
           plan);
  } else if (!spread.is_graded) {
    variation.form = compares ? VariationForm::kDisagreement : VariationForm::kPassFail;
    variation.parameter = compares ? DiscordanceOf(spread) : 0;
    if (compares)
      Assume("the models disagree on " + PercentOfCases(DiscordanceOf(spread)) + " of the cases" +
                 (spread.discordance ? ", as " + spread.pair + " do" : ""),
             plan);
  } else if (compares) {
    variation.form = VariationForm::kDifferenceInUnit;
    variation.parameter = deviation.value_or(PartPlan::kGradedDifference);
    Assume(whose + " have a standard deviation of " +
               (deviation ? seen + (has_pair ? "" : " of the values") : Shown(PartPlan::kGradedDifference)),
           plan);
  } else {
    variation.form = VariationForm::kGraded;
    variation.parameter = PartPlan::kGradedShare;
    if (spread.deviation && spread.mean && *spread.mean > 0 && *spread.mean < 1) {
      const double most = *spread.mean * (1 - *spread.mean);
      variation.parameter = std::clamp(*spread.deviation * *spread.deviation / most, 0.001, 0.999);
    }
    const double limit = question.rule.threshold();
    Assume("graded values have a standard deviation of " +
               (spread.deviation ? seen
                                 : Rounded(DeviationAt(variation, limit)) + " at a mean of " + Shown(limit) +
                                       ", half of the greatest there can be"),
           plan);
  }
  return variation;
}

bool Resamples(std::optional<BoundMethod> method) {
  return method == BoundMethod::kBootstrap || method == BoundMethod::kPercentile || method == BoundMethod::kSignFlip;
}

void PlanMeans(const EffectQuestion& question, MeanQuestion asked, EffectUnit unit, PartPlan& plan) {
  asked.cases = plan.cases;
  asked.clusters = question.rehearsal.clusters();
  asked.is_slow = Resamples(question.spec.method);
  const DecidingMeans means = MeansThatDecide(asked, PartPlan::kPower);
  plan.unit = unit;
  if (plan.can_pass) plan.passes_from = means.passes_from;
  if (plan.can_fail) plan.fails_to = means.fails_to;
  if (plan.fails_to) plan.detects = std::abs(*plan.fails_to - asked.limit);
  if (unit != EffectUnit::kDeviations) return;
  const auto in_deviations = [&](std::optional<double>& value) {
    if (value) value = (*value - asked.limit) / asked.variation.parameter;
  };
  in_deviations(plan.passes_from);
  in_deviations(plan.fails_to);
  if (plan.detects) plan.detects = *plan.detects / asked.variation.parameter;
}

// Of few passes and failures by everything that could come.
void PlanExactDifference(const EffectQuestion& question, PartPlan& plan) {
  const bool is_lower_better = question.rule.Asks(&question.shape).starts_with("difference <");
  const DecidingDifferences differences = DifferencesThatDecide(
      question.rehearsal, plan.cases, DiscordanceOf(question.spread), PartPlan::kPower, is_lower_better);
  plan.unit = EffectUnit::kDifference;
  if (plan.can_pass) plan.passes_from = differences.passes_from;
  if (plan.can_fail) plan.fails_to = differences.fails_to;
  const double limit = OfDifferences(question, {}).limit;
  if (plan.fails_to) plan.detects = std::abs(*plan.fails_to - limit);
}

// A difference beyond the disagreement that is assumed is disagreement of its own, all of it one way. Then what counts
// is how many cases only one of the models passes, which is binomial.
void PlanBeyondDisagreement(const EffectQuestion& question, PartPlan& plan) {
  const bool can_fail = plan.can_fail && !plan.fails_to;
  const bool can_pass = plan.can_pass && !plan.passes_from && question.spec.kind != "equivalent";
  if (!can_fail && !can_pass) return;
  const Rehearsal& rehearsal = question.rehearsal;
  const std::int64_t n = plan.cases;
  const double effect =
      DesignEffect(rehearsal.clusters(), question.spread.intracluster.value_or(PartPlan::kIntracluster));
  const auto m = std::max<std::int64_t>(std::llround(static_cast<double>(n) / effect), 1);
  const bool is_lower_better = question.rule.Asks(&question.shape).starts_with("difference <");
  const double sign = is_lower_better ? -1 : 1;
  const auto better = [&](std::int64_t k) {
    return is_lower_better ? Disagreements{.only_candidate = 0, .only_baseline = k}
                           : Disagreements{.only_candidate = k, .only_baseline = 0};
  };
  const auto worse = [&](std::int64_t k) {
    return is_lower_better ? Disagreements{.only_candidate = k, .only_baseline = 0}
                           : Disagreements{.only_candidate = 0, .only_baseline = k};
  };
  // So many of the independent cases as are that share of all.
  const auto rate_for = [&](std::int64_t k) -> std::optional<double> {
    if (k > n) return std::nullopt;
    const double share = static_cast<double>(k) / static_cast<double>(n);
    return RateFor(std::llround(std::ceil(share * static_cast<double>(m) - 1e-9)), m);
  };
  if (can_fail) {
    if (const auto rate = rate_for(FirstWhere(-1, n, [&](auto k) { return rehearsal.FailsOn(worse(k), n); })))
      plan.fails_to = question.spec.kind == "equivalent" ? *rate : -sign * *rate;
  }
  if (can_pass) {
    if (const auto rate = rate_for(FirstWhere(-1, n, [&](auto k) { return rehearsal.PassesOn(better(k), n); })))
      plan.passes_from = sign * *rate;
  }
  const double limit = OfDifferences(question, {}).limit;
  if (plan.fails_to) plan.detects = std::abs(*plan.fails_to - limit);
  if ((can_fail && plan.fails_to) || (can_pass && plan.passes_from))
    Assume("of a difference beyond these, that only one of them passes where they disagree", plan);
}

void PlanComparison(const EffectQuestion& question, PartPlan& plan) {
  if (question.spec.kind == "no_new_failures") {
    plan.unit = EffectUnit::kNewFailures;
    PlanNewFailures(question, plan);
    if (plan.fails_to) plan.detects = *plan.fails_to;
    return;
  }
  if (question.shape.aggregate != Aggregate::kMean) {
    plan.no_pass = plan.no_fail = "by how values spread";
    plan.remark = "at which difference of two quantiles it decides depends on how the values spread around them";
    return;
  }
  const Variation variation = VariationOf(question, plan);
  const bool is_exact = variation.form == VariationForm::kDisagreement && plan.cases <= kMostExactCases &&
                        question.rehearsal.clusters().empty() && question.spec.kind != "equivalent";
  if (is_exact) {
    PlanExactDifference(question, plan);
    return PlanBeyondDisagreement(question, plan);
  }
  const bool is_known =
      variation.form != VariationForm::kUnbounded || question.spread.deviation || question.spread.difference_deviation;
  PlanMeans(question, OfDifferences(question, variation), is_known ? EffectUnit::kDifference : EffectUnit::kDeviations,
            plan);
  if (variation.form == VariationForm::kDisagreement) PlanBeyondDisagreement(question, plan);
}

// Whether it fails on a single case, or judges each by itself.
bool CountsCases(const EffectQuestion& question) {
  return question.spec.kind == "zero_failures" || question.rule.PassesOnOneCase();
}

void PlanThreshold(const EffectQuestion& question, PartPlan& plan) {
  const bool is_independent = question.rehearsal.clusters().empty();
  const bool is_floor_of_cases = question.spec.kind == "per_case_floor";
  if (CountsCases(question) || (is_floor_of_cases && is_independent)) {
    plan.unit = is_floor_of_cases ? EffectUnit::kShareWithin : EffectUnit::kRate;
    PlanPassing(question, plan);
    const double limit = CountsCases(question) ? 1 : question.rule.threshold();
    if (plan.fails_to) plan.detects = std::abs(*plan.fails_to - limit);
    return;
  }
  if (QuantileOf(question.shape.aggregate) && is_independent && !Resamples(question.spec.method))
    return PlanWithin(question, plan);
  if (question.shape.aggregate != Aggregate::kMean || is_floor_of_cases) {
    const Variation within{.intracluster = IntraclusterOf(question.spread, question.rehearsal.clusters(), plan)};
    return PlanMeans(question, is_floor_of_cases ? OfCases(question, within) : OfCasesWithin(question, within),
                     EffectUnit::kShareWithin, plan);
  }
  if (question.shape.range == MetricRange::kUnit && !question.spread.is_graded && is_independent) {
    plan.unit = EffectUnit::kRate;
    PlanPassing(question, plan);
    if (plan.fails_to) plan.detects = std::abs(*plan.fails_to - question.rule.threshold());
    return;
  }
  const Variation variation = VariationOf(question, plan);
  const EffectUnit unit = variation.form == VariationForm::kPassFail ? EffectUnit::kRate
                          : variation.form == VariationForm::kUnbounded && !question.spread.deviation
                              ? EffectUnit::kDeviations
                              : EffectUnit::kMean;
  PlanMeans(question, OfCases(question, variation), unit, plan);
}

// Why there is no number, where nothing else has said so.
void ExplainAbsent(PartPlan& plan) {
  const std::string rarely = "in fewer checks";
  if (!plan.passes_from && plan.no_pass.empty()) plan.no_pass = plan.can_pass ? rarely : "cannot pass";
  if (!plan.fails_to && plan.no_fail.empty()) plan.no_fail = plan.can_fail ? rarely : "cannot fail";
}

}  // namespace

std::string Rounded(double value) { return Shown(std::round(value * 1000) / 1000); }

void PlanEffect(const EffectQuestion& question, PartPlan& plan) {
  if (question.rule.Compares()) {
    PlanComparison(question, plan);
  } else {
    PlanThreshold(question, plan);
  }
  ExplainAbsent(plan);
}

void PlanEffectOfExpression(const Rule& rule, const ExpressionRehearsal& rehearsal,
                            std::span<const MetricSpread> spreads, PartPlan& plan) {
  plan.unit = EffectUnit::kExpression;
  std::vector<Variation> variations;
  for (const MetricSpread& spread : spreads) {
    variations.push_back({.form = spread.is_graded ? VariationForm::kGraded : VariationForm::kPassFail,
                          .parameter = PartPlan::kGradedShare});
  }
  const double correlation = IntraclusterOf({}, rehearsal.clusters(), plan);
  for (Variation& variation : variations) variation.intracluster = correlation;
  const DecidingMeans means = ValuesThatDecide(rehearsal, variations, rule.threshold(), plan.cases, PartPlan::kPower);
  if (plan.can_pass) plan.passes_from = means.passes_from;
  if (plan.can_fail) plan.fails_to = means.fails_to;
  if (plan.fails_to) plan.detects = std::abs(*plan.fails_to - rule.threshold());
  Assume("its metrics move together from their worst to their best, and vary independently of each other", plan);
  ExplainAbsent(plan);
}

}  // namespace assay
