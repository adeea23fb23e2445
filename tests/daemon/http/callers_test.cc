// Who calls and what a request says, on both transports: tokens, projects, request ids, deadlines.

#include <gmock/gmock.h>

#include <fstream>

#include "core/digest.h"
#include "tests/daemon/http/transports_fixture.h"

namespace assay::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

class TokenTest : public TransportsTest {
 protected:
  TokenTest() {
    file_ = ::testing::TempDir() + "/tokens." + std::to_string(::getpid());
    std::ofstream(file_) << "# pipelines\nci sha256:" << Sha256Hex("correct") << "\n";
    auto authenticator = Authenticator::FromFile(file_);
    if (!authenticator) throw std::runtime_error(authenticator.error().message);
    authenticator_ = *std::move(authenticator);
    StartServers();
  }
  ~TokenTest() override { std::filesystem::remove(file_); }
  std::string file_;
};

TEST_F(TokenTest, AGoodTokenNamesThePrincipal) {
  GrpcClient grpc(grpc_port_);
  EXPECT_EQ(grpc.Call(kUnary.path, Bytes(kUnary), {.token = "correct"}).code, 0);
  EXPECT_EQ(services_.last_caller().principal, "ci");
  EXPECT_EQ(Http(kUnary, {{"Authorization", "Bearer correct"}}).status, 200);
  EXPECT_EQ(services_.last_caller().principal, "ci");
}

TEST_F(TokenTest, WithoutAGoodTokenNothingIsCalled) {
  GrpcClient grpc(grpc_port_);
  for (const SampleCall& call : {kUnary, kStream}) {
    EXPECT_EQ(grpc.Call(call.path, Bytes(call)).code, 16);
    const GrpcAnswer wrong = grpc.Call(call.path, Bytes(call), {.token = "wrong"});
    EXPECT_EQ(wrong.code, 16);
    EXPECT_EQ(wrong.message, "the token is not known");
  }
  const HttpAnswer none = Http(kUnary);
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.headers.at("www-authenticate"), "Bearer");
  EXPECT_EQ(none.body,
            R"({"code":"unauthenticated","message":"no token: send the header `Authorization: Bearer TOKEN`"})");
  EXPECT_EQ(Http(kUnary, {{"Authorization", "Bearer wrong"}}).status, 401);
  EXPECT_EQ(Http(kUnary, {{"Authorization", "Basic Y2k6Y29ycmVjdA=="}}).status, 401);
  EXPECT_EQ(
      HttpStream(http_port_, kStream.path, kStream.json).end,
      R"({"error":{"code":"unauthenticated","message":"no token: send the header `Authorization: Bearer TOKEN`"}})");
  EXPECT_EQ(services_.entered, 0);
}

TEST_F(TokenTest, ProbesAndMetricsNeedNoToken) {
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/"}) {
    EXPECT_EQ(HttpSend(http_port_, {.verb = "GET", .path = path, .headers = {}, .body = ""}).status, 200) << path;
  }
}

TEST_F(TransportsTest, WithoutConfiguredTokensThePrincipalIsLocal) {
  StartServers();
  EXPECT_EQ(Http(kUnary).status, 200);
  EXPECT_EQ(services_.last_caller().principal, "local");
}

TEST_F(TransportsTest, TheProjectIsDefaultUnlessGiven) {
  StartServers();
  Http(kUnary);
  EXPECT_EQ(services_.last_caller().project, "default");
  Http({kUnary.path, R"({"id":"x","project":"billing"})"});
  EXPECT_EQ(services_.last_caller().project, "billing");
  EXPECT_EQ(Http({kUnary.path, R"({"id":"x","project":"a b"})"}).status, 400);
}

TEST_F(TransportsTest, WhatARequestLacksIsNamed) {
  StartServers();
  struct Case {
    SampleCall call;
    std::string message;
  };
  const Case cases[] = {
      {{"/assay.v1.RunService/StartRun", "{}"}, "suite is required"},
      {{"/assay.v1.RunService/StartRun", R"({"suite":"s"})"}, "model is required"},
      {{"/assay.v1.RunService/StartRun", R"({"suite":"s","model":"m","budget_usd":0})"},
       "budget_usd: more than 0 and at most 1000000 US dollars"},
      {{"/assay.v1.RunService/StartRun", R"({"suite":"s","model":"m","budget_usd":"NaN"})"},
       "budget_usd: more than 0 and at most 1000000 US dollars"},
      {{"/assay.v1.RunService/ListRuns", R"({"page_size":1001})"},
       "page_size is 1001; expected 1 to 1000, or 0 for 100"},
      {{"/assay.v1.RunService/ListRuns", R"({"state":77})"}, "state: 77 is not a run state"},
      {{"/assay.v1.GateService/CheckGate", R"({"gate":"g"})"}, "candidate is required"},
      {{"/assay.v1.GateService/CheckGate", R"({"gate":"g","candidate":"m","timeout":"-1s"})"},
       "timeout: expected a duration from 0s to one year"},
      {{"/assay.v1.CatalogService/GetDocument", R"({"name":"x"})"},
       "kind is required: SUITE, MODEL, GATE, RUBRIC, QUEUE or SCHEDULE"},
      {{"/assay.v1.ModelService/GetModel", R"({"name":"x","version":"1","stage":"production"})"},
       "give either version or stage, not both"},
      {{"/assay.v1.ModelService/RegisterModel", "{}"}, "document is required"},
  };
  GrpcClient grpc(grpc_port_);
  for (const Case& test : cases) {
    const GrpcAnswer over_grpc = grpc.Call(test.call.path, Bytes(test.call));
    EXPECT_EQ(over_grpc.code, 3) << test.message;
    EXPECT_EQ(over_grpc.message, test.message);
    const HttpAnswer over_http = Http(test.call);
    EXPECT_EQ(over_http.status, 400) << test.message;
    EXPECT_EQ(over_http.body, "{\"code\":\"invalid_argument\",\"message\":\"" + test.message + "\"}");
  }
  EXPECT_EQ(services_.entered, 0);
}

TEST_F(TransportsTest, ARequestIdStandsForEverythingButTheWaiting) {
  StartServers();
  const auto key = [this](const std::string& json) {
    Http({"/assay.v1.GateService/CheckGate", json});
    return services_.last_request();
  };
  EXPECT_EQ(key(R"({"gate":"g","candidate":"m"})"), std::nullopt);
  const auto first = key(R"({"gate":"g","candidate":"m","request_id":"r"})");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->method, "CheckGate");
  EXPECT_EQ(first->request_id, "r");
  EXPECT_EQ(key(R"({"gate":"g","candidate":"m","request_id":"r","timeout":"1s"})")->content_hash, first->content_hash);
  for (const char* other :
       {R"({"gate":"h","candidate":"m","request_id":"r"})", R"({"gate":"g","candidate":"n","request_id":"r"})",
        R"({"gate":"g","candidate":"m","request_id":"r","fresh":true})",
        R"({"gate":"g","candidate":"m","request_id":"r","baseline":"b"})"}) {
    EXPECT_NE(key(other)->content_hash, first->content_hash) << other;
  }
}

TEST_F(TransportsTest, ARequestIdStandsForTheBudgetToo) {
  StartServers();
  const auto hash = [this](const std::string& budget) {
    Http({"/assay.v1.RunService/StartRun", R"({"suite":"s","model":"m","request_id":"r")" + budget + "}"});
    return services_.last_request()->content_hash;
  };
  EXPECT_EQ(hash(R"(,"budget_usd":5)"), hash(R"(,"budget_usd":5.0)"));
  EXPECT_NE(hash(R"(,"budget_usd":5)"), hash(R"(,"budget_usd":6)"));
  EXPECT_NE(hash(R"(,"budget_usd":5)"), hash(""));
}

TEST_F(TransportsTest, ACheckWaitsNoLongerThanItsTimeoutAndItsDeadline) {
  StartServers();
  const std::string path = "/assay.v1.GateService/CheckGate";
  const HttpAnswer at_once = Http({path, R"({"gate":"g","candidate":"m"})"});
  EXPECT_THAT(at_once.body, HasSubstr("\"state\":\"PENDING\""));
  EXPECT_EQ(services_.last_until(), std::nullopt);

  const auto before = steady_clock::now();
  EXPECT_THAT(Http({path, R"({"gate":"g","candidate":"m","timeout":"60s"})"}).body, HasSubstr("\"state\":\"FAIL\""));
  EXPECT_GE(*services_.last_until(), before + seconds(60));
  EXPECT_LE(*services_.last_until(), steady_clock::now() + seconds(60));

  Http({path, R"({"gate":"g","candidate":"m","timeout":"60s"})"}, {{"Connect-Timeout-Ms", "20000"}});
  EXPECT_LT(*services_.last_until(), steady_clock::now() + seconds(20));
  EXPECT_GT(*services_.last_until(), before + seconds(19));
}

}  // namespace
}  // namespace assay::testing
