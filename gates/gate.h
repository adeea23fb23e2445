#pragma once
// Decides a gate: a pure function of the gate's document and what its runs have shown so far.

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "config/gate.h"
#include "core/clock.h"
#include "core/run.h"
#include "gates/earlier_baseline.h"
#include "gates/judge_calibration.h"
#include "gates/observations.h"
#include "gates/verdict.h"

namespace assay {

// What the metrics of an earlier complete run were: of what was scored, without what was missing.
struct EarlierRun {
  struct Metric {
    std::string name;
    double value = 0;
  };
  std::string run;  // id
  std::vector<Metric> metrics = {};
};

// A run of one suite.
struct SuiteEvidence {
  std::string suite;
  std::string suite_version;
  std::string dataset_version;
  std::string cases_digest = {};          // of its cases to the letter, as they were stored; "" where that is not known
  std::vector<std::string> graders = {};  // "name version" of each; a comparison needs the same on either side
  std::string run;                        // id; "" while it does not exist yet (state kPending)
  RunState state = RunState::kPending;
  std::string cause;  // why the run ended in kError
  RunCounts counts;   // of trials, as the run's own record says
  // Costs are those of its answers and of the runs from which it took answers over. Absent: none has a cost.
  std::optional<double> cost_usd = {};
  std::int64_t answers_without_cost = 0;  // which cost_usd does not count
  double unanswered_usd = 0;              // what requests without an answer may have cost at most, as far as known
  std::int64_t answers_cached = 0;        // which cost nothing
  std::int64_t dataset_cases = 0;         // all that there are, whichever of them are looked at
  std::int64_t repeated_cases = 0;        // of these: that ask what another asks, in another cluster where there are
                                          // clusters; 0 also where that is not known
  std::optional<Time> started = {};       // when the first answer was asked for
  std::optional<Time> oldest = {};  // no answer is older; before `started` when some are of the cache or an earlier
                                    // run; absent when that is not known
  std::vector<EarlierRun> history = {};  // of the same suite and model, asked alike: the first and the newest, oldest
                                         // first; where a rule asks for it
  std::int64_t history_deleted = 0;      // how many of the first are not there because they were deleted
  std::string held_by = {};              // what people have to settle before anything can pass; "" nothing
  std::optional<SevereFindings> severe = {};  // absent where no queue had an item of it
  SuiteObservations observations;
  std::vector<JudgeCalibration> judges = {};    // of graders with sentinels
  std::vector<SentinelAnswers> sentinels = {};  // by judge; empty where single answers are not known
  std::vector<PeopleAsked> people = {};         // of metrics that people say or correct

  // Of that grader, or null pointer.
  const JudgeCalibration* FindJudge(std::string_view grader) const {
    const auto found = std::ranges::find(judges, grader, &JudgeCalibration::grader);
    return found == judges.end() ? nullptr : &*found;
  }
};

// The rules whose worst cases are wanted beyond those that a verdict names, and how many of each of their parts. No
// other rule of the gate is decided then, and the state of the verdict is of these alone.
struct WantedCases {
  std::set<std::string> rules;
  std::size_t most = RulePart::kMaxWorstCases;
};

struct GateEvidence {
  std::string gate_version;
  ModelIdentity candidate;
  std::vector<SuiteEvidence> suites;  // the candidate's, one for each suite of the gate, in any order
  // What the candidate is compared with, and its runs on the same cases; of gates with a rule that compares.
  std::optional<ModelIdentity> baseline = {};
  std::vector<SuiteEvidence> baseline_suites = {};
  // What these are held against, of the same cases; of gates with `interleave`, where there is something.
  std::vector<EarlierBaseline> earlier_baseline = {};
  double control_share = 1;  // of the error rate of these comparisons, as error_share
  std::map<std::string, std::vector<StandingAlarm>> alarms = {};  // of the baseline, by suite; also without interleave
  // By suite, on which the baseline is held against what it said before too, whatever the rules name: those of alarms.
  std::map<std::string, std::vector<ControlledPart>> alarmed = {};
  // Of the error rate of every rule: what this look at the evidence may use (looks.h).
  double error_share = 1;
  std::vector<ReleaseBlocker> blockers = {};  // of the candidate, oldest first; without those that were withdrawn
  // 1, and one more for each time that other answers of this candidate were drawn for a verdict that was no PASS, or
  // for a check that had none yet.
  int attempt = 1;
  std::optional<WantedCases> wanted_cases = {};
};

// The confidence that a PASS of a rule needs at this attempt: its error rate is halved each time, so that whoever draws
// answers until the gate passes has at most twice the error rate of one who does not, however often.
double ConfidenceAt(double confidence, int attempt);

// How old the oldest answer may be by the strictest rule `freshness` of the gate; absent without one. Evidence that is
// older by now can only fail.
std::optional<Duration> MaxAgeOf(const GateSpec& gate);

// What the rules `drift` of a gate look at.
struct HistoryNeeded {
  std::int64_t runs = 0;  // earlier runs, the first that have a value of the metrics, and the newest; 0 without a rule
  std::vector<std::string> metrics = {};
};
HistoryNeeded HistoryNeededBy(const GateSpec& gate);

// The verdict at time `now`. Can be asked for at any moment of the runs: PENDING until it is settled. A FAIL is given
// early when no result still to come could change it; PASS, ERROR and INCONCLUSIVE only when every run has ended and
// nothing is outstanding. Never fails: what is wrong with the evidence or a rule is a verdict ERROR that says so.
// O(cases × rules), O(cases) memory for rules on means and quantiles.
Verdict Decide(const GateSpec& gate, const GateEvidence& evidence, Time now);

}  // namespace assay
