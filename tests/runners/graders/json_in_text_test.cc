// Where JSON is found in a text, against the definition carried out step by step.

#include "runners/graders/frame/json_in_text.h"
#include "tests/testing/hostile_size.h"
#include "tests/testing/thread_time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>

namespace assay {
namespace {

std::vector<std::string> Found(std::string_view text, JsonInTextKinds kinds = JsonInTextKinds::kObjectsAndLists) {
  std::vector<std::string> found;
  for (const std::string_view place : FindJsonInText(text, kinds)) found.emplace_back(place);
  return found;
}

using Texts = std::vector<std::string>;

TEST(JsonInText, IsFoundBetweenWords) {
  EXPECT_EQ(Found(R"(The answer is {"a": [1, {"b": "}"}]}, I think.)"), Texts{R"({"a": [1, {"b": "}"}]})"});
  EXPECT_EQ(Found("```json\n{\"a\": 1}\n```\n```json\n[2]\n```"), (Texts{R"({"a": 1})", "[2]"}));
  EXPECT_EQ(Found(R"({"a":1}{"b":2})"), (Texts{R"({"a":1})", R"({"b":2})"}));
  EXPECT_EQ(Found("none [here, {or} there"), Texts{});
  EXPECT_EQ(Found("12 \"x\" true null"), Texts{});
  EXPECT_EQ(Found(""), Texts{});
}

TEST(JsonInText, OfObjectsAloneListsAreNone) {
  EXPECT_EQ(Found(R"(As [1] shows, [{"a": [2]}])", JsonInTextKinds::kObjects), Texts{R"({"a": [2]})"});
}

TEST(JsonInText, WithinWhatIsBrokenIsFound) {
  EXPECT_EQ(Found(R"([1, {"a": 2}, oops)"), Texts{R"({"a": 2})"});
  EXPECT_EQ(Found(R"({"a: {"b": 1}})"), Texts{R"({"b": 1})"});
  EXPECT_EQ(Found(R"({{"a": 1}})"), Texts{R"({"a": 1})"});
  EXPECT_EQ(Found(R"({"a": 1,} {"b": 01} {"c": +1} {"d": "\x"} {"e": nul} [1] 2])"), Texts{"[1]"});
  EXPECT_EQ(Found("{\"a\": \"line\nbreak\"} [\"\\u12G4\"] [\"\\u12a4\"]"), Texts{"[\"\\u12a4\"]"});
}

TEST(JsonInText, IsAtMostSixtyFourLevelsDeep) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(Found(nested(64)), Texts{nested(64)});
  EXPECT_EQ(Found(nested(70)), Texts{nested(64)});
}

TEST(JsonInText, WhatIsNoTextIsLeftOut) {
  EXPECT_EQ(Found("[\"\xFF\"] [1]").size(), 2u);
  EXPECT_EQ(JsonValuesInText("[\"\xFF\"] [\"\\ud800\"] [1]", JsonInTextKinds::kObjectsAndLists),
            std::vector<Json>{Json(Json::Array{1})});
}

// From each brace on, the shortest piece that Json::Parse takes; after a find, behind it.
Texts ByDefinition(const std::string& text) {
  Texts found;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = 0;
    if (text[at] == '{' || text[at] == '[') {
      for (std::size_t size = 2; at + size <= text.size() && end == 0; ++size) {
        if (Json::Parse(text.substr(at, size))) end = at + size;
      }
    }
    if (end != 0) found.push_back(text.substr(at, end - at));
    at = end != 0 ? end : at + 1;
  }
  return found;
}

TEST(JsonInText, IsWhatTheDefinitionSays) {
  std::mt19937 random(20261126);
  const Texts pieces = {"{",  "}", "[",    "]", "\"", "\"a\"",  ":",  ",",  "\\",   "1",       "-", ".5",
                        "e2", " ", "true", "x", "\n", "\"k\":", "[]", "{}", "\\\"", "\\u00e9", "0"};
  std::size_t finds = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string text;
    for (std::size_t n = random() % 24; n > 0; --n) text += pieces[random() % pieces.size()];
    const Texts found = Found(text);
    ASSERT_EQ(found, ByDefinition(text)) << text;
    finds += found.size();
  }
  EXPECT_GT(finds, 10'000u);
}

TEST(JsonInText, TakesLinearTime) {
  const auto begin = ThreadTime::now();
  constexpr std::size_t kTimes = HostileSize(1'000'000);
  for (const std::string piece :
       {"[", "{\"a\":", "[1,", "[\"[\",", "{\"{\":1,", "\"[", "[\"\\\"", "[\"[\\\"\",", "[ "}) {
    std::string text;
    for (std::size_t i = 0; i < kTimes; ++i) text += piece;
    Found(text);
    Found(text + std::string(kTimes, ']'));
  }
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace assay
