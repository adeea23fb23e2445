#pragma once
// What is known of a judge from the sentinels of one run: which judge it was, and how it did.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/estimate.h"
#include "gates/stats/judge_bounds.h"

namespace assay {

struct JudgeCalibration {
  std::string grader;
  std::string judge = {};    // the model that judges, as the catalog names it
  std::string version = {};  // of the grader: its kind, prompt and the content of that model's document
  std::string prompt = {};   // digest of its prompt
  // What answered, as the endpoint names it, for the sentinels and for the cases; "" where it does not say.
  std::vector<std::string> answered_by = {};
  SentinelCounts counts = {};          // lost are also those not asked yet
  std::vector<RatedCase> people = {};  // of the sentinels that several people labelled

  // People have scored answers of the run in its place: the rate that counts is not the judge's any more, and
  // correcting it would correct them.
  bool is_revised = false;

  // What shows that it judged otherwise in the second half of what counts than in the first; "" nothing.
  std::string changed = {};

  // Why its error rates are not those of one judge, "" when they are.
  std::string Unsteady() const;
  friend bool operator==(const JudgeCalibration&, const JudgeCalibration&) = default;
};

// What a judge said of one sentinel of a run.
struct SentinelAnswer {
  bool passes = false;         // what people say
  std::int64_t due_cases = 0;  // it was asked when so many cases of the run's order had ended; 0: not known when
  // In this run, and then in each whose answers it took over; absent where the judge gave no verdict.
  std::vector<std::optional<bool>> verdicts = {};
};
using SentinelAnswers = std::vector<SentinelAnswer>;

// Of all of them. Of a run that took answers over the worse of each count (WorseOf); a sentinel that an earlier run did
// not come to counts there as it is judged now.
SentinelCounts CountsOf(const SentinelAnswers& answers);

// How often a judge that does not change is taken for changed in a run, however often it is looked at.
inline constexpr double kJudgeChangeErrorRate = 0.01;

// The judge as it was while the first `cases` were asked: by the sentinels that were due by then. These are spread as
// the cases are, so that their error rates are the means of those that the cases met, also of a judge that changes. One
// that is shown to have changed is said to have (`changed`): of each label the right and wrong verdicts of the first
// half are held against those of the second by Fisher's exact test, at an equal share of kJudgeChangeErrorRate for each
// label and each look that there may be. Pure.
JudgeCalibration CalibratedOn(JudgeCalibration judge, const SentinelAnswers& answers, std::int64_t cases);

// The share of right verdicts on one class with Clopper and Pearson's bounds at `confidence`; what is lost counts in
// the bounds as it does in BoundJudgeErrors, and is left out of the value.
Estimate SensitivityOf(const SentinelCounts& counts, double confidence);
Estimate SpecificityOf(const SentinelCounts& counts, double confidence);

// Of one judge at two times, on the same sentinels: right for certain no more often than at either, and perhaps right
// no less often. The bounds of its error rates then hold at both times, and so for verdicts some of which are of
// either.
SentinelCounts WorseOf(const SentinelCounts& a, const SentinelCounts& b);

// Share of right verdicts among all; absent without one.
std::optional<double> AgreementOfJudge(const SentinelCounts& counts);

// What a part of a rule rests on that is a judge's opinion: of it, and of the baseline's run. A rule on several metrics
// has several.
struct JudgeEvidence {
  std::vector<JudgeCalibration> judges = {};
  std::vector<JudgeCalibration> baseline_judges = {};
  Estimate raw = {};            // the judge's own pass rate, of rules on one metric; no method where there is none
  bool is_corrected = false;    // else its verdicts were taken as they are
  std::int64_t not_judged = 0;  // trials that failed for want of anything to judge, of rules on one metric
  double confidence = 0.95;     // of the bounds of its error rates when shown
};

}  // namespace assay
