#include "daemon/prepared_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::Eventually;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

// Cases whose prompt cannot be rendered say nothing about the endpoint, also when they were recorded before a restart.
TEST(PreparedRun, PromptErrorsBeforeARestartAreNoEndpointErrors) {
  std::atomic<bool> is_open = false;
  const auto answer = [&](const StubRequest&, int) {
    StubReply reply;
    if (is_open) {
      reply.status = 500;
    } else {
      reply.fault = StubReply::Fault::kNever;
    }
    return reply;
  };
  const testing::TemporaryFolder files;
  HttpStub stub(answer);
  testing::WriteWorkCatalog(files, stub.url());
  std::string cases = "{\"id\":\"0\",\"question\":\"q\"}\n";
  for (int i = 1; i <= 20; ++i) cases += "{\"id\":\"" + std::to_string(i) + "\"}\n";
  files.Write("catalog/cases.jsonl", cases);
  std::string run;
  {
    DaemonWork work(files);
    run = work.StartRun("s", "m@1").id;
    ASSERT_TRUE(Eventually([&] { return work.store->GetRun("default", run)->counts.error == 20; }));
  }
  is_open = true;
  DaemonWork restarted(files);
  restarted.Resume();
  const RunRecord ended = restarted.Ended(run);
  EXPECT_EQ(ended.counts.error, 21);
  EXPECT_THAT(ended.error, ::testing::StartsWith("the first trial ended in an endpoint error and none was answered"));
  const auto trials = restarted.store->ReadTrials(ended.key, {}, {.token = "", .limit = 2});
  ASSERT_TRUE(trials);
  EXPECT_EQ(trials->items.at(1).result.error, "prompt: the case has no field \"question\"");
}

}  // namespace
}  // namespace assay
