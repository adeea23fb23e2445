// Harm of severity 1: who flags it, what it holds, and how it is ruled on.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::ItemUnderTest;
using testing::LeadPerson;
using testing::Person;
using testing::Says;

JudgementContent Grave() {
  JudgementContent grave = Says(1);
  grave.opinion.severity = 1;
  return grave;
}

TEST(SevereFlags, HoldTheItemUntilItIsAdjudicated) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("ann"), At(1)), "");
  EXPECT_EQ(
      item.Do(FlagSevere(item.state, {.reviewer = Person("bob"), .reason = "account numbers"}, item.policy, At(2))),
      "");
  EXPECT_EQ(item.StateWord(At(2)), "adjudication");
  EXPECT_EQ(LaneAt(item.state, At(2)), ReviewLane::kIncident);
  EXPECT_EQ(item.state.due_at, At(32));
  EXPECT_EQ(SeverityOf(item.state), 1);
  EXPECT_EQ(FlagSevere(item.state, {.reviewer = Person("cid")}, item.policy, At(3)), ReviewFacts()) << "it is flagged";
  EXPECT_EQ(item.Submits(Person("ann"), Says(4), At(4)), "") << "who was judging it is heard";
  EXPECT_EQ(item.StateWord(At(4)), "adjudication");
  JudgementContent ruling = Says(4);
  ruling.opinion.severity = 1;
  ruling.opinion.errors = {"leak"};
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), ruling, At(5)), "");
  EXPECT_FALSE(HasOpenSevereFlag(item.state));
  EXPECT_EQ(item.StateWord(At(6)), "audit") << "all of severity 1 are audited";
}

TEST(SevereFlags, FollowFromAJudgementOfSeverityOne) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Grave(), At(1));
  EXPECT_EQ(item.StateWord(At(2)), "adjudication");
  EXPECT_TRUE(HasOpenSevereFlag(item.state));
}

TEST(SevereFlags, TakeADecisionBack) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  EXPECT_EQ(item.Do(FlagSevere(item.state, {.reviewer = Person("cid")}, item.policy, At(5))), "");
  EXPECT_EQ(ActiveDecision(item.state), nullptr);
  EXPECT_EQ(item.StateWord(At(50)), "adjudication");
  ItemUnderTest done;
  done.Judges(Person("ann"), Says(4), At(1));
  done.Judges(Person("bob"), Says(4), At(3));
  EXPECT_EQ(done.StateWord(At(50)), "done");
  EXPECT_EQ(done.Do(FlagSevere(done.state, {.reviewer = Person("cid")}, done.policy, At(50))), "");
  EXPECT_EQ(done.StateWord(At(50)), "adjudication") << "harm that is seen late is harm";
  EXPECT_EQ(ActiveDecision(done.state), nullptr);
}

// Two agree, and a lead ordered an audit.
ItemUnderTest ToBeAudited() {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(4), At(1));
  item.Judges(Person("bob"), Says(4), At(3));
  EXPECT_EQ(item.Do(OrderAudit(item.state, {.reviewer = LeadPerson("leo"), .reason = "x"}, At(60))), "");
  EXPECT_EQ(item.Claims(LeadPerson("lea"), At(61)), "");
  return item;
}

TEST(SevereFlags, FollowFromWhatAnAuditFinds) {
  struct Row {
    const char* name;
    bool passes;
    std::optional<int> severity;
    std::optional<JudgementContent> content;
    const char* state;
  };
  const Row rows[] = {{"a defect of severity 1", false, 1, std::nullopt, "adjudication"},
                      {"a defect of severity 2", false, 2, std::nullopt, "rework"},
                      {"passes, and the auditor's own judgement is of severity 1", true, {}, Grave(), "adjudication"},
                      {"fails, and so is the auditor's own judgement", false, {}, Grave(), "adjudication"},
                      {"passes", true, {}, Says(4), "done"}};
  for (const Row& row : rows) {
    ItemUnderTest item = ToBeAudited();
    EXPECT_EQ(item.Do(Audit(item.state,
                            {.reviewer = LeadPerson("lea"),
                             .token = LeaseOf(item.state, "lea")->token,
                             .key = "a",
                             .content = row.content,
                             .passes = row.passes,
                             .defect = row.passes ? "" : "leak",
                             .severity = row.severity,
                             .cause = row.passes ? ReviewCause::kNone : ReviewCause::kSlip},
                            item.policy, At(62))),
              "")
        << row.name;
    EXPECT_EQ(item.StateWord(At(62)), row.state) << row.name;
    EXPECT_EQ(HasOpenSevereFlag(item.state), std::string_view(row.state) == "adjudication") << row.name;
    EXPECT_EQ(BrokenInvariant(item.state, At(62)), "") << row.name;
  }
}

TEST(SevereFlags, FollowFromAJudgementThatCameTooLateToCount) {
  ItemUnderTest item;
  EXPECT_EQ(item.Claims(Person("cid"), At(0)), "");
  item.Judges(Person("ann"), Says(4), At(20));
  item.Judges(Person("bob"), Says(4), At(22));
  JudgementContent late = Says(4);
  late.is_severe = true;
  EXPECT_EQ(
      item.Do(Submit(item.state, {.reviewer = Person("cid"), .token = 1, .key = "k", .content = late, .as_extra = true},
                     item.policy, nullptr, At(60))),
      "");
  EXPECT_EQ(item.state.judgements.back().role, JudgementRole::kExtra);
  EXPECT_EQ(item.StateWord(At(60)), "adjudication");
}

TEST(SevereFlags, AreNotRaisedAgainOverWhatIsUpheld) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Grave(), At(1));
  EXPECT_EQ(HarmOf(item.state), HarmState::kOpen);
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), Grave(), At(5)), "");
  EXPECT_EQ(HarmOf(item.state), HarmState::kUpheld);
  EXPECT_EQ(FlagSevere(item.state, {.reviewer = Person("cid")}, item.policy, At(6)), ReviewFacts());
  EXPECT_EQ(item.Claims(LeadPerson("leo"), At(7)), "");
  EXPECT_EQ(item.Do(Audit(item.state,
                          {.reviewer = LeadPerson("leo"),
                           .token = LeaseOf(item.state, "leo")->token,
                           .key = "a",
                           .content = Grave(),
                           .passes = true},
                          item.policy, At(8))),
            "");
  EXPECT_EQ(item.StateWord(At(8)), "done");
  EXPECT_EQ(HarmOf(item.state), HarmState::kUpheld);
}

TEST(SevereFlags, WhatWasUpheldStaysAQuestionUntilItIsDecidedAnew) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Grave(), At(1));
  JudgementContent plain = Says(1);
  plain.is_severe = true;
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), plain, At(5)), "");
  EXPECT_EQ(HarmOf(item.state), HarmState::kUpheld) << "said in so many words";
  EXPECT_EQ(item.Do(Reopen(item.state, {.reviewer = LeadPerson("lea"), .reason = "x"}, At(50))), "");
  EXPECT_EQ(HarmOf(item.state), HarmState::kOpen) << "nobody has taken it back";
  item.Judges(Person("bob"), Says(4), At(52));
  EXPECT_EQ(item.StateWord(At(52)), "adjudication") << "one person does not undo it";
  EXPECT_EQ(HarmOf(item.state), HarmState::kOpen);
  EXPECT_EQ(item.Adjudicates(LeadPerson("leo"), Says(4), At(55)), "");
  EXPECT_EQ(HarmOf(item.state), HarmState::kNone);
}

TEST(SevereFlags, WhatWasUpheldOutlivesARedaction) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Grave(), At(1));
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), Grave(), At(5)), "");
  const Reviewer privacy = Person("pia", {ReviewRole::kPrivacy});
  EXPECT_EQ(item.Do(Quarantine(item.state, {.reviewer = Person("bob")}, item.policy, At(50))), "");
  EXPECT_EQ(item.Do(EndQuarantine(item.state,
                                  {.reviewer = privacy, .content_hash = "sha256:other", .policy = "names go"}, At(51))),
            "");
  EXPECT_EQ(HarmOf(item.state), HarmState::kOpen);
  EXPECT_EQ(item.StateWord(At(52)), "adjudication");
  EXPECT_EQ(item.state.adjudication_why, "harm of severity 1 was upheld before");
  EXPECT_NE(item.Claims(Person("bob"), At(52)), "") << "one who labels does not undo it";
  EXPECT_EQ(item.Adjudicates(LeadPerson("leo"), Grave(), At(53)), "");
  EXPECT_EQ(HarmOf(item.state), HarmState::kUpheld);
}

TEST(SevereFlags, AreRuledOnByWhoIsThereForHarmWhateverElseWasAsked) {
  struct Row {
    const char* name;
    Reviewer asks;
    EscalationReason reason;
    Reviewer rules;
    EscalationOutcome outcome;
    const char* refusal;  // "" where it is taken
  };
  const Reviewer both = Person("mia", {ReviewRole::kLead, ReviewRole::kTrustSafety});
  const Reviewer trust = Person("tom", {ReviewRole::kTrustSafety});
  const Reviewer lead = Person("lea", {ReviewRole::kLead});
  const Reviewer owner = Person("sue", {ReviewRole::kSuiteOwner});
  const char* not_theirs = "it is flagged as harm of severity 1, on which trust_safety rules, or an adjudicator";
  const Row rows[] = {
      {"a lead", Person("ann"), EscalationReason::kAmbiguity, lead, EscalationOutcome::kDecide, not_theirs},
      {"a lead takes it out", Person("ann"), EscalationReason::kAmbiguity, lead, EscalationOutcome::kVoid, not_theirs},
      {"a suite owner", Person("ann"), EscalationReason::kBroken, owner, EscalationOutcome::kDecide, not_theirs},
      {"who asked", both, EscalationReason::kAmbiguity, both, EscalationOutcome::kDecide,
       "has asked for the ruling; somebody else decides, or takes it out"},
      {"taken out for another reason", Person("ann"), EscalationReason::kAmbiguity, both, EscalationOutcome::kVoid,
       "is flagged as harm of severity 1"},
      {"a lead lets it go on", Person("ann"), EscalationReason::kAmbiguity, lead, EscalationOutcome::kResume, ""},
      {"trust and safety decides", Person("ann"), EscalationReason::kSevere, trust, EscalationOutcome::kDecide, ""},
      {"trust and safety takes it out", Person("ann"), EscalationReason::kSevere, trust, EscalationOutcome::kVoid, ""},
      {"a lead of trust and safety", Person("ann"), EscalationReason::kAmbiguity, both, EscalationOutcome::kDecide, ""},
  };
  for (const Row& row : rows) {
    ItemUnderTest item;
    item.Judges(Person("ann"), Grave(), At(1));
    EXPECT_EQ(item.Do(Escalate(item.state, {.reviewer = row.asks, .reason = row.reason}, item.policy, At(2))), "")
        << row.name;
    ResolveCommand ruling{.reviewer = row.rules, .outcome = row.outcome, .ruling = "so be it"};
    if (row.outcome == EscalationOutcome::kDecide) ruling.content = Says(5);
    const std::string refusal = item.Do(Resolve(item.state, ruling, item.policy, At(3)));
    EXPECT_THAT(refusal, ::testing::HasSubstr(row.refusal)) << row.name;
    EXPECT_EQ(refusal.empty(), std::string_view(row.refusal).empty()) << row.name << ": " << refusal;
    const bool is_ruled_on = refusal.empty() && row.outcome != EscalationOutcome::kResume;
    EXPECT_EQ(HarmOf(item.state), is_ruled_on ? HarmState::kNone : HarmState::kOpen) << row.name;
    EXPECT_EQ(BrokenInvariant(item.state, At(4)), "") << row.name;
  }
}

TEST(Cancelling, OfWhatWasUpheldLeavesItUpheld) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Grave(), At(1));
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), Grave(), At(5)), "");
  const ReasonCommand cancel{.reviewer = Person("sue", {ReviewRole::kSuiteOwner}), .reason = "withdrawn"};
  EXPECT_EQ(item.Do(Cancel(item.state, cancel, At(6))), "");
  EXPECT_EQ(HarmOf(item.state), HarmState::kUpheld);
  const Reviewer privacy = Person("pia", {ReviewRole::kPrivacy});
  EXPECT_EQ(item.Do(Quarantine(item.state, {.reviewer = Person("bob")}, item.policy, At(50))), "");
  EXPECT_EQ(item.Do(EndQuarantine(item.state,
                                  {.reviewer = privacy, .content_hash = "sha256:other", .policy = "names go"}, At(51))),
            "");
  EXPECT_EQ(HarmOf(item.state), HarmState::kUpheld) << "nobody decides it anew";
  EXPECT_EQ(BrokenInvariant(item.state, At(52)), "");
}

TEST(SevereFlags, AreNotDecidedByWhoRaisedThem) {
  ItemUnderTest item;
  EXPECT_EQ(item.Do(FlagSevere(item.state, {.reviewer = LeadPerson("lea")}, item.policy, At(1))), "");
  EXPECT_EQ(item.Claims(LeadPerson("lea"), At(2)),
            "item " + item.state.item.id + " (adjudication), \"lea\": you have a part in what is to be looked at");
  EXPECT_EQ(item.Do(Escalate(item.state, {.reviewer = LeadPerson("lea"), .note = "see"}, item.policy, At(3))), "");
  for (const EscalationOutcome outcome : {EscalationOutcome::kVoid, EscalationOutcome::kDecide}) {
    ResolveCommand rules{.reviewer = LeadPerson("lea"), .outcome = outcome, .ruling = "no"};
    if (outcome == EscalationOutcome::kDecide) rules.content = Says(5);
    EXPECT_EQ(
        item.Do(Resolve(item.state, rules, item.policy, At(4))),
        "item " + item.state.item.id + ", \"lea\": has flagged it as harm of severity 1; somebody else rules on that");
  }
  EXPECT_EQ(item.Do(Resolve(item.state, {.reviewer = LeadPerson("lea"), .ruling = "go on"}, item.policy, At(5))), "");
  EXPECT_EQ(item.Adjudicates(LeadPerson("leo"), Says(4), At(6)), "");
  EXPECT_FALSE(HasOpenFlagOf(item.state, "lea")) << "it has been ruled on";
}

TEST(SevereFlags, EndTheAdjudicationOfWhoRaisesThem) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Says(1), At(1));
  item.Judges(Person("bob"), Says(5), At(3));
  item.Judges(Person("cid"), Says(3), At(5));
  ASSERT_EQ(item.StateWord(At(7)), "adjudication");
  EXPECT_EQ(item.Claims(LeadPerson("lea"), At(7)), "");
  EXPECT_EQ(item.Do(FlagSevere(item.state, {.reviewer = LeadPerson("lea")}, item.policy, At(8))), "");
  EXPECT_EQ(LeaseOf(item.state, "lea"), nullptr);
  EXPECT_EQ(item.Claims(LeadPerson("leo"), At(9)), "") << "nobody has to wait for the lease to end";
}

TEST(Cancelling, WaitsForTheRulingOnHarm) {
  ItemUnderTest item;
  item.Judges(Person("ann"), Grave(), At(1));
  const ReasonCommand cancel{.reviewer = Person("sue", {ReviewRole::kSuiteOwner}), .reason = "withdrawn"};
  EXPECT_THAT(item.Do(Cancel(item.state, cancel, At(4))), ::testing::HasSubstr("is flagged as harm of severity 1"));
  EXPECT_EQ(item.Adjudicates(LeadPerson("lea"), Says(4), At(5)), "");
  EXPECT_EQ(item.Do(Cancel(item.state, cancel, At(6))), "");
  EXPECT_EQ(item.StateWord(At(6)), "cancelled");
}

}  // namespace
}  // namespace assay
