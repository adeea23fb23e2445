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
