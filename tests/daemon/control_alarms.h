#pragma once
// A baseline that moves between checks of gates that hold it against what it was.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/daemon/early_checks.h"

namespace assay::testing {

class ControlAlarms : public EarlyChecks {
 protected:
  CheckStatus Ask(const std::string& gate, const std::string& candidate = "other@1") {
    return work_->Decided(work_->Check(gate, candidate, true).check.id);
  }

  struct Edit {
    std::string suite = "slices: [kind]\n";
    std::string gates = "";
    std::string baseline = "\"1\"";
    std::string graders = "";  // after the first, each behind a comma
  };

  void Write(const Edit& edit) {
    const std::string named = "model: quick, version: \"1\"";
    std::string gates = kEarlyGates;
    for (std::size_t at = 0; (at = gates.find(named, at)) != std::string::npos; ++at)
      gates.replace(at, named.size(), "model: quick, version: " + edit.baseline);
    files_.Write("catalog/u.yaml",
                 "kind: Suite\nname: u\ndataset: [{file: many.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n" +
                     edit.suite + "graders: [{name: answer, type: equals, value: \"yes\"}" + edit.graders + "]\n---\n" +
                     gates + edit.gates);
    work_->catalog.Reload();
  }

  // A tenth of what the baseline, and the candidate beside it, answers is wrong.
  void Drift() {
    spared_ = "quick";
    drifted_ = "3 odd";
  }
  void DriftFar() {
    Drift();
    also_drifted_ = "7 odd";
  }
  void Recover() { drifted_ = also_drifted_ = broken_ = nullptr; }

  static const Verdict& Of(const CheckStatus& check) { return check.verdict->verdict; }
  static std::string BaselineOf(const CheckStatus& check) { return Of(check).baseline_suites.at(0).run; }
  static const RunPast& PastOf(const CheckStatus& check) { return *Of(check).baseline_suites.at(0).past; }
  // The verdict that raised it; "" of none.
  static std::string AlarmOf(const CheckStatus& check) { return PastOf(check).alarm.value_or(StandingAlarm()).verdict; }
  void ExpectHeld(const CheckStatus& check, const CheckStatus& alarm) {
    ASSERT_EQ(Of(check).state, VerdictState::kInconclusive) << check.reason;
    EXPECT_EQ(AlarmOf(check), alarm.check.verdict_id);
    EXPECT_THAT(check.reason,
                ::testing::HasSubstr("verdict " + alarm.check.verdict_id + " found \"answer\" of the baseline moved"));
    ExpectReplays(check);
  }
};

}  // namespace assay::testing
