// Answers that were asked for again, from the wire to the verdict.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

constexpr int kCases = 120;

// The first request of every tenth case is answered with `failure`, the second with "no"; all others with "yes".
CheckStatus CheckWith(const StubReply& failure) {
  std::set<std::string> failed;
  HttpStub stub([&](const StubRequest& request, int) {
    if (request.body.find("hard") == std::string::npos) return testing::ChatAnswer("yes");
    return failed.insert(request.body).second ? failure : testing::ChatAnswer("no");
  });
  testing::TemporaryFolder files;
  testing::WriteWorkCatalog(files, stub.url());
  std::string cases;
  for (int i = 0; i < kCases; ++i) {
    cases += "{\"id\":\"" + std::to_string(i) + "\",\"question\":\"" + (i % 10 == 0 ? "hard" : "easy") +
             std::to_string(i) + "\"}\n";
  }
  files.Write("catalog/cases.jsonl", cases);
  files.Write("catalog/model.yaml",
              "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 2, "
              "backoff: {initial: 1ms}, url: \"" +
                  stub.url() + "/v1\"}\n");
  DaemonWork work(files);
  return work.Decided(work.Check("release", "m@1").check.id);
}

TEST(RetryWarning, AVerdictOnOtherwiseScoredRetriesSaysSo) {
  const CheckStatus status = CheckWith({.status = 500, .body = "down"});
  ASSERT_TRUE(status.verdict);
  EXPECT_EQ(status.runs[0].run.counts.scored, kCases);
  EXPECT_EQ(status.verdict->verdict.state, VerdictState::kPass);
  EXPECT_THAT(
      status.verdict->verdict.warnings,
      ::testing::ElementsAre(::testing::StartsWith(
          "suite \"s\", metric \"answer\": 12 cases whose requests failed and were sent again have a mean of 0, "
          "the 108 others 1 (p = ")));
}

TEST(RetryWarning, WaitingForARateLimitIsNoRetry) {
  const CheckStatus status = CheckWith({.status = 429, .headers = {{"retry-after-ms", "1"}}});
  ASSERT_TRUE(status.verdict);
  EXPECT_EQ(status.runs[0].run.counts.scored, kCases);
  EXPECT_THAT(status.verdict->verdict.warnings, ::testing::IsEmpty());
}

}  // namespace
}  // namespace assay
