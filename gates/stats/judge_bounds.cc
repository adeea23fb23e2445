#include "gates/stats/judge_bounds.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gates/stats/gaffke.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

bool IsPartOf(std::int64_t right, std::int64_t lost, std::int64_t all) {
  return right >= 0 && lost >= 0 && right <= all && lost <= all - right;
}

// At the shares of passes of the two, and of agreement.
std::optional<double> AgreementOf(AgreementStatistic statistic, double observed, double first, double second) {
  if (statistic == AgreementStatistic::kRaw) return observed;
  const double mean = (first + second) / 2;
  double expected = 0;
  switch (statistic) {
    case AgreementStatistic::kRaw:
      return observed;
    case AgreementStatistic::kKappa:
      expected = first * second + (1 - first) * (1 - second);
      break;
    case AgreementStatistic::kAlpha:
      expected = 1 - 2 * mean * (1 - mean);
      break;
    case AgreementStatistic::kAc1:
      expected = 2 * mean * (1 - mean);
      break;
  }
  if (!(expected < 1)) return std::nullopt;
  return (observed - expected) / (1 - expected);
}

// Of equal values, each one case.
struct CaseShares {
  std::vector<double> agreement;
  std::vector<double> passes;
};

std::optional<CaseShares> SharesOf(std::span<const RatedCase> cases) {
  CaseShares shares;
  for (const RatedCase& each : cases) {
    if (each.passes < 0 || each.fails < 0) return std::nullopt;
    const auto passes = static_cast<double>(each.passes);
    const auto fails = static_cast<double>(each.fails);
    const double labels = passes + fails;
    if (labels < 2) continue;
    shares.agreement.push_back((passes * (passes - 1) + fails * (fails - 1)) / (labels * (labels - 1)));
    shares.passes.push_back(passes / labels);
  }
  if (shares.passes.empty()) return std::nullopt;
  return shares;
}

double MeanOf(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

Interval GaffkeBounds(std::vector<double> values, double confidence) {
  std::ranges::sort(values);
  std::vector<WeightedValue> grouped;
  for (const double value : values) {
    if (grouped.empty() || grouped.back().value != value) grouped.push_back({value, 0});
    ++grouped.back().weight;
  }
  return {GaffkeLower(grouped, confidence).value_or(0), GaffkeUpper(grouped, confidence).value_or(1)};
}

}  // namespace

bool SentinelCounts::IsUsable() const {
  return IsPartOf(true_passes, lost_passes, passes) && IsPartOf(true_fails, lost_fails, fails) &&
         passes > lost_passes && fails > lost_fails;
}

std::optional<JudgeErrorBounds> BoundJudgeErrors(const SentinelCounts& counts, double confidence) {
  if (!counts.IsUsable() || !(confidence > 0.5 && confidence < 1)) return std::nullopt;
  const auto bounds = [&](std::int64_t right, std::int64_t lost, std::int64_t all) {
    return Interval{.lower = ClopperPearsonLower(right, all, confidence).value_or(0),
                    .upper = ClopperPearsonUpper(right + lost, all, confidence).value_or(1)};
  };
  return JudgeErrorBounds{.sensitivity = bounds(counts.true_passes, counts.lost_passes, counts.passes),
                          .specificity = bounds(counts.true_fails, counts.lost_fails, counts.fails)};
}

double ConfidenceOfEach(double confidence) { return 1 - (1 - confidence) / 3; }

std::optional<double> CorrectedLower(double rate_lower, const JudgeErrorBounds& errors) {
  if (!errors.AreBetterThanChance() || !(rate_lower >= 0 && rate_lower <= 1)) return std::nullopt;
  const double least = 1 - errors.specificity.lower;  // of the judge's rate, where none should pass
  const double most = rate_lower <= errors.sensitivity.upper ? errors.sensitivity.upper : 1;  // where all should
  if (!(most > least)) return std::nullopt;
  return std::clamp((rate_lower - least) / (most - least), 0.0, 1.0);
}

std::optional<double> CorrectedUpper(double rate_upper, const JudgeErrorBounds& errors) {
  if (!errors.AreBetterThanChance() || !(rate_upper >= 0 && rate_upper <= 1)) return std::nullopt;
  const double most = errors.sensitivity.lower;
  const double least = rate_upper >= 1 - errors.specificity.upper ? 1 - errors.specificity.upper : 0;
  if (!(most > least)) return std::nullopt;
  return std::clamp((rate_upper - least) / (most - least), 0.0, 1.0);
}

double RateForCorrectedLower(double rate, const JudgeErrorBounds& errors) {
  return rate * errors.sensitivity.upper + (1 - rate) * (1 - errors.specificity.lower);
}

double RateForCorrectedUpper(double rate, const JudgeErrorBounds& errors) {
  return rate * errors.sensitivity.lower + (1 - rate) * (1 - errors.specificity.upper);
}

std::optional<double> JudgeAgreementAt(AgreementStatistic statistic, double sensitivity, double specificity,
                                       double human_pass_share) {
  const auto is_rate = [](double value) { return value >= 0 && value <= 1; };
  if (!is_rate(sensitivity) || !is_rate(specificity) || !(human_pass_share > 0 && human_pass_share < 1)) {
    return std::nullopt;
  }
  const double observed = human_pass_share * sensitivity + (1 - human_pass_share) * specificity;
  const double judged = human_pass_share * sensitivity + (1 - human_pass_share) * (1 - specificity);
  return AgreementOf(statistic, observed, human_pass_share, judged);
}

std::optional<Interval> BoundJudgeAgreement(AgreementStatistic statistic, const SentinelCounts& counts,
                                            double confidence) {
  if (!(confidence > 0.5 && confidence < 1)) return std::nullopt;
  const auto errors = BoundJudgeErrors(counts, 1 - (1 - confidence) / 2);
  if (!errors) return std::nullopt;
  const double share = static_cast<double>(counts.passes) / static_cast<double>(counts.passes + counts.fails);
  const auto lower = JudgeAgreementAt(statistic, errors->sensitivity.lower, errors->specificity.lower, share);
  const auto upper = JudgeAgreementAt(statistic, errors->sensitivity.upper, errors->specificity.upper, share);
  if (!lower || !upper) return std::nullopt;
  return Interval{.lower = *lower, .upper = *upper};
}

std::optional<PeopleAgreement> BoundPeopleAgreement(AgreementStatistic statistic, std::span<const RatedCase> cases,
                                                    double confidence) {
  if (!(confidence > 0.5 && confidence < 1)) return std::nullopt;
  const auto shares = SharesOf(cases);
  if (!shares) return std::nullopt;
  PeopleAgreement agreement{.value = {}, .bounds = {}, .cases = std::ssize(shares->passes)};
  const double passes = MeanOf(shares->passes);
  agreement.value = AgreementOf(statistic, MeanOf(shares->agreement), passes, passes);
  if (statistic == AgreementStatistic::kRaw) {
    agreement.bounds = GaffkeBounds(shares->agreement, confidence);
    return agreement;
  }
  // One end of the agreement and both of the passes.
  const double each = ConfidenceOfEach(confidence);
  const Interval observed = GaffkeBounds(shares->agreement, each);
  const Interval rate = GaffkeBounds(shares->passes, each);
  // All fall with the agreement that chance would give, which is least or most where the shares of passes are most
  // even: in the middle if it lies between, and at the ends.
  const double even = std::clamp(0.5, rate.lower, rate.upper);
  agreement.bounds = {.lower = 1, .upper = -1};
  for (const double at : {rate.lower, rate.upper, even}) {
    const double lower = AgreementOf(statistic, observed.lower, at, at).value_or(-1);
    const double upper = AgreementOf(statistic, observed.upper, at, at).value_or(1);
    agreement.bounds.lower = std::min(agreement.bounds.lower, lower);
    agreement.bounds.upper = std::max(agreement.bounds.upper, upper);
  }
  agreement.bounds.lower = std::max(agreement.bounds.lower, -1.0);
  agreement.bounds.upper = std::min(agreement.bounds.upper, 1.0);
  return agreement;
}

}  // namespace assay
