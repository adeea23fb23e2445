#include "runners/graders/tools/bfcl_rules.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

struct Vector {
  const char* type;
  const char* items;
  const char* acceptable;
  const char* value;
  bool is_valid;
};

// One argument each. The verdicts are those of the leaderboard's own checker of August 2024.
TEST(BfclRules, AreThoseOfTheLeaderboard) {
  const Vector vectors[] = {
      {"integer", "", R"([5])", R"(5)", true},
      {"integer", "", R"([5])", R"(5.0)", false},
      {"integer", "", R"([5])", R"("5")", false},
      {"integer", "", R"([5])", R"(true)", false},
      {"integer", "", R"(["five"])", R"("five")", true},
      {"integer", "", R"(["five"])", R"("Five")", false},
      {"integer", "", R"([5.0])", R"(5.0)", true},
      {"float", "", R"([5.0])", R"(5)", true},
      {"float", "", R"([5])", R"(5)", true},
      {"float", "", R"([2.5])", R"("2.5")", false},
      {"float", "", R"([1])", R"(true)", false},
      {"string", "", R"(["New York"])", R"("new-york")", true},
      {"string", "", R"(["A, B."])", R"("ab")", true},
      {"string", "", R"(["it's"])", R"("it\"s")", true},
      {"string", "", R"(["Éa"])", R"("éA")", true},
      {"string", "", R"(["a:b"])", R"("a b")", false},
      {"string", "", R"(["a","b"])", R"("B")", true},
      {"string", "", R"([""])", R"("")", true},
      {"string", "", R"(["x",""])", R"("")", true},
      {"string", "", R"(["a\tb"])", R"("ab")", false},
      {"string", "", R"([1])", R"(1)", true},
      {"boolean", "", R"([true])", R"(true)", true},
      {"boolean", "", R"([true])", R"(1)", false},
      {"boolean", "", R"(["true"])", R"("true")", true},
      {"boolean", "", R"(["true"])", R"(true)", false},
      {"array", "integer", R"([[1,2]])", R"([1,2])", true},
      {"array", "integer", R"([[1,2]])", R"([2,1])", false},
      {"array", "float", R"([[1.0,2.0]])", R"([1,2])", false},
      {"array", "float", R"([[1,2]])", R"([1,2])", true},
      {"array", "float", R"([[1,2.5]])", R"([1,2.5])", true},
      {"array", "string", R"([["A b"]])", R"(["a.B"])", true},
      {"array", "string", R"([["a"],["b"]])", R"(["b"])", true},
      {"array", "string", R"(["",["a"]])", R"([])", true},
      {"array", "string", R"([["a"],""])", R"(["a",1])", false},
      {"array", "integer", R"([[1],""])", R"([1.0])", true},
      {"array", "string", R"(["all"])", R"("all")", true},
      {"array", "string", R"(["all"])", R"("All")", false},
      {"array", "array", R"([[[1,2]]])", R"([[1,2]])", true},
      {"array", "array", R"([[["A"]]])", R"([["a"]])", false},
      {"array", "boolean", R"([[true]])", R"([1])", false},
      {"tuple", "float", R"([[1.0,2.0]])", R"([1.0,2.0])", true},
      {"dict", "", R"([{"a":[1,2],"b":["X y"]}])", R"({"b":"xy","a":2})", true},
      {"dict", "", R"([{"a":[1],"b":["x"]}])", R"({"a":1})", false},
      {"dict", "", R"([{"a":[1]}])", R"({"a":1,"c":2})", false},
      {"dict", "", R"([{"a":[1]},{"b":[2]}])", R"({"b":2})", true},
      {"dict", "", R"([{"a":{"b":["X"]}}])", R"({"a":{"b":"x"}})", true},
      {"dict", "", R"([{"a":[1]},""])", R"({})", false},
      {"dict", "", R"([{}])", R"({})", true},
      {"dict", "", R"([{"a":[["X"]]}])", R"({"a":["x"]})", false},
      {"dict", "", R"(["none"])", R"("none")", true},
      {"dict", "", R"([{"a":[1]}])", R"([1])", false},
      {"array", "dict", R"([[{"a":[1]},{"a":[2]}]])", R"([{"a":1},{"a":2}])", true},
      {"array", "dict", R"([[{"a":[1]},{"a":[2]}]])", R"([{"a":2},{"a":1}])", false},
      {"array", "dict", R"([[{"a":[1]}]])", R"([])", false},
      {"array", "dict", R"([[{"a":["A"]}],[{"a":["B"]}]])", R"([{"a":"b"}])", true},
      {"array", "dict", R"(["",[{"a":[1]}]])", R"([])", true},
      {"any", "", R"(["x"])", R"("X")", true},
      {"any", "", R"([1])", R"(1)", true},
  };
  for (const Vector& vector : vectors) {
    Json parameter = Json::Of({{"type", vector.type}});
    if (*vector.items != '\0') parameter.Set("items", Json::Of({{"type", vector.items}}));
    const DeclaredTool tool{"f", Json::Of({{"properties", Json::Of({{"a", parameter}})}})};
    MadeCall call{.name = "f"};
    call.arguments.Set("a", *Json::Parse(vector.value));
    const std::string wrong = BfclMismatch(tool, Json::Of({{"a", *Json::Parse(vector.acceptable)}}), call);
    EXPECT_EQ(wrong.empty(), vector.is_valid)
        << vector.type << " " << vector.items << " " << vector.acceptable << " " << vector.value << ": " << wrong;
  }
}

TEST(BfclRules, TextsWithoutCaseBlanksAndSigns) {
  EXPECT_EQ(BfclText("New-York, N.Y. / 5*^_'s"), "newyorkny5\"s");
  EXPECT_EQ(BfclText("ÄÖÜ ÇĞ ΑΒΓ ДЖ"), "äöüçğαβγдж");
  EXPECT_EQ(BfclText("a\tb\nc:d"), "a\tb\nc:d");
  EXPECT_EQ(BfclText("\xFF"
                     "A"),
            "\xFF"
            "a");
}

TEST(BfclRules, ATupleIsNoList) {
  const DeclaredTool tool{
      "f",
      *Json::Parse(
          R"({"properties":{"a":{"type":"array","items":{"type":"integer"}},"b":{"type":"tuple","items":{"type":"integer"}}}})")};
  const Json acceptable = *Json::Parse(R"({"a":[[1],""],"b":[[1],""]})");
  MadeCall call{.name = "f", .arguments = *Json::Parse(R"({"a":[1]})")};
  EXPECT_EQ(BfclMismatch(tool, acceptable, call), "");
  call.tuples = {"a"};
  EXPECT_EQ(BfclMismatch(tool, acceptable, call), "argument \"a\" is [1] as a tuple, not a list");
  call.arguments = *Json::Parse(R"({"b":[1]})");
  call.tuples = {"b"};
  EXPECT_EQ(BfclMismatch(tool, acceptable, call), "");
}

}  // namespace
}  // namespace assay
