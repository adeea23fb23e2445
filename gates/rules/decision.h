#pragma once
// From what a rule finds in the numbers to its state: what to do while cases are outstanding, after errors, and when
// the run did not complete. The same for every rule.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "core/run.h"
#include "gates/rules/rule.h"
#include "gates/verdict.h"

namespace assay {

// Counts of the cases of `input`, under its metric, or under all metrics when it names none.
CaseCounts CountCases(const PartInput& input);

// The state of one part and everything that goes with it. `run_state` and `cause` are of the run the cases belong to.
//   no scored case               never PASS or FAIL of a rule on a metric
//   every completion fails       FAIL, also while the run goes on
//   every completion passes      PASS, provided the run did not end in error or was cancelled (then ERROR)
//   run not ended, or people are still asked   PENDING
//   run ended in error, cancelled              ERROR
//   error cases, and none scored               ERROR
//   the answer differs when error cases count as best or as worst    ERROR
//   else                                       INCONCLUSIVE
RulePart DecidePart(const Rule& rule, const PartInput& input, RunState run_state, const std::string& cause);

// The least n' in (n, kMostCases] for which `decides(n')` holds, found by doubling and bisection, so that with a
// predicate that is not quite monotone (whole cases) it is a close upper estimate. Absent when doubling finds none.
std::optional<std::int64_t> FewestCases(std::int64_t n, const std::function<bool(std::int64_t)>& decides);

// Six significant digits: "0.9", "1234.5". Infinite: "unbounded".
std::string Shown(double value);
// "1 case", "2 cases".
std::string Cases(std::int64_t n);
// "12 of 500 cases are unscored" and the like for whatever is missing; "" when nothing is.
std::string MissingText(const CaseCounts& counts);
// That no number of cases up to kMostCases would do.
std::string CannotBeDecided();

}  // namespace assay
