// What evaluation achieves beside its queues: who may say what, and what becomes of it.

#include "review/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/review/review_fixture.h"

namespace assay {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::Person;

constexpr double kDay = 24 * 60;

DatasetDue Fees(Time due_at) {
  return {.dataset = "fees", .queue = "q", .due_at = due_at, .overlap = 30, .agreement = 0.6, .audits_passed = 0.9};
}

ProductionIssue Issue(const std::string& reference, Time at, bool was_covered) {
  return {.reference = reference, .title = "wrong fee", .occurred_at = at, .was_covered = was_covered};
}

std::string Refusal(const ProgramBody& body, const Reviewer& person) {
  const Status status = CheckProgramRecord(body, person, At(10));
  return status ? "" : std::string(Name(status.error().code)) + ": " + status.error().message;
}

TEST(ProgramRecord, IsKeptByWhoAnswersForIt) {
  const Reviewer ann = Person("ann");
  const Reviewer lea = Person("lea", {ReviewRole::kLead});
  const Reviewer tom = Person("tom", {ReviewRole::kReleaseOwner});
  const Reviewer mia = Person("mia", {ReviewRole::kManager});
  const StakeholderRating content{.score = 4, .role = ReviewRole::kReleaseOwner};
  struct Row {
    ProgramBody body;
    const Reviewer& person;
    std::string refusal;
  };
  const std::vector<Row> rows = {
      {Fees(At(20)), lea, ""},
      {Fees(At(20)), mia, ""},
      {Fees(At(20)), ann,
       "permission_denied: \"ann\" may not say when data is due: it needs one of the roles lead, suite_owner, manager"},
      {Fees(At(20)), tom,
       "permission_denied: \"tom\" may not say when data is due: it needs one of the roles lead, suite_owner, manager"},
      {Fees(At(10)), lea, "invalid_argument: dataset_due.due_at: is past; a date is set before it comes"},
      {DatasetDue{.dataset = "d", .queue = "q", .due_at = At(20)}, lea,
       "invalid_argument: dataset_due: needs overlap, agreement or audits_passed: what is ready is so by its quality"},
      {DatasetDue{.dataset = "d", .queue = "q", .due_at = At(20), .agreement = 1.5}, lea,
       "invalid_argument: dataset_due.agreement: is a number from 0 to 1"},
      {DatasetDue{.queue = "q", .due_at = At(20)}, lea, "invalid_argument: dataset_due.dataset: is required"},
      {DatasetReleased{.due = "x"}, lea, ""},
      {DatasetReleased{.due = "x"}, ann,
       "permission_denied: \"ann\" may not release data: it needs one of the roles lead, suite_owner, manager"},
      {DatasetDescoped{}, lea, "invalid_argument: dataset_descoped.due: is required"},
      {Issue("INC-1", At(9), false), tom, ""},
      {Issue("INC-1", At(11), false), tom, "invalid_argument: production_issue.occurred_at: is still to come"},
      {Issue("INC-1", At(9), false), ann,
       "permission_denied: \"ann\" may not bring in issues of production: it needs one of the roles lead, "
       "trust_safety, privacy, ml_lead, suite_owner, manager, release_owner"},
      {ProductionIssue{.reference = "INC-1", .title = "t", .occurred_at = At(1), .case_id = "a"}, lea,
       "invalid_argument: production_issue.suite: is required"},
      {content, tom, ""},
      {content, mia,
       "invalid_argument: stakeholder_rating.role: is one of your roles among trust_safety, privacy, ml_lead, "
       "suite_owner, manager, release_owner"},
      {content, lea,
       "permission_denied: \"lea\" may not rate what they rest on: it needs one of the roles trust_safety, privacy, "
       "ml_lead, suite_owner, manager, release_owner"},
      {StakeholderRating{.score = 6, .role = ReviewRole::kReleaseOwner}, tom,
       "invalid_argument: stakeholder_rating.score: is 1 to 5, the best"},
      {StakeholderRating{.score = 0, .role = ReviewRole::kReleaseOwner}, tom,
       "invalid_argument: stakeholder_rating.score: is 1 to 5, the best"},
      {Improvement{.title = "drafts are kept"}, lea, ""},
      {Improvement{}, lea, "invalid_argument: improvement.title: is required"},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(Refusal(rows[i].body, rows[i].person), rows[i].refusal) << i;
}

TEST(ProgramRecord, IsReadAsItWasWritten) {
  const ProgramBody bodies[] = {Fees(At(20)),
                                DatasetReleased{.due = "x", .overlap = 30, .agreement = 0.9, .agreement_lower = 0.8},
                                DatasetDescoped{.due = "x", .approval = "c"},
                                ProductionIssue{.reference = "INC-1",
                                                .title = "t",
                                                .occurred_at = At(1),
                                                .severity = 2,
                                                .suite = "s",
                                                .model = "m@1",
                                                .case_id = "a",
                                                .was_covered = true},
                                StakeholderRating{.score = 4, .role = ReviewRole::kMlLead, .note = "soon"},
                                Improvement{.title = "t", .note = "n"}};
  for (const ProgramBody& body : bodies) {
    const ProgramRecord record{.id = "r", .at = At(2), .by = "lea", .body = body};
    EXPECT_EQ(ProgramRecordFromJson(ToJson(record)), record) << WordOf(KindOf(body));
  }
  Json wrong = ToJson({.id = "r", .at = At(2), .by = "lea", .body = Improvement{.title = "t"}});
  wrong.Set("kind", "praise");
  EXPECT_EQ(ProgramRecordFromJson(wrong).error().message,
            "kind: expected one of dataset_due, dataset_released, dataset_descoped, production_issue, "
            "stakeholder_rating, improvement");
}

std::string ShareInText(const ReviewShare& share) {
  return std::to_string(share.count) + "/" + std::to_string(share.of);
}

TEST(ProgramReport, CountsDatasetsByWhetherTheyWereReadyInTime) {
  std::vector<ProgramRecord> records;
  const auto add = [&](const std::string& id, double at, ProgramBody body) {
    records.push_back({.id = id, .at = At(at), .by = "lea", .body = std::move(body)});
  };
  for (const auto& [id, due] : std::vector<std::pair<std::string, double>>{{"early", 20},
                                                                           {"on-the-day", 30},
                                                                           {"late", 40},
                                                                           {"never", 50},
                                                                           {"given-up", 60},
                                                                           {"later", 500},
                                                                           {"old", 5}})
    add(id, 1, Fees(At(due)));
  add("1", 10, DatasetReleased{.due = "early"});
  add("2", 30, DatasetReleased{.due = "on-the-day"});
  add("3", 41, DatasetReleased{.due = "late"});
  add("4", 45, DatasetDescoped{.due = "given-up", .approval = "c"});
  add("5", 200, DatasetReleased{.due = "never"});  // after the window
  const ProgramReport report = ProgramReportOf(records, {}, {At(10), At(100)});
  EXPECT_EQ(ShareInText(report.datasets_ready), "2/4");
  EXPECT_NEAR(*report.datasets_ready.lower, 0.15, 0.01);
  EXPECT_EQ(report.datasets_descoped, 1);
  std::vector<std::string> states;
  for (const DatasetStatus& status : report.datasets)
    states.push_back(status.due + " " + std::string(WordOf(status.state)));
  EXPECT_THAT(states, ElementsAre("early ready", "on-the-day ready", "late late", "never overdue", "given-up descoped",
                                  "later open"));
}

TEST(ProgramReport, LeaksAreIssuesThatNoCaseHadCovered) {
  const std::vector<ProgramRecord> records = {
      {.id = "1", .at = At(20), .by = "lea", .body = Issue("INC-1", At(15), false)},
      {.id = "2", .at = At(20), .by = "lea", .body = Issue("INC-2", At(15), true)},
      {.id = "3", .at = At(20), .by = "lea", .body = Issue("INC-3", At(16), true)},
      {.id = "4", .at = At(20), .by = "lea", .body = Issue("INC-4", At(5), false)}};  // before the window
  EXPECT_EQ(ShareInText(ProgramReportOf(records, {}, {At(10), At(100)}).defects_leaked), "1/3");
  const ProgramReport none = ProgramReportOf({}, {}, {At(10), At(100)});
  EXPECT_EQ(none.defects_leaked.share, std::nullopt);
  EXPECT_EQ(none.satisfaction, std::nullopt) << "nobody has said anything, which is no mean of 0";
  EXPECT_EQ(none.lead_seconds_p50, std::nullopt);
}

TEST(ProgramReport, WhoRatesOftenHasOneVoice) {
  std::vector<ProgramRecord> records;
  const auto rate = [&](const std::string& person, double at, int score, ReviewRole role) {
    records.push_back({.id = std::to_string(records.size()),
                       .at = At(at),
                       .by = person,
                       .body = StakeholderRating{.score = score, .role = role}});
  };
  rate("tom", 30, 5, ReviewRole::kReleaseOwner);
  rate("tom", 20, 1, ReviewRole::kReleaseOwner);  // older, wherever it stands
  rate("tom", 25, 1, ReviewRole::kReleaseOwner);
  rate("mia", 40, 2, ReviewRole::kManager);
  rate("kim", 41, 3, ReviewRole::kManager);
  rate("kim", 5, 1, ReviewRole::kManager);    // before the window
  rate("mia", 120, 5, ReviewRole::kManager);  // after it
  records.push_back({.id = "i", .at = At(50), .by = "lea", .body = Improvement{.title = "drafts are kept"}});
  records.push_back({.id = "j", .at = At(2), .by = "lea", .body = Improvement{.title = "an old one"}});
  const ProgramReport report = ProgramReportOf(records, {}, {At(10), At(100)});
  EXPECT_EQ(report.ratings, 3);
  EXPECT_DOUBLE_EQ(*report.satisfaction, 10.0 / 3);
  ASSERT_EQ(report.by_role.size(), 2u);
  EXPECT_EQ(report.by_role.at(ReviewRole::kManager).ratings, 2);
  EXPECT_DOUBLE_EQ(report.by_role.at(ReviewRole::kManager).sum, 5);
  EXPECT_EQ(report.improvements, 1);
}

TEST(ProgramReport, LeadTimesAreByRank) {
  std::vector<FoundRegression> found;
  for (int days = 10; days >= 1; --days)
    found.push_back(
        {.model = "m", .version = std::to_string(days), .registered_at = At(0), .failed_at = At(days * kDay)});
  const ProgramReport report = ProgramReportOf({}, found, {At(0), At(100 * kDay)});
  EXPECT_DOUBLE_EQ(*report.lead_seconds_p50, 5 * 86400.0);
  EXPECT_DOUBLE_EQ(*report.lead_seconds_p90, 9 * 86400.0);
  EXPECT_EQ(report.regressions.front().version, "10") << "in the order given";
}

}  // namespace
}  // namespace assay
