#pragma once
// How many more cases would settle a threshold, if they were like those seen. Estimates for people; they decide
// nothing. Pure functions, thread-safe.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gates/rules/bounds.h"
#include "gates/rules/rule.h"
#include "gates/verdict.h"

namespace assay {

enum class Direction { kAtLeast, kAtMost };

struct ThresholdQuestion {
  Direction direction;
  double threshold;
  double confidence;  // one-sided
};

enum class Forecast { kNeither, kPass, kFail };

// How far beyond what is asked for the evidence would reach, for PASS and for FAIL: 0 or more where it is shown. In any
// unit that grows about with the root of the number of cases, so that few of these are asked for
// (FewestCasesThatDecide); infinite where no such number is known.
struct Reach {
  double pass = -std::numeric_limits<double>::infinity();
  double fail = -std::numeric_limits<double>::infinity();

  Forecast Outcome() const {
    if (pass >= 0) return Forecast::kPass;
    return fail >= 0 ? Forecast::kFail : Forecast::kNeither;
  }
};
// Where no more than the outcome is known.
Reach ReachOf(Forecast outcome);
// Of evidence whose probability, were the opposite true, has the logarithm `log_p`: at least 0 where that is no more
// than 1 - confidence; -infinity of no information.
double ReachOfEvidence(std::optional<double> log_p, double confidence);
// Of a bound that lies `distance` on the good side of what it must reach, and must not be 0 where it `is_strict`.
double ReachOfBound(double distance, bool is_strict, std::int64_t cases);

// What that many cases, distributed like those seen, would show. More than one case each.
using ForecastOf = std::function<Reach(std::int64_t cases)>;

// `method` is that of the bounds (bounds.h), of another one nothing is foretold: empty; `values` are means of cases,
// not empty.
ForecastOf ForecastMean(const ThresholdQuestion& question, const std::vector<double>& values, std::string_view method);
// Of values in [0, 1] by Gaffke's bounds, in the groups that ForecastGroups makes of them: at most 64 that keep their
// mean. O(n) of more than 8,192 values, else O(n log n).
ForecastOf ForecastOfGroups(const ThresholdQuestion& question, const std::vector<WeightedValue>& groups);
std::vector<WeightedValue> ForecastGroups(const std::vector<double>& values);
ForecastOf ForecastQuantile(const ThresholdQuestion& question, const std::vector<double>& values, double q);
ForecastOf ForecastTrialQuantile(const ThresholdQuestion& question, const std::vector<TrialBox>& boxes, double q);

// The bounds that so many cases, distributed like those seen, would have: what a rule on two of them at once is
// foretold with. `values` as above; empty for a method nothing is foretold of. Graded values are grouped, a mean of 16
// each.
using ForecastBounds = std::function<Bounds(std::int64_t cases, double confidence)>;
ForecastBounds ForecastMeanBounds(const std::vector<double>& values, std::string_view method);
ForecastBounds ForecastQuantileBounds(std::vector<double> values, double q);

// A forecast at one confidence, made by `at`; where FAIL needs another confidence than PASS, what either side says at
// its own. Empty where `at` gives none.
ForecastOf ForecastOfSides(const PartInput& input, const std::function<ForecastOf(const PartInput& at)>& at);

struct MoreCases {
  std::int64_t cases;  // in all
  Forecast outcome;    // kPass or kFail
};

// The fewest cases above `n` that would decide, by secants where the reach is known, which takes some eight forecasts;
// else by doubling and bisection: with a forecast that is not quite monotone (whole cases) a close upper estimate.
// Absent when none up to kMostCases would, and of an empty forecast.
std::optional<MoreCases> FewestCasesThatDecide(std::int64_t n, const ForecastOf& forecast);

// The same of an INCONCLUSIVE part with its counts, in words; sets its more_cases.
std::string WhatWouldDecide(const ForecastOf& forecast, RulePart& part);

}  // namespace assay
