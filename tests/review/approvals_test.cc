#include "review/approvals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using testing::LeadPerson;
using testing::Person;
using testing::TestRubric;

std::string RoleText(EnumSet<ReviewRole> roles) {
  std::string text;
  for (const auto& word : EnumWords<ReviewRole>::kWords) {
    if (roles.Has(word.value)) text += std::string(text.empty() ? "" : "|") + std::string(word.word);
  }
  return text.empty() ? "-" : text;
}

TEST(ApprovalMatrix, IsThatOfTheDecisionRights) {
  std::string table;
  for (const ApprovalRule& rule : ApprovalRules()) {
    table += std::string(rule.rule) + " " + std::string(WordOf(rule.change)) + " " + std::to_string(rule.peers) + " " +
             RoleText(rule.approvers) + "\n";
  }
  EXPECT_EQ(table,
            "R82 judgement 0 -\n"
            "R83 proposal 0 lead\n"
            "R84 example 0 -\n"
            "R85 severity 0 -\n"
            "R35 rubric_wording 0 -\n"
            "R86 rubric_minor 0 lead\n"
            "R86 rubric_major 1 lead\n"
            "R87 gating_gold 1 lead\n"
            "R88 threshold 1 lead\n"
            "R89 error_class 1 lead\n"
            "R75 training_export 1 lead\n"
            "R90 data_source 0 manager\n"
            "R91 retention 0 manager\n"
            "R92 vendor 0 manager\n"
            "R93 release 0 release_owner\n"
            "R93 label_import 0 release_owner\n");
}

TEST(ApprovalMatrix, RefusesNobodyEverything) {
  for (const ApprovalRule& rule : ApprovalRules()) {
    for (const char* nobody : {"local", "", "system"}) {
      Reviewer caller = LeadPerson(nobody);
      for (const auto& word : EnumWords<ReviewRole>::kWords) caller.roles.Add(word.value);
      const Status alone = CheckAlone(rule.change, caller);
      ASSERT_FALSE(alone) << WordOf(rule.change);
      EXPECT_EQ(alone.error().code, ErrorCode::kPermissionDenied);
      EXPECT_EQ(alone.error().message,
                "approvals need names: \"" + std::string(nobody) + "\" is nobody; give the daemon tokens");
      const ApprovalRequest request{
          .id = "1", .change = rule.change, .subject = "s", .diff_hash = "d", .reason = "r", .proposer = "ann"};
      EXPECT_EQ(Propose(request, caller, At(0)).error().code, ErrorCode::kPermissionDenied);
      EXPECT_EQ(Answer(request, caller, true, "d", "", At(0)).error().code, ErrorCode::kPermissionDenied);
    }
  }
}

TEST(ApprovalMatrix, WhatATrainerMayDoAlone) {
  for (const ApprovalRule& rule : ApprovalRules()) {
    const Status alone = CheckAlone(rule.change, Person("ann"));
    EXPECT_EQ(alone.has_value(), rule.IsAlone()) << WordOf(rule.change);
    if (!alone) {
      EXPECT_EQ(alone.error().code, ErrorCode::kPermissionDenied);
    }
  }
  EXPECT_EQ(CheckAlone(ReviewChange::kRubricMajor, LeadPerson("lea")).error().message,
            "\"lea\": rubric_major needs an approval (1 peer, one of lead)");
  EXPECT_EQ(CheckAlone(ReviewChange::kJudgement, Person("max", {ReviewRole::kManager})).error().message,
            "\"max\": judgement is for reviewers");
}

// The answers to one request, and what became of it.
class Request {
 public:
  explicit Request(ReviewChange change)
      : request_(*Propose(
            {.id = "1", .change = change, .subject = "rubric support 3.0.0", .diff_hash = "d1", .reason = "amounts"},
            Person("ann"), At(0))) {}

  std::string Answers(const Reviewer& reviewer, bool approves = true, std::string_view diff = "d1") {
    auto answer = Answer(request_, reviewer, approves, diff, "", At(1));
    if (!answer) return answer.error().message;
    request_.approvals.push_back(*std::move(answer));
    return "";
  }
  std::string state() const { return std::string(WordOf(StateOf(request_))) + ": " + MissingOf(request_); }
  ApprovalRequest& request() { return request_; }

 private:
  ApprovalRequest request_;
};

TEST(Approvals, OfACoreChangeNeedAPeerAndALead) {
  Request request(ReviewChange::kRubricMajor);
  EXPECT_EQ(request.state(), "waiting: 1 peer, one of lead");
  EXPECT_EQ(request.Answers(Person("ann")), "request 1, \"ann\": nobody approves their own change");
  EXPECT_EQ(request.Answers(Person("max", {ReviewRole::kManager})),
            "request 1, \"max\": needs the role lead, or reviewer");
  EXPECT_EQ(request.Answers(Person("bob"), true, "d2"),
            "request 1, \"bob\": the change is another by now; look at it again");
  EXPECT_EQ(request.Answers(Person("bob")), "");
  EXPECT_EQ(request.state(), "waiting: one of lead");
  EXPECT_EQ(request.Answers(Person("bob")), "request 1, \"bob\": has answered already");
  EXPECT_EQ(request.Answers(LeadPerson("lea")), "");
  EXPECT_EQ(request.state(), "approved: ");
  EXPECT_EQ(request.Answers(Person("cid")), "request 1, \"cid\": it is approved");
}

TEST(Approvals, PeerAndLeadAreTwoPeople) {
  Request request(ReviewChange::kGatingGold);
  EXPECT_EQ(request.Answers(LeadPerson("lea")), "");
  EXPECT_EQ(request.state(), "waiting: 1 peer");
  EXPECT_EQ(request.Answers(LeadPerson("leo")), "");
  EXPECT_EQ(request.state(), "approved: ");
}

TEST(Approvals, OfAnotherDiffExpire) {
  Request request(ReviewChange::kRubricMajor);
  EXPECT_EQ(request.Answers(Person("bob")), "");
  EXPECT_EQ(request.Answers(LeadPerson("lea")), "");
  request.request().diff_hash = "d2";
  EXPECT_EQ(request.state(), "waiting: 1 peer, one of lead");
}

TEST(Approvals, WhatIsOddCountsForNothing) {
  Request request(ReviewChange::kRubricMajor);
  const auto forge = [&](const std::string& person) {
    request.request().approvals.push_back({.person = person, .roles = LeadPerson("x").roles, .diff_hash = "d1"});
  };
  for (const char* person : {"ann", "local", "", "system"}) forge(person);
  EXPECT_EQ(request.state(), "waiting: 1 peer, one of lead");
  forge("lea");
  forge("lea");
  EXPECT_EQ(request.state(), "waiting: 1 peer");
}

TEST(Approvals, OneNoRejects) {
  Request request(ReviewChange::kThreshold);
  EXPECT_EQ(request.Answers(LeadPerson("lea"), false), "");
  EXPECT_EQ(request.state(), "rejected: 1 peer, one of lead");
}

TEST(Approvals, ToMoveDataHoldForSevenDaysAndForTheirChangeOnly) {
  Request request(ReviewChange::kTrainingExport);
  const auto moves = [&](Time now, ReviewChange change = ReviewChange::kTrainingExport) {
    const Status status = CheckMoves(request.request(), change, now);
    return status ? "" : std::string(Name(status.error().code)) + ": " + status.error().message;
  };
  EXPECT_EQ(moves(At(1)), "permission_denied: approval \"1\" is waiting: needs 1 peer, one of lead");
  EXPECT_EQ(request.Answers(Person("bob")), "");
  EXPECT_EQ(ApprovedAt(request.request()), std::nullopt);
  EXPECT_EQ(request.Answers(LeadPerson("lea")), "");
  EXPECT_EQ(ApprovedAt(request.request()), At(1));
  EXPECT_EQ(moves(At(1) + std::chrono::days(7) - Duration(1)), "");
  EXPECT_EQ(moves(At(1) + std::chrono::days(7)), "permission_denied: approval \"1\" is of " + FormatTime(At(1)) +
                                                     ", and has expired: it lasts 7 days; propose it again");
  EXPECT_EQ(moves(At(1), ReviewChange::kLabelImport),
            "permission_denied: approval \"1\" is of training_export, not of label_import");
}

TEST(Approvals, OfLabelsFromElsewhereInAGatesQueueAreByReleaseOwners) {
  Request labels(ReviewChange::kLabelImport);
  EXPECT_EQ(labels.Answers(LeadPerson("lea")), "request 1, \"lea\": needs the role release_owner");
  EXPECT_EQ(labels.Answers(Person("ria", {ReviewRole::kReleaseOwner})), "");
  EXPECT_EQ(labels.state(), "approved: ");
}

TEST(Approvals, OfManagersAndReleaseOwners) {
  Request data(ReviewChange::kDataSource);
  EXPECT_EQ(data.Answers(LeadPerson("lea")), "request 1, \"lea\": needs the role manager");
  EXPECT_EQ(data.Answers(Person("max", {ReviewRole::kManager})), "");
  EXPECT_EQ(data.state(), "approved: ");
  Request release(ReviewChange::kRelease);
  EXPECT_EQ(release.Answers(Person("max", {ReviewRole::kManager})), "request 1, \"max\": needs the role release_owner");
  EXPECT_EQ(release.Answers(Person("ria", {ReviewRole::kReleaseOwner})), "");
  EXPECT_EQ(release.state(), "approved: ");
}

TEST(RubricChanges, AreAtLeastWhatAMachineSees) {
  const auto least = [](auto change) {
    RubricSpec after = TestRubric();
    change(after);
    return std::string(WordOf(LeastChange(TestRubric(), after)));
  };
  EXPECT_EQ(least([](RubricSpec& r) { r.guideline += "Other words.\n"; }), "rubric_wording");
  EXPECT_EQ(least([](RubricSpec& r) { r.criteria[0].meaning = "other words"; }), "rubric_wording");
  EXPECT_EQ(least([](RubricSpec& r) { r.guideline += "# 3 New\n"; }), "rubric_minor");
  EXPECT_EQ(least([](RubricSpec& r) { r.examples.push_back({.title = "t", .response = "r", .why = "w"}); }),
            "rubric_minor");
  EXPECT_EQ(least([](RubricSpec& r) { r.rationale.min_length = 20; }), "rubric_minor");
  EXPECT_EQ(least([](RubricSpec& r) { r.criteria[0].scale->pass = 3; }), "rubric_major");
  EXPECT_EQ(least([](RubricSpec& r) { r.criteria[0].scale->to = 7; }), "rubric_major");
  EXPECT_EQ(least([](RubricSpec& r) { r.criteria[1].labels.pop_back(); }), "rubric_major");
  EXPECT_EQ(least([](RubricSpec& r) { r.criteria[0].weight = 1; }), "rubric_major");
  EXPECT_EQ(least([](RubricSpec& r) { r.taxonomy.push_back({.name = "new"}); }), "rubric_major");
  EXPECT_EQ(least([](RubricSpec& r) { r.severities.pop_back(); }), "rubric_major");
}

TEST(RubricChanges, NeedAVersionToMatch) {
  const auto fault = [](std::string version, auto change) {
    RubricSpec after = TestRubric();
    after.version = std::move(version);
    change(after);
    const Status status = CheckRubricVersion(TestRubric(), after);
    return status ? std::string() : status.error().message;
  };
  const auto wording = [](RubricSpec& r) { r.description = "x"; };
  const auto label = [](RubricSpec& r) { r.criteria[1].labels.pop_back(); };
  const auto example = [](RubricSpec& r) { r.examples.push_back({.title = "t", .response = "r", .why = "w"}); };
  EXPECT_EQ(fault("2.1.1", wording), "");
  EXPECT_EQ(fault("3.0.0", wording), "") << "words may mean more than a machine sees";
  EXPECT_EQ(fault("2.1.0", wording), "rubric \"support\", 2.1.0 to 2.1.0: another content needs a higher version");
  EXPECT_EQ(fault("2.0.9", wording), "rubric \"support\", 2.1.0 to 2.0.9: another content needs a higher version");
  EXPECT_EQ(fault("2.2.0", example), "");
  EXPECT_EQ(fault("2.1.1", example),
            "rubric \"support\", 2.1.0 to 2.1.1: examples, clauses or rules for rationales differ, which makes another "
            "minor version");
  EXPECT_EQ(fault("3.0.0", label), "");
  EXPECT_EQ(fault("2.2.0", label),
            "rubric \"support\", 2.1.0 to 2.2.0: criteria, scales, labels, errors or severities differ, which makes "
            "another major version");
}

}  // namespace
}  // namespace assay
