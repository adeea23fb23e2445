#pragma once
// A product of many factors along a path in the complex plane: prod (1 - delta * ratio)^-weight, which is how a moment
// generating function of weighted exponentials changes with a step `delta` (stats/gaffke.cc).
//
// Far from the poles a factor's logarithm is a short power series in `delta`, and the series of all such factors add up
// to one whose coefficients are real and the same for every step. So thousands of factors cost, at each step, about as
// much as thirty.

#include <array>
#include <complex>
#include <cstddef>
#include <optional>
#include <vector>

namespace assay {

struct RatioTerm {
  double ratio;   // finite
  double weight;  // above 0; whole numbers are cheaper
};

class MomentRatio {
 public:
  MomentRatio() = default;  // of no term: 1
  // `terms` by ratio, the least first.
  explicit MomentRatio(std::vector<RatioTerm> terms);

  // At a step that is no pole; relative to its size exact to about 1e-14. O(different ratios) at first, then mostly
  // O(1). For one thread: it keeps the series.
  std::complex<double> At(std::complex<double> delta);

 private:
  static constexpr std::size_t kDegree = 28;  // 0.25^28 is 1e-17
  static constexpr std::size_t kLevels = 64;

  // The terms whose ratios are at most `reach` from 0.
  struct Series {
    double reach = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::array<double, kDegree> coefficients{};  // of (delta * reach)^1, ^2, …
  };

  // Of the terms that a step of that size leaves near 1; null pointer where too few are.
  const Series* SeriesFor(double size);
  Series MakeSeries(double reach) const;

  std::vector<RatioTerm> terms_;
  double most_ = 0;                            // the largest ratio, without its sign
  std::vector<std::optional<Series>> series_;  // the i-th reaches most_ / 2^i
};

}  // namespace assay
