// Asks assayd to decide a gate at a fixed rate, whether it keeps up or not, and says how long the answers took: from
// the moment that a call was due, so that calls which wait for those before them are not flattered.
//
//   check_load --server HOST:PORT --gate GATE --candidate M@V [--rate 500] [--seconds 10] [--callers 16]
//
// Prints one JSON line: calls, failed, median_ms, p99_ms, per_second and the states that were answered.

#include <grpcpp/grpcpp.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "assay/v1/gate.grpc.pb.h"

namespace {

using std::chrono::steady_clock;

struct Load {
  std::string server;
  std::string gate;
  std::string candidate;
  double rate = 500;
  double seconds = 10;
  int callers = 16;
};

struct Answers {
  std::mutex mutex;
  std::vector<double> milliseconds;
  std::map<std::string, int> states;
  int failed = 0;
};

// The state, or "" when the call failed.
std::string Ask(assay::v1::GateService::Stub& stub, const Load& load) {
  assay::v1::CheckGateRequest request;
  request.set_gate(load.gate);
  request.set_candidate(load.candidate);
  request.mutable_timeout()->set_seconds(10);
  assay::v1::CheckGateResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(15));
  if (const grpc::Status status = stub.CheckGate(&context, request, &response); !status.ok()) {
    std::fprintf(stderr, "check_load: %s\n", status.error_message().c_str());
    return "";
  }
  return assay::v1::VerdictState::Value_Name(response.check().state());
}

void Call(const Load& load, steady_clock::time_point start, std::atomic<int>& next, Answers& answers) {
  const auto channel = grpc::CreateChannel(load.server, grpc::InsecureChannelCredentials());
  const auto stub = assay::v1::GateService::NewStub(channel);
  const int calls = static_cast<int>(load.rate * load.seconds);
  std::mutex alone;
  std::unique_lock held(alone);
  std::condition_variable never;
  for (int call = next++; call < calls; call = next++) {
    const auto due = start + std::chrono::duration_cast<steady_clock::duration>(
                                 std::chrono::duration<double>(static_cast<double>(call) / load.rate));
    never.wait_until(held, due);  // not a semaphore: libstdc++ 12 oversleeps with those, by milliseconds
    const std::string state = Ask(*stub, load);
    const double took = std::chrono::duration<double, std::milli>(steady_clock::now() - due).count();
    const std::lock_guard lock(answers.mutex);
    answers.failed += state.empty() ? 1 : 0;
    ++answers.states[state.empty() ? "failed" : state];
    answers.milliseconds.push_back(took);
  }
}

void Print(Answers& answers, double seconds) {
  std::ranges::sort(answers.milliseconds);
  const auto at = [&](double share) {
    const auto last = answers.milliseconds.size() - 1;
    return answers.milliseconds[std::min(last, static_cast<std::size_t>(share * static_cast<double>(last)))];
  };
  std::string states;
  for (const auto& [state, count] : answers.states) {
    states += (states.empty() ? "\"" : ", \"") + state + "\": " + std::to_string(count);
  }
  std::printf(
      "{\"calls\": %zu, \"failed\": %d, \"median_ms\": %.3f, \"p99_ms\": %.3f, \"per_second\": %.1f, \"states\": "
      "{%s}}\n",
      answers.milliseconds.size(), answers.failed, at(0.5), at(0.99),
      static_cast<double>(answers.milliseconds.size()) / seconds, states.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  Load load;
  CLI::App app("Asks for a gate's verdict at a fixed rate");
  app.add_option("--server", load.server)->required();
  app.add_option("--gate", load.gate)->required();
  app.add_option("--candidate", load.candidate)->required();
  app.add_option("--rate", load.rate)->check(CLI::Range(1.0, 100'000.0));
  app.add_option("--seconds", load.seconds)->check(CLI::Range(0.1, 600.0));
  app.add_option("--callers", load.callers)->check(CLI::Range(1, 256));
  CLI11_PARSE(app, argc, argv);
  Answers answers;
  std::atomic<int> next = 0;
  const auto start = steady_clock::now() + std::chrono::milliseconds(100);
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < load.callers; ++i) {
      callers.emplace_back([&] { Call(load, start, next, answers); });
    }
  }
  Print(answers, std::chrono::duration<double>(steady_clock::now() - start).count());
  return answers.failed == 0 ? 0 : 1;
}
