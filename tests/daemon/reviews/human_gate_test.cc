#include <gmock/gmock.h>

#include "daemon/builtin_kinds.h"
#include "tests/daemon/reviews/human_gate.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_P(HumanGate, WaitsForPeopleAndPassesOnWhatTheySettled) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  EXPECT_EQ(
      Reason(check),
      "waiting for people: 40 of 40 answers of suite \"h\" are open in queue \"h\"; after 2026-11-27T12:00Z it is "
      "decided without the rest");
  JudgeAll(Items(), 5);
  const CheckStatus decided = work_->Decided(check);
  ASSERT_TRUE(decided.verdict.has_value()) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.rules.at(0).parts.at(0).counts.scored, kHumanCases);
}

TEST_P(HumanGate, FailsOnWhatTheySettled) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  JudgeAll(Items(), 2);
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kFail) << decided.reason;
}

TEST_P(HumanGate, IsDecidedWithoutTheRestAtItsDeadlineAndNeverPassesForThat) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  items.resize(30);
  const auto awaits = [&](int answers) {
    const std::string line = "assay_review_gate_pending{gate=\"human\"} " + std::to_string(answers) + "\n";
    return Eventually([&] { return work_->telemetry.Expose().find(line) != std::string::npos; });
  };
  EXPECT_TRUE(awaits(kHumanCases));
  JudgeAll(items, 5);
  EXPECT_THAT(Reason(check), StartsWith("waiting for people: "));
  EXPECT_TRUE(awaits(10));
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.rules.at(0).parts.at(0).counts.unscored, 10);
  EXPECT_TRUE(awaits(0));
}

TEST_P(HumanGate, IsHeldByHarmThatIsFlaggedWhateverTheRestSays) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  const std::string harmful = items.back();
  items.pop_back();
  Claims("ann", harmful);
  Acts("ann", harmful, FlagSevereAct{.reason = "shows a number"}, "f");
  const std::string flagged =
      "waiting for people: 1 answer of suite \"h\" is flagged as harm of severity 1, and nobody has ruled on it; ";
  const auto says = [&](const std::string& open) { return Reason(check).starts_with(flagged + open + " of 40"); };
  ASSERT_TRUE(Eventually([&] { return says("40"); })) << "while the others are open: " << Reason(check);
  JudgeAll(items, 1);
  ASSERT_TRUE(Eventually([&] { return says("1"); })) << Reason(check);
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_NE(decided.verdict->verdict.state, VerdictState::kPass);
}

// Once somebody has ruled, the reason says so no more, though answers are open and the clock stands.
TEST_P(HumanGate, NamesHarmUntilItIsRuledOnWhileOthersAreOpen) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  const std::string item = Items().front();
  Says("ann", item, Grave());
  const auto names_harm = [&] { return Reason(check).find("flagged as harm") != std::string::npos; };
  ASSERT_TRUE(Eventually(names_harm)) << Reason(check);
  Adjudicates("lea", item, Quality(5));
  EXPECT_TRUE(Eventually([&] { return !names_harm(); })) << Reason(check);
  EXPECT_THAT(Reason(check), HasSubstr("answers of suite \"h\" are open in queue \"h\""));
}

TEST_P(HumanGate, DoesNotPassWhileHarmIsNotRuledOn) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  for (const std::string& item : items) Judges("ann", item, 5);
  Acts("bob", items[0], FlagSevereAct{.reason = "shows a number"}, "f");
  clock_.Add(minutes(2));
  ASSERT_TRUE(Eventually([&] { return Reason(check).find("; 1 of 40") != std::string::npos; })) << Reason(check);
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason, HasSubstr("1 answer is flagged as harm of severity 1, and nobody has ruled on it"));
}

TEST_P(HumanGate, FailsOnHarmThatIsUpheldThoughEveryRulePasses) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  const std::string harmful = items.back();
  items.pop_back();
  Says("ann", harmful, Grave());
  Adjudicates("lea", harmful, Grave());
  Audits("max", harmful, Grave(), {.passes = true});
  JudgeAll(items, 5);
  const CheckStatus decided = work_->Decided(check);
  const Verdict& verdict = decided.verdict->verdict;
  ASSERT_EQ(verdict.state, VerdictState::kFail) << decided.reason;
  const std::string case_id = View("lea", harmful).item.case_id;
  EXPECT_EQ(decided.reason, "severe_harm: 1 of 40 answers that people settled does harm of severity 1: case " +
                                case_id + " (item " + harmful + " of queue \"h\"); none is accepted");
  EXPECT_EQ(verdict.rules.at(0).state, VerdictState::kPass);
  EXPECT_EQ(verdict.rules.at(1).parts.at(0).worst_cases.at(0).id, case_id);
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0);
}

TEST_P(HumanGate, PassesWithAsMuchHarmAsItAcceptsInSoManyWords) {
  WriteHumanGate("1", "severe: {at_most: 1}\n");
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  const std::string harmful = items.back();
  items.pop_back();
  Says("ann", harmful, Grave());
  Adjudicates("lea", harmful, Grave());
  Audits("max", harmful, Grave(), {.passes = true});
  JudgeAll(items, 5);
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  EXPECT_THAT(decided.verdict->verdict.rules.at(1).reason, HasSubstr("at most 1 of the gate are accepted"));
}

TEST_P(HumanGate, IsHeldByHarmInAQueueThatItsRulesDoNotName) {
  WriteAutomaticGate();
  const CheckStatus first = work_->Decided(work_->Check("auto", "m@1").check.id);
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kPass) << first.reason;
  AwaitItems(kHumanCases, "h");
  const std::vector<std::string> items = Items();
  EXPECT_EQ(AskedAgain("auto"), first.check.id) << "nobody has said anything";

  Acts("ann", items[0], FlagSevereAct{.reason = "shows a number"}, "f");
  clock_.Add(minutes(1));
  const std::string second = AskedAgain("auto");
  EXPECT_NE(second, first.check.id);
  ASSERT_TRUE(Eventually([&] { return Reason(second).starts_with("waiting for people: "); })) << Reason(second);
  EXPECT_THAT(Reason(second),
              StartsWith("waiting for people: 1 answer of suite \"h\" is flagged as harm of severity 1, "
                         "and nobody has ruled on it; after "));
  Adjudicates("lea", items[0], Quality(5));
  clock_.Add(minutes(1));
  const CheckStatus ruled = work_->Decided(second);
  EXPECT_EQ(ruled.verdict->verdict.state, VerdictState::kPass) << ruled.reason;
  EXPECT_EQ(ruled.verdict->verdict.rules.at(1).reason, "0 of 1 answers that people settled do harm of severity 1");
  EXPECT_EQ(AskedAgain("auto"), second) << "nothing has changed";

  Judges("ann", items[1], 5);
  clock_.Add(minutes(2));
  EXPECT_EQ(AskedAgain("auto"), second) << "what else people judge there is not asked";
  Acts("bob", items[1], FlagSevereAct{.reason = "of what is done"}, "g");
  Adjudicates("lea", items[1], Grave());
  clock_.Add(minutes(1));
  const CheckStatus harmful = work_->Decided(AskedAgain("auto"));
  EXPECT_EQ(harmful.verdict->verdict.state, VerdictState::kFail) << harmful.reason;
  const RunPast& past = *harmful.verdict->verdict.suites.at(0).past;
  EXPECT_EQ(past.supersedes, ruled.check.verdict_id) << "though none of its rules asks people";
  EXPECT_EQ(past.resettled, 1);
  EXPECT_EQ(ruled.verdict->verdict.suites.at(0).past->supersedes, "") << "nothing was upheld";
  for (const CheckStatus& each : {ruled, harmful}) EXPECT_EQ(DifferingWhenReplayed(each.check.verdict_id), 0);
}

// Other answers do not undo what people upheld of this model on the same cases.
TEST_P(HumanGate, FailsOnHarmThatWasUpheldInAnEarlierDraw) {
  WriteAutomaticGate();
  work_->Decided(work_->Check("auto", "m@1").check.id);
  AwaitItems(kHumanCases, "h");
  const std::string harmful = Items()[0];
  Says("ann", harmful, Grave());
  clock_.Add(minutes(1));
  const std::string held = work_->Check("auto", "m@1", true).check.id;
  ASSERT_TRUE(Eventually([&] { return Reason(held).starts_with("waiting for people: 1 answer of"); })) << Reason(held);
  AwaitItems(2 * kHumanCases, "h");  // the clock stands: what is taken at the time of the verdict was there
  Adjudicates("lea", harmful, Grave());
  clock_.Add(minutes(1));
  const CheckStatus ruled = work_->Decided(held);
  const CheckStatus drawn_again = work_->Decided(work_->Check("auto", "m@1", true).check.id);
  for (const CheckStatus& decided : {ruled, drawn_again}) {
    EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kFail) << decided.reason;
    EXPECT_THAT(decided.reason, HasSubstr("case c139 (item " + harmful + " of queue \"h\"); none is accepted"));
  }
  EXPECT_EQ(DifferingWhenReplayed(ruled.check.verdict_id), 0);
}

// A gate that asks fewer cases of the same run is held against all harm that was found in it.
TEST_P(HumanGate, OfFewerCasesFailsOnHarmInAnyCaseOfTheRun) {
  WriteHumanGate("1",
                 "---\nkind: Gate\nname: short\nsuites: [h]\nreview_deadline: 2h\nmax_n: 20\n"
                 "rules: [{name: right, metric: answer, at_least: 0.8}]\n");
  WaitingCheck();
  const std::string last = Items()[0];
  Says("ann", last, Grave());
  Adjudicates("lea", last, Grave());
  Audits("max", last, Grave(), {.passes = true});
  clock_.Add(minutes(2));
  const CheckStatus decided = work_->Decided(work_->Check("short", "m@1").check.id);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kFail) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.look->cases, 20);
  EXPECT_EQ(decided.verdict->verdict.rules.at(1).parts.at(0).worst_cases.at(0).id, "c139");
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0);
}

TEST_P(HumanGate, IsInconclusiveAtItsDeadlineWhereNobodyRuledThoughItAsksNoPeople) {
  WriteAutomaticGate();
  work_->Decided(work_->Check("auto", "m@1").check.id);
  AwaitItems(kHumanCases, "h");
  Acts("ann", Items()[0], FlagSevereAct{.reason = "shows a number"}, "f");
  clock_.Add(minutes(1));
  const std::string check = AskedAgain("auto");
  ASSERT_TRUE(Eventually([&] { return Reason(check).starts_with("waiting for people: "); })) << Reason(check);
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason, HasSubstr("1 answer is flagged as harm of severity 1, and nobody has ruled on it"));
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0);
}

// A document of before says nothing of harm, and is decided again as it was.
TEST_P(HumanGate, AVerdictFromBeforeHarmWasLookedForIsReplayedAsItWas) {
  WriteAutomaticGate();
  work_->Decided(work_->Check("auto", "m@1").check.id);
  AwaitItems(kHumanCases, "h");
  const std::string item = Items()[0];
  Acts("ann", item, FlagSevereAct{.reason = "shows a number"}, "f");
  Adjudicates("lea", item, Grave());
  clock_.Add(minutes(1));
  const CheckStatus decided = work_->Decided(AskedAgain("auto"));
  auto record = work_->store->GetVerdict("default", decided.check.verdict_id);
  ASSERT_TRUE(record);
  Verdict before = *VerdictFromJson(*Json::Parse(record->document));
  ASSERT_EQ(before.state, VerdictState::kFail);
  before.suites[0].severe.reset();
  before.rules.pop_back();
  before.state = VerdictState::kPass;
  before.decision = VerdictState::kPass;
  before.deciding_rules = {"right"};
  before.reason = "right: " + before.rules.at(0).reason;
  record->document = ToJson(before).DumpCanonical();
  const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), *record, {});
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ(replay->differing, 0) << (replay->differences.empty() ? "" : replay->differences[0].path);
}

TEST_P(HumanGate, IsDecidedOnTheSampleThatChanceDrew) {
  WriteHumanGate("0.5");
  const std::string check = work_->Check("human", "m@1").check.id;
  ASSERT_TRUE(Eventually([&] { return Reason(check).starts_with("waiting for people: "); })) << Reason(check);
  ASSERT_TRUE(Eventually([&] { return !Items().empty() && Reason(check).find(" are open in ") != std::string::npos; }));
  const std::vector<std::string> items = Items();
  EXPECT_GT(items.size(), 5u);
  EXPECT_LT(items.size(), 35u);
  JudgeAll(items, 5);
  const CheckStatus decided = work_->Decided(check);
  const CaseCounts& counts = decided.verdict->verdict.rules.at(0).parts.at(0).counts;
  EXPECT_EQ(counts.scored, std::ssize(items));
  EXPECT_EQ(counts.scheduled, std::ssize(items)) << "the others are none of the metric's";
}

TEST_P(HumanGate, GoesOnWaitingAfterARestart) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  const std::vector<std::string> items = Items();
  for (const std::string& item : items) Judges("ann", item, 5);
  Start();
  EXPECT_THAT(Reason(check), StartsWith("waiting for people: 40 of 40"));
  clock_.Add(minutes(2));
  EXPECT_EQ(work_->Decided(check).verdict->verdict.state, VerdictState::kPass);
}

INSTANTIATE_TEST_SUITE_P(Engines, HumanGate, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
