// assay-replay: recorded answers as an OpenAI-compatible endpoint. Exit codes: 0 stopped by a signal, 1 recordings that
// are wrong or an address that cannot be had, 64 usage.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "replay/behaviour.h"
#include "replay/recordings.h"
#include "replay/server.h"

namespace assay {
namespace {

constexpr int kFailed = 1;
constexpr int kUsage = 64;

struct Arguments {
  std::vector<std::filesystem::path> files;
  std::string latency;
  std::string token_delay;
  std::string retry_after = "1s";
  std::string unknown = "error";
  std::string key;
  std::string key_env;
  std::string idle_timeout = "2m";
  ReplayOptions replay;
  ServerOptions server;
};

void Declare(CLI::App& app, Arguments& arguments) {
  app.add_option("FILE", arguments.files, "JSONL files of recorded answers");
  app.add_option("--listen", arguments.server.listen, "HOST:PORT; port 0 takes a free one")->capture_default_str();
  app.add_flag("--allow-remote", arguments.server.allow_remote, "permit an address that other machines can reach");
  app.add_option("--threads", arguments.server.threads, "threads that serve")->capture_default_str();
  app.add_option("--max-connections", arguments.server.max_connections, "connections open at once; more get 503")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--idle-timeout", arguments.idle_timeout, "close a connection that is silent for so long")
      ->capture_default_str();
  app.add_option("--latency", arguments.latency, "50ms, uniform:10ms:80ms or lognormal:MEDIAN:SIGMA");
  app.add_option("--token-delay", arguments.token_delay, "wait between the words of a streamed answer, at most 1m");
  app.add_option("--error-rate", arguments.replay.faults.error, "share of requests answered 500");
  app.add_option("--rate-limit-rate", arguments.replay.faults.rate_limit, "share of requests answered 429");
  app.add_option("--requests-per-minute", arguments.replay.requests_per_minute,
                 "answer 429 above this rate; a second's worth may come at once")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  app.add_option("--retry-after", arguments.retry_after, "what a 429 asks to wait, whole seconds")
      ->capture_default_str();
  app.add_option("--truncate-rate", arguments.replay.faults.truncate, "share of answers cut, finish_reason length");
  app.add_option("--garbage-rate", arguments.replay.faults.garbage, "share of requests answered by an HTML page");
  app.add_option("--unknown", arguments.unknown, "prompts without a record: error, echo or fixed:TEXT")
      ->capture_default_str();
  CLI::Option* key = app.add_option("--require-key", arguments.key, "answer 401 without this bearer token");
  app.add_option("--require-key-env", arguments.key_env, "the same, the token from this environment variable")
      ->excludes(key);
  app.add_option("--seed", arguments.replay.seed, "of latencies and faults")->capture_default_str();
}

// What the texts of the command line mean. kInvalidArgument is a usage error.
Status Interpret(Arguments& arguments) {
  if (!arguments.latency.empty()) {
    ASSAY_ASSIGN(arguments.replay.latency, ParseLatency(arguments.latency));
  }
  if (!arguments.token_delay.empty()) {
    ASSAY_ASSIGN(arguments.replay.token_delay, ParseDuration(arguments.token_delay));
    if (arguments.replay.token_delay > std::chrono::minutes(1)) {
      return Fail(ErrorCode::kInvalidArgument, "token delay \"" + arguments.token_delay + "\" is longer than 1m");
    }
  }
  ASSAY_TRY(CheckRates(arguments.replay.faults));
  ASSAY_ASSIGN(const Duration retry_after, ParseDuration(arguments.retry_after));
  arguments.replay.retry_after = std::chrono::duration_cast<std::chrono::seconds>(retry_after);
  if (arguments.replay.retry_after != retry_after) {
    return Fail(ErrorCode::kInvalidArgument, "retry after \"" + arguments.retry_after + "\" is not in whole seconds");
  }
  ASSAY_ASSIGN(const Duration idle, ParseDuration(arguments.idle_timeout));
  if (idle < std::chrono::milliseconds(1) || idle > std::chrono::hours(24)) {
    return Fail(ErrorCode::kInvalidArgument,
                "idle timeout \"" + arguments.idle_timeout + "\" is not between 1ms and 24h");
  }
  arguments.server.idle_timeout = std::chrono::duration_cast<std::chrono::milliseconds>(idle);
  ASSAY_TRY(ParseUnknownPrompt(arguments.unknown, arguments.replay));
  if (!arguments.key.empty()) arguments.replay.api_key = arguments.key;
  if (!arguments.key_env.empty()) {
    const char* value = std::getenv(arguments.key_env.c_str());
    if (value == nullptr || *value == '\0') {
      return Fail(ErrorCode::kInvalidArgument, "environment variable " + arguments.key_env + " is not set");
    }
    arguments.replay.api_key = value;
  }
  if (arguments.files.empty() && arguments.replay.unknown == UnknownPrompt::kError) {
    return Fail(ErrorCode::kInvalidArgument,
                "no FILE of recorded answers; or say --unknown echo or --unknown fixed:TEXT");
  }
  return {};
}

void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Complain(const Error& error, int code) {
  std::fprintf(stderr, "assay-replay: %s\n", error.message.c_str());
  return code;
}

std::string Counted(std::size_t count, const char* thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Serves recorded model answers as an OpenAI-compatible endpoint.", "assay-replay");
  Declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (const Status status = Interpret(arguments); !status) return Complain(status.error(), kUsage);

  // Blocked before there are threads, so that only sigwait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  RaiseFileLimit();

  Result<Recordings> recordings = Recordings::Load(arguments.files);
  if (!recordings) return Complain(recordings.error(), kFailed);
  Result<std::unique_ptr<ReplayServer>> server =
      ReplayServer::Start(*std::move(recordings), std::move(arguments.replay), std::move(arguments.server));
  if (!server) {
    const bool is_usage =
        server.error().code == ErrorCode::kInvalidArgument || server.error().code == ErrorCode::kPermissionDenied;
    return Complain(server.error(), is_usage ? kUsage : kFailed);
  }
  const Recordings& served = (*server)->recordings();
  std::printf("assay-replay listening on %s with %s for %s\n", (*server)->url().c_str(),
              Counted(served.size(), "record").c_str(), Counted(served.models().size(), "model").c_str());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->Stop();
  const ReplayCounts counts = (*server)->counts();
  std::fprintf(stderr,
               "assay-replay: stopped after %llu requests: %llu answered, %llu unknown, %llu refused, %llu injected\n",
               static_cast<unsigned long long>(counts.requests), static_cast<unsigned long long>(counts.answered),
               static_cast<unsigned long long>(counts.unknown), static_cast<unsigned long long>(counts.refused),
               static_cast<unsigned long long>(counts.injected));
  return 0;
}

}  // namespace
}  // namespace assay

int main(int argc, char** argv) { return assay::Main(argc, argv); }
