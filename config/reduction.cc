#include "config/reduction.h"

namespace assay {

std::string DescribeReduction(const Reduction& reduction, int trials) {
  const std::string of = " of " + std::to_string(trials) + (trials == 1 ? " trial" : " trials");
  const std::string k = std::to_string(reduction.k);
  const std::string quorum =
      reduction.quorum == 0 ? "" : " and " + std::to_string(reduction.quorum) + " or more are scored";
  switch (reduction.by) {
    case Reduce::kMean:
      return "the mean" + of;
    case Reduce::kMedian:
      return "the median" + of;
    case Reduce::kMode:
      return "the most frequent value" + of;
    case Reduce::kMax:
      return "the largest" + of;
    case Reduce::kMin:
      return "the smallest" + of;
    case Reduce::kMajority:
      return "whether most" + of + " pass" + quorum;
    case Reduce::kAtLeastK:
      return "whether at least " + k + of + " pass";
    case Reduce::kPassAtK:
      return "pass@" + k + of;
    case Reduce::kPassHatK:
      return "pass^" + k + of;
  }
  return "";
}

}  // namespace assay
