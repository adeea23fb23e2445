#pragma once
// The cases that count against rules of a stored verdict, which itself names the first few.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "config/plugin_kind.h"
#include "daemon/recorded_inputs.h"
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
  std::string rule;
  std::string suite;
  std::string slice;  // "": the whole suite
  std::string slice_value;
  std::vector<WorstCase> cases = {};      // the worst first, as in the verdict
  bool is_all = true;                     // there are no others
  std::vector<FailureGroup> groups = {};  // where they are asked for
  std::int64_t failing = 0;               // cases that they are of
  bool is_least = false;                  // there are more, which were not looked at
  std::string labels_withheld = {};  // why the groups have no labels; "": none are withheld, or the grader gave none
  std::string not_grouped = {};      // why this rule has no groups, where others could have some
};

// Labels of cases that whoever asks must not read: they may be words of an answer.
struct WithheldLabels {
  std::string why = {};              // all of them, and why
  std::set<std::string> cases = {};  // else those of these, by id
};
// Blocking. Of the run, and of the cases that are asked about.
using LabelsGuard = std::function<Result<WithheldLabels>(const RunRecord& run, const std::vector<WorstCase>& cases)>;

// Blocking. The verdict on what it was decided on, with the cases that are wanted.
using DecideWithCases = std::function<Result<Verdict>(const RecordedInputs& inputs)>;

inline constexpr std::size_t kMostVerdictCases = 10'000;   // of a part, and listed of a rule
inline constexpr std::size_t kMostListedCases = 50'000;    // of all rules
inline constexpr std::int64_t kMostHeldCases = 1'000'000;  // of what rules that are decided together could name

struct CasesQuestion {
  std::vector<std::string> rules = {};  // by name; none: all of the verdict
  std::size_t most = 1000;              // of a part, in [1, kMostVerdictCases]
  bool is_grouped = false;              // also how many there are by slice and label, of kMostVerdictCases of a part
};

struct CasesContext {
  Store& store;
  const PluginKinds& kinds;
  LabelsGuard guard = {};       // what it withholds counts as cases without a label; empty: nothing is
  DecideWithCases decide = {};  // empty: as DecideOnRuns
  std::int64_t most_held = kMostHeldCases;
};

// Blocking. By rule and part, as the verdict has them. Decides the gate again on what the verdict rests on where it
// does not name them all: once for all rules, unless they could name more than `most_held`. O(cases × rules), and
// memory as for deciding. kNotFound without such a rule; kFailedPrecondition when what it rests on is not there any
// more. Groups that cannot be made are an error where one rule is asked of, else a word in its parts.
Result<std::vector<PartCases>> ListVerdictCases(const CasesContext& context, const VerdictRecord& record,
                                                const CasesQuestion& question);

}  // namespace assay
