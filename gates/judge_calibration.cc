#include "gates/judge_calibration.h"

#include <algorithm>

#include "core/json.h"
#include "gates/stats/proportion.h"

namespace assay {
namespace {

Estimate ShareOf(std::int64_t right, std::int64_t lost, std::int64_t all, double confidence) {
  Estimate estimate;
  estimate.confidence = confidence;
  estimate.cases = all - lost;
  if (estimate.cases < 1) return estimate;
  estimate.value = static_cast<double>(right) / static_cast<double>(estimate.cases);
  estimate.lower = ClopperPearsonLower(right, all, confidence);
  estimate.upper = ClopperPearsonUpper(right + lost, all, confidence);
  estimate.method = "clopper_pearson";
  return estimate;
}

}  // namespace

std::string JudgeCalibration::Unsteady() const {
  if (answered_by.size() < 2) return "";
  std::string names;
  for (const std::string& each : answered_by) {
    names += (names.empty() ? "" : ", ") + (each.empty() ? std::string("one that it did not name") : Json(each).Dump());
  }
  return "the endpoint of judge \"" + judge + "\" answered with several models during the run: " + names;
}

Estimate SensitivityOf(const SentinelCounts& counts, double confidence) {
  return ShareOf(counts.true_passes, counts.lost_passes, counts.passes, confidence);
}

Estimate SpecificityOf(const SentinelCounts& counts, double confidence) {
  return ShareOf(counts.true_fails, counts.lost_fails, counts.fails, confidence);
}

SentinelCounts WorseOf(const SentinelCounts& a, const SentinelCounts& b) {
  SentinelCounts worse = a;
  worse.true_passes = std::min(a.true_passes, b.true_passes);
  worse.true_fails = std::min(a.true_fails, b.true_fails);
  worse.lost_passes = std::max(a.true_passes + a.lost_passes, b.true_passes + b.lost_passes) - worse.true_passes;
  worse.lost_fails = std::max(a.true_fails + a.lost_fails, b.true_fails + b.lost_fails) - worse.true_fails;
  return worse;
}

std::optional<double> AgreementOfJudge(const SentinelCounts& counts) {
  const std::int64_t judged = counts.passes - counts.lost_passes + counts.fails - counts.lost_fails;
  if (judged < 1) return std::nullopt;
  return static_cast<double>(counts.true_passes + counts.true_fails) / static_cast<double>(judged);
}

}  // namespace assay
