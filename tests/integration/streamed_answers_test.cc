// Providers whose answers reach a verdict in other ways than whole Chat Completions: streamed, and through provider
// http.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/integration/assay_stack.h"

namespace assay::testing {
namespace {

class RecordedAnswers : public ::testing::Test {
 protected:
  static constexpr int kCases = 24;

  // `model` is the endpoint of m@1; {url} in it is the address of the replay.
  void Serve(std::string model, const std::string& metrics, const std::string& rules) {
    std::string rows;
    std::string records;
    for (int i = 0; i < kCases; ++i) {
      const std::string question = "question \\\"" + std::to_string(i) + "\\\"";
      rows += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"" + question + "\"}\n";
      records += R"({"model":"bot","messages":[{"role":"user","content":")" + question +
                 R"("}],"response":{"content":"yes it is number )" + std::to_string(i) +
                 R"(","usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}})" + "\n";
    }
    replay_ = std::make_unique<Server>(
        "assay-replay", std::vector<std::string>{"--listen", "127.0.0.1:0", "--latency", "30ms", "--token-delay", "5ms",
                                                 files_.Write("records.jsonl", records).string()});
    const int port = replay_->PortAfter("http://127.0.0.1:");
    ASSERT_NE(port, 0) << replay_->errors();
    model.replace(model.find("{url}"), 5, "http://127.0.0.1:" + std::to_string(port) + "/v1");
    files_.Write("catalog/cases.jsonl", rows);
    files_.Write("catalog/catalog.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: contains, value: \"number\"}]\n" +
                     metrics + "---\nkind: Gate\nname: release\nsuites: [s]\nrules:\n" + rules +
                     "---\nkind: Model\nname: m\nversion: \"1\"\nendpoint: " + model + "\n");
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog");
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }

  ProgramEnd Check() { return stack_->Assay({"gate", "check", "release", "--candidate", "m@1", "--timeout", "50s"}); }

  // The responses of the only run.
  std::vector<Json> Responses() {
    const std::string run = stack_->AssayJson({"run", "list"}).as_array().at(0).Find("id")->as_string();
    std::istringstream lines(stack_->Assay({"run", "results", run}).output);
    std::vector<Json> responses;
    for (std::string line; std::getline(lines, line);) {
      responses.push_back(*Json::Parse(line).value_or(Json()).Find("response"));
    }
    return responses;
  }

  TemporaryFolder files_;
  std::unique_ptr<Server> replay_;
  std::unique_ptr<AssayStack> stack_;
};

TEST_F(RecordedAnswers, StreamedOnesHaveATimeToTheFirstTokenAndARate) {
  Serve("{provider: openai-chat, url: \"{url}\", model: bot, stream: true}",
        "metrics: [{name: first, source: ttft_ms}, {name: rate, source: tokens_per_second}]\n",
        "  - {name: correct, grader: answer, at_least: 0.5}\n"
        "  - {name: prompt, metric: first, at_most: 20000}\n"
        "  - {name: fast, metric: rate, at_least: 0.01}\n");
  const ProgramEnd end = Check();
  EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
  const std::vector<Json> responses = Responses();
  ASSERT_EQ(responses.size(), static_cast<std::size_t>(kCases));
  for (const Json& response : responses) {
    EXPECT_THAT(response.Find("text")->as_string(), ::testing::StartsWith("yes it is number "));
    EXPECT_EQ(*response.Find("tokens_out"), Json(5));
    EXPECT_GE(response.Find("ttft_ms")->as_number(), 29) << "the replay waits 30 ms";
    EXPECT_GT(response.Find("latency_ms")->as_number(), response.Find("ttft_ms")->as_number());
    EXPECT_GT(response.Find("tokens_per_second")->as_number(), 0);
  }
  EXPECT_THAT(stack_->Get("/metrics"),
              ::testing::HasSubstr("assay_endpoint_first_token_seconds_count{endpoint=\"m\"} 24\n"));
}

TEST_F(RecordedAnswers, WholeOnesHaveNeitherAndSuchARuleIsNoPass) {
  Serve("{provider: openai-chat, url: \"{url}\", model: bot}", "metrics: [{name: rate, source: tokens_per_second}]\n",
        "  - {name: correct, grader: answer, at_least: 0.5}\n"
        "  - {name: fast, metric: rate, at_least: 0.01}\n");
  const ProgramEnd end = Check();
  EXPECT_EQ(end.exit_code, 2) << end.output << end.errors;
  for (const Json& response : Responses()) EXPECT_TRUE(response.Find("tokens_per_second")->is_null());
}

TEST_F(RecordedAnswers, ComeThroughProviderHttpToo) {
  Serve(
      "{provider: http, url: \"{url}/chat/completions\", model: bot, body: {model: \"{{model}}\", messages: "
      "\"{{messages}}\", seed: \"{{sampling.seed}}\"}, text: \".choices[0].message.content\", tokens_in: "
      ".usage.prompt_tokens, tokens_out: .usage.completion_tokens, finish_reason: \".choices[0].finish_reason\"}",
      "", "  - {name: correct, grader: answer, at_least: 0.5}\n");
  const ProgramEnd end = Check();
  EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
  const std::vector<Json> responses = Responses();
  ASSERT_EQ(responses.size(), static_cast<std::size_t>(kCases));
  for (const Json& response : responses) {
    EXPECT_EQ(*response.Find("tokens_in"), Json(7));
    EXPECT_EQ(*response.Find("finish_reason"), Json("stop"));
  }
}

}  // namespace
}  // namespace assay::testing
