#include "tests/daemon/daemon_work.h"

#include <gtest/gtest.h>

#include <future>

#include "core/identifier.h"
#include "daemon/store/review_store.h"
#include "daemon/store/sql.h"

namespace assay::testing {

namespace {

using std::chrono::steady_clock;

// A test that waits as long has failed. Sanitizers on a busy machine are slow.
constexpr std::chrono::minutes kLongest(2);

std::unique_ptr<Store> OpenIn(const TemporaryFolder& files, const std::string& location) {
  auto store = OpenStore(location.empty() ? "sqlite:" + (files.path() / "assay.db").string() : location);
  EXPECT_TRUE(store) << store.error().message;
  if (!store) return nullptr;
  // The same order of cases in each run of a test. What drifts in tests of early looks is no alarm on the first 32
  // cases of this one, and one on the first 63.
  const ReviewRecord order{.kind = "secret", .id = "order_key", .principal = "tests", .body = "\"of tests 375\""};
  const auto put = ReviewStore(**store).PutRecord(order);
  EXPECT_TRUE(put || put.error().code == ErrorCode::kAborted) << put.error().message;
  return *std::move(store);
}

template <class T>
T Expect(Result<T> result) {
  EXPECT_TRUE(result) << result.error().message;
  return result ? *std::move(result) : T{};
}

}  // namespace

DaemonWork::DaemonWork(const TemporaryFolder& files, int active_runs, const Clock& given_clock,
                       const std::string& location, const GraderServices& graders, const SigningKey* signing_key)
    : clock(given_clock),
      store(OpenIn(files, location)),
      writer(
          [this](RunKey run, std::span<const TrialResult> results, std::int64_t position) -> Status {
            if (const Error* error = results_refused) return Fail(*error);
            return store->AppendTrials(run, results, position);
          },
          {.max_rows = 32, .queue = 32, .retry_interval = std::chrono::milliseconds(10)}),
      catalog((files.path() / "catalog").string(), *store, telemetry, clock, blocking.get_executor(),
              std::make_shared<GraderServices>(graders)),
      models(*store, catalog, clock, blocking.get_executor()),
      retention({.store = *store,
                 .loops = loops,
                 .telemetry = telemetry,
                 .clock = clock,
                 .blocking = blocking.get_executor()}),
      runs({.store = *store,
            .writer = writer,
            .loops = loops,
            .endpoints = endpoints,
            .catalog = catalog,
            .models = models,
            .retention = retention,
            .telemetry = telemetry,
            .clock = clock,
            .blocking = blocking.get_executor(),
            .reading = reading.get_executor(),
            .preparing = preparing.get_executor(),
            .cache = &cache,
            .graders = graders,
            .active_runs = active_runs}),
      checks({.store = *store,
              .loops = loops,
              .catalog = catalog,
              .models = models,
              .runs = runs,
              .telemetry = telemetry,
              .clock = clock,
              .blocking = blocking.get_executor(),
              .reading = reading.get_executor(),
              .preparing = preparing.get_executor(),
              .signing_key = signing_key}) {
  const Status loaded = catalog.LoadFirst();
  EXPECT_TRUE(loaded) << loaded.error().message;
}

DaemonWork::~DaemonWork() { Stop(); }

void DaemonWork::Resume() {
  EXPECT_TRUE(runs.Resume());
  EXPECT_TRUE(checks.Resume());
  retention.Start();
}

void DaemonWork::Stop() {
  ReleasePreparing();
  retention.Stop();
  runs.Stop(Duration(0));
  checks.Stop();
  blocking.join();
  reading.join();
  preparing.join();
  loops.Stop();
  writer.Stop();
}

void DaemonWork::HoldPreparing() {
  held_ = std::make_shared<std::promise<void>>();
  boost::asio::post(preparing, [held = held_] { held->get_future().wait(); });
}

void DaemonWork::ReleasePreparing() {
  if (held_ != nullptr) held_->set_value();
  held_ = nullptr;
}

CheckStatus DaemonWork::Check(const std::string& gate, const std::string& candidate, bool fresh) {
  CheckArguments arguments;
  arguments.gate = gate;
  arguments.candidate = candidate;
  arguments.fresh = fresh;
  // As the command line does: without an id the answer may be an earlier check.
  const std::string id = MakeId(SystemClock().Now());
  arguments.request = RequestKey{.method = "CheckGate", .request_id = id, .content_hash = gate + candidate};
  return Expect(Wait(checks.CheckGate(caller, arguments)));
}

CheckStatus DaemonWork::Decided(const std::string& check) {
  return Expect(Wait(checks.AwaitVerdict(caller, check, steady_clock::now() + kLongest)));
}

RunRecord DaemonWork::StartRun(const std::string& suite, const std::string& model) {
  StartRunArguments arguments;
  arguments.suite = suite;
  arguments.model = model;
  return Expect(Wait(runs.StartRun(caller, arguments)));
}

RunRecord DaemonWork::Ended(const std::string& run) {
  return Expect(Wait(runs.AwaitEnd(caller.project, run, steady_clock::now() + kLongest)));
}

std::vector<RunRecord> DaemonWork::AllRuns() {
  RunFilter filter;
  filter.project = caller.project;
  return Expect(store->ListRuns(filter, {.token = "", .limit = 100})).items;
}

void EditStore(const TemporaryFolder& files, const std::string& statement) {
  auto sql = Sql::Open({Engine::kSqlite, (files.path() / "assay.db").string()});
  ASSERT_TRUE(sql) << sql.error().message;
  ASSERT_TRUE((*sql)->Begin(Sql::Transaction::kWrite));
  const auto changed = (*sql)->Execute(statement);
  ASSERT_TRUE(changed) << changed.error().message;
  ASSERT_GT(*changed, 0) << statement;
  ASSERT_TRUE((*sql)->Commit());
}

void WriteWorkCatalog(const TemporaryFolder& files, const std::string& url, const std::string& more_of_suite_s) {
  files.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"q\"}\n{\"id\":\"b\",\"question\":\"r\"}\n");
  for (const std::string suite : {"s", "t"}) {
    files.Write("catalog/" + suite + ".yaml",
                "kind: Suite\nname: " + suite + "\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"" + suite +
                    ": {{question}}\"}]\n" + (suite == "s" ? more_of_suite_s : "") +
                    "graders: [{name: answer, type: equals, value: \"yes\"}]\n");
  }
  files.Write("catalog/gates.yaml",
              "kind: Gate\nname: release\nsuites: [s]\nrules: [{name: some, grader: answer, at_least: 0.01}]\n---\n"
              "kind: Gate\nname: both\nsuites: [s, t]\nrules: [{name: some, grader: answer, at_least: 0.01}]\n");
  files.Write("catalog/model.yaml",
              "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, url: \"" +
                  url + "/v1\"}\n");
}

}  // namespace assay::testing
