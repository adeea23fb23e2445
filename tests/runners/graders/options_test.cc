// What lint says of the options of graders.

#include <gmock/gmock.h>

#include <fstream>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

using testing::HasSubstr;

struct BadOptions {
  const char* type;
  const char* options;
  const char* message;
};

TEST(GraderOptions, ProblemsAreNamedWithTheirPlace) {
  const BadOptions cases[] = {
      {"equals", "{}", "value"},
      {"equals", "{value: x, ignorecase: true}", "did you mean \"ignore_case\"?"},
      {"equals", "{value: \" \"}", "options.yaml:1:9: value: a blank text is no target"},
      {"equals", "{value: \"{{a\"}", "options.yaml:1:9: value: template line 1: a tag is opened but not closed"},
      {"equals", "{value: \"{{> a}}\"}", "partials"},
      {"contains", "{}", "value"},
      {"contains", "{value: a, any: [b]}", "any"},
      {"contains", "{any: []}", "any"},
      {"contains", "{all: [a, \"\"]}", "blank"},
      {"regex", "{pattern: \"(\"}", "options.yaml:1:11: pattern: pattern: missing ): ("},
      {"regex", "{pattern: \"(?=a)\"}", "invalid perl operator"},
      {"regex", "{pattern: a, mode: match}", "mode"},
      {"number", "{equals: seven}", "options.yaml:1:10: equals: \"seven\" has no number"},
      {"number", "{equals: [1]}", "expected a number or a text with one"},
      {"number", "{equals: 1, abs_tol: -1}", "abs_tol"},
      {"number", "{equals: 1, which: any}", "which"},
      {"equals", "{value: a, json: {a: 1}}", "json"},
      {"equals", "{json: \"{a\"}", "is no JSON"},
      {"equals", "{json: {a: 1}, trim: true}", "ignore_case and trim are of texts"},
      {"regex", "{pattern: a, groups: any}", "options.yaml:1:22: groups: of no use without \"equals\""},
      {"exact_normalized", "{value: a, ignore_case: true}", "normalization: lm_eval"},
      {"exact_normalized", "{value: a, normalization: lm_eval, ignore_patterns: [a, \"(\"]}", "options.yaml:1:57"},
      {"match_position", "{value: [a, \"\"]}", "blank"},
      {"match_position", "{value: a, at: middle}", "at"},
      {"answer_line", "{equals: a, marker: \" \"}", "a blank text marks nothing"},
      {"choice", "{answer: a, answer_is: text}", "needs \"choices\""},
      {"choice", "{answer: a, labels: [x, x]}", "labels"},
      {"count", "{unit: words}", "one of \"exactly\", \"min\" and \"max\" is needed"},
      {"count", "{min: 3, max: 2}", "more than \"max\""},
      {"count", "{exactly: 3, max: 2}", "exactly"},
      {"language", "{is: klingon}", "options.yaml:1:6: is: \"klingon\" is no known language"},
      {"readability", "{}", "\"min\" or \"max\" is needed"},
      {"tone", "{}", "nothing is asked of the tone"},
      {"tone", "{positive: [a]}", "min_balance"},
      {"tone", "{forbidden: [a, \" \"]}", "blank"},
      {"numeric_diff", "{expected: many}", "\"many\" has no number"},
      {"math_equivalent", "{value: \"1 +\"}", "cannot be read: it ends too early"},
      {"json", "{schema: {}, schema_file: a.json}", "schema_file"},
      {"json", "{schema_file: no-such-file.json}", "no-such-file.json"},
      {"json", "{schema: {type: objekt}}", "#/type: must be null, boolean"},
      {"json", "{schema: {requird: [a]}}", "#: unknown keyword \"requird\"; did you mean \"required\"?"},
      {"json", "{schema: {properties: {a: {format: dat}}}}", "#/properties/a/format: format \"dat\" is none that can"},
      {"json", "{schema: {$ref: \"http://example.com/s.json\"}}", "a document that is not given"},
      {"json", "{schema: {$ref: \"other.json\"}}", "a document that is not given: \"suite:///other.json\""},
      {"json", "{schema: {$ref: \"#/definitions/a\"}}", "which is no schema of this document"},
      {"json", "{schema: {$ref: \"#\"}}", "refers to itself without descending"},
      {"json", "{schema: {allOf: [{$ref: \"#\"}]}}", "refers to itself without descending"},
      {"json", "{schema: {pattern: \"(?!a)\"}}", "invalid perl operator"},
      {"json", "{schema: {patternProperties: {\"(?=a)\": true}}}",
       "#/patternProperties: pattern: invalid perl operator"},
      {"json", "{schema: {$schema: \"https://json-schema.org/draft/2020-12/schema\"}}", "only draft 7"},
      {"json", "{references: [a.json]}", "references: without a schema nothing refers to these"},
      {"json", "{schema: {}, references: [no-such-file.json]}", "no-such-file.json"},
      {"latency", "{}", "max"},
      {"latency", "{max: 0s}", "max"},
      {"latency", "{max: 2}", "max"},
  };
  for (const BadOptions& bad : cases) {
    EXPECT_THAT(ErrorOf(bad.type, bad.options), HasSubstr(bad.message)) << bad.type << " " << bad.options;
  }
}

TEST(GraderOptions, UnknownTypeNamesTheNearest) {
  EXPECT_EQ(ErrorOf("contain", "{value: x}"), "grader \"g\": unknown type \"contain\"; did you mean \"contains\"?");
}

TEST(GraderOptions, SchemaFileIsReadFromTheFolderOfTheSuite) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "grader_options_test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "answer.json") << R"({"type": "object", "required": ["a"]})";
  std::ofstream(folder / "broken.json") << R"({"type": )";
  const auto made = MakeGrader(SpecOf("json", "{schema_file: answer.json}"), folder);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(GradeText(*made->grader, R"({"a": 1})").pass, true);
  EXPECT_EQ(GradeText(*made->grader, R"({"b": 1})").pass, false);
  const auto broken = MakeGrader(SpecOf("json", "{schema_file: broken.json}"), folder);
  ASSERT_FALSE(broken.has_value());
  EXPECT_THAT(broken.error().message, HasSubstr("broken.json: "));
  std::filesystem::remove_all(folder);
}

TEST(GraderOptions, RequiredFieldsAreThoseTheTemplatesNeed) {
  using testing::ElementsAre;
  EXPECT_THAT(GraderOf("equals", "{value: \"{{a}} {{b.c}}\"}")->RequiredFields(), ElementsAre("a", "b.c"));
  EXPECT_THAT(GraderOf("contains", "{all: [\"{{a}}\", x, \"{{b}}\"]}")->RequiredFields(), ElementsAre("a", "b"));
  EXPECT_THAT(GraderOf("regex", "{pattern: \"{{a}}\", equals: \"{{b}}\"}")->RequiredFields(), ElementsAre("a", "b"));
  EXPECT_THAT(GraderOf("latency", "{max: 2s}")->RequiredFields(), ElementsAre());
}

TEST(GraderOptions, AMadeGraderKnowsItsKindAndVersion) {
  const auto made = MakeGrader(SpecOf("number", "{equals: 1}"), {});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->name, "g");
  EXPECT_EQ(made->kind, "number");
  EXPECT_EQ(made->version, "2");
}

TEST(LatencyGrader, DoesNotScoreAnAnswerOfAnotherDay) {
  Response response;
  response.latency = std::chrono::milliseconds(1);
  response.is_cached = true;
  const Score score = GraderOf("latency", "{max: 2s}")->Grade(Case{0, "c", Json(Json::Object{})}, response);
  EXPECT_EQ(score, Score::Unscored("the response is from the cache"));
}

}  // namespace
}  // namespace assay
