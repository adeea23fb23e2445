#include "runners/graders/frame/mean.h"

#include <algorithm>
#include <cmath>

namespace assay {
namespace {

// Keeps what an addition loses (Neumaier).
class CompensatedSum {
 public:
  void Add(double number) {
    const double sum = sum_ + number;
    lost_ += std::abs(sum_) >= std::abs(number) ? (sum_ - sum) + number : (number - sum) + sum_;
    sum_ = sum;
  }
  double total() const { return sum_ + lost_; }

 private:
  double sum_ = 0;
  double lost_ = 0;
};

}  // namespace

double WeighedMean(std::span<const WeighedNumber> numbers) {
  const double first = numbers.front().value;
  if (std::ranges::all_of(numbers, [&](const WeighedNumber& each) { return each.value == first; })) return first;
  CompensatedSum values;
  CompensatedSum weights;
  for (const WeighedNumber& each : numbers) {
    values.Add(each.weight * each.value);
    weights.Add(each.weight);
  }
  const double mean = values.total() / weights.total();
  constexpr double kStep = 1e12;
  constexpr double kMostRounded = 1000;  // what lies above has no 12 digits after the point
  return std::abs(mean) < kMostRounded ? std::round(mean * kStep) / kStep : mean;
}

}  // namespace assay
