#pragma once
// Checks and verdicts of one candidate, as tests of the store need them.

#include <string>

#include "daemon/store/store.h"
#include "tests/daemon/store/store_fixture.h"

namespace assay::testing {

inline CheckRecord Check(const std::string& id, const std::string& gate = "release") {
  CheckRecord check;
  check.id = id;
  check.gate = gate;
  check.gate_version = "sha256:gate";
  check.model = "bot";
  check.model_label = "1.0";
  check.model_version = "sha256:model";
  check.parameters = R"({"fresh":true})";
  check.deadline = At(600);
  check.created = At(1);
  check.principal = "ci";
  return check;
}

inline VerdictRecord Verdict(const std::string& id, const std::string& check, const std::string& state = "PASS") {
  VerdictRecord verdict;
  verdict.id = id;
  verdict.check_id = check;
  verdict.state = state;
  verdict.document = R"({"rules":[]})";
  verdict.created = At(50);
  verdict.principal = "ci";
  return verdict;
}

// Whatever its place is.
inline Status Complete(Store& store, const VerdictRecord& verdict) {
  return store.CompleteCheck(verdict, [&](const ChainPlace&) { return SealedVerdict{.document = verdict.document}; });
}

}  // namespace assay::testing
