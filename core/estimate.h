#pragma once
// A number with its uncertainty.

#include <cstdint>
#include <optional>
#include <string>

namespace assay {

struct Estimate {
  std::optional<double> value;  // absent: no information
  std::optional<double> lower;  // absent: unbounded below, or no information
  std::optional<double> upper;
  double confidence = 0.95;  // of each bound by itself (one-sided) unless `method` says otherwise
  std::string method;        // "clopper_pearson", "t", "order_statistic", ...
  std::int64_t cases = 0;    // the unit of n
};

}  // namespace assay
