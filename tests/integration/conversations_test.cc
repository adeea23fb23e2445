// Cases that are conversations, through the whole daemon: the example of the order desk, and images of cases.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "core/file.h"
#include "tests/integration/assay_stack.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {
namespace {

const std::filesystem::path kOrderDesk = std::string(ASSAY_SOURCE_DIR) + "/config/examples/order-desk";

std::vector<Json> ResultLines(const AssayStack& stack) {
  const std::string run = stack.AssayJson({"run", "list"}).as_array().at(0).Find("id")->as_string();
  std::istringstream lines(stack.Assay({"run", "results", run}).output);
  std::vector<Json> results;
  for (std::string line; std::getline(lines, line);) results.push_back(Json::Parse(line).value_or(Json()));
  return results;
}

TEST(Conversations, TheExampleOfTheOrderDeskPasses) {
  TemporaryFolder files;
  Server replay("assay-replay", {"--listen", "127.0.0.1:0", (kOrderDesk / "recordings/order-bot-1.jsonl").string()});
  const int port = replay.PortAfter("http://127.0.0.1:");
  ASSERT_NE(port, 0) << replay.errors();
  std::string catalog = *ReadFile(kOrderDesk / "order-desk.yaml");
  const std::size_t place = catalog.rfind("127.0.0.1:7082");
  files.Write("catalog/order-desk.yaml", catalog.replace(place, 14, "127.0.0.1:" + std::to_string(port)));
  files.Write("catalog/order-desk.jsonl", *ReadFile(kOrderDesk / "order-desk.jsonl"));
  AssayStack stack(files.path() / "catalog");
  ASSERT_TRUE(stack.Start()) << stack.daemon().errors();

  const ProgramEnd end =
      stack.Assay({"gate", "check", "order-desk-release", "--candidate", "order-bot@1", "--timeout", "50s"});
  EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
  const std::vector<Json> results = ResultLines(stack);
  ASSERT_EQ(results.size(), 12u);
  for (const Json& result : results) {
    const Json& response = *result.Find("response");
    EXPECT_THAT(response.Find("text")->as_string(), ::testing::StartsWith("The number of your order is R-"));
    EXPECT_EQ(*response.Find("tokens_in"), Json(80 + 120)) << "of both answers";
    EXPECT_EQ(*response.Find("tokens_out"), Json(18));
    EXPECT_EQ(*response.Find("attempts"), Json(2));
    const Json::Array& transcript = response.Find("transcript")->as_array();
    ASSERT_EQ(transcript.size(), 6u);
    std::string roles;
    for (const Json& message : transcript) roles += message.Find("role")->as_string() + " ";
    EXPECT_EQ(roles, "system user assistant tool assistant user ");
    EXPECT_EQ(*transcript[2].Find("tool_calls")->as_array().at(0).Find("name"), Json("look_up_order"));
    EXPECT_THAT(transcript[4].Find("content")->as_string(), ::testing::StartsWith("Your "));
  }
  EXPECT_THAT(stack.Get("/metrics"),
              ::testing::HasSubstr("assay_endpoint_requests_total{code=\"200\",endpoint=\"order-bot\"} 24\n"));
}

TEST(Conversations, ImagesOfCasesAreSentAsDataAndOnlyFromBelowTheSuite) {
  HttpStub endpoint([](const StubRequest&, int) { return ChatAnswer("a cat"); });
  TemporaryFolder files;
  files.Write("secret.gif", "GIF89a");
  files.Write("catalog/shots/1.gif", "GIF89a");
  files.Write("catalog/logo.gif", "GIF87a");
  files.Write("catalog/cases.jsonl",
              "{\"id\":\"good\",\"image\":\"shots/1.gif\"}\n{\"id\":\"url\",\"image\":\"https://example.com/a.png\"}\n"
              "{\"id\":\"bad\",\"image\":\"../secret.gif\"}\n");
  files.Write("catalog/catalog.yaml",
              "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\n"
              "prompt: [{user: Look, images: [\"{{image}}\", logo.gif]}]\n"
              "graders: [{name: cat, type: contains, value: cat}]\n---\nkind: Model\nname: m\nversion: \"1\"\n"
              "endpoint: {provider: openai-chat, url: \"" +
                  endpoint.url() + "\", model: bot}\n");
  AssayStack stack(files.path() / "catalog");
  ASSERT_TRUE(stack.Start()) << stack.daemon().errors();
  stack.Assay({"run", "start", "--suite", "s", "--model", "m@1", "--wait"});
  for (const Json& result : ResultLines(stack)) {
    const bool is_bad = *result.Find("case_id") == Json("bad");
    EXPECT_EQ(*result.Find("status"), Json(is_bad ? "error" : "scored"));
    if (is_bad) {
      EXPECT_EQ(
          result.Find("error")->as_string(),
          "prompt: image \"../secret.gif\" is not below the suite's folder, from where alone a case may name files");
    }
  }
  std::set<std::string> sent;
  for (const StubRequest& request : endpoint.received()) {
    const Json body = Json::Parse(request.body).value();
    const Json::Array& parts = body.Find("messages")->as_array().at(0).Find("content")->as_array();
    ASSERT_EQ(parts.size(), 3u);
    sent.insert(parts[1].Find("image_url")->Find("url")->as_string());
    EXPECT_EQ(*parts[2].Find("image_url")->Find("url"), Json("data:image/gif;base64,R0lGODdh"));
  }
  EXPECT_EQ(sent, (std::set<std::string>{"data:image/gif;base64,R0lGODlh", "https://example.com/a.png"}));
}

}  // namespace
}  // namespace assay::testing
