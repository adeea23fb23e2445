#include "gates/control_arm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::IsEmpty;

SuiteEvidence Run(const std::string& cases, const std::string& id) {
  SuiteEvidence evidence = testing::MakeEvidence({.cases = cases});
  evidence.run = id;
  return evidence;
}

GateSpec GateOf(const std::string& rule) {
  GateSpec gate;
  gate.name = "g";
  gate.suites = {"s"};
  gate.interleave = true;
  gate.rules = {testing::MakeRuleSpec(rule)};
  return gate;
}

// Of runs with these cases.
EarlierBaseline EarlierOf(const std::vector<std::string>& runs) {
  std::optional<EarlierBaseline> earlier;
  for (const std::string& cases : runs) {
    const SuiteObservations shown = testing::MakeEvidence({.cases = cases}).observations;
    if (!earlier) earlier.emplace("s", std::vector<std::string>{"m"}, shown.cases());
    std::vector<std::uint32_t> ordinals(static_cast<std::size_t>(shown.cases()));
    std::iota(ordinals.begin(), ordinals.end(), 0u);
    earlier->Add(earlier->runs().empty() ? "earlier-run" : "later-run", shown, ordinals);
  }
  return *earlier;
}

GateEvidence EvidenceOf(const std::string& candidate, const std::string& baseline, const std::string& earlier) {
  GateEvidence evidence{.gate_version = "sha256:gate", .candidate = {"m", "2", "sha256:m2"}, .suites = {}};
  evidence.suites = {Run(candidate, "candidate-run")};
  evidence.baseline = ModelIdentity{"m", "1", "sha256:m1"};
  evidence.baseline_suites = {Run(baseline, "baseline-run")};
  if (!earlier.empty()) evidence.earlier_baseline = {EarlierOf({earlier})};
  return evidence;
}

constexpr char kNotWorseByATenth[] = "{name: r, metric: m, non_inferior: {margin: 0.1}}";

TEST(ControlArm, SettlesNothingWhereTheBaselineHasMoved) {
  struct Row {
    const char* candidate;
    const char* baseline;
    const char* earlier;
    VerdictState state;
    bool has_moved;
  };
  // Seven cases that only one of the runs passes are not enough at 99 %, eight are: 1/2^8 <= 0.005 of one side.
  const Row rows[] = {
      {"100 x 1", "100 x 1", "100 x 1", VerdictState::kPass, false},
      {"100 x 1", "7 x 0; 93 x 1", "100 x 1", VerdictState::kPass, false},
      {"100 x 1", "30 x 0; 70 x 1", "100 x 1", VerdictState::kInconclusive, true},
      {"100 x 0", "30 x 0; 70 x 1", "100 x 1", VerdictState::kInconclusive, true},
      {"100 x 1", "100 x 1", "30 x 0; 70 x 1", VerdictState::kInconclusive, true},
      {"100 x 0", "100 x 1", "100 x 1", VerdictState::kFail, false},
  };
  for (const Row& row : rows) {
    const Verdict verdict =
        Decide(GateOf(kNotWorseByATenth), EvidenceOf(row.candidate, row.baseline, row.earlier), Time{});
    EXPECT_EQ(verdict.state, row.state) << row.baseline << " against " << row.earlier;
    ASSERT_EQ(verdict.controls.size(), 1u);
    EXPECT_EQ(verdict.controls[0].has_moved, row.has_moved) << row.baseline << " against " << row.earlier;
  }
}

TEST(ControlArm, SaysWhatHasMovedAndLeavesNoWayRoundIt) {
  const Verdict verdict = Decide(GateOf(kNotWorseByATenth), EvidenceOf("100 x 1", "30 x 0; 70 x 1", "100 x 1"), Time{});
  EXPECT_EQ(
      verdict.reason,
      "suite \"s\": endpoint or judge drifted: \"m\" of the baseline was 1 in run earlier-run and is 0.7 on the "
      "same cases now: repair it, or accept what it is now by another version of the baseline; until then each check "
      "counts as an attempt");
  EXPECT_EQ(verdict.ceiling, VerdictState::kInconclusive) << "a waiver of the rule would make it a PASS";
  EXPECT_THAT(verdict.deciding_rules, IsEmpty());
  EXPECT_EQ(verdict.rules[0].state, VerdictState::kPass);
  EXPECT_EQ(verdict.controls[0], (ControlComparison{.suite = "s",
                                                    .metric = "m",
                                                    .earlier_run = "earlier-run",
                                                    .before = 1,
                                                    .now = 0.7,
                                                    .has_moved = true,
                                                    .cases = 100,
                                                    .error_share = 1,
                                                    .missing = 0,
                                                    .lower = verdict.controls[0].lower,
                                                    .upper = verdict.controls[0].upper}));
  EXPECT_LT(*verdict.controls[0].lower, -0.3);
  EXPECT_GT(*verdict.controls[0].lower, -0.5);
  EXPECT_LT(*verdict.controls[0].upper, 0);
  EXPECT_GT(*verdict.controls[0].upper, -0.3);
}

StandingAlarm AlarmOf(double move) {
  return {.metric = "m", .verdict = "v", .run = "r", .from = "f", .move = move, .cases = 100};
}

TEST(ControlArm, SettlesNothingWhileAnAlarmIsNotExcluded) {
  struct Row {
    const char* baseline;
    const char* earlier;  // "" without
    double move;
    bool is_elsewhere;
    VerdictState state;
  };
  // Of 100 equal pairs the bounds are 5.2 points away.
  const Row rows[] = {
      {"100 x 1", "100 x 1", -0.06, false, VerdictState::kPass},
      {"100 x 1", "100 x 1", 0.06, false, VerdictState::kPass},
      {"100 x 1", "100 x 1", -0.05, false, VerdictState::kInconclusive},
      {"100 x 1", "100 x 1", 0.05, false, VerdictState::kInconclusive},
      {"100 x 1", "100 x 1", -0.06, true, VerdictState::kInconclusive},
      {"100 x 1", "", -0.06, false, VerdictState::kInconclusive},
      // One that has no value may have moved.
      {"1 x error; 99 x 1", "100 x 1", -0.06, false, VerdictState::kInconclusive},
      {"1 x error; 99 x 1", "100 x 1", -0.07, false, VerdictState::kPass},
  };
  for (const Row& row : rows) {
    GateEvidence evidence = EvidenceOf("100 x 1", row.baseline, row.earlier);
    evidence.alarms["s"] = {AlarmOf(row.move)};
    evidence.alarms["s"][0].is_elsewhere = row.is_elsewhere;
    const Verdict verdict = Decide(GateOf(kNotWorseByATenth), evidence, Time{});
    EXPECT_EQ(verdict.state, row.state) << row.baseline << " " << row.move << " " << verdict.reason;
    if (row.state == VerdictState::kPass) continue;
    EXPECT_EQ(verdict.ceiling, VerdictState::kInconclusive);
    EXPECT_EQ(verdict.reason.find("suite \"s\": verdict v found \"m\" of the baseline moved by "), 0u)
        << verdict.reason;
  }
}

// A waiver of rules that are INCONCLUSIVE by themselves would else be a way round it.
TEST(ControlArm, LowersTheCeilingOfWhatIsNotSettledToo) {
  const char* const undecided = "15 x 0; 85 x 1";
  const Verdict moved = Decide(GateOf(kNotWorseByATenth), EvidenceOf(undecided, "10 x 0; 90 x 1", "100 x 1"), Time{});
  ASSERT_TRUE(moved.controls.at(0).has_moved);
  EXPECT_EQ(moved.rules.at(0).state, VerdictState::kInconclusive);
  EXPECT_EQ(moved.state, VerdictState::kInconclusive);
  EXPECT_EQ(moved.ceiling, VerdictState::kInconclusive);
  EXPECT_EQ(moved.reason.find("suite \"s\": endpoint or judge drifted: "), 0u) << moved.reason;
  GateEvidence alarmed = EvidenceOf(undecided, "10 x 0; 90 x 1", "10 x 0; 90 x 1");
  EXPECT_EQ(Decide(GateOf(kNotWorseByATenth), alarmed, Time{}).ceiling, VerdictState::kPass);
  alarmed.alarms["s"] = {AlarmOf(-0.02)};
  EXPECT_EQ(Decide(GateOf(kNotWorseByATenth), alarmed, Time{}).ceiling, VerdictState::kInconclusive);
}

TEST(ControlArm, ComparesWhatAnAlarmIsOfToo) {
  GateEvidence evidence = EvidenceOf("100 x 1", "100 x 1", "100 x 1");
  evidence.alarmed["s"] = {{.metric = "m"}, {.metric = "gone"}};
  EXPECT_EQ(CompareControls(GateOf(kNotWorseByATenth), evidence).size(), 1u);
  EXPECT_EQ(
      ControlledMetrics(GateOf(kNotWorseByATenth), evidence.baseline_suites[0].observations, evidence.alarmed["s"]),
      (std::vector<ControlledMetric>{{.name = "m"}}));
}

TEST(ControlArm, AnAlarmIsOfItsMetricAndItsSuite) {
  GateEvidence evidence = EvidenceOf("100 x 1", "100 x 1", "100 x 1");
  const std::vector<ControlComparison> comparisons = CompareControls(GateOf(kNotWorseByATenth), evidence);
  const StandingAlarm alarm = AlarmOf(-0.2);
  EXPECT_EQ(FindUnanswered("s", {alarm}, comparisons), nullptr);
  StandingAlarm other = alarm;
  other.metric = "other";
  const std::vector<StandingAlarm> alarms = {alarm, other};
  EXPECT_EQ(FindUnanswered("s", alarms, comparisons), &alarms[1]);
  EXPECT_EQ(FindUnanswered("another", alarms, comparisons), &alarms[0]);
}

// Of one run alone it would be chance what it was.
TEST(ControlArm, HoldsTheBaselineAgainstTheMeanOfItsFirstRuns) {
  GateEvidence evidence = EvidenceOf("100 x 1", "10 x 0; 90 x 1", "100 x 1");
  ASSERT_TRUE(CompareControls(GateOf(kNotWorseByATenth), evidence).at(0).has_moved);
  evidence.earlier_baseline = {EarlierOf({"100 x 1", "10 x 0; 90 x 1", "10 x 0; 90 x 1", "10 x 0; 90 x 1"})};
  const ControlComparison found = CompareControls(GateOf(kNotWorseByATenth), evidence).at(0);
  EXPECT_FALSE(found.has_moved);
  EXPECT_DOUBLE_EQ(found.before.value_or(0), 0.925);
  EXPECT_DOUBLE_EQ(found.now.value_or(0), 0.9);
  EXPECT_EQ(found.earlier_run, "earlier-run");
  EXPECT_EQ(found.earlier_runs, 4);
  EXPECT_EQ(found.cases, 100);
}

// Runs of other lengths are the first of other cases, and none of them is lost for what it lacks.
TEST(ControlArm, ComparesWhatIsKnownOfBefore) {
  GateEvidence evidence = EvidenceOf("100 x 1", "5 x error; 95 x 1", "40 x 1; 60 x error");
  ControlComparison found = CompareControls(GateOf(kNotWorseByATenth), evidence).at(0);
  EXPECT_EQ(found.cases, 40);
  EXPECT_DOUBLE_EQ(found.missing.value_or(-1), 5.0 / 40);
  evidence.earlier_baseline = {EarlierOf({"40 x 1; 60 x error", "100 x 0"})};
  found = CompareControls(GateOf(kNotWorseByATenth), evidence).at(0);
  EXPECT_EQ(found.cases, 100);
  EXPECT_DOUBLE_EQ(found.missing.value_or(-1), 0.05);
  EXPECT_DOUBLE_EQ(found.before.value_or(-1), 0.5 * 35 / 95);
}

// Such a case never has a value: who waited for one would read every run there is.
TEST(ControlArm, WaitsForNoValueOfCasesThatAreLeftOut) {
  EarlierBaseline earlier = EarlierOf({"40 x 1; 60 x left_out"});
  EXPECT_EQ(earlier.CountFewer("m", 1), 0);
  EXPECT_EQ(earlier.CountFewer("m", 2), 40);
  EXPECT_EQ(EarlierOf({"40 x 1; 60 x error"}).CountFewer("m", 1), 60);
  const std::vector<std::uint32_t> half = {0, 1, 98, 99};
  EXPECT_EQ(earlier.Part(half).CountFewer("m", 2), 2);
}

// One that a later run asks is known nowhere, whatever runs before left out.
TEST(ControlArm, WaitsForWhatIsAskedNow) {
  EarlierBaseline earlier("s", {"m"}, 100);
  earlier.ExpectAsked(testing::MakeEvidence({.cases = "50 x 1; 25 x left_out; 25 x outstanding"}).observations);
  std::vector<std::uint32_t> ordinals(100);
  std::iota(ordinals.begin(), ordinals.end(), 0u);
  earlier.Add("run", testing::MakeEvidence({.cases = "40 x 1; 60 x left_out"}).observations, ordinals);
  EXPECT_EQ(earlier.CountFewer("m", 1), 10);
}

// A run may tell what one metric was and not what another was.
TEST(ControlArm, IsMeasuredMetricByMetric) {
  const auto evidence = testing::MakeEvidence({.cases = "10 x 1", .second = "10 x 0"});
  EarlierBaseline earlier("s", {"m", "n"}, 10);
  std::vector<std::uint32_t> ordinals(10);
  std::iota(ordinals.begin(), ordinals.end(), 0u);
  earlier.Add("first", evidence.observations, ordinals);
  EXPECT_TRUE(earlier.PartialRuns().empty());
  const std::vector<std::string> one = {"m"};
  earlier.Add("second", evidence.observations, ordinals, one);
  EXPECT_EQ(earlier.runs(), (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(earlier.RunsOf("n"), (std::vector<std::string>{"first"}));
  EXPECT_EQ(earlier.PartialRuns(), (std::map<std::string, std::vector<std::string>>{{"n", {"first"}}}));
  EXPECT_EQ(earlier.CountFewer("m", 2), 0);
  EXPECT_EQ(earlier.CountFewer("n", 2), 10);
}

// Ten of two hundred cases died, and these are the ten that a shorter gate does not ask.
TEST(ControlArm, TakesCasesOfAnAlarmThatItHasNotForMoved) {
  ControlComparison found{.suite = "s", .metric = "m", .earlier_run = "r", .before = 1, .now = 1};
  found.cases = 190;
  found.missing = 0;
  found.lower = -0.01;
  found.upper = 0.01;
  EXPECT_FALSE(Excludes(found, {.metric = "m", .move = -0.05, .cases = 200}));
  EXPECT_FALSE(FindsNothing(found, {.metric = "m", .move = -0.05, .cases = 200}));
  EXPECT_TRUE(Excludes(found, {.metric = "m", .move = -0.1, .cases = 200}));
}

// What is missing of a case may be what it lost.
TEST(ControlArm, LeavesOutACaseOfWhichATrialIsMissing) {
  const auto run = [](const std::string& cases) {
    SuiteEvidence evidence = testing::MakeEvidence({.cases = cases});
    evidence.run = "baseline-run";
    return evidence;
  };
  GateEvidence evidence = EvidenceOf("2 x 1", "2 x 1", "");
  evidence.baseline_suites = {run("40 x 1,error; 60 x 1,1")};
  evidence.suites = {run("100 x 1,1")};
  EarlierBaseline earlier("s", {"m"}, 100);
  std::vector<std::uint32_t> ordinals(100);
  std::iota(ordinals.begin(), ordinals.end(), 0u);
  earlier.Add("earlier-run", run("100 x 1,1").observations, ordinals);
  evidence.earlier_baseline = {earlier};
  const ControlComparison found = CompareControls(GateOf(kNotWorseByATenth), evidence).at(0);
  EXPECT_EQ(found.cases, 100);
  EXPECT_DOUBLE_EQ(found.missing.value_or(-1), 0.4);
  EXPECT_FALSE(Excludes(found, {.move = -0.2, .cases = 100})) << "one trial of each of 40 cases";
}

TEST(ControlArm, AnAlarmIsComparedWithTheWholeErrorRate) {
  GateSpec gate = GateOf(kNotWorseByATenth);
  GateEvidence evidence = EvidenceOf("100 x 1", "100 x 1", "100 x 1");
  evidence.control_share = 0.5;
  EXPECT_DOUBLE_EQ(CompareControls(gate, evidence).at(0).error_share.value_or(0), 0.5);
  evidence.alarmed["s"] = {{.metric = "m"}};
  EXPECT_DOUBLE_EQ(CompareControls(gate, evidence).at(0).error_share.value_or(0), 0.5);
}

// Those that moved may be other cases, or a few of these.
TEST(ControlArm, ExcludesAMoveOfCasesThatItHas) {
  ControlComparison found{.suite = "s", .metric = "m", .earlier_run = "r", .before = 1, .now = 1};
  found.cases = 100;
  found.missing = 0;
  found.lower = -0.05;
  found.upper = 0.05;
  const auto excludes = [&](double move, std::int64_t cases) {
    return Excludes(found, {.move = move, .cases = cases});
  };
  EXPECT_TRUE(excludes(-0.1, 100));
  EXPECT_TRUE(excludes(-0.1, 105)) << "all but a twentieth of them";
  EXPECT_FALSE(excludes(-0.1, 106));
  EXPECT_TRUE(excludes(-0.2, 30));
  EXPECT_FALSE(excludes(-0.1, 30)) << "0.03 of a hundred";
  EXPECT_FALSE(excludes(0.1, 30));
  found.cases = std::nullopt;
  EXPECT_FALSE(excludes(-0.1, 100));
}

TEST(ControlArm, FindsNothingWhateverItLacks) {
  ControlComparison found{.suite = "s", .metric = "m", .earlier_run = "r", .before = 1, .now = 1};
  found.cases = 100;
  found.missing = 0.05;
  found.lower = -0.04;
  found.upper = 0.04;
  EXPECT_FALSE(FindsNothing(found, AlarmOf(-0.05))) << "0.04 of 95 in a hundred is less than 5";
  EXPECT_FALSE(FindsNothing(found, AlarmOf(0.05)));
  found.missing = 0.03;
  EXPECT_TRUE(FindsNothing(found, AlarmOf(-0.05)));
  EXPECT_TRUE(FindsNothing(found, AlarmOf(0.05)));
  found.has_moved = true;
  EXPECT_FALSE(FindsNothing(found, AlarmOf(-0.05)));
  found.has_moved = false;
  found.upper = std::nullopt;
  EXPECT_FALSE(FindsNothing(found, AlarmOf(-0.05)));
}

// 30 cases of "en" went one way by chance and 30 the other, so that the fall of all of "de" is not seen in the mean.
TEST(ControlArm, FindsTheSliceThatFellAmongNoisyOthers) {
  const std::string before = "20 x 1 @de; 30 x 0 @en; 30 x 1 @en; 120 x 1 @en";
  const std::string now = "20 x 0 @de; 30 x 1 @en; 30 x 0 @en; 120 x 1 @en";
  const std::string candidate = "20 x 0 @de; 180 x 1 @en";
  const Verdict whole = Decide(GateOf(kNotWorseByATenth), EvidenceOf(candidate, now, before), Time{});
  ASSERT_EQ(whole.controls.size(), 1u);
  EXPECT_FALSE(whole.controls[0].has_moved);
  EXPECT_EQ(whole.state, VerdictState::kPass) << "a rule that asks for no slice says nothing of it";

  const Verdict sliced = Decide(GateOf("{name: r, metric: m, by: [topic], non_inferior: {margin: 0.3}}"),
                                EvidenceOf(candidate, now, before), Time{});
  ASSERT_EQ(sliced.controls.size(), 3u);
  EXPECT_EQ(sliced.controls[0].Part(), (ControlledPart{.metric = "m"}));
  EXPECT_EQ(sliced.controls[1].Part(), (ControlledPart{.metric = "m", .slice = "topic", .slice_value = "de"}));
  EXPECT_EQ(sliced.controls[2].Part(), (ControlledPart{.metric = "m", .slice = "topic", .slice_value = "en"}));
  EXPECT_FALSE(sliced.controls[0].has_moved);
  EXPECT_TRUE(sliced.controls[1].has_moved);
  EXPECT_FALSE(sliced.controls[2].has_moved);
  EXPECT_EQ(sliced.controls[1].cases, 20);
  EXPECT_DOUBLE_EQ(*sliced.controls[0].error_share, 0.5);
  EXPECT_DOUBLE_EQ(*sliced.controls[1].error_share, 0.25);
  EXPECT_DOUBLE_EQ(*sliced.controls[2].error_share, 0.25);
  EXPECT_EQ(sliced.state, VerdictState::kInconclusive);
  EXPECT_EQ(sliced.ceiling, VerdictState::kInconclusive);
  EXPECT_THAT(sliced.reason, ::testing::StartsWith("suite \"s\": endpoint or judge drifted: \"m\" in topic=de of the "
                                                   "baseline was 1 in run earlier-run and is 0 on the same cases now"));
}

// A gate that does not ask by slices holds the baseline against its past in the slice of an alarm, and in no other.
TEST(ControlArm, ComparesTheSliceThatAnAlarmIsOfToo) {
  GateEvidence evidence = EvidenceOf("100 x 1", "20 x 1 @de; 80 x 1 @en", "20 x 1 @de; 80 x 1 @en");
  evidence.alarmed["s"] = {{.metric = "m", .slice = "topic", .slice_value = "de"},
                           {.metric = "m", .slice = "gone", .slice_value = "de"}};
  const std::vector<ControlComparison> found = CompareControls(GateOf(kNotWorseByATenth), evidence);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].Part(), (ControlledPart{.metric = "m"}));
  EXPECT_DOUBLE_EQ(*found[0].error_share, 0.5);
  EXPECT_EQ(found[1].Part(), (ControlledPart{.metric = "m", .slice = "topic", .slice_value = "de"}));
  EXPECT_DOUBLE_EQ(*found[1].error_share, 1) << "as it had when it was raised, or more";
}

// Of another slice it says nothing, nor a slice of the whole.
TEST(ControlArm, ExcludesInASliceOnlyWhatWasSeenThere) {
  const StandingAlarm of_slice = {.metric = "m", .move = -0.5, .cases = 20, .slice = "topic", .slice_value = "de"};
  const StandingAlarm of_all = {.metric = "m", .move = -0.5, .cases = 20};
  ControlComparison found{.suite = "s", .metric = "m", .earlier_run = "r", .before = 1, .now = 1};
  found.cases = 20;
  found.missing = 0;
  found.lower = -0.1;
  found.upper = 0.1;
  EXPECT_TRUE(Excludes(found, of_all));
  EXPECT_FALSE(Excludes(found, of_slice)) << "the others may have moved the other way";
  EXPECT_FALSE(FindsNothing(found, of_slice));
  found.slice = "topic";
  found.slice_value = "de";
  EXPECT_FALSE(Excludes(found, of_all));
  EXPECT_FALSE(FindsNothing(found, of_all));
  EXPECT_TRUE(Excludes(found, of_slice));
  EXPECT_TRUE(FindsNothing(found, of_slice));
  found.slice_value = "en";
  EXPECT_FALSE(Excludes(found, of_slice));
  EXPECT_FALSE(FindsNothing(found, of_slice));
}

// Where a move of twenty cases is a tenth of that, to find nothing says something only if a tenth would be found.
TEST(ControlArm, FindsNothingOnMoreCasesOnlyWhereItWouldHave) {
  const StandingAlarm alarm = {.metric = "m", .move = -0.5, .cases = 20};
  ControlComparison found{.suite = "s", .metric = "m", .earlier_run = "r", .before = 0.9, .now = 0.9};
  found.cases = 200;
  found.missing = 0;
  found.lower = -0.06;
  found.upper = 0.06;
  EXPECT_FALSE(FindsNothing(found, alarm));
  found.lower = -0.06;
  found.upper = 0.05;
  EXPECT_TRUE(FindsNothing(found, alarm));
  found.cases = 21;
  found.upper = 0.9;
  EXPECT_TRUE(FindsNothing(found, alarm)) << "as many, but for a twentieth";
}

// Neither is known of an endpoint that does not answer, whatever rules on the candidate alone say.
TEST(ControlArm, SettlesNothingBesideABaselineThatDoesNotAnswer) {
  const std::string floor = "{name: r, metric: m, at_least: 0.5}";
  const Verdict silent = Decide(GateOf(floor), EvidenceOf("100 x 1", "100 x error", "100 x 1"), Time{});
  EXPECT_EQ(silent.state, VerdictState::kInconclusive);
  EXPECT_EQ(silent.reason,
            "suite \"s\": beside the candidate the baseline has no \"m\" of 100 of the 100 cases that it had one of "
            "before: whether endpoint or judge are what they were is not known");
  EXPECT_EQ(silent.ceiling, VerdictState::kInconclusive);
  ASSERT_EQ(silent.controls.size(), 1u);
  EXPECT_FALSE(silent.controls[0].now);
  EXPECT_EQ(Decide(GateOf(floor), EvidenceOf("100 x 1", "50 x error; 50 x 1", "100 x 1"), Time{}).state,
            VerdictState::kPass);
}

TEST(ControlArm, NeedsAnEarlierRunAndIsAskedForByTheGate) {
  EXPECT_THAT(CompareControls(GateOf(kNotWorseByATenth), EvidenceOf("9 x 1", "9 x 1", "")), IsEmpty());
  EXPECT_THAT(CompareControls(GateOf(kNotWorseByATenth), EvidenceOf("9 x 1", "9 x 1", "8 x 1")), IsEmpty())
      << "of other cases";
  GateSpec gate = GateOf(kNotWorseByATenth);
  gate.interleave = false;
  const Verdict verdict = Decide(gate, EvidenceOf("100 x 1", "30 x 0; 70 x 1", "100 x 1"), Time{});
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  EXPECT_THAT(verdict.controls, IsEmpty());
}

// By adding up all outcomes: 20 cases that pass with probability 1/2 or 0.9, in two runs of one and the same model.
TEST(ControlArm, TakesAnUnchangedBaselineForMovedInOneOfAHundredAtMost) {
  for (const double p : {0.5, 0.9}) {
    const int cases = 20;
    double moved = 0;
    const double lost = p * (1 - p);
    for (int down = 0; down <= cases; ++down) {
      for (int up = 0; up + down <= cases; ++up) {
        const auto text = [&](int first, int second) {
          std::string all;
          if (first > 0) all += std::to_string(first) + " x 1; ";
          if (second > 0) all += std::to_string(second) + " x 0; ";
          if (cases > first + second) all += std::to_string(cases - first - second) + " x 1; ";
          return all.substr(0, all.size() - 2);
        };
        const auto controls = CompareControls(GateOf(kNotWorseByATenth), EvidenceOf("20 x 1", text(up, down), [&] {
                                                std::string all;
                                                if (up > 0) all += std::to_string(up) + " x 0; ";
                                                if (cases > up) all += std::to_string(cases - up) + " x 1; ";
                                                return all.substr(0, all.size() - 2);
                                              }()));
        if (!controls.at(0).has_moved) continue;
        moved += std::exp(std::lgamma(cases + 1) - std::lgamma(down + 1) - std::lgamma(up + 1) -
                          std::lgamma(cases - up - down + 1) + (up + down) * std::log(lost) +
                          (cases - up - down) * std::log1p(-2 * lost));
      }
    }
    EXPECT_LE(moved, kControlErrorRate) << p;
  }
}

}  // namespace
}  // namespace assay
