// assayd: reads its options, starts the daemon, and waits for signals.
//
// SIGHUP reloads; SIGTERM and SIGINT drain; a second one of these ends at once. Signals are waited for, never handled:
// they are blocked before the first thread exists.

#include <sys/prctl.h>
#include <systemd/sd-daemon.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <thread>

#include "core/version.h"
#include "daemon/daemon.h"
#include "daemon/descriptors.h"
#include "daemon/log.h"

namespace assay {
namespace {

constexpr int kUsage = 64;
constexpr int kBadConfiguration = 78;

struct CommandLine {
  std::string config;
  std::string catalog;
  std::string store;
  std::string grader_programs;
  std::string signing_key;
  std::string grpc_listen;
  std::string http_listen;
};

void AddOptions(CLI::App& app, CommandLine& line) {
  app.set_version_flag("--version", "assayd " + std::string(kVersion));
  app.add_option("--config", line.config, "assayd.yaml; every value in it has a default")->type_name("FILE");
  app.add_option("--catalog", line.catalog, "folder of suites, models and gates; overrides the file")->type_name("DIR");
  app.add_option("--store", line.store, "sqlite:PATH or postgresql://...; overrides the file")->type_name("STORE");
  app.add_option("--grader-programs", line.grader_programs,
                 "folder of the programs that graders may run; without it they run none; overrides the file")
      ->type_name("DIR");
  app.add_option("--signing-key", line.signing_key,
                 "private key that signs verdicts; without it they are not signed; overrides the file")
      ->type_name("FILE");
  app.add_option("--grpc-listen", line.grpc_listen, "address of the gRPC API; overrides the file")
      ->type_name("HOST:PORT");
  app.add_option("--http-listen", line.http_listen, "address of page, JSON API and metrics; overrides the file")
      ->type_name("HOST:PORT");
}

// Prints what is wrong and returns nothing, or the configuration.
std::optional<DaemonConfig> Configure(const CommandLine& line) {
  DaemonConfig config;
  if (!line.config.empty()) {
    Diagnostics diagnostics;
    config = ReadDaemonConfig(line.config, diagnostics);
    if (!diagnostics.empty()) {
      std::fputs(diagnostics.Render().c_str(), stderr);
      return std::nullopt;
    }
  }
  if (!line.catalog.empty()) config.catalog = line.catalog;
  if (!line.store.empty()) config.store = line.store;
  if (!line.grader_programs.empty()) config.grader_programs = line.grader_programs;
  if (!line.signing_key.empty()) config.verdicts.signing_key = line.signing_key;
  if (!line.grpc_listen.empty()) config.grpc.listen = line.grpc_listen;
  if (!line.http_listen.empty()) config.http.listen = line.http_listen;
  for (const std::string* listen : {&config.grpc.listen, &config.http.listen}) {
    if (const Status status = CheckListen(*listen); !status) {
      std::fprintf(stderr, "assayd: %s\n", status.error().message.c_str());
      return std::nullopt;
    }
  }
  return config;
}

sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that goes away is an error of its write
  std::signal(SIGXFSZ, SIG_IGN);  // as is a file that may not grow
  return signals;
}

void LogDescriptors(int files) {
  const DescriptorShares shares = ShareDescriptors(files);
  const bool enough = files >= kEnoughDescriptors;
  Log(enough ? LogLevel::kInfo : LogLevel::kWarning,
      enough ? "limit of open files"
             : "the limit of open files is low: fewer callers, and busy endpoints may need more",
      {{"files", std::to_string(files)},
       {"enough", std::to_string(kEnoughDescriptors)},
       {"grpc_connections", std::to_string(shares.grpc_connections)},
       {"http_connections", std::to_string(shares.http_connections)}});
}

// Returns when the daemon is to end.
void ServeUntilSignal(Daemon& daemon, const sigset_t& signals) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) return;
    sd_notify(0, "RELOADING=1");
    daemon.Reload();
    sd_notify(0, "READY=1");
  }
}

// The operator who asks twice does not want to wait.
void EndAtOnceOnSecondSignal(sigset_t signals) {
  sigdelset(&signals, SIGHUP);
  std::thread([signals] {
    int signal = 0;
    if (sigwait(&signals, &signal) == 0) std::_Exit(128 + signal);
  }).detach();
}

int Main(int argc, char** argv) {
  CLI::App app("assayd: evaluates models continuously and decides release gates.", "assayd");
  CommandLine line;
  AddOptions(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  const auto config = Configure(line);
  if (!config) return kBadConfiguration;
  const sigset_t signals = BlockSignals();
  StartLog({.level = config->log.level, .is_json = config->log.format == LogFormat::kJson});

  // Programs that run as the same user must not read this one's environment and memory, where its secrets are.
  if (config->grader_programs || config->verdicts.signing_key) prctl(PR_SET_DUMPABLE, 0);
  const Result<int> files = RaiseDescriptorLimit();
  if (!files) {
    std::fprintf(stderr, "assayd: %s\n", files.error().message.c_str());
    return 1;
  }
  LogDescriptors(*files);

  Daemon daemon(*config, SystemClock(), ShareDescriptors(*files));
  if (const Status started = daemon.Start(); !started) {
    std::fprintf(stderr, "assayd: %s\n", started.error().message.c_str());
    return started.error().code == ErrorCode::kInvalidArgument ? kBadConfiguration : 1;
  }
  Log(LogLevel::kInfo, "assayd serves",
      {{"version", std::string(kVersion)},
       {"grpc_port", std::to_string(daemon.grpc_port())},
       {"http_port", std::to_string(daemon.http_port())}});
  std::printf("assayd serves gRPC on port %d and HTTP on port %d\n", daemon.grpc_port(), daemon.http_port());
  std::fflush(stdout);
  sd_notify(0, "READY=1");

  ServeUntilSignal(daemon, signals);
  sd_notify(0, "STOPPING=1");
  Log(LogLevel::kInfo, "assayd stops; runs that are going on are resumed by its next start");
  EndAtOnceOnSecondSignal(signals);
  daemon.Stop();
  return 0;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Main(argc, argv); }
