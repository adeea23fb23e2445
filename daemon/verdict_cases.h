#pragma once
// The cases that count against a rule of a stored verdict, which itself names the first few.

#include <string>
#include <vector>

#include "config/plugin_kind.h"
#include "daemon/store/store.h"
#include "gates/verdict.h"

namespace assay {

struct PartCases {
  std::string suite;
  std::string slice;  // "": the whole suite
  std::string slice_value;
  std::vector<WorstCase> cases = {};  // the worst first, as in the verdict
  bool is_all = true;                 // there are no others
};

inline constexpr std::size_t kMostVerdictCases = 10'000;

// Blocking. By part, as the verdict has them: at most `most` cases of each, in [1, kMostVerdictCases], and that many in
// all. Decides the gate again on what the verdict rests on; O(cases × rules), and memory as for deciding. kNotFound
// without such a rule; kFailedPrecondition when what it rests on is not there any more.
Result<std::vector<PartCases>> ListVerdictCases(Store& store, const PluginKinds& kinds, const VerdictRecord& record,
                                                const std::string& rule, std::size_t most);

}  // namespace assay
