#pragma once
// A check as the daemon tells of it, for reports.

#include "assay/v1/gate.pb.h"

namespace assay::testing {

inline v1::Check FailedCheck() {
  v1::Check check;
  check.set_id("check-1");
  check.set_gate("release");
  check.mutable_candidate()->set_name("m");
  check.mutable_candidate()->set_version("2");
  check.set_state(v1::VerdictState::FAIL);
  check.set_reason("floor: upper bound 0.7 < 0.9");
  v1::Verdict& verdict = *check.mutable_verdict();
  verdict.set_id("verdict-1");
  verdict.set_state(v1::VerdictState::FAIL);
  v1::RuleOutcome& rule = *verdict.add_rules();
  rule.set_rule("floor");
  rule.set_kind("at_least");
  rule.set_metric("accuracy");
  rule.set_role(v1::RuleRole::BLOCKING);
  rule.set_confidence(0.95);
  rule.set_threshold(0.9);
  rule.set_state(v1::VerdictState::FAIL);
  rule.set_reason("upper bound 0.7 < 0.9");
  v1::RulePart& part = *rule.add_parts();
  part.set_state(v1::VerdictState::FAIL);
  part.mutable_estimate()->set_value(0.6);
  part.mutable_estimate()->set_lower(0.5);
  part.mutable_estimate()->set_upper(0.7);
  part.set_pass_bound(0.45);
  part.set_fail_bound(0.7);
  part.set_margin(-0.2);
  part.mutable_counts()->set_scheduled(10);
  part.mutable_counts()->set_scored(9);
  return check;
}
}  // namespace assay::testing
