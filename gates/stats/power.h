#pragma once
// How many cases a comparison needs, what it can detect and how probably, planned by the normal approximation (Miller,
// arXiv 2411.00640, §5; for non-inferiority with the margin in the place of the difference). Pure functions,
// thread-safe.
//
// `confidence` in (0.5, 1) is that of one bound by itself: 0.975 plans a two-sided test of 5 %, 0.95 a one-sided one.
// Variances and differences are in units of the metric. Where the variance comes from a small pilot, an upper bound for
// it belongs here, not its estimate. Absent results mean no information: a number out of range or not finite, and a
// variance of 0, with which every plan would need one case.

#include <optional>

namespace assay {

struct PowerPlan {
  double confidence = 0.975;
  double power = 0.8;  // in (0.5, 1): how probably the difference is to be detected
};

// What makes two models' scores of a case differ.
struct PairedVariance {
  double between_cases = 0;  // of the true difference of a case, over cases
  double within_first = 0;   // of one trial of a case, on average over cases
  double within_second = 0;
  double first_trials = 1;  // of each case; at least 1
  double second_trials = 1;

  friend bool operator==(const PairedVariance&, const PairedVariance&) = default;
};

// Of the observed difference of one case: between + within_first / first_trials + within_second / second_trials.
std::optional<double> VarianceOfDifference(const PairedVariance& parts);

// Cases with which a true difference of `difference` > 0 is detected: (z(confidence) + z(power))^2 variance /
// difference^2. Not rounded; whole cases are the next integer, at least 2.
std::optional<double> CasesNeeded(double variance, double difference, const PowerPlan& plan);

// The least difference that `cases` >= 2 detect: (z(confidence) + z(power)) sqrt(variance / cases).
std::optional<double> DetectableDifference(double variance, double cases, const PowerPlan& plan);

// How probably `cases` >= 2 detect a difference of `difference` >= 0: P(Z <= difference / sqrt(variance / cases) -
// z(confidence)); what is detected on the wrong side is not counted.
std::optional<double> PowerOf(double variance, double difference, double cases, double confidence);

// Of passes and failures: the variance of first less second when the two disagree on a share `discordance` of the cases
// and differ by `difference`: discordance - difference^2; |difference| <= discordance <= 1.
std::optional<double> VarianceOfPairedBinary(double discordance, double difference);

// Cases with which a candidate that truly differs by `difference` (0: as good) is shown to be no worse than -margin;
// margin in (0, 1], difference > -margin. Not rounded. Holds where disagreements are not rare: at least
// EqualCasesNeededByTango (noninferiority.h) are needed whatever the discordance.
std::optional<double> NonInferiorityCasesNeeded(double discordance, double difference, double margin,
                                                const PowerPlan& plan);

}  // namespace assay
