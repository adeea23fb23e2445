#pragma once
// What the two-sided functions of this folder return.

namespace assay {

// Two one-sided bounds. The `confidence` that the functions ask for is that of one bound by itself, as in proportion.h:
// 0.95 leaves 5 % beyond either, together they are a 90 % interval; two-sided 95 % limits are asked for with 0.975.
struct Interval {
  double lower = 0;
  double upper = 0;

  friend bool operator==(const Interval&, const Interval&) = default;
};

}  // namespace assay
