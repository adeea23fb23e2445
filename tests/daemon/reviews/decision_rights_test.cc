// Who decides what: changes that make a PASS easier come into service when others have approved them, and whoever
// approves a known answer is not asked it.

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "core/digest.h"
#include "daemon/builtin_kinds.h"
#include "daemon/reviews/rubric_approvals.h"
#include "daemon/reviews/threshold_approvals.h"
#include "runners/dataset_fields.h"
#include "tests/daemon/reviews/human_gate.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

class DecisionRightsTest : public HumanGate {
 protected:
  std::string Folder() const { return (files_.path() / "catalog").string(); }
  std::string Read(const std::string& file) const {
    std::ifstream in(files_.path() / "catalog" / file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // The catalog with one text in it replaced by another.
  void Rewrite(const std::string& file, const std::string& from, const std::string& to) {
    std::string text = Read(file);
    ASSERT_NE(text.find(from), std::string::npos) << from;
    files_.Write("catalog/" + file, text.replace(text.find(from), from.size(), to));
  }
  CatalogObjections Objections() {
    return [this](const Catalog& read, Diagnostics& diagnostics) {
      CheckRubricApprovals(*work_->store, read, diagnostics);
      CheckThresholdApprovals(*work_->store, read, diagnostics);
    };
  }
  // What is said against the catalog as it is written now; "" nothing.
  std::string Objected() {
    Diagnostics diagnostics;
    const Catalog catalog = LoadCatalog({Folder()}, BuiltinKinds(), FirstRowOf, diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << diagnostics.Render();
    Objections()(catalog, diagnostics);
    return diagnostics.Render();
  }
  // The text that has to be approved; "" where nothing has.
  std::string Weakened() {
    const std::string objected = Objected();
    constexpr std::string_view kBefore = "Its diff is exactly: ";
    const auto at = objected.find(kBefore);
    if (at == std::string::npos) return objected;
    const std::string text = objected.substr(at + kBefore.size());
    return text.substr(0, text.find('\n'));
  }
  std::string Proposes(const std::string& person, ReviewChange change, const std::string& diff) {
    const auto proposed = Ask(reviews_->ProposeChange(As(person), change, "what", diff, "why"));
    EXPECT_TRUE(proposed) << proposed.error().message;
    return proposed ? proposed->request.id : "";
  }
  std::string Approves(const std::string& person, const std::string& change, const std::string& diff) {
    const auto answered = Ask(reviews_->AnswerChange(As(person), change, true, Sha256Hex(diff), ""));
    return answered ? std::string(WordOf(answered->state)) : answered.error().message;
  }
  // Within as many claims as bring a known answer several times.
  bool IsGiven(const std::string& person, const std::string& item) {
    for (int claims = 0; claims < 8; ++claims) {
      clock_.Add(std::chrono::hours(25));
      const ItemView given = Claims(person);
      if (!given.lease) return false;
      Acts(person, given.item.id, GiveBackCommand{.token = given.lease->token});
      if (given.item.id == item) return true;
    }
    return false;
  }
  static std::string Refused(const auto& result) {
    return result ? "done" : std::string(Name(result.error().code)) + ": " + result.error().message;
  }
};

TEST_P(DecisionRightsTest, ARubricOfAnotherNameUnderTheSameQueueIsAnotherMajorVersion) {
  std::string weaker = Read("rubric.yaml");
  weaker.replace(weaker.find("name: r\n"), 8, "name: r2\n");
  weaker.replace(weaker.find("pass: 4"), 7, "pass: 2");
  files_.Write("catalog/rubric2.yaml", weaker);
  EXPECT_EQ(Objected(), "") << "nobody works by it";
  Rewrite("queue.yaml", "rubric: r\n", "rubric: r2\n");
  EXPECT_THAT(
      Objected(),
      HasSubstr(
          "queue.yaml:4:9: rubric: gate \"release\" rests on this queue, where people have judged by rubric "
          "\"r\": another rubric is another major version, which needs the approval of a peer and a lead. Propose "
          "a change of kind rubric_major whose diff is exactly the document of rubric \"r2\" (the page "
          "Approvals, or ReviewService/ProposeChange), and keep the earlier version in the catalog until it is "
          "approved"));
  // Not even where the gate is taken away meanwhile.
  const std::string gates = Read("gates.yaml");
  files_.Write("catalog/gates.yaml", "");
  EXPECT_EQ(Objected(), "");
  work_->catalog.Reload();
  files_.Write("catalog/gates.yaml", gates);
  EXPECT_THAT(Objected(), HasSubstr("another rubric is another major version"));
  const std::string change = Proposes("ann", ReviewChange::kRubricMajor, weaker);
  EXPECT_EQ(Approves("bob", change, weaker), "waiting");
  EXPECT_EQ(Approves("lea", change, weaker), "approved");
  EXPECT_EQ(Objected(), "");
}

TEST_P(DecisionRightsTest, WhatMakesAPassEasierIsToldFromWhatDoesNot) {
  WriteHumanGate("1", "severe: {at_most: 1}\n");
  Rewrite("h.yaml", "people: 1, severity: 0", "people: 2, severity: 0");
  Start();
  const std::string written = Read("h.yaml");
  const std::string of_rule =
      "gate human, in service since 2026-11-27T10:00:00.000000Z: rule people-say-so on suite h: ";
  const std::string of_gate = "gate human, in service since 2026-11-27T10:00:00.000000Z: ";
  const std::string of_queue = "queue h, in service since 2026-11-27T10:00:00.000000Z: ";
  struct Case {
    std::string from;
    std::string to;
    std::string weakened;
  };
  const std::string metric = "queue: h}";
  const std::string second =
      "---\nkind: Queue\nname: h2\nsuites: [h]\nrubric: r\nitem: rubric\nenter: [{every: true}]\n";
  const Case cases[] = {
      {"at_least: 0.8", "at_least: 0.7", of_rule + "at_least 0.8 to 0.7"},
      {"at_least: 0.8", "at_least: 0.9", ""},
      {"at_least: 0.8", "at_most: 0.8", of_rule + "at_least 0.8 is gone"},
      {"at_least: 0.8", "at_least: 0.8, confidence: 0.9", of_rule + "confidence 0.95 to 0.9"},
      {"at_least: 0.8", "at_least: 0.8, confidence: 0.99", ""},
      {"at_least: 0.8", "at_least: 0.8, role: advisory}, {name: right, metric: answer, at_least: 0.8",
       of_rule + "blocking true to false"},
      {"metric: people, at_least", "metric: answer, at_least", of_rule + "asks no people any more"},
      {"people-say-so", "another-name", ""},
      {metric, "queue: h, quality: {agreement: 0.6}}", ""},
      {"at_most: 1", "at_most: 2", of_gate + "severe.at_most 1 to 2"},
      {"at_most: 1", "at_most: 0", ""},
      {"severity: 0}", "severity: 0, share: 0.5}", of_queue + "overlap.share 1 to 0.5"},
      {"people: 2, severity: 0", "people: 1", of_queue + "overlap.people 2 to 1; overlap.at_most 2 to 1"},
      {"people: 2, severity: 0", "people: 3, severity: 2", ""},
      {"undo: 1m", "undo: 1m\nagreement: {scores_within: 2}", of_queue + "agreement.scores_within 1 to 2"},
      {"undo: 1m", "undo: 1m\ngold: {share: 0.1, mark: 0.7}", of_queue + "gold.mark 0.8 to 0.7"},
      {"undo: 1m", "undo: 5m", ""},
      {metric,
       "queue: h2}]\n" + second +
           "---\nkind: Suite\nname: h3\ndataset: [{file: h.jsonl, id: id}]\nprompt: "
           "[{user: \"{{question}}\"}]\ngraders: [{name: answer, type: equals, value: y}",
       of_rule + "queue h to h2, overlap.people 2 to 1, overlap.at_most 2 to 1"},
  };
  for (const Case& each : cases) {
    files_.Write("catalog/h.yaml", written);
    Rewrite("h.yaml", each.from, each.to);
    EXPECT_EQ(Weakened(), each.weakened) << each.from << " to " << each.to;
  }
}

TEST_P(DecisionRightsTest, AWeakerThresholdComesIntoServiceOnceAPeerAndALeadHaveApprovedIt) {
  WriteHumanGate();
  ServedCatalog catalog(Folder(), *work_->store, work_->telemetry, clock_, work_->blocking.get_executor(), nullptr,
                        Objections());
  ASSERT_TRUE(catalog.LoadFirst());
  const auto served = [&] {
    catalog.Reload();
    return catalog.current()->catalog.FindGate("human")->gate()->rules.at(0).option.as_number();
  };
  Rewrite("h.yaml", "at_least: 0.8", "at_least: 0.7");
  EXPECT_EQ(served(), 0.8);
  const std::string diff =
      "gate human, in service since 2026-11-27T10:00:00.000000Z: rule people-say-so on suite h: at_least 0.8 to 0.7";
  const std::string before =
      "accepts more of what people say than what is in service, which needs the approval of a peer and a lead: a "
      "change of kind threshold (the page Approvals, or ReviewService/ProposeChange). ";
  EXPECT_THAT(Objected(), HasSubstr(before + "Nobody has proposed it. Its diff is exactly: " + diff));
  const std::string change = Proposes("ann", ReviewChange::kThreshold, diff);
  EXPECT_THAT(Objected(),
              HasSubstr("Change " + change + " is waiting: it lacks 1 peer, one of lead. Its diff is exactly"));
  EXPECT_EQ(Approves("lea", change, diff), "waiting");
  EXPECT_EQ(served(), 0.8);
  Rewrite("h.yaml", "at_least: 0.7", "at_least: 0.6");
  EXPECT_EQ(Approves("bob", change, diff), "approved");
  EXPECT_EQ(served(), 0.8) << "what was approved is exactly that";
  Rewrite("h.yaml", "at_least: 0.6", "at_least: 0.7");
  EXPECT_EQ(served(), 0.7);
  clock_.Add(std::chrono::minutes(1));
  Rewrite("h.yaml", "at_least: 0.7", "at_least: 0.8");
  EXPECT_EQ(served(), 0.8);
  Rewrite("h.yaml", "at_least: 0.8", "at_least: 0.7");
  EXPECT_EQ(served(), 0.8) << "an approval is of one change, not of its like later";
}

TEST_P(DecisionRightsTest, AnotherMajorVersionIsReadBeforeItIsWorkedBy) {
  ASSERT_TRUE(Ask(reviews_->AcknowledgeRubric(As("ann"), "r", "1.0.0")));
  WriteRubric("2.0.0");
  Start();
  RunSuite();
  AwaitItems(2);
  const std::string item = Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  const ClaimArguments it{.item = item};
  const std::string first =
      "failed_precondition: read rubric \"r\" 2.0.0 first, and say so (AcknowledgeRubric): it is another major "
      "version, "
      "and you have read ";
  EXPECT_EQ(Refused(Ask(reviews_->ClaimItem(As("ann"), it))), first + "1.0.0");
  EXPECT_EQ(Refused(Ask(reviews_->ClaimItem(As("ann"), {}))), first + "1.0.0") << "whatever comes first";
  EXPECT_EQ(Refused(Ask(reviews_->ClaimItem(As("bob"), it))), first + "none of it");
  ASSERT_TRUE(Ask(reviews_->AcknowledgeRubric(As("ann"), "r", "2.0.0")));
  ASSERT_TRUE(Ask(reviews_->AcknowledgeRubric(As("ann"), "r", "1.0.0"))) << "what was read stays read";
  EXPECT_EQ(Claims("ann", item).item.id, item);
  WriteRubric("2.1.0");
  work_->catalog.Reload();
  EXPECT_EQ(Claims("ann").item.id, item) << "a minor version does not come between";
}

TEST_P(DecisionRightsTest, WhoMayAnswerIsWhoseAnswerIsTaken) {
  const auto change = Proposes("ann", ReviewChange::kThreshold, "diff");
  SetPeople({{.id = "ann", .roles = {ReviewRole::kReviewer}},
             {.id = "ada", .roles = {ReviewRole::kAdjudicator}},
             {.id = "aud", .roles = {ReviewRole::kAuditor}},
             {.id = "lou", .roles = {ReviewRole::kLead}},
             {.id = "exa", .roles = {ReviewRole::kExpert}}});
  const auto may_answer = [&](const std::string& person) {
    return Ask(reviews_->ListChanges(As(person), std::nullopt))->at(0).may_answer;
  };
  EXPECT_FALSE(may_answer("ann")) << "proposed it";
  EXPECT_FALSE(may_answer("exa"));
  for (const std::string person : {"ada", "aud", "lou"}) EXPECT_TRUE(may_answer(person)) << person;
  EXPECT_EQ(Approves("ada", change, "diff"), "waiting");
  EXPECT_FALSE(may_answer("ada")) << "has answered";
  EXPECT_TRUE(may_answer("aud"));
  EXPECT_EQ(Approves("lou", change, "diff"), "approved");
  EXPECT_FALSE(may_answer("aud")) << "it is decided";
}

TEST_P(DecisionRightsTest, WhoHasSeenAKnownAnswerToApproveItIsNotAskedIt) {
  WriteQueue("gold: {share: 0.5, share_after_miss: 0.5, every: 2, again_after: 1d}\n");
  Start();
  RunSuite();
  AwaitItems(2);
  const std::string source = Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  Judges("eve", source, 5);
  Judges("bob", source, 5);
  clock_.Add(std::chrono::minutes(11));
  GoldArguments wanted{.item = source};
  const std::string refused = Refused(Ask(reviews_->AddGold(As("lea"), wanted)));
  const std::string diff = refused.substr(refused.find('{'));
  const std::string change = Proposes("lea", ReviewChange::kGatingGold, diff);

  const ChangeStatus listed = Ask(reviews_->ListChanges(As("bob"), std::nullopt))->at(0);
  EXPECT_EQ(listed.diff + listed.request.diff_hash + listed.request.reason, "");
  EXPECT_EQ(listed.request.subject, "a known answer");
  EXPECT_TRUE(listed.may_answer);
  EXPECT_EQ(Ask(reviews_->ListChanges(As("lea"), std::nullopt))->at(0).diff, diff) << "her own";
  const std::vector<Reviewer> people = *people_;
  std::vector<Reviewer> more = people;
  more.push_back({.id = "exa", .roles = {ReviewRole::kExpert}});
  SetPeople(more);
  EXPECT_EQ(Refused(Ask(reviews_->GetChange(As("exa"), change))),
            "permission_denied: change " + change +
                " is a known answer, which is shown to who may still approve it: request " + change +
                ", \"exa\": needs the role lead, or reviewer");
  SetPeople(people);
  EXPECT_EQ(Ask(reviews_->GetChange(As("bob"), change))->diff, diff);
  EXPECT_EQ(Ask(reviews_->ListChanges(As("bob"), std::nullopt))->at(0).diff, diff) << "who has looked at it";
  EXPECT_EQ(Approves("bob", change, diff), "waiting");
  EXPECT_EQ(Approves("max", change, diff), "approved");
  EXPECT_THAT(Refused(Ask(reviews_->GetChange(As("ann"), change))), HasSubstr("it is approved"));
  wanted.approval = change;
  const auto gold = Ask(reviews_->AddGold(As("lea"), wanted));
  ASSERT_TRUE(gold) << gold.error().message;

  Start();
  EXPECT_TRUE(IsGiven("ann", gold->entry.item)) << "who has not";
  EXPECT_FALSE(IsGiven("bob", gold->entry.item));
  const ClaimArguments it{.item = gold->entry.item};
  EXPECT_EQ(Refused(Ask(reviews_->ClaimItem(As("bob"), it))),
            "permission_denied: item " + gold->entry.item + ", \"bob\": you have a part in what is to be looked at");
}

INSTANTIATE_TEST_SUITE_P(Engines, DecisionRightsTest, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
