#pragma once
// From what a rule finds in the numbers to its state: what to do while cases are outstanding, after errors, and when
// the run did not complete. The same for every rule.

#include <cstdint>
#include <optional>
#include <string>

#include "core/run.h"
#include "gates/rules/rule.h"
#include "gates/verdict.h"

namespace assay {

// Counts of the cases of `input`, under its metric, or under all metrics when it names none. With a baseline a case is
// the first of these that it is for either.
CaseCounts CountCases(const PartInput& input);

// How far a run has come.
struct RunProgress {
  RunState state = RunState::kPending;
  std::string cause = {};        // why it ended in error or was stopped
  std::string name = "the run";  // for people
};

// Of the runs that a comparison rests on, the one that allows less: ended in error, cancelled, stopped, not ended,
// complete; of equal ones the first.
const RunProgress& Worse(const RunProgress& a, const RunProgress& b);

// The state of one part and everything that goes with it. `run` is what the cases belong to, of two the worse.
//   no scored case               never PASS or FAIL of a rule on a metric
//   every completion fails       FAIL, also while the run goes on
//   every completion passes      PASS, provided the run did not end in error or was cancelled (then ERROR)
//   run not ended, or people are still asked   PENDING
//   run ended in error, cancelled              ERROR
//   error cases, and none scored               ERROR
//   the answer differs when error cases count as best or as worst    ERROR
//   else                                       INCONCLUSIVE
RulePart DecidePart(const Rule& rule, const PartInput& input, const RunProgress& run);

// Absent of a bound that there is not.
std::optional<double> Finite(double value);

// Six significant digits: "0.9", "1234.5". Infinite: "unbounded".
std::string Shown(double value);
// "1 case", "2 cases".
std::string Cases(std::int64_t n);
// "12 of 500 cases are unscored" and the like for whatever is missing; "" when nothing is.
std::string MissingText(const CaseCounts& counts);
// That no number of cases up to kMostCases would do.
std::string CannotBeDecided();

}  // namespace assay
