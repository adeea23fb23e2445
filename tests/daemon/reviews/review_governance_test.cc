#include <gmock/gmock.h>

#include "core/digest.h"
#include "daemon/builtin_kinds.h"
#include "daemon/reviews/rubric_approvals.h"
#include "runners/dataset_fields.h"
#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReviewGovernanceTest : public ReviewDeskTest {
 protected:
  std::vector<std::string> Items() {
    RunSuite();
    AwaitItems(2);
    std::vector<std::string> ids;
    const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
    for (const ItemSummary& item : listed->items) ids.push_back(item.id);
    return ids;
  }
  std::string DoneItem() {
    const std::string item = Items()[0];
    Judges("bob", item, 5);
    Judges("eve", item, 5);
    clock_.Add(minutes(11));
    return item;
  }
  std::string Approved(ReviewChange change, const std::string& diff) {
    const auto proposed = Ask(reviews_->ProposeChange(As("max"), change, "what", diff, "why"));
    EXPECT_TRUE(proposed) << proposed.error().message;
    for (const std::string person : {"bob", "lea"})
      EXPECT_TRUE(Ask(reviews_->AnswerChange(As(person), proposed->request.id, true, Sha256Hex(diff), "")));
    return proposed->request.id;
  }
  // What has to be approved, as the refusal says it.
  std::string TextOf(const GoldArguments& arguments) {
    const std::string refused = Refused(Ask(reviews_->AddGold(As("lea"), arguments)));
    return refused.substr(refused.find('{'));
  }
  static std::string Refused(const auto& result) {
    return result ? "done" : std::string(Name(result.error().code)) + ": " + result.error().message;
  }
};

TEST_P(ReviewGovernanceTest, AChangeIsApprovedByAPeerAndALeadWhoDidNotProposeIt) {
  const auto proposed =
      Ask(reviews_->ProposeChange(As("lea"), ReviewChange::kRubricMajor, "rubric r 2.0.0", "+ label", "it lacks one"));
  ASSERT_TRUE(proposed) << proposed.error().message;
  const std::string id = proposed->request.id;
  const std::string hash = Sha256Hex("+ label");
  EXPECT_EQ(proposed->state, ApprovalState::kWaiting);
  EXPECT_FALSE(proposed->may_answer);
  EXPECT_THAT(Refused(Ask(reviews_->AnswerChange(As("lea"), id, true, hash, ""))), HasSubstr("permission_denied"));
  EXPECT_THAT(Refused(Ask(reviews_->AnswerChange(As("bob"), id, true, Sha256Hex("other"), ""))), HasSubstr("aborted"));
  EXPECT_EQ(Ask(reviews_->AnswerChange(As("bob"), id, true, hash, "yes"))->state, ApprovalState::kWaiting);
  Start();
  const auto approved = Ask(reviews_->AnswerChange(As("max"), id, true, hash, "yes"));
  ASSERT_TRUE(approved) << approved.error().message;
  EXPECT_EQ(approved->state, ApprovalState::kApproved);
  EXPECT_EQ(Ask(reviews_->ListChanges(As("ann"), ApprovalState::kWaiting))->size(), 0u);
  EXPECT_EQ(Ask(reviews_->ListChanges(As("ann"), std::nullopt))->at(0).diff, "+ label");
  EXPECT_THAT(Refused(Ask(reviews_->ProposeChange(As("local"), ReviewChange::kThreshold, "a", "b", "c"))),
              HasSubstr("permission_denied"));
}

TEST_P(ReviewGovernanceTest, WhatAJudgementSaysThatTheGuidelineShouldSayWaitsForALead) {
  const std::string item = Items()[0];
  const ItemView claimed = Claims("ann", item);
  SubmitCommand command{.token = claimed.lease->token, .content = Quality(5)};
  command.content.proposal = "A rounded amount is wrong.";
  command.content.clauses = {"1"};
  Acts("ann", item, command, "k");
  Acts("ann", item, command, "k");
  const auto proposals = Ask(reviews_->ListChanges(As("lea"), ApprovalState::kWaiting));
  ASSERT_EQ(proposals->size(), 1u) << "sent again, it proposes nothing anew";
  const ChangeStatus& proposal = proposals->at(0);
  EXPECT_EQ(proposal.request.change, ReviewChange::kProposal);
  EXPECT_EQ(proposal.request.subject, "rubric r § 1");
  EXPECT_EQ(proposal.request.proposer, "ann");
  EXPECT_EQ(proposal.request.reason, "while judging item " + item);
  EXPECT_EQ(proposal.diff, "A rounded amount is wrong.");
  EXPECT_EQ(proposal.missing, "one of lead");
  EXPECT_TRUE(proposal.may_answer);
  const auto of_bob = Ask(reviews_->ListChanges(As("bob"), ApprovalState::kWaiting));
  EXPECT_EQ(of_bob->at(0).request.reason, "") << "bob may be asked of that item too";
  EXPECT_FALSE(of_bob->at(0).may_answer);
  const std::string hash = Sha256Hex(proposal.diff);
  EXPECT_THAT(Refused(Ask(reviews_->AnswerChange(As("bob"), proposal.request.id, true, hash, ""))),
              HasSubstr("permission_denied"));
  const auto declined = Ask(reviews_->AnswerChange(As("lea"), proposal.request.id, false, hash, "§ 1.1 says so"));
  ASSERT_TRUE(declined) << declined.error().message;
  EXPECT_EQ(declined->state, ApprovalState::kRejected);
}

TEST_P(ReviewGovernanceTest, KnownAnswersAreMadeOfWhatIsSettledAndMeasurePeople) {
  WriteQueue("gold: {share: 0.5, share_after_miss: 0.5, mark: 0.8, minimum: 5, every: 2, again_after: 1d}\n");
  Start();
  const std::string item = DoneItem();
  const GoldArguments wanted{.item = item, .purpose = ItemPurpose::kGold, .why = "as the handbook says"};
  EXPECT_THAT(Refused(Ask(reviews_->AddGold(As("ann"), wanted))), HasSubstr("permission_denied"));
  EXPECT_THAT(Refused(Ask(reviews_->AddGold(As("lea"), wanted))),
              HasSubstr("failed_precondition: gate \"release\" rests on suite \"s\": a known answer of it needs an "
                        "approved change of kind gating_gold whose diff is exactly {\"expected\":"));
  GoldArguments approved = wanted;
  approved.approval = Approved(ReviewChange::kGatingGold, "gold");
  EXPECT_THAT(Refused(Ask(reviews_->AddGold(As("lea"), approved))),
              HasSubstr("approves something else: what is to be done now needs one whose diff is exactly {"));
  approved.approval = Approved(ReviewChange::kGatingGold, TextOf(wanted));
  GoldArguments other = approved;
  other.expected = Quality(1).opinion;
  EXPECT_THAT(Refused(Ask(reviews_->AddGold(As("lea"), other))), HasSubstr("approves something else"));
  other = approved;
  other.scores_within = 2;
  EXPECT_THAT(Refused(Ask(reviews_->AddGold(As("lea"), other))), HasSubstr("approves something else"));
  const auto gold = Ask(reviews_->AddGold(As("lea"), approved));
  ASSERT_TRUE(gold) << gold.error().message;
  EXPECT_THAT(Refused(Ask(reviews_->AddGold(As("lea"), approved))), HasSubstr("is good for one"));
  approved.purpose = ItemPurpose::kTraining;
  EXPECT_THAT(Refused(Ask(reviews_->AddGold(As("lea"), approved))), HasSubstr("approves something else"));
  EXPECT_EQ(gold->entry.source_item, item);
  EXPECT_EQ(std::get<CriteriaAnswers>(gold->entry.answer.expected.answers).criteria.at(0).score, 5);

  for (int misses = 0; misses < 5;) {
    clock_.Add(std::chrono::hours(25));
    const ItemView given = Claims("ann");
    ASSERT_TRUE(given.lease.has_value());
    EXPECT_EQ(given.item.purpose, ItemPurpose::kLabel) << "nobody is told which items are gold";
    if (given.item.id != gold->entry.item) {
      Acts("ann", given.item.id, GiveBackCommand{.token = given.lease->token});
      continue;
    }
    const ItemView after = Acts("ann", given.item.id, SubmitCommand{.token = given.lease->token, .content = Quality(1)},
                                "k" + std::to_string(++misses));
    EXPECT_EQ(after.judgements.back().judgement.role, JudgementRole::kLabel);
    EXPECT_FALSE(after.feedback.has_value());
  }
  const auto none = Ask(reviews_->ClaimItem(As("ann"), {}));
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_THAT(none->why_none, HasSubstr("you are paused (too few right answers"));
  Start();
  EXPECT_THAT(Ask(reviews_->ClaimItem(As("ann"), {}))->why_none, HasSubstr("you are paused")) << "over a restart";
  EXPECT_EQ(Ask(reviews_->ListGold(As("lea"), "q"))->at(0).record.shown, 5);
  EXPECT_EQ(Ask(reviews_->ListGold(As("lea"), "q"))->at(0).record.hits, 0);
  EXPECT_THAT(Refused(Ask(reviews_->EndPause(As("bob"), "ann", "q", "talked"))), HasSubstr("permission_denied"));
  ASSERT_TRUE(Ask(reviews_->EndPause(As("lea"), "ann", "q", "talked about it")));
  EXPECT_TRUE(Ask(reviews_->ClaimItem(As("ann"), {}))->view.has_value());
}

TEST_P(ReviewGovernanceTest, ACalibrationIsBlindUntilItIsRevealed) {
  const std::vector<std::string> items = Items();
  const auto opened = Ask(reviews_->OpenCalibration(As("lea"), "q", items, {"ann", "bob"}));
  ASSERT_TRUE(opened) << opened.error().message;
  const std::string id = opened->entry.session.id;
  const std::string item = opened->entry.session.items.at(0);
  const ClaimArguments same{.item = item};
  EXPECT_THAT(Refused(Ask(reviews_->ClaimItem(As("eve"), same))), HasSubstr("is not of its calibration session"));
  Judges("ann", item, 5);
  Judges("bob", item, 1);
  EXPECT_EQ(StateOf(items[0]), "queued") << "what it was copied from is judged by itself";
  auto session = Ask(reviews_->GetCalibration(As("ann"), id));
  EXPECT_EQ(session->judged, 2);
  EXPECT_TRUE(session->grid.empty());
  EXPECT_THAT(Refused(Ask(reviews_->RevealCalibration(As("ann"), id))), HasSubstr("permission_denied"));
  ASSERT_TRUE(Ask(reviews_->RevealCalibration(As("lea"), id)));
  EXPECT_THAT(Refused(Ask(reviews_->ClaimItem(As("ann"), same))), HasSubstr("its calibration is over"));
  Start();
  session = Ask(reviews_->GetCalibration(As("bob"), id));
  ASSERT_EQ(session->grid.size(), 2u);
  EXPECT_EQ(session->grid[0].item, item);
  EXPECT_EQ(session->grid[0].disagreement, 1);
  CalibrationRuling ruling{.item = item, .opinion = Quality(5).opinion, .note = "it is right", .clause = "1"};
  ASSERT_TRUE(Ask(reviews_->RuleOnCalibration(As("lea"), id, ruling)));
  const auto closed = Ask(reviews_->CloseCalibration(As("lea"), id));
  ASSERT_TRUE(closed) << closed.error().message;
  ASSERT_EQ(closed->report->people.size(), 2u);
  EXPECT_EQ(closed->report->people[0].right, 1) << "ann";
  EXPECT_EQ(closed->report->people[1].right, 0) << "bob";
  EXPECT_THAT(Refused(Ask(reviews_->GetCalibration(As("eve"), id))), HasSubstr("not_found"));
}

TEST_P(ReviewGovernanceTest, KeepsEveryVersionOfARubricAndWhoHasReadIt) {
  ASSERT_TRUE(Ask(reviews_->AcknowledgeRubric(As("ann"), "r", "1.0.0")));
  EXPECT_EQ(Ask(reviews_->GetMyWork(As("ann")))->queues.at(0).acknowledged_version, "1.0.0");
  WriteRubric("1.1.0", "changes:\n  - {version: \"1.1.0\", reason: clearer words}\n");
  Start();
  const auto versions = Ask(reviews_->ListRubricVersions(As("ann"), "r"));
  ASSERT_TRUE(versions) << versions.error().message;
  ASSERT_EQ(versions->size(), 2u);
  EXPECT_EQ(versions->at(0).version, "1.0.0");
  EXPECT_EQ(versions->at(0).acknowledged_by, 1);
  EXPECT_EQ(versions->at(1).reason, "clearer words");
  EXPECT_EQ(versions->at(1).acknowledged_by, 0);
  EXPECT_EQ(Ask(reviews_->GetMyWork(As("ann")))->queues.at(0).acknowledged_version, "1.0.0");
  EXPECT_EQ(Refused(Ask(reviews_->AcknowledgeRubric(As("ann"), "r", "3.0.0"))),
            "not_found: there is no rubric \"r\" of version 3.0.0");
}

TEST_P(ReviewGovernanceTest, AnotherMajorVersionUnderAGateComesIntoServiceOnceItsDocumentIsApproved) {
  const auto objections = [&] {
    Diagnostics diagnostics;
    const Catalog catalog =
        LoadCatalog({(files_.path() / "catalog").string()}, BuiltinKinds(), FirstRowOf, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
    CheckRubricApprovals(*work_->store, catalog, diagnostics);
    return std::pair(diagnostics.Render(), catalog.FindRubric("r")->text);
  };
  EXPECT_EQ(objections().first, "") << "the first version changes nothing";
  WriteRubric("1.1.0");
  EXPECT_EQ(objections().first, "") << "a minor version";
  WriteRubric("2.0.0");
  EXPECT_THAT(
      objections().first,
      HasSubstr("rubric.yaml:3:10: version: gate \"release\" rests on judgements by this rubric: another major version "
                "needs the approval of a peer and a lead"));
  Approved(ReviewChange::kRubricMajor, "something else");
  EXPECT_NE(objections().first, "");
  Approved(ReviewChange::kRubricMajor, objections().second);
  EXPECT_EQ(objections().first, "");
  WriteRubric("2.0.0", "changes:\n  - {version: \"2.0.0\", reason: another text}\n");
  EXPECT_NE(objections().first, "") << "what was approved is exactly that text";
}

TEST_P(ReviewGovernanceTest, ItemsGoOnToAMajorVersionByTheApprovalOfItsDocument) {
  const std::string item = Items()[0];
  WriteRubric("2.0.0");
  Start();
  const auto advance = [&](const std::string& approval) {
    return Refusal("lea", item, AdvanceCommand{.version = {2, 0, 0}, .approval = approval}, "k" + approval);
  };
  EXPECT_THAT(advance(Approved(ReviewChange::kRubricMajor, "another rubric")),
              HasSubstr("failed_precondition: change"));
  EXPECT_EQ(advance(Approved(ReviewChange::kRubricMajor, work_->catalog.current()->catalog.FindRubric("r")->text)),
            "done");
}

TEST_P(ReviewGovernanceTest, AClarificationIsClosedByAVersionThatNamesIt) {
  const auto opened = Ask(reviews_->OpenClarification(As("lea"), "r", "1", "is a joke right?"));
  ASSERT_TRUE(opened) << opened.error().message;
  const std::string id = opened->clarification.id;
  EXPECT_EQ(Ask(reviews_->OpenClarification(As("max"), "r", "1", "or irony?"))->clarification.id, id)
      << "it is there already";
  EXPECT_EQ(Ask(reviews_->OpenClarification(As("max"), "r", "1", ""))->clarification.notes.size(), 2u);
  EXPECT_THAT(Refused(Ask(reviews_->CloseClarification(As("lea"), id, false, ""))), HasSubstr("failed_precondition"));
  WriteRubric("1.1.0", "changes:\n  - {version: \"1.1.0\", reason: \"answers " + id + "\"}\n");
  Start();
  const auto closed = Ask(reviews_->CloseClarification(As("max"), id, false, "see the examples"));
  ASSERT_TRUE(closed) << closed.error().message;
  EXPECT_EQ(closed->clarification.closed_by, "1.1.0");
  EXPECT_EQ(Refused(Ask(reviews_->CloseClarification(As("lea"), id, true, "no"))),
            "failed_precondition: clarification " + id + " is closed already, by max");
  Start();
  const auto listed = Ask(reviews_->ListClarifications(As("ann"), "r"));
  ASSERT_TRUE(listed && listed->size() == 1);
  EXPECT_EQ(listed->at(0).opened_by, "lea");
  const Clarification& kept = listed->at(0).clarification;
  ASSERT_EQ(kept.notes.size(), 2u);
  EXPECT_EQ(kept.notes[0].person + ": " + kept.notes[0].text, "lea: is a joke right?");
  EXPECT_EQ(kept.notes[1].person + ": " + kept.notes[1].text, "max: or irony?");
  EXPECT_EQ(kept.ended_by + ": " + kept.reason, "max: see the examples");
}

TEST_P(ReviewGovernanceTest, ItIsKeptWhyAKnownAnswerWasRetired) {
  const std::string item = DoneItem();
  GoldArguments wanted{.item = item};
  wanted.approval = Approved(ReviewChange::kGatingGold, TextOf(wanted));
  const auto gold = Ask(reviews_->AddGold(As("lea"), wanted));
  ASSERT_TRUE(gold) << gold.error().message;
  const std::string id = gold->entry.item;
  EXPECT_EQ(Refused(Ask(reviews_->RetireGold(As("lea"), id, " "))), "invalid_argument: needs a reason");
  EXPECT_TRUE(Ask(reviews_->RetireGold(As("lea"), id, "the handbook says otherwise now")));
  EXPECT_TRUE(Ask(reviews_->RetireGold(As("lea"), id, "the handbook says otherwise now"))) << "sent again";
  EXPECT_EQ(Refused(Ask(reviews_->RetireGold(As("max"), id, "it is old"))),
            "failed_precondition: known answer " + id + " is retired already, by lea: the handbook says otherwise now");
  Start();
  const GoldEntry kept = Ask(reviews_->ListGold(As("max"), "q"))->at(0).entry;
  EXPECT_TRUE(kept.is_retired);
  EXPECT_EQ(kept.retired_by + ": " + kept.retired_why, "lea: the handbook says otherwise now");
  EXPECT_EQ(kept.retired_at, clock_.Now());
}

// Who was given an item before answers by what they were shown; whoever comes after is shown the new words.
TEST_P(ReviewGovernanceTest, AMinorVersionReachesOpenItemsAndNobodyWhoHasOneAlready) {
  RunSuite();
  AwaitItems(2);
  const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
  const std::string before = listed->items[0].id;
  const std::string after = listed->items[1].id;
  const ItemView held = Claims("ann", before);
  WriteRubric("1.1.0", "rationale: {when: [always]}\nchanges:\n  - {version: \"1.1.0\", reason: clearer words}\n");
  work_->catalog.Reload();
  const ItemView given = Claims("bob", after);
  EXPECT_EQ(ToString(given.lease->rubric_version), "1.1.0");
  EXPECT_EQ(ToString(given.item.rubric_version), "1.1.0");
  EXPECT_EQ(ToString(View("ann", before).item.rubric_version), "1.0.0");
  const SubmitCommand without{.token = given.lease->token, .content = Quality(5)};
  EXPECT_THAT(Refusal("bob", after, without, "b"), HasSubstr("rationale"));
  const ItemView judged = Acts("ann", before, SubmitCommand{.token = held.lease->token, .content = Quality(5)}, "a");
  EXPECT_EQ(ToString(judged.judgements.at(0).judgement.content.rubric_version), "1.0.0");
  SubmitCommand with = without;
  with.content.rationale = "It says what the sources say.";
  EXPECT_EQ(ToString(Acts("bob", after, with, "c").judgements.at(0).judgement.content.rubric_version), "1.1.0");
}

TEST_P(ReviewGovernanceTest, WhatWaitsForAGuidelineGoesOnUnderTheVersionThatHasIt) {
  RunSuite();
  AwaitItems(2);
  const std::string item = Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  Acts("lea", item, AwaitGuidelineAct{.clarification = "c"}, "w");
  WriteRubric("1.1.0", "changes:\n  - {version: \"1.1.0\", reason: answers c}\n");
  work_->catalog.Reload();
  const ItemView on = Acts("lea", item, GuidelineArrivedAct{.clarification = "c"}, "g");
  EXPECT_EQ(StateOf(item), "queued");
  EXPECT_EQ(ToString(on.item.rubric_version), "1.1.0");
  EXPECT_EQ(on.item.epoch, 1);
}

TEST_P(ReviewGovernanceTest, QueuesThatFeedGatesHaveGoldToo) {
  WriteQueue("enter: [{every: true, priority: gate_blocking}]\ngold: {training: 1}\n");
  Start();
  RunSuite();
  AwaitItems(2);
  const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
  const std::string item = listed->items[0].id;
  const std::string other = listed->items[1].id;
  ASSERT_EQ(View("lea", other).item.lane, ReviewLane::kGateBlocking);
  Judges("bob", item, 5);
  Judges("eve", item, 5);
  clock_.Add(std::chrono::minutes(11));
  GoldArguments training{.item = item, .purpose = ItemPurpose::kTraining, .expected = Quality(5).opinion};
  training.approval = Approved(ReviewChange::kGatingGold, TextOf(training));
  const auto gold = Ask(reviews_->AddGold(As("lea"), training));
  ASSERT_TRUE(gold) << gold.error().message;
  const ItemView first = Claims("ann");
  EXPECT_EQ(first.item.id, gold->entry.item) << "who is new learns first";
  EXPECT_EQ(first.item.lane, ReviewLane::kNormal);
  EXPECT_EQ(View("ann", other).item.lane, ReviewLane::kNormal) << "or the lane would tell which is gold";
}

std::string RubricX(const std::string& version, int pass,
                    const std::string& guideline = "What counts is whether it is right.",
                    const std::string& changes = "") {
  return "kind: Rubric\nname: x\nversion: \"" + version + "\"\nguideline: " + guideline + "\n" +
         "criteria: [{name: quality, meaning: how good it is, scale: {from: 1, to: 5, pass: " + std::to_string(pass) +
         ", anchors: {1: wrong, 5: right}}}]\n" +
         (changes.empty() ? "changes: [{version: \"" + version + "\", reason: a test}]\n" : changes);
}

// Also of one that has not had its first version yet, which lint does not ask.
TEST_P(ReviewGovernanceTest, ARubricThatIsRaisedSaysWhy) {
  const auto outcome = [&](const std::string& text) {
    files_.Write("catalog/x.yaml", text);
    work_->catalog.Reload();
    const auto status = work_->Wait(work_->catalog.GetStatus(work_->caller));
    return status->errors.empty() ? "served" : status->errors[0].message;
  };
  ASSERT_EQ(outcome(RubricX("0.1.0", 3, "Right.", "description: x\n")), "served") << "the first says nothing";
  EXPECT_EQ(
      outcome(RubricX("0.1.1", 3, "Wholly right.", "description: x\n")),
      "rubric \"x\" was in service as 0.1.0: those who work by it are told why it changes; add changes: [{version: "
      "\"0.1.1\", reason: ...}]");
  EXPECT_EQ(outcome(RubricX("0.1.1", 3, "Wholly right.")), "served");
}

TEST_P(ReviewGovernanceTest, ARubricNeverSaysOtherThanItsVersionDid) {
  const auto outcome = [&](const std::string& text) {
    files_.Write("catalog/x.yaml", text);
    work_->catalog.Reload();
    const auto status = work_->Wait(work_->catalog.GetStatus(work_->caller));
    if (status->errors.empty()) return std::string("served");
    const Diagnostic& error = status->errors[0];
    return std::to_string(error.line) + ": " + error.path + ": " + error.message;
  };
  ASSERT_EQ(outcome(RubricX("1.0.0", 3)), "served");
  EXPECT_EQ(
      outcome(RubricX("1.0.0", 5)),
      "3: version: rubric \"x\" was in service as 1.0.0 with other content, by which people have been asked; what "
      "differs needs version 2.0.0 at least");
  EXPECT_EQ(work_->catalog.current()->catalog.FindRubric("x")->rubric()->criteria.at(0).scale->pass, 3)
      << "the old one goes on being served";
  EXPECT_EQ(
      outcome(RubricX("1.1.0", 5)),
      "3: version: rubric \"x\", 1.0.0 to 1.1.0: criteria, scales, labels, errors or severities differ, which makes "
      "another major version, 2.0.0 at least");
  EXPECT_EQ(outcome(RubricX("2.0.0", 5)), "served");
  EXPECT_EQ(
      outcome(RubricX("1.5.0", 3)),
      "3: version: rubric \"x\" was in service as 2.0.0, and versions only rise; this content needs 3.0.0 at least");
  EXPECT_EQ(outcome(RubricX("1.0.0", 3)), "served") << "a catalog may be taken back";
  const std::string reworded = RubricX("2.0.1", 5, "Only what is right counts.");
  EXPECT_EQ(outcome(reworded), "served");
  const std::string unexplained = RubricX("0.9.0", 3, "Only what is right counts.", "description: of x\n");
  EXPECT_THAT(outcome(unexplained), HasSubstr("versions only rise")) << "which comes first";
  EXPECT_EQ(outcome(RubricX("2.0.2", 5, "What is right counts.", "description: of x\n")),
            "3: version: a version above 1.0.0 says why it is there: changes: [{version: \"2.0.2\", reason: ...}]");
  EXPECT_EQ(outcome(reworded), "served");
  Start();
  EXPECT_THAT(outcome(RubricX("1.0.0", 5)), HasSubstr("was in service as 1.0.0 with other content"))
      << "after a restart too";
}

INSTANTIATE_TEST_SUITE_P(Engines, ReviewGovernanceTest, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
