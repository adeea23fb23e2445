#include "daemon/reviews/reviews.h"

#include <gmock/gmock.h>

#include "daemon/reviews/grader_trust.h"
#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReviewService : public ReviewDeskTest {
 protected:
  // The first item of a run of the suite, and the other.
  std::vector<std::string> TwoItems() {
    RunSuite();
    AwaitItems(2);
    const auto items = Ask(reviews_->ListItems(As("lea"), {}, {}));
    std::vector<std::string> ids;
    for (const ItemSummary& item : items->items) ids.push_back(item.id);
    std::ranges::reverse(ids);
    return ids;
  }
};

TEST_P(ReviewService, TakesEachTrialOfACompleteRunOnce) {
  const RunRecord run = RunSuite();
  AwaitItems(2);
  Start();
  AwaitItems(2);
  const auto items = Ask(reviews_->ListItems(As("lea"), {}, {}));
  ASSERT_EQ(items->items.size(), 2u);
  EXPECT_EQ(items->items[0].run, run.id);
  EXPECT_THAT(items->items[0].reasons, ElementsAre("every"));
  // A moment after its items have entered.
  EXPECT_TRUE(Eventually([&] { return ReviewStore(*work_->store).OfferedAt(run.key, "q").value().has_value(); }));
}

TEST_P(ReviewService, IsDoneWhenPeopleAgreeAndTheTimeToReviseIsOver) {
  const std::string item = TwoItems()[0];
  EXPECT_EQ(StateOf(item), "queued");
  Judges("ann", item, 4);
  EXPECT_EQ(StateOf(item), "partial");
  const ItemView second = Judges("bob", item, 5);
  EXPECT_EQ(StateOf(item), "decided");
  EXPECT_EQ(second.revisable_until, clock_.Now() + minutes(10));
  clock_.Add(minutes(11));
  EXPECT_EQ(StateOf(item), "done");
  const ItemView done = View("lea", item);
  ASSERT_EQ(done.decisions.size(), 1u);
  EXPECT_EQ(done.decisions[0].decision.method, DecisionMethod::kTolerance);
  EXPECT_EQ(done.decisions[0].score.value, 0.75) << "the lower median 4 of 1 to 5";
  EXPECT_EQ(done.decisions[0].score.pass, true);
  AwaitItems(1);
  Start();  // what is over is not looked at again
  AwaitItems(1);
  EXPECT_EQ(StateOf(item), "done");
}

TEST_P(ReviewService, SaysWhyThereIsNothingToBeHad) {
  WriteQueue("overlap: {people: 1, severity: 0}\nlease: {time: 7m, per_person: 2}\n");
  Start();
  RunSuite();
  AwaitItems(2);
  const std::string first = Claims("ann").item.id;
  const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
  const std::string second = listed->items[listed->items[0].id == first ? 1 : 0].id;
  const ClaimArguments any{.queue = "q", .is_prefetch = true};
  EXPECT_EQ(Ask(reviews_->ClaimItem(As("ann"), any))->why_none, "what is left is for who asks for it");
  const ClaimArguments next{.item = second, .is_prefetch = true};
  ASSERT_TRUE(Ask(reviews_->ClaimItem(As("ann"), next))->view);
  const auto none = Ask(reviews_->ClaimItem(As("bob"), {}));
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_FALSE(none->view.has_value());
  EXPECT_EQ(none->why_none, "2 items: others have it, the next is free in 2m at the latest");
  EXPECT_EQ(none->free_at, clock_.Now() + minutes(2)) << "a prefetched one";
  clock_.Add(minutes(3));
  EXPECT_TRUE(Ask(reviews_->ClaimItem(As("bob"), {}))->view.has_value());
}

TEST_P(ReviewService, GivesNoPlaceTwice) {
  WriteQueue("overlap: {people: 1, severity: 0}\n");
  Start();
  const std::string item = TwoItems()[0];
  const ItemView held = Claims("ann", item);
  const ClaimArguments same{.item = item};
  const auto refused = Ask(reviews_->ClaimItem(As("bob"), same));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_THAT(refused.error().message, HasSubstr("\"bob\": others have it; the next place is free at"));
  clock_.Add(minutes(1));
  const ItemView renewed = Claims("ann", item);
  EXPECT_EQ(renewed.lease->token, held.lease->token);
  EXPECT_EQ(renewed.lease->expires_at, clock_.Now() + minutes(15));
}

TEST_P(ReviewService, TakesAJudgementOnceHoweverOftenItIsSent) {
  const std::string item = TwoItems()[0];
  const ItemView held = Claims("ann", item);
  const SubmitCommand submit{.token = held.lease->token, .content = Quality(5)};
  const ItemView first = Acts("ann", item, submit, "k");
  clock_.Add(minutes(1));
  const ItemView again = Acts("ann", item, submit, "k");
  EXPECT_EQ(again.judgement, first.judgement);
  EXPECT_EQ(again.judgements.size(), 1u);
  EXPECT_THAT(Refusal("ann", item, SubmitCommand{.token = held.lease->token, .content = Quality(1)}, "k"),
              HasSubstr("already_exists: "));
  Start();  // and after a restart, of which the client does not know
  EXPECT_EQ(Acts("ann", item, submit, "k").judgement, first.judgement);
}

TEST_P(ReviewService, CountsALateJudgementWhileAPlaceIsLeftAndKeepsItOtherwise) {
  WriteQueue("overlap: {people: 1, severity: 0}\n");
  Start();
  const std::vector<std::string> items = TwoItems();
  const ItemView first = Claims("ann", items[0]);
  const ItemView second = Claims("ann", items[1]);
  clock_.Add(minutes(16));
  Acts("ann", items[0], SubmitCommand{.token = first.lease->token, .content = Quality(5)}, "in time");
  EXPECT_EQ(StateOf(items[0]), "decided");
  Judges("bob", items[1], 2);
  const SubmitCommand late{.token = second.lease->token, .content = Quality(5)};
  EXPECT_THAT(Refusal("ann", items[1], late, "late"),
              HasSubstr("the lease was ended or superseded; claim the item again, or keep this as an extra"));
  SubmitCommand extra = late;
  extra.as_extra = true;
  const ItemView kept = Acts("ann", items[1], extra, "late");
  ASSERT_EQ(kept.judgements.size(), 1u) << "bob's is not shown";
  EXPECT_EQ(kept.judgements[0].judgement.role, JudgementRole::kExtra);
}

TEST_P(ReviewService, GoesFromDisagreementOverAThirdToAnAdjudicator) {
  const std::string item = TwoItems()[0];
  Judges("ann", item, 5);
  Judges("bob", item, 1);
  EXPECT_EQ(StateOf(item), "partial");
  Judges("eve", item, 3);
  EXPECT_EQ(StateOf(item), "adjudication");
  const ClaimArguments same{.item = item};
  EXPECT_EQ(Ask(reviews_->ClaimItem(As("ann"), same)).error().code, ErrorCode::kPermissionDenied);
  const ItemView held = Claims("lea", item);
  ASSERT_EQ(held.lease->role, LeaseRole::kAdjudicate);
  EXPECT_EQ(held.judgements.size(), 3u);
  EXPECT_THAT(Refusal("lea", item, AdjudicateCommand{.token = held.lease->token, .content = Quality(2)}, "a"),
              HasSubstr("an adjudication needs a cause"));
  Acts("lea", item,
       AdjudicateCommand{.token = held.lease->token, .content = Quality(2), .cause = ReviewCause::kMissing}, "a");
  EXPECT_EQ(StateOf(item), "done");
}

TEST_P(ReviewService, KeepsLeasesAndDraftsOverARestart) {
  const std::string item = TwoItems()[0];
  const ItemView held = Claims("ann", item);
  ASSERT_TRUE(Ask(reviews_->SaveDraft(As("ann"), item, 1, R"({"score":3})")));
  Start();
  const ItemView after = Claims("ann", item);
  EXPECT_EQ(after.lease->token, held.lease->token);
  ASSERT_TRUE(after.draft.has_value());
  EXPECT_EQ(after.draft->text, R"({"score":3})");
  const auto stale = Ask(reviews_->SaveDraft(As("ann"), item, 1, "{}"));
  EXPECT_EQ(stale.error().code, ErrorCode::kAborted);
  EXPECT_THAT(Ask(reviews_->GetMyWork(As("ann")))->drafts, ElementsAre(item));
  Acts("ann", item, SubmitCommand{.token = after.lease->token, .content = Quality(3)}, "k");
  EXPECT_THAT(Ask(reviews_->GetMyWork(As("ann")))->drafts, IsEmpty()) << "it is in";
}

TEST_P(ReviewService, IsForPeopleWithARoleOnly) {
  const std::string item = TwoItems()[0];
  const auto local = Ask(reviews_->ClaimItem(As("local"), {}));
  EXPECT_EQ(local.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(local.error().message, HasSubstr("without tokens every caller is \"local\""));
  const auto ci = Ask(reviews_->GetItem(As("ci"), item));
  EXPECT_EQ(ci.error().message,
            "\"ci\" has no role in human review; its line in the token file needs one, like roles=reviewer");
  EXPECT_EQ(Ask(reviews_->GetMyWork(As("ci")))->denied, ci.error().message);
  EXPECT_THAT(Refusal("ann", item, CancelAct{.reason = "no"}), HasSubstr("permission_denied: "));
}

TEST_P(ReviewService, TellsALabellerNothingThatCouldSwayThem) {
  const std::string item = TwoItems()[0];
  Judges("ann", item, 5);
  const ItemView seen = Claims("bob", item);
  EXPECT_THAT(seen.judgements, IsEmpty());
  EXPECT_THAT(seen.decisions, IsEmpty());
  EXPECT_THAT(seen.history, IsEmpty());
  EXPECT_THAT(seen.item.reasons, IsEmpty());
  EXPECT_EQ(seen.item.run, "");
  EXPECT_EQ(seen.item.judgements, 0);
  ASSERT_TRUE(seen.content.has_value());
  EXPECT_THAT(seen.content->sources, IsEmpty());
  EXPECT_EQ(seen.content->responses.at(0).text, "yes");
  EXPECT_THAT(seen.content->responses.at(0).id, ::testing::Not(HasSubstr("m")));
  EXPECT_EQ(View("lea", item).content->sources.at(0).model, "m");
}

TEST_P(ReviewService, WithholdsWhatIsQuarantinedFromTheNextCallOnAndShowsItRedacted) {
  const std::string item = TwoItems()[0];
  const ItemView held = Claims("ann", item);
  Claims("bob", item);
  const ItemView flagged = Acts("ann", item, QuarantineAct{.reason = "an account number"}, "f");
  EXPECT_FALSE(flagged.content.has_value());
  const ItemView hidden = View("bob", item);
  EXPECT_FALSE(hidden.content.has_value());
  EXPECT_THAT(hidden.withheld, HasSubstr("quarantined"));
  EXPECT_THAT(Refusal("bob", item, SubmitCommand{.token = 2, .content = Quality(3)}, "b"),
              ::testing::StartsWith("aborted: "));
  ItemContent redacted = *View("lea", item).content;
  redacted.responses[0].text = "[redacted]";
  redacted.sources.clear();
  Acts("lea", item, EndQuarantineAct{.content = redacted, .policy = "2026-1"}, "r");
  const ItemView again = Claims("bob", item);
  EXPECT_EQ(again.content->responses[0].text, "[redacted]");
  EXPECT_TRUE(again.content->is_redacted);
  EXPECT_EQ(again.item.epoch, 2);
  EXPECT_EQ(View("lea", item).content->sources.at(0).model, "m") << "whose it is is kept";
}

TEST_P(ReviewService, RefusesARedactionThatShowsSomethingElse) {
  const std::string item = TwoItems()[0];
  Claims("ann", item);
  Acts("ann", item, QuarantineAct{.reason = "an account number"}, "f");
  ItemContent other = *View("lea", item).content;
  other.responses[0].id = "r0";
  EXPECT_THAT(Refusal("lea", item, EndQuarantineAct{.content = other, .policy = "2026-1"}, "r"),
              HasSubstr("invalid_argument: the redacted content has other responses, claims or calls than the item"));
}

TEST_P(ReviewService, EscalatesAndGoesOnWithTheRuling) {
  const std::string item = TwoItems()[0];
  Claims("ann", item);
  Acts("ann", item, EscalateCommand{.reason = EscalationReason::kAmbiguity, .note = "which one?", .clause = "1"}, "e");
  EXPECT_EQ(StateOf(item), "escalated");
  EXPECT_EQ(Ask(reviews_->GetMyWork(As("lea")))->queues.at(0).escalations, 1);
  ASSERT_EQ(View("lea", item).escalations.size(), 1u);
  EXPECT_TRUE(View("lea", item).escalations[0].may_resolve);
  Acts("lea", item, ResolveCommand{.outcome = EscalationOutcome::kResume, .ruling = "the first"}, "r");
  EXPECT_THAT(StateOf(item), ::testing::AnyOf("queued", "leased"));
  const ItemFilter precedents{.text = "the first"};
  EXPECT_EQ(Ask(reviews_->ListItems(As("lea"), precedents, {}))->items.size(), 1u);
}

TEST_P(ReviewService, HoldsAnItemForAnAdjudicatorWhenHarmIsFlagged) {
  const std::string item = TwoItems()[0];
  Claims("ann", item);
  Acts("ann", item, FlagSevereAct{.reason = "shows a number"}, "f");
  EXPECT_EQ(StateOf(item), "adjudication");
  EXPECT_EQ(View("lea", item).item.lane, ReviewLane::kIncident);
  EXPECT_TRUE(View("lea", item).has_severe_flag);
  EXPECT_EQ(Ask(reviews_->ListQueues(As("ann")))->at(0).severe_flags, 1);
}

TEST_P(ReviewService, EscalatesWhatNobodyIsThereFor) {
  const std::string item = TwoItems()[0];
  SetPeople(std::vector<Reviewer>{{.id = "lea", .roles = {ReviewRole::kLead}}});  // who cannot label
  AwaitItems(2);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (StateOf(item) != "escalated") ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  EXPECT_EQ(Ask(reviews_->ListQueues(As("lea")))->at(0).held_up_by,
            "2 items wait for a lead: nobody who may go on with it is there");
}

TEST_P(ReviewService, ReportsWhatPeopleDidAndHowFarTheyAgree) {
  const std::vector<std::string> items = TwoItems();
  for (const std::string& item : items) {
    Judges("ann", item, 5);
    Judges("bob", item, 5);
  }
  clock_.Add(minutes(11));
  const auto report = Ask(reviews_->GetQueueReport(As("lea"), "q", std::nullopt, std::nullopt));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->kpis.judgements.at(JudgementRole::kLabel), 4);
  EXPECT_EQ(report->kpis.active_seconds, 80);
  EXPECT_EQ(report->kpis.items_done, 2);
  EXPECT_EQ(report->items, 2);
  const auto quality = std::ranges::find(report->agreement, "quality", &CriterionAgreement::criterion);
  ASSERT_NE(quality, report->agreement.end());
  EXPECT_EQ(quality->units, 2);
  EXPECT_EQ(quality->percent, 1);
  EXPECT_EQ(report->people.size(), 2u);
  const auto own = Ask(reviews_->GetQueueReport(As("ann"), "q", std::nullopt, std::nullopt));
  ASSERT_EQ(own->people.size(), 1u) << "measures of a person are theirs and their leads'";
  EXPECT_EQ(own->people.begin()->first, "ann");
  EXPECT_EQ(Ask(reviews_->GetMyWork(As("ann")))->judged_today, 2);
}

TEST_P(ReviewService, TellsEachPersonHowFarTheyAreAndLeadsHowTheQueueStands) {
  WriteQueue("targets: {complexity: simple, per_day: 3, audits_passed: 0.9}\n");
  Start();
  const std::vector<std::string> items = TwoItems();
  Judges("ann", items[0], 5);
  Judges("ann", items[1], 5);
  Judges("bob", items[0], 5);
  const auto work = Ask(reviews_->GetMyWork(As("ann")));
  ASSERT_TRUE(work) << work.error().message;
  const QueueWork& mine = work->queues.at(0);
  ASSERT_TRUE(mine.targets.has_value());
  EXPECT_EQ(mine.targets->targets.per_day, 3);
  EXPECT_EQ(mine.targets->targets.complexity, WorkComplexity::kSimple);
  EXPECT_FALSE(mine.targets->quality_first);
  EXPECT_EQ(mine.judged_today, 2) << "her own, and nobody else's";
  EXPECT_EQ(mine.audits_passed.of, 0);
  EXPECT_EQ(Ask(reviews_->GetMyWork(As("eve")))->queues.at(0).judged_today, 0);
  clock_.Add(minutes(1));  // a report is on what was before
  const auto report = Ask(reviews_->GetQueueReport(As("lea"), "q", std::nullopt, std::nullopt));
  ASSERT_EQ(report->standings.size(), 2u);
  EXPECT_DOUBLE_EQ(*report->standings[0].value, 1.5) << "three judgements on two days of persons";
  EXPECT_EQ(report->standings[0].state, TargetState::kMissed);
  EXPECT_EQ(report->standings[1].state, TargetState::kNothingYet);
  clock_.Add(std::chrono::hours(24));
  EXPECT_EQ(Ask(reviews_->GetMyWork(As("ann")))->queues.at(0).judged_today, 0) << "another day";
}

TEST_P(ReviewService, AuditsOfTheMonthBeforeAreApartFromThoseOfThisOne) {
  WriteQueue("audit: {share: 1, new_share: 1}\n");
  Start();
  const std::vector<std::string> items = TwoItems();
  for (const std::string& item : items) {
    Judges("ann", item, 5);
    Judges("bob", item, 5);
  }
  clock_.Add(minutes(11));
  Audits("lea", items[0], Quality(5), {.passes = true});
  clock_.Add(std::chrono::hours(24 * 31));
  Audits("max", items[1], Quality(1), {.passes = false, .defect = "wrong", .cause = ReviewCause::kMisread});
  const auto work = Ask(reviews_->GetMyWork(As("ann")));
  EXPECT_EQ(work->audits_passed.count, 0);
  EXPECT_EQ(work->audits_passed.of, 1);
  EXPECT_EQ(work->audits_passed_before.count, 1);
  EXPECT_EQ(work->audits_passed_before.of, 1);
}

TEST_P(ReviewService, OnlyLeadsOfTheQueueAreToldWhoHasWhatAndWhoDiffersFromWhom) {
  const std::vector<std::string> items = TwoItems();
  Judges("ann", items[0], 5);
  Judges("bob", items[0], 1);
  Claims("eve", items[1]);
  const auto held = Ask(reviews_->ListQueues(As("lea")))->at(0).held;
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].item, items[1]);
  EXPECT_EQ(held[0].lease.person, "eve");
  EXPECT_EQ(held[0].lease.expires_at, clock_.Now() + minutes(15));
  EXPECT_TRUE(Ask(reviews_->ListQueues(As("ann")))->at(0).held.empty());
  EXPECT_TRUE(Ask(reviews_->ListQueues(As("nobody")))->at(0).held.empty()) << "without a role";
  clock_.Add(minutes(1));  // a report is on what was before
  const auto report = Ask(reviews_->GetQueueReport(As("lea"), "q", std::nullopt, std::nullopt));
  const auto quality = std::ranges::find(report->differences, "quality", &CriterionDifferences::criterion);
  ASSERT_NE(quality, report->differences.end());
  ASSERT_EQ(quality->people.size(), 1u);
  EXPECT_EQ(quality->people[0].one + " " + quality->people[0].other, "ann bob");
  EXPECT_EQ(quality->people[0].same, 0);
  ASSERT_EQ(quality->confusion.size(), 1u);
  EXPECT_EQ(quality->confusion[0].one + "/" + quality->confusion[0].other, "1/5");
  EXPECT_TRUE(Ask(reviews_->GetQueueReport(As("ann"), "q", std::nullopt, std::nullopt))->differences.empty());
  std::vector<Reviewer> people = *people_;
  std::ranges::find(people, "max", &Reviewer::id)->queues = {"another"};
  SetPeople(people);
  EXPECT_TRUE(Ask(reviews_->ListQueues(As("max")))->at(0).held.empty()) << "a lead of other queues";
  clock_.Add(minutes(16));
  EXPECT_TRUE(Ask(reviews_->ListQueues(As("lea")))->at(0).held.empty()) << "the lease has ended";
}

TEST_P(ReviewService, MasksWhatNobodyIsToReadAndLeavesTheTrialAsItWas) {
  WriteQueue(
      "redact: {policy: pii-3, patterns: [{name: answer, pattern: \"(?i)yes\"}], fields: [id]}\n"
      "overlap: {people: 1}\n");
  Start();
  const RunRecord run = RunSuite();
  AwaitItems(2);
  const std::string item = Ask(reviews_->ListItems(As("lea"), {}, {}))->items.at(0).id;
  const ItemView view = Claims("ann", item);
  ASSERT_TRUE(view.content);
  EXPECT_EQ(view.content->masked_by, "pii-3");
  EXPECT_EQ(view.content->responses.at(0).text, "[answer]");
  const auto trials = work_->store->ReadTrials(run.key, {}, {});
  EXPECT_EQ(trials->items.at(0).result.response->text, "yes") << "what was answered stays";
  Acts("ann", item, QuarantineAct{.reason = "a name is left"});
  ItemContent redacted = *View("lea", item).content;
  redacted.prompt.at(0).text = "[name]";
  redacted.masked_by = "";
  Acts("lea", item, EndQuarantineAct{.content = redacted, .policy = "p1"});
  EXPECT_EQ(View("lea", item).content->masked_by, "pii-3") << "whoever redacts the rest";
  EXPECT_EQ(View("lea", item).content->prompt.at(0).text, "[name]");
}

TEST_P(ReviewService, ReportsWhatNobodyTouchedAndNothingThatCameLater) {
  WriteQueue("deadline: 1h\n");
  Start();
  const std::vector<std::string> items = TwoItems();
  const Time entered = clock_.Now();
  clock_.Add(std::chrono::hours(3));
  const auto late =
      Ask(reviews_->GetQueueReport(As("lea"), "q", entered + minutes(30), entered + std::chrono::hours(2)));
  ASSERT_TRUE(late) << late.error().message;
  EXPECT_EQ(late->items, 2);
  EXPECT_EQ(late->kpis.on_time.count, 0);
  EXPECT_EQ(late->kpis.on_time.of, 2) << "nobody was there in time";
  Judges("ann", items[0], 5);
  Judges("bob", items[0], 5);
  clock_.Add(minutes(11));
  const auto then =
      Ask(reviews_->GetQueueReport(As("lea"), "q", entered + minutes(30), entered + std::chrono::hours(2)));
  EXPECT_EQ(then->kpis.items, (std::map<ReviewState, std::int64_t>{{ReviewState::kQueued, 2}}))
      << "as it stood at the end of the window";
}

TEST_P(ReviewService, HoldsGradersAgainstPeople) {
  const std::vector<std::string> items = TwoItems();
  for (const std::string person : {"ann", "bob"}) {
    Judges(person, items[0], 5);
    Judges(person, items[1], 1);
  }
  clock_.Add(minutes(11));
  const KpiWindow window{.from = clock_.Now() - std::chrono::hours(1), .to = clock_.Now()};
  const auto trust = TrustInGraders(*work_->store, "default", "q", window);
  ASSERT_TRUE(trust) << trust.error().message;
  ASSERT_TRUE(trust->contains("answer"));
  const GraderTrust& answer = trust->at("answer");
  EXPECT_EQ(answer.true_positive_rate.count, 1);
  EXPECT_EQ(answer.true_positive_rate.of, 1);
  EXPECT_EQ(answer.true_negative_rate.count, 0) << "it passes what people fail";
  EXPECT_EQ(answer.true_negative_rate.of, 1);
  const KpiWindow before{.from = window.from - std::chrono::hours(2), .to = window.from};
  EXPECT_TRUE(TrustInGraders(*work_->store, "default", "q", before)->empty());
}

TEST_P(ReviewService, IsSeenInTheMetrics) {
  const std::string item = TwoItems()[0];
  Judges("ann", item, 5);
  Judges("bob", item, 5);
  EXPECT_THAT(work_->telemetry.Expose(),
              HasSubstr("assay_review_judgements_total{kind=\"rubric\",queue=\"q\",role=\"label\"} 2"));
  EXPECT_THAT(work_->telemetry.Expose(), HasSubstr("assay_review_active_seconds_total{queue=\"q\"} 40"));
  EXPECT_THAT(work_->telemetry.Expose(), HasSubstr("assay_review_decisions_total{method=\"unanimous\",queue=\"q\"} 1"));
  EXPECT_THAT(work_->telemetry.Expose(), HasSubstr("assay_review_claim_seconds_count 2"));
  Acts("lea", item, OrderAuditAct{.reason = "a look"}, "o");
  clock_.Add(minutes(11));
  Audits("max", item, Quality(2), {.defect = "wrong", .cause = ReviewCause::kMisread});
  EXPECT_THAT(work_->telemetry.Expose(), HasSubstr("assay_review_rework_total{cause=\"misread\",queue=\"q\"} 1"));
  clock_.Add(minutes(11));
  const auto shows = [&](const std::string& line) {
    return Eventually([&] { return work_->telemetry.Expose().find(line) != std::string::npos; });
  };
  EXPECT_TRUE(shows("assay_review_items{queue=\"q\",state=\"queued\"} 1"));
  EXPECT_TRUE(shows("assay_review_oldest_item_seconds{queue=\"q\"} 1320"));
  Start();  // what is measured once an hour is measured first then
  EXPECT_TRUE(shows("assay_review_share{measure=\"audits_passed\",queue=\"q\"} 0\n"));
  EXPECT_TRUE(shows("assay_review_share_of{measure=\"audits_passed\",queue=\"q\"} 1\n"));
  EXPECT_TRUE(shows("assay_review_share{measure=\"escalated\",queue=\"q\"} 0\n"));
  for (const char* bound :
       {"assay_review_share_lower{measure=\"escalated\"", "assay_review_share_upper{measure=\"escalated\""})
    EXPECT_THAT(work_->telemetry.Expose(), Not(HasSubstr(bound))) << "one says nothing of others";
  EXPECT_TRUE(shows("assay_review_share_of{measure=\"gold_right\",queue=\"q\"} 0\n"));
  EXPECT_TRUE(shows("assay_review_lost{queue=\"q\",what=\"too_late\"} 0\n"));
  EXPECT_TRUE(shows("assay_review_program_share_of{measure=\"defects_leaked\"} 0\n"));
  const std::string metrics = work_->telemetry.Expose();
  EXPECT_THAT(metrics, ::testing::Not(HasSubstr("assay_review_share{measure=\"gold_right\"")))
      << "of nothing there is none";
  for (const char* person : {"ann", "bob", "lea", "max"})
    EXPECT_THAT(metrics, ::testing::Not(HasSubstr("\"" + std::string(person) + "\""))) << "no person in a label";
}

TEST_P(ReviewService, ShowsPairsInAnOrderOfEachPersonAndKeepsWhoseTheyAre) {
  files_.Write(
      "catalog/other.yaml",
      "kind: Model\nname: m\nversion: \"0\"\nendpoint: {provider: openai-chat, model: n, attempts: 1, url: \"" +
          stub_.url() + "/v1\"}\n");
  WriteQueue("item: pairwise\nagainst: {model: m, version: \"0\"}\n");
  Start();
  RunSuite();
  work_->Ended(work_->StartRun("s", "m@0").id);
  AwaitItems(2);
  const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
  const std::string item = listed->items[0].id;
  const ItemView seen = Claims("ann", item);
  ASSERT_EQ(seen.content->responses.size(), 2u);
  EXPECT_THAT(seen.lease->presented, ElementsAre(seen.content->responses[0].id, seen.content->responses[1].id));
  const ItemView lead = View("lea", item);
  ASSERT_EQ(lead.content->sources.size(), 2u);
  EXPECT_EQ(lead.content->sources[0].model_version, "1");
  EXPECT_TRUE(lead.content->sources[0].is_candidate);
  EXPECT_EQ(lead.content->sources[1].model_version, "0");
}

TEST_P(ReviewService, RanksTheResponsesOfEveryModelThatTheQueueNamesOnceAllHaveAnswered) {
  std::string models;
  for (const std::string version : {"0", "00"})
    models += "---\nkind: Model\nname: m\nversion: \"" + version + "\"\nendpoint: {provider: openai-chat, model: n" +
              version + ", attempts: 1, url: \"" + stub_.url() + "/v1\"}\n";
  files_.Write("catalog/others.yaml", models);
  WriteQueue("item: ranking\nagainst: [{model: m, version: \"0\"}, {model: m, version: \"00\"}]\n");
  Start();
  RunSuite();
  const RunRecord first = work_->Ended(work_->StartRun("s", "m@0").id);
  // A run that is held against takes nothing: it is seen by then, and so is that the other has not answered yet.
  ASSERT_TRUE(Eventually([&] { return ReviewStore(*work_->store).OfferedAt(first.key, "q").value().has_value(); }));
  EXPECT_EQ(Ask(reviews_->ListQueues(As("lea")))->at(0).open, 0);
  work_->Ended(work_->StartRun("s", "m@00").id);
  AwaitItems(2);
  const ItemView lead = View("lea", Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id);
  std::vector<std::string> versions;
  for (const ResponseSource& source : lead.content->sources) versions.push_back(source.model_version);
  EXPECT_THAT(versions, ElementsAre("1", "0", "00"));
  EXPECT_EQ(lead.item.lengths.size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(Engines, ReviewService, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
