// Ways in which release gates elsewhere let a candidate through without evidence, where it takes a daemon to show that
// they do not here. tests/gates/fail_open_test.cc has the others.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

class FailOpen : public ::testing::Test {
 protected:
  // 20 cases, of which the endpoint's first five answers are wrong.
  void Serve(const std::string& more_of_suite, const std::string& more_of_endpoint = "") {
    testing::WriteWorkCatalog(files_, stub_.url(), more_of_suite);
    files_.Write("catalog/model.yaml",
                 "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, " +
                     more_of_endpoint + "url: \"" + stub_.url() + "/v1\"}\n");
    std::string cases;
    for (int i = 0; i < 20; ++i) {
      const std::string number = std::to_string(i);
      cases += "{\"id\":\"c" + number + "\",\"question\":\"q" + number + "\"}\n";
    }
    files_.Write("catalog/cases.jsonl", cases);
    files_.Write("catalog/gates.yaml",
                 "kind: Gate\nname: release\nsuites: [s]\nrules: [{name: most, grader: answer, at_least: 0.85}]\n");
    work_ = std::make_unique<DaemonWork>(files_);
  }

  testing::TemporaryFolder files_;
  // What stands for all answers instead, if anything.
  std::optional<StubReply> replied_;
  HttpStub stub_{[this](const StubRequest&, int index) {
    if (replied_) return *replied_;
    StubReply reply = testing::ChatAnswer(index < 5 ? "no" : "yes");
    const std::string whole = "\"finish_reason\":\"stop\"";
    const std::size_t at = reply.body.find(whole);
    if (index < 5 && at != std::string::npos) reply.body.replace(at, whole.size(), "\"finish_reason\":\"length\"");
    return reply;
  }};
  std::unique_ptr<DaemonWork> work_;
};

// Only the failures are judged again, and the best of each counts. Neither a retry nor the cache of responses does
// that.
TEST_F(FailOpen, AskingAgainOnlyForWhatFailed) {
  Serve("cache: true\n");
  const CheckStatus first = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_NE(first.check.state, "PASS");
  EXPECT_EQ(first.runs.at(0).run.counts.scored, 20);
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, first.runs.at(0).run.id, {}));
  ASSERT_FALSE(retry);
  EXPECT_THAT(retry.error().message, HasSubstr("has nothing to ask for again: every trial was answered"));
  RunRecord again;
  ASSERT_TRUE(testing::Eventually([&] {
    again = work_->Ended(work_->StartRun("s", "m@1").id);
    return again.answers_cached == 20;
  }));
  int wrong = 0;
  const auto trials = work_->store->ReadTrials(again.key, {}, {});
  ASSERT_TRUE(trials);
  for (const StoredTrial& trial : trials->items) wrong += trial.result.response->text == "no" ? 1 : 0;
  EXPECT_EQ(wrong, 5) << "what was cut off is an answer";
}

// #3. Accepted, and still running, is a pass. Here it is no answer, whatever text is sent along.
TEST_F(FailOpen, AnAnswerThatIsOnlyAccepted) {
  replied_ = testing::ChatAnswer("yes");
  replied_->status = 202;
  Serve("");
  const CheckStatus check = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(check.check.state, "ERROR");
  EXPECT_EQ(check.runs.at(0).run.counts.error, 20);
  EXPECT_EQ(check.runs.at(0).run.counts.scored, 0);
  const auto trials = work_->store->ReadTrials(check.runs.at(0).run.key, {}, {});
  ASSERT_TRUE(trials);
  EXPECT_THAT(trials->items.at(0).result.error, HasSubstr("answered 202 instead of 200: that is no whole answer"));
}

// And what comes later than one waits for comes too late: it is no result afterwards either.
TEST_F(FailOpen, AnAnswerThatComesLate) {
  replied_ = testing::ChatAnswer("yes");
  replied_->delay = std::chrono::milliseconds(500);
  Serve("", "timeout: 50ms, ");
  const CheckStatus check = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(check.check.state, "ERROR");
  ASSERT_TRUE(testing::Eventually([&] { return stub_.in_flight() == 0; })) << "all answers are sent by now";
  const auto after = work_->Wait(work_->checks.GetCheck(work_->caller, check.check.id));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->check.state, "ERROR");
  EXPECT_EQ(after->runs.at(0).run.counts.error, 20);
  EXPECT_EQ(after->runs.at(0).run.counts.scored, 0);
}

// Once it can be read, however often it cannot.
class ThrowingClock : public Clock {
 public:
  explicit ThrowingClock(int throws_after) : throws_after_(throws_after) {}
  Time Now() const override {
    const int call = calls_++;
    if (call >= throws_after_ && call < throws_after_ + 2) throw std::runtime_error("thrown while deciding");
    return SystemClock().Now();
  }

 private:
  const int throws_after_;
  mutable std::atomic<int> calls_ = 0;
};

// A handler that throws approves.
TEST_F(FailOpen, AnExceptionWhileDeciding) {
  Serve("");
  for (int i = 0; i < 2; ++i) work_->Ended(work_->StartRun("s", "m@1").id);  // the second is all right
  constexpr int kCallsOfMaking = 2;                                          // when the check is stored
  const ThrowingClock clock(kCallsOfMaking);
  Checks checks({.store = *work_->store,
                 .loops = work_->loops,
                 .catalog = work_->catalog,
                 .models = work_->models,
                 .runs = work_->runs,
                 .telemetry = work_->telemetry,
                 .clock = clock,
                 .blocking = work_->blocking.get_executor(),
                 .reading = work_->reading.get_executor(),
                 .preparing = work_->preparing.get_executor()});
  CheckArguments arguments;
  arguments.gate = "release";
  arguments.candidate = "m@1";
  const auto made = work_->Wait(checks.CheckGate(work_->caller, arguments));
  ASSERT_TRUE(made) << made.error().message;
  const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(2);
  const auto decided = work_->Wait(checks.AwaitVerdict(work_->caller, made->check.id, until));
  ASSERT_TRUE(decided) << decided.error().message;
  EXPECT_EQ(decided->check.state, "ERROR");
  EXPECT_THAT(decided->reason, HasSubstr("thrown while deciding"));
  checks.Stop();
}

// What a rule reads is not what it was: no rule is left out, the whole is an error.
TEST_F(FailOpen, EvidenceThatCannotBeRead) {
  Serve("");
  const RunRecord run = work_->Ended(work_->StartRun("s", "m@1").id);
  testing::EditStore(files_, "UPDATE run SET trials = 0 WHERE id = '" + run.id + "'");
  const CheckStatus check = work_->Decided(work_->Check("release", "m@1").check.id);
  EXPECT_EQ(check.check.state, "ERROR");
  EXPECT_THAT(check.reason, HasSubstr("the verdict could not be computed: 0 trials"));
}

}  // namespace
}  // namespace assay
