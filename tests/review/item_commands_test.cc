// The way of an item from people to a decision.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using ::testing::HasSubstr;
using testing::ItemUnderTest;
using testing::LeadPerson;
using testing::Person;
using testing::Says;
using testing::TestItem;
using testing::TestPolicy;

constexpr std::string_view kId = "01930000-0000-7000-8000-000000000001";
std::string Item(const std::string& rest) { return "item " + std::string(kId) + rest; }

ErrorCode CodeOf(const Result<ReviewFacts>& facts) { return facts ? ErrorCode::kInternal : facts.error().code; }

TEST(ReviewItems, GoFromQueuedToDone) {
  ItemUnderTest item;
  EXPECT_EQ(item.StateWord(At(1)), "queued");
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.StateWord(At(1)), "leased");
  EXPECT_EQ(item.Submits(Person("ann"), Says(4), At(2)), "");
  EXPECT_EQ(item.StateWord(At(2)), "partial");
  item.Judges(Person("bob"), Says(5), At(3));
  EXPECT_EQ(item.StateWord(At(4)), "decided");
  EXPECT_EQ(item.StateWord(At(13.9)), "decided");
  EXPECT_EQ(item.StateWord(At(14)), "done");
  const ReviewDecision* decision = ActiveDecision(item.state);
  ASSERT_NE(decision, nullptr);
  EXPECT_EQ(decision->method, DecisionMethod::kTolerance);
  EXPECT_EQ(std::get<CriteriaAnswers>(decision->outcome.answers).criteria[0].score, 4);
  EXPECT_THAT(decision->inputs, ::testing::ElementsAre(std::string(kId) + "/3", std::string(kId) + "/5"));
  EXPECT_EQ(decision->id, std::string(kId) + "/6");
}

TEST(ReviewItems, DisagreementAsksAnotherPersonAndThenAnAdjudicator) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(2), At(3));
  EXPECT_EQ(item.state.target, 3);
  EXPECT_EQ(item.StateWord(At(4)), "partial");
  item.Judges(Person("cid"), Says(1, "rude"), At(5));
  EXPECT_EQ(item.StateWord(At(6)), "adjudication");
  EXPECT_EQ(item.state.adjudication_why, "people differ");
  EXPECT_EQ(item.Claims(Person("dan"), At(7)), Item(" (adjudication), \"dan\": needs another role (adjudicator)"));
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), Says(2), At(7), ReviewCause::kNone),
            "an adjudication needs a cause: why people differed");
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), Says(2), At(7)), "");
  EXPECT_EQ(item.StateWord(At(8)), "done");
  const ReviewDecision& decision = *ActiveDecision(item.state);
  EXPECT_EQ(decision.method, DecisionMethod::kAdjudicated);
  EXPECT_EQ(decision.decided_by, "lea");
  EXPECT_EQ(decision.cause, ReviewCause::kMissing);
  EXPECT_EQ(decision.inputs.size(), 4u);
}

TEST(ReviewItems, AMajorityDecidesWhereTheQueueSaysSo) {
  ReviewPolicy policy = TestPolicy();
  policy.queue.agreement.majority = true;
  ItemUnderTest item(policy);
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(2), At(3));
  item.Judges(Person("cid"), Says(4), At(5));
  EXPECT_EQ(item.StateWord(At(6)), "done");  // nobody may revise what the others have outvoted
  EXPECT_EQ(ActiveDecision(item.state)->method, DecisionMethod::kMajority);
  EXPECT_EQ(ActiveDecision(item.state)->inputs.size(), 2u);
}

TEST(ReviewItems, ThatOnePersonFindsGraveAreJudgedByASecond) {
  ReviewItem alone = TestItem();
  alone.people = 1;
  for (const int severity : {2, 3}) {
    ItemUnderTest item(TestPolicy(), alone);
    JudgementContent content = Says(4);
    content.opinion.severity = severity;
    item.Judges(Person("ann"), content, At(1));
    EXPECT_EQ(item.StateWord(At(2)), severity == 2 ? "partial" : "decided");
    EXPECT_EQ(item.state.target, severity == 2 ? 2 : 1);
  }
}

TEST(Claims, AreForAsManyAsAreWanted) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.Claims(Person("bob"), At(2)), "");
  const auto refused = Claim(item.state, {.reviewer = Person("cid")}, item.roster, item.policy, At(3));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(
      refused.error().message,
      Item(" (leased), \"cid\": others have it; the next place is free at 2026-11-24T10:16:00.000000Z at the latest"));
  EXPECT_EQ(refused.error().retry_after, std::chrono::minutes(13));
  EXPECT_EQ(item.Claims(Person("cid"), At(16)), "");
}

TEST(Claims, OfWhoHasItRenewAndNeverAskForCapacity) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.Claims(Person("bob"), At(1)), "");
  EXPECT_EQ(item.Claims(Person("ann"), At(10)), "");
  EXPECT_EQ(LeaseOf(item.state, "ann")->token, 1);
  EXPECT_EQ(LeaseOf(item.state, "ann")->expires_at, At(25));
  EXPECT_EQ(item.facts.size(), 4u);
  EXPECT_EQ(item.Claims(Person("ann"), At(10)), "");
  EXPECT_EQ(item.facts.size(), 4u) << "nothing to renew, nothing said";
}

TEST(Claims, LastNoLongerThanTheQueueAllows) {
  ReviewPolicy policy = TestPolicy();
  policy.queue.lease.at_most = std::chrono::minutes(20);
  ItemUnderTest item(policy);
  EXPECT_EQ(item.Claims(Person("ann"), At(0)), "");
  EXPECT_EQ(item.Claims(Person("ann"), At(14)), "");
  EXPECT_EQ(LeaseOf(item.state, "ann")->expires_at, At(20));
  EXPECT_EQ(item.Claims(Person("ann"), At(19)), Item(": a lease lasts 20m at most; submit, or give the item back"));
  EXPECT_EQ(item.Claims(Person("ann"), At(20)), "") << "a new lease";
  EXPECT_EQ(LeaseOf(item.state, "ann")->token, 2);
}

TEST(Claims, AheadOfTimeAreShort) {
  ItemUnderTest item;
  EXPECT_EQ(
      item.Do(Claim(item.state, {.reviewer = Person("ann"), .is_prefetch = true}, item.roster, item.policy, At(1))),
      "");
  EXPECT_EQ(LeaseOf(item.state, "ann")->expires_at, At(3));
  EXPECT_EQ(Claim(item.state, {.reviewer = Person("ann"), .is_prefetch = true}, item.roster, item.policy, At(2)),
            ReviewFacts());
  EXPECT_EQ(item.Claims(Person("ann"), At(2)), "");
  EXPECT_EQ(LeaseOf(item.state, "ann")->expires_at, At(17));
  EXPECT_FALSE(LeaseOf(item.state, "ann")->is_prefetch);
}

TEST(Claims, RefuseNobody) {
  ItemUnderTest item;
  for (const char* nobody : {"local", "", "system"}) {
    EXPECT_EQ(CodeOf(Claim(item.state, {.reviewer = Person(nobody)}, item.roster, item.policy, At(1))),
              ErrorCode::kPermissionDenied)
        << nobody;
  }
  EXPECT_EQ(item.Do(Quarantine(item.state, {.reviewer = Person("local")}, item.policy, At(1))),
            "reviewers need a name: \"local\" is nobody; give the daemon tokens");
}

TEST(Submissions, SentAgainDoNothing) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  const SubmitCommand command{.reviewer = Person("ann"), .token = 1, .key = "k", .content = Says(4)};
  EXPECT_EQ(item.Do(Submit(item.state, command, item.policy, nullptr, At(2))), "");
  const std::size_t facts = item.facts.size();
  for (const double later : {2.0, 30.0, 3000.0}) {
    EXPECT_EQ(Submit(item.state, command, item.policy, nullptr, At(later)), ReviewFacts());
  }
  EXPECT_EQ(item.facts.size(), facts);
  SubmitCommand other = command;
  other.content = Says(1);
  const auto refused = Submit(item.state, other, item.policy, nullptr, At(3));
  EXPECT_EQ(CodeOf(refused), ErrorCode::kAlreadyExists);
  EXPECT_THAT(refused.error().message, HasSubstr("key \"k\" was used for another judgement"));
  other.reviewer = Person("bob");
  EXPECT_EQ(CodeOf(Submit(item.state, other, item.policy, nullptr, At(3))), ErrorCode::kFailedPrecondition)
      << "keys are of a person";
}

TEST(Submissions, NeedTheNewestToken) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.Claims(Person("ann"), At(17)), "");
  const auto submit = [&](std::int64_t token) {
    return Submit(item.state, {.reviewer = Person("ann"), .token = token, .key = "k", .content = Says(4)}, item.policy,
                  nullptr, At(18));
  };
  EXPECT_EQ(CodeOf(submit(1)), ErrorCode::kAborted);
  EXPECT_THAT(submit(1).error().message,
              HasSubstr("the lease was ended or superseded; claim the item again, or keep this as an extra"));
  EXPECT_EQ(CodeOf(submit(3)), ErrorCode::kFailedPrecondition);
  EXPECT_EQ(item.Do(submit(2)), "");
}

TEST(Submissions, AfterTheLeaseCountWhereAPlaceIsLeft) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.StateWord(At(20)), "queued");
  EXPECT_EQ(item.Submits(Person("ann"), Says(4), At(20)), "");
  EXPECT_EQ(CountedLabels(item.state).size(), 1u);
}

TEST(Submissions, AfterTheLeaseAreRefusedWhereNoneIsAndKeptAsExtras) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.Claims(Person("bob"), At(20)), "");
  EXPECT_EQ(item.Claims(Person("cid"), At(20)), "");
  SubmitCommand late{.reviewer = Person("ann"), .token = 1, .key = "k", .content = Says(4)};
  const auto refused = Submit(item.state, late, item.policy, nullptr, At(21));
  EXPECT_EQ(CodeOf(refused), ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(refused.error().message, Item(" (leased), judgement_made by ann: no place is left; the lease ended at "
                                          "2026-11-24T10:16:00.000000Z: keep this as an extra"));
  late.as_extra = true;
  EXPECT_EQ(item.Do(Submit(item.state, late, item.policy, nullptr, At(22))), "");
  EXPECT_EQ(item.state.judgements.back().role, JudgementRole::kExtra);
  EXPECT_TRUE(CountedLabels(item.state).empty());
  late.reviewer = Person("dan");
  EXPECT_EQ(CodeOf(Submit(item.state, late, item.policy, nullptr, At(22))), ErrorCode::kFailedPrecondition);
}

TEST(Submissions, AfterADecisionAreKeptAsExtrasToo) {
  ReviewPolicy policy = TestPolicy();
  ReviewItem one = TestItem();
  one.people = one.at_most = 1;
  ItemUnderTest item(policy, one);
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  item.Judges(Person("bob"), Says(4), At(20));
  const SubmitCommand late{.reviewer = Person("ann"), .token = 1, .key = "k", .content = Says(2)};
  EXPECT_EQ(CodeOf(Submit(item.state, late, item.policy, nullptr, At(22))), ErrorCode::kAborted);
}

TEST(Submissions, MustFitTheRubric) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  const auto with = [&](auto change) {
    JudgementContent content = Says(4);
    change(content);
    return Submit(item.state, {.reviewer = Person("ann"), .token = 1, .key = "k", .content = content}, item.policy,
                  nullptr, At(2));
  };
  const auto stale = with([](JudgementContent& c) { c.rubric_version = {1, 9, 0}; });
  EXPECT_EQ(CodeOf(stale), ErrorCode::kAborted);
  EXPECT_EQ(stale.error().message, Item(": the judgement is under version 1.9.0 of the rubric, and the item under "
                                        "2.1.0; look at it again, or keep it as an extra"));
  EXPECT_EQ(with([](JudgementContent& c) { c.clauses = {"7"}; }).error().message, "the guideline has no clause \"7\"");
  EXPECT_EQ(with([](JudgementContent& c) { c.opinion.severity = 9; }).error().message,
            "rubric \"support\" has no severity 9");
  EXPECT_EQ(with([](JudgementContent& c) { c.times.active = std::chrono::seconds(-1); }).error().message,
            "active and idle time lie between 0 and 30 days");
  EXPECT_EQ(with([](JudgementContent& c) { c.proposal = std::string(5000, 'x'); }).error().message,
            "a proposal has at most 4096 bytes");
  EXPECT_TRUE(with([](JudgementContent& c) {
    c.rubric_version = {2, 0, 0};
  })) << "an earlier minor version is the same rubric";
  item.policy.rubric.version = "3.0.0";
  EXPECT_EQ(with([](JudgementContent&) {}).error().message,
            Item(" is under version 2 of rubric \"support\", not 3.0.0"));
}

TEST(Submissions, NeedWordsWhereTheRubricSaysSo) {
  ReviewPolicy policy = TestPolicy();
  policy.rubric.rationale = {.when = {RationaleWhen::kFail}, .min_length = 12};
  ItemUnderTest item(policy);
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  JudgementContent content = Says(2);
  content.rationale = "äöüäöüäöüäö";  // 11 characters
  EXPECT_EQ(item.Submits(Person("ann"), content, At(2)),
            "this judgement needs a rationale (fail) of at least 12 characters");
  content.rationale += "!";
  EXPECT_EQ(item.Submits(Person("ann"), content, At(2)), "");
}

TEST(Revisions, ReplaceNothingAndSettleAgain) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  const std::string first = ActiveDecision(item.state)->id;
  const std::string judgement = item.state.judgements[0].id;
  const auto revise = [&](const Reviewer& person, Time now, int quality) {
    return Revise(item.state, {.reviewer = person, .judgement = judgement, .key = "r", .content = Says(quality)},
                  item.policy, now);
  };
  EXPECT_EQ(CodeOf(revise(Person("bob"), At(5), 5)), ErrorCode::kFailedPrecondition) << "not the own";
  EXPECT_EQ(CodeOf(revise(Person("ann"), At(12), 5)), ErrorCode::kFailedPrecondition)
      << "ten minutes after it was said";
  EXPECT_EQ(item.Do(revise(Person("ann"), At(5), 2)), "");
  EXPECT_EQ(revise(Person("ann"), At(6), 2), ReviewFacts()) << "sent again";
  EXPECT_EQ(item.state.judgements.size(), 3u);
  EXPECT_TRUE(item.state.judgements[0].is_superseded);
  EXPECT_EQ(item.state.judgements[2].revision, 2);
  EXPECT_EQ(item.state.judgements[2].supersedes, judgement);
  EXPECT_EQ(ActiveDecision(item.state), nullptr);
  EXPECT_EQ(item.state.decisions[0].id, first) << "evidence of a verdict stays readable";
  EXPECT_EQ(item.StateWord(At(6)), "partial") << "they differ now, and a third person is asked";
}

TEST(Revisions, AreOverOnceItIsDone) {
  ReviewPolicy policy = TestPolicy();
  policy.queue.undo = std::chrono::minutes(10);
  ItemUnderTest item(policy);
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(30));
  EXPECT_EQ(item.StateWord(At(41)), "done");
  EXPECT_EQ(item.Do(Revise(
                item.state,
                {.reviewer = Person("bob"), .judgement = item.state.judgements[1].id, .key = "r", .content = Says(2)},
                item.policy, At(41))),
            Item(" (done), \"bob\": nobody can revise in this state"));
}

ItemUnderTest Drawn() {
  ReviewPolicy policy = TestPolicy();
  policy.queue.audit.share = 1;
  ItemUnderTest item(policy);
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  return item;
}

TEST(Audits, BeginWhenNobodyMayReviseAnyMore) {
  ItemUnderTest item = Drawn();
  EXPECT_EQ(item.StateWord(At(5)), "decided");
  EXPECT_EQ(item.StateWord(At(14)), "audit");
  EXPECT_EQ(item.Audits(LeadPerson("lea"), true, At(15)), "");
  EXPECT_EQ(item.StateWord(At(16)), "done");
  EXPECT_EQ(item.state.audits[0].probability, 1);
  EXPECT_EQ(item.state.audits[0].auditor, "lea");
}

TEST(Audits, ThatFailSendItBackAndAreFollowedByAnother) {
  ItemUnderTest item = Drawn();
  EXPECT_EQ(item.Audits(LeadPerson("lea"), false, At(15)), "");
  EXPECT_EQ(item.StateWord(At(16)), "rework");
  EXPECT_EQ(ActiveDecision(item.state), nullptr);
  item.policy.queue.audit.share = 0;
  item.Judges(Person("ann"), Says(2), At(17));  // who made the mistake may mend it
  EXPECT_EQ(item.StateWord(At(18)), "audit") << "whatever the draw says";
  EXPECT_EQ(ActiveDecision(item.state)->method, DecisionMethod::kRework);
  EXPECT_EQ(item.Audits(LeadPerson("leo"), true, At(19)), "");
  EXPECT_EQ(item.StateWord(At(20)), "done");
  EXPECT_EQ(item.state.reworks_for_error, 1);
}

TEST(Audits, AreNotByWhoHadAPartInTheDecision) {
  ItemUnderTest item = Drawn();
  EXPECT_EQ(item.Claims(Person("ann", {ReviewRole::kAuditor}), At(15)),
            Item(" (audit), \"ann\": you have a part in what is to be looked at"));
  EXPECT_EQ(item.Claims(Person("cid"), At(15)), Item(" (audit), \"cid\": needs another role (auditor)"));
}

TEST(Audits, NeedADefectAndACauseWhereTheyFail) {
  ItemUnderTest item = Drawn();
  EXPECT_EQ(item.Claims(LeadPerson("lea"), At(15)), "");
  AuditCommand command{.reviewer = LeadPerson("lea"), .token = LeaseOf(item.state, "lea")->token, .key = "a"};
  EXPECT_EQ(item.Do(Audit(item.state, command, item.policy, At(16))), "needs a defect");
  command.defect = "x";
  EXPECT_EQ(item.Do(Audit(item.state, command, item.policy, At(16))),
            "an audit that fails needs a cause: why the decision is wrong");
  command.passes = true;
  EXPECT_EQ(item.Do(Audit(item.state, command, item.policy, At(16))), "an audit that passes has no defect");
  command.defect = "";
  command.cause = ReviewCause::kSlip;
  EXPECT_EQ(item.Do(Audit(item.state, command, item.policy, At(16))), "an audit that passes has no cause");
  command.cause = ReviewCause::kNone;
  command.content = Says(4);
  EXPECT_EQ(item.Do(Audit(item.state, command, item.policy, At(16))), "");
  EXPECT_EQ(item.state.judgements.back().role, JudgementRole::kAudit);
  EXPECT_EQ(Audit(item.state, command, item.policy, At(17)), ReviewFacts());
}

TEST(Audits, CanBeOrderedWhateverTheDrawSaid) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  EXPECT_EQ(item.StateWord(At(60)), "done");
  EXPECT_EQ(item.Do(OrderAudit(item.state, {.reviewer = Person("ann"), .reason = "x"}, At(60))),
            Item(" (done), \"ann\": to order an audit needs one of the roles lead"));
  EXPECT_EQ(item.Do(OrderAuditByDaemon(item.state, "it could move a verdict", At(60))), "");
  EXPECT_EQ(item.StateWord(At(60)), "audit");
  EXPECT_EQ(OrderAuditByDaemon(item.state, "it could move a verdict", At(61)), ReviewFacts()) << "it waits for one";
  EXPECT_EQ(item.Audits(LeadPerson("lea"), true, At(61)), "");
  EXPECT_EQ(OrderAuditByDaemon(item.state, "it could move a verdict", At(62)), ReviewFacts()) << "it was audited";
  EXPECT_EQ(item.Do(OrderAudit(item.state, {.reviewer = LeadPerson("leo"), .reason = "x"}, At(62))),
            Item(" (done), audit_ordered by leo: has no decision that was not audited"));
}

TEST(Gold, IsJudgedByManyAndDecidesNothing) {
  ReviewItem gold = TestItem();
  gold.purpose = ItemPurpose::kGold;
  ItemUnderTest item(TestPolicy(), gold);
  GoldAnswer answer{.expected = Says(4).opinion};
  for (const char* name : {"ann", "bob", "cid", "dan"}) {
    EXPECT_EQ(item.Claims(Person(name), At(1)), "");
    const SubmitCommand command{.reviewer = Person(name),
                                .token = LeaseOf(item.state, name)->token,
                                .key = "k",
                                .content = Says(name[0] == 'a' ? 2 : 5)};
    EXPECT_EQ(CodeOf(Submit(item.state, command, item.policy, nullptr, At(2))), ErrorCode::kFailedPrecondition);
    EXPECT_EQ(item.Do(Submit(item.state, command, item.policy, &answer, At(2))), "");
  }
  EXPECT_TRUE(item.state.decisions.empty());
  ASSERT_EQ(item.state.gold.size(), 4u);
  EXPECT_FALSE(item.state.gold[0].is_hit);
  EXPECT_TRUE(item.state.gold[1].is_hit);
  EXPECT_EQ(item.Claims(Person("ann"), At(3)), Item(" (queued), \"ann\": you have judged it"));
  EXPECT_EQ(item.Claims(Person("ann"), At(60 * 24 * 90 + 3)), "") << "it tells something again";
}

TEST(Calibration, TakesEachPersonOnceAndDecidesNothing) {
  ReviewItem shared = TestItem();
  shared.purpose = ItemPurpose::kCalibration;
  ItemUnderTest item(TestPolicy(), shared);
  for (const char* name : {"ann", "bob", "cid", "dan"}) item.Judges(Person(name), Says(2), At(1));
  item.Judges(LeadPerson("lea"), Says(4), At(5));
  EXPECT_TRUE(item.state.decisions.empty());
  EXPECT_EQ(item.Claims(Person("ann"), At(6)), Item(" (queued), \"ann\": you have judged it"));
  EXPECT_EQ(LaneAt(item.state, At(6)), ReviewLane::kCalibration);
}

TEST(Calibration, WhatOnePersonEscalatesIsTakenFromNobodyElse) {
  ReviewItem shared = TestItem();
  shared.purpose = ItemPurpose::kCalibration;
  ItemUnderTest item(TestPolicy(), shared);
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.Claims(Person("bob"), At(1)), "");
  EXPECT_EQ(item.Do(Escalate(item.state, {.reviewer = Person("ann"), .note = "which clause?"}, item.policy, At(2))),
            "");
  EXPECT_EQ(item.StateWord(At(2)), "leased") << "bob has it still";
  EXPECT_EQ(OpenEscalation(item.state), nullptr);
  ASSERT_EQ(item.state.escalations.size(), 1u) << "and it is kept what ann asked";
  EXPECT_EQ(item.state.escalations[0].note, "which clause?");
  EXPECT_EQ(item.Submits(Person("bob"), Says(4), At(3)), "");
  EXPECT_EQ(item.Claims(Person("ann"), At(4)), Item(" (queued), \"ann\": you passed it over"));
  item.Judges(Person("cid"), Says(2), At(5));
  EXPECT_EQ(item.Rebuilt().judgements, item.state.judgements);
  EXPECT_NE(item.Do(Resolve(item.state, {.reviewer = LeadPerson("lea"), .ruling = "clause 2"}, item.policy, At(6))), "")
      << "there is nothing to be let go on";
}

// Facts of versions in which it was held for all of them.
TEST(Calibration, ARulingThatAnEarlierVersionKeptIsStillRead) {
  ReviewItem shared = TestItem();
  shared.purpose = ItemPurpose::kCalibration;
  ItemUnderTest item(TestPolicy(), shared);
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(item.Do(Escalate(item.state, {.reviewer = Person("ann")}, item.policy, At(2))), "");
  const std::string escalation = item.state.escalations[0].id;
  const ReviewFact ruled{.item = item.state.item.id,
                         .seq = item.state.seq + 1,
                         .at = At(3),
                         .actor = "lea",
                         .body = EscalationResolved{.escalation = escalation, .ruling = "clause 2"}};
  ASSERT_TRUE(Apply(ruled, item.state));
  EXPECT_EQ(item.state.escalations[0].ruling, "clause 2");
  EXPECT_EQ(item.Claims(Person("ann"), At(4)), "") << "the ruling let them all try again";
  const ReviewFact again{.item = item.state.item.id,
                         .seq = item.state.seq + 1,
                         .at = At(5),
                         .actor = "lea",
                         .body = EscalationResolved{.escalation = escalation, .ruling = "clause 3"}};
  EXPECT_FALSE(Apply(again, item.state)) << "once";
}

TEST(Entering, ChecksTheItem) {
  const auto fault = [](auto change) {
    ReviewItem item = TestItem();
    ReviewPolicy policy = TestPolicy();
    change(item, policy);
    const auto facts = Enter(item, policy, At(0));
    return facts ? std::string() : facts.error().message;
  };
  using Item = ReviewItem;
  using Policy = ReviewPolicy;
  EXPECT_EQ(fault([](Item&, Policy&) {}), "");
  EXPECT_EQ(fault([](Item& i, Policy&) { i.id = "1"; }), "the item needs an id, a UUID");
  EXPECT_EQ(fault([](Item& i, Policy&) { i.queue = "x"; }), "the item is of queue \"x\", not \"review\"");
  EXPECT_EQ(fault([](Item& i, Policy&) {
              i.rubric_version = {1, 0, 0};
            }),
            "the item is not under rubric \"support\" 2.1.0");
  EXPECT_EQ(fault([](Item& i, Policy&) { i.subject.kind = ReviewItemKind::kSafety; }),
            "the item is of kind safety, and its queue asks for rubric");
  EXPECT_EQ(fault([](Item& i, Policy&) { i.subject.responses = {}; }), "the item is about one response");
  EXPECT_EQ(fault([](Item& i, Policy&) {
              i.subject.responses = {"a", "a"};
            }),
            "the item has \"a\" twice among its responses");
  EXPECT_EQ(fault([](Item& i, Policy&) { i.lane = ReviewLane::kAudit; }),
            "the item enters as incident, gate_blocking or normal");
  EXPECT_EQ(fault([](Item& i, Policy&) { i.people = 4; }), "the item wants 4 to 3 people, of 1 to 20");
  EXPECT_EQ(fault([](Item& i, Policy& p) { i.subject.kind = p.queue.item = ReviewItemKind::kPairwise; }),
            "the item is a pair and needs two responses");
  EXPECT_EQ(fault([](Item& i, Policy& p) { i.subject.kind = p.queue.item = ReviewItemKind::kGrounding; }),
            "the item needs a claim that could be grounded");
}

TEST(Facts, ThatCannotHaveHappenedAreRefused) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  const auto fault = [&](ReviewFactBody body, std::string actor = "ann", std::int64_t seq = 3, Time at = At(2)) {
    ItemState state = item.state;
    const Status applied = Apply(
        {.item = std::string(kId), .seq = seq, .at = at, .actor = std::move(actor), .body = std::move(body)}, state);
    return applied ? std::string() : applied.error().message;
  };
  const ReviewLease second{.person = "bob", .token = 2, .granted_at = At(2), .expires_at = At(3)};
  EXPECT_EQ(fault(LeaseGranted{second}, "bob"), "");
  EXPECT_EQ(fault(LeaseGranted{second}, "ann"),
            Item(" (leased), lease_granted by ann: a lease is granted to who asks for it"));
  EXPECT_EQ(fault(LeaseGranted{second}, "bob", 4), Item(", fact 4: the one before is 2"));
  EXPECT_EQ(fault(LeaseGranted{second}, "bob", 3, At(0.5)), Item(", fact 3: is earlier than the one before"));
  ReviewLease wrong = second;
  wrong.token = 5;
  EXPECT_EQ(fault(LeaseGranted{wrong}, "bob"), Item(" (leased), lease_granted by bob: token 5 is not the next"));
  wrong = second;
  wrong.role = LeaseRole::kAudit;
  EXPECT_EQ(fault(LeaseGranted{wrong}, "bob"),
            Item(" (leased), lease_granted by bob: nobody can claim for an audit in this state"));
  EXPECT_EQ(fault(JudgementMade{.token = 2}), Item(" (leased), judgement_made by ann: does not hold it with token 2"));
  EXPECT_EQ(fault(JudgementMade{.token = 1, .role = JudgementRole::kGold}),
            Item(" (leased), judgement_made by ann: an item of purpose label takes no gold"));
  EXPECT_EQ(fault(DecisionMade{.inputs = {"x"}}), Item(" (leased), decision_made by ann: judgement x does not count"));
  EXPECT_EQ(fault(ItemEntered{TestItem()}), Item(" (leased), item_entered by ann: entered twice"));
  EXPECT_EQ(fault(OverlapGrown{5}), Item(" (leased), overlap_grown by ann: cannot want 5 people"));
}

TEST(Facts, AreAllThatAStateIsMadeOf) {
  ItemUnderTest item = Drawn();
  EXPECT_EQ(item.Audits(LeadPerson("lea"), false, At(15)), "");
  EXPECT_EQ(item.Claims(Person("cid"), At(17)), "");
  const ItemState rebuilt = item.Rebuilt();
  EXPECT_EQ(rebuilt.seq, item.state.seq);
  EXPECT_EQ(rebuilt.judgements, item.state.judgements);
  EXPECT_EQ(rebuilt.decisions, item.state.decisions);
  EXPECT_EQ(rebuilt.leases, item.state.leases);
  EXPECT_EQ(StateAt(rebuilt, At(17)), StateAt(item.state, At(17)));
}

}  // namespace
}  // namespace assay
