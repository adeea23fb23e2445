#pragma once
// What is known of a judge from the sentinels of one run: which judge it was, and how it did.

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

  // Why its error rates are not those of one judge, "" when they are.
  std::string Unsteady() const;
  friend bool operator==(const JudgeCalibration&, const JudgeCalibration&) = default;
};

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
  Estimate raw = {};          // the judge's own pass rate, of rules on one metric; no method where there is none
  bool is_corrected = false;  // else its verdicts were taken as they are
  double confidence = 0.95;   // of the bounds of its error rates when shown
};

}  // namespace assay
