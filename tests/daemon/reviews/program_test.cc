// What is kept and measured of evaluation beside its queues, over a real store and real runs.

#include "daemon/reviews/program.h"

#include <gmock/gmock.h>

#include "core/digest.h"
#include "tests/daemon/reviews/review_desk.h"

namespace assay::testing {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReviewProgramTest : public ReviewDeskTest {
 protected:
  void SetUp() override {
    ReviewDeskTest::SetUp();
    if (IsSkipped()) return;
    std::vector<Reviewer> people = *people_;
    people.push_back({.id = "tom", .roles = {ReviewRole::kReleaseOwner}});
    people.push_back({.id = "kim", .roles = {ReviewRole::kManager}});
    people.push_back({.id = "ida", .roles = {ReviewRole::kLead}});  // who audits is not told before
    SetPeople(std::move(people));
    OpenProgram();
  }
  void OpenProgram() {
    program_ = std::make_unique<ReviewProgram>(ReviewProgramContext{.store = *work_->store,
                                                                    .catalog = work_->catalog,
                                                                    .clock = clock_,
                                                                    .reading = work_->reading.get_executor(),
                                                                    .reviewers = [this] {
                                                                      const std::lock_guard lock(people_mutex_);
                                                                      return people_;
                                                                    }});
  }
  void TearDown() override {
    program_ = nullptr;
    ReviewDeskTest::TearDown();
  }

  Result<ProgramRecord> Add(const std::string& person, const ProgramBody& body, const std::string& key = "") {
    return Ask(program_->AddProgramRecord(As(person), key, body));
  }
  std::string Refused(const std::string& person, const ProgramBody& body, const std::string& key = "") {
    const auto added = Add(person, body, key);
    return added ? "kept" : std::string(Name(added.error().code)) + ": " + added.error().message;
  }
  ProgramReport Report() { return *Ask(program_->GetProgramReport(As("lea"), std::nullopt, std::nullopt)); }
  ProductionIssue IssueOf(const std::string& reference, const std::string& case_id) {
    return {.reference = reference,
            .title = "a wrong fee",
            .occurred_at = clock_.Now(),
            .suite = "s",
            .model = "m@1",
            .case_id = case_id};
  }

  std::unique_ptr<ReviewProgram> program_;
};

TEST_P(ReviewProgramTest, ARecordIsKeptOnceAndNeverChanged) {
  const Improvement better{.title = "drafts outlive a reload"};
  const auto first = Add("lea", better, "k1");
  ASSERT_TRUE(first) << first.error().message;
  clock_.Add(hours(1));
  const auto again = Add("lea", better, "k1");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, *first) << "of the first time";
  EXPECT_THAT(Refused("lea", Improvement{.title = "something else"}, "k1"),
              HasSubstr("already_exists: there is a record of this already, of 2026-11-27T10:00:00"));
  EXPECT_TRUE(Add("max", better, "k1")) << "keys are of each person";
  EXPECT_EQ(Report().improvements, 2);
  EXPECT_THAT(Refused("ann", better), HasSubstr("permission_denied: \"ann\" may not say what was improved"));
  EXPECT_THAT(Refused("local", better), HasSubstr("permission_denied: \"local\" has no role in human review"));
  EXPECT_THAT(Refused("nobody", better), HasSubstr("permission_denied"));
  const auto listed = Ask(program_->ListProgramRecords(As("ann"), ProgramRecordKind::kImprovement, 1));
  ASSERT_EQ(listed->size(), 1u) << "no more than are asked for, the newest";
  EXPECT_EQ(listed->at(0).at, clock_.Now());
  EXPECT_EQ(listed->at(0).by, "") << "names are for leads and managers";
  EXPECT_EQ(Ask(program_->ListProgramRecords(As("kim"), std::nullopt, 10))->at(0).by, "max");
  EXPECT_TRUE(Ask(program_->ListProgramRecords(As("ann"), ProgramRecordKind::kDatasetDue, 10))->empty());
}

TEST_P(ReviewProgramTest, RatingsAreOfThoseWhoRestOnIt) {
  EXPECT_EQ(Report().satisfaction, std::nullopt);
  ASSERT_TRUE(Add("tom", StakeholderRating{.score = 2, .role = ReviewRole::kReleaseOwner}));
  clock_.Add(minutes(1));
  ASSERT_TRUE(Add("tom", StakeholderRating{.score = 4, .role = ReviewRole::kReleaseOwner, .note = "sooner now"}));
  ASSERT_TRUE(Add("kim", StakeholderRating{.score = 5, .role = ReviewRole::kManager}));
  clock_.Add(minutes(1));
  const ProgramReport report = Report();
  EXPECT_EQ(report.ratings, 2);
  EXPECT_DOUBLE_EQ(*report.satisfaction, 4.5);
  EXPECT_THAT(Refused("lea", StakeholderRating{.score = 5, .role = ReviewRole::kLead}),
              HasSubstr("invalid_argument: stakeholder_rating.role: is one of your roles among trust_safety, "));
  ASSERT_TRUE(ShowProgram(*work_->store, work_->catalog.current()->catalog, work_->telemetry.reviews(), clock_.Now()));
  const std::string metrics = work_->telemetry.Expose();
  EXPECT_THAT(metrics, HasSubstr("assay_review_satisfaction 4.5\n"));
  EXPECT_THAT(metrics, HasSubstr("assay_review_satisfaction_ratings 2\n"));
  EXPECT_THAT(metrics, ::testing::Not(HasSubstr("tom")));
  EXPECT_THAT(metrics, ::testing::Not(HasSubstr("assay_review_program_share{")))
      << "of nothing there is no share, which is not 0";
}

TEST_P(ReviewProgramTest, CountsTheCriticalJourneysThatTheNewestRunHasCasesOf) {
  EXPECT_TRUE(Report().journeys.empty()) << "no suite declares any";
  files_.Write("catalog/j.jsonl",
               "{\"id\": \"1\", \"q\": \"?\", \"journey\": \"refund\"}\n"
               "{\"id\": \"2\", \"q\": \"?\", \"journey\": \"chat\"}\n");
  files_.Write("catalog/j.yaml",
               "kind: Suite\nname: j\ndataset: [{file: j.jsonl, id: id}]\nprompt: [{user: \"{{q}}\"}]\n"
               "slices: [journey]\njourneys: {of: journey, critical: [refund, login, close], high_risk: [close]}\n"
               "graders: [{name: answer, type: equals, value: \"yes\"}]\n");
  program_ = nullptr;
  Start();
  OpenProgram();
  const JourneyCoverage before = Report().journeys.at(0);
  EXPECT_EQ(before.run, "");
  EXPECT_EQ(before.critical.count, 0) << "nobody was asked anything yet";
  const RunRecord run = work_->Ended(work_->StartRun("j", "m@1").id);
  const JourneyCoverage covered = Report().journeys.at(0);
  EXPECT_EQ(covered.suite, "j");
  EXPECT_EQ(covered.run, run.id);
  EXPECT_EQ(covered.critical.count, 1);
  EXPECT_EQ(covered.critical.of, 3) << "what is not critical does not count";
  EXPECT_EQ(covered.high_risk.count, 0);
  EXPECT_EQ(covered.high_risk.of, 1);
  EXPECT_THAT(covered.uncovered, ElementsAre("login", "close"));
  ASSERT_TRUE(ShowProgram(*work_->store, work_->catalog.current()->catalog, work_->telemetry.reviews(), clock_.Now()));
  EXPECT_THAT(work_->telemetry.Expose(), HasSubstr("assay_review_journeys_covered{risk=\"high\",suite=\"j\"} 0\n"));
}

// What counts is what was asked before the issue, whatever the dataset has by now.
TEST_P(ReviewProgramTest, AnIssueIsCoveredByACaseOfTheRunBeforeIt) {
  ProductionIssue before = IssueOf("INC-0", "a");
  RunSuite();
  clock_.Add(hours(24 * 365));  // the runs are of the same clock or of an earlier one
  before.occurred_at = *ParseTime("2020-01-01T00:00:00Z");
  struct Row {
    ProductionIssue issue;
    bool was_covered;
    std::string why;
  };
  ProductionIssue other_model = IssueOf("INC-4", "a");
  other_model.model = "m@2";
  std::vector<Row> rows = {{IssueOf("INC-1", "a"), true, ""},
                           {IssueOf("INC-2", "z"), false, "case \"z\" was not in the run before it, "},
                           {IssueOf("INC-3", ""), false, "no case shows it"},
                           {other_model, false, "suite \"s\" had no complete run on m@2 before"},
                           {before, false, "suite \"s\" had no complete run on m@1 before"}};
  for (Row& row : rows) {
    if (row.issue.reference != "INC-0") row.issue.occurred_at = clock_.Now() - minutes(1);
    const auto kept = Add("tom", row.issue);
    ASSERT_TRUE(kept) << kept.error().message;
    const auto& issue = std::get<ProductionIssue>(kept->body);
    EXPECT_EQ(issue.was_covered, row.was_covered) << issue.reference;
    EXPECT_THAT(issue.why, ::testing::StartsWith(row.why)) << issue.reference;
  }
  ASSERT_TRUE(Add("tom", rows[0].issue)) << "a file of issues is brought in again";
  ProductionIssue claims = rows[2].issue;
  claims.was_covered = true;
  EXPECT_TRUE(Add("tom", claims)) << "what the daemon says itself is no difference";
  claims.title = "another";
  EXPECT_THAT(Refused("tom", claims), HasSubstr("already_exists"));
  EXPECT_EQ(Add("lea", rows[0].issue)->by, "tom") << "one record for each reference, whoever brings it in";
  EXPECT_THAT(Refused("ann", rows[0].issue), HasSubstr("permission_denied")) << "also of what is known";
  ProductionIssue unversioned = IssueOf("INC-9", "a");
  unversioned.model = "m";
  unversioned.occurred_at = clock_.Now() - minutes(1);
  EXPECT_EQ(Refused("tom", unversioned),
            "invalid_argument: production_issue.model: expected NAME@VERSION of what was released");
  EXPECT_EQ(Report().defects_leaked.of, 4);
  EXPECT_EQ(Report().defects_leaked.count, 3);
  ASSERT_TRUE(ShowProgram(*work_->store, work_->catalog.current()->catalog, work_->telemetry.reviews(), clock_.Now()));
  EXPECT_THAT(work_->telemetry.Expose(), HasSubstr("assay_review_program_share{measure=\"defects_leaked\"} 0.75\n"));
}

TEST_P(ReviewProgramTest, ADatasetIsReleasedOnceItsLabelsAreGoodEnough) {
  RunSuite();
  AwaitItems(2);
  DatasetDue asked{.dataset = "fees", .queue = "q", .due_at = clock_.Now() + hours(24), .overlap = 2};
  asked.agreement = 0.1;
  EXPECT_THAT(Refused("lea", DatasetDue{.dataset = "d", .queue = "none", .due_at = asked.due_at, .overlap = 1}),
              HasSubstr("not_found"));
  const auto due = Add("lea", asked, "due");
  ASSERT_TRUE(due) << due.error().message;
  const DatasetReleased release{.due = due->id, .overlap = 99};
  EXPECT_EQ(Refused("lea", release),
            "failed_precondition: dataset \"fees\" is not ready: queue \"q\": 0 of at least 2 items were judged by "
            "several people apart (quality.overlap)");
  EXPECT_THAT(Refused("lea", DatasetReleased{.due = "none"}), HasSubstr("not_found: due: there is no record \"none\""));
  EXPECT_EQ(Report().datasets.at(0).state, DatasetState::kOpen);
  clock_.Add(hours(25));
  EXPECT_EQ(Report().datasets.at(0).state, DatasetState::kOverdue);
  EXPECT_EQ(Report().datasets_ready.of, 1);
}

TEST_P(ReviewProgramTest, ADatasetIsDescopedByAnApprovalOfExactlyThat) {
  const auto due = Add(
      "lea", DatasetDue{.dataset = "fees", .queue = "q", .due_at = *ParseTime("2026-11-28T10:00:00Z"), .overlap = 2});
  ASSERT_TRUE(due) << due.error().message;
  DatasetDescoped descope{.due = due->id};
  const std::string text = "descope dataset \"fees\" of queue \"q\", due 2026-11-28T10:00:00.000000Z";
  EXPECT_EQ(Refused("lea", descope),
            "failed_precondition: dataset_descoped.approval: needs an approved change of kind threshold whose diff is "
            "exactly " +
                text);
  const auto approved = [&](const std::string& diff) {
    const auto proposed =
        Ask(reviews_->ProposeChange(As("ann"), ReviewChange::kThreshold, "dataset fees", diff, "not needed"));
    EXPECT_TRUE(proposed) << proposed.error().message;
    for (const std::string person : {"bob", "lea"})
      EXPECT_TRUE(Ask(reviews_->AnswerChange(As(person), proposed->request.id, true, Sha256Hex(diff), "")));
    return proposed->request.id;
  };
  descope.approval = approved("descope something else");
  EXPECT_THAT(Refused("lea", descope), HasSubstr("approves something else"));
  descope.approval = approved(text);
  ASSERT_EQ(Refused("lea", descope), "kept");
  EXPECT_THAT(Refused("lea", DatasetReleased{.due = due->id}),
              HasSubstr("failed_precondition: due: this dataset was descoped by lea already"));
  clock_.Add(hours(48));
  EXPECT_EQ(Report().datasets_ready.of, 0);
  EXPECT_EQ(Report().datasets_descoped, 1);
}

TEST_P(ReviewProgramTest, ItemsAreListedWithWhatIsDecidedAndNobodyHasOpenedThem) {
  WriteQueue("overlap: {people: 1, severity: 0}\naudit: {share: 1, new_share: 1, at_least: 0}\n");
  Start();
  RunSuite();
  AwaitItems(2);
  const std::string item = Ask(reviews_->ListItems(As("lea"), {}, {}))->items[0].id;
  Judges("ann", item, 5);
  clock_.Add(minutes(11));
  const auto listed = Ask(reviews_->ListItemViews(As("ida"), {.queue = "q", .states = {ReviewState::kAudit}}, {}));
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->items.size(), 1u);
  const ItemView& view = listed->items[0];
  EXPECT_EQ(view.item.id, item);
  EXPECT_FALSE(view.content.has_value());
  EXPECT_FALSE(view.draft.has_value());
  const ItemView opened = View("ida", item);
  std::vector<std::string> looked;
  for (const ContentRead& read : opened.reads) looked.push_back(read.person);
  EXPECT_THAT(looked, ElementsAre("ann")) << "who had it: the list was no look";
  ASSERT_EQ(view.decisions.size(), opened.decisions.size());
  EXPECT_EQ(view.decisions[0].decision.id, opened.decisions[0].decision.id);
  EXPECT_EQ(view.history.size(), opened.history.size());
  const auto of_ann = Ask(reviews_->ListItemViews(As("ann"), {.queue = "q", .states = {ReviewState::kAudit}}, {}));
  ASSERT_EQ(of_ann->items.size(), 1u);
  EXPECT_TRUE(of_ann->items[0].history.empty()) << "who decided and why is told to leads";
}

INSTANTIATE_TEST_SUITE_P(Engines, ReviewProgramTest, ::testing::Bool(),
                         [](const auto& tested) { return tested.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay::testing
