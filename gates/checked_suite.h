#pragma once
// The evidence of one suite, with what is wrong with it: what a gate must not decide on.

#include <string>
#include <string_view>

#include "gates/gate.h"

namespace assay {

struct CheckedSuite {
  const SuiteEvidence* evidence;
  std::string problem = "";  // why nothing can be decided on it; "" when it can
  // Of gates with a baseline: its run, or null pointer when there is none; and why nothing can be compared with it.
  const SuiteEvidence* baseline = nullptr;
  std::string baseline_problem = "";
  bool is_rehearsal = false;  // there is no run: asked is what one could show (plan.h)
};

// The suite of that name, and the baseline's run of it. evidence is the null pointer when there is no run at all.
CheckedSuite CheckSuite(std::string_view name, const GateEvidence& evidence);

// Why no rule can compare the candidate with a baseline, "" when it can.
std::string BaselineProblem(const GateEvidence& evidence);

}  // namespace assay
