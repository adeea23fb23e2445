// Runs whose trials are conversations.

#include <gmock/gmock.h>

#include <boost/asio/thread_pool.hpp>

#include "runners/image_files.h"
#include "tests/runners/run_fixture.h"
#include "tests/testing/images.h"

namespace assay {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using testing::Said;

class ConversationRun : public testing::RunFixture {};

Result<Dialogue> ThreeTurns(const Json& fields) {
  const std::string q = fields.Find("q")->as_string();
  return Dialogue{.turns = {{{.role = Role::kSystem, .content = "s"}, {.role = Role::kUser, .content = q + "a"}},
                            {{.role = Role::kUser, .content = q + "b"}},
                            {{.role = Role::kUser, .content = q + "c"}}},
                  .tools = {{"f", "", Json(Json::Object{})}}};
}

// "<0a>" in 1 ms, of 2 tokens, for a hundredth of a cent, by the second attempt.
Result<Response> PricedAnswer(const std::string& text, int) {
  Response response = Said("<" + text + ">");
  response.latency = milliseconds(1);
  response.first_token = Duration(text.back());
  response.usage = {.tokens_in = 10, .tokens_out = 2};
  response.attempts = 2;
  response.cost_usd = 0.25;
  response.finish_reason = "stop";
  // In every answer, and one in the first only.
  response.guardrails = {{.category = "hate"}};
  if (text.back() == 'a') response.guardrails.push_back({.category = "violence"});
  return response;
}

TEST_F(ConversationRun, EachTurnIsARequestWithTheConversationSoFar) {
  plan.cases = 1;
  plan.trials = 1;
  plan.prompt = ThreeTurns;
  plan.tool_choice = "auto";
  endpoint->answer = PricedAnswer;
  std::vector<ModelRequest> requests;
  endpoint->pass_on = [&](const ModelRequest& request) { requests.push_back(request); };
  EXPECT_EQ(Run().outcome, RunOutcome::kComplete);
  const auto says = [](Role role, std::string text) { return Message{.role = role, .content = std::move(text)}; };
  const std::vector<Message> all = {says(Role::kSystem, "s"),       says(Role::kUser, "0a"),
                                    says(Role::kAssistant, "<0a>"), says(Role::kUser, "0b"),
                                    says(Role::kAssistant, "<0b>"), says(Role::kUser, "0c")};
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].messages, std::vector<Message>(all.begin(), all.begin() + 2));
  EXPECT_EQ(requests[1].messages, std::vector<Message>(all.begin(), all.begin() + 4));
  EXPECT_EQ(requests[2].messages, all);
  for (const ModelRequest& request : requests) {
    EXPECT_EQ(request.tools.size(), 1u);
    EXPECT_EQ(request.tool_choice, "auto");
  }
  ASSERT_EQ(sink.results.size(), 1u);
  const Response& response = sink.results[0].response.value();
  EXPECT_EQ(response.text, "<0c>");
  EXPECT_EQ(response.transcript, all);
  EXPECT_EQ(response.latency, milliseconds(3));
  EXPECT_EQ(response.first_token, Duration('c')) << "that of the last answer";
  EXPECT_EQ(response.usage.tokens_in, 30);
  EXPECT_EQ(response.usage.tokens_out, 6);
  EXPECT_EQ(response.attempts, 6);
  EXPECT_EQ(response.cost_usd, 0.75);
  EXPECT_EQ(response.guardrails, (std::vector<GuardrailFinding>{{.category = "hate"}, {.category = "violence"}}))
      << "those of all answers";
}

// It answers: that its answers cannot be gone on with is no reason to give up on it.
TEST_F(ConversationRun, ToolCallsInTheMiddleAreErrorsOfTheirTrialsAndNotOfTheEndpoint) {
  plan.cases = 60;
  plan.trials = 1;
  plan.prompt = ThreeTurns;
  endpoint->answer = [](const std::string& text, int number) {
    auto response = PricedAnswer(text, number);
    response->tool_calls = {{std::string("look\n") + std::string(1000, 'x'), "{}", "c1"}};
    return response;
  };
  EXPECT_EQ(Run().outcome, RunOutcome::kComplete);
  ASSERT_EQ(sink.results.size(), 60u);
  for (const TrialResult& result : sink.results) {
    EXPECT_EQ(result.status, TrialStatus::kError);
    EXPECT_THAT(result.error, ::testing::StartsWith("turn 1 of 3: the model called tool \"look\\nxxx"));
    EXPECT_LT(result.error.size(), 300u);
  }
}

// What would be graded is the limit or the filter, not the model.
TEST_F(ConversationRun, NothingFollowsAnAnswerThatIsNotWhole) {
  struct Row {
    const char* text;
    const char* finish_reason;
    const char* error;  // "" for none
  };
  const std::string no_way = "; the conversation cannot go on after it";
  for (const Row& row :
       {Row{"half", "length", "the answer was cut off: finish_reason \"length\""},
        Row{"half", "MAX_TOKENS", "the answer was cut off: finish_reason \"MAX_TOKENS\""},
        Row{"half", "max_output_tokens", "the answer was cut off: finish_reason \"max_output_tokens\""},
        Row{"half", "incomplete", "the answer was cut off: finish_reason \"incomplete\""},
        Row{"", "content_filter", "the answer is not whole: finish_reason \"content_filter\""},
        Row{"", "SAFETY", "the answer is not whole: finish_reason \"SAFETY\""},
        Row{"half", "refusal", "the answer is not whole: finish_reason \"refusal\""},
        Row{"half", "some\nword", "the answer is not whole: finish_reason \"some\\nword\""},
        Row{" \n", "stop", "the answer is empty"}, Row{"whole", "", ""}, Row{"whole", "STOP", ""},
        Row{"whole", "COMPLETE", ""}, Row{"whole", "eos_token", ""}}) {
    for (const char* turn : {"0b", "0c"}) {
      plan.cases = 1;
      plan.trials = 1;
      plan.prompt = ThreeTurns;
      endpoint->answer = [&](const std::string& text, int number) {
        auto response = PricedAnswer(text, number);
        if (text == turn) response->text = row.text;
        if (text == turn) response->finish_reason = row.finish_reason;
        return response;
      };
      sink.results.clear();
      EXPECT_EQ(Run().outcome, RunOutcome::kComplete);
      const bool goes_on = std::string(turn) == "0c" || std::string(row.error).empty();
      ASSERT_EQ(sink.results.size(), 1u);
      EXPECT_EQ(sink.results[0].status, goes_on ? TrialStatus::kScored : TrialStatus::kError) << row.finish_reason;
      EXPECT_EQ(sink.results[0].error, goes_on ? "" : "turn 2 of 3: " + (row.error + no_way));
    }
  }
}

TEST_F(ConversationRun, ASumWithAnUnknownPartIsUnknown) {
  plan.cases = 1;
  plan.trials = 1;
  plan.prompt = ThreeTurns;
  endpoint->answer = [](const std::string& text, int number) {
    auto response = PricedAnswer(text, number);
    if (number == 1) response->usage.tokens_out.reset();
    if (number == 1) response->cost_usd.reset();
    if (number == 1) response->is_cached = true;
    return response;
  };
  Run();
  const Response& response = sink.results.at(0).response.value();
  EXPECT_EQ(response.usage.tokens_in, 30);
  EXPECT_EQ(response.usage.tokens_out, std::nullopt);
  EXPECT_EQ(response.cost_usd, std::nullopt);
  EXPECT_TRUE(response.is_cached) << "its latency is not that of this run";
}

TEST_F(ConversationRun, AnErrorInAnyTurnIsAnErrorOfTheTrial) {
  plan.cases = 30;
  plan.trials = 1;
  plan.prompt = ThreeTurns;
  endpoint->answer = [](const std::string& text, int number) -> Result<Response> {
    if (text == "7b") return Fail(ErrorCode::kDataLoss, "endpoint \"bot@1\": answered nonsense");
    auto response = PricedAnswer(text, number);
    if (text == "9a" || text == "10c") response->tool_calls = {{"look", "{}", "c1"}};
    return response;
  };
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kComplete);
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 30, .scored = 28, .error = 2}));
  EXPECT_EQ(endpoint->asked, 28 * 3 + 2 + 1) << "nothing is asked after an error";
  for (const TrialResult& result : sink.results) {
    if (result.ordinal == 7) {
      EXPECT_EQ(result.error, "turn 2 of 3: endpoint \"bot@1\": answered nonsense");
      EXPECT_FALSE(result.response);
    }
    if (result.ordinal == 9) {
      EXPECT_EQ(result.error,
                "turn 1 of 3: the model called tool \"look\" in the middle of a scripted conversation, where nothing "
                "answers");
    }
    if (result.ordinal == 10) {
      EXPECT_EQ(result.response->tool_calls.size(), 1u) << "the last answer may";
    }
  }
}

TEST_F(ConversationRun, AConversationThatIsStoppedIsNotRecorded) {
  plan.cases = 4;
  plan.trials = 1;
  plan.max_concurrency = 1;
  plan.prompt = ThreeTurns;
  endpoint->answer = [this](const std::string& text, int number) {
    if (number == 4) control.Stop(Duration(0));
    return PricedAnswer(text, number);
  };
  endpoint->pause = milliseconds(1);
  RunEnd end = Run();
  EXPECT_EQ(end.outcome, RunOutcome::kStopped);
  EXPECT_LE(end.recorded.scored, 2);
  EXPECT_EQ(end.recorded.error, 0);
}

TEST_F(ConversationRun, ConcurrencyHoldsForTheRequestsOfConversations) {
  plan.cases = 200;
  plan.prompt = ThreeTurns;
  plan.max_concurrency = 8;
  endpoint->answer = PricedAnswer;
  endpoint->pause = Duration(200);
  EXPECT_EQ(Run().recorded.scored, 600);
  EXPECT_EQ(endpoint->asked, 1800);
  EXPECT_LE(endpoint->most, 8);
}

TEST_F(ConversationRun, ImagesOfACaseAreReadWhenTheyAreSent) {
  const testing::ImageFolder folder;
  folder.Write("0.gif", "GIF89a");
  asio::thread_pool pool(1);
  plan.cases = 2;
  plan.trials = 1;
  plan.images = std::make_shared<ImageFiles>(folder.path(), pool.get_executor());
  plan.prompt = [](const Json& fields) -> Result<Dialogue> {
    Message message{.role = Role::kUser, .content = "?"};
    message.images = {{.file = fields.Find("q")->as_string() + ".gif"}};
    return Dialogue{.turns = {{message}, {{.role = Role::kUser, .content = "And?"}}}};
  };
  std::vector<Image> sent;
  endpoint->pass_on = [&](const ModelRequest& request) { sent.push_back(request.messages[0].images.at(0)); };
  RunEnd end = Run();
  pool.join();
  EXPECT_EQ(end.recorded, (RunCounts{.scheduled = 2, .scored = 1, .error = 1}));
  const Image image{.base64 = "R0lGODlh", .media_type = "image/gif", .file = "0.gif"};
  EXPECT_EQ(sent, (std::vector<Image>{image, image}));
  for (const TrialResult& result : sink.results) {
    if (result.ordinal == 1) {
      EXPECT_EQ(result.error, "prompt: image \"1.gif\" is missing");
    } else {
      EXPECT_EQ(result.response->transcript.at(0).images,
                (std::vector<Image>{{.media_type = "image/gif", .file = "0.gif"}}));
    }
  }
}

}  // namespace
}  // namespace assay
