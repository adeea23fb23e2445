// assayd that checks a gate by itself: what is due becomes one check and one verdict, however often the daemon is
// killed on the way.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "daemon/store/sql.h"
#include "tests/integration/assay_stack.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

class DaemonWithASchedule : public ::testing::Test {
 protected:
  DaemonWithASchedule() {
    files_.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"q\"}\n{\"id\":\"b\",\"question\":\"r\"}\n");
    files_.Write("catalog/all.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: contains, value: \"yes\"}]\n---\n"
                 "kind: Gate\nname: release\nsuites: [s]\nrules: [{name: some, grader: answer, at_least: 0.01}]\n---\n"
                 "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: "
                 "\"" +
                     stub_.url() + "/v1\"}\n");
    // The next due time is in years, whenever this test runs but for one minute of 366 days.
    files_.Write("catalog/schedule.yaml",
                 "kind: Schedule\nname: yearly\ngate: release\ncandidate: {model: m}\nevery: 366d\n");
  }

  Json Only() {
    const Json list = stack_.AssayJson({"schedule", "list"});
    const bool is_one = list.is_array() && list.as_array().size() == 1;
    EXPECT_TRUE(is_one) << list.Dump();
    return is_one ? list.as_array()[0] : Json::Of({});
  }
  std::string Text(std::string_view key) {
    const Json only = Only();
    const Json* found = only.Find(key);
    return found != nullptr && found->is_string() ? found->as_string() : "";
  }
  void Kill() { EXPECT_EQ(stack_.daemon().End(SIGKILL), 128 + SIGKILL); }
  // With the daemon stopped.
  std::unique_ptr<Sql> Database() {
    auto sql = Sql::Open({Engine::kSqlite, stack_.store().substr(std::string("sqlite:").size())});
    EXPECT_TRUE(sql) << sql.error().message;
    return *std::move(sql);
  }
  std::int64_t Count(const std::string& from) {
    const auto database = Database();
    const auto rows = database->Query("SELECT COUNT(*) FROM " + from, "i");
    EXPECT_TRUE(rows) << rows.error().message;
    return rows ? (*rows)[0].Int(0) : -1;
  }
  void Edit(const std::string& statement) {
    const auto database = Database();
    ASSERT_TRUE(database->Begin(Sql::Transaction::kWrite));
    const auto changed = database->Execute(statement);
    ASSERT_TRUE(changed) << changed.error().message;
    ASSERT_GT(*changed, 0) << statement;
    ASSERT_TRUE(database->Commit());
  }
  // The daemon has seen the schedule, and two years have gone by since.
  void LetYearsPass() {
    ASSERT_TRUE(stack_.Start());
    ASSERT_TRUE(Eventually([&] { return stack_.Get("/metrics").contains("assay_schedule_next_due_timestamp"); }));
    Kill();
    ASSERT_EQ(Count("schedule_fact WHERE act = 1"), 1);
    ASSERT_EQ(Count("gate_check"), 0);
    Edit("UPDATE schedule_fact SET due = due - 366 * 86400000000 * 2");
  }

  const TemporaryFolder files_;
  HttpStub stub_{[](const StubRequest&, int) { return ChatAnswer("yes"); }};
  AssayStack stack_{files_.path() / "catalog"};
};

TEST_F(DaemonWithASchedule, WhatIsDueBecomesACheckAndAVerdict) {
  LetYearsPass();
  ASSERT_TRUE(stack_.Start());
  ASSERT_TRUE(Eventually([&] { return Text("last_state") == "PASS"; }));
  const Json schedule = Only();
  EXPECT_EQ(schedule.Find("missed")->as_integer(), 1) << schedule.Dump();
  const ProgramEnd list = stack_.Assay({"schedule", "list"});
  EXPECT_EQ(list.exit_code, 0) << list.errors;
  EXPECT_THAT(list.output, HasSubstr("SCHEDULE  GATE     CANDIDATE  WHEN"));
  EXPECT_THAT(list.output, HasSubstr("yearly    release  m          every 366d"));
  EXPECT_THAT(list.output, HasSubstr("PASS, due "));
  const Json verdicts = stack_.AssayJson({"verdict", "list"});
  ASSERT_EQ(verdicts.as_array().size(), 1u);
  EXPECT_EQ(verdicts.as_array()[0].Find("check_id")->as_string(), Text("last_check_id"));
  const std::string metrics = stack_.Get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("assay_schedule_last_start_timestamp_seconds{schedule=\"yearly\"}"));
  EXPECT_THAT(metrics, HasSubstr("assay_schedule_missed_total{schedule=\"yearly\"} 1"));
  const ProgramEnd next =
      stack_.Assay({"schedule", "next", "yearly", "--count", "1", "--from", "2026-11-28T00:00:00Z"});
  EXPECT_EQ(next.output, "2027-02-13T00:00:00Z\n") << next.errors;
  Kill();
  EXPECT_EQ(Count("gate_check WHERE principal = 'schedule:yearly'"), 1);
  EXPECT_EQ(Count("audit WHERE principal = 'schedule:yearly' AND action = 'create_check'"), 1);
}

// At any instant: between due and check, between the check and its note, while it is decided.
TEST_F(DaemonWithASchedule, HoweverOftenItIsKilledThereIsOneCheck) {
  LetYearsPass();
  for (int kills = 0; kills < 12; ++kills) {
    ASSERT_TRUE(stack_.Start());
    const int wanted = kills % 4;  // facts after the first: none, due, started; then the verdict
    const auto has_come = [&] {
      return wanted == 0 || (wanted < 3 ? !Text("last_check_id").empty() : Text("last_state") == "PASS");
    };
    ASSERT_TRUE(Eventually(has_come));
    Kill();
    if (kills == 3) Edit("DELETE FROM schedule_fact WHERE act = 3");  // as if killed before the note
    if (kills == 7) Edit("DELETE FROM schedule_fact WHERE act > 1");  // as if before it was known to be due
  }
  ASSERT_TRUE(stack_.Start());
  ASSERT_TRUE(Eventually([&] { return Text("last_state") == "PASS"; }));
  Kill();
  EXPECT_EQ(Count("gate_check"), 1);
  EXPECT_EQ(Count("verdict"), 1);
  EXPECT_EQ(Count("schedule_fact WHERE act = 2"), 1);
  EXPECT_EQ(Count("schedule_fact WHERE act = 3"), 1);
}

TEST_F(DaemonWithASchedule, ADocumentThatIsAddedIsPickedUp) {
  ASSERT_TRUE(stack_.Start());
  files_.Write("catalog/nightly.yaml",
               "kind: Schedule\nname: nightly\ngate: release\ncandidate: {model: m}\ncron: \"0 2 * * 1-5\"\n");
  const auto is_seen = [&] {
    return stack_.Get("/metrics").contains("next_due_timestamp_seconds{schedule=\"nightly\"");
  };
  EXPECT_TRUE(Eventually(is_seen));
}

}  // namespace
}  // namespace assay::testing
