#pragma once
// Whether a rule may rest on a metric that is a judge's opinion, and with which correction.

#include <optional>
#include <string>
#include <vector>

#include "config/gate.h"
#include "gates/checked_suite.h"
#include "gates/rules/rule.h"

namespace assay {

// What a rule is computed on in a suite: a metric, those that it names, or neither.
struct MetricsOfRule {
  std::optional<std::size_t> metric = {};
  std::vector<std::size_t> named = {};
};

struct JudgeOpinion {
  bool is_judged = false;     // a metric of the rule is a judge's opinion
  bool is_corrected = false;  // for the errors of these; else the opinions are taken as they are
  const JudgeCalibration* judge = nullptr;
  const JudgeCalibration* baseline_judge = nullptr;
  std::vector<const JudgeCalibration*> named_judges = {};  // one for each named metric, null pointers among them
  // Why the rule cannot be decided, "" when it can; it may yet become possible while a run goes on (`is_pending`).
  std::string problem = {};
  bool is_pending = false;
};

// Of a rule on one suite. A blocking rule rests on judges only where the sentinels of the run, and of the baseline's,
// show of each that it is better than chance: where they are lacking or were not answered, where several models
// answered, and where the lower bounds of sensitivity and specificity sum to 1 or less, it cannot be decided. One that
// says `uncorrected` takes the opinions as they are then; of others the metric is corrected, or cannot be. Advisory
// rules are free. `pass_confidence` is what a PASS needs, at least the rule's own. The suite outlives it.
JudgeOpinion OpinionOf(const Rule& rule, const RuleSpec& spec, double pass_confidence, const CheckedSuite& suite,
                       const MetricsOfRule& metrics);

// What the verdict keeps of it, with the bounds of the judge's error rates at the confidence that they were used with.
std::optional<JudgeEvidence> EvidenceOf(const JudgeOpinion& opinion, const Rule& rule, const PartInput& input);
// For people: "judge j agrees with people on 57 of 60 that pass and 38 of 40 that fail".
std::string TextOf(const JudgeEvidence& evidence);

}  // namespace assay
