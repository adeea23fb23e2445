#include "runners/graders/tools/value_match.h"

#include <gtest/gtest.h>

#include "runners/graders/tools/pairing.h"
#include "runners/graders/tools/text_similarity.h"

namespace assay {
namespace {

Json J(const char* text) { return *Json::Parse(text); }

TEST(ValueMatch, NumbersAreComparedExactly) {
  EXPECT_TRUE(IsSameValue(J("1"), J("1.0")));
  EXPECT_TRUE(IsSameValue(J("1e2"), J("100")));
  EXPECT_TRUE(IsSameValue(J("-0.0"), J("0")));
  EXPECT_FALSE(IsSameValue(J("9007199254740993"), J("9007199254740992")));
  EXPECT_FALSE(IsSameValue(J("9007199254740993"), J("9007199254740992.0")));
  EXPECT_TRUE(IsSameValue(J("9007199254740992"), J("9007199254740992.0")));
  EXPECT_FALSE(IsSameValue(J("9223372036854775807"), J("9223372036854775808")));
  EXPECT_TRUE(IsSameValue(J("-9223372036854775808"), J("-9223372036854775808.0")));
  EXPECT_FALSE(IsSameValue(J("1"), J("true")));
  EXPECT_FALSE(IsSameValue(J("1"), J("\"1\"")));
  EXPECT_FALSE(IsSameValue(J("0"), J("null")));
}

TEST(ValueMatch, ObjectsAreComparedWithoutOrderAndListsWithIt) {
  EXPECT_TRUE(IsSameValue(J(R"({"a":1,"b":[1,{"c":2}]})"), J(R"({"b":[1.0,{"c":2}],"a":1})")));
  EXPECT_FALSE(IsSameValue(J(R"({"a":1})"), J(R"({"a":1,"b":2})")));
  EXPECT_FALSE(IsSameValue(J(R"({"a":1})"), J(R"({"b":1})")));
  EXPECT_FALSE(IsSameValue(J("[1,2]"), J("[2,1]")));
  EXPECT_FALSE(IsSameValue(J("[]"), J("{}")));
  Json::Object many;
  Json::Object reversed;
  for (int i = 0; i < 100; ++i) {
    many.emplace_back("k" + std::to_string(i), i);
    reversed.emplace(reversed.begin(), "k" + std::to_string(i), i);
  }
  EXPECT_TRUE(IsSameValue(Json(many), Json(reversed)));
  reversed[3].second = Json(-1);
  EXPECT_FALSE(IsSameValue(Json(many), Json(reversed)));
}

TEST(ValueMatch, PartIsAtAnyDepth) {
  EXPECT_TRUE(HasValue(J(R"({"a":{"b":1,"c":2},"d":3})"), J(R"({"a":{"b":1}})")));
  EXPECT_TRUE(HasValue(J(R"({"a":[{"b":1,"c":2}]})"), J(R"({"a":[{"b":1}]})")));
  EXPECT_FALSE(HasValue(J(R"({"a":[1,2]})"), J(R"({"a":[1]})")));
  EXPECT_FALSE(HasValue(J(R"({"a":{"b":1}})"), J(R"({"a":{"b":1,"c":2}})")));
  EXPECT_FALSE(HasValue(J("1"), J("{}")));
}

TEST(ValueMatch, ShareOfArguments) {
  EXPECT_EQ(SharedArguments(J("{}"), J("{}")), 1);
  EXPECT_EQ(SharedArguments(J(R"({"a":1})"), J("{}")), 0);
  EXPECT_EQ(SharedArguments(J(R"({"a":1,"b":2})"), J(R"({"a":1.0,"b":3})")), 0.5);
  EXPECT_EQ(SharedArguments(J(R"({"a":1,"b":2})"), J(R"({"a":1,"c":2})")), 1.0 / 3);
  EXPECT_EQ(SharedArguments(J(R"({"a":{"p":1,"q":2}})"), J(R"({"a":{"p":1,"q":3}})")), 0.5);
}

TEST(ValueMatch, EqualValuesHaveOneText) {
  EXPECT_EQ(EqualText(J(R"({"b":1.0,"a":[1e2]})")), EqualText(J(R"({"a":[100],"b":1})")));
  EXPECT_NE(EqualText(J("9007199254740993")), EqualText(J("9007199254740992")));
  EXPECT_NE(EqualText(J("1")), EqualText(J("true")));
  EXPECT_NE(EqualText(J("1")), EqualText(J("\"1\"")));
}

TEST(ValueMatch, Globs) {
  const char* good[][2] = {{"abc", "abc"},   {"abc", "*"},   {"", "*"},       {"", ""},       {"abc", "a*"},
                           {"abc", "*c"},    {"abc", "a?c"}, {"abc", "a*bc"}, {"abc", "***"}, {"aXbXc", "a*b*c"},
                           {"aabab", "*ab"}, {"né", "n?"},   {"a*c", "a*c"},  {"n\xFF", "n?"}};
  const char* bad[][2] = {{"abc", "ab"}, {"abc", "ABC"}, {"abc", "a?"}, {"abc", "?"},
                          {"", "?"},     {"abc", "*b"},  {"ac", "a?c"}, {"abc", ""}};
  for (const auto& [name, glob] : good) EXPECT_TRUE(MatchesGlob(name, glob)) << name << " " << glob;
  for (const auto& [name, glob] : bad) EXPECT_FALSE(MatchesGlob(name, glob)) << name << " " << glob;
}

// The second row takes the call that the first would have taken had it come alone.
TEST(Pairing, FindsThePairsThatThereAre) {
  const std::vector<std::vector<int>> fits = {{1, 1, 0}, {1, 0, 0}, {0, 1, 1}};
  const auto ask = [&](std::size_t a, std::size_t b) { return fits[a][b] == 1; };
  EXPECT_EQ(FirstUnpaired(3, 3, ask), std::nullopt);
  EXPECT_EQ(FirstUnpairedGreedily(3, 3, ask), 1u);
  EXPECT_EQ(FirstUnpaired(3, 2, ask), 2u);
  EXPECT_EQ(FirstUnpaired(0, 3, ask), std::nullopt);
  EXPECT_EQ(FirstUnpaired(2, 0, ask), 0u);
}

TEST(Pairing, AgreesWithTryingEveryOrder) {
  std::uint32_t seed = 1;
  const auto next = [&] { return (seed = seed * 1664525 + 1013904223) >> 16; };
  for (int round = 0; round < 2000; ++round) {
    const std::size_t wanted = next() % 5;
    const std::size_t made = next() % 5;
    std::vector<std::vector<bool>> fits(wanted, std::vector<bool>(made));
    for (auto& row : fits) {
      for (std::size_t i = 0; i < made; ++i) row[i] = next() % 3 == 0;
    }
    const std::function<bool(std::size_t, unsigned)> can = [&](std::size_t from, unsigned taken) {
      if (from == wanted) return true;
      for (std::size_t i = 0; i < made; ++i) {
        if (fits[from][i] && (taken >> i & 1) == 0 && can(from + 1, taken | 1u << i)) return true;
      }
      return false;
    };
    const auto lonely = FirstUnpaired(wanted, made, [&](std::size_t a, std::size_t b) { return fits[a][b]; });
    EXPECT_EQ(!lonely.has_value(), can(0, 0)) << round;
  }
}

// The values are those of Python's difflib.SequenceMatcher(None, a, b).ratio().
TEST(TextSimilarity, MatchingBlocksAreThoseOfDifflib) {
  const auto ratio = [](const std::string& a, const std::string& b) {
    std::size_t budget = 1'000'000;
    return MatchingBlocks(a, b, budget).value_or(-1);
  };
  EXPECT_EQ(ratio("", ""), 1);
  EXPECT_EQ(ratio("abc", ""), 0);
  EXPECT_NEAR(ratio("abcd", "bcde"), 0.75, 1e-12);
  EXPECT_NEAR(ratio("the quick brown fox", "a quick brown dog"), 0.7777777777777778, 1e-12);
  EXPECT_NEAR(ratio("añadir", "anadir"), 0.8333333333333334, 1e-12);
  std::size_t budget = 3;
  EXPECT_EQ(MatchingBlocks("aaaa", "aaaa", budget), std::nullopt);
}

}  // namespace
}  // namespace assay
