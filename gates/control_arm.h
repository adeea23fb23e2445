#pragma once
// The baseline as a control: asked anew beside the candidate (`interleave`), it should do as it did before. Where it
// does not, the endpoint or a judge has changed, and a comparison with it says nothing of the candidate.

#include <string>
#include <vector>

#include "config/gate.h"
#include "gates/gate.h"

namespace assay {

// The error rate of all comparisons of a check together: how often an unchanged baseline is taken to have moved.
inline constexpr double kControlErrorRate = 0.01;

// A metric on which the baseline is held against what it said before, and the slices in whose values it is too.
struct ControlledMetric {
  std::string name;
  std::vector<std::string> slices = {};
  friend bool operator==(const ControlledMetric&, const ControlledMetric&) = default;
};

// Those that the gate's blocking rules name, and those of `alarmed` that the suite has.
std::vector<ControlledMetric> ControlledMetrics(const GateSpec& gate, const SuiteObservations& suite,
                                                const std::vector<ControlledPart>& alarmed);

// The baseline against its first runs, on each metric of values in [0, 1] that a blocking rule of the gate names or
// that an alarm is of, in each suite that has such runs: the mean of the differences case by case, whatever else the
// metric makes of the cases, with both one-sided bounds of rules that compare (rules/paired_values.h). Of rules `by`
// slices also in each of their values: what dies in one of twenty does not show in the mean of all. Those of all cases
// share the error rate equally, or half of it where there are slices, which share the other half; what an alarm is of
// is compared at the whole, so that what raised it could see it again. Has it moved, one bound excludes 0. A case of
// which a trial is missing is none of them. Times and costs are left out, since they move by themselves. Pure,
// thread-safe. O(metrics x slices x cases).
std::vector<ControlComparison> CompareControls(const GateSpec& gate, const GateEvidence& evidence);

// Of a suite of which more of the known cases than this have no value now, nothing is known of the baseline.
inline constexpr double kMostMissing = 0.5;

// Whether the comparison shows that the baseline is not where an alarm saw it: its interval, with each case that has no
// value now taken to have moved as far as it can, excludes that move of the alarm's cases, which are among its own. On
// more cases that is a smaller one, as the others need not have moved; on fewer, but for a twentieth, nothing is
// excluded, since those that moved may be the others. A baseline that is still there is cleared no more often than the
// comparison's error rate. What was seen in a slice is excluded only there, and what was seen in all cases by
// all. False where it does not
// say.
bool Excludes(const ControlComparison& comparison, const StandingAlarm& alarm);

// Whether it found nothing where the alarm's move would show at least every other time, and would have found nothing
// either if each case that has no value now had moved as far as it can in that direction. On as many cases as the
// alarm's it would: the move lay outside bounds as wide as these. On more its own bounds must be narrower than what is
// left of the move there.
bool FindsNothing(const ControlComparison& comparison, const StandingAlarm& alarm);

// The first alarm of the suite to which no comparison is an answer: one of its metric that has moved too, or that
// excludes it. Null pointer: none.
const StandingAlarm* FindUnanswered(const std::string& suite, const std::vector<StandingAlarm>& alarms,
                                    const std::vector<ControlComparison>& comparisons);

// For people: "m" or "m" in lang=de.
std::string TextOf(const ControlledPart& part);

// For people, of one that has moved, of one that lacks too much, and of an alarm that stands.
std::string TextOf(const ControlComparison& comparison);
std::string TextOfSilence(const ControlComparison& comparison);
std::string TextOf(const std::string& suite, const StandingAlarm& alarm);

}  // namespace assay
