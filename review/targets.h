#pragma once
// How a queue stands against what is wanted of it. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/queue.h"
#include "review/agreement.h"
#include "review/kpis.h"

namespace assay {

enum class TargetMeasure { kPerDay, kAuditsPassed, kAgreement };
template <>
struct EnumWords<TargetMeasure> {
  static constexpr EnumWord<TargetMeasure> kWords[] = {
      {"per_day", TargetMeasure::kPerDay, "judgements of a person on a day on which they work"},
      {"audits_passed", TargetMeasure::kAuditsPassed, "share of audits"},
      {"agreement", TargetMeasure::kAgreement, "Krippendorff's alpha of the criterion on which it is least"}};
};

enum class TargetState { kNothingYet, kMet, kMissed, kOpen };
template <>
struct EnumWords<TargetState> {
  static constexpr EnumWord<TargetState> kWords[] = {
      {"nothing_yet", TargetState::kNothingYet, "nothing was measured"},
      {"met", TargetState::kMet, "the lower bound is at the target or above"},
      {"missed", TargetState::kMissed, "the upper bound is below the target"},
      {"open", TargetState::kOpen, "the target lies between the bounds"}};
};

struct TargetStanding {
  TargetMeasure measure = TargetMeasure::kPerDay;
  double target = 0;
  std::optional<double> value = {};
  std::optional<double> lower = {};  // two-sided 95 %; absent of per_day, which is a count
  std::optional<double> upper = {};
  std::int64_t of = 0;         // days of persons, audits, items
  std::string criterion = {};  // of agreement
  TargetState state = TargetState::kNothingYet;
};
// Of those that are declared, in their order; volume is never among them where quality goes first. Agreement is that of
// the criterion with the least alpha; one of which everybody says the same has none, and is passed over.
std::vector<TargetStanding> StandingsOf(const QueueSpec& queue, const ReviewKpis& kpis,
                                        std::span<const CriterionAgreement> agreement);

}  // namespace assay
