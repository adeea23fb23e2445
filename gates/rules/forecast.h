#pragma once
// How many more cases would settle a threshold, if they were like those seen. Estimates for people; they decide
// nothing. Pure functions, thread-safe.

#include <cstdint>
#include <functional>
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

// What that many cases, distributed like those seen, would show. More than one case each.
using ForecastOf = std::function<Forecast(std::int64_t cases)>;

// `method` is that of the bounds (bounds.h), of another one nothing is foretold: empty; `values` are means of cases,
// not empty.
ForecastOf ForecastMean(const ThresholdQuestion& question, const std::vector<double>& values, std::string_view method);
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

// The fewest cases above `n` that would decide; absent when none up to kMostCases would, and of an empty forecast.
std::optional<MoreCases> FewestCasesThatDecide(std::int64_t n, const ForecastOf& forecast);

// The same of an INCONCLUSIVE part with its counts, in words; sets its more_cases.
std::string WhatWouldDecide(const ForecastOf& forecast, RulePart& part);

}  // namespace assay
