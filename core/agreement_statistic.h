#pragma once
// How agreement is measured.

#include <cstdint>

namespace assay {

// Agreement on passes and failures: the share of agreement, Cohen's kappa (Scott's pi of more than two raters),
// Krippendorff's alpha (nominal, of very many cases) and Gwet's AC1 (gates/stats: kappa.h, krippendorff.h, gwet.h).
enum class AgreementStatistic : std::uint8_t { kRaw, kKappa, kAlpha, kAc1 };

}  // namespace assay
