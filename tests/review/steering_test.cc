// What happens to an item beside its way to a decision, and who may take it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::ItemUnderTest;
using testing::LeadPerson;
using testing::Person;
using testing::Says;
using testing::TestItem;
using testing::TestPolicy;

constexpr std::string_view kIdOfItem = "01930000-0000-7000-8000-000000000001";
std::string OfItem(const std::string& rest) { return "item " + std::string(kIdOfItem) + rest; }

const Reviewer kPrivacy = Person("pia", {ReviewRole::kPrivacy});
const Reviewer kTrust = Person("tom", {ReviewRole::kTrustSafety});

TEST(Escalations, HoldTheItemUntilARuling) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.Do(Escalate(item.state, {.reviewer = Person("bob"), .reason = EscalationReason::kPolicy}, item.policy,
                             At(2))),
            OfItem(", \"bob\": has no part in it"));
  EXPECT_EQ(item.Do(Escalate(
                item.state,
                {.reviewer = Person("ann"), .reason = EscalationReason::kPolicy, .note = "may we?", .clause = "2"},
                item.policy, At(2))),
            "");
  EXPECT_EQ(item.StateWord(At(3)), "escalated");
  EXPECT_EQ(LeaseOf(item.state, "ann"), nullptr);
  EXPECT_EQ(OpenEscalation(item.state)->route, EscalationRoute::kTrustSafety);
  EXPECT_EQ(OpenEscalation(item.state)->due_at, At(2 + 240));
  EXPECT_EQ(item.Claims(Person("bob"), At(3)),
            OfItem(" (escalated), \"bob\": nothing is to be done with it now (escalated)"));
  EXPECT_EQ(item.Do(Resolve(item.state, {.reviewer = LeadPerson("lea"), .ruling = "yes"}, item.policy, At(4))),
            OfItem(", \"lea\": an escalation to trust_safety is not theirs to resolve"));
  EXPECT_EQ(item.Do(Resolve(item.state, {.reviewer = kTrust, .ruling = " "}, item.policy, At(4))), "needs a ruling");
  EXPECT_EQ(item.Do(Resolve(item.state, {.reviewer = kTrust, .ruling = "we may"}, item.policy, At(4))), "");
  EXPECT_EQ(item.StateWord(At(5)), "queued");
  EXPECT_EQ(item.state.escalations[0].ruling, "we may");
}

TEST(Escalations, RoutesAreThoseOfTheReasons) {
  std::string routes;
  const EscalationSpec times;
  for (const auto& word : EnumWords<EscalationReason>::kWords) {
    routes += std::string(word.word) + ":" + std::string(WordOf(RouteOf(word.value))) + ":" +
              FormatDuration(TimeOf(word.value, times)) + " ";
  }
  EXPECT_EQ(routes,
            "ambiguity:lead:4h policy:trust_safety:4h domain:expert:2d meaning:ml_lead:1d broken:suite_owner:1d "
            "dispute:manager:1d severe:trust_safety:30m skipped:lead:4h nobody:lead:4h ");
}

TEST(Escalations, ARulingCanDecideOrTakeTheItemOut) {
  const Reviewer lead = LeadPerson("lea");
  for (const bool decides : {true, false}) {
    ItemUnderTest item;
    item.Judges(Person("ann"), Says(4), At(1));
    EXPECT_EQ(item.Do(Escalate(item.state, {.reviewer = Person("ann")}, item.policy, At(3))), "");
    ResolveCommand command{
        .reviewer = lead, .outcome = decides ? EscalationOutcome::kDecide : EscalationOutcome::kVoid, .ruling = "so"};
    if (decides) {
      EXPECT_EQ(item.Do(Resolve(item.state, command, item.policy, At(4))),
                "a ruling has a judgement if and only if it decides");
      command.content = Says(2);
    }
    EXPECT_EQ(item.Do(Resolve(item.state, command, item.policy, At(4))), "");
    EXPECT_EQ(item.StateWord(At(5)), decides ? "done" : "cancelled");
    if (decides) {
      EXPECT_EQ(ActiveDecision(item.state)->decided_by, "lea");
    }
  }
}

TEST(Escalations, WhoLabelledItDoesNotDecideIt) {
  ItemUnderTest item;
  item.roster.push_back(LeadPerson("lou"));
  item.Judges(LeadPerson("lea"), Says(4), At(1));
  EXPECT_EQ(item.Do(Escalate(item.state, {.reviewer = LeadPerson("lou")}, item.policy, At(3))), "");
  const auto decides = [&](const char* person) {
    return item.Do(Resolve(
        item.state,
        {.reviewer = LeadPerson(person), .outcome = EscalationOutcome::kDecide, .ruling = "so", .content = Says(2)},
        item.policy, At(4)));
  };
  EXPECT_EQ(decides("lea"), OfItem(", \"lea\": has labelled it; somebody else decides"));
  EXPECT_EQ(decides("lou"), OfItem(", \"lou\": has asked for the ruling; somebody else decides, or takes it out"));
}

TEST(Skips, AreFinalForThePersonAndEscalateAfterThree) {
  ItemUnderTest item;
  for (const char* name : {"ann", "bob", "cid"}) {
    EXPECT_EQ(item.Claims(Person(name), At(1)), "");
    GiveBackCommand command{.reviewer = Person(name), .token = LeaseOf(item.state, name)->token, .is_skip = true};
    EXPECT_EQ(item.Do(GiveBack(item.state, command, item.policy, At(2))), "needs a reason");
    command.reason = "I do not know the product";
    EXPECT_EQ(item.Do(GiveBack(item.state, command, item.policy, At(2))), "");
    const bool is_third = name[0] == 'c';
    EXPECT_EQ(item.StateWord(At(2)), is_third ? "escalated" : "queued");
    if (!is_third) {
      EXPECT_EQ(item.Claims(Person(name), At(3)),
                OfItem(" (queued), \"" + std::string(name) + "\": you passed it over"));
    }
  }
  EXPECT_EQ(OpenEscalation(item.state)->reason, EscalationReason::kSkipped);
  EXPECT_EQ(
      item.Do(Resolve(item.state, {.reviewer = LeadPerson("lea"), .ruling = "it is about bills"}, item.policy, At(4))),
      "");
  EXPECT_EQ(item.Claims(Person("ann"), At(5)), "") << "the ruling answers what they passed over";
}

TEST(Skips, GivingBackIsNone) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.Do(GiveBack(item.state, {.reviewer = Person("ann"), .token = 9}, item.policy, At(2))),
            OfItem(" (leased), lease_ended by ann: has no lease with token 9"));
  EXPECT_EQ(item.Do(GiveBack(item.state, {.reviewer = Person("ann"), .token = 1}, item.policy, At(2))), "");
  EXPECT_EQ(item.Claims(Person("ann"), At(3)), "");
}

TEST(Quarantine, WithholdsTheContentAtOnce) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_TRUE(ViewOf(item.state, Person("ann"), At(1)).shows_content);
  EXPECT_EQ(item.Do(Quarantine(item.state, {.reviewer = Person("bob"), .reason = "a card number"}, item.policy, At(2))),
            "");
  EXPECT_EQ(item.StateWord(At(2)), "quarantined");
  for (const Reviewer& person : item.roster) EXPECT_FALSE(ViewOf(item.state, person, At(2)).shows_content) << person.id;
  EXPECT_TRUE(ViewOf(item.state, kPrivacy, At(2)).shows_content);
  EXPECT_NE(item.Submits(Person("ann"), Says(4), At(3)), "");
  EXPECT_EQ(OpenQuarantine(item.state)->due_at, At(62));
  EXPECT_EQ(item.Do(EndQuarantine(item.state, {.reviewer = LeadPerson("lea")}, At(3))),
            OfItem(" (quarantined), \"lea\": to end the quarantine needs one of the roles privacy"));
}

TEST(Quarantine, ARedactionBeginsAnotherEpoch) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  EXPECT_EQ(item.StateWord(At(60)), "done");
  EXPECT_EQ(item.Do(Quarantine(item.state, {.reviewer = Person("cid")}, item.policy, At(60))), "");
  EndQuarantineCommand command{.reviewer = kPrivacy, .content_hash = "before"};
  EXPECT_EQ(item.Do(EndQuarantine(item.state, command, At(61))),
            "the content is what it was; redact it, or say that nothing was found");
  command.content_hash = "after";
  EXPECT_EQ(item.Do(EndQuarantine(item.state, command, At(61))), "needs a policy");
  command.policy = "2026-11";
  EXPECT_EQ(item.Do(EndQuarantine(item.state, command, At(61))), "");
  EXPECT_EQ(item.state.epoch, 2);
  EXPECT_EQ(item.state.content_hash, "after");
  EXPECT_EQ(item.StateWord(At(61)), "queued");
  EXPECT_EQ(item.state.judgements.size(), 2u);
  EXPECT_TRUE(CountedLabels(item.state).empty());
  item.Judges(Person("ann"), Says(4), At(62));  // the content is another
  EXPECT_EQ(CountedLabels(item.state).size(), 1u);
}

TEST(Quarantine, ByTheDaemonNamesWhatItIsWithheldWith) {
  ItemUnderTest item;
  EXPECT_EQ(item.Do(QuarantineWith(item.state, "other", "it asks the same", item.policy, At(1))), "");
  EXPECT_EQ(OpenQuarantine(item.state)->with, "other");
  EXPECT_EQ(OpenQuarantine(item.state)->due_at, At(61));
  EXPECT_EQ(item.facts.back().actor, kReviewSystem);
  EXPECT_EQ(QuarantineWith(item.state, "third", "again", item.policy, At(2)), ReviewFacts()) << "it is withheld";
  EXPECT_EQ(OpenQuarantine(item.Rebuilt())->with, "other");
}

TEST(Quarantine, ARedactionOfWhatNobodyCanJudgeTakesItOut) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  EndQuarantineCommand command{.reviewer = kPrivacy, .content_hash = "left", .policy = "1", .leaves_nothing = true};
  EXPECT_EQ(item.Do(Quarantine(item.state, {.reviewer = Person("cid")}, item.policy, At(60))), "");
  EXPECT_EQ(item.Do(EndQuarantine(item.state, command, At(61))), "");
  EXPECT_EQ(item.StateWord(At(61)), "cancelled");
  // Nothing found: it is what it was.
  ItemUnderTest same;
  command.content_hash.clear();
  command.policy.clear();
  EXPECT_EQ(same.Do(Quarantine(same.state, {.reviewer = Person("cid")}, same.policy, At(60))), "");
  EXPECT_EQ(same.Do(EndQuarantine(same.state, command, At(61))), "");
  EXPECT_EQ(same.StateWord(At(61)), "queued");
}

TEST(Quarantine, AFalseAlarmChangesNothing) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  EXPECT_EQ(item.Do(Quarantine(item.state, {.reviewer = Person("cid")}, item.policy, At(3))), "");
  EXPECT_EQ(item.Do(EndQuarantine(item.state, {.reviewer = kPrivacy}, At(4))), "");
  EXPECT_EQ(item.state.epoch, 1);
  EXPECT_EQ(item.StateWord(At(4)), "partial");
}

TEST(Reopening, IsByALeadAndNamesTheVerdicts) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  EXPECT_EQ(item.Do(Reopen(item.state, {.reviewer = Person("ann"), .reason = "x"}, At(50))),
            OfItem(" (done), \"ann\": to reopen needs one of the roles lead"));
  EXPECT_EQ(item.Do(Reopen(item.state,
                           {.reviewer = LeadPerson("lea"),
                            .reason = "the handbook has changed",
                            .cause = ReviewCause::kGuidelineChange,
                            .verdicts = {"v"}},
                           At(50))),
            "");
  EXPECT_EQ(item.StateWord(At(50)), "rework");
  EXPECT_THAT(item.state.verdicts_to_revise, ElementsAre("v"));
  EXPECT_EQ(item.state.reworks_for_error, 0);
  EXPECT_FALSE(item.state.decisions[0].is_active);
}

TEST(VoidedJudgements, StayAndCountNoMore) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  EXPECT_EQ(
      item.Do(VoidJudgement(
          item.state, {.reviewer = LeadPerson("lea"), .judgement = item.state.judgements[0].id, .reason = "paused"},
          item.policy, At(50))),
      "");
  EXPECT_EQ(item.StateWord(At(50)), "partial");
  EXPECT_EQ(item.state.judgements.size(), 2u);
  EXPECT_EQ(item.Claims(Person("ann"), At(51)), OfItem(" (partial), \"ann\": you have judged it"));
}

TEST(VoidedJudgements, LeaveAnAdjudicationAlone) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(2), At(3));
  item.Judges(Person("cid"), Says(1), At(5));
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), Says(2), At(7)), "");
  const auto voided = [&](std::size_t index) {
    return VoidJudgement(item.state,
                         {.reviewer = LeadPerson("leo"), .judgement = item.state.judgements[index].id, .reason = "x"},
                         item.policy, At(9));
  };
  EXPECT_EQ(item.Do(voided(0)), "");
  EXPECT_EQ(item.StateWord(At(9)), "done");
  EXPECT_EQ(item.Do(voided(3)), "");
  EXPECT_EQ(item.StateWord(At(9)), "adjudication");
}

TEST(Guidelines, BlockAnItemUntilTheyAreThere) {
  ItemUnderTest item;
  const ClarificationCommand command{.reviewer = LeadPerson("lea"), .clarification = "c1"};
  EXPECT_EQ(item.Do(AwaitGuideline(item.state, command, At(1))), "");
  EXPECT_EQ(item.StateWord(At(1)), "blocked");
  EXPECT_EQ(
      item.Do(GuidelineArrives(item.state, {.reviewer = LeadPerson("lea"), .clarification = "c2"}, item.policy, At(2))),
      OfItem(" (blocked), guideline_arrived by lea: does not wait for c2"));
  EXPECT_EQ(item.Do(GuidelineArrives(item.state, command, item.policy, At(2))), "");
  EXPECT_EQ(item.StateWord(At(2)), "queued");
}

TEST(RubricVersions, OfAnotherMajorBeginAnEpochOrDoNot) {
  for (const OnNewMajor what : {OnNewMajor::kFinish, OnNewMajor::kRestart}) {
    ReviewPolicy policy = TestPolicy();
    policy.queue.on_new_major = what;
    ItemUnderTest item(policy);
    item.Judges(Person("ann"), Says(4), At(1));
    AdvanceCommand command{.reviewer = LeadPerson("lea"), .version = {3, 0, 0}};
    EXPECT_EQ(item.Do(AdvanceRubric(item.state, command, policy, At(3))), "needs an approval");
    command.approval = "a1";
    EXPECT_EQ(item.Do(AdvanceRubric(item.state, command, policy, At(3))), "");
    const bool restarts = what == OnNewMajor::kRestart;
    EXPECT_EQ(item.state.epoch, restarts ? 2 : 1);
    EXPECT_EQ(item.state.rubric_version.major, restarts ? 3 : 2);
    EXPECT_EQ(item.StateWord(At(3)), restarts ? "queued" : "partial");
  }
}

TEST(RubricVersions, OfTheSameMajorAndOfWhatIsDone) {
  ReviewPolicy policy = TestPolicy();
  policy.queue.on_new_major = OnNewMajor::kRestart;
  ItemUnderTest item(policy);
  item.Judges(Person("ann"), Says(4), At(1));
  AdvanceCommand command{.reviewer = LeadPerson("lea"), .version = {2, 2, 0}};
  EXPECT_EQ(item.Do(AdvanceRubric(item.state, command, policy, At(3))), "");
  EXPECT_EQ(item.state.epoch, 1);
  EXPECT_EQ(item.Do(AdvanceRubric(item.state, command, policy, At(3))),
            OfItem(" (partial), rubric_advanced by lea: has version 2.2.0 of the rubric"));
  item.Judges(Person("bob"), Says(4), At(4));
  command = {.reviewer = LeadPerson("lea"), .version = {3, 0, 0}, .approval = "a"};
  EXPECT_EQ(AdvanceRubric(item.state, command, policy, At(60)), ReviewFacts()) << "done stays done";
  command.also_done = true;
  EXPECT_EQ(item.Do(AdvanceRubric(item.state, command, policy, At(60))), "");
  EXPECT_EQ(item.StateWord(At(60)), "queued");
}

TEST(Cancelling, EndsLeasesAndKeepsWhatWasSaid) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  EXPECT_EQ(item.Claims(Person("bob"), At(3)), "");
  EXPECT_EQ(
      item.Do(Cancel(item.state,
                     {.reviewer = Person("sue", {ReviewRole::kSuiteOwner}), .reason = "the run was withdrawn"}, At(4))),
      "");
  EXPECT_EQ(item.StateWord(At(4)), "cancelled");
  EXPECT_TRUE(item.state.leases.empty());
  EXPECT_EQ(item.state.judgements.size(), 1u);
}

TEST(Lanes, AreChangedWithAReason) {
  ItemUnderTest item;
  LaneCommand command{.reviewer = LeadPerson("lea"), .lane = ReviewLane::kIncident, .due_at = At(9)};
  EXPECT_EQ(item.Do(ChangeLane(item.state, command, At(1))), "needs a reason");
  command.reason = "hotfix";
  EXPECT_EQ(item.Do(ChangeLane(item.state, command, At(1))), "");
  EXPECT_EQ(LaneAt(item.state, At(1)), ReviewLane::kIncident);
  EXPECT_EQ(item.state.due_at, At(9));
  command.lane = ReviewLane::kAudit;
  EXPECT_EQ(item.Do(ChangeLane(item.state, command, At(1))), "a lane is incident, gate_blocking or normal");
}

TEST(Eligibility, NamesWhatKeepsAPersonFromAnItem) {
  const auto obstacle = [](auto change) {
    ReviewPolicy policy = TestPolicy();
    ReviewItem entering = TestItem();
    Reviewer ann = Person("ann");
    ReviewerLoad load;
    change(policy.queue, entering, ann, load);
    ItemUnderTest item(policy, entering);
    const ClaimPermission permission = MayClaim(item.state, ann, load, item.roster, item.policy.queue, At(1));
    return std::string(WordOf(permission.obstacle)) + (permission.detail.empty() ? "" : ":" + permission.detail);
  };
  using Queue = QueueSpec;
  using Item = ReviewItem;
  using Load = ReviewerLoad;
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer&, Load&) {}), "none");
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer& p, Load&) { p.roles = {ReviewRole::kAuditor}; }), "role:reviewer");
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer& p, Load&) { p.is_paused = true, p.paused_why = "gold"; }),
            "paused:gold");
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer& p, Load&) { p.queues = {"other"}; }), "queue:review");
  EXPECT_EQ(obstacle([](Queue& q, Item&, Reviewer& p, Load&) {
              q.certified = true, p.certificates = {{"support", 1}};
            }),
            "certificate:support 2");
  EXPECT_EQ(obstacle([](Queue& q, Item&, Reviewer& p, Load&) {
              q.certified = true, p.certificates = {{"support", 2}};
            }),
            "none");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer& p, Load&) { i.language = "es", p.languages = {"en"}; }),
            "language:es");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer& p, Load&) {
              i.skills = {"tax", "law"}, p.skills = {"tax"};
            }),
            "skill:law");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer&, Load&) { i.data_class = "health"; }), "clearance:health");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer& p, Load&) { i.data_class = "health", p.clearances = {"health"}; }),
            "none");
  EXPECT_EQ(obstacle([](Queue&, Item& i, Reviewer&, Load&) { i.authors = {"ann"}; }), "author");
  EXPECT_EQ(obstacle([](Queue&, Item&, Reviewer&, Load& l) { l.live_leases = 2; }), "busy");
  EXPECT_EQ(obstacle([](Queue& q, Item&, Reviewer&, Load& l) { q.person_share = 0.4, l.share_of_run = 0.4; }), "share");
}

// Two leads only: were one of them to label it, nobody could adjudicate it and somebody else audit that.
TEST(Reserve, KeepsAnAdjudicatorAndAnAuditorFree) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(LeadPerson("lea"), At(1)),
            OfItem(" (queued), \"lea\": you are kept free to adjudicate or audit it"));
  item.roster.push_back(LeadPerson("lou"));
  EXPECT_EQ(item.Claims(LeadPerson("lea"), At(1)), "");
  EXPECT_EQ(item.Claims(LeadPerson("leo"), At(1)),
            OfItem(" (leased), \"leo\": you are kept free to adjudicate or audit it"));
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "") << "others need not be kept free";
}

TEST(Reserve, CountsOnlyWhoCouldDoIt) {
  ItemUnderTest item;
  item.roster.push_back(LeadPerson("lou"));
  item.roster.back().is_paused = true;
  EXPECT_NE(item.Claims(LeadPerson("lea"), At(1)), "");
}

TEST(Reserve, AnAdjudicatorLeavesTheAuditorFree) {
  ReviewPolicy policy = TestPolicy();
  ItemUnderTest item(policy);
  item.roster = {Person("ann"), Person("bob"), Person("cid"), Person("jo", {ReviewRole::kAdjudicator}),
                 Person("kim", {ReviewRole::kAdjudicator, ReviewRole::kAuditor})};
  item.Judges(item.roster[0], Says(4), At(1));
  item.Judges(item.roster[1], Says(2), At(3));
  item.Judges(item.roster[2], Says(1), At(5));
  EXPECT_EQ(item.Claims(item.roster[4], At(7)),
            OfItem(" (adjudication), \"kim\": you are kept free to adjudicate or audit it"));
  EXPECT_EQ(item.Claims(item.roster[3], At(7)), "");
}

TEST(Sweep, EscalatesWhatNobodyCanGoOnWith) {
  ItemUnderTest item;
  item.roster = {Person("ann"), LeadPerson("lea"), LeadPerson("leo")};
  EXPECT_EQ(Sweep(item.state, item.roster, item.policy, At(1)), ReviewFacts());
  item.Judges(Person("ann"), Says(4), At(1));
  EXPECT_FALSE(CanGoOn(item.state, item.roster, item.policy.queue, At(3)));
  EXPECT_EQ(item.Do(Sweep(item.state, item.roster, item.policy, At(3))), "");
  EXPECT_EQ(item.StateWord(At(3)), "escalated");
  EXPECT_EQ(OpenEscalation(item.state)->reason, EscalationReason::kStuck);
  EXPECT_EQ(Sweep(item.state, item.roster, item.policy, At(4)), ReviewFacts()) << "once";
}

TEST(Views, ShowContentToWhoIsClearedForIt) {
  ReviewItem entering = TestItem();
  entering.data_class = "health";
  ItemUnderTest item(TestPolicy(), entering);
  Reviewer ann = Person("ann");
  ann.clearances = {"health"};
  EXPECT_FALSE(ViewOf(item.state, ann, At(1)).shows_content) << "it is no business of theirs yet";
  EXPECT_EQ(item.Claims(ann, At(1)), "");
  EXPECT_TRUE(ViewOf(item.state, ann, At(2)).shows_content);
  ann.clearances.clear();
  EXPECT_FALSE(ViewOf(item.state, ann, At(2)).shows_content);
}

TEST(Views, AnItemIsThereForWhoIsOfItsQueueAndClearedForItsData) {
  ReviewItem item = TestItem();
  item.data_class = "health";
  const std::string where = "item " + item.id;
  struct Row {
    std::vector<std::string> clearances = {};
    std::vector<std::string> queues = {};
    EnumSet<ReviewRole> roles = {ReviewRole::kReviewer};
    std::string refusal = {};
  };
  const std::string uncleared =
      where + " has data of the class \"health\", for which \"ann\" is not cleared (clearances= of the token file)";
  const std::string elsewhere = where + " belongs to queue \"" + item.queue +
                                "\", which is not among those of \"ann\" (queues= of the token file)";
  const Row rows[] = {{.clearances = {"health"}},
                      {.clearances = {"health"}, .queues = {item.queue}},
                      {.clearances = {"health"}, .queues = {"other"}, .refusal = elsewhere},
                      {.refusal = uncleared},
                      {.clearances = {"Health"}, .refusal = uncleared},
                      {.queues = {"other"}, .refusal = elsewhere},
                      {.roles = {ReviewRole::kLead, ReviewRole::kManager}, .refusal = uncleared},
                      {.roles = {ReviewRole::kPrivacy}},
                      {.queues = {"other"}, .roles = {ReviewRole::kPrivacy}, .refusal = elsewhere}};
  for (const Row& row : rows) {
    const Reviewer ann{.id = "ann", .roles = row.roles, .clearances = row.clearances, .queues = row.queues};
    const Status may = CheckMayLookAt(ann, item);
    EXPECT_EQ(may ? "" : may.error().message, row.refusal);
    EXPECT_EQ(MayLookAt(ann, item), row.refusal.empty());
  }
  item.data_class.clear();
  EXPECT_TRUE(MayLookAt({.id = "ann"}, item)) << "of no class, it is for all";
}

TEST(WhoCanGoOn, OnAnItemOfAClassAreThoseWhoAreCleared) {
  ReviewItem entering = TestItem();
  entering.data_class = "health";
  ItemUnderTest item(TestPolicy(), entering);
  Reviewer ann = Person("ann");
  ann.clearances = {"health"};
  ASSERT_EQ(item.Claims(ann, At(1)), "");
  ASSERT_EQ(item.Do(Escalate(item.state, {.reviewer = ann, .reason = EscalationReason::kAmbiguity, .note = "why"},
                             item.policy, At(2))),
            "");
  Reviewer lead = LeadPerson("lea");
  lead.roles.Remove(ReviewRole::kPrivacy);
  const std::vector<Reviewer> uncleared = {ann, lead};
  EXPECT_FALSE(CanGoOn(item.state, uncleared, item.policy.queue, At(3)));
  lead.clearances = {"health"};
  const std::vector<Reviewer> cleared = {ann, lead};
  EXPECT_TRUE(CanGoOn(item.state, cleared, item.policy.queue, At(3)));
}

TEST(Views, ShowOthersJudgementsToWhoIsNotInfluencedByThem) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  EXPECT_EQ(item.Claims(Person("bob"), At(3)), "");
  EXPECT_FALSE(ViewOf(item.state, Person("bob"), At(3)).shows_judgements);
  EXPECT_TRUE(ViewOf(item.state, LeadPerson("lea"), At(3)).shows_names);
  EXPECT_EQ(item.Submits(Person("bob"), Says(2), At(4)), "");
  item.Judges(Person("cid"), Says(1), At(5));
  EXPECT_EQ(item.Claims(Person("jo", {ReviewRole::kAdjudicator}), At(7)), "");
  const ReviewView view = ViewOf(item.state, Person("jo", {ReviewRole::kAdjudicator}), At(7));
  EXPECT_TRUE(view.shows_judgements);
  EXPECT_FALSE(view.shows_names);
  EXPECT_FALSE(ViewOf(item.state, Person("local"), At(7)).shows_content);
}

TEST(WorkOrder, IsLaneThenInfluenceThenDueTimeThenTheRest) {
  const auto place = [](auto change, double influence = 0) {
    ReviewItem entering = TestItem();
    change(entering);
    const ItemUnderTest item(TestPolicy(), entering);
    return PlaceOf(item.state, "ann", influence, At(1));
  };
  const auto same = [](ReviewItem&) {};
  const WorkPlace order[] = {place([](ReviewItem& i) { i.lane = ReviewLane::kIncident; }),
                             place([](ReviewItem& i) { i.lane = ReviewLane::kGateBlocking; }, 0.9),
                             place([](ReviewItem& i) { i.lane = ReviewLane::kGateBlocking, i.due_at = At(3); }, 0.1),
                             place(same, 0.2),
                             place([](ReviewItem& i) { i.due_at = At(9); }),
                             place([](ReviewItem& i) { i.due_at = At(10), i.severity = 1; }),
                             place([](ReviewItem& i) { i.due_at = At(10), i.severity = 2; }),
                             place([](ReviewItem& i) { i.severity = 2; }),
                             place(same)};
  for (std::size_t i = 1; i < std::size(order); ++i) EXPECT_LT(order[i - 1], order[i]) << i;
  ItemUnderTest judged;
  judged.Judges(Person("bob"), Says(4), At(0));
  EXPECT_LT(PlaceOf(judged.state, "ann", 0, At(2)), place(same)) << "what was begun is finished first";
  EXPECT_NE(PlaceOf(judged.state, "ann", 0, At(2)).draw, PlaceOf(judged.state, "bob", 0, At(2)).draw);
}

TEST(Transitions, TableHasARowForEachEvent) {
  EXPECT_EQ(ReviewTransitions().size(), std::size(EnumWords<ReviewEvent>::kWords));
  for (const ReviewTransition& transition : ReviewTransitions()) {
    EXPECT_FALSE(transition.from.IsEmpty()) << WordOf(transition.event);
    EXPECT_EQ(&TransitionOf(transition.event), &transition);
  }
  const EnumSet<ReviewState> closed = {ReviewState::kDone, ReviewState::kCancelled, ReviewState::kQuarantined};
  for (const ReviewEvent event : {ReviewEvent::kClaimLabel, ReviewEvent::kSubmitLabel, ReviewEvent::kAdjudicate,
                                  ReviewEvent::kAudit, ReviewEvent::kRenew, ReviewEvent::kEscalate}) {
    EXPECT_FALSE(TransitionOf(event).from.Shares(closed)) << WordOf(event);
  }
}

}  // namespace
}  // namespace assay
