#include "daemon/failure_groups.h"

#include <algorithm>
#include <map>
#include <utility>

#include "daemon/check_decision.h"

namespace assay {
namespace {

using FailureLabels = std::map<std::int64_t, std::string>;  // by ordinal

// Of a case the label of a trial that did not pass, before that of one that did.
struct LabelledCase {
  std::string label = {};
  bool is_of_failure = false;
};

void AddLabel(const StoredTrial& trial, const std::string& grader, std::map<std::int64_t, LabelledCase>& cases) {
  for (const StoredScore& stored : trial.scores) {
    if (stored.grader != grader || stored.score.label.empty()) continue;
    LabelledCase& here = cases[trial.result.ordinal];
    const bool is_failure = !stored.score.pass.value_or(false);
    if (!here.label.empty() && (here.is_of_failure || !is_failure)) continue;
    here = {.label = stored.score.label, .is_of_failure = is_failure};
  }
}

Result<FailureLabels> FailureLabelsOf(Store& store, const RunRecord& run, const std::string& grader,
                                      const std::vector<WorstCase>& worst) {
  FailureLabels labels;
  if (grader.empty()) return labels;
  std::map<std::int64_t, LabelledCase> cases;
  constexpr std::size_t kAtOnce = TrialFilter::kMaxOrdinals;
  for (std::size_t first = 0; first < worst.size(); first += kAtOnce) {
    TrialFilter filter;
    for (std::size_t i = first; i < std::min(first + kAtOnce, worst.size()); ++i)
      filter.ordinals.push_back(worst[i].ordinal);
    PageRequest page{.token = "", .limit = PageRequest::kMaxPage};
    do {
      ASSAY_ASSIGN(const Page<StoredTrial> trials, store.ReadTrials(run.key, filter, page));
      for (const StoredTrial& trial : trials.items) AddLabel(trial, grader, cases);
      page.token = trials.next;
    } while (!page.token.empty());
  }
  for (auto& [ordinal, labelled] : cases) labels[ordinal] = std::move(labelled.label);
  return labels;
}

// After they were read, so that what is taken out of sight meanwhile is not shown either. Why there are none.
Result<std::string> WithholdLabels(const LabelsGuard& guard, const RunRecord& run, const std::vector<WorstCase>& worst,
                                   FailureLabels& labels) {
  if (!guard || labels.empty()) return std::string();
  ASSAY_ASSIGN(WithheldLabels withheld, guard(run, worst));
  if (!withheld.why.empty()) labels.clear();
  for (const WorstCase& one : worst)
    if (withheld.cases.contains(one.id)) labels.erase(one.ordinal);
  return std::move(withheld.why);
}

std::string SliceValueAt(const StoredSlice& slice, std::int64_t ordinal) {
  const std::int32_t code = slice.codes.at(static_cast<std::size_t>(ordinal));
  return code == StoredSlice::kAbsent ? "" : slice.values[static_cast<std::size_t>(code)];
}

bool IsInPart(std::int64_t ordinal, const RulePart& part, const std::vector<StoredSlice>& slices) {
  if (part.slice.empty()) return true;
  const auto own = std::ranges::find(slices, part.slice, &StoredSlice::slice);
  return own != slices.end() && SliceValueAt(*own, ordinal) == part.slice_value;
}

void SortLargestFirst(std::vector<FailureGroup>& groups) {
  std::ranges::stable_sort(groups, [](const FailureGroup& a, const FailureGroup& b) { return a.cases > b.cases; });
}

std::string FailureLabelAt(const FailureLabels& labels, std::int64_t ordinal) {
  const auto label = labels.find(ordinal);
  return label == labels.end() ? "" : label->second;
}

// By the values of one slice.
std::vector<FailureGroup> FailureGroupsBy(const StoredSlice& slice, const RulePart& part, const FailureLabels& labels,
                                          const std::vector<StoredSlice>& slices) {
  std::map<std::string, std::int64_t> all;
  for (std::size_t i = 0; i < slice.codes.size(); ++i) {
    const auto ordinal = static_cast<std::int64_t>(i);
    if (IsInPart(ordinal, part, slices)) ++all[SliceValueAt(slice, ordinal)];
  }
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const WorstCase& one : part.worst_cases)
    ++counts[{SliceValueAt(slice, one.ordinal), FailureLabelAt(labels, one.ordinal)}];
  std::vector<FailureGroup> groups;
  for (const auto& [key, count] : counts) {
    groups.push_back({.slice = slice.slice,
                      .slice_value = key.first,
                      .label = key.second,
                      .cases = count,
                      .of_cases = all[key.first]});
  }
  SortLargestFirst(groups);
  return groups;
}

std::vector<FailureGroup> FailureGroupsByLabel(const RulePart& part, const FailureLabels& labels, std::int64_t cases) {
  std::map<std::string, std::int64_t> counts;
  for (const WorstCase& one : part.worst_cases) ++counts[FailureLabelAt(labels, one.ordinal)];
  std::vector<FailureGroup> groups;
  for (const auto& [label, count] : counts) groups.push_back({.label = label, .cases = count, .of_cases = cases});
  SortLargestFirst(groups);
  return groups;
}

Result<RunRecord> RunOfPart(Store& store, const VerdictRecord& record, const Verdict& verdict, const RulePart& part) {
  const auto suite = std::ranges::find(verdict.suites, part.suite, &SuiteIdentity::suite);
  if (suite == verdict.suites.end())
    return Fail(ErrorCode::kFailedPrecondition, "the verdict rests on no run of suite \"" + part.suite + "\"");
  ASSAY_ASSIGN(RunRecord run, store.GetRun(record.project, suite->run));
  if (run.deleted) return Fail(ErrorCode::kFailedPrecondition, "run " + run.id + " was deleted");
  return run;
}

}  // namespace

Result<std::vector<GroupedFailures>> GroupFailures(Store& store, const PluginKinds& kinds, const VerdictRecord& record,
                                                   const Verdict& verdict, const RuleOutcome& rule,
                                                   const LabelsGuard& guard) {
  std::vector<GroupedFailures> parts;
  std::size_t groups = 0;  // of all parts
  for (RulePart part : rule.parts) {
    GroupedFailures& grouped = parts.emplace_back();
    grouped.is_least = part.worst_cases.size() > kMostVerdictCases;
    if (grouped.is_least) part.worst_cases.resize(kMostVerdictCases);
    grouped.failing = std::ssize(part.worst_cases);
    if (part.worst_cases.empty()) continue;
    ASSAY_ASSIGN(const RunRecord run, RunOfPart(store, record, verdict, part));
    ASSAY_ASSIGN(const CatalogDocument suite,
                 ReadStored(store, kinds, record.project, "Suite", run.suite, run.suite_version));
    ASSAY_ASSIGN(const std::vector<StoredSlice> slices, store.ReadSliceColumns(run.snapshot, suite.suite()->slices));
    ASSAY_ASSIGN(FailureLabels labels, FailureLabelsOf(store, run, rule.grader, part.worst_cases));
    ASSAY_ASSIGN(grouped.labels_withheld, WithholdLabels(guard, run, part.worst_cases, labels));
    for (const StoredSlice& slice : slices) {
      if (slice.slice == part.slice) continue;  // all cases of the part have one value of it
      std::ranges::move(FailureGroupsBy(slice, part, labels, slices), std::back_inserter(grouped.groups));
    }
    if (grouped.groups.empty()) grouped.groups = FailureGroupsByLabel(part, labels, part.counts.scheduled);
    groups += grouped.groups.size();
    if (groups > kMostFailureGroups)
      return Fail(ErrorCode::kResourceExhausted, "they fall into more than " + std::to_string(kMostFailureGroups) +
                                                     " groups; a slice or label that is another for nearly each case "
                                                     "tells nothing");
  }
  return parts;
}

}  // namespace assay
