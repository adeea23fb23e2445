#pragma once
// The statistics of agreement as documents name them.

#include "config/fields.h"
#include "core/agreement_statistic.h"

namespace assay {

template <>
struct EnumWords<AgreementStatistic> {
  static constexpr EnumWord<AgreementStatistic> kWords[] = {
      {"raw", AgreementStatistic::kRaw, "share of agreement"},
      {"kappa", AgreementStatistic::kKappa, "Cohen's kappa"},
      {"alpha", AgreementStatistic::kAlpha, "Krippendorff's alpha"},
      {"ac1", AgreementStatistic::kAc1, "Gwet's AC1"}};
};

}  // namespace assay
