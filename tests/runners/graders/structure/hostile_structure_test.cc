// Responses made to hurt graders of structure, and what lint says of their options.

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "config/referenced_files.h"
#include "tests/runners/graders/make_grader.h"
#include "tests/testing/hostile_size.h"
#include "tests/testing/thread_time.h"

namespace assay {
namespace {

using testing::HasSubstr;

std::string Filled(std::string_view piece, std::size_t size) {
  std::string text;
  text.reserve(size + piece.size());
  while (text.size() < size) text += piece;
  return text;
}

constexpr std::size_t kSize = HostileSize(1u << 20);

TEST(HostileStructure, NeverPassesAndNeverHangs) {
  std::vector<std::string> responses;
  for (const char* piece :
       {"[",    "{\"a\":",   "[1,", "{\"[\":", "\"",      "\\",         "<a>",    "<a ",      "<a x=\"",
        "<!--", "<![CDATA[", "<?",  "</a>",    "<title>", "<script></", "& ",     "&#",       "```\n",
        "~~~",  "a: ",       "- ",  "&a [",    "*a ",     "a,",         "\"a\",", "\"\"",     "\n",
        "(",    "SELECT ",   "'",   "/*",      "--",      "$$",         "\xFF",   "\xE2\x82", " "}) {
    responses.push_back(Filled(piece, kSize));
  }
  responses.push_back("{\"a\": \"" + std::string(kSize, 'x') + "\"}");
  responses.push_back("[" + Filled("{\"a\":1},", kSize) + "1]");
  responses.push_back("{" + Filled("\"k\":1,", kSize) + "\"z\":1}");
  const std::pair<const char*, const char*> graders[] = {
      {"json", "{embedded: any, schema: {type: object, required: [zz]}}"},
      {"json", "{schema: {type: object, additionalProperties: {$ref: '#'}, required: [zz], uniqueItems: true}}"},
      {"json_match", "{equals: {zz: 1}}"},
      {"json_match", "{equals: [{zz: 1}], list_order: ignore, ignore: ['.[].a']}"},
      {"json_path", "{checks: [{path: '.[].zz', matches: '(a|aa)+$'}, {path: .zz, exists: true}]}"},
      {"xml", "{elements: [zz.a.b]}"},
      {"xml", "{elements: [zz.a.b], embedded: true}"},
      {"html", "{}"},
      {"sql", "{dialect: mysql, tables: 'x::x::x'}"},
      {"sql", "{dialect: postgresql, embedded: true, tables: 'x::x::x'}"},
      {"yaml", "{root: mapping, schema: {required: [zz]}}"},
      {"csv", "{header: [zz, b]}"},
      {"code_fence", "{language: zz}"},
  };
  const auto begin = ThreadTime::now();
  for (const auto& [kind, options] : graders) {
    const auto grader = GraderOf(kind, options);
    ASSERT_NE(grader, nullptr);
    for (const std::string& text : responses) {
      const auto start = ThreadTime::now();
      const Score score = GradeText(*grader, text);
      EXPECT_LT(ThreadTime::now() - start, std::chrono::seconds(30)) << kind << " on " << text.substr(0, 40);
      // Elements without text are HTML.
      const bool may_pass = std::string_view(kind) == "html" && text.starts_with('<');
      EXPECT_TRUE(may_pass || score.pass != true)
          << kind << " " << options << " on " << text.substr(0, 40) << ": " << score.reason;
      EXPECT_LE(score.reason.size(), Score::kMaxReason);
    }
  }
  EXPECT_LT(ThreadTime::now() - begin, std::chrono::seconds(200));
}

TEST(HostileStructure, TextsTooLongToCompareAreAnError) {
  const auto grader = GraderOf("json_diff", "{equals: {a: '{{long}}'}, parse_strings: false}");
  const Json fields = Json::Of({{"long", std::string(200'000, 'y')}});
  EXPECT_EQ(GradeText(*grader, "{\"a\": \"" + std::string(1'000'000, 'x') + "\"}", fields).status, ScoreStatus::kError);
}

TEST(StructureOptions, ProblemsAreNamedWithTheirPlace) {
  const struct {
    const char* type;
    const char* options;
    const char* message;
  } cases[] = {
      {"json_match", "{}", "equals"},
      {"json_match", "{equals: 1, any: [2]}", "any"},
      {"json_match", "{equals: text}", "options.yaml:1:10: equals: is a text, which has to be JSON"},
      {"json_match", "{equals: {a: '{{b'}}", "equals.a: template line 1: a tag is opened but not closed"},
      {"json_match", "{equals: {}, ignore: [a]}", "ignore[0]: no path: unexpected 'a' at character 1"},
      {"json_match", "{equals: {}, ignore: [.]}", "ignore[0]: is the whole value"},
      {"json_match", "{any: []}", "any"},
      {"json_path", "{checks: []}", "checks"},
      {"json_path", "{checks: [{path: .a}]}", "checks[0]: asks nothing of the value"},
      {"json_path", "{checks: [{path: .a, exists: false, min: 1}]}", "what does not exist has no value"},
      {"json_path", "{checks: [{path: .a, matches: '('}]}", "checks[0].matches: missing )"},
      {"json_path", "{checks: [{path: .a, one_of: 1}]}", "checks[0].one_of: must be a list of values"},
      {"json_path", "{checks: [{path: .a, schema: {typ: x}}]}", "unknown keyword \"typ\""},
      {"json_path", "{checks: [{path: '.a | .b', min: 1}]}", "unexpected ' '"},
      {"xml", "{elements: [a..b]}", "elements[0]: names an element \"\""},
      {"sql", "{}", "dialect"},
      {"sql", "{dialect: oracle}", "dialect"},
      {"sql", "{dialect: mysql, tables: users}", "\"users\" is not of the form operation::owner::name"},
      {"sql", "{dialect: mysql, columns: ['a::b::(']}", "columns[0]: missing )"},
      {"csv", "{has_header: false, header: [a]}", "header: there is none with `has_header: false`"},
      {"table_match", "{equals: \"a,b\\n1\"}", "no table: line 2 has 1 fields, the first 2"},
      {"code_fence", "{min: 0}", "min"},
      {"yaml", "{root: text}", "root"},
  };
  for (const auto& bad : cases) {
    EXPECT_THAT(ErrorOf(bad.type, bad.options), HasSubstr(bad.message)) << bad.type << " " << bad.options;
  }
}

TEST(StructureOptions, SchemasInOtherFilesAreFoundAndBelongToTheSuite) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "structure_references_test";
  std::filesystem::create_directories(folder / "parts");
  std::ofstream(folder / "order.json") << R"({"properties": {"to": {"$ref": "parts/address.json#/definitions/city"},
      "n": {"$ref": "http://x.example/count"}}})";
  std::ofstream(folder / "parts" / "address.json") << R"({"definitions": {"city": {"enum": ["Bern"]}}})";
  std::ofstream(folder / "count.json") << R"({"$id": "http://x.example/count", "type": "integer"})";
  const GraderSpec spec = SpecOf("json", "{schema_file: order.json, references: [parts/address.json, count.json]}");
  const auto made = MakeGrader(spec, folder);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(GradeText(*made->grader, R"({"to": "Bern", "n": 1})").pass, true);
  EXPECT_EQ(GradeText(*made->grader, R"({"to": "Basel"})").pass, false);
  EXPECT_EQ(GradeText(*made->grader, R"({"n": "1"})").pass, false);
  const auto without = MakeGrader(SpecOf("json", "{schema_file: order.json, references: [count.json]}"), folder);
  ASSERT_FALSE(without.has_value());
  EXPECT_THAT(without.error().message, HasSubstr("a document that is not given: \"suite:///parts/address.json\""));
  for (const PluginKind& kind : GraderKinds()) {
    if (kind.name != "json") continue;
    EXPECT_EQ(FileOptions(spec.options, kind.schema).size(), 3u);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace assay
