// What the official tests leave open: multiples in decimal digits, and schemas made to be expensive.

#include "runners/graders/structure/json_schema.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

JsonSchema Compiled(const std::string& text) {
  auto schema = JsonSchema::Compile(*Json::Parse(text));
  EXPECT_TRUE(schema.has_value()) << schema.error().message;
  return std::move(*schema);
}

// "conforms", what is wrong, or "error: " and why it cannot be told.
std::string Outcome(const JsonSchema& schema, const std::string& value) {
  const auto wrong = schema.Check(*Json::Parse(value));
  if (!wrong) {
    EXPECT_EQ(wrong.error().code, ErrorCode::kResourceExhausted);
    return "error: " + wrong.error().message;
  }
  return *wrong ? ToString(**wrong) : "conforms";
}

// Whole numbers that parse as doubles, and integers that doubles cannot hold, included.
TEST(JsonSchemaMultipleOf, IsExactInDecimalDigits) {
  const struct {
    const char* step;
    const char* value;
    bool is_multiple;
  } cases[] = {
      {"0.1", "0.3", true},
      {"0.1", "0.30000000000000004", false},
      {"0.1", "0.35", false},
      {"0.01", "19.99", true},
      {"0.01", "-19.99", true},
      {"0.01", "19.999", false},
      {"0.25", "0.5", true},
      {"5", "0.5", false},
      {"2", "9007199254740993", false},
      {"2", "9007199254740992", true},
      {"9007199254740993", "9007199254740992", false},
      {"3", "-9223372036854775808", false},
      {"2", "-9223372036854775808", true},
      {"1e-8", "12391239123", true},
      {"1e300", "1e301", true},
      {"1e301", "1e300", false},
      {"7", "1e300", false},
      {"0.5", "1e300", true},
      {"5e-324", "1e300", true},
      {"3", "0", true},
      {"3", "0.0", true},
      {"3", "\"4\"", true},
  };
  for (const auto& c : cases) {
    const std::string outcome = Outcome(Compiled(std::string(R"({"multipleOf": )") + c.step + "}"), c.value);
    EXPECT_EQ(outcome == "conforms", c.is_multiple) << c.value << " of " << c.step << ": " << outcome;
  }
  EXPECT_EQ(Outcome(Compiled(R"({"properties": {"price": {"multipleOf": 0.01}}})"), R"({"price": 1.005})"),
            "/price: is 1.005, not a multiple of 0.01");
}

constexpr char kTooMuchWork[] = "error: checking this JSON against the schema takes too many steps";

// A schema of `keywords` and definitions d0, d1, …, each of which refers twice to the next; `last` is the last.
std::string Doubling(const std::string& keywords, int levels, const std::string& keyword, const std::string& last) {
  std::string text = "{" + keywords + R"(, "definitions": {)";
  for (int i = 0; i < levels; ++i) {
    const std::string next = R"({"$ref": "#/definitions/d)" + std::to_string(i + 1) + "\"}";
    text += "\"d" + std::to_string(i) + R"(": {")" + keyword + "\": [" + next + ", " + next + "]}, ";
  }
  return text + "\"d" + std::to_string(levels) + "\": " + last + "}}";
}

constexpr char kReference[] = R"("$ref": "#/definitions/d0")";

std::string Nested(int depth) {
  std::string text;
  for (int i = 0; i < depth; ++i) text += R"({"a": )";
  return text + "1" + std::string(static_cast<std::size_t>(depth), '}');
}

TEST(JsonSchemaWork, EndsAsAnErrorWhereReferencesDoubleIt) {
  const std::string recursive = R"({"KEYWORD": [{"properties": {"a": {"$ref": "#"}}, "type": "object"},)"
                                R"( {"properties": {"a": {"$ref": "#"}}, "type": "object"}]})";
  const auto with = [&](std::string keyword) {
    std::string text = recursive;
    return text.replace(text.find("KEYWORD"), 7, keyword);
  };
  const struct {
    const char* what;
    std::string schema;
    std::string value;
  } cases[] = {
      {"40 levels of allOf", Doubling(kReference, 40, "allOf", R"({"type": "integer"})"), "1"},
      {"40 levels of anyOf that fail", Doubling(kReference, 40, "anyOf", R"({"type": "string"})"), "1"},
      {"40 levels of oneOf", Doubling(kReference, 40, "oneOf", R"({"type": "string"})"), "1"},
      {"leaves whose allOf begins with true",
       Doubling(kReference, 40, "anyOf", R"({"allOf": [true], "type": "string"})"), "1"},
      {"leaves whose allOf begins with false", Doubling(kReference, 40, "anyOf", R"({"allOf": [false]})"), "1"},
      {"anyOf on a deep answer", with("anyOf"), Nested(60)},
      {"oneOf on a deep answer", with("oneOf"), Nested(60)},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Outcome(Compiled(c.schema), c.value), kTooMuchWork) << c.what;
  }
}

TEST(JsonSchemaWork, OfOneCheckDoesNotCountForTheNext) {
  const JsonSchema schema = Compiled(Doubling(kReference, 18, "allOf", R"({"type": "integer"})"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Outcome(schema, "1"), "conforms");
}

TEST(JsonSchemaWork, OfExplainingAFailureIsBoundedToo) {
  const auto with = [](const std::string& keywords) {
    return Compiled(Doubling(keywords, 40, "allOf", R"({"type": "integer"})"));
  };
  EXPECT_EQ(Outcome(with(R"("const": 2, "oneOf": [{"$ref": "#/definitions/d0"}])"), "1"), "is 1, not 2");
  EXPECT_EQ(Outcome(with(R"("const": 1, "oneOf": [{"$ref": "#/definitions/d0"}])"), "1"), kTooMuchWork);
}

TEST(JsonSchemaWork, SufficesForALongAnswer) {
  const JsonSchema schema = Compiled(
      R"({"type": "array", "items": {"type": "object", "required": ["id"],
          "properties": {"id": {"type": "integer", "minimum": 0}, "name": {"type": "string", "pattern": "^n"}}}})");
  std::string text = "[";
  for (int i = 0; i < 100'000; ++i) text += (i == 0 ? "" : ",") + (R"({"id":)" + std::to_string(i) + R"(,"name":"n"})");
  EXPECT_EQ(Outcome(schema, text + "]"), "conforms");
}

}  // namespace
}  // namespace assay
