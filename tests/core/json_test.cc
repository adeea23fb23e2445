#include "core/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace assay {
namespace {

TEST(JsonParse, KeepsMembersInTheirOrderAndTypes) {
  const auto json = Json::Parse(R"({"b": 1, "a": [true, null, 2.5, "x"], "c": {}})");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->Dump(), R"({"b":1,"a":[true,null,2.5,"x"],"c":{}})");
  EXPECT_TRUE(json->Find("b")->is_integer());
  EXPECT_EQ(json->Find("missing"), nullptr);
}

TEST(JsonParse, RefusesWhatIsNotJson) {
  for (const char* text :
       {"", "{", "[1,]", "{\"a\" 1}", "nul", "'x'", "01", "1 2", "\"\\x\"", "\"\xff\"", "NaN", "[1e999]x"}) {
    const auto json = Json::Parse(text);
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().code, ErrorCode::kInvalidArgument) << text;
  }
}

TEST(JsonParse, BoundsTheDepth) {
  const auto nested = [](const std::string& open, const std::string& inner, const std::string& close, int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += open;
    text += inner;
    for (int i = 0; i < levels; ++i) text += close;
    return text;
  };
  const std::tuple<const char*, const char*, const char*> shapes[] = {
      {"[", "", "]"}, {"[", "1", "]"}, {"{\"a\":", "1", "}"}, {"[{\"a\":", "null", "}]"}};
  for (const auto& [open, inner, close] : shapes) {
    const int levels = std::string_view(open).starts_with("[{") ? 2 : 1;
    EXPECT_TRUE(Json::Parse(nested(open, inner, close, 64 / levels))) << open << inner;
    for (const int depth : {66, 100000}) {
      const auto deep = Json::Parse(nested(open, inner, close, depth / levels));
      ASSERT_FALSE(deep) << open << inner << depth;
      EXPECT_EQ(deep.error().message, "JSON nested more than 64 levels deep");
    }
  }
  EXPECT_FALSE(Json::Parse(nested("[", "", "]", 65)));
  EXPECT_FALSE(Json::Parse(nested("[", "{}", "]", 64)));
  EXPECT_TRUE(Json::Parse(nested("[", "{}", "]", 63)));
  EXPECT_FALSE(Json::Parse("[]", 0));
}

TEST(JsonParse, LongIntegersBecomeDoubles) {
  const auto json = Json::Parse(
      R"(["12345678901234567890123", 12345678901234567890123, 9223372036854775807, 18446744073709551615, -9999999999999999999])");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->as_array()[0].as_string(), "12345678901234567890123");
  EXPECT_DOUBLE_EQ(json->as_array()[1].as_number(), 12345678901234567890123.0);
  EXPECT_EQ(json->as_array()[2].as_integer(), std::numeric_limits<std::int64_t>::max());
  EXPECT_DOUBLE_EQ(json->as_array()[3].as_number(), 18446744073709551615.0);
  EXPECT_DOUBLE_EQ(json->as_array()[4].as_number(), -9999999999999999999.0);
}

TEST(JsonParse, ADuplicateKeyCanBeRefused) {
  const auto refused = Json::Parse(R"({"x":[{"a":1,"b":2,"a":3}]})", 64, RepeatedKeys::kRefuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(refused.error().message, "the key \"a\" is there twice");
  EXPECT_TRUE(Json::Parse(R"({"a":{"a":1},"b":{"a":2}})", 64, RepeatedKeys::kRefuse));
}

TEST(JsonParse, ADuplicateKeyKeepsItsLastValue) { EXPECT_EQ(Json::Parse(R"({"a":1,"a":2})")->Dump(), R"({"a":2})"); }

// The numbers of RFC 8785 appendix B.
TEST(JsonCanonical, NumbersAreThoseOfEcmaScript) {
  const std::pair<double, const char*> rows[] = {{0.0, "0"},
                                                 {-0.0, "0"},
                                                 {5e-324, "5e-324"},
                                                 {-5e-324, "-5e-324"},
                                                 {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                 {9007199254740992.0, "9007199254740992"},
                                                 {295147905179352830000.0, "295147905179352830000"},
                                                 {9.999999999999997e22, "9.999999999999997e+22"},
                                                 {1e23, "1e+23"},
                                                 {1.0000000000000001e23, "1.0000000000000001e+23"},
                                                 {999999999999999700000.0, "999999999999999700000"},
                                                 {1e21, "1e+21"},
                                                 {9.999999999999997e-7, "9.999999999999997e-7"},
                                                 {0.000001, "0.000001"},
                                                 {333333333.3333332, "333333333.3333332"},
                                                 {-0.0000033333333333333333, "-0.0000033333333333333333"},
                                                 {1424953923781206.2, "1424953923781206.2"}};
  for (const auto& [number, text] : rows) EXPECT_EQ(Json(number).DumpCanonical(), text);
}

TEST(JsonCanonical, MembersAreSortedByUtf16CodeUnits) {
  // The example of RFC 8785 §3.2.3: the emoji sorts before U+FB33 in UTF-16, after it in UTF-8.
  const auto json = Json::Parse(
      "{\"\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\","
      "\"1\":\"One\",\"\U0001F600\":\"Emoji: Grinning Face\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O "
      "With Diaeresis\"}");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->DumpCanonical(),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin Small Letter O With "
            "Diaeresis\","
            "\"\u20ac\":\"Euro Sign\",\"\U0001F600\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With "
            "Dagesh\"}");
}

TEST(JsonCanonical, AnIntegerAndItsDoubleAreTheSame) {
  EXPECT_EQ(Json::Parse("[1, 1.0, 1e0]")->DumpCanonical(), "[1,1,1]");
}

TEST(JsonDump, NotANumberIsNull) {
  EXPECT_EQ(Json(Json::Array{std::nan(""), std::numeric_limits<double>::infinity()}).Dump(), "[null,null]");
}

TEST(JsonDump, ControlCharactersAreEscaped) { EXPECT_EQ(Json("\x01\n\"\\\x7f").Dump(), "\"\\u0001\\n\\\"\\\\\x7f\""); }

TEST(JsonDump, ReadsBackAsItself) {
  for (const double number : {0.1, 1e-7, 123456789.123, 1e300, -2.5e-10}) {
    EXPECT_EQ(Json::Parse(Json(number).Dump())->as_number(), number);
  }
}

TEST(JsonDump, IndentedForPeople) {
  EXPECT_EQ(Json::Parse(R"({"a":[1,{"b":null}],"e":[],"o":{}})")->DumpIndented(),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"e\": [],\n  \"o\": {}\n}");
}

}  // namespace
}  // namespace assay
