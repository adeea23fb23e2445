#include <gmock/gmock.h>

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
  JudgeAll(items, 5);
  EXPECT_THAT(Reason(check), StartsWith("waiting for people: "));
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive) << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.rules.at(0).parts.at(0).counts.unscored, 10);
}

TEST_P(HumanGate, IsHeldByHarmThatIsFlaggedWhateverTheRestSays) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  const std::string harmful = items.back();
  items.pop_back();
  Claims("ann", harmful);
  Acts("ann", harmful, FlagSevereAct{.reason = "shows a number"}, "f");
  JudgeAll(items, 1);
  ASSERT_TRUE(Eventually([&] { return Reason(check).starts_with("waiting for people: 1 of 40"); })) << Reason(check);
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_NE(decided.verdict->verdict.state, VerdictState::kPass);
}

TEST_P(HumanGate, DoesNotPassWhileHarmIsNotRuledOn) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  for (const std::string& item : items) Judges("ann", item, 5);
  Acts("bob", items[0], FlagSevereAct{.reason = "shows a number"}, "f");
  clock_.Add(minutes(2));
  ASSERT_TRUE(Eventually([&] { return Reason(check).starts_with("waiting for people: 1 of 40"); })) << Reason(check);
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  EXPECT_EQ(decided.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(decided.reason, HasSubstr("1 answer is flagged as harm of severity 1, and nobody has ruled on it"));
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
