#pragma once
// What people said of cases that chance drew, beside what a grader says of all: the mean of what people would say of
// every case. Immutable; thread-safe.
//
// With f the value of the grader, h that of people and p the chance with which a case is drawn, whatever its answer,
// each case counts as f, and one that is drawn as f + (h - f) / p. Its expectation is the mean of h whatever the grader
// says (Horvitz & Thompson, Journal of the American Statistical Association 47, 1952; the difference estimator of
// Saerndal, Swensson & Wretman, Model Assisted Survey Sampling, 1992, section 6.3), and the better the grader, the less
// it varies. These values lie in [1 - 1/p, 1/p], so that bounds of bounded means hold of them at any number of cases.

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "gates/stats/interval.h"

namespace assay {

inline constexpr double kNotSaid = std::numeric_limits<double>::quiet_NaN();

enum class AskedOfPeople : std::uint8_t { kNo, kYes, kUnknown };

struct SampledCase {
  double judged = kNotSaid;                  // by the grader, in [0, 1]
  double said = kNotSaid;                    // by people, likewise; of one that they were asked of
  AskedOfPeople asked = AskedOfPeople::kNo;  // whether chance drew it
};

// Of some cases.
struct SampleSummary {
  std::int64_t asked = 0;
  std::int64_t settled = 0;                      // of these
  std::optional<double> judged_mean = {};        // of the cases that the grader judged
  std::optional<double> judged_mean_asked = {};  // of those that are settled too
  std::optional<double> said_mean = {};          // of the same
  // judged_mean + said_mean - judged_mean_asked, within [0, 1].
  std::optional<double> value = {};
};

class PeopleSample {
 public:
  // `chance` in (0, 1]; 1 where it is not known, and then every case is AskedOfPeople::kUnknown.
  PeopleSample(double chance, std::vector<SampledCase> cases) : chance_(chance), cases_(std::move(cases)) {}

  std::int64_t cases() const { return static_cast<std::int64_t>(cases_.size()); }
  double chance() const { return chance_; }
  // The values of cases lie in [1 - reach(), reach()].
  double reach() const { return 1 / chance_; }
  // What the value of the case lies within: a point when all is known.
  Interval ValueOf(std::size_t ordinal) const;
  const SampledCase& At(std::size_t ordinal) const { return cases_[ordinal]; }
  SampleSummary SummaryOf(std::span<const std::uint32_t> ordinals) const;
  PeopleSample Part(std::span<const std::uint32_t> ordinals) const;

 private:
  double chance_;
  std::vector<SampledCase> cases_;
};

}  // namespace assay
