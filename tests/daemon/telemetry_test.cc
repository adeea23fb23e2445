#include "daemon/telemetry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FixedClock final : public Clock {
 public:
  Time Now() const override { return now; }
  Time now = *ParseTime("2026-11-24T12:00:00Z");
};

GateReading Reading(std::string state, std::optional<double> margin, Time decided) {
  return {.project = "default",
          .gate = "release",
          .model = "m",
          .state = std::move(state),
          .decided = decided,
          .margins = {{"floor", margin}}};
}

TEST(Telemetry, ExactlyOneStateOfAGateIsSet) {
  const FixedClock clock;
  Telemetry telemetry(clock);
  telemetry.SetGate(Reading("PASS", 0.02, clock.now));
  telemetry.SetGate(Reading("FAIL", -0.04, clock.now));
  const std::string text = telemetry.Expose();
  EXPECT_THAT(text, HasSubstr("assay_gate_verdict{gate=\"release\",model=\"m\",state=\"FAIL\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("assay_gate_verdict{gate=\"release\",model=\"m\",state=\"PASS\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("assay_gate_rule_margin{gate=\"release\",model=\"m\",rule=\"floor\"} -0.04\n"));
}

TEST(Telemetry, TheTimeToTheFirstTokenIsAHistogramOfItsEndpoint) {
  const FixedClock clock;
  Telemetry telemetry(clock);
  telemetry.ObserveFirstToken("bot@1", std::chrono::milliseconds(200));
  const std::string text = telemetry.Expose();
  EXPECT_THAT(text, HasSubstr("assay_endpoint_first_token_seconds_sum{endpoint=\"bot@1\"} 0.2\n"));
  EXPECT_THAT(text, HasSubstr("assay_endpoint_first_token_seconds_bucket{endpoint=\"bot@1\",le=\"0.25\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("assay_endpoint_first_token_seconds_bucket{endpoint=\"bot@1\",le=\"0.1\"} 0\n"));
}

TEST(Telemetry, AnEndpointThatIsUsedNoMoreWaitsForNothing) {
  const FixedClock clock;
  Telemetry telemetry(clock);
  telemetry.SetLimit("bot", 16);
  EXPECT_THAT(telemetry.Expose(), HasSubstr("assay_endpoint_down{endpoint=\"bot\"} 0\n"));
  telemetry.SetEndpoints({{"bot", {.waiting = 7, .is_held = true, .is_down = true}}});
  telemetry.CountLimitCut("bot");
  std::string text = telemetry.Expose();
  EXPECT_THAT(text, HasSubstr("assay_endpoint_waiting{endpoint=\"bot\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("assay_endpoint_held{endpoint=\"bot\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("assay_endpoint_down{endpoint=\"bot\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("assay_endpoint_limit_cuts_total{endpoint=\"bot\"} 1\n"));
  telemetry.SetEndpoints({{"other", {.waiting = 2}}});
  text = telemetry.Expose();
  EXPECT_THAT(text, HasSubstr("assay_endpoint_waiting{endpoint=\"bot\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("assay_endpoint_down{endpoint=\"bot\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("assay_endpoint_waiting{endpoint=\"other\"} 2\n"));
}

// A dashboard must not show the margin of an earlier candidate beside the state of this one.
TEST(Telemetry, AMarginThatIsNotKnownAnyMoreIsNoSeries) {
  const FixedClock clock;
  Telemetry telemetry(clock);
  telemetry.SetGate(Reading("PASS", 0.02, clock.now));
  telemetry.SetGate(Reading("ERROR", std::nullopt, clock.now));
  EXPECT_THAT(telemetry.Expose(), Not(HasSubstr("assay_gate_rule_margin{")));
}

TEST(Telemetry, TheAgeOfAVerdictGrowsWithTheClock) {
  FixedClock clock;
  Telemetry telemetry(clock);
  telemetry.SetGate(Reading("PASS", 0.02, clock.now));
  clock.now += std::chrono::seconds(90);
  EXPECT_THAT(telemetry.Expose(), HasSubstr("assay_gate_verdict_age_seconds{gate=\"release\",model=\"m\"} 90\n"));
}

TEST(Telemetry, AnEstimateWithoutInformationIsNoSeries) {
  const FixedClock clock;
  Telemetry telemetry(clock);
  Estimate estimate;
  estimate.value = 0.9;
  estimate.lower = 0.8;
  telemetry.SetMetric({"default", "s", "m", "accuracy", "", estimate});
  EXPECT_THAT(telemetry.Expose(),
              HasSubstr("assay_metric_estimate_lower{metric=\"accuracy\",model=\"m\",slice=\"\",suite=\"s\"} 0.8"));
  EXPECT_THAT(telemetry.Expose(), Not(HasSubstr("assay_metric_estimate_upper{")));
  telemetry.SetMetric({"default", "s", "m", "accuracy", "", {}});
  EXPECT_THAT(telemetry.Expose(), Not(HasSubstr("assay_metric_estimate{")));
}

}  // namespace
}  // namespace assay
