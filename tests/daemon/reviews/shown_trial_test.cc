#include "daemon/reviews/shown_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Texts(const std::vector<ItemContent::Text>& texts) {
  std::vector<std::string> out;
  for (const ItemContent::Text& text : texts) out.push_back(text.name + ": " + text.text);
  return out;
}

TEST(ShownTrial, TakesTheClaimsOfTheCaseOrTheSentencesOfTheAnswer) {
  EXPECT_THAT(Texts(ClaimsOf(Json::Of({{"claims", Json::Array{"one", "two"}}}), "ignored.")),
              ElementsAre("c1: one", "c2: two"));
  EXPECT_THAT(Texts(ClaimsOf(Json::Object{}, "It costs 2.50 euros. Is that so?  Yes!\nAnd more")),
              ElementsAre("c1: It costs 2.50 euros.", "c2: Is that so?", "c3: Yes!", "c4: And more"));
  EXPECT_THAT(ClaimsOf(Json::Object{}, " \n "), ::testing::IsEmpty());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a. ";
  EXPECT_EQ(ClaimsOf(Json::Object{}, many).size(), ReviewBounds::kParts);
}

TEST(ShownTrial, CutsWhatIsTooLongBetweenCharacters) {
  std::string text(ItemContent::kMostText - 1, 'a');
  text += "\xC3\xA4 and more";
  const std::string shown = Shortened(text);
  EXPECT_EQ(shown, std::string(ItemContent::kMostText - 1, 'a') + "\n[11 more bytes are not shown]");
  EXPECT_EQ(Shortened("short"), "short");
}

TEST(ShownTrial, ShowsCallsWithWhatToolsAnswered) {
  Response response;
  response.text = "done";
  response.tool_calls = {{.name = "find", .arguments = "{\"a\":1}", .id = "x"}};
  response.transcript = {{.role = Role::kTool, .content = "found", .tool_call_id = "x", .tool_name = "find"}};
  const ShownResponse shown = ShownOf("r1", response);
  ASSERT_EQ(shown.calls.size(), 1u);
  EXPECT_EQ(shown.calls[0].id, "t1");
  EXPECT_EQ(shown.calls[0].tool, "find");
  EXPECT_EQ(shown.calls[0].result, "found");
}

TEST(ShownTrial, ShowsPromptReferenceAndSourcesOfACase) {
  const Case item{.ordinal = 0,
                  .id = "a",
                  .fields = Json::Of({{"expected", 12}, {"context", Json::Array{"p", "q"}}, {"risk", "high"}})};
  const ItemContent content = ShownCase(item, {{.role = Role::kUser, .content = "how much?"}}, {"risk", "none"});
  EXPECT_THAT(Texts(content.prompt), ElementsAre("user: how much?"));
  EXPECT_EQ(content.reference, "12");
  EXPECT_EQ(content.context, "p\n\nq");
  EXPECT_THAT(Texts(content.fields), ElementsAre("risk: high"));
  const auto back = ItemContentFrom(StoredText(content));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(StoredText(*back), StoredText(content));
  EXPECT_EQ(ItemContentFrom("{}").error().message, "the content of a review item cannot be read");
}

}  // namespace
}  // namespace assay
