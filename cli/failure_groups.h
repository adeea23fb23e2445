#pragma once
// How all failing cases of a verdict fall into slices and labels, of which a report shows a few by name.

#include <cstdint>
#include <string>
#include <vector>

#include "cli/table.h"
#include "core/json.h"

namespace assay::v1 {
class Check;
class ListWorstCasesResponse;
class RuleOutcome;
}  // namespace assay::v1

namespace assay {

class DaemonConnection;

// Failing cases of a part of a rule with one label and one value of a slice.
struct FailureGroupRow {
  std::string rule;
  std::string suite;
  std::string part;         // SliceOf it (rule_words.h)
  std::string slice;        // "" of a suite without other slices
  std::string slice_value;  // "" for cases without the field
  std::string label;        // that the grader gave; "" without one
  std::int64_t cases = 0;
  std::int64_t of_cases = 0;  // that have this value, failing or not
  std::int64_t failing = 0;   // of the part
  bool is_least = false;      // the part has more than `failing`
};

struct FailureGroups {
  std::vector<FailureGroupRow> rows = {};  // by rule, part and slice, the largest first
  std::vector<std::string> problems = {};  // why rules have none: a line each
};

// Of the rules that did not pass, over all of their failing cases. Asks the daemon, which decides the gate again, once,
// where the verdict does not name them all; what it does not tell is a problem, and the report stands without it.
FailureGroups LookUpFailureGroups(const DaemonConnection& connection, const v1::Check& check);

// What the daemon answered of one rule among others, of the parts that did not pass; that labels were withheld, or
// nothing grouped, is a problem.
void AddFailureGroups(const v1::RuleOutcome& rule, const v1::ListWorstCasesResponse& response, FailureGroups& groups);

// At most so many of each part and slice; `left_out` says for people how many others there are.
inline constexpr std::size_t kMostGroupsShown = 5;
Table GroupTable(const FailureGroups& groups, std::vector<std::string>& left_out);
// "topic=refund, rude: 12 of 20 cases, of 40 that fail", of one rule; as many.
std::vector<std::string> GroupLines(const FailureGroups& groups, const std::string& rule);
// All of them.
Json GroupsJson(const FailureGroups& groups);

}  // namespace assay
