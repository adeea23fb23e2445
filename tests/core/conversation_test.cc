#include "core/conversation.h"

#include <gmock/gmock.h>

namespace assay {
namespace {

using ::testing::ElementsAre;

Json Parsed(const char* text) { return Json::Parse(text).value(); }

TEST(Conversation, IsReadInTheFormOfChatCompletions) {
  const auto messages = ReadConversation(Parsed(R"([
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "What is"}, {"type": "input_text", "text": "this?"},
        {"type": "image_url", "image_url": {"url": "https://h/a.png"}}, {"type": "image", "image": "b.png"},
        {"type": "input_image", "image_url": "data:image/gif;base64,R0lG"}]},
    {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function",
        "function": {"name": "look", "arguments": {"at": 1}}}]},
    {"role": "tool", "tool_call_id": "c1", "content": "a cat"},
    {"role": "assistant", "content": "A cat.", "refusal": null}])"));
  ASSERT_TRUE(messages) << messages.error().message;
  EXPECT_THAT(
      *messages,
      ElementsAre(
          Message{.role = Role::kSystem, .content = "Be brief."},
          Message{
              .role = Role::kUser,
              .content = "What is\nthis?",
              .images = {{.url = "https://h/a.png"}, {.file = "b.png"}, {.base64 = "R0lG", .media_type = "image/gif"}}},
          Message{.role = Role::kAssistant, .content = "", .tool_calls = {{"look", R"({"at":1})", "c1"}}},
          Message{.role = Role::kTool, .content = "a cat", .tool_call_id = "c1", .tool_name = "look"},
          Message{.role = Role::kAssistant, .content = "A cat."}));
}

TEST(Conversation, IsReadFromTextToo) {
  EXPECT_EQ(ReadConversation(Json(R"([{"role":"user","content":"hi"}])")).value(),
            (std::vector<Message>{{.role = Role::kUser, .content = "hi"}}));
  EXPECT_EQ(ReadUserTurns(Json(R"(["a","b"])")).value(), (std::vector<std::string>{"a", "b"}));
}

TEST(Conversation, ComesBackAsItWasWrittenButForTheDataOfImages) {
  const std::vector<Message> messages = {
      {.role = Role::kUser,
       .content = "q",
       .images = {{.url = "http://h/a"}, {.base64 = "AA", .media_type = "image/png"}}},
      {.role = Role::kAssistant, .content = "", .tool_calls = {{"f", "{broken", "c1"}}},
      {.role = Role::kTool, .content = "", .tool_call_id = "c1", .tool_name = "f"},
      {.role = Role::kAssistant, .content = ""}};
  Json::Array list;
  for (const Message& message : messages) list.push_back(ToJson(message));
  auto again = ReadConversation(Json(Json(list).Dump()));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)[0].images[1].file, "data of image/png");
  (*again)[0].images[1] = messages[0].images[1];
  EXPECT_EQ(*again, messages);
}

struct Refused {
  const char* json;
  const char* message;
};

TEST(Conversation, SaysWhereItIsWrong) {
  for (const Refused& row : {
           Refused{"3", "expected a list of messages {role, content}, got 3"},
           Refused{R"("hello")",
                   "expected a list of messages {role, content}, got a text that is no such list as JSON"},
           Refused{"[]", "the list of messages is empty"},
           Refused{R"(["hi"])", R"([0] is "hi"; a message is {role, content})"},
           Refused{R"([{"content":"x"}])", "[0].role is missing; it is one of system, user, assistant, tool"},
           Refused{R"([{"role":"bot","content":"x"}])",
                   R"([0].role is "bot"; it is one of system, user, assistant, tool)"},
           Refused{R"([{"role":"user"}])", R"([0] has no "content")"},
           Refused{R"([{"role":"user","content":null}])", R"([0] has no "content")"},
           Refused{R"([{"role":"user","content":{"text":"x"}}])",
                   "[0].content is an object; it is text or a list of parts"},
           Refused{R"([{"role":"user","content":[]}])", "[0].content has no part"},
           Refused{R"([{"role":"user","content":["x"]}])", R"([0].content[0] is no part with a "type")"},
           Refused{R"([{"role":"user","content":[{"type":"audio"}]}])",
                   R"([0].content[0].type is "audio"; it is text or image_url)"},
           Refused{R"([{"role":"system","content":[{"type":"image_url","image_url":{"url":"a.png"}}]}])",
                   "[0].content[0] is an image, which only a user may send"},
           Refused{R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:text/html,x"}}]}])",
                   "[0].content[0] is no image as data: write data:image/png;base64,..."},
           Refused{R"([{"role":"user","content":"x","tool_calls":[]}])", "[0].tool_calls can only be the assistant's"},
           Refused{R"([{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}])",
                   R"([0].tool_calls[0] has no "id", by which its answer would name it)"},
           Refused{R"([{"role":"assistant","tool_calls":[{"id":"1","function":{}}]}])",
                   "[0].tool_calls[0] has no name of a function"},
           Refused{R"([{"role":"user","content":"x"},{"role":"tool","content":"y"}])", R"([1] has no "tool_call_id")"},
           Refused{R"([{"role":"tool","content":"y","tool_call_id":"c9"}])",
                   R"([0].tool_call_id "c9" is of no call before it)"},
           Refused{R"([{"role":"user","content":"y","tool_call_id":"c9"}])", "[0].tool_call_id can only be a tool's"},
           Refused{R"([{"role":"assistant","function_call":{"name":"f"}}])", "[0].function_call is not supported"},
       }) {
    const auto read = ReadConversation(Parsed(row.json));
    ASSERT_FALSE(read) << row.json;
    EXPECT_EQ(read.error().message, row.message);
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Conversation, IsBounded) {
  const Json message = Parsed(R"({"role":"user","content":"x"})");
  EXPECT_TRUE(ReadConversation(Json(Json::Array(kMaxMessages, message))));
  EXPECT_EQ(ReadConversation(Json(Json::Array(kMaxMessages + 1, message))).error().message,
            "1001 messages; at most 1000 make a conversation");
  const Json large = Json::Of({{"role", "user"}, {"content", std::string(kMaxConversationBytes / 2 + 1, 'x')}});
  EXPECT_EQ(ReadConversation(Json(Json::Array(2, large))).error().message,
            "the messages have more than 16 MiB of text");
  EXPECT_EQ(ReadUserTurns(Json(Json::Array(101, Json("x")))).error().message, "101 turns; at most 100 are answered");
}

TEST(UserTurns, AreTextsThatSaySomething) {
  EXPECT_EQ(ReadUserTurns(Parsed("[]")).error().message, "the list of turns is empty");
  EXPECT_EQ(ReadUserTurns(Parsed(R"(["a", 2])")).error().message, "[1] is 2; a turn is a text");
  EXPECT_EQ(ReadUserTurns(Parsed(R"(["a", " \n"])")).error().message, "[1] is blank");
  EXPECT_EQ(ReadUserTurns(Parsed(R"({"a": 1})")).error().message,
            "expected a list of texts, the turns of the user, got an object");
}

TEST(Tools, AreReadInSeveralForms) {
  const Json schema = Parsed(R"({"type":"object","properties":{"x":{"type":"number"}}})");
  const auto tools = ReadTools(Parsed(R"([
    {"type": "function", "function": {"name": "a", "description": "does a",
        "parameters": {"type":"object","properties":{"x":{"type":"number"}}}}},
    {"name": "b.c", "parameters": {"type":"object","properties":{"x":{"type":"number"}}}},
    {"name": "c", "input_schema": {"type":"object","properties":{"x":{"type":"number"}}}},
    {"name": "d"}])"));
  ASSERT_TRUE(tools) << tools.error().message;
  EXPECT_THAT(*tools, ElementsAre(Tool{"a", "does a", schema}, Tool{"b.c", "", schema}, Tool{"c", "", schema},
                                  Tool{"d", "", Parsed(R"({"type":"object","properties":{}})")}));
  EXPECT_TRUE(ReadTools(Parsed("[]")).value().empty()) << "a case without tools";
}

TEST(Tools, SayWhereTheyAreWrong) {
  for (const Refused& row :
       {Refused{R"({"name":"a"})", "expected a list of tools {name, description, parameters}, got an object"},
        Refused{R"([{}])", R"([0] has no "name")"},
        Refused{R"([{"name":"a b"}])",
                R"([0].name "a b" is no name of a tool: use up to 64 letters, digits, "_", "-" and ".")"},
        Refused{R"([{"name":"a"},{"name":"a"}])", R"([1].name "a" is already defined)"},
        Refused{R"([{"name":"a","parameters":[]}])", "[0].parameters is a list; it is the JSON Schema of an object"},
        Refused{R"([{"name":"a","parameters":{}}])",
                R"([0].parameters has no "type"; write {type: object, properties: ...})"},
        Refused{R"([{"name":"a","parameters":{"type":"string"}}])",
                R"([0].parameters has type "string"; the arguments of a tool are an object)"},
        Refused{R"([{"type":"web_search"}])", R"([0].type is "web_search"; only functions can be offered)"}}) {
    const auto read = ReadTools(Parsed(row.json));
    ASSERT_FALSE(read) << row.json;
    EXPECT_EQ(read.error().message, row.message);
  }
}

}  // namespace
}  // namespace assay
