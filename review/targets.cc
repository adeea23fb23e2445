#include "review/targets.h"

namespace assay {
namespace {

TargetState StateOf(const TargetStanding& standing) {
  if (!standing.value) return TargetState::kNothingYet;
  if (standing.lower.value_or(*standing.value) >= standing.target) return TargetState::kMet;
  if (standing.upper.value_or(*standing.value) < standing.target) return TargetState::kMissed;
  return TargetState::kOpen;
}

TargetStanding PerDay(double target, const ReviewKpis& kpis) {
  TargetStanding standing{.measure = TargetMeasure::kPerDay, .target = target, .of = kpis.person_days};
  if (kpis.person_days == 0) return standing;
  std::int64_t all = 0;
  for (const auto& [role, count] : kpis.judgements) all += count;
  standing.value = static_cast<double>(all) / static_cast<double>(kpis.person_days);
  return standing;
}

TargetStanding AuditsPassed(double target, const ReviewShare& audits) {
  return {.measure = TargetMeasure::kAuditsPassed,
          .target = target,
          .value = audits.share,
          .lower = audits.lower,
          .upper = audits.upper,
          .of = audits.of};
}

TargetStanding Agreement(double target, std::span<const CriterionAgreement> agreement) {
  TargetStanding standing{.measure = TargetMeasure::kAgreement, .target = target};
  for (const CriterionAgreement& each : agreement) {
    if (!each.alpha || (standing.value && *standing.value <= *each.alpha)) continue;
    standing.value = each.alpha;
    // Without an interval it is told, and decides nothing.
    standing.lower = each.alpha_lower.value_or(-1);
    standing.upper = each.alpha_upper.value_or(1);
    standing.of = each.units;
    standing.criterion = each.criterion;
  }
  return standing;
}

}  // namespace

std::vector<TargetStanding> StandingsOf(const QueueSpec& queue, const ReviewKpis& kpis,
                                        std::span<const CriterionAgreement> agreement) {
  std::vector<TargetStanding> standings;
  if (!queue.targets) return standings;
  const TargetsSpec& targets = *queue.targets;
  if (targets.per_day && !queue.PutsQualityFirst()) standings.push_back(PerDay(*targets.per_day, kpis));
  if (targets.audits_passed) standings.push_back(AuditsPassed(*targets.audits_passed, kpis.audits_passed));
  if (targets.agreement) standings.push_back(Agreement(*targets.agreement, agreement));
  for (TargetStanding& standing : standings) standing.state = StateOf(standing);
  return standings;
}

}  // namespace assay
