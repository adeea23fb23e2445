#pragma once
// What sentinels, cases whose labels people gave, show of a judge that errs, at any number of them, and what follows
// for the rate behind its verdicts. Pure functions, thread-safe.
//
// Sensitivity is the probability that the judge passes what people pass; specificity, that it fails what they fail. As
// in judge_correction.h, but with bounds that hold at every sample size: no variance is estimated. What they rest on is
// that the judge errs on the cases at hand as often as on the sentinels of the same class; nothing here can show that.

#include <cstdint>
#include <optional>
#include <span>

#include "core/agreement_statistic.h"
#include "gates/stats/interval.h"

namespace assay {

// A judge's verdicts on sentinels, in numbers of sentinels. `lost` had no verdict: they could have been right or wrong.
struct SentinelCounts {
  std::int64_t passes = 0;       // that people pass
  std::int64_t true_passes = 0;  // of these: the judge does too
  std::int64_t lost_passes = 0;
  std::int64_t fails = 0;       // that people fail
  std::int64_t true_fails = 0;  // of these: the judge does too
  std::int64_t lost_fails = 0;

  // Whether the counts fit together (none negative, true and lost ones no more than there are of the class) and there
  // is a verdict on each class.
  bool IsUsable() const;
  friend bool operator==(const SentinelCounts&, const SentinelCounts&) = default;
};

// Probabilities in [0, 1].
struct JudgeErrorBounds {
  Interval sensitivity = {};
  Interval specificity = {};

  // Whether the lower bounds show that the judge is better than one that never looks: Youden's index (Cancer 3, 1950),
  // sensitivity + specificity - 1, is above 0.
  bool AreBetterThanChance() const { return sensitivity.lower + specificity.lower > 1; }
};

// Clopper and Pearson's bounds, each by itself at `confidence` in (0.5, 1): what is lost counts as wrong from below, as
// right from above. Of a class with one sentinel nothing is known: 0 and 1. Absent (no information) for counts that are
// not usable and a confidence out of range.
std::optional<JudgeErrorBounds> BoundJudgeErrors(const SentinelCounts& counts, double confidence);

// Of each of the three bounds that a corrected one is made of, so that all hold at `confidence` (Bonferroni; the
// samples need not be independent): 1 - (1 - confidence) / 3. `confidence` in (0, 1), which is not looked at.
double ConfidenceOfEach(double confidence);

// Bounds of the rate theta behind a judge whose pass rate is p = theta * sensitivity + (1 - theta) * (1 - specificity).
// With a lower bound of p, an upper one of the sensitivity and a lower one of the specificity, p_L <= theta * se_U +
// (1 - theta) * (1 - sp_L), so that theta >= (p_L + sp_L - 1) / (se_U + sp_L - 1); and mirrored from above. Bounds that
// hold each at ConfidenceOfEach(c) give one that holds at c, at any number of cases and sentinels. (The plug-in of
// Rogan & Gladen, American Journal of Epidemiology 107, 1978, at the corners of the three intervals; they rise with p
// and specificity and fall with sensitivity.) Within [0, 1].
// Absent (no information) when the judge is not shown to be better than chance and for p outside [0, 1], NaN included.
// Where p lies beyond what a judge with
// these error rates could give, its sensitivity (from above its specificity) is taken for 1, which assumes less.
std::optional<double> CorrectedLower(double rate_lower, const JudgeErrorBounds& errors);
std::optional<double> CorrectedUpper(double rate_upper, const JudgeErrorBounds& errors);

// The pass rates of the judge at which those bounds are `rate` in [0, 1], short of where they fall: the same equation
// solved for p. Total functions; of a judge that is not better than chance they mean nothing.
double RateForCorrectedLower(double rate, const JudgeErrorBounds& errors);
double RateForCorrectedUpper(double rate, const JudgeErrorBounds& errors);

// Of a judge with these error rates, in [0, 1], and people, when people pass this share in (0, 1): the statistic of the
// fourfold table that these make (Cohen, Educational and Psychological Measurement 20, 1960; Krippendorff, Content
// Analysis, of many cases; Gwet, British Journal of Mathematical and Statistical Psychology 61, 2008). All four rise
// with either rate. Absent (no information) for rates and shares out of range, and where chance alone would agree
// always.
std::optional<double> JudgeAgreementAt(AgreementStatistic statistic, double sensitivity, double specificity,
                                       double human_pass_share);

// Bounds of the agreement on cases of which people pass the same share as of the sentinels: the statistic at the bounds
// of sensitivity and specificity, each at half the error rate. Hold at any number of sentinels. Absent as
// BoundJudgeErrors and JudgeAgreementAt.
std::optional<Interval> BoundJudgeAgreement(AgreementStatistic statistic, const SentinelCounts& counts,
                                            double confidence);

// The labels that people gave one case, each by somebody else.
struct RatedCase {
  std::int64_t passes = 0;
  std::int64_t fails = 0;
  friend bool operator==(const RatedCase&, const RatedCase&) = default;
};

struct PeopleAgreement {
  std::optional<double> value;  // absent where there is no variation to agree on, of other statistics than the share
  Interval bounds = {};
  std::int64_t cases = 0;  // with two labels or more
};

// Of people among themselves, over cases with two labels or more. Gaffke's bounds (gaffke.h) of the mean share of pairs
// that agree and of the mean share of passes, each value one case, and the statistic at their worst, at a third of the
// error rate each. Kappa is that of several raters (Fleiss), with equal weight of each case; of very many cases it is
// alpha. Bounds that reach beyond what is shown are those of the statistic's range, and so are those of a single case.
// `confidence` in (0.5, 1). Absent (no information) without such a case, for negative counts and a confidence out of
// range.
std::optional<PeopleAgreement> BoundPeopleAgreement(AgreementStatistic statistic, std::span<const RatedCase> cases,
                                                    double confidence);

}  // namespace assay
