// What operators and machines do to a daemon: signals at bad moments, restarts, many callers at once, on both stores.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <thread>

#include "tests/integration/assay_stack.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/postgres_cluster.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

enum class StoreKind { kSqlite, kPostgres };

class Operations : public ::testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override {
    if (GetParam() == StoreKind::kSqlite) return;
    if (!PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
    store_ = PostgresCluster::Shared().CreateDatabase();
  }

  // `cases` questions "0", "1", …; every answer contains its question, unless `answers_` is false: then none comes.
  void Serve(int cases, const std::string& suite_options = "", const std::string& drain_grace = "1s") {
    std::string rows;
    for (int i = 0; i < cases; ++i)
      rows += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"" + std::to_string(i) + "\"}\n";
    files_.Write("catalog/cases.jsonl", rows);
    WriteSuite("s", suite_options);
    WriteSuite("t", suite_options);
    files_.Write("catalog/gates.yaml",
                 "kind: Gate\nname: release\nsuites: [s]\nrules: [{name: floor, grader: answer, at_least: 0.1}]\n---\n"
                 "kind: Gate\nname: both\nsuites: [s, t]\nrules: [{name: floor, grader: answer, at_least: 0.1}]\n---\n"
                 "kind: Gate\nname: patient\nsuites: [s]\ntimeout: 1500ms\nrules: [{name: floor, grader: answer, "
                 "at_least: 0.1}]\n");
    files_.Write("catalog/model.yaml",
                 "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, "
                 "limits: {concurrency: 8}, url: \"" +
                     stub_.url() + "/v1\"}\n");
    const auto config = files_.Write("assayd.yaml", "limits: {drain_grace: " + drain_grace + "}\nlog: {level: info}\n");
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog",
                                          std::vector<std::string>{"--config", config.string()}, store_);
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }
  void WriteSuite(const std::string& name, const std::string& options) {
    files_.Write("catalog/" + name + ".yaml",
                 "kind: Suite\nname: " + name + "\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"" + name +
                     " {{question}}\"}]\n" + options + "graders: [{name: answer, type: contains, value: \"yes\"}]\n");
  }
  ProgramEnd Check(const std::string& gate, const std::string& timeout) {
    return stack_->Assay({"gate", "check", gate, "--candidate", "m@1", "--timeout", timeout});
  }
  Json Runs() { return stack_->AssayJson({"run", "list"}); }
  int PendingChecks() {
    const std::string metrics = stack_->Get("/metrics");
    const std::string series = "assay_gate_checks_total{gate=\"release\",state=\"PENDING\"} ";
    const auto found = metrics.find(series);
    return found == std::string::npos ? 0 : std::stoi(metrics.substr(found + series.size()));
  }
  std::int64_t Count(const std::string& run, const std::string& word) {
    const Json shown = stack_->AssayJson({"run", "show", run});
    return shown.is_object() ? shown.Find("counts")->Find(word)->as_integer() : -1;
  }

  std::atomic<bool> answers_ = true;
  TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest&, int) {
    StubReply reply = ChatAnswer("yes");
    if (!answers_) reply.fault = StubReply::Fault::kNever;
    return reply;
  }};
  std::string store_;
  std::unique_ptr<AssayStack> stack_;
};

INSTANTIATE_TEST_SUITE_P(Stores, Operations, ::testing::Values(StoreKind::kSqlite, StoreKind::kPostgres),
                         [](const auto& kind) { return kind.param == StoreKind::kSqlite ? "Sqlite" : "Postgres"; });

TEST_P(Operations, AGateOverTwoSuitesWithTrialsCountsEveryTrial) {
  Serve(20, "trials: 3\n");
  const ProgramEnd end = Check("both", "50s");
  EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
  const Json runs = Runs();
  ASSERT_EQ(runs.as_array().size(), 2u);
  for (const Json& run : runs.as_array()) {
    EXPECT_EQ(Count(run.Find("id")->as_string(), "scheduled"), 60);
    EXPECT_EQ(Count(run.Find("id")->as_string(), "scored"), 60);
  }
  EXPECT_EQ(stub_.requests(), 120);
}

// A pipeline that says nothing waits for as long as the gate has it wait, and is told that the check goes on.
TEST_P(Operations, AGateSaysHowLongItIsWaitedFor) {
  Serve(20);
  answers_ = false;
  const ProgramEnd pending = stack_->Assay({"gate", "check", "patient", "--candidate", "m@1"});
  EXPECT_EQ(pending.exit_code, 4) << pending.output << pending.errors;
  EXPECT_THAT(pending.errors, HasSubstr("no verdict within 1s500ms; check "));
  const ProgramEnd told = Check("patient", "100ms");
  EXPECT_EQ(told.exit_code, 4) << told.output << told.errors;
  EXPECT_THAT(told.errors, HasSubstr("no verdict within 100ms; check "));
}

// Two cases of each, since one tells nothing. Slices of numbers are their text, and what is null has no value, as in
// the daemon.
TEST_P(Operations, APlanAndACheckHaveTheSameSlices) {
  Serve(1);
  files_.Write("catalog/cases.jsonl",
               "{\"id\":\"a\",\"question\":\"0\",\"kind\":1}\n{\"id\":\"b\",\"question\":\"1\",\"kind\":null}\n"
               "{\"id\":\"c\",\"question\":\"2\",\"kind\":\"1\"}\n{\"id\":\"d\",\"question\":\"3\",\"kind\":true}\n"
               "{\"id\":\"e\",\"question\":\"4\",\"kind\":null}\n{\"id\":\"f\",\"question\":\"5\",\"kind\":true}\n");
  WriteSuite("s", "slices: [kind]\n");
  files_.Write(
      "catalog/sliced.yaml",
      "kind: Gate\nname: sliced\nsuites: [s]\nrules: [{name: floor, grader: answer, at_least: 0.01, by: kind}]\n");
  const auto slices = [](const Json& rules) {
    std::vector<std::string> values;
    for (const Json& part : rules.as_array().at(0).Find("parts")->as_array())
      values.push_back(part.Find("slice_value")->as_string());
    std::ranges::sort(values);
    return values;
  };
  const Json plan = stack_->AssayJson({"plan", "sliced", (files_.path() / "catalog").string()});
  ASSERT_TRUE(plan.is_object());
  const std::vector<std::string> planned = slices(*plan.Find("rules"));
  EXPECT_THAT(planned, ::testing::ElementsAre("", "1", "true"));
  ASSERT_TRUE(Eventually([&] {
    return stack_->Assay({"gate", "check", "sliced", "--candidate", "m@1", "--timeout", "50s"}).exit_code == 0;
  }));
  const Json check = stack_->AssayJson({"gate", "check", "sliced", "--candidate", "m@1", "--timeout", "50s"});
  ASSERT_TRUE(check.is_object());
  EXPECT_EQ(slices(*check.Find("verdict")->Find("rules")), planned);
}

TEST_P(Operations, ADaemonThatIsToldToStopEndsCleanlyAndItsNextStartGoesOn) {
  Serve(200);
  answers_ = false;
  const Json started = stack_->AssayJson({"run", "start", "--suite", "s", "--model", "m@1"});
  ASSERT_TRUE(started.is_object());
  const std::string run = started.Find("id")->as_string();
  ASSERT_TRUE(Eventually([&] { return stub_.in_flight() == 8; }));
  EXPECT_EQ(stack_->daemon().End(SIGTERM), 0);
  EXPECT_THAT(stack_->daemon().errors(), HasSubstr("run goes on after the next start"));
  answers_ = true;
  ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  EXPECT_EQ(stack_->Assay({"run", "watch", run}).exit_code, 0);
  EXPECT_EQ(Count(run, "scored"), 200);
}

TEST_P(Operations, ASecondSignalEndsTheDaemonAtOnce) {
  Serve(200, "", "1h");
  answers_ = false;
  ASSERT_TRUE(stack_->AssayJson({"run", "start", "--suite", "s", "--model", "m@1"}).is_object());
  ASSERT_TRUE(Eventually([&] { return stub_.in_flight() == 8; }));
  stack_->daemon().Signal(SIGTERM);
  ASSERT_TRUE(Eventually([&] { return stack_->daemon().errors().find("assayd stops") != std::string::npos; }));
  EXPECT_EQ(stack_->daemon().End(SIGTERM), 128 + SIGTERM);
}

TEST_P(Operations, ThoseWhoWaitDoNotNoticeARestart) {
  Serve(200);
  answers_ = false;
  ProgramEnd gate;
  ProgramEnd run;
  const Json started = stack_->AssayJson({"run", "start", "--suite", "s", "--model", "m@1"});
  ASSERT_TRUE(started.is_object());
  std::jthread pipeline([&] { gate = Check("release", "50s"); });
  std::jthread watcher([&] { run = stack_->Assay({"run", "watch", started.Find("id")->as_string()}); });
  ASSERT_TRUE(Eventually([&] { return stub_.in_flight() == 8 && PendingChecks() == 1; }));
  EXPECT_EQ(stack_->daemon().End(SIGTERM), 0);
  answers_ = true;
  ASSERT_TRUE(stack_->StartOnTheSamePorts()) << stack_->daemon().errors();
  pipeline.join();
  watcher.join();
  EXPECT_EQ(gate.exit_code, 0) << gate.output << gate.errors;
  EXPECT_EQ(run.exit_code, 0) << run.output << run.errors;
  EXPECT_EQ(Runs().as_array().size(), 1u);
}

// The moments between the store of a check and the end of its dataset's snapshot.
TEST_P(Operations, ADatasetThatIsBeingReadDelaysNeitherTheAnswerNorTheEndOfTheDaemon) {
  Serve(150'000);
  answers_ = false;
  const ProgramEnd pending = Check("release", "0s");
  EXPECT_EQ(pending.exit_code, 4) << pending.output << pending.errors;
  EXPECT_THAT(pending.output, StartsWith("PENDING  gate release"));
  EXPECT_EQ(stub_.requests(), 0);
  EXPECT_EQ(stack_->daemon().End(SIGTERM), 0);
  EXPECT_EQ(stub_.requests(), 0);
  ASSERT_TRUE(stack_->Start());
  stack_->daemon().End(SIGKILL);  // again before its end, without a warning
  ASSERT_TRUE(stack_->Start());
  Json runs;
  ASSERT_TRUE(Eventually([&] {
    runs = Runs();
    return runs.is_array() && runs.as_array().size() == 1;
  }));
  const std::string run = runs.as_array().at(0).Find("id")->as_string();
  EXPECT_EQ(Count(run, "scheduled"), 150'000);
  EXPECT_EQ(stack_->Assay({"run", "cancel", run}).exit_code, 0);
  const ProgramEnd end = Check("release", "0s");
  EXPECT_EQ(end.exit_code, 4) << "a cancelled run is not reused" << end.output;
}

TEST_P(Operations, ASecondDaemonOnTheSameStoreDoesNotStart) {
  Serve(1);
  const ProgramEnd second =
      RunProgram("assayd", {"--catalog", (files_.path() / "catalog").string(), "--store", stack_->store(),
                            "--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.errors, HasSubstr("assayd: store: another assayd uses the store "));
}

// PostgreSQL's files are written by another process.
class SqliteOperations : public Operations {};
INSTANTIATE_TEST_SUITE_P(Stores, SqliteOperations, ::testing::Values(StoreKind::kSqlite));

// A disk that is full, or a quota: the kernel refuses every write to a file.
TEST_P(SqliteOperations, AStoreThatRefusesWritesIsNotReadyAndCallersAreToldWhy) {
  Serve(1);
  const auto model = files_.Write("other.yaml",
                                  "kind: Model\nname: other\nversion: \"1\"\nendpoint: {provider: openai-chat, "
                                  "model: m, url: \"" +
                                      stub_.url() + "/v1\"}\n");
  ASSERT_THAT(stack_->Get("/readyz"), HasSubstr("\r\n\r\nready\n"));
  const rlimit nothing{0, RLIM_INFINITY};
  ASSERT_EQ(prlimit(stack_->daemon().process(), RLIMIT_FSIZE, &nothing, nullptr), 0);
  const ProgramEnd refused = stack_->Assay({"model", "register", model.string()});
  EXPECT_EQ(refused.exit_code, 3);
  EXPECT_EQ(refused.errors, "assay: assayd cannot do it now: sqlite: disk I/O error\n");
  ASSERT_TRUE(Eventually([&] { return stack_->Get("/readyz").find(" 503 ") != std::string::npos; }));
  EXPECT_THAT(stack_->Get("/readyz"), HasSubstr("the store does not work: sqlite: disk I/O error\n"));
  EXPECT_THAT(stack_->Get("/healthz"), HasSubstr("200"));
  const rlimit everything{RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(prlimit(stack_->daemon().process(), RLIMIT_FSIZE, &everything, nullptr), 0);
  EXPECT_TRUE(Eventually([&] { return stack_->Get("/readyz").find("\r\n\r\nready\n") != std::string::npos; }));
  EXPECT_EQ(stack_->Assay({"model", "register", model.string()}).exit_code, 0);
}

TEST_P(Operations, ReloadsInThickAndFastDoNotDisturbAGate) {
  Serve(400);
  ProgramEnd checked;
  std::jthread caller([&] { checked = Check("both", "50s"); });
  for (int i = 0; i < 60; ++i) {
    WriteSuite("s", i % 2 == 0 ? "trials: 2\n" : "");
    stack_->daemon().Signal(SIGHUP);
    ASSERT_THAT(stack_->Get("/healthz"), HasSubstr("200"));
  }
  caller.join();
  EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.errors;
  EXPECT_EQ(stack_->daemon().End(SIGTERM), 0);
}

TEST_P(Operations, TwentyPipelinesAtOnceGetTheSameVerdictFromOneRun) {
  Serve(100);
  std::vector<int> codes(20, -1);
  std::vector<std::jthread> pipelines;
  for (int& code : codes) pipelines.emplace_back([this, &code] { code = Check("release", "50s").exit_code; });
  pipelines.clear();
  EXPECT_THAT(codes, ::testing::Each(0));
  EXPECT_EQ(Runs().as_array().size(), 1u);
  EXPECT_EQ(stub_.requests(), 100);
}

TEST_P(Operations, KilledAgainAndAgainARunCountsEveryTrialOnce) {
  Serve(3000, "trials: 2\n");
  const Json started = stack_->AssayJson({"run", "start", "--suite", "s", "--model", "m@1"});
  ASSERT_TRUE(started.is_object());
  const std::string run = started.Find("id")->as_string();
  for (int kill = 1; kill <= 5; ++kill) {
    const int before = stub_.requests();
    ASSERT_TRUE(Eventually([&] { return stub_.requests() >= std::min(before + 400 * kill, 6000); }));
    stack_->daemon().End(SIGKILL);
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }
  EXPECT_EQ(stack_->Assay({"run", "watch", run}).exit_code, 0);
  EXPECT_EQ(Count(run, "scored"), 6000);
  EXPECT_EQ(Count(run, "outstanding"), 0);
}

}  // namespace
}  // namespace assay::testing
