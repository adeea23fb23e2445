#include "runners/prompt.h"

#include <gmock/gmock.h>

namespace assay {
namespace {

using ::testing::ElementsAre;

SuiteSpec SuiteWith(std::vector<PromptMessageSpec> prompt) {
  SuiteSpec suite;
  suite.name = "s";
  suite.prompt = std::move(prompt);
  return suite;
}

PromptMessageSpec System(std::string text) {
  PromptMessageSpec message;
  message.system = std::move(text);
  return message;
}
PromptMessageSpec User(std::string text) {
  PromptMessageSpec message;
  message.user = std::move(text);
  return message;
}

TEST(Prompt, RendersEveryMessageOverTheCase) {
  const auto prompt = Prompt::Compile(SuiteWith({System("Be brief."), User("{{q}} ({{n}})")}));
  ASSERT_TRUE(prompt.has_value());
  EXPECT_THAT(prompt->RequiredFields(), ElementsAre("q", "n"));
  const auto messages = prompt->Render(Json::Of({{"q", "a<b?"}, {"n", 2}}));
  ASSERT_TRUE(messages.has_value());
  EXPECT_THAT(*messages, ElementsAre(Message{Role::kSystem, "Be brief."}, Message{Role::kUser, "a<b? (2)"}));
}

TEST(Prompt, AMissingFieldIsAnErrorOfThatCase) {
  const auto prompt = Prompt::Compile(SuiteWith({User("{{q}}")}));
  const auto messages = prompt->Render(Json::Of({{"p", "x"}}));
  ASSERT_FALSE(messages.has_value());
  EXPECT_EQ(messages.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(messages.error().message, "the case has no field \"q\"");
}

TEST(Prompt, MalformedTemplatesNameTheirMessage) {
  const auto prompt = Prompt::Compile(SuiteWith({System("x"), User("{{q")}));
  ASSERT_FALSE(prompt.has_value());
  EXPECT_EQ(prompt.error().message, "prompt[1].user: template line 1: a tag is opened but not closed");
  EXPECT_EQ(Prompt::Compile(SuiteWith({})).error().message, "suite \"s\" has no prompt: give it at least one message");
}

}  // namespace
}  // namespace assay
