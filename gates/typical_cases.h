#pragma once
// Cases that are made up for plans (plan.h): as many as there are, whose values vary as is assumed of them and whose
// mean is asked for. They are no draw but the quantiles of their distribution, so that a plan is the same each time.
// Private to gates/. Immutable, thread-safe.

#include <cstdint>
#include <span>
#include <vector>

namespace assay {

enum class VariationForm {
  kPassFail,         // 0 or 1
  kGraded,           // in [0, 1]: a beta distribution
  kUnbounded,        // a normal distribution
  kDisagreement,     // a difference of passes and failures: -1, 0 or 1
  kDifferenceInUnit  // of graded values: evenly spread
};

struct Variation {
  VariationForm form = VariationForm::kPassFail;
  // kGraded: the variance as a share, in (0, 1), of the greatest that a mean allows, which is mean (1 - mean).
  // kUnbounded, kDifferenceInUnit: the standard deviation, above 0. kDisagreement: the share of the cases that only one
  // of the models passes, in (0, 1).
  double parameter = 0;
  double intracluster = 0;  // the correlation of two cases of a cluster, in [0, 1]
};

// Of one case, where the mean is `mean`.
double DeviationAt(const Variation& variation, double mean);

// By how much the variance of a mean over cases in clusters exceeds that over as many independent cases:
// 1 + (m - 1) intracluster, where m is the mean size of the cluster that a case is of (Kish, Survey Sampling, 1965,
// section 5.4). 1 without clusters. `clusters` is that of each case, numbered from 0.
double DesignEffect(std::span<const std::uint32_t> clusters, double intracluster);

class TypicalCases {
 public:
  // `cases` >= 1; `clusters` as above, empty without. `seed` says which cases of which clusters are which.
  TypicalCases(const Variation& variation, std::int64_t cases, std::span<const std::uint32_t> clusters,
               std::uint64_t seed);

  // The value of each case. Their mean is about `mean`, which lies in what the form allows.
  std::vector<double> WithMean(double mean) const;

 private:
  Variation variation_;
  // Of each case where in the distribution it lies, in (0, 1). Two cases of a cluster have the same place with a
  // probability of `intracluster`, else places of their own: so correlated are their values, whatever is made of it.
  std::vector<double> places_;
};

}  // namespace assay
