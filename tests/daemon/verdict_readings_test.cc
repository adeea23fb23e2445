#include "daemon/verdict_readings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RuleOutcome OutcomeOf(const std::string& rule, const std::string& kind, double estimate) {
  RuleOutcome outcome;
  outcome.rule = rule;
  outcome.kind = kind;
  outcome.metric = "answer";
  RulePart part;
  part.suite = "s";
  part.estimate.value = estimate;
  part.margin = 0.25;
  outcome.parts.push_back(part);
  return outcome;
}

// The share of failing cases, which zero_failures estimates, is not the pass rate that the metric is.
TEST(ShowVerdict, EstimatesOfAMetricAreItsOwn) {
  Telemetry telemetry(SystemClock());
  Verdict verdict;
  verdict.gate = "g";
  verdict.candidate.name = "m";
  verdict.state = VerdictState::kPass;
  verdict.rules = {OutcomeOf("floor", "at_least", 0.75), OutcomeOf("none", "zero_failures", 0.5)};
  ShowVerdict(telemetry, "default", verdict);
  const std::string text = telemetry.Expose();
  EXPECT_THAT(text, HasSubstr("assay_metric_estimate{metric=\"answer\",model=\"m\",slice=\"\",suite=\"s\"} 0.75"));
  EXPECT_THAT(text, HasSubstr("assay_gate_rule_margin{gate=\"g\",model=\"m\",rule=\"none\"} 0.25"));
  verdict.rules = {OutcomeOf("none", "zero_failures", 0.5)};
  Telemetry other(SystemClock());
  ShowVerdict(other, "default", verdict);
  EXPECT_THAT(other.Expose(), Not(HasSubstr("assay_metric_estimate{")));
}

// A failure in one project is not hidden by a pass in another.
TEST(ShowVerdict, ProjectsHaveSeriesOfTheirOwn) {
  Telemetry telemetry(SystemClock());
  Verdict verdict;
  verdict.gate = "g";
  verdict.candidate.name = "m";
  verdict.state = VerdictState::kFail;
  ShowVerdict(telemetry, "payments", verdict);
  verdict.state = VerdictState::kPass;
  ShowVerdict(telemetry, "default", verdict);
  const std::string text = telemetry.Expose();
  EXPECT_THAT(text, HasSubstr("assay_gate_verdict{gate=\"g\",model=\"m\",project=\"payments\",state=\"FAIL\"} 1"));
  EXPECT_THAT(text, HasSubstr("assay_gate_verdict{gate=\"g\",model=\"m\",state=\"FAIL\"} 0"));
  EXPECT_THAT(text, HasSubstr("assay_gate_verdict{gate=\"g\",model=\"m\",state=\"PASS\"} 1"));
}

TEST(ShowVerdict, ProjectsAreBounded) {
  Telemetry telemetry(SystemClock());
  Verdict verdict;
  verdict.gate = "g";
  verdict.candidate.name = "m";
  for (std::size_t i = 0; i <= Telemetry::kMaxProjects; ++i) {
    ShowVerdict(telemetry, "p" + std::to_string(i), verdict);
  }
  const std::string text = telemetry.Expose();
  EXPECT_THAT(text, HasSubstr("project=\"p99\""));
  EXPECT_THAT(text, Not(HasSubstr("project=\"p100\"")));
}

}  // namespace
}  // namespace assay
