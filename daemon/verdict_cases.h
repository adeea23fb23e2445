#pragma once
// The cases that count against a rule of a stored verdict, which itself names the first few.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "config/plugin_kind.h"
#include "daemon/store/store.h"
#include "gates/verdict.h"

namespace assay {

// Of the failing cases of a part those with one label and one value of a slice.
struct FailureGroup {
  std::string slice = {};  // "": all of them, of a suite without slices
  std::string slice_value = {};
  std::string label = {};  // of the grader that the rule judges
  std::int64_t cases = 0;
  std::int64_t of_cases = 0;  // of the dataset (of the part, where it has a slice) that have this value, failing or not

  friend bool operator==(const FailureGroup&, const FailureGroup&) = default;
};

struct PartCases {
  std::string suite;
  std::string slice;  // "": the whole suite
  std::string slice_value;
  std::vector<WorstCase> cases = {};      // the worst first, as in the verdict
  bool is_all = true;                     // there are no others
  std::vector<FailureGroup> groups = {};  // where they are asked for
  std::int64_t failing = 0;               // cases that they are of
  bool is_least = false;                  // there are more, which were not looked at
  std::string labels_withheld = {};  // why the groups have no labels; "": none are withheld, or the grader gave none
};

// Labels of cases that whoever asks must not read: they may be words of an answer.
struct WithheldLabels {
  std::string why = {};              // all of them, and why
  std::set<std::string> cases = {};  // else those of these, by id
};
// Blocking. Of the run, and of the cases that are asked about.
using LabelsGuard = std::function<Result<WithheldLabels>(const RunRecord& run, const std::vector<WorstCase>& cases)>;

inline constexpr std::size_t kMostVerdictCases = 10'000;

// Blocking. By part, as the verdict has them: at most `most` cases of each, in [1, kMostVerdictCases], and that many in
// all; with `grouped` how many there are by slice and label, of at most kMostVerdictCases of a part; what `guard`
// withholds counts as cases without a label. Decides the gate again on what the verdict rests on; O(cases × rules), and
// memory as for deciding. kNotFound without such a rule; kFailedPrecondition when what it rests on is not there any
// more.
Result<std::vector<PartCases>> ListVerdictCases(Store& store, const PluginKinds& kinds, const VerdictRecord& record,
                                                const std::string& rule, std::size_t most, bool grouped = false,
                                                const LabelsGuard& guard = {});

}  // namespace assay
