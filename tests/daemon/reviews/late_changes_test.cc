// People change their minds after a verdict.

#include <gmock/gmock.h>

#include "tests/daemon/reviews/human_gate.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::Contains;
using ::testing::HasSubstr;

using LateChanges = HumanGate;

std::string NoteOf(const ItemView& view, const std::string& what) {
  std::string note = "no " + what;
  for (const ShownEvent& event : view.history) {
    if (event.what == what) note = event.note;
  }
  return note;
}

TEST_P(LateChanges, GiveAnotherVerdictThatNamesTheFirstWhichIsReplayedAsItWas) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  const std::vector<std::string> items = Items();
  JudgeAll(items, 5);
  const CheckStatus first = work_->Decided(check);
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kPass) << first.reason;
  EXPECT_EQ(first.verdict->verdict.suites.at(0).past->supersedes, "");
  EXPECT_EQ(AskedAgain(), check) << "nothing has changed";
  clock_.Add(minutes(1));
  const std::vector<std::string> reopened(items.begin(), items.begin() + 20);
  for (const std::string& item : reopened) {
    Acts("lea", item, ReopenCommand{.reason = "seen wrongly", .cause = ReviewCause::kMisread}, "o");
    EXPECT_EQ(NoteOf(View("lea", item), "item_reopened"),
              "seen wrongly; cause: misread; verdict " + first.check.verdict_id + " rested on what was decided");
  }
  const std::string again = AskedAgain();
  EXPECT_NE(again, check);
  ASSERT_TRUE(Eventually([&] { return Reason(again).starts_with("waiting for people: 20 of 40"); })) << Reason(again);
  EXPECT_EQ(DifferingWhenReplayed(first.check.verdict_id), 0);

  for (const std::string& item : reopened) {
    Judges("bob", item, 1);
    Audits("max", item, Quality(1), {.passes = true});  // what was judged again is looked at
  }
  clock_.Add(minutes(2));
  const CheckStatus second = work_->Decided(again);
  EXPECT_EQ(second.verdict->verdict.state, VerdictState::kFail) << second.reason;
  const RunPast& past = *second.verdict->verdict.suites.at(0).past;
  EXPECT_EQ(past.supersedes, first.check.verdict_id);
  EXPECT_EQ(past.resettled, 20);
  EXPECT_THAT(second.verdict->verdict.warnings,
              Contains("verdict " + first.check.verdict_id +
                       " rested on 20 answers of suite \"h\" that people have settled otherwise since, or are "
                       "judging anew: this one takes its place"));
  EXPECT_EQ(DifferingWhenReplayed(second.check.verdict_id), 0);
}

TEST_P(LateChanges, NameNoVerdictThatDidNotUseTheDecision) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  std::vector<std::string> items = Items();
  const std::string late = items.back();
  items.pop_back();
  JudgeAll(items, 5);
  clock_.Add(std::chrono::hours(2));
  const CheckStatus decided = work_->Decided(check);
  ASSERT_TRUE(decided.verdict.has_value());
  Judges("ann", late, 5);
  clock_.Add(minutes(2));
  Acts("lea", late, ReopenCommand{.reason = "seen wrongly", .cause = ReviewCause::kSlip}, "o");
  EXPECT_EQ(NoteOf(View("lea", late), "item_reopened"), "seen wrongly; cause: slip")
      << "it was open when the verdict was given";
}

INSTANTIATE_TEST_SUITE_P(Engines, LateChanges, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
