#pragma once
// How the failing cases of a rule fall into slices and labels: where a person looks first.

#include <cstdint>
#include <vector>

#include "config/plugin_kind.h"
#include "daemon/store/store.h"
#include "daemon/verdict_cases.h"
#include "gates/verdict.h"

namespace assay {

// In one answer. Labels are what graders and models say, so that each case may have its own.
inline constexpr std::size_t kMostFailureGroups = 20'000;

struct GroupedFailures {
  std::vector<FailureGroup> groups = {};
  std::int64_t failing = 0;
  bool is_least = false;             // the part names more than kMostVerdictCases
  std::string labels_withheld = {};  // why they have no labels
};

// Blocking. Of each part of `rule`, in its order, over all of its worst cases: for each slice that the suite declares
// how many have which value and which label, the largest group first; a suite without slices has one of all. The label
// is that of the rule's grader in a trial that did not pass, before others, and none where `guard` withholds it.
// O(cases), and reads their trials. kFailedPrecondition when a run of the verdict is gone, kResourceExhausted beyond
// kMostFailureGroups.
Result<std::vector<GroupedFailures>> GroupFailures(Store& store, const PluginKinds& kinds, const VerdictRecord& record,
                                                   const Verdict& verdict, const RuleOutcome& rule,
                                                   const LabelsGuard& guard = {});

}  // namespace assay
