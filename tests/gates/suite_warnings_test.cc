#include "gates/suite_warnings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gates/plan.h"
#include "gates/slice_value.h"
#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The invariant "m" on these 200 cases, beside the signal "n", which none of them fails.
SuiteEvidence WithInvariant(const std::string& cases) {
  return testing::MakeEvidence({.cases = cases, .second = "200 x 1", .invariants = {"m"}});
}

constexpr char kFailed[] =
    "suite \"s\": invariant \"m\" failed in 20 of 200 cases, and no blocking rule of the gate asks for every case "
    "(zero_failures, no_new_failures, per_case_floor)";
constexpr char kPlanned[] =
    "suite \"s\": invariant \"m\" gates no case: no blocking rule of the gate asks for every case (zero_failures, "
    "no_new_failures, per_case_floor)";

TEST(SuiteWarnings, TellOfAnInvariantThatNoRuleAsksOfEveryCase) {
  const SuiteEvidence failing = WithInvariant("180 x 1; 20 x 0");
  const SuiteEvidence good = WithInvariant("200 x 1");
  const char* const kLenient[] = {"{name: r, metric: n, at_least: 0.9}",
                                  "{name: r, metric: m, at_least: 0.5}",
                                  "{name: r, metric: m, per_case_floor: {at_least: 0.5, share: 0.5}}",
                                  "{name: r, expression: m >= 0.5}",
                                  "{name: r, grader: n, zero_failures: {max_rate: 0.05}}",
                                  "{name: r, grader: m, zero_failures: {max_rate: 0.05}, role: advisory}"};
  for (const char* rule : kLenient) {
    const GateSpec gate = testing::MakeGate({failing}, {rule});
    EXPECT_THAT(WarnOfInvariants(gate, "s", failing.observations), ElementsAre(kPlanned)) << rule;
    EXPECT_THAT(WarnOfFailedInvariants(gate, "s", failing.observations), ElementsAre(kFailed)) << rule;
    EXPECT_THAT(WarnOfFailedInvariants(gate, "s", good.observations), IsEmpty()) << rule;
    EXPECT_THAT(WarningsOf(gate, {{"s", failing.observations}}), ::testing::Contains(kPlanned)) << rule;
  }
  const char* const kStrict[] = {"{name: r, grader: m, zero_failures: {max_rate: 0.05}}",
                                 "{name: r, grader: m, no_new_failures: {allow: 0}}",
                                 "{name: r, metric: m, per_case_floor: {at_least: 1}}"};
  for (const char* rule : kStrict) {
    const GateSpec gate = testing::MakeGate({failing}, {rule});
    EXPECT_THAT(WarnOfInvariants(gate, "s", failing.observations), IsEmpty()) << rule;
    EXPECT_THAT(WarnOfFailedInvariants(gate, "s", failing.observations), IsEmpty()) << rule;
  }
}

TEST(SuiteWarnings, OfInvariantsAreOfTheCasesThatTheyAreAskedOf) {
  const SuiteEvidence evidence = WithInvariant("99 x 1; 1 x 0; 100 x left_out");
  EXPECT_THAT(
      testing::DecideOn({evidence}, {"{name: r, metric: n, at_least: 0.9}"}).warnings,
      ElementsAre("suite \"s\": invariant \"m\" failed in 1 of 100 cases, and no blocking rule of the gate asks "
                  "for every case (zero_failures, no_new_failures, per_case_floor)"));
}

TEST(SuiteWarnings, TellOfCasesThatAskWhatAnotherAsks) {
  EXPECT_EQ(RepeatedText("s", 0, 300, false), "");
  EXPECT_EQ(RepeatedText("s", 299, 300, false),
            "suite \"s\": 299 of its 300 cases ask what another asks: they count as 300 independent ones; name them in "
            "one cluster");
  EXPECT_EQ(RepeatedText("s", 1, 300, false),
            "suite \"s\": 1 of its 300 cases asks what another asks: they count as 300 independent ones; name them in "
            "one cluster");
  EXPECT_EQ(RepeatedText("s", 4, 300, true),
            "suite \"s\": 4 of its 300 cases ask what one of another cluster asks: they count as independent ones; "
            "name them in one cluster");
  SuiteEvidence evidence = testing::MakeEvidence({.cases = "50 x 1"});
  evidence.dataset_cases = 300;  // of which the runs ask 50
  evidence.repeated_cases = 299;
  EXPECT_THAT(testing::DecideOn({evidence}, {"{name: r, metric: m, at_least: 0.9}"}).warnings,
              ElementsAre(RepeatedText("s", 299, 300, false)));
}

TEST(SliceValues, LookLikeNoOther) {
  EXPECT_EQ(ShownSliceValue(""), "(none)");
  EXPECT_EQ(ShownSliceValue("(none)"), "\"(none)\"");
  EXPECT_EQ(ShownSliceValue("\"(none)\""), "\"\"(none)\"\"");
  for (const char* const value : {"refund", "none", "(none) of these", "\"", "\"quoted\""})
    EXPECT_EQ(ShownSliceValue(value), value);
}

}  // namespace
}  // namespace assay
