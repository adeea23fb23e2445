#pragma once
// What a check freezes when it is made, beyond its columns: the suites it runs and what it compares with, whatever the
// catalog and the stages of models become later.

#include <optional>
#include <string>
#include <vector>

#include "daemon/store/records.h"
#include "gates/verdict.h"

namespace assay {

struct CheckParameters {
  bool fresh = false;  // new runs even where complete ones exist
  struct Suite {
    std::string name;
    std::string version;  // content version
  };
  std::vector<Suite> suites = {};              // not empty
  bool is_baseline_given = false;              // in place of the gate's own
  std::optional<ModelIdentity> baseline = {};  // of a gate with a rule that compares
  std::optional<Duration> timeout = {};        // the gate's
};

// JSON text, for CheckRecord::parameters.
std::string ToText(const CheckParameters& parameters);
// kInternal when the check is stored without what it needs.
Result<CheckParameters> ReadParameters(const CheckRecord& check);

// The roles of runs in a check.
inline constexpr std::string_view kCandidateRole = "candidate";
inline constexpr std::string_view kBaselineRole = "baseline";

}  // namespace assay
