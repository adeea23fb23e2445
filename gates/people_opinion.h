#pragma once
// Whether a rule may rest on what people said, and what the verdict keeps of it.

#include <optional>
#include <string>
#include <vector>

#include "core/agreement_statistic.h"
#include "core/estimate.h"

namespace assay {

class Rule;
struct MetricsOfRule;
struct PartInput;
struct SuiteEvidence;

// How good the judgements of a queue are (config/suite.h, PeopleQualitySpec), at a time.
struct PeopleQuality {
  AgreementStatistic statistic = AgreementStatistic::kAc1;
  Estimate agreement = {};      // on pass or fail, over items that several judged apart
  Estimate audits_passed = {};  // of decisions that were audited
  // Where it is asked for: on which answers are of high severity, over items of which somebody said so.
  std::optional<Estimate> severe_agreement = {};
};

// A metric of people in a run.
struct PeopleAsked {
  std::string metric = {};
  std::string queue = {};
  std::optional<PeopleQuality> quality = {};  // where the metric asks for it
  // Why nothing may rest on it: what the quality lacks, or the sample. "" when it may.
  std::string problem = {};
};

// What a part of a rule rests on that people said.
struct PeopleEvidence {
  std::string metric = {};   // "" of versions that did not say
  bool is_baseline = false;  // of the run that the candidate is compared with
  std::string queue = {};
  std::optional<PeopleQuality> quality = {};
  // Of metrics of a grader that people correct.
  std::optional<double> chance = {};  // with which a case was drawn
  std::int64_t asked = 0;             // cases of the part that were drawn
  std::int64_t settled = 0;
  std::optional<double> judged_mean = {};        // of the grader, over all cases of the part
  std::optional<double> judged_mean_asked = {};  // over those that people settled
  std::optional<double> said_mean = {};          // of people, over the same
  // The same of the baseline's run, and of the other metrics of a rule that names several.
  std::vector<PeopleEvidence> others = {};
};

// Why the rule cannot be computed on a metric that people correct, "" when it can. A matter of the rule alone.
std::string ObjectionToPeople(const Rule& rule, const std::string& kind, const SuiteEvidence& run,
                              const MetricsOfRule& metrics);
// Why nothing may rest on what people said, "" when it may; of a rule that compares, of either run.
std::string ProblemWithPeople(const SuiteEvidence& run, const MetricsOfRule& metrics);

std::optional<PeopleEvidence> PeopleEvidenceOf(const PartInput& input);
// For people: "people settled 180 of 200 drawn at 20 %: 0.82 where the grader says 0.9; ...".
std::string TextOf(const PeopleEvidence& evidence);

}  // namespace assay
