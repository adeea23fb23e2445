// What people were shown goes for its age, and what they said of it stays.

#include <gmock/gmock.h>

#include "daemon/retention.h"
#include "tests/daemon/reviews/human_gate.h"

namespace assay::testing {
namespace {

using std::chrono::days;
using std::chrono::minutes;
using ::testing::HasSubstr;

class ReviewRetention : public HumanGate {
 protected:
  SweepOutcome Sweep(days age) { return Sweep({.reviews = age, .verdicts = age}); }
  SweepOutcome Sweep(const RetentionConfig& config) {
    Retention retention({.store = *work_->store,
                         .loops = work_->loops,
                         .telemetry = work_->telemetry,
                         .clock = clock_,
                         .blocking = work_->blocking.get_executor(),
                         .config = config});
    const auto outcome = work_->Wait(retention.Sweep());
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome.value_or(SweepOutcome{});
  }
  // Two items of which the first is done, and closed: nothing changes by itself any more.
  std::vector<std::string> OneDone() {
    RunSuite();
    AwaitItems(2);
    std::vector<std::string> ids;
    const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
    for (const ItemSummary& item : listed->items) ids.push_back(item.id);
    Judges("bob", ids[0], 5);
    Judges("eve", ids[0], 5);
    clock_.Add(minutes(11));
    AwaitItems(1);
    return ids;
  }
  bool ShowsTexts(const std::string& item) { return View("lea", item).content.has_value(); }
};

TEST_P(ReviewRetention, TakesTextsOutOfWhatIsSettledAndLeavesWhatWasSaid) {
  const std::vector<std::string> items = OneDone();
  Claims("ann", items[1]);
  ASSERT_TRUE(Ask(reviews_->SaveDraft(As("ann"), items[1], 1, "{}")));
  EXPECT_EQ(Sweep(days(30)).reviews, 0) << "it is young";
  clock_.Add(days(31));
  const SweepOutcome outcome = Sweep(days(30));
  EXPECT_EQ(outcome.reviews, 1);
  EXPECT_EQ(outcome.kept_reviews, 0);
  const ItemView view = View("lea", items[0]);
  EXPECT_FALSE(view.content.has_value());
  EXPECT_EQ(view.withheld,
            "its texts were deleted for their age (retention: 30d, 2026-12-28T10:11:00Z); what was said of them stays");
  EXPECT_EQ(view.judgements.size(), 2u);
  EXPECT_EQ(std::get<CriteriaAnswers>(view.decisions.at(0).decision.outcome.answers).criteria.at(0).score, 5);
  EXPECT_EQ(view.item.state, ReviewState::kDone);
  EXPECT_TRUE(ShowsTexts(items[1])) << "it is open";
  EXPECT_TRUE(View("ann", items[1]).draft.has_value());
  EXPECT_EQ(Sweep(days(30)).reviews, 0) << "once";
  Start();
  EXPECT_FALSE(ShowsTexts(items[0]));
  EXPECT_THAT(Refusal("lea", items[0], ReopenCommand{.reason = "again", .cause = ReviewCause::kSlip}, "o"),
              HasSubstr("were deleted for their age (retention): nobody could judge it"));
  EXPECT_THAT(work_->telemetry.Expose(), HasSubstr("assay_retention_deleted_total"));
}

TEST_P(ReviewRetention, AClassOfDataHasItsOwnPeriod) {
  const RetentionConfig config{
      .reviews = days(90), .verdicts = days(1), .classes = {{"health", {.reviews = days(14)}}}};
  const std::vector<std::string> of_no_class = OneDone();
  WriteQueue("data_class: health\n");
  auto people = *people_;
  for (Reviewer& each : people) each.clearances = {"health"};
  SetPeople(people);
  Start();
  RunSuite();
  AwaitItems(3);
  std::string classed;
  const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
  for (const ItemSummary& item : listed->items) {
    if (std::ranges::find(of_no_class, item.id) == of_no_class.end()) classed = item.id;
  }
  for (const std::string person : {"bob", "eve"}) Judges(person, classed, 5);
  clock_.Add(minutes(11));
  AwaitItems(2);
  clock_.Add(days(13));
  EXPECT_EQ(Sweep(config).reviews, 0) << "both are young";
  clock_.Add(days(2));
  EXPECT_EQ(Sweep(config).reviews, 1);
  EXPECT_EQ(View("lea", classed).withheld,
            "its texts were deleted for their age (retention: class health, 14d, 2026-12-12T10:22:00Z); what was said "
            "of them stays");
  EXPECT_EQ(View("lea", classed).judgements.size(), 2u);
  EXPECT_EQ(View("lea", classed).decisions.size(), 1u);
  EXPECT_TRUE(ShowsTexts(of_no_class[0]));
  clock_.Add(days(90));
  EXPECT_EQ(Sweep(config).reviews, 1);
  EXPECT_FALSE(ShowsTexts(of_no_class[0]));
}

TEST_P(ReviewRetention, WithoutAGeneralPeriodOnlyTheClassGoes) {
  const std::string item = OneDone()[0];
  clock_.Add(days(4000));
  EXPECT_EQ(Sweep({.verdicts = days(1), .classes = {{"health", {.reviews = days(14)}}}}).reviews, 0);
  EXPECT_TRUE(ShowsTexts(item));
}

TEST_P(ReviewRetention, WhatNobodyCanReadIsNotOpenedAgain) {
  const std::string item = OneDone()[0];
  const std::string judgement = View("lea", item).judgements.at(0).judgement.id;
  const ItemView of_ann = View("ann", item);
  clock_.Add(days(31));
  ASSERT_EQ(Sweep(days(30)).reviews, 1);
  const std::string why = "failed_precondition: the texts of item " + item +
                          " were deleted for their age (retention): nobody could judge it";
  EXPECT_EQ(Refusal("ann", item, FlagSevereAct{.reason = "I remember it"}, "f"), why);
  EXPECT_EQ(Refusal("lea", item, OrderAuditAct{.reason = "again"}, "a"), why);
  EXPECT_EQ(Refusal("lea", item, ReopenCommand{.reason = "again", .cause = ReviewCause::kSlip}, "o"), why);
  EXPECT_EQ(Refusal("lea", item, VoidCommand{.judgement = judgement, .reason = "bob was new"}, "v"), why);
  JudgementContent grave = Quality(1);
  grave.opinion.severity = 1;
  EXPECT_EQ(Refusal("bob", item, SubmitCommand{.token = 1, .content = grave, .as_extra = true}, "x"), why);
  EXPECT_EQ(StateOf(item), "done");
  EXPECT_EQ(View("lea", item).judgements.size(), 2u);
  Acts("bob", item, SubmitCommand{.token = 1, .content = Quality(1), .as_extra = true}, "y");
  EXPECT_EQ(StateOf(item), "done") << "what opens nothing is kept";
  Acts("lea", item, CancelAct{.reason = "its decision is wrong"}, "c");
  EXPECT_EQ(StateOf(item), "cancelled") << "taking it out is the way";
}

TEST_P(ReviewRetention, WhatNobodyCanReadIsTakenOutWhenItIsRedacted) {
  const std::string item = OneDone()[0];
  clock_.Add(days(31));
  ASSERT_EQ(Sweep(days(30)).reviews, 1);
  Acts("eve", item, QuarantineAct{.reason = "a name in a rationale"}, "q1");
  Acts("max", item, EndQuarantineAct{}, "e1");
  EXPECT_EQ(StateOf(item), "done") << "nothing was found";
  Acts("eve", item, QuarantineAct{.reason = "a name in a rationale"}, "q2");
  Acts("max", item, EndQuarantineAct{.content = ItemContent{}, .policy = "2026-1"}, "e2");
  EXPECT_EQ(StateOf(item), "cancelled") << "nobody could judge it anew";
  EXPECT_EQ(View("lea", item).withheld,
            "its texts were deleted for their age (retention: 30d, 2026-12-28T10:11:00Z); what was said of them stays");
  Acts("max", item, EndQuarantineAct{.content = ItemContent{}, .policy = "2026-1"}, "e2");
}

TEST_P(ReviewRetention, LeavesTheTextsThatAnotherItemShows) {
  const std::vector<std::string> items = OneDone();
  const std::vector<std::string> people = {"ann", "bob"};
  const auto session = Ask(reviews_->OpenCalibration(As("lea"), "q", items, people));
  ASSERT_TRUE(session) << session.error().message;
  clock_.Add(days(31));
  EXPECT_EQ(Sweep(days(30)).reviews, 1);
  for (const std::string& copy : session->entry.session.items) EXPECT_TRUE(ShowsTexts(copy)) << "it is open";
}

TEST_P(ReviewRetention, TakesNothingFromAVerdictThatIsNotLiveAnyMore) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  const std::vector<std::string> items = Items();
  JudgeAll(items, 5);
  const CheckStatus decided = work_->Decided(check);
  ASSERT_EQ(decided.verdict->verdict.state, VerdictState::kPass) << decided.reason;
  clock_.Add(days(20));
  EXPECT_EQ(Sweep(days(1)).reviews, kHumanCases) << "a verdict of twenty days ago is none of this day";
  EXPECT_EQ(DifferingWhenReplayed(decided.check.verdict_id), 0) << "facts are enough to decide again";
}

TEST_P(ReviewRetention, LeavesWhatTheNewestVerdictRestsOnWhereThatIsKept) {
  WriteHumanGate();
  const std::string check = WaitingCheck();
  JudgeAll(Items(), 5);
  work_->Decided(check);
  clock_.Add(days(20));
  Retention retention({.store = *work_->store,
                       .loops = work_->loops,
                       .telemetry = work_->telemetry,
                       .clock = clock_,
                       .blocking = work_->blocking.get_executor(),
                       .config = {.reviews = days(1)}});
  const auto outcome = work_->Wait(retention.Sweep());
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->reviews, 0);
  EXPECT_EQ(outcome->kept_reviews, kHumanCases);
  EXPECT_TRUE(ShowsTexts(Items().front()));
}

INSTANTIATE_TEST_SUITE_P(Engines, ReviewRetention, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
