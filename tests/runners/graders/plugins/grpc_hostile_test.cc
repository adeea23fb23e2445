// grpc: servers that mean harm cost no memory and no time.

#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/runners/graders/plugins/asked_program.h"
#include "tests/runners/graders/plugins/plugin_asking.h"
#include "tests/runners/graders/plugins/scripted_plugin.h"
#include "tests/runners/graders/plugins/silent_proxy.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::Pair;

class HostileGrpc : public PluginAsking {
 protected:
  Waiting PluginAt(const std::string& address, const std::string& more = "") {
    return MakePlugin("grpc", "{address: \"" + address + "\"" + more + "}");
  }
};

// Of this process: what it takes, or took at most since the last ForgetPeak(), in MiB.
long MemoryOf(const std::string& row) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(row + ":")) return std::stol(line.substr(row.size() + 1)) / 1024;
  }
  return 0;
}
bool ForgetPeak() { return (std::ofstream("/proc/self/clear_refs") << 5 << std::flush).good(); }

TEST_F(HostileGrpc, WhatInflatesIsNotInflated) {
  if (testing::RunProgram("/usr/bin/python3", {"-c", "import grpc"}).exit_code != 0) {
    GTEST_SKIP() << "/usr/bin/python3 has no grpc: install python3-grpcio (scripts/setup does)";
  }
  for (const char* algorithm : {"Gzip", "Deflate"}) {
    const testing::Server server("/usr/bin/python3", {TestPrograms() / "inflating_server.py", "300", algorithm});
    const int port = server.PortAfter("port ");
    ASSERT_NE(port, 0) << server.errors();
    const auto grader = PluginAt("127.0.0.1:" + std::to_string(port));
    ASSERT_TRUE(ForgetPeak());
    const long before = MemoryOf("VmRSS");
    const Score score = ScoreFrom(grader);
    EXPECT_EQ(score.status, ScoreStatus::kError);
    EXPECT_FALSE(score.value || score.pass);
    EXPECT_THAT(score.reason, HasSubstr("plug-in (garbage): "));
    EXPECT_THAT(score.reason, HasSubstr("Compression algorithm"));
    EXPECT_LT(MemoryOf("VmHWM") - before, 32) << "MiB";
  }
}

TEST_F(HostileGrpc, FloodsOfMetadataAreErrorsAndAreNotKept) {
  struct Flood {
    const char* name;
    int entries;
    int bytes;
    bool is_trailing;
  };
  for (const Flood& flood : {Flood{"many trailers", 5000, 10, true}, Flood{"a large trailer", 1, 1 << 20, true},
                             Flood{"many headers", 5000, 10, false}, Flood{"a large header", 1, 1 << 20, false}}) {
    ScriptedPlugin plugin;
    plugin.script = [&](::grpc::ServerContext& context, auto&, v1::GradeResponse& response) {
      for (int i = 0; i < flood.entries; ++i) {
        const std::string name = "x-" + std::to_string(i);
        const std::string value(static_cast<std::size_t>(flood.bytes), 'x');
        flood.is_trailing ? context.AddTrailingMetadata(name, value) : context.AddInitialMetadata(name, value);
      }
      response.mutable_score()->set_pass(true);
      return ::grpc::Status::OK;
    };
    const GrpcStub server(plugin);
    const auto grader = PluginAt(server.address());
    const Score score = ScoreFrom(grader);
    EXPECT_EQ(score.status, ScoreStatus::kError) << flood.name;
    EXPECT_THAT(score.reason, HasSubstr("plug-in (flooded): ")) << flood.name;
    plugin.script = ScriptedPlugin().script;
    EXPECT_TRUE(Eventually([&] { return ScoreFrom(grader).pass == true; })) << flood.name;
  }
}

TEST_F(HostileGrpc, ACallWithoutAPlaceInTimeIsNoTimeoutOfThePlugin) {
  ScriptedPlugin plugin;
  plugin.script = [](::grpc::ServerContext& context, auto&, auto&) {
    Eventually([&] { return context.IsCancelled(); });
    return ::grpc::Status::CANCELLED;
  };
  const GrpcStub server(plugin);
  const auto grader = PluginAt(server.address(), ", concurrency: 1, timeout: 1h");
  Answer first = Start(grader, signal_);
  ASSERT_TRUE(Eventually([&] { return plugin.in_flight == 1; }));
  patience_ = std::chrono::milliseconds(200);
  EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("plug-in (overloaded): no place among its calls in time"));
  EXPECT_THAT(failures(), ElementsAre(Pair("grpc g overloaded", 1)));
  Cancel(signal_);
  EXPECT_FALSE(first.get());
}

TEST_F(HostileGrpc, AConnectionThatFallsSilentIsReplaced) {
  ScriptedPlugin plugin;
  const GrpcStub server(plugin);
  SilentProxy proxy(server.port());
  const auto grader = PluginAt("127.0.0.1:" + std::to_string(proxy.port()), ", timeout: 300ms");
  ASSERT_EQ(ScoreFrom(grader).pass, true);
  proxy.Silence();
  EXPECT_THAT(ScoreFrom(grader).reason, HasSubstr("plug-in (timeout)"));
  EXPECT_TRUE(Eventually([&] { return ScoreFrom(grader).pass == true; }));
  EXPECT_EQ(proxy.connections(), 2);
}

TEST_F(HostileGrpc, AServerThatStaysSilentGetsNoStormOfConnections) {
  ScriptedPlugin plugin;
  const GrpcStub server(plugin);
  SilentProxy proxy(server.port());
  const auto grader = PluginAt("127.0.0.1:" + std::to_string(proxy.port()), ", timeout: 200ms, concurrency: 8");
  ASSERT_EQ(ScoreFrom(grader).pass, true);
  proxy.SilenceAll();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(4);  // held off for 1s, and then for 2s
  while (std::chrono::steady_clock::now() < end) {
    std::vector<Answer> answers;
    for (int i = 0; i < 20; ++i) answers.push_back(Start(grader));
    for (Answer& answer : answers) EXPECT_EQ(answer.get()->score.status, ScoreStatus::kError);
  }
  EXPECT_LE(proxy.connections(), 4);
}

}  // namespace
}  // namespace assay
