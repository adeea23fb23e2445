#include "daemon/daemon.h"

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/thread_pool.hpp>
#include <thread>

#include "core/version.h"
#include "daemon/checks.h"
#include "daemon/endpoint_telemetry.h"
#include "daemon/http/http_server.h"
#include "daemon/lifecycle.h"
#include "daemon/log.h"
#include "daemon/registered_models.h"
#include "daemon/releases.h"
#include "daemon/retention.h"
#include "daemon/reviews/datasets.h"
#include "daemon/reviews/guarded_runs.h"
#include "daemon/reviews/program.h"
#include "daemon/reviews/reviews.h"
#include "daemon/reviews/rubric_approvals.h"
#include "daemon/reviews/threshold_approvals.h"
#include "daemon/rpc/grpc_server.h"
#include "daemon/runs.h"
#include "daemon/schedules.h"
#include "daemon/served_catalog.h"
#include "daemon/store/result_writer.h"
#include "daemon/store/store_lock.h"
#include "daemon/store_response_cache.h"
#include "daemon/store_watch.h"
#include "daemon/telemetry.h"
#include "daemon/verdict_replay.h"
#include "daemon/verdict_signing.h"
#include "daemon/waivers.h"
#include "runners/http/http_client.h"
#include "web/embed/web_files.h"

namespace assay {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr int kBlockingThreads = 4;  // calls of the store that wait at once
constexpr int kReadingThreads = 2;   // those beside them that only read, for callers
constexpr int kApiThreads = 2;
constexpr std::chrono::seconds kCatalogInterval{1};
constexpr std::chrono::seconds kStoreInterval{1};
constexpr std::chrono::seconds kStoreLockWait{5};  // for the daemon that this one replaces

// Callers' mistakes are theirs; what went wrong here is for whoever operates the daemon.
void LogCall(const Method& method, const Status& outcome, std::chrono::microseconds took) {
  const bool is_ours =
      !outcome && (outcome.error().code == ErrorCode::kInternal || outcome.error().code == ErrorCode::kDataLoss);
  Log(is_ours ? LogLevel::kError : LogLevel::kDebug, "call",
      {{"method", method.path},
       {"code", outcome ? "OK" : std::string(Name(outcome.error().code))},
       {"took", FormatDuration(took)},
       {"error", outcome ? "" : outcome.error().message}});
}

int LoopCount() { return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 64u)); }

}  // namespace

// Members stand in the order in which they depend on each other: destruction alone is a correct end.
struct Daemon::Parts {
  const DaemonConfig config;
  const Clock& clock;
  const DescriptorShares shares;

  Telemetry telemetry;
  EndpointTelemetry endpoint_telemetry{telemetry};
  std::unique_ptr<StoreLock> store_lock;
  std::unique_ptr<Store> store;
  std::unique_ptr<ResultWriter> writer;
  std::unique_ptr<EventLoops> loops;  // before what its coroutines use is destroyed it is stopped, see Stop
  std::unique_ptr<HttpClient> http_client;
  std::unique_ptr<EndpointPool> endpoints;
  asio::thread_pool blocking{kBlockingThreads};
  asio::thread_pool reading{kReadingThreads};
  asio::thread_pool preparing{1};
  asio::thread_pool reviewing{1};  // the desk of human review
  std::unique_ptr<StoreWatch> store_watch;
  std::unique_ptr<ServedCatalog> catalog;
  std::unique_ptr<RegisteredModels> models;
  std::unique_ptr<StoreResponseCache> cache;
  std::unique_ptr<Retention> retention;
  std::unique_ptr<Runs> runs;
  std::optional<SigningKey> signing_key;
  std::unique_ptr<Checks> checks;
  std::unique_ptr<Schedules> schedules;
  std::unique_ptr<Waivers> waivers;
  std::unique_ptr<Releases> releases;
  std::unique_ptr<VerdictReplays> replays;
  std::unique_ptr<Authenticator> authenticator;
  std::unique_ptr<Reviews> reviews;
  std::unique_ptr<ReviewProgram> program;
  std::unique_ptr<GuardedRuns> guarded_runs;
  std::unique_ptr<Datasets> datasets;
  MethodTable methods;
  Admission admission{Admission::Limits{}};
  asio::thread_pool api{kApiThreads};
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<GrpcServer> grpc;
  int grpc_port = 0;
  int http_port = 0;
  std::atomic<bool> is_ready{false};
  std::unique_ptr<Lifecycle> lifecycle;

  Parts(DaemonConfig daemon_config, const Clock& daemon_clock, DescriptorShares descriptor_shares)
      : config(std::move(daemon_config)), clock(daemon_clock), shares(descriptor_shares), telemetry(clock) {}

  std::vector<Stage> Stages();
  GraderServices Graders() const;
  CatalogObjections Objections();
  Status OpenTheStore();
  Status StartLoops();
  Status LoadCatalog();
  Status ReadKey();
  Status MakeServices();
  Status ServeHttp();
  Status ServeGrpc();
  Status ResumeWork();
  void StopWork(milliseconds grace);
};

// What the graders of all runs may use.
GraderServices Daemon::Parts::Graders() const {
  GraderServices services;
  if (config.grader_programs) services.programs = *config.grader_programs;
  return services;
}

// Where nobody has a name nobody can approve anything.
CatalogObjections Daemon::Parts::Objections() {
  if (!config.auth.tokens) return nullptr;
  return [this](const Catalog& read, Diagnostics& diagnostics) {
    CheckRubricApprovals(*store, read, diagnostics);
    CheckThresholdApprovals(*store, read, diagnostics);
  };
}

Status Daemon::Parts::OpenTheStore() {
  ASSAY_ASSIGN(store_lock, StoreLock::Take(config.store, kStoreLockWait));
  ASSAY_ASSIGN(store, OpenStore(config.store));
  writer = std::make_unique<ResultWriter>(
      [this](RunKey run, std::span<const TrialResult> results, std::int64_t position) {
        return store->AppendTrials(run, results, position);
      },
      ResultWriter::Options{.server_may_lose_results = config.store.starts_with("postgresql:")},
      [this](std::size_t, std::chrono::microseconds took, const Status&) { telemetry.ObserveStoreWrite(took); });
  return {};
}

Status Daemon::Parts::StartLoops() {
  loops = std::make_unique<EventLoops>(LoopCount());
  http_client = std::make_unique<HttpClient>(*loops);
  endpoints = std::make_unique<EndpointPool>(*http_client, endpoint_telemetry, clock);
  store_watch = std::make_unique<StoreWatch>([this] { return store->Ping(); }, blocking.get_executor());
  asio::co_spawn(loops->executor(0), store_watch->Watch(kStoreInterval), asio::detached);
  return {};
}

Status Daemon::Parts::LoadCatalog() {
  catalog = std::make_unique<ServedCatalog>(config.catalog, *store, telemetry, clock, blocking.get_executor(),
                                            std::make_shared<GraderServices>(Graders()), Objections());
  ASSAY_TRY(catalog->LoadFirst());
  asio::co_spawn(loops->executor(0), catalog->Watch(kCatalogInterval), asio::detached);
  return {};
}

// Before anything else is started: a daemon that is to sign and cannot must not serve.
Status Daemon::Parts::ReadKey() {
  if (!config.verdicts.signing_key) {
    Log(LogLevel::kInfo, "verdicts are not signed: there is no signing key");
    return {};
  }
  ASSAY_ASSIGN(signing_key, ReadSigningKey(*config.verdicts.signing_key));
  Log(LogLevel::kInfo, "verdicts are signed",
      {{"key", signing_key->public_key().id()}, {"algorithm", std::string(signing_key->public_key().algorithm())}});
  return {};
}

Status Daemon::Parts::MakeServices() {
  if (config.auth.tokens) {
    ASSAY_ASSIGN(authenticator, Authenticator::FromFile(*config.auth.tokens));
  } else {
    authenticator = Authenticator::AllowLocal();
  }
  models = std::make_unique<RegisteredModels>(*store, *catalog, clock, blocking.get_executor());
  cache = std::make_unique<StoreResponseCache>(*store, blocking.get_executor(), clock, config.limits.cache_bytes);
  retention = std::make_unique<Retention>(RetentionContext{.store = *store,
                                                           .loops = *loops,
                                                           .telemetry = telemetry,
                                                           .clock = clock,
                                                           .blocking = blocking.get_executor(),
                                                           .config = config.retention});
  runs = std::make_unique<Runs>(RunsContext{.store = *store,
                                            .writer = *writer,
                                            .loops = *loops,
                                            .endpoints = *endpoints,
                                            .catalog = *catalog,
                                            .models = *models,
                                            .retention = *retention,
                                            .telemetry = telemetry,
                                            .clock = clock,
                                            .blocking = blocking.get_executor(),
                                            .reading = reading.get_executor(),
                                            .preparing = preparing.get_executor(),
                                            .cache = cache.get(),
                                            .graders = Graders(),
                                            .active_runs = config.limits.active_runs});
  checks =
      std::make_unique<Checks>(ChecksContext{.store = *store,
                                             .loops = *loops,
                                             .catalog = *catalog,
                                             .models = *models,
                                             .runs = *runs,
                                             .telemetry = telemetry,
                                             .clock = clock,
                                             .blocking = blocking.get_executor(),
                                             .reading = reading.get_executor(),
                                             .preparing = preparing.get_executor(),
                                             .signing_key = signing_key ? &*signing_key : nullptr,
                                             .await_people =
                                                 [this](const std::string& run, bool is_awaited) {
                                                   if (reviews) reviews->Await(run, is_awaited);
                                                 },
                                             .weigh_items =
                                                 [this](const std::string& check, std::vector<ItemInfluence> items) {
                                                   if (reviews) reviews->Weigh(check, std::move(items));
                                                 },
                                             .settle_people = [this] { return reviews->Settle(); },
                                             .decided =
                                                 [this](std::string_view check) {
                                                   if (schedules) schedules->CheckEnded(check);
                                                 }});
  schedules = std::make_unique<Schedules>(SchedulesContext{.store = *store,
                                                           .loops = *loops,
                                                           .catalog = *catalog,
                                                           .models = *models,
                                                           .gates = *checks,
                                                           .telemetry = telemetry,
                                                           .clock = clock,
                                                           .blocking = blocking.get_executor(),
                                                           .reading = reading.get_executor()});
  catalog->OnServed([this] { schedules->Wake(); });
  waivers = std::make_unique<Waivers>(
      WaiversContext{.store = *store,
                     .clock = clock,
                     .blocking = blocking.get_executor(),
                     .reading = reading.get_executor(),
                     .approvers = {config.waivers.approvers.begin(), config.waivers.approvers.end()},
                     .max_life = config.waivers.max_life,
                     .changed = [this](const Waiver& waiver) { checks->ShowWaived(waiver); }});
  releases = std::make_unique<Releases>(
      ReleasesContext{.store = *store,
                      .catalog = *catalog,
                      .models = *models,
                      .clock = clock,
                      .blocking = blocking.get_executor(),
                      .reading = reading.get_executor(),
                      .approvers = {config.waivers.approvers.begin(), config.waivers.approvers.end()},
                      .reviewers = [this] { return authenticator->Reviewers(clock.Now()); }});
  replays = std::make_unique<VerdictReplays>(
      *store, blocking.get_executor(),
      [this](const Caller& caller, const RunRecord& run, const std::vector<WorstCase>& cases) {
        return guarded_runs->LabelsWithheld(caller, run, cases);
      });
  reviews =
      std::make_unique<Reviews>(ReviewsContext{.store = *store,
                                               .catalog = *catalog,
                                               .models = *models,
                                               .loops = *loops,
                                               .telemetry = telemetry,
                                               .clock = clock,
                                               .desk = reviewing.get_executor(),
                                               .reading = reading.get_executor(),
                                               .reviewers = [this] { return authenticator->Reviewers(clock.Now()); }});
  program = std::make_unique<ReviewProgram>(ReviewProgramContext{
      .store = *store, .catalog = *catalog, .clock = clock, .reading = reading.get_executor(), .reviewers = [this] {
        return authenticator->Reviewers(clock.Now());
      }});
  guarded_runs = std::make_unique<GuardedRuns>(
      GuardedRunsContext{.runs = *runs,
                         .store = *store,
                         .catalog = *catalog,
                         .reading = reading.get_executor(),
                         .reviewers = [this] { return authenticator->Reviewers(clock.Now()); },
                         .principals = [this] { return authenticator->Principals(clock.Now()); }});
  datasets = std::make_unique<Datasets>(
      DatasetsContext{.store = *store,
                      .guarded_runs = *guarded_runs,
                      .clock = clock,
                      .reading = reading.get_executor(),
                      .reviewers = [this] { return authenticator->Reviewers(clock.Now()); }});
  methods = MakeMethodTable({.catalog = *catalog,
                             .models = *models,
                             .runs = *guarded_runs,
                             .endpoints = *endpoints,
                             .gates = *checks,
                             .schedules = *schedules,
                             .waivers = *waivers,
                             .releases = *releases,
                             .replays = *replays,
                             .reviews = *reviews,
                             .review_governance = *reviews,
                             .review_interchange = *reviews,
                             .review_program = *program,
                             .review_artefacts = *reviews,
                             .datasets = *datasets});
  return {};
}

Status Daemon::Parts::ServeHttp() {
  HttpPages pages;
  pages.ready = [this]() -> Status {
    if (!is_ready) return Fail(ErrorCode::kUnavailable, "assayd starts or stops");
    ASSAY_TRY(store_watch->state());
    return grpc->Accepting();
  };
  pages.metrics = [this] {
    telemetry.SetEndpoints(ReadingsOf(endpoints->List()));
    return telemetry.Expose();
  };
  pages.version = kVersion;
  pages.grpc_address = config.grpc.listen;
  pages.web = WebFiles();
  http =
      std::make_unique<HttpServer>(methods, *authenticator, admission, api.get_executor(), std::move(pages), LogCall);
  HttpServer::Options options;
  options.listen = config.http.listen;
  options.max_body_bytes = static_cast<std::size_t>(config.limits.max_request_bytes);
  options.max_connections = shares.http_connections;
  options.max_page_connections = shares.page_connections;
  ASSAY_ASSIGN(http_port, http->Start(options));
  return {};
}

Status Daemon::Parts::ServeGrpc() {
  grpc = std::make_unique<GrpcServer>(methods, *authenticator, admission, api.get_executor(), LogCall);
  GrpcServer::Options options;
  options.listen = config.grpc.listen;
  options.max_message_bytes = static_cast<std::size_t>(config.limits.max_request_bytes);
  options.max_connections = shares.grpc_connections;
  ASSAY_ASSIGN(grpc_port, grpc->Start(options));
  return {};
}

Status Daemon::Parts::ResumeWork() {
  ASSAY_TRY(runs->Resume());
  ASSAY_TRY(reviews->Load());  // checks that wait for people tell the desk so
  ASSAY_TRY(checks->Resume());
  ASSAY_TRY(schedules->Load());
  schedules->Start();
  retention->Start();
  reviews->Start();
  return {};
}

void Daemon::Parts::StopWork(milliseconds grace) {
  schedules->Stop();
  replays->Stop();
  retention->Stop();
  reviews->Stop();
  runs->Stop(grace);
  checks->Stop();
}

std::vector<Stage> Daemon::Parts::Stages() {
  const auto grace = std::chrono::duration_cast<milliseconds>(config.limits.drain_grace);
  const auto nothing = [](milliseconds) {};
  return {
      {"signing key", [this] { return ReadKey(); }, nothing, milliseconds(100)},
      {"store", [this] { return OpenTheStore(); }, [this](milliseconds) { writer->Stop(); }, milliseconds(10'000)},
      {"event loops", [this] { return StartLoops(); },
       [this](milliseconds) {
         blocking.join();  // no coroutine on a loop waits for it any more: runs and checks have ended
         reading.join();
         preparing.join();
         reviewing.join();
         loops->Stop();
       },
       milliseconds(5'000)},
      {"catalog", [this] { return LoadCatalog(); }, nothing, milliseconds(100)},
      {"services", [this] { return MakeServices(); }, nothing, milliseconds(100)},
      // Before anybody can ask: what is going on is known to every call. Only a start that fails later stops it here.
      {"resumed work", [this] { return ResumeWork(); }, [this](milliseconds) { StopWork(milliseconds(0)); },
       milliseconds(15'000)},
      {"http", [this] { return ServeHttp(); },
       [this](milliseconds budget) {
         http->Shutdown(steady_clock::now() + budget);
         api.join();
       },
       milliseconds(2'000)},
      {"grpc", [this] { return ServeGrpc(); },
       [this](milliseconds budget) { grpc->Shutdown(steady_clock::now() + budget); }, milliseconds(2'000)},
      {"work", []() -> Status { return {}; }, [this, grace](milliseconds) { StopWork(grace); },
       grace + milliseconds(15'000)},
      {"admission",
       [this]() -> Status {
         is_ready = true;
         return {};
       },
       [this](milliseconds) {
         is_ready = false;
         grpc->BeginDrain();
       },
       milliseconds(1'000)},
  };
}

Daemon::Daemon(DaemonConfig config, const Clock& clock, DescriptorShares shares)
    : parts_(std::make_unique<Parts>(std::move(config), clock, shares)) {}
Daemon::~Daemon() { Stop(); }

Status Daemon::Start() {
  parts_->lifecycle = std::make_unique<Lifecycle>(parts_->Stages());
  return parts_->lifecycle->Start();
}

void Daemon::Reload() {
  parts_->catalog->Reload();
  if (const Status status = parts_->authenticator->Reload(); !status) {
    Log(LogLevel::kError, "token file not reloaded", {{"error", status.error().message}});
  }
}

void Daemon::Stop() {
  if (parts_->lifecycle != nullptr) parts_->lifecycle->Stop();
}

int Daemon::grpc_port() const { return parts_->grpc_port; }
int Daemon::http_port() const { return parts_->http_port; }

}  // namespace assay
