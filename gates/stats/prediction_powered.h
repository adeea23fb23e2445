#pragma once
// The mean of human scores from few of them and many scores of a judge (prediction-powered inference: Angelopoulos,
// Bates, Fannjiang, Jordan & Zrnic, Science 382, 2023; PPI++: Angelopoulos, Duchi & Zrnic, arXiv 2311.01453). Pure
// functions, thread-safe.
//
// Needs the cases that people scored to be a random sample of all cases. How good the judge is does not matter for
// validity. Normal approximation: for dozens of human scores and more.

#include <optional>
#include <span>

#include "gates/stats/interval.h"

namespace assay {

struct ScoredByBoth {
  std::span<const double> human = {};       // of the cases that people scored
  std::span<const double> judge = {};       // of the same cases, in the same order
  std::span<const double> judge_only = {};  // of the other cases
};

struct PredictionPoweredMean {
  double weight = 0;  // lambda: 0 ignores the judge, 1 trusts its mean
  double mean = 0;
  double standard_error = 0;  // 0 when no score of either kind varies
};

// lambda mean(judge_only) + mean(human - lambda judge), and the square root of lambda^2 var(judge_only) / N + var(human
// - lambda judge) / n with variances over n, as in ppi_py. Absent (no information) for n < 2, no case that only the
// judge scored, lists of different lengths, and scores or a weight that are not finite.
std::optional<PredictionPoweredMean> PredictionPowered(const ScoredByBoth& scores, double weight);

// With the weight that makes the standard error smallest, cov(human, judge) / ((1 + n / N) var(judge)), clipped to [0,
// 1]; 0 when the judge's scores do not vary.
std::optional<PredictionPoweredMean> PredictionPoweredTuned(const ScoredByBoth& scores);

// Normal bounds; `confidence` in (0.5, 1) is that of one bound by itself. Absent for a standard error that is 0 or not
// finite and a confidence out of range.
std::optional<Interval> PredictionPoweredInterval(const PredictionPoweredMean& mean, double confidence);

}  // namespace assay
