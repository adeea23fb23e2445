#pragma once
// Alarms that a series has moved: a judge's agreement with people, a daily pass rate. They say that a calibration is
// out of date, not that a candidate is bad. Pure functions, thread-safe.
//
// Each is absent (no information) for a value that is NaN or infinite and for parameters out of range.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace assay {

// Exponentially weighted moving average (Roberts, Technometrics 1, 1959; NIST/SEMATECH e-Handbook 6.3.2.4):
// z = weight x + (1 - weight) z before, from `start`. One number a value; empty for none. weight in (0, 1].
std::optional<std::vector<double>> EwmaSeries(std::span<const double> values, double weight, double start);

struct EwmaChart {
  double deviation = 0;  // standard deviation of one value, > 0
  double weight = 0.2;   // in (0, 1]
  double width = 3;      // L > 0: limits lie this many standard deviations of the average away
};
// How far the limits lie from the centre after `count` values; grows with the count.
std::optional<double> EwmaHalfWidth(const EwmaChart& chart, std::size_t count);
// After many.
std::optional<double> EwmaHalfWidth(const EwmaChart& chart);
// The same after `count` values the first `reference` of which are those that centre and `deviation` were estimated of,
// at least 2: wider by what that leaves unknown. The variance of the average is that of the centre too, and what is not
// of the deviations of the reference from their mean is divided by an estimate that it has no part in (EstimateFactor).
std::optional<double> EwmaHalfWidth(const EwmaChart& chart, std::size_t count, std::size_t reference);

// How much further limits have to lie that are 3 known deviations away, where the deviation is an estimate of `count`
// normal values: Student's t at the same chance, over 3. Falls to 1; absent below 2.
std::optional<double> EstimateFactor(std::size_t count);

// Tabular CUSUM (Page, Biometrika 41, 1954; Montgomery, Introduction to Statistical Quality Control, §9.1): in standard
// deviations, high = max(0, high + z - slack) and low = max(0, low - z - slack).
struct CusumChart {
  double mean = 0;
  double deviation = 0;  // > 0
  double slack = 0.5;    // k >= 0: half of the shift that is to be found soon
};
struct CusumSums {
  double high = 0;
  double low = 0;
};
std::optional<std::vector<CusumSums>> CusumSeries(std::span<const double> values, const CusumChart& chart);
// The index of the first sum at or above `threshold`, mostly 4 or 5; absent when there is none. A threshold that is NaN
// alarms at once.
std::optional<std::size_t> FirstAlarm(std::span<const CusumSums> sums, double threshold);

// Page-Hinkley (Page 1954, Hinkley 1971), as in river: alarm when the forgetful sum of what exceeds the mean so far by
// more than `tolerance` lies more than `threshold` above its least value so far. Finds rises only: give losses, or the
// negated values in a second call.
struct PageHinkleyChart {
  std::size_t least_values = 30;  // before an alarm
  double tolerance = 0.005;       // delta, in units of the values, >= 0
  double threshold = 50;          // lambda, in units of the values, > 0
  double memory = 0.9999;         // alpha, in (0, 1]
};
struct PageHinkleyResult {
  std::optional<std::size_t> alarm = {};  // the index of the first value that raises it
  double rise = 0;                        // how far the sum of the last value looked at lies above the least
};
// After an alarm, start anew behind it.
std::optional<PageHinkleyResult> PageHinkley(std::span<const double> values, const PageHinkleyChart& chart);

}  // namespace assay
