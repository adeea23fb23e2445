// What a run survives: ends of the daemon at any instant, a disk without room, a database that restarts. Afterwards
// every trial is stored once, and no answer that was stored has been asked for again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <fstream>
#include <thread>

#include "core/random.h"
#include "daemon/store/store.h"
#include "tests/integration/assay_stack.h"
#include "tests/testing/await.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/postgres_cluster.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;

class RunUnderFaults {
 public:
  struct Options {
    int cases = 40;
    int trials = 2;
    std::string store = "";  // "": SQLite in a folder of its own
    std::string drain_grace = "5s";
    std::chrono::milliseconds latency{0};
  };

  explicit RunUnderFaults(const Options& options) : options_(options), asked_(options.cases) {
    std::string rows;
    for (int i = 0; i < options.cases; ++i) {
      rows += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"<" + std::to_string(i) + ">\"}\n";
    }
    files_.Write("catalog/cases.jsonl", rows);
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "trials: " +
                     std::to_string(options.trials) + "\ngraders: [{name: answer, type: contains, value: \"yes\"}]\n");
    files_.Write("catalog/model.yaml",
                 "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, "
                 "limits: {concurrency: 8}, url: \"" +
                     stub_.url() + "/v1\"}\n");
    const auto config = files_.Write("assayd.yaml", "limits: {drain_grace: " + options.drain_grace + "}\n");
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog",
                                          std::vector<std::string>{"--config", config.string()}, options.store);
  }

  AssayStack& stack() { return *stack_; }
  Server& daemon() { return stack_->daemon(); }
  int requests() const { return stub_.requests(); }
  int trials() const { return options_.cases * options_.trials; }

  [[nodiscard]] bool StartDaemon() { return stack_->Start(); }
  void StartRun() {
    const Json started = stack_->AssayJson({"run", "start", "--suite", "s", "--model", "m@1"});
    ASSERT_TRUE(started.is_object()) << daemon().errors();
    run_ = started.Find("id")->as_string();
  }
  [[nodiscard]] bool HasAsked(int requests) {
    return Eventually([&] { return stub_.requests() >= requests; });
  }
  // Counts begin anew.
  void ForgetRequests() {
    for (std::atomic<int>& count : asked_) count = 0;
  }
  int asked(int ordinal) const { return asked_[static_cast<std::size_t>(ordinal)]; }

  // Of each case, by ordinal. Not while a daemon writes.
  std::vector<int> StoredTrials() const {
    std::vector<int> stored(static_cast<std::size_t>(options_.cases), 0);
    const auto store = OpenStore(stack_->store());
    EXPECT_TRUE(store) << store.error().message;
    const auto run = (*store)->GetRun("default", run_);
    EXPECT_TRUE(run) << run.error().message;
    const Status read = (*store)->ReadTrialColumns(
        run->key, [&](const TrialColumns& trial) { ++stored[static_cast<std::size_t>(trial.ordinal)]; });
    EXPECT_TRUE(read) << read.error().message;
    return stored;
  }

  void ExpectCompleteRun() {
    ASSERT_EQ(stack_->Assay({"run", "watch", run_}).exit_code, 0) << daemon().errors();
    const Json shown = stack_->AssayJson({"run", "show", run_});
    ASSERT_TRUE(shown.is_object());
    EXPECT_EQ(shown.Find("counts")->Find("scheduled")->as_integer(), trials());
    EXPECT_EQ(shown.Find("counts")->Find("scored")->as_integer(), trials());
    EXPECT_EQ(shown.Find("counts")->Find("outstanding")->as_integer(), 0);
    const std::string results = stack_->Assay({"run", "results", run_}).output;
    std::set<std::string> seen;
    for (std::size_t at = 0; at < results.size();) {
      const std::size_t end = results.find('\n', at);
      const Json line = Json::Parse(results.substr(at, end - at)).value_or(Json());
      ASSERT_TRUE(line.is_object()) << results.substr(at, end - at);
      EXPECT_EQ(line.Find("status")->as_string(), "scored");
      const bool is_new = seen.insert(line.Find("case_id")->as_string() + "/" + line.Find("trial")->Dump()).second;
      EXPECT_TRUE(is_new) << "counted twice";
      at = end + 1;
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(trials()));
  }

 private:
  StubReply Answer(const StubRequest& request) {
    const std::size_t begin = request.body.find('<');
    ++asked_[static_cast<std::size_t>(std::stoi(request.body.substr(begin + 1)))];
    StubReply reply = ChatAnswer("yes");
    reply.delay = options_.latency;
    return reply;
  }

  const Options options_;
  TemporaryFolder files_;
  std::vector<std::atomic<int>> asked_;  // by ordinal
  HttpStub stub_{[this](const StubRequest& request, int) { return Answer(request); }};
  std::unique_ptr<AssayStack> stack_;
  std::string run_;
};

enum class DurableStore { kSqlite, kPostgres };

class Durability : public ::testing::TestWithParam<DurableStore> {
 protected:
  void SetUp() override {
    if (GetParam() == DurableStore::kSqlite) return;
    if (!PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
    store_ = PostgresCluster::Shared().CreateDatabase();
  }
  std::string store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, Durability, ::testing::Values(DurableStore::kSqlite, DurableStore::kPostgres),
                         [](const auto& kind) { return kind.param == DurableStore::kSqlite ? "Sqlite" : "Postgres"; });

// A share of the seeds, so that no test takes long.
struct Kills {
  const char* name;
  DurableStore store;
  int first_seed;
  int seeds;
};

class KilledAtAnyInstant : public ::testing::TestWithParam<Kills> {};

INSTANTIATE_TEST_SUITE_P(Stores, KilledAtAnyInstant,
                         ::testing::Values(Kills{"Sqlite0", DurableStore::kSqlite, 0, 25},
                                           Kills{"Sqlite25", DurableStore::kSqlite, 25, 25},
                                           Kills{"Sqlite50", DurableStore::kSqlite, 50, 25},
                                           Kills{"Sqlite75", DurableStore::kSqlite, 75, 25},
                                           Kills{"Postgres", DurableStore::kPostgres, 0, 20}),
                         [](const auto& kills) { return kills.param.name; });

// The instant is random: after so many requests, and then within twice the time that results wait for their batch.
TEST_P(KilledAtAnyInstant, ARunCountsEveryTrialOnceAndAsksForNothingThatIsStored) {
  const Kills& kills = GetParam();
  const bool needs_postgres = kills.store == DurableStore::kPostgres;
  if (needs_postgres && !PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
  RunUnderFaults run({.store = needs_postgres ? PostgresCluster::Shared().CreateDatabase() : ""});
  ASSERT_TRUE(run.StartDaemon());
  for (int seed = kills.first_seed; seed < kills.first_seed + kills.seeds && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(static_cast<std::uint64_t>(seed));
    const int before = run.requests();
    run.ForgetRequests();
    ASSERT_NO_FATAL_FAILURE(run.StartRun());
    ASSERT_TRUE(run.HasAsked(before + static_cast<int>(random.Below(static_cast<std::uint64_t>(run.trials() + 1)))));
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(random.Below(100'000));
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    run.daemon().End(SIGKILL);
    const std::vector<int> stored = run.StoredTrials();
    run.ForgetRequests();
    ASSERT_TRUE(run.StartDaemon()) << run.daemon().errors();
    ASSERT_NO_FATAL_FAILURE(run.ExpectCompleteRun());
    for (int ordinal = 0; ordinal < static_cast<int>(stored.size()); ++ordinal) {
      EXPECT_EQ(run.asked(ordinal) + stored[static_cast<std::size_t>(ordinal)], 2) << "case " << ordinal;
    }
  }
}

TEST_P(Durability, ToldToStopUnderLoadTheDaemonStoresWhatWasAnsweredAndAsksForNothingTwice) {
  RunUnderFaults run({.cases = 600, .store = store_, .latency = std::chrono::milliseconds(2)});
  ASSERT_TRUE(run.StartDaemon());
  ASSERT_NO_FATAL_FAILURE(run.StartRun());
  for (int stop = 1; stop <= 5; ++stop) {
    ASSERT_TRUE(run.HasAsked(200 * stop));
    EXPECT_EQ(run.daemon().End(SIGTERM), 0);
    ASSERT_TRUE(run.StartDaemon()) << run.daemon().errors();
  }
  ASSERT_NO_FATAL_FAILURE(run.ExpectCompleteRun());
  EXPECT_EQ(run.requests(), run.trials()) << "what was in flight was waited for, and its answers stored";
}

// The kernel refuses every write to a file, as it does beyond a quota.
TEST(DiskWithoutRoom, ARunPausesAndGoesOnWhenThereIsRoom) {
  RunUnderFaults run({.cases = 600, .latency = std::chrono::milliseconds(2)});
  ASSERT_TRUE(run.StartDaemon());
  ASSERT_NO_FATAL_FAILURE(run.StartRun());
  ASSERT_TRUE(run.HasAsked(300));
  const rlimit nothing{0, RLIM_INFINITY};
  ASSERT_EQ(prlimit(run.daemon().process(), RLIMIT_FSIZE, &nothing, nullptr), 0);
  // The log is a file as well: what tells is that the endpoint is left alone.
  ASSERT_TRUE(Eventually([&] { return run.stack().Get("/readyz").find(" 503 ") != std::string::npos; }));
  const rlimit everything{RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(prlimit(run.daemon().process(), RLIMIT_FSIZE, &everything, nullptr), 0);
  ASSERT_NO_FATAL_FAILURE(run.ExpectCompleteRun());
  EXPECT_EQ(run.requests(), run.trials()) << "what was answered was kept until there was room";
}

// A file system of 24 MB that only this process and the daemon see.
class SmallDisk {
 public:
  SmallDisk() {
    const bool is_apart = unshare(CLONE_NEWNS) == 0 && mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    is_mounted_ = is_apart && mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=24m") == 0;
    if (!is_mounted_) why_not_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (is_mounted_) umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_mounted() const { return is_mounted_; }
  const std::string& why_not() const { return why_not_; }
  std::string store() const { return "sqlite:" + (folder_.path() / "assay.db").string(); }
  void Fill() const {
    std::ofstream ballast(folder_.path() / "ballast");
    const std::string page(4096, 'x');
    while (ballast.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) continue;
  }
  void MakeRoom() const { std::filesystem::remove(folder_.path() / "ballast"); }

 private:
  TemporaryFolder folder_;
  bool is_mounted_ = false;
  std::string why_not_;
};

TEST(DiskWithoutRoom, AFullFileSystemPausesARunWithAWarningAndLosesNothing) {
  const SmallDisk disk;
  if (!disk.is_mounted()) {
    GTEST_SKIP() << "SKIPPED: cannot mount a small file system, which needs root: " << disk.why_not();
  }
  RunUnderFaults run({.cases = 3000, .store = disk.store(), .latency = std::chrono::milliseconds(1)});
  ASSERT_TRUE(run.StartDaemon());
  ASSERT_NO_FATAL_FAILURE(run.StartRun());
  ASSERT_TRUE(run.HasAsked(300));
  disk.Fill();
  const auto has_paused = [&] {
    return run.daemon().errors().find("run pauses: the store does not answer") != std::string::npos;
  };
  ASSERT_TRUE(Eventually(has_paused)) << run.daemon().errors();
  EXPECT_THAT(run.daemon().errors(), HasSubstr("full"));
  const int asked_when_paused = run.requests();
  EXPECT_LT(asked_when_paused, run.trials()) << "a run whose results cannot be stored asks for no more";
  disk.MakeRoom();
  ASSERT_NO_FATAL_FAILURE(run.ExpectCompleteRun());
  EXPECT_EQ(run.requests(), run.trials()) << "nothing was asked for twice";
  EXPECT_EQ(run.daemon().End(SIGTERM), 0);
}

TEST(DatabaseRestart, ARunGoesOnWhenPostgresIsBack) {
  if (!PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
  PostgresCluster cluster;
  RunUnderFaults run({.cases = 2000, .store = cluster.CreateDatabase(), .latency = std::chrono::milliseconds(1)});
  ASSERT_TRUE(run.StartDaemon());
  ASSERT_NO_FATAL_FAILURE(run.StartRun());
  ASSERT_TRUE(run.HasAsked(500));
  cluster.Stop();
  const auto has_noticed = [&] { return run.daemon().errors().find("the store does not work") != std::string::npos; };
  ASSERT_TRUE(Eventually(has_noticed)) << run.daemon().errors();
  EXPECT_LT(run.requests(), run.trials()) << "a run whose results cannot be stored asks for no more";
  cluster.Start();
  ASSERT_NO_FATAL_FAILURE(run.ExpectCompleteRun());
  EXPECT_EQ(run.daemon().End(SIGTERM), 0);
}

}  // namespace
}  // namespace assay::testing
