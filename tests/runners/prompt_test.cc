#include "runners/prompt.h"

#include <gmock/gmock.h>

#include "core/file.h"
#include "tests/testing/images.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Turns = std::vector<std::vector<Message>>;

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
PromptMessageSpec User(std::string text, std::vector<std::string> images = {}) {
  PromptMessageSpec message;
  message.user = std::move(text);
  message.images = std::move(images);
  return message;
}
PromptMessageSpec Generate() {
  PromptMessageSpec entry;
  entry.generate = true;
  return entry;
}
PromptMessageSpec MessagesOf(std::string field) {
  PromptMessageSpec entry;
  entry.messages = std::move(field);
  return entry;
}
PromptMessageSpec TurnsOf(std::string field) {
  PromptMessageSpec entry;
  entry.turns = std::move(field);
  return entry;
}

Message Says(Role role, std::string text) { return {.role = role, .content = std::move(text)}; }

Result<Dialogue> Rendered(const SuiteSpec& suite, const char* fields) {
  const auto prompt = Prompt::Compile(suite, "");
  EXPECT_TRUE(prompt) << prompt.error().message;
  return prompt->Render(Json::Parse(fields).value());
}

TEST(Prompt, RendersEveryMessageOverTheCase) {
  const auto prompt = Prompt::Compile(SuiteWith({System("Be brief."), User("{{q}} ({{n}})")}), "");
  ASSERT_TRUE(prompt.has_value());
  EXPECT_THAT(prompt->RequiredFields(), ElementsAre("q", "n"));
  const auto dialogue = prompt->Render(Json::Of({{"q", "a<b?"}, {"n", 2}}));
  ASSERT_TRUE(dialogue.has_value());
  EXPECT_EQ(dialogue->turns, (Turns{{Says(Role::kSystem, "Be brief."), Says(Role::kUser, "a<b? (2)")}}));
  EXPECT_THAT(dialogue->tools, IsEmpty());
}

TEST(Prompt, AMissingFieldIsAnErrorOfThatCase) {
  const auto messages = Rendered(SuiteWith({User("{{q}}")}), R"({"p":"x"})");
  ASSERT_FALSE(messages.has_value());
  EXPECT_EQ(messages.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(messages.error().message, "the case has no field \"q\"");
}

TEST(Prompt, MalformedTemplatesNameTheirMessage) {
  const auto prompt = Prompt::Compile(SuiteWith({System("x"), User("{{q")}), "");
  ASSERT_FALSE(prompt.has_value());
  EXPECT_EQ(prompt.error().message, "prompt[1].user: template line 1: a tag is opened but not closed");
  EXPECT_EQ(Prompt::Compile(SuiteWith({}), "").error().message,
            "suite \"s\" has no prompt: give it at least one message");
}

TEST(Prompt, AConversationOfTheCaseStandsWhereItIsNamed) {
  const SuiteSpec suite = SuiteWith({System("Be brief."), MessagesOf("chat.so_far"), User("{{q}}")});
  EXPECT_THAT(Prompt::Compile(suite, "")->RequiredFields(), ElementsAre("chat.so_far", "q"));
  const auto dialogue = Rendered(
      suite,
      R"({"q":"And now?","chat":{"so_far":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?"}]}})");
  ASSERT_TRUE(dialogue) << dialogue.error().message;
  EXPECT_EQ(dialogue->turns, (Turns{{Says(Role::kSystem, "Be brief."), Says(Role::kUser, "Hi"),
                                     Says(Role::kAssistant, "Yes?"), Says(Role::kUser, "And now?")}}));
  EXPECT_EQ(Rendered(suite, R"({"q":"x"})").error().message, "the case has no field \"chat.so_far\"");
  EXPECT_EQ(Rendered(suite, R"({"q":"x","chat":{"so_far":[{"role":"bot","content":""}]}})").error().message,
            "field \"chat.so_far\": [0].role is \"bot\"; it is one of system, user, assistant, tool");
}

TEST(Prompt, ScriptedTurnsAreAnsweredOneByOne) {
  const auto written = Rendered(SuiteWith({System("s"), User("{{q}}"), Generate(), User("Why?")}), R"({"q":"1?"})");
  EXPECT_EQ(written->turns, (Turns{{Says(Role::kSystem, "s"), Says(Role::kUser, "1?")}, {Says(Role::kUser, "Why?")}}));
  const auto listed = Rendered(SuiteWith({System("s"), TurnsOf("said")}), R"({"said":["a","b","c"]})");
  EXPECT_EQ(
      listed->turns,
      (Turns{{Says(Role::kSystem, "s"), Says(Role::kUser, "a")}, {Says(Role::kUser, "b")}, {Says(Role::kUser, "c")}}));
  EXPECT_EQ(Rendered(SuiteWith({TurnsOf("said")}), R"({"said":["a",""]})").error().message,
            "field \"said\": [1] is blank");
}

TEST(Prompt, AConversationIsBounded) {
  std::vector<PromptMessageSpec> prompt;
  for (std::size_t i = 0; i < kMaxTurns; ++i) {
    prompt.push_back(User("x"));
    prompt.push_back(Generate());
  }
  prompt.push_back(User("x"));
  EXPECT_EQ(Rendered(SuiteWith(prompt), "{}").error().message,
            "a conversation has at most 1000 messages and 100 generated answers");
}

TEST(Prompt, ToolsAreTheSuitesOrTheCases) {
  SuiteSpec suite = SuiteWith({User("x")});
  suite.tools = {{.name = "now", .description = "the time", .parameters = {}}};
  const Json none = Json::Parse(R"({"type":"object","properties":{}})").value();
  EXPECT_THAT(Rendered(suite, "{}")->tools, ElementsAre(Tool{"now", "the time", none}));

  suite = SuiteWith({User("x")});
  suite.tools_field = "functions";
  EXPECT_THAT(Rendered(suite, R"({"functions":[{"name":"f"}]})")->tools, ElementsAre(Tool{"f", "", none}));
  EXPECT_THAT(Rendered(suite, R"({"functions":[]})")->tools, IsEmpty());
  EXPECT_EQ(Rendered(suite, "{}").error().message, "the case has no field \"functions\"");
  EXPECT_EQ(Rendered(suite, R"({"functions":[{}]})").error().message, "field \"functions\": [0] has no \"name\"");
}

TEST(Prompt, ToolsOfAFileAreReadOnce) {
  const testing::ImageFolder folder;
  folder.Write("tools.json", R"([{"type":"function","function":{"name":"f"}}])");
  SuiteSpec suite = SuiteWith({User("x")});
  suite.tools_file = "tools.json";
  const auto prompt = Prompt::Compile(suite, folder.path());
  ASSERT_TRUE(prompt) << prompt.error().message;
  folder.Write("tools.json", R"([{"name":"a b"}])");
  EXPECT_EQ(prompt->Render(Json(Json::Object{}))->tools.at(0).name, "f");
  EXPECT_THAT(Prompt::Compile(suite, folder.path()).error().message,
              ::testing::StartsWith("tools_file tools.json: [0].name \"a b\" is no name of a tool"));
}

TEST(Prompt, ImagesOfTheSuiteAreReadOnceThoseOfTheCaseAreNamed) {
  const testing::ImageFolder folder;
  folder.Write("logo.gif", "GIF89a");
  const SuiteSpec suite = SuiteWith({User("What?", {"logo.gif", "{{shot}}", "https://h/{{id}}.png"})});
  const auto prompt = Prompt::Compile(suite, folder.path());
  ASSERT_TRUE(prompt) << prompt.error().message;
  EXPECT_THAT(prompt->RequiredFields(), ElementsAre("shot", "id"));
  folder.Write("logo.gif", "something else");
  const auto dialogue = prompt->Render(Json::Of({{"shot", "shots/1.png"}, {"id", 7}}));
  ASSERT_TRUE(dialogue) << dialogue.error().message;
  EXPECT_THAT(dialogue->turns[0][0].images,
              ElementsAre(Image{.base64 = "R0lGODlh", .media_type = "image/gif", .file = "logo.gif"},
                          Image{.file = "shots/1.png"}, Image{.url = "https://h/7.png"}));
  EXPECT_THAT(Prompt::Compile(suite, folder.path()).error().message,
              ::testing::HasSubstr("is no PNG, JPEG, GIF or WebP by its first bytes"));
  EXPECT_EQ(prompt->Render(Json::Of({{"shot", ""}, {"id", 7}})).error().message,
            "image \"\" is an image without address");
}

}  // namespace
}  // namespace assay
