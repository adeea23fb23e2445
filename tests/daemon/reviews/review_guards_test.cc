// What review data that moves must not do: settle what a gate rests on, unblind who still judges, bring back what was
// withdrawn, train on what is measured.

#include <gmock/gmock.h>

#include "core/digest.h"
#include "daemon/human_evidence.h"
#include "tests/daemon/reviews/review_files.h"

namespace assay::testing {
namespace {

using std::chrono::minutes;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ReviewGuards : public ReviewFiles {
 protected:
  // Beside those who are there. `imo` makes sure that nobody of them is needed to adjudicate.
  void Join(std::vector<Reviewer> more) {
    Stop();
    auto people = std::make_shared<std::vector<Reviewer>>(*people_);
    people->push_back({.id = "imo", .roles = {ReviewRole::kLead, ReviewRole::kAdjudicator, ReviewRole::kAuditor}});
    people->insert(people->end(), more.begin(), more.end());
    SetPeople(*people);
    Start();
  }
  // Gates release and both have suite s, which has a metric of what people say in queue q from then on.
  void LetGatesReadTheQueue() {
    WriteWorkCatalog(files_, stub_.url(), "metrics: [{name: people, source: human, queue: q}]\n");
    Start();
  }
  std::string FirstItem() { return Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id; }
  std::string TasksOf(const std::string& queue) {
    const TakenFile file =
        Takes("lea", {.format = "label_studio", .selection = {.queues = {queue}}, .for_labelling = true});
    EXPECT_EQ(file.refusal, "");
    return file.bytes;
  }
  std::string Proposes(const std::string& diff) {
    const auto change = Ask(reviews_->ProposeChange(As("lea"), ReviewChange::kLabelImport, "labels", diff, "a test"));
    EXPECT_TRUE(change) << change.error().message;
    return change ? change->request.id : "";
  }
  std::string Answers(const std::string& person, const std::string& change, const std::string& diff) {
    const auto answered = Ask(reviews_->AnswerChange(As(person), change, true, Sha256Hex(diff), ""));
    return answered ? "" : RefusalOf(answered.error());
  }
  // What a gate would see of the item's trial.
  ScoreStatus SeenByGates(const RunRecord& run, const std::string& case_id) {
    const auto evidence = ReadHumanEvidence(*work_->store, run, "q", clock_.Now());
    EXPECT_TRUE(evidence) << evidence.error().message;
    const auto trial = evidence->trials.find(case_id == "a" ? 0 : 1);
    EXPECT_NE(trial, evidence->trials.end());
    return trial->second.status;
  }
};

const ImportArguments kLabels{.format = "label_studio", .queue = "q"};

TEST_P(ReviewGuards, LabelsInAQueueThatAGateReadsNeedAReleaseOwnersApprovalOfExactlyThisFile) {
  Join({{.id = "ria", .roles = {ReviewRole::kReleaseOwner}}});
  LetGatesReadTheQueue();
  const RunRecord run = RunSuite();
  AwaitItems(2);
  const std::string item = FirstItem();
  const std::string case_id = View("lea", item).item.case_id;
  const std::string zoe = Labelled(TasksOf("q"), item, "zoe", 5);
  const std::string kim = Labelled(TasksOf("q"), item, "kim", 5);
  EXPECT_THAT(CountsOf(Brings("lea", zoe, kLabels)),
              AllOf(HasSubstr("permission_denied: queue \"q\" is read by gate \"both\": labels from elsewhere settle "
                              "nothing there unless a release owner approves exactly this file"),
                    HasSubstr("--propose REASON"), HasSubstr("--approval CHANGE")));
  EXPECT_EQ(StateOf(item), "queued");

  ImportArguments dry = kLabels;
  dry.is_dry_run = true;
  const auto looked = Brings("lea", zoe, dry);
  ASSERT_TRUE(looked) << looked.error().message;
  EXPECT_EQ(looked->gate, "both");
  const std::string diff = looked->approval_diff;
  EXPECT_THAT(diff, AllOf(HasSubstr("\"labels\":1"), HasSubstr("\"queue\":\"q\""),
                          HasSubstr("\"sha256\":\"" + Sha256Hex(zoe) + "\"")));

  ImportArguments approved = kLabels;
  approved.approval = Proposes(diff);
  EXPECT_THAT(CountsOf(Brings("lea", zoe, approved)), HasSubstr("is waiting: needs one of release_owner"));
  EXPECT_THAT(Answers("max", approved.approval, diff), HasSubstr("needs the role release_owner"));
  EXPECT_EQ(Answers("ria", approved.approval, diff), "");
  EXPECT_THAT(CountsOf(Brings("lea", kim, approved)),
              HasSubstr("permission_denied: approval " + approved.approval + " is of another file"));
  EXPECT_EQ(StateOf(item), "queued") << "nothing of another file was taken in";
  ImportArguments elsewhere = approved;
  elsewhere.people_domain = "x.org";
  EXPECT_THAT(CountsOf(Brings("lea", zoe, elsewhere)), HasSubstr("queue, format or people_domain differ"));
  EXPECT_EQ(CountsOf(Brings("lea", zoe, approved)),
            "1 items: 0 new, 1 changed, 0 unchanged; 1 judgements new, 0 refused");
  EXPECT_EQ(CountsOf(Brings("lea", zoe, kLabels)),
            "1 items: 0 new, 0 changed, 1 unchanged; 0 judgements new, 0 refused")
      << "what is in already needs nothing";
  EXPECT_EQ(View("lea", item).judgements.at(0).judgement.approval, approved.approval);

  const std::string forged = R"({"labels":1,"queue":"q"})";
  approved.approval = Proposes(forged);
  EXPECT_EQ(Answers("ria", approved.approval, forged), "");
  EXPECT_THAT(CountsOf(Brings("lea", kim, approved)), HasSubstr("is of no file: propose it with the approval_diff"));
  const auto of_kim = Brings("lea", kim, dry);
  approved.approval = Proposes(of_kim->approval_diff);
  EXPECT_EQ(Answers("ria", approved.approval, of_kim->approval_diff), "");
  clock_.Add(std::chrono::hours(24 * 7));
  EXPECT_THAT(CountsOf(Brings("lea", kim, approved)), HasSubstr("has expired: it lasts 7 days"));
  approved.approval = Proposes(of_kim->approval_diff);
  EXPECT_EQ(Answers("ria", approved.approval, of_kim->approval_diff), "");
  EXPECT_EQ(CountsOf(Brings("lea", kim, approved)),
            "1 items: 0 new, 1 changed, 0 unchanged; 1 judgements new, 0 refused");
  clock_.Add(minutes(11));
  EXPECT_EQ(StateOf(item), "done");
  EXPECT_EQ(SeenByGates(run, case_id), ScoreStatus::kScored);
}

TEST_P(ReviewGuards, LabelsThatCameBeforeAGateReadTheQueueDoNotCountForIt) {
  Join({});
  const RunRecord run = RunSuite();
  AwaitItems(2);
  const std::string item = FirstItem();
  const std::string case_id = View("lea", item).item.case_id;
  for (const std::string person : {"zoe", "kim"}) {
    EXPECT_EQ(CountsOf(Brings("lea", Labelled(TasksOf("q"), item, person, 5), kLabels)),
              "1 items: 0 new, 1 changed, 0 unchanged; 1 judgements new, 0 refused")
        << "no gate reads the queue";
  }
  clock_.Add(minutes(11));
  EXPECT_EQ(StateOf(item), "done");
  EXPECT_EQ(SeenByGates(run, case_id), ScoreStatus::kUnscored);
}

TEST_P(ReviewGuards, ADryRunSaysWhatRowsOfOneFileDoToEachOther) {
  Join({});
  RunSuite();
  AwaitItems(2);
  const std::string item = FirstItem();
  const Json one = *Json::Parse(Labelled(TasksOf("q"), item, "zoe", 1));
  const Json other = *Json::Parse(Labelled(TasksOf("q"), item, "zoe", 5));
  const Json both(Json::Array{one.as_array()[0], other.as_array()[0]});
  ImportArguments dry = kLabels;
  dry.is_dry_run = true;
  const auto looked = Brings("lea", both.Dump(), dry);
  EXPECT_EQ(CountsOf(looked), "2 items: 0 new, 1 changed, 0 unchanged; 1 judgements new, 1 refused");
  EXPECT_THAT(RowsOf(looked), HasSubstr("is here with another answer"));
  EXPECT_EQ(StateOf(item), "queued");
  EXPECT_EQ(CountsOf(Brings("lea", both.Dump(), kLabels)), CountsOf(looked)) << "and so it is";

  const std::string kims = Labelled(TasksOf("q"), item, "kim", 5);
  const Json twice(Json::Array{Json::Parse(kims)->as_array()[0], Json::Parse(kims)->as_array()[0]});
  EXPECT_EQ(CountsOf(Brings("lea", twice.Dump(), dry)),
            "2 items: 0 new, 1 changed, 1 unchanged; 1 judgements new, 0 refused");
}

TEST_P(ReviewGuards, FlatFilesAreTheSameByWhoSaidItWhateverTheNumbers) {
  Join({});
  RunSuite();
  AwaitItems(2);
  const std::string item = FirstItem();
  const Json task = Json::Parse(Labelled(TasksOf("q"), item, "zoe", 1))->as_array()[0];
  const auto flat = [&](const std::string& person, int number) {
    Json row = *task.Find("data");
    row.Set("id", 1);
    row.Set("annotator", person + "@people.invalid");
    row.Set("annotation_id", number);
    row.Set("created_at", "2026-11-27T09:00:00Z");
    row.Set("quality", Json(Json::Array{Json::Of({{"rating", 4}})}));
    return Json(Json::Array{row}).Dump();
  };
  const ImportArguments how{.format = "label_studio_min", .queue = "q"};
  EXPECT_EQ(CountsOf(Brings("lea", flat("zoe", 1), how)),
            "1 items: 0 new, 1 changed, 0 unchanged; 1 judgements new, 0 refused");
  for (const int number : {1, 7}) {
    const auto again = Brings("lea", flat("zoe", number), how);
    EXPECT_EQ(CountsOf(again), "1 items: 0 new, 0 changed, 1 unchanged; 0 judgements new, 0 refused") << RowsOf(again);
  }
  const auto kim = Brings("lea", flat("kim", 1), how);
  EXPECT_EQ(CountsOf(kim), "1 items: 0 new, 1 changed, 0 unchanged; 1 judgements new, 0 refused") << RowsOf(kim);
}

TEST_P(ReviewGuards, WhoMayStillJudgeIsGivenWhatIsSettledOnly) {
  Join({{.id = "mia", .roles = {ReviewRole::kMlLead, ReviewRole::kReviewer}},
        {.id = "nia", .roles = {ReviewRole::kMlLead}},
        {.id = "oda", .roles = {ReviewRole::kManager, ReviewRole::kAuditor}, .queues = {"other", "q"}}});
  const std::vector<std::string> items = JudgedItems();
  Judges("ann", items[1], 2);
  for (const std::string format : {"native", "label_studio", "judgements_csv", "items_csv"}) {
    const ExportArguments wanted{.format = format, .selection = {.queues = {"q"}}};
    const TakenFile of_nia = Takes("nia", wanted);
    EXPECT_THAT(of_nia.bytes, HasSubstr(items[1])) << format << ": nobody asks nia to judge";
    for (const std::string person : {"mia", "oda"}) {
      const TakenFile file = Takes(person, wanted);
      ASSERT_TRUE(file.ended) << file.refusal;
      EXPECT_THAT(file.bytes, AllOf(HasSubstr(items[0]), Not(HasSubstr(items[1])))) << format << person;
      EXPECT_EQ(file.ended->manifest.excluded.at("withheld"), 1) << format << person;
    }
    const auto preview = Ask(reviews_->PreviewExport(As("mia"), wanted));
    EXPECT_THAT(preview->preview.head, Not(HasSubstr(items[1]))) << format;
  }
}

TEST_P(ReviewGuards, KnownAnswersAndWhereTheyComeFromAreNotToldToWhoMayBeAskedThem) {
  Join({{.id = "mia", .roles = {ReviewRole::kMlLead, ReviewRole::kReviewer}},
        {.id = "nia", .roles = {ReviewRole::kMlLead}}});
  const std::vector<std::string> items = JudgedItems();
  GoldArguments asked{.item = items[0], .purpose = ItemPurpose::kGold, .why = "as the book says"};
  const auto refused = Ask(reviews_->AddGold(As("lea"), asked));
  ASSERT_FALSE(refused);
  const std::string text = refused.error().message.substr(refused.error().message.find('{'));  // to be approved
  const auto change = Ask(reviews_->ProposeChange(As("lea"), ReviewChange::kGatingGold, "gold", text, "a test"));
  for (const std::string person : {"ann", "max"}) EXPECT_EQ(Answers(person, change->request.id, text), "");
  asked.approval = change->request.id;
  const auto gold = Ask(reviews_->AddGold(As("lea"), asked));
  ASSERT_TRUE(gold) << gold.error().message;
  const ExportArguments wanted{.format = "native", .selection = {.with_known_answers = true}};
  const TakenFile of_nia = Takes("nia", wanted);
  EXPECT_THAT(of_nia.bytes, AllOf(HasSubstr(gold->entry.item), HasSubstr(items[0])));
  const TakenFile of_mia = Takes("mia", wanted);
  ASSERT_TRUE(of_mia.ended) << of_mia.refusal;
  EXPECT_EQ(of_mia.bytes, "");
  EXPECT_EQ(of_mia.ended->manifest.excluded, (ExclusionCounts{{"withheld", 3}})) << "the count tells nothing either";
}

TEST_P(ReviewGuards, AWithdrawalHoldsForEveryItemThatIsNotWrittenYet) {
  const std::vector<std::string> items = JudgedItems();
  StoredRecords records(*work_->store, {.as_of = clock_.Now()});
  const auto first = records.Next();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->item.id, items[0]);
  Acts("ann", items[1], QuarantineAct{.reason = "an address"}, "k");
  const auto second = records.Next();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->item.id, items[1]);
  EXPECT_EQ((*second)->state, ReviewState::kQuarantined);
  EXPECT_EQ((*second)->texts, RecordTexts());
}

TEST_P(ReviewGuards, WhatPeopleWroteBeforeARedactionDoesNotLeave) {
  RunSuite();
  AwaitItems(2);
  const std::string item = FirstItem();
  JudgementContent content = Quality(2);
  content.rationale = "it names Mrs Miller of Dover";
  content.proposal = "never name Mrs Miller";
  const ItemView claimed = Claims("ann", item);
  Acts("ann", item, SubmitCommand{.token = claimed.lease->token, .content = content}, "a");
  EXPECT_THAT(Takes("lea", {.format = "native"}).bytes, HasSubstr("Miller"));
  Acts("bob", item, QuarantineAct{.reason = "a name"}, "q");
  ItemContent redacted = *View("lea", item).content;
  redacted.responses[0].text = "[redacted]";
  redacted.sources.clear();
  Acts("lea", item, EndQuarantineAct{.content = redacted, .policy = "2026-1"}, "r");
  const TakenFile file = Takes("lea", {.format = "native"});
  ASSERT_TRUE(file.ended) << file.refusal;
  EXPECT_THAT(file.bytes, AllOf(HasSubstr(item), HasSubstr("[redacted]"), Not(HasSubstr("Miller"))));
  EXPECT_EQ(file.ended->manifest.judgements, 1) << "what was chosen stays";
  for (const std::string format : {"judgements_csv", "items_csv"})
    EXPECT_THAT(Takes("lea", {.format = format}).bytes, Not(HasSubstr("Miller"))) << format;
}

// A suite of no gate, and a queue of it.
class CopiedSuite : public ReviewGuards {
 protected:
  void WriteSuite(const std::string& rows, const std::string& prompt) {
    files_.Write("catalog/copied.jsonl", rows);
    files_.Write("catalog/copied.yaml",
                 "kind: Suite\nname: copied\ndataset: [{file: copied.jsonl, id: name}]\nprompt: [{user: \"" + prompt +
                     "\"}]\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n---\n"
                     "kind: Queue\nname: w\nsuites: [copied]\nrubric: r\nitem: rubric\nundo: 1m\n"
                     "enter: [{every: true}]\noverlap: {people: 1, severity: 0}\n"
                     "audit: {share: 0, new_share: 0, at_least: 0}\n");
    Start();
    work_->Ended(work_->StartRun("copied", "m@1").id);
    AwaitItems(1, "w");
    const auto items = Ask(reviews_->ListItems(As("lea"), {.queue = "w"}, {}));
    Judges("ann", items->items.at(0).id, 5);
    clock_.Add(minutes(2));
  }
};

TEST_P(CopiedSuite, IsToldByWhatItsCasesAsk) {
  WriteSuite(R"({"name":"x1","ask":"Q  "})"
             "\n",
             "s: {{ask}}");
  EXPECT_THAT(Takes("lea", {.format = "trl_kto", .selection = {.queues = {"w"}}}).refusal,
              HasSubstr("permission_denied: case \"x1\" of suite \"copied\" is used by gate \"both\""));
}

TEST_P(CopiedSuite, IsToldByTheFieldsOfItsCases) {
  WriteSuite(R"({"name":"x1","question":"q"})"
             "\n",
             "Please answer. {{question}}");
  const ExportArguments training{.format = "trl_kto", .selection = {.queues = {"w"}}, .leaves_out_gate_cases = true};
  const TakenFile file = Takes("lea", training);
  ASSERT_TRUE(file.ended) << file.refusal;
  EXPECT_EQ(file.ended->manifest.excluded.at("gate_case"), 1);
  EXPECT_EQ(file.bytes, "");
}

TEST_P(CopiedSuite, IsNoneWhereItAsksSomethingElse) {
  WriteSuite(R"({"name":"x1","question":"another"})"
             "\n",
             "s: {{question}}");
  const TakenFile file = Takes("lea", {.format = "trl_kto", .selection = {.queues = {"w"}}});
  ASSERT_TRUE(file.ended) << file.refusal;
  EXPECT_THAT(file.bytes, HasSubstr("s: another"));
}

TEST_P(ReviewGuards, AnApprovedExportIsWhatStoodThereThenAndNothingElse) {
  const std::vector<std::string> items = JudgedItems();
  ExportArguments training{.format = "trl_kto", .selection = {.queues = {"q"}}};
  training.approval = Approves(training);
  const TakenFile before = Takes("lea", training);
  ASSERT_TRUE(before.ended) << before.refusal;
  Judges("ann", items[1], 1);
  Judges("bob", items[1], 1);
  clock_.Add(minutes(11));
  const TakenFile after = Takes("lea", training);
  ASSERT_TRUE(after.ended) << after.refusal;
  EXPECT_EQ(after.bytes, before.bytes) << "what was decided since was not approved";
  ExportArguments other = training;
  other.training.form = PromptForm::kText;
  EXPECT_THAT(Takes("lea", other).refusal, HasSubstr("is of another export: it is of 1 rows of 1 items"));
  Acts("ann", items[0], QuarantineAct{.reason = "an address"}, "k");
  const TakenFile withdrawn = Takes("lea", training);
  EXPECT_THAT(withdrawn.refusal, HasSubstr("and what would leave is 0 rows of 0 items"));
  EXPECT_EQ(withdrawn.bytes, "") << "it is known before the first byte";
  clock_.Add(std::chrono::hours(24 * 7));
  EXPECT_THAT(Takes("lea", training).refusal, HasSubstr("has expired: it lasts 7 days"));
}

const auto kStores = ::testing::Bool();
std::string StoreOf(const ::testing::TestParamInfo<bool>& tested) { return tested.param ? "Postgres" : "Sqlite"; }
INSTANTIATE_TEST_SUITE_P(, ReviewGuards, kStores, StoreOf);
INSTANTIATE_TEST_SUITE_P(, CopiedSuite, kStores, StoreOf);

}  // namespace
}  // namespace assay::testing
