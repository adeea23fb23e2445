// Schedules with a clock of the test: when which check is made, and what happens when that cannot be.

#include "daemon/schedules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::HttpStub;
using ::testing::IsEmpty;
using testing::StubReply;

class SetClock : public Clock {
 public:
  Time Now() const override { return Time(Duration(now_.load())); }
  void Set(std::string_view time) { now_ = ParseTime(time)->time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_ = 0;
};

// Checks as the daemon makes them, but that the store does not answer to the first `refused`.
class UnreachableGates final : public GateOperations {
 public:
  UnreachableGates(GateOperations& gates, int refused) : gates_(gates), refused_(refused) {}

  boost::asio::awaitable<Result<CheckStatus>> CheckGate(const Caller& caller,
                                                        const CheckArguments& arguments) override {
    if (refused_-- > 0) co_return Fail(ErrorCode::kUnavailable, "the store does not answer");
    co_return co_await gates_.CheckGate(caller, arguments);
  }
  boost::asio::awaitable<Result<CheckStatus>> AwaitVerdict(const Caller& caller, std::string_view check,
                                                           std::chrono::steady_clock::time_point until) override {
    return gates_.AwaitVerdict(caller, check, until);
  }
  boost::asio::awaitable<Result<CheckStatus>> GetCheck(const Caller& caller, std::string_view id) override {
    return gates_.GetCheck(caller, id);
  }
  boost::asio::awaitable<Result<std::unique_ptr<Updates<CheckStatus>>>> WatchCheck(const Caller& caller,
                                                                                   std::string_view id) override {
    return gates_.WatchCheck(caller, id);
  }
  boost::asio::awaitable<Result<Page<CheckStatus>>> ListChecks(const Caller& caller, std::string_view gate,
                                                               const PageRequest& page) override {
    return gates_.ListChecks(caller, gate, page);
  }
  boost::asio::awaitable<Result<StoredVerdict>> GetVerdict(const Caller& caller, std::string_view id) override {
    return gates_.GetVerdict(caller, id);
  }
  boost::asio::awaitable<Result<Page<StoredVerdict>>> ListVerdicts(const Caller& caller, std::string_view gate,
                                                                   const PageRequest& page) override {
    return gates_.ListVerdicts(caller, gate, page);
  }

 private:
  GateOperations& gates_;
  std::atomic<int> refused_;
};

class ScheduleTest : public ::testing::Test {
 protected:
  ScheduleTest() {
    testing::WriteWorkCatalog(files_, stub_.url());
    clock_.Set("2026-11-28T15:00:00Z");
    Write(Hourly());
    Begin();
  }

  static std::string Hourly(const std::string& more = "", const std::string& name = "hourly") {
    return "kind: Schedule\nname: " + name + "\ngate: release\ncandidate: {model: m}\nevery: 1h\n" + more;
  }
  void Write(const std::string& schedules) { files_.Write("catalog/schedules.yaml", schedules); }
  void Reload(const std::string& schedules) {
    Write(schedules);
    work_->catalog.Reload();
  }
  void Begin(int most_running = 8) {
    work_ = std::make_unique<DaemonWork>(files_, 4, clock_);
    work_->Resume();
    MakeSchedules(most_running);
  }
  void MakeSchedules(int most_running = 8, GateOperations* gates = nullptr) {
    schedules_ = std::make_unique<Schedules>(SchedulesContext{.store = *work_->store,
                                                              .loops = work_->loops,
                                                              .catalog = work_->catalog,
                                                              .models = work_->models,
                                                              .gates = gates != nullptr ? *gates : work_->checks,
                                                              .telemetry = work_->telemetry,
                                                              .clock = clock_,
                                                              .blocking = work_->blocking.get_executor(),
                                                              .reading = work_->reading.get_executor(),
                                                              .most_running = most_running});
    EXPECT_TRUE(schedules_->Load());
  }
  // As after kill -9: nothing of the process is left but its store.
  void Restart(int most_running = 8) {
    work_->Stop();
    schedules_.reset();
    Begin(most_running);
  }
  void LookAt(std::string_view time) {
    clock_.Set(time);
    Look();
  }
  void Look() {
    const Status looked = work_->Wait(schedules_->Look());
    EXPECT_TRUE(looked) << looked.error().message;
  }
  ScheduleStatus Only(const std::string& name = "hourly") {
    const auto list = work_->Wait(schedules_->ListSchedules(work_->caller));
    EXPECT_TRUE(list) << list.error().message;
    for (const ScheduleStatus& each : *list) {
      if (each.spec.name == name) return each;
    }
    ADD_FAILURE() << "no schedule " << name;
    return {};
  }
  std::vector<CheckRecord> AllChecks() {
    const auto page = work_->store->ListChecks(kDefaultProject, "", {});
    EXPECT_TRUE(page) << page.error().message;
    return page->items;
  }
  // "missed skipped failed"
  std::string Sums(const std::string& name = "hourly") {
    const ScheduleStatus status = Only(name);
    return std::to_string(status.missed) + " " + std::to_string(status.skipped) + " " + std::to_string(status.failed);
  }
  std::string DueOfLast() {
    const auto due = Only().last_due;
    return due ? FormatTime(*due).substr(0, 16) : "none";
  }
  ScheduleFact DueFact(std::string_view due) {
    return {.schedule = "hourly",
            .act = ScheduleAct::kDue,
            .due = *ParseTime(due),
            .at = *ParseTime(due),
            .timing = "every 1h"};
  }
  // The daemon ends between the check and its note.
  void MakeCheckWithoutNote() {
    LookAt("2026-11-28T15:10:00Z");
    LookAt("2026-11-28T16:00:00Z");
    if (is_open_) DecideLast();
    testing::EditStore(files_, "DELETE FROM schedule_fact WHERE act = 3");
    Restart();
  }
  void DecideLast() { work_->Decided(Only().last->id); }

  SetClock clock_;
  std::atomic<bool> is_open_ = true;
  std::string answer_ = "yes";
  testing::TemporaryFolder files_;
  HttpStub stub_{[this](const testing::StubRequest&, int) {
    StubReply reply = testing::ChatAnswer(answer_);
    if (!is_open_) reply.fault = StubReply::Fault::kNever;
    return reply;
  }};
  std::unique_ptr<DaemonWork> work_;
  std::unique_ptr<Schedules> schedules_;
};

TEST_F(ScheduleTest, ADueTimeMakesOneCheck) {
  LookAt("2026-11-28T15:10:00Z");
  EXPECT_THAT(AllChecks(), IsEmpty()) << "nothing is due when it is first seen";
  EXPECT_EQ(FormatTime(*Only().next_due), "2026-11-28T16:00:00.000000Z");
  LookAt("2026-11-28T15:59:59.999999Z");
  EXPECT_THAT(AllChecks(), IsEmpty());
  LookAt("2026-11-28T16:00:00Z");
  ASSERT_EQ(AllChecks().size(), 1u);
  EXPECT_EQ(AllChecks()[0].principal, "schedule:hourly");
  EXPECT_EQ(AllChecks()[0].gate, "release");
  EXPECT_EQ(AllChecks()[0].model, "m");
  Look();
  LookAt("2026-11-28T16:59:00Z");
  EXPECT_EQ(AllChecks().size(), 1u);
  DecideLast();
  const ScheduleStatus status = Only();
  EXPECT_EQ(status.last->state, "PASS");
  EXPECT_EQ(FormatTime(*status.last_due), "2026-11-28T16:00:00.000000Z");
  EXPECT_EQ(FormatTime(*status.next_due), "2026-11-28T17:00:00.000000Z");
  EXPECT_EQ(Sums(), "0 0 0");
  EXPECT_EQ(status.last_error, "");
}

TEST_F(ScheduleTest, OfWhatWasMissedTheNewestIsMadeUp) {
  LookAt("2026-11-28T15:10:00Z");
  Restart();
  LookAt("2026-11-29T03:30:00Z");
  EXPECT_EQ(AllChecks().size(), 1u);
  EXPECT_EQ(DueOfLast(), "2026-11-29T03:00");
  EXPECT_EQ(Sums(), "11 0 0");
  DecideLast();
  LookAt("2026-11-29T04:00:00Z");
  EXPECT_EQ(AllChecks().size(), 2u);
  EXPECT_EQ(Sums(), "11 0 0");
}

TEST_F(ScheduleTest, AnOpenCheckIsNotOvertaken) {
  is_open_ = false;
  LookAt("2026-11-28T15:10:00Z");
  LookAt("2026-11-28T16:00:00Z");
  LookAt("2026-11-28T17:00:00Z");
  Restart();
  LookAt("2026-11-28T18:00:00Z");
  EXPECT_EQ(AllChecks().size(), 1u);
  EXPECT_EQ(DueOfLast(), "2026-11-28T16:00");
  EXPECT_EQ(Only().last->state, "PENDING");
  EXPECT_EQ(Sums(), "0 2 0");
  is_open_ = true;
  Restart();
  DecideLast();
  LookAt("2026-11-28T19:00:00Z");
  EXPECT_EQ(AllChecks().size(), 2u);
  EXPECT_EQ(Sums(), "0 2 0");
}

TEST_F(ScheduleTest, APauseIsNotMadeUp) {
  LookAt("2026-11-28T15:10:00Z");
  Reload(Hourly("paused: true\n"));
  LookAt("2026-11-28T18:30:00Z");
  EXPECT_THAT(AllChecks(), IsEmpty());
  EXPECT_EQ(Only().next_due, std::nullopt);
  Reload(Hourly());
  LookAt("2026-11-28T20:30:00Z");
  EXPECT_THAT(AllChecks(), IsEmpty());
  EXPECT_EQ(FormatTime(*Only().next_due), "2026-11-28T21:00:00.000000Z");
  LookAt("2026-11-28T21:00:00Z");
  EXPECT_EQ(DueOfLast(), "2026-11-28T21:00");
  EXPECT_EQ(Sums(), "0 0 0");
}

TEST_F(ScheduleTest, OtherTimesCountFromWhenTheyAreSeen) {
  LookAt("2026-11-28T15:10:00Z");
  std::string minutely = Hourly();
  minutely.replace(minutely.find("every: 1h"), 9, "cron: \"* * * * *\"");
  Reload(minutely);
  LookAt("2026-11-28T15:40:30Z");
  EXPECT_THAT(AllChecks(), IsEmpty()) << "half an hour of minutes never was due";
  LookAt("2026-11-28T15:41:00Z");
  EXPECT_EQ(DueOfLast(), "2026-11-28T15:41");
  EXPECT_EQ(Sums(), "0 0 0");
}

TEST_F(ScheduleTest, AnotherGateKeepsTheTimes) {
  LookAt("2026-11-28T15:10:00Z");
  std::string both = Hourly();
  both.replace(both.find("release"), 7, "both");
  Reload(both);
  LookAt("2026-11-28T16:00:00Z");
  EXPECT_EQ(Only().last->gate, "both");
}

TEST_F(ScheduleTest, WhatLeftTheCatalogBeginsAnewWhenItComesBack) {
  LookAt("2026-11-28T15:10:00Z");
  Reload(Hourly("", "other"));
  LookAt("2026-11-28T15:50:00Z");
  Reload(Hourly());
  LookAt("2026-11-28T18:30:00Z");
  EXPECT_THAT(AllChecks(), IsEmpty());
  LookAt("2026-11-28T19:00:00Z");
  EXPECT_EQ(DueOfLast(), "2026-11-28T19:00");
}

TEST_F(ScheduleTest, ADueTimeThatWasStoredIsCheckedAfterARestart) {
  LookAt("2026-11-28T15:10:00Z");
  ASSERT_TRUE(work_->store->AppendScheduleFact(DueFact("2026-11-28T16:00:00Z")));
  Restart();
  LookAt("2026-11-28T16:20:00Z");
  Look();
  EXPECT_EQ(AllChecks().size(), 1u);
  EXPECT_EQ(DueOfLast(), "2026-11-28T16:00");
  EXPECT_EQ(Sums(), "0 0 0");
}

TEST_F(ScheduleTest, ACheckThatWasMadeAndNotNotedIsFoundAfterARestart) {
  MakeCheckWithoutNote();
  LookAt("2026-11-28T16:20:00Z");
  EXPECT_EQ(AllChecks().size(), 1u);
  EXPECT_EQ(DueOfLast(), "2026-11-28T16:00");
  EXPECT_EQ(Sums(), "0 0 0");
}

TEST_F(ScheduleTest, ACheckThatWasMadeAndNotNotedIsNotMissedWhenALaterOneIsDue) {
  MakeCheckWithoutNote();
  LookAt("2026-11-28T17:20:00Z");
  EXPECT_EQ(AllChecks().size(), 2u);
  EXPECT_EQ(DueOfLast(), "2026-11-28T17:00");
  EXPECT_EQ(Sums(), "0 0 0");
}

TEST_F(ScheduleTest, ACheckThatWasMadeAndNotNotedIsNotOvertaken) {
  is_open_ = false;
  MakeCheckWithoutNote();
  LookAt("2026-11-28T17:20:00Z");
  EXPECT_EQ(AllChecks().size(), 1u);
  EXPECT_EQ(DueOfLast(), "2026-11-28T16:00");
  EXPECT_EQ(Sums(), "0 1 0");
}

TEST_F(ScheduleTest, ADueTimeThatWasStoredAndOvertakenIsMissed) {
  LookAt("2026-11-28T15:10:00Z");
  ASSERT_TRUE(work_->store->AppendScheduleFact(DueFact("2026-11-28T16:00:00Z")));
  Restart();
  LookAt("2026-11-28T18:20:00Z");
  EXPECT_EQ(AllChecks().size(), 1u);
  EXPECT_EQ(DueOfLast(), "2026-11-28T18:00");
  EXPECT_EQ(Sums(), "2 0 0");
}

TEST_F(ScheduleTest, AClockThatIsSetBackStartsNothingTwice) {
  LookAt("2026-11-28T15:10:00Z");
  LookAt("2026-11-28T16:00:00Z");
  DecideLast();
  LookAt("2026-11-28T17:00:00Z");
  DecideLast();
  for (const char* time : {"2026-11-28T15:30:00Z", "2026-11-28T16:00:00Z", "2026-11-28T16:30:00Z"}) LookAt(time);
  EXPECT_EQ(AllChecks().size(), 2u);
  EXPECT_EQ(FormatTime(*Only().next_due), "2026-11-28T17:00:00.000000Z");
  Restart();
  LookAt("2026-11-28T17:00:00Z");
  Look();
  EXPECT_EQ(AllChecks().size(), 2u);
  LookAt("2026-11-28T18:00:00Z");
  EXPECT_EQ(AllChecks().size(), 3u);
  EXPECT_EQ(DueOfLast(), "2026-11-28T18:00");
  EXPECT_EQ(Sums(), "0 0 0");
}

TEST_F(ScheduleTest, AClockThatWasFarAheadStopsNothing) {
  LookAt("2026-11-28T15:10:00Z");
  LookAt("2027-11-28T16:00:00Z");
  DecideLast();
  EXPECT_EQ(DueOfLast(), "2027-11-28T16:00");
  LookAt("2026-11-28T15:20:00Z");
  LookAt("2026-11-28T16:00:00Z");
  EXPECT_EQ(AllChecks().size(), 2u);
  EXPECT_EQ(DueOfLast(), "2026-11-28T16:00");
}

TEST_F(ScheduleTest, WhatCannotBeCheckedIsShownAndTriedAtTheNextDueTime) {
  Reload("kind: Schedule\nname: hourly\ngate: release\ncandidate: {model: m, version: \"2\"}\nevery: 1h\n---\n" +
         Hourly("", "sound"));
  LookAt("2026-11-28T15:10:00Z");
  LookAt("2026-11-28T16:00:00Z");
  EXPECT_EQ(Sums(), "0 0 1");
  EXPECT_EQ(Only().last_error, "Model \"m@2\" is not stored; registered are m@1");
  EXPECT_EQ(FormatTime(*Only().last_error_at), "2026-11-28T16:00:00.000000Z");
  EXPECT_EQ(Only().last, std::nullopt);
  EXPECT_EQ(Only("sound").last_error, "");
  EXPECT_TRUE(Only("sound").last) << "the others go on";
  Look();
  EXPECT_EQ(Sums(), "0 0 1") << "once for each due time";
  Restart();
  EXPECT_THAT(Only().last_error, HasSubstr("is not stored"));
  work_->Decided(Only("sound").last->id);
  Reload(Hourly() + "---\n" + Hourly("", "sound"));
  LookAt("2026-11-28T17:00:00Z");
  EXPECT_EQ(DueOfLast(), "2026-11-28T17:00");
  EXPECT_EQ(Only().last_error, "");
  EXPECT_EQ(Sums(), "0 0 1");
}

TEST_F(ScheduleTest, AStoreThatDoesNotAnswerLosesNoDueTime) {
  UnreachableGates gates(work_->checks, 2);
  Reload(Hourly("", "a") + "---\n" + Hourly("", "b"));
  MakeSchedules(8, &gates);
  LookAt("2026-11-28T15:10:00Z");
  clock_.Set("2026-11-28T16:00:00Z");
  const Status looked = work_->Wait(schedules_->Look());
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().message, "the store does not answer");
  EXPECT_THAT(AllChecks(), IsEmpty());
  EXPECT_EQ(Sums("a") + ", " + Sums("b"), "0 0 0, 0 0 0") << "both were tried, and neither has failed";
  LookAt("2026-11-28T16:00:02Z");
  EXPECT_EQ(AllChecks().size(), 2u);
  EXPECT_EQ(FormatTime(*Only("a").last_due), "2026-11-28T16:00:00.000000Z");
  EXPECT_EQ(FormatTime(*Only("b").last_due), "2026-11-28T16:00:00.000000Z");
  schedules_.reset();
}

TEST_F(ScheduleTest, AStageIsThatOfTheMoment) {
  std::string of_stage = Hourly();
  of_stage.replace(of_stage.find("{model: m}"), 10, "{model: m, stage: production}");
  Reload(of_stage);
  LookAt("2026-11-28T15:10:00Z");
  LookAt("2026-11-28T16:00:00Z");
  EXPECT_THAT(Only().last_error, HasSubstr("production"));
  ASSERT_TRUE(work_->Wait(work_->models.PromoteModel(work_->caller, "m", "1", "production")));
  LookAt("2026-11-28T17:00:00Z");
  EXPECT_EQ(Only().last_error, "");
  EXPECT_EQ(Only().last->model_label, "1");
}

TEST_F(ScheduleTest, WhatIsDueBeyondTheBoundWaits) {
  is_open_ = false;
  Reload(Hourly("", "a") + "---\n" + Hourly("", "b"));
  MakeSchedules(1);
  LookAt("2026-11-28T15:10:00Z");
  LookAt("2026-11-28T16:00:00Z");
  EXPECT_TRUE(Only("a").last);
  EXPECT_FALSE(Only("b").last);
  is_open_ = true;
  Restart(1);
  work_->Decided(Only("a").last->id);
  LookAt("2026-11-28T16:05:00Z");
  ASSERT_TRUE(Only("b").last);
  EXPECT_EQ(FormatTime(*Only("b").last_due), "2026-11-28T16:00:00.000000Z");
  EXPECT_EQ(Sums("b"), "0 0 0");
}

TEST_F(ScheduleTest, MetricsSayWhenItHasStartedAndEnded) {
  LookAt("2026-11-28T15:10:00Z");
  const std::string before = work_->telemetry.Expose();
  EXPECT_THAT(before, HasSubstr("assay_schedule_period_seconds{schedule=\"hourly\"} 3600\n"));
  EXPECT_THAT(before, HasSubstr("assay_schedule_last_end_timestamp_seconds{schedule=\"hourly\"} 1795878600\n"));
  EXPECT_THAT(before, HasSubstr("assay_schedule_missed_total{schedule=\"hourly\"} 0\n"));
  EXPECT_THAT(before, ::testing::Not(HasSubstr("assay_schedule_last_start_timestamp_seconds{")));
  LookAt("2026-11-28T17:00:00Z");
  DecideLast();
  Look();
  const std::string after = work_->telemetry.Expose();
  EXPECT_THAT(after, HasSubstr("assay_schedule_last_start_timestamp_seconds{schedule=\"hourly\"} 1795885200\n"));
  EXPECT_THAT(after, HasSubstr("assay_schedule_last_end_timestamp_seconds{schedule=\"hourly\"} 1795885200\n"));
  EXPECT_THAT(after, HasSubstr("assay_schedule_next_due_timestamp_seconds{schedule=\"hourly\"} 1795888800\n"));
  EXPECT_THAT(after, HasSubstr("assay_schedule_missed_total{schedule=\"hourly\"} 1\n"));
  EXPECT_THAT(after, HasSubstr("assay_schedule_skipped_total{schedule=\"hourly\"} 0\n"));
  EXPECT_THAT(after, HasSubstr("assay_schedule_errors_total{schedule=\"hourly\"} 0\n"));
  Reload(Hourly("paused: true\n"));
  Look();
  EXPECT_THAT(work_->telemetry.Expose(), ::testing::Not(HasSubstr("assay_schedule_last_end_timestamp_seconds{")));
  Reload("");
  Look();
  EXPECT_THAT(work_->telemetry.Expose(), ::testing::Not(HasSubstr("schedule=\"hourly\"")));
}

TEST_F(ScheduleTest, OtherProjectsHaveNone) {
  const Caller elsewhere{.principal = "tester", .project = "elsewhere"};
  EXPECT_THAT(*work_->Wait(schedules_->ListSchedules(elsewhere)), IsEmpty());
}

TEST_F(ScheduleTest, ItLooksWhenItIsWokenAndEndsWhenItIsStopped) {
  schedules_->Start();
  const auto is_seen = [&] { return !(*work_->store->ListNewestScheduleFacts(kDefaultProject)).empty(); };
  ASSERT_TRUE(Eventually(is_seen));
  clock_.Set("2026-11-28T16:00:00Z");
  schedules_->Wake();
  ASSERT_TRUE(Eventually([&] { return Only().last.has_value(); }));
  const std::string check = Only().last->id;
  work_->Decided(check);
  clock_.Set("2026-11-28T17:00:00Z");
  schedules_->CheckEnded("another check");
  schedules_->CheckEnded(check);
  ASSERT_TRUE(Eventually([&] { return Only().last->id != check; }));
  schedules_->Stop();
}

// docs/decisions/0045: a schedule asks as anybody does. Without a rule on the age of answers that is no draw.
TEST_F(ScheduleTest, AnUnchangedCandidateIsAskedOnce) {
  LookAt("2026-11-28T15:10:00Z");
  LookAt("2026-11-28T16:00:00Z");
  DecideLast();
  LookAt("2026-11-28T17:00:00Z");
  DecideLast();
  EXPECT_EQ(AllChecks().size(), 2u) << "a record of each asking";
  EXPECT_EQ(work_->AllRuns().size(), 1u) << "on the same answers";
}

// With such a rule each draw after a FAIL is an attempt, or a schedule would be a way to ask until a gate passes.
TEST_F(ScheduleTest, WhatItDrawsAfterAFailIsAnAttempt) {
  answer_ = "no";
  files_.Write("catalog/recent.yaml",
               "kind: Gate\nname: recent\nsuites: [s]\nrules:\n"
               "  - {name: some, grader: answer, zero_failures: {max_rate: 0.9}}\n"
               "  - {name: recent, freshness: {max_age: 30m}}\n");
  std::string recent = Hourly();
  recent.replace(recent.find("release"), 7, "recent");
  Reload(recent);
  LookAt("2026-11-28T15:10:00Z");
  std::vector<std::int64_t> attempts;
  for (const char* due : {"2026-11-28T16:00:00Z", "2026-11-28T17:00:00Z", "2026-11-28T18:00:00Z"}) {
    LookAt(due);
    attempts.push_back(work_->Decided(Only().last->id).verdict->verdict.attempt);
  }
  EXPECT_THAT(attempts, ElementsAre(1, 2, 3));
  EXPECT_EQ(Only().last->state, "FAIL");
  EXPECT_EQ(work_->AllRuns().size(), 3u);
}

}  // namespace
}  // namespace assay
