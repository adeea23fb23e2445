#pragma once
// The working parts of assayd in the test's process, without transports: a real store, real loops and a real HTTP
// client against a scripted endpoint.

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "daemon/checks.h"
#include "daemon/endpoint_telemetry.h"
#include "daemon/retention.h"
#include "daemon/runs.h"
#include "daemon/store_response_cache.h"
#include "runners/http/http_client.h"
#include "tests/testing/await.h"
#include "tests/testing/program.h"

namespace assay::testing {

// Destroyed like a daemon that is told to stop and given no grace; another one on the same files is its next start.
class DaemonWork {
 public:
  // Serves the catalog in `files`/catalog on the store at `location`; "": `files`/assay.db.
  // `clock` outlives it. `graders` may use what is in it, and
  // `signing_key`, if any, outlives it.
  explicit DaemonWork(const TemporaryFolder& files, int active_runs = 4, const Clock& clock = SystemClock(),
                      const std::string& location = "", const GraderServices& graders = {},
                      const SigningKey* signing_key = nullptr);
  ~DaemonWork();

  // What the daemon does at its start. Errors fail the test.
  void Resume();
  void Stop();
  // Keeps whatever prepares runs waiting until it is released.
  void HoldPreparing();
  void ReleasePreparing();

  template <class T>
  T Wait(boost::asio::awaitable<T> coroutine) {
    return Await(loops.executor(0), std::move(coroutine));
  }
  // Shorter forms of the calls. An error fails the test.
  CheckStatus Check(const std::string& gate, const std::string& candidate, bool fresh = false);
  CheckStatus Decided(const std::string& check);  // waits for its verdict, at most two minutes
  RunRecord StartRun(const std::string& suite, const std::string& model);
  RunRecord Ended(const std::string& run);  // waits for its end, at most two minutes
  std::vector<RunRecord> AllRuns();

  const Caller caller{.principal = "tester"};
  const Clock& clock;
  Telemetry telemetry{clock};
  EndpointTelemetry endpoint_telemetry{telemetry};
  std::unique_ptr<Store> store;
  std::atomic<const Error*> results_refused = nullptr;  // by the store, with this error
  ResultWriter writer;
  EventLoops loops{2};
  HttpClient http_client{loops};
  EndpointPool endpoints{http_client, endpoint_telemetry, clock};
  boost::asio::thread_pool blocking{4};
  boost::asio::thread_pool reading{2};
  boost::asio::thread_pool preparing{1};
  ServedCatalog catalog;
  RegisteredModels models;
  Retention retention;  // deletes nothing for its age
  StoreResponseCache cache{*store, blocking.get_executor(), SystemClock(), 1 << 20};
  Runs runs;
  Checks checks;

 private:
  std::shared_ptr<std::promise<void>> held_;
};

// Changes rows of the SQLite store of `files`, as nobody should. A statement that changes none fails the test.
void EditStore(const TemporaryFolder& files, const std::string& statement);

// A catalog of the suites "s" and "t" over cases a and b, the gate "release" over "s", "both" over both, and the model
// m@1 at `url`. Both suites pass when the endpoint answers "yes".
void WriteWorkCatalog(const TemporaryFolder& files, const std::string& url, const std::string& more_of_suite_s = "");

}  // namespace assay::testing
