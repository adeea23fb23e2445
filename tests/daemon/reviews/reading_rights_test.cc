// Who is shown what of human review, and what is kept of it.

#include <gmock/gmock.h>

#include "core/digest.h"
#include "daemon/retention.h"
#include "daemon/reviews/guarded_runs.h"
#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class ReadingRights : public ReviewDeskTest {
 protected:
  // A third lead, so that one who labels is not needed to adjudicate or audit; and what others are given.
  void AddPeople(std::vector<Reviewer> more = {}) {
    auto people = *people_;
    people.push_back({.id = "mia", .roles = people.back().roles});
    for (Reviewer& each : more) people.push_back(std::move(each));
    SetPeople(std::move(people));
  }
  std::vector<std::string> Items() {
    run_ = RunSuite();
    AwaitItems(2);
    std::vector<std::string> ids;
    const auto listed = Ask(reviews_->ListItems(As("lea"), {}, {}));
    for (const ItemSummary& item : listed->items) ids.push_back(item.id);
    std::ranges::reverse(ids);
    return ids;
  }
  std::vector<std::string> Listed(const std::string& person, const ItemFilter& filter, const PageRequest& page = {}) {
    const auto listed = Ask(reviews_->ListItems(As(person), filter, page));
    EXPECT_TRUE(listed) << listed.error().message;
    std::vector<std::string> ids;
    for (const ItemSummary& item : listed->items) ids.push_back(item.id);
    return ids;
  }
  GuardedRuns Runs() {
    return GuardedRuns({.runs = work_->runs,
                        .store = *work_->store,
                        .catalog = work_->catalog,
                        .reading = work_->reading.get_executor(),
                        .reviewers = [this] { return people_; },
                        .principals =
                            [this] {
                              auto everybody = std::make_shared<std::vector<Reviewer>>(*people_);
                              everybody->push_back({.id = "ci"});
                              everybody->push_back({.id = "cleared-ci", .clearances = {"health"}});
                              return everybody;
                            }});
  }
  static std::string Refused(const auto& result) {
    return result ? "done" : std::string(Name(result.error().code)) + ": " + result.error().message;
  }
  // Two items of the class health, of a queue that says so or of a suite that does. lee leads and judges, and is not
  // cleared; cleo is both.
  std::vector<std::string> ItemsOfAClass(bool of_the_suite) {
    if (of_the_suite) WriteWorkCatalog(files_, stub_.url(), "data_class: health\n");
    if (!of_the_suite) WriteQueue("data_class: health\n");
    // No gate rests on the suite, so that its known answers need no approval.
    files_.Write("catalog/gates.yaml",
                 "kind: Gate\nname: other\nsuites: [t]\nrules: [{name: some, grader: answer, at_least: 0.01}]\n");
    EnumSet<ReviewRole> leading = people_->back().roles;
    leading.Remove(ReviewRole::kPrivacy);
    AddPeople({{.id = "lee", .roles = leading},
               {.id = "cleo", .roles = leading, .clearances = {"health"}},
               {.id = "cara", .roles = {ReviewRole::kReviewer}, .clearances = {"health"}}});
    auto people = *people_;
    for (const std::string cleared : {"bob", "eve", "max"})
      std::ranges::find(people, cleared, &Reviewer::id)->clearances = {"health"};
    SetPeople(people);
    Start();
    return Items();
  }
  // For lee: in no list, and refused by its id.
  void ExpectAbsentFor(const std::string& item) {
    EXPECT_THAT(Listed("lee", {}), IsEmpty());
    EXPECT_THAT(Listed("lee", {.states = {ReviewState::kQueued}}), IsEmpty());
    EXPECT_EQ(Listed("cleo", {}).size(), 2u);
    EXPECT_EQ(Listed("lea", {}).size(), 2u) << "the privacy role looks at what others must not see";
    const std::string why = "permission_denied: item " + item +
                            " has data of the class \"health\", for which \"lee\" is not cleared (clearances= of the "
                            "token file)";
    EXPECT_EQ(Refused(Ask(reviews_->GetItem(As("lee"), item))), why);
    EXPECT_EQ(Refused(Ask(reviews_->ClaimItem(As("lee"), {.item = item}))), why);
    EXPECT_EQ(Refused(Ask(reviews_->SaveDraft(As("lee"), item, 1, "{}"))), why);
    EXPECT_EQ(Refusal("lee", item, FlagSevereAct{.reason = "harm"}, "f"), why);
    EXPECT_EQ(Refusal("lee", item, CancelAct{.reason = "mine"}, "c"), why);
    const auto next = Ask(reviews_->ClaimItem(As("lee"), {}));
    ASSERT_TRUE(next) << next.error().message;
    EXPECT_FALSE(next->view.has_value());
    EXPECT_THAT(next->why_none, HasSubstr("needs clearance for its data (health)"));
    EXPECT_EQ(Claims("cara", item).item.id, item);
  }
  void TakeClearanceFrom(const std::string& person) {
    auto people = *people_;
    std::ranges::find(people, person, &Reviewer::id)->clearances.clear();
    SetPeople(people);
  }
  Page<StoredTrial> Results(const std::string& person) {
    GuardedRuns runs = Runs();
    const auto read = Ask(runs.ListResults(As(person), run_.id, {}, {}));
    EXPECT_TRUE(read) << read.error().message;
    return read.value_or(Page<StoredTrial>{});
  }
  RunCase CaseOf(const std::string& person, std::int64_t ordinal) {
    GuardedRuns runs = Runs();
    const auto read = Ask(runs.GetCase(As(person), run_.id, ordinal));
    EXPECT_TRUE(read) << read.error().message;
    return read.value_or(RunCase{});
  }
  // Decided by bob and eve, and waiting for an audit.
  std::string AuditedItem() {
    WriteQueue("audit: {share: 1, new_share: 1}\n");
    Start();
    const std::string item = Items()[0];
    Judges("bob", item, 5);
    Judges("eve", item, 5);
    clock_.Add(minutes(11));
    return item;
  }

  RunRecord run_ = {};
};

TEST_P(ReadingRights, WhoOnlyJudgesReadsNoRuns) {
  Items();
  GuardedRuns runs = Runs();
  const std::string why =
      "permission_denied: \"ann\" judges in human review, and runs and their results would tell whose responses those "
      "are; claim items instead (ClaimItem, or the page \"My work\"), or use the token of a principal without a role "
      "of reviewers, or with another role beside it, like lead or ml_lead";
  EXPECT_EQ(Refused(Ask(runs.ListRuns(As("ann"), {}, {}))), why);
  EXPECT_EQ(Refused(Ask(runs.GetRun(As("ann"), run_.id))), why);
  EXPECT_EQ(Refused(Ask(runs.WatchRun(As("ann"), run_.id))), why);
  EXPECT_EQ(Refused(Ask(runs.ListResults(As("ann"), run_.id, {}, {}))), why);
  EXPECT_EQ(Refused(Ask(runs.GetCase(As("ann"), run_.id, 0))), why);
  for (const std::string person : {"lea", "ci", "local"}) {
    EXPECT_EQ(Refused(Ask(runs.ListRuns(As(person), {}, {}))), "done") << person;
    EXPECT_EQ(Results(person).items.at(0).result.response->text, "yes") << person;
  }
}

TEST_P(ReadingRights, WhatIsQuarantinedOrRedactedIsSoInRunsToo) {
  const std::vector<std::string> items = Items();
  const std::string id = View("lea", items[0]).item.case_id;
  Claims("ann", items[0]);
  Acts("ann", items[0], QuarantineAct{.reason = "an account number"}, "f");
  for (const std::string person : {"lea", "ci", "local"}) {
    for (const StoredTrial& trial : Results(person).items) {
      if (trial.case_id != id) {
        EXPECT_EQ(trial.result.response->text, "yes") << "another case";
        continue;
      }
      EXPECT_FALSE(trial.result.response.has_value()) << person;
      EXPECT_EQ(trial.result.error, "withheld: review item " + items[0] +
                                        " is quarantined, because somebody found personal data or secrets in it; the "
                                        "privacy role looks at it");
      EXPECT_THAT(trial.scores.at(0).score.reason, HasSubstr("withheld"));
    }
    const std::int64_t ordinal = id == "a" ? 0 : 1;
    EXPECT_THAT(CaseOf(person, ordinal).prompt, IsEmpty());
    EXPECT_THAT(CaseOf(person, ordinal).prompt_error, HasSubstr("is quarantined"));
    EXPECT_THAT(CaseOf(person, 1 - ordinal).prompt, Not(IsEmpty()));
  }
  ItemContent redacted = *View("lea", items[0]).content;
  redacted.responses[0].text = "[redacted]";
  Acts("lea", items[0], EndQuarantineAct{.content = redacted, .policy = "2026-1"}, "r");
  // The item's own response: "yes" of the other case is another's, and stays.
  for (const StoredTrial& trial : Results("ci").items)
    EXPECT_EQ(trial.result.response->text, trial.case_id == id ? "[redacted]" : "yes");
  EXPECT_THAT(CaseOf("ci", id == "a" ? 0 : 1).prompt, Not(IsEmpty())) << "nothing in it was redacted";
}

TEST_P(ReadingRights, WhatIsRedactedInTheQuestionIsWithheldInEveryRun) {
  const std::vector<std::string> items = Items();
  const std::string id = View("lea", items[0]).item.case_id;
  Claims("ann", items[0]);
  Acts("ann", items[0], QuarantineAct{.reason = "an account number"}, "f");
  ItemContent redacted = *View("lea", items[0]).content;
  ASSERT_FALSE(redacted.prompt.empty());
  redacted.prompt[0].text = "[redacted]";
  Acts("lea", items[0], EndQuarantineAct{.content = redacted, .policy = "2026-1"}, "r");
  EXPECT_EQ(CaseOf("ci", id == "a" ? 0 : 1).prompt_error,
            "withheld: it was redacted; review item " + items[0] + " has what is left of it");
  run_ = RunSuite();
  EXPECT_EQ(CaseOf("ci", id == "a" ? 0 : 1).prompt_error,
            "withheld: it was redacted; review item " + items[0] + " has what is left of it");

  // The texts of the item go for their age, and what was redacted stays so.
  for (const std::string person : {"bob", "eve"}) Judges(person, items[0], 5);
  clock_.Add(std::chrono::minutes(11));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (StateOf(items[0]) != "done") ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  clock_.Add(std::chrono::days(31));
  Retention retention({.store = *work_->store,
                       .loops = work_->loops,
                       .telemetry = work_->telemetry,
                       .clock = clock_,
                       .blocking = work_->blocking.get_executor(),
                       .config = {.reviews = std::chrono::days(30), .verdicts = std::chrono::days(30)}});
  ASSERT_TRUE(Eventually([&] {
    const auto swept = work_->Wait(retention.Sweep());
    return swept && swept->reviews > 0;
  }));
  EXPECT_EQ(CaseOf("ci", id == "a" ? 0 : 1).prompt_error,
            "withheld: it was redacted; review item " + items[0] + " has what is left of it");
}

TEST_P(ReadingRights, ClearanceIsAskedForInRunsToo) {
  AddPeople({{.id = "ml", .roles = {ReviewRole::kMlLead}, .clearances = {"health"}}});
  WriteQueue("data_class: health\n");
  Start();
  Items();
  auto people = *people_;
  for (Reviewer& each : people) each.roles.Remove(ReviewRole::kPrivacy);
  SetPeople(people);
  EXPECT_EQ(Results("lea").items.at(0).result.error, "withheld: you are not cleared for its data (health)");
  EXPECT_FALSE(Results("lea").items.at(0).result.response.has_value());
  EXPECT_EQ(CaseOf("lea", 0).prompt_error, "withheld: you are not cleared for its data (health)");
  EXPECT_EQ(Results("ml").items.at(0).result.response->text, "yes");
  EXPECT_EQ(Results("ci").items.at(0).result.response->text, "yes") << "a pipeline, which is no person of review";
}

TEST_P(ReadingRights, WhatSomebodyIsNotClearedForIsNotThereForThem) { ExpectAbsentFor(ItemsOfAClass(false)[0]); }

TEST_P(ReadingRights, WhatIsOfASuiteOfAClassIsNotThereForWhoIsNotCleared) { ExpectAbsentFor(ItemsOfAClass(true)[0]); }

TEST_P(ReadingRights, WhoLosesTheirClearanceIsShownNothingMore) {
  const std::string item = ItemsOfAClass(false)[0];
  Claims("cara", item);
  EXPECT_THAT(Ask(reviews_->GetMyWork(As("cara")))->held, ::testing::SizeIs(1));
  TakeClearanceFrom("cara");
  EXPECT_THAT(Ask(reviews_->GetMyWork(As("cara")))->held, IsEmpty());
  EXPECT_THAT(Refused(Ask(reviews_->GetItem(As("cara"), item))), HasSubstr("for which \"cara\" is not cleared"));
  EXPECT_THAT(Listed("cara", {}), IsEmpty());
}

TEST_P(ReadingRights, CalibrationsAndKnownAnswersOfAClassAreForWhoIsCleared) {
  const std::vector<std::string> items = ItemsOfAClass(true);
  const auto opened = Ask(reviews_->OpenCalibration(As("cleo"), "q", items, {"cara", "lea"}));
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_THAT(Refused(Ask(reviews_->GetCalibration(As("lee"), opened->entry.session.id))),
              HasSubstr("for which \"lee\" is not cleared"));
  EXPECT_THAT(*Ask(reviews_->ListCalibrations(As("lee"))), IsEmpty());
  EXPECT_THAT(*Ask(reviews_->ListCalibrations(As("cleo"))), ::testing::SizeIs(1));

  for (const std::string person : {"bob", "eve"}) Judges(person, items[0], 5);
  clock_.Add(minutes(11));
  const auto gold = Ask(reviews_->AddGold(As("cleo"), {.item = items[0], .why = "it is right"}));
  ASSERT_TRUE(gold) << gold.error().message;
  EXPECT_THAT(*Ask(reviews_->ListGold(As("lee"), "")), IsEmpty());
  EXPECT_THAT(*Ask(reviews_->ListGold(As("cleo"), "")), ::testing::SizeIs(1));
  EXPECT_THAT(Refused(Ask(reviews_->RetireGold(As("lee"), gold->entry.item, "no more"))),
              HasSubstr("for which \"lee\" is not cleared"));
}

TEST_P(ReadingRights, TheClassOfASuiteIsAskedOfPipelinesTooAndStaysWithTheRun) {
  ItemsOfAClass(true);
  const auto withheld = [this](const std::string& person) {
    EXPECT_EQ(CaseOf(person, 0).prompt_error, Results(person).items.at(0).result.error) << person;
    return Results(person).items.at(0).result.error;
  };
  const std::string why = "withheld: you are not cleared for its data (health)";
  for (const std::string person : {"lee", "ci", "somebody"}) EXPECT_EQ(withheld(person), why) << person;
  for (const std::string person : {"cleo", "cleared-ci", "lea", "local"}) EXPECT_EQ(withheld(person), "") << person;
  EXPECT_EQ(Results("ci").items.at(0).scores.at(0).score.pass, true) << "numbers are no texts";
  WriteWorkCatalog(files_, stub_.url(), "");
  Start();
  EXPECT_EQ(withheld("ci"), why) << "its version of the suite says so";
}

TEST_P(ReadingRights, LabelsOfFailingCasesAreForWhoMayReadTheAnswers) {
  const std::vector<std::string> items = ItemsOfAClass(true);
  GuardedRuns runs = Runs();
  const auto withheld = [&](const std::string& person) {
    const auto found = runs.LabelsWithheld(
        As(person), run_, {{.ordinal = 0, .id = "a", .value = 0.0}, {.ordinal = 1, .id = "b", .value = 0.0}});
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(WithheldLabels{});
  };
  for (const std::string person : {"lee", "ci", "somebody"})
    EXPECT_EQ(withheld(person).why, "withheld: you are not cleared for its data (health)") << person;
  for (const std::string person : {"cleo", "cleared-ci", "lea", "local"}) {
    EXPECT_EQ(withheld(person).why, "") << person;
    EXPECT_THAT(withheld(person).cases, IsEmpty()) << person;
  }
  EXPECT_EQ(withheld("cara").why, "withheld: who only judges in human review reads no runs");

  const std::string id = View("cleo", items[0]).item.case_id;
  Claims("cara", items[0]);
  Acts("cara", items[0], QuarantineAct{.reason = "an account number"}, "f");
  EXPECT_EQ(withheld("cleo").why, "");
  EXPECT_THAT(withheld("cleo").cases, ElementsAre(id)) << "out of sight for everybody";
}

TEST_P(ReadingRights, TheClassThatASuiteHasNowHoldsForItsEarlierRuns) {
  Items();
  EXPECT_EQ(Results("ci").items.at(0).result.error, "");
  WriteWorkCatalog(files_, stub_.url(), "data_class: health\n");
  Start();
  EXPECT_EQ(Results("ci").items.at(0).result.error, "withheld: you are not cleared for its data (health)");
}

TEST_P(ReadingRights, AnExportHasOfAClassOnlyWhatIsNamedByWhoIsCleared) {
  const std::string item = ItemsOfAClass(true)[0];
  const auto manifest = [this](const std::string& person, std::vector<std::string> classes) -> Result<ExportManifest> {
    const ExportArguments arguments{.format = "native", .selection = {.data_classes = std::move(classes)}};
    ASSAY_ASSIGN(const PreviewedExport previewed, Ask(reviews_->PreviewExport(As(person), arguments)));
    EXPECT_EQ(previewed.preview.head.find("\"q\"") != std::string::npos, previewed.preview.manifest.records > 0);
    return previewed.preview.manifest;
  };
  const auto unnamed = manifest("cleo", {});
  ASSERT_TRUE(unnamed) << unnamed.error().message;
  EXPECT_EQ(unnamed->records, 0);
  EXPECT_EQ(unnamed->excluded.at("data_class"), 2);
  const auto named = manifest("cleo", {"health"});
  ASSERT_TRUE(named) << named.error().message;
  EXPECT_THAT(named->data_classes, ElementsAre("health"));
  EXPECT_EQ(Refused(manifest("lee", {"health"})),
            "permission_denied: \"lee\" is not cleared for data of the class \"health\"");
  EXPECT_EQ(Refused(Ask(reviews_->AnswerLabelStudio(As("lee"), "q", LabelStudioCall::kHealth, ""))),
            "permission_denied: \"lee\" is not cleared for data of the class \"health\"");
}

TEST_P(ReadingRights, ALeadWhoLabelsIsShownWhatLabellersAre) {
  AddPeople();
  Start();
  const std::string item = Items()[0];
  Judges("ann", item, 2);
  for (const bool claims : {false, true}) {
    const ItemView view = claims ? Claims("mia", item) : View("mia", item);
    EXPECT_THAT(view.judgements, IsEmpty()) << claims;
    EXPECT_THAT(view.history, IsEmpty());
    EXPECT_THAT(view.leases, IsEmpty());
    EXPECT_EQ(view.item.run, "");
    EXPECT_EQ(view.item.case_id, "");
    if (claims) {
      EXPECT_THAT(view.content->sources, IsEmpty());
    }
  }
  const auto listed =
      Ask(reviews_->ListItems(As("mia"), {.states = {ReviewState::kLeased, ReviewState::kPartial}}, {}));
  ASSERT_EQ(listed->items.size(), 1u);
  EXPECT_EQ(listed->items[0].run, "");
  Judges("mia", item, 2);
  EXPECT_THAT(View("mia", item).judgements, ::testing::SizeIs(1)) << "their own can be revised still";
  clock_.Add(minutes(11));
  EXPECT_THAT(View("mia", item).judgements, ::testing::SizeIs(2));
  EXPECT_THAT(Ask(reviews_->GetItem(As("max"), item))->judgements, ::testing::SizeIs(2));
}

TEST_P(ReadingRights, ALeadOfABlindCalibrationIsShownWhatItsPeopleAre) {
  AddPeople();
  Start();
  const auto opened = Ask(reviews_->OpenCalibration(As("lea"), "q", Items(), {"ann", "mia"}));
  ASSERT_TRUE(opened) << opened.error().message;
  const std::string item = opened->entry.session.items.at(0);
  Judges("ann", item, 5);
  EXPECT_THAT(View("mia", item).judgements, IsEmpty());
  Judges("mia", item, 1);
  EXPECT_THAT(View("mia", item).judgements, ::testing::SizeIs(1)) << "it is blind until it is revealed";
  EXPECT_THAT(View("lea", item).judgements, ::testing::SizeIs(2)) << "who takes no part leads";
  ASSERT_TRUE(Ask(reviews_->RevealCalibration(As("lea"), opened->entry.session.id)));
  EXPECT_THAT(View("mia", item).judgements, ::testing::SizeIs(2));
}

TEST_P(ReadingRights, AnAuditorJudgesBeforeTheDecisionIsShown) {
  const std::string item = AuditedItem();
  const ItemView claimed = Claims("max", item);
  EXPECT_EQ(claimed.lease->role, LeaseRole::kAudit);
  EXPECT_THAT(claimed.decisions, IsEmpty()) << "a lead, too, audits blind";
  EXPECT_THAT(claimed.judgements, IsEmpty());
  const std::int64_t token = claimed.lease->token;
  EXPECT_EQ(Refusal("max", item, AuditCommand{.token = token, .passes = true}, "k1"),
            "failed_precondition: item " + item +
                ", \"max\": an auditor judges for themselves first (SubmitJudgement under the token of the audit), "
                "and is shown the decision then");
  EXPECT_EQ(Refusal("max", item, AuditCommand{.token = token, .content = Quality(2), .passes = true}, "k1"),
            "invalid_argument: content: an auditor judges first, with SubmitJudgement under the token of the audit; "
            "the answer shows the decision");
  const ItemView judged = Acts("max", item, SubmitCommand{.token = token, .content = Quality(2)}, "k2");
  ASSERT_EQ(judged.decisions.size(), 1u);
  ASSERT_TRUE(judged.lease.has_value()) << "the audit goes on";
  EXPECT_EQ(Acts("max", item, SubmitCommand{.token = token, .content = Quality(2)}, "k2").decisions.size(), 1u)
      << "sent again";
  EXPECT_THAT(Refusal("max", item, SubmitCommand{.token = token, .content = Quality(5)}, "k3"),
              HasSubstr("has judged it and been shown the decision"));
  Start();
  const AuditCommand fails{.token = token, .passes = false, .defect = "wrong", .cause = ReviewCause::kSlip};
  Acts("max", item, fails, "k4");
  Acts("max", item, fails, "k4");
  EXPECT_EQ(StateOf(item), "rework");
}

TEST_P(ReadingRights, HarmThatAnAuditorSeesIsFlagged) {
  const std::string item = AuditedItem();
  const ItemView claimed = Claims("max", item);
  JudgementContent content = Quality(1);
  content.opinion.severity = 1;
  content.rationale = "it shows data";
  Acts("max", item, SubmitCommand{.token = claimed.lease->token, .content = content}, "k");
  EXPECT_EQ(StateOf(item), "adjudication");
  EXPECT_TRUE(View("lea", item).has_severe_flag);
}

TEST_P(ReadingRights, ContentIsForWhoHasToDoWithIt) {
  const std::string item = Items()[0];
  EXPECT_EQ(View("ann", item).withheld,
            "its content is for who has the item, has judged it, or leads the queue, until it is done; claim it");
  EXPECT_FALSE(View("ann", item).content.has_value());
  EXPECT_TRUE(View("lea", item).content.has_value());
  EXPECT_TRUE(Claims("ann", item).content.has_value());
  clock_.Add(hours(2));
  EXPECT_TRUE(View("ann", item).content.has_value()) << "what was typed can be gone on with after the lease";
  Judges("bob", item, 5);
  EXPECT_TRUE(View("bob", item).content.has_value());
  EXPECT_FALSE(View("eve", item).content.has_value());
  Judges("ann", item, 5);
  clock_.Add(minutes(11));
  EXPECT_TRUE(View("eve", item).content.has_value()) << "it is done";
}

TEST_P(ReadingRights, QueuesOfThePersonLimitWhatTheyRead) {
  AddPeople({{.id = "ole", .roles = {ReviewRole::kReviewer, ReviewRole::kLead}, .queues = {"other"}}});
  Start();
  const std::string item = Items()[0];
  EXPECT_THAT(Listed("ole", {}), IsEmpty());
  EXPECT_THAT(Listed("ole", {.states = {ReviewState::kQueued}}), IsEmpty());
  EXPECT_EQ(Refused(Ask(reviews_->ListItems(As("ole"), {.queue = "q"}, {}))),
            "permission_denied: queue \"q\" is not among those of \"ole\" (queues= of the token file)");
  EXPECT_EQ(Refused(Ask(reviews_->GetItem(As("ole"), item))),
            "permission_denied: item " + item +
                " belongs to queue \"q\", which is not among those of \"ole\" (queues= of the token file)");
}

TEST_P(ReadingRights, ACopyWhoseAnswerIsKnownIsNotToldByWhatItWasMadeOf) {
  WriteQueue("gold: {share: 0.5, share_after_miss: 0.5, mark: 0.8, minimum: 5, every: 2, again_after: 1d}\n");
  Start();
  const std::string item = Items()[0];
  Judges("bob", item, 5);
  Judges("eve", item, 5);
  clock_.Add(minutes(11));
  const ItemView source = View("lea", item);
  GoldArguments wanted{.item = item, .purpose = ItemPurpose::kTraining, .why = "as the handbook says"};
  const std::string refused = Refused(Ask(reviews_->AddGold(As("lea"), wanted)));
  const std::string diff = refused.substr(refused.find('{'));
  const auto proposed = Ask(reviews_->ProposeChange(As("max"), ReviewChange::kGatingGold, "gold", diff, "known"));
  ASSERT_TRUE(proposed) << proposed.error().message;
  for (const std::string person : {"bob", "lea"})
    ASSERT_TRUE(Ask(reviews_->AnswerChange(As(person), proposed->request.id, true, Sha256Hex(diff), "")));
  wanted.approval = proposed->request.id;
  const auto gold = Ask(reviews_->AddGold(As("lea"), wanted));
  ASSERT_TRUE(gold) << gold.error().message;
  const ItemView copy = Claims("ann", gold->entry.item);
  ASSERT_TRUE(copy.content.has_value());
  EXPECT_EQ(copy.item.case_id, "");
  ASSERT_EQ(copy.item.subject.responses.size(), 1u);
  EXPECT_NE(copy.item.subject.responses, source.item.subject.responses);
  EXPECT_EQ(copy.content->responses.at(0).id, copy.item.subject.responses.at(0));
  EXPECT_EQ(copy.content->responses.at(0).text, source.content->responses.at(0).text);
  EXPECT_THAT(copy.lease->presented, ElementsAre(copy.item.subject.responses.at(0)));
  EXPECT_THAT(Listed("ann", {.queue = "q", .case_id = source.item.case_id}), IsEmpty());
  EXPECT_THAT(Listed("lea", {.queue = "q", .case_id = source.item.case_id}),
              UnorderedElementsAre(item, gold->entry.item));
}

TEST_P(ReadingRights, WhoReadTheContentOfAnItemIsKept) {
  const std::string item = Items()[0];
  View("lea", item);
  View("lea", item);
  View("bob", item);  // is shown no content
  Claims("ann", item);
  clock_.Add(hours(25));
  View("max", item);
  Start();
  std::vector<std::string> reads;
  for (const ContentRead& read : View("lea", item).reads)
    reads.push_back(read.person + " " + FormatTime(read.at) + (read.role ? " " + std::string(WordOf(*read.role)) : ""));
  EXPECT_THAT(reads, ElementsAre("lea 2026-11-27T10:00:00.000000Z", "ann 2026-11-27T10:00:00.000000Z label",
                                 "max 2026-11-28T11:00:00.000000Z"));
  EXPECT_THAT(View("ann", item).reads, IsEmpty()) << "for leads";
}

TEST_P(ReadingRights, WhatIsOpenIsListedByWhenItIsDueHoweverMuchEnteredSince) {
  const std::vector<std::string> items = Items();
  Claims("ann", items[1]);
  Acts("ann", items[1], EscalateCommand{.reason = EscalationReason::kAmbiguity, .note = "which one?", .clause = "1"},
       "e");
  clock_.Add(minutes(1));
  Acts("ann", items[0], QuarantineAct{.reason = "a name"}, "q");
  RunSuite();
  AwaitItems(4);
  const ItemFilter waiting{.states = {ReviewState::kEscalated, ReviewState::kQuarantined}};
  // Between them the item of the second run, which asks what the first asks.
  EXPECT_THAT(Listed("lea", waiting), ElementsAre(items[0], ::testing::_, items[1]))
      << "privacy has an hour, leads have longer";
  const auto first = Ask(reviews_->ListItems(As("lea"), waiting, {.token = "", .limit = 1}));
  ASSERT_EQ(first->items.size(), 1u);
  EXPECT_EQ(first->items[0].ruling_due_at, clock_.Now() + hours(1));
  EXPECT_THAT(Listed("lea", waiting, {.token = first->next, .limit = 2}), ElementsAre(::testing::_, items[1]));
  EXPECT_EQ(Refused(Ask(reviews_->ListItems(As("lea"), waiting, {.token = "x", .limit = 1}))),
            "invalid_argument: page_token: is none of this list");
  clock_.Add(hours(2));
  const auto queues = Ask(reviews_->ListQueues(As("lea")));
  EXPECT_EQ(queues->at(0).overdue_rulings, 2);
}

TEST_P(ReadingRights, APrecedentIsFoundHoweverManyItemsAreNewer) {
  const std::string item = Items()[0];
  Judges("bob", item, 5);
  JudgementContent content = Quality(5);
  content.rationale = "a tarif of before";
  const ItemView held = Claims("eve", item);
  Acts("eve", item, SubmitCommand{.token = held.lease->token, .content = content}, "k");
  clock_.Add(minutes(11));
  for (int run = 0; run < 6; ++run) {
    RunSuite();
    AwaitItems(3 + 2 * run);
  }
  const auto found = Ask(reviews_->ListItems(As("ann"), {.text = "tarif"}, {.token = "", .limit = 1}));
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_EQ(found->items.size(), 1u) << "13 items, looked through one at a time";
  EXPECT_EQ(found->items[0].id, item);
}

INSTANTIATE_TEST_SUITE_P(Engines, ReadingRights, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
