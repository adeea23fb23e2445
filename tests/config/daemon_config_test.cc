#include "config/daemon_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/config/plugin_tables.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Lines;

TEST(DaemonConfig, EveryValueHasADefault) {
  Diagnostics diagnostics;
  for (const char* text : {"", "# nothing\n", "grpc: {}\n"}) {
    const DaemonConfig config = ParseDaemonConfig("assayd.yaml", text, diagnostics);
    EXPECT_THAT(Lines(diagnostics), IsEmpty());
    EXPECT_EQ(config.grpc.listen, "127.0.0.1:7070");
    EXPECT_EQ(config.http.listen, "127.0.0.1:7071");
    EXPECT_EQ(config.store, "sqlite:assay.db");
    EXPECT_EQ(config.log.level, LogLevel::kInfo);
    EXPECT_EQ(config.log.format, LogFormat::kText);
    EXPECT_FALSE(config.auth.tokens.has_value());
    EXPECT_FALSE(config.verdicts.signing_key.has_value());
    EXPECT_TRUE(config.waivers.approvers.empty());
    EXPECT_FALSE(config.retention.IsOn()) << "nothing is deleted unless asked";
    EXPECT_EQ(config.limits.drain_grace, std::chrono::seconds(30));
  }
}

TEST(DaemonConfig, ReadsEveryKey) {
  Diagnostics diagnostics;
  const DaemonConfig config = ParseDaemonConfig(
      "assayd.yaml",
      "grpc: {listen: \"localhost:1\"}\nhttp: {listen: \"[::1]:0\"}\nstore: postgresql://u@h/db\ncatalog: /etc/assay\n"
      "log: {level: warning, format: json}\nauth: {tokens: tokens.txt}\n"
      "verdicts: {signing_key: key.pem}\n"
      "waivers: {approvers: [ann, bob], max_life: 30d}\n"
      "retention: {responses: 90d, runs: 400d, verdicts: 1000d, classes: {health: {responses: 30d, reviews: 14d}, "
      "public: {reviews: 900d}}}\n"
      "limits: {active_runs: 2, drain_grace: 5s, max_request_bytes: 1048576}\n",
      diagnostics);
  EXPECT_THAT(Lines(diagnostics), IsEmpty());
  EXPECT_EQ(config.grpc.listen, "localhost:1");
  EXPECT_EQ(config.http.listen, "[::1]:0");
  EXPECT_EQ(config.store, "postgresql://u@h/db");
  EXPECT_EQ(config.catalog, "/etc/assay");
  EXPECT_EQ(config.log.level, LogLevel::kWarning);
  EXPECT_EQ(config.log.format, LogFormat::kJson);
  EXPECT_EQ(config.auth.tokens, "tokens.txt");
  EXPECT_EQ(config.verdicts.signing_key, "key.pem");
  EXPECT_EQ(config.waivers.approvers, (std::vector<std::string>{"ann", "bob"}));
  EXPECT_EQ(config.waivers.max_life, std::chrono::days(30));
  EXPECT_EQ(config.retention.responses, std::chrono::days(90));
  EXPECT_EQ(config.retention.runs, std::chrono::days(400));
  EXPECT_EQ(config.retention.verdicts, std::chrono::days(1000));
  EXPECT_EQ(config.retention.ResponsesOf(""), std::chrono::days(90));
  EXPECT_EQ(config.retention.ResponsesOf("public"), std::chrono::days(90));
  EXPECT_EQ(config.retention.ResponsesOf("health"), std::chrono::days(30));
  EXPECT_EQ(config.retention.ReviewsOf("health"), std::chrono::days(14));
  EXPECT_EQ(config.retention.ReviewsOf("public"), std::chrono::days(900));
  EXPECT_EQ(config.retention.ReviewsOf(""), std::nullopt) << "nothing of it goes";
  EXPECT_EQ(config.retention.ShortestResponses(), std::chrono::days(30));
  EXPECT_EQ(config.retention.ShortestReviews(), std::chrono::days(14));
  EXPECT_EQ(config.limits.active_runs, 2);
  EXPECT_EQ(config.limits.drain_grace, std::chrono::seconds(5));
  EXPECT_EQ(config.limits.max_request_bytes, 1048576);
}

TEST(DaemonConfig, ListeningBeyondLoopbackIsRefused) {
  const std::string refused =
      ", beyond this machine, needs TLS and authentication, which is not supported yet; listen on 127.0.0.1 and put a "
      "proxy in "
      "front";
  for (const char* host :
       {"0.0.0.0", "192.168.1.4", "[::]", "example.com", "127.evil.example", "127.0.0.1.nip.io", "[::ffff:1.2.3.4]"}) {
    const Status status = CheckListen(std::string(host) + ":7070");
    ASSERT_FALSE(status) << host;
    EXPECT_EQ(status.error().code, ErrorCode::kFailedPrecondition);
    EXPECT_TRUE(status.error().message.ends_with(refused)) << status.error().message;
  }
  for (const char* host : {"127.0.0.1", "127.8.9.10", "localhost", "[::1]"}) {
    EXPECT_TRUE(CheckListen(std::string(host) + ":0")) << host;
  }
  Diagnostics diagnostics;
  ParseDaemonConfig("assayd.yaml", "grpc:\n  listen: 0.0.0.0:7070\n", diagnostics);
  EXPECT_THAT(Lines(diagnostics), ElementsAre("2:11 grpc.listen: listening on \"0.0.0.0\"" + refused));
}

TEST(DaemonConfig, MalformedAddressesAreRefused) {
  for (const char* text : {"", "127.0.0.1", ":7070", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                           "::1:70", "[::1]", "a b:1"}) {
    const Status status = CheckListen(text);
    ASSERT_FALSE(status) << text;
    EXPECT_TRUE(status.error().message.starts_with("expected HOST:PORT or [IPV6]:PORT, got ")) << text;
  }
  EXPECT_TRUE(CheckListen("localhost:65535"));
}

TEST(DaemonConfig, WrongValuesAreReportedAtTheirPlaces) {
  Diagnostics diagnostics;
  ParseDaemonConfig("assayd.yaml", "grpc: {lisen: x}\nlog: {level: warn}\ntls: {}\nlimits: {drain_grace: 30}\n",
                    diagnostics);
  EXPECT_THAT(
      Lines(diagnostics),
      ElementsAre(
          "1:8 grpc.lisen: unknown key; did you mean \"listen\"?",
          "2:14 log.level: expected one of debug, info, warning, error, got \"warn\"", "3:1 tls: not supported yet",
          "4:23 limits.drain_grace: expected a duration such as 250ms, 60s or 1h30m, got 30; add the unit: 30s"));
}

TEST(DaemonConfig, AStoreOfNoKnownKindIsRefusedWithoutShowingIt) {
  Diagnostics diagnostics;
  ParseDaemonConfig("assayd.yaml", "store: mysql://user:secret@host\n", diagnostics);
  EXPECT_THAT(Lines(diagnostics), ElementsAre("1:8 store: must be sqlite:PATH or postgresql://USER@HOST/DATABASE"));
}

TEST(DaemonConfig, RetentionThatMakesNoSenseIsRefused) {
  const auto lines = [](const std::string& retention) {
    Diagnostics diagnostics;
    ParseDaemonConfig("assayd.yaml", "retention: {" + retention + "}\n", diagnostics);
    return Lines(diagnostics);
  };
  EXPECT_THAT(lines("responses: 91d, runs: 90d"),
              ElementsAre("1:24 retention.responses: must not be longer than `runs`, which has responses deleted too"));
  EXPECT_THAT(
      lines("verdicts: 90d"),
      ElementsAre("1:23 retention.verdicts: needs `runs`, `responses` or `reviews`: without them nothing is deleted"));
  EXPECT_THAT(lines("runs: 1h"), ElementsAre("1:19 retention.runs: must be at least 86400s, got \"1h\""));
  EXPECT_THAT(lines("classes: {health: {}}"),
              ElementsAre("1:31 retention.classes.health: needs `responses` or `reviews`: how long data of this class "
                          "is kept"));
  EXPECT_THAT(lines("classes: {a b: {reviews: 30d}}"),
              ElementsAre("1:23 retention.classes[\"a b\"]: is no name of a class: letters, digits and . _ -"));
  EXPECT_THAT(
      lines("runs: 90d, classes: {health: {responses: 91d}}"),
      ElementsAre("1:54 retention.classes.health.responses: must not be longer than `runs`, which has responses "
                  "deleted too"));
  EXPECT_THAT(lines("responses: 90d, runs: 90d"), IsEmpty());
  EXPECT_THAT(lines("reviews: 400d, verdicts: 90d"), IsEmpty());
}

TEST(DaemonConfig, ASecondDocumentIsRefused) {
  Diagnostics diagnostics;
  ParseDaemonConfig("assayd.yaml", "store: sqlite:a\n---\nstore: sqlite:b\n", diagnostics);
  EXPECT_THAT(Lines(diagnostics), ElementsAre("3:1 a second document; the configuration is one document"));
}

}  // namespace
}  // namespace assay
