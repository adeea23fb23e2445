// Paths into answers mean what they mean in jq: each row is checked against libjq itself.

#include "runners/endpoints/json_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
extern "C" {
#include <jq.h>
}

namespace assay {
namespace {

constexpr char kAnswer[] =
    R"({"a":{"b c":1,"b":[10,20,30],"n":null,"f":false,"t":"x"},"list":[{"text":"p"},{"text":"q"},{"other":1},null],)"
    R"("nested":[[1,2],[3]],"empty":[],"":"blank","_x9":"under","ü":"umlaut","three":3})";

std::string Printed(const Result<std::vector<const Json*>>& found) {
  if (!found) return "error";
  std::string text;
  for (const Json* value : *found) text += value->DumpCanonical() + " ";
  return text;
}

std::string Ours(const std::string& path, const std::string& document) {
  const auto compiled = JsonPath::Compile(path);
  if (!compiled) return "refused: " + compiled.error().message;
  const Result<Json> json = Json::Parse(document);
  return Printed(compiled->Find(*json));
}

// A program of jq. Compiling one takes 15 ms.
class JqProgram {
 public:
  explicit JqProgram(const char* program) : state_(jq_init()) {
    jq_set_error_cb(
        state_, [](void*, jv message) { jv_free(message); }, nullptr);
    EXPECT_NE(jq_compile(state_, program), 0) << program;
  }
  ~JqProgram() { jq_teardown(&state_); }
  JqProgram(const JqProgram&) = delete;
  JqProgram& operator=(const JqProgram&) = delete;

  std::string Run(const char* document) {
    std::string text;
    jq_start(state_, jv_parse(document), 0);
    jv value = jq_next(state_);
    for (; jv_is_valid(value); value = jq_next(state_)) {
      jv dumped = jv_dump_string(value, JV_PRINT_SORTED);
      text += Json::Parse(jv_string_value(dumped))->DumpCanonical() + " ";
      jv_free(dumped);
    }
    if (jv_invalid_has_msg(jv_copy(value))) text = "error";
    jv_free(value);
    return text;
  }

 private:
  jq_state* state_;
};

TEST(JsonPath, FindsWhatJqFinds) {
  const std::pair<const char*, const char*> rows[] = {
      {".three", "3 "},
      {".", nullptr},
      {".a.t", R"("x" )"},
      {R"(.a["b c"])", "1 "},
      {R"(.a."b c")", "1 "},
      {R"(.["a"].b[ 1 ])", "20 "},
      {".a.b[-1]", "30 "},
      {".a.b[-4]", "null "},
      {".a.b[7]", "null "},
      {".missing", "null "},
      {".missing.deep[3].x", "null "},
      {".a.n", "null "},
      {".a.b[]", "10 20 30 "},
      {".list[].text", R"("p" "q" null null )"},
      {".nested[][]", "1 2 3 "},
      {".nested[][0]", "1 3 "},
      {".a[]", nullptr},
      {".[]?", nullptr},
      {".[].b?", nullptr},
      {".a[].b?", "null "},
      {".a[].b", "error"},
      {".three.x", "error"},
      {".three.x?", ""},
      {".three[0]?", ""},
      {".a[0]", "error"},
      {".a.b.x", "error"},
      {".empty[]", ""},
      {".a.n[]", "error"},
      {".a.n[]?", ""},
      {".three[]?", ""},
      {".missing // .three", "3 "},
      {".a.f // .a.t", R"("x" )"},
      {".a.f // .a.n", "null "},
      {".three.x // .a.t", "error"},
      {".three.x? // .a.t", R"("x" )"},
      {".three // .a[0]", "3 "},
      {".missing // .a.f // .a.t", R"("x" )"},
      {".missing // .three.x", "error"},
      {".list[].text // .three", R"("p" "q" )"},
      {".list[].other // .three", "1 "},
      {".[\"\"]", R"("blank" )"},
      {"._x9", R"("under" )"},
      {".\"\\u00fc\"", R"("umlaut" )"},
      {".[\"ü\"]", R"("umlaut" )"},
  };
  for (const auto& [path, expected] : rows) {
    const std::string ours = Ours(path, kAnswer);
    if (expected != nullptr) {
      EXPECT_EQ(ours, expected) << path;
    }
    EXPECT_EQ(ours, JqProgram(path).Run(kAnswer)) << path;
  }
}

TEST(JsonPath, FindsInEveryKindOfDocument) {
  for (const char* path : {".", ".a", ".[0]", ".[]", ".[]?", ".a?", ".[0]?", ".a[0]", ".[0].a", ".a // .[0]",
                           ".a? // .[0]?", ".[0][0]", ".[-1]", ".[][]?"}) {
    JqProgram jq(path);
    for (const char* document : {"null", "1", "\"x\"", "true", "[]", "{}", "[[1]]", R"([{"a":[5]}])", R"({"a":"b"})"}) {
      EXPECT_EQ(Ours(path, document), jq.Run(document)) << path << " in " << document;
    }
  }
}

TEST(JsonPath, RefusesProgramsAndSaysWhere) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "is no path: its end at character 1"},
      {"a", "is no path: \"a\" at character 1"},
      {"$x", "is no path: \"$x\" at character 1"},
      {".a | .b", "is no path: \"| .b\" at character 4"},
      {".a, .b", "is no path: \", .b\" at character 3"},
      {".a + 1", "is no path: \"+ 1\" at character 4"},
      {"map(.a)", "is no path: \"map(.a)\" at character 1"},
      {".a | select(.b)", "is no path: \"| select(.b)\" at character 4"},
      {"[range(1e9)]", "is no path: \"[range(1e9)]\" at character 1"},
      {"..", "is no path: \".\" at character 2"},
      {".a..b", "is no path: \".b\" at character 4"},
      {".a[1:2]", "is no path: \":2]\" at character 5"},
      {".a[.b]", "is no path: \".b]\" at character 4"},
      {".a[1.5]", "is no path: \".5]\" at character 5"},
      {".a[99999999999999999999]", "is no path: \"999999999999\" at character 4"},
      {".a[", "is no path: its end at character 4"},
      {".a[\"b]", "is no path: \"\"b]\" at character 4"},
      {".\"\\(1)\"", "is no path: \"\"\\(1)\"\" at character 2"},
      {".a // ", "is no path: its end at character 7"},
      {".a // 1", "is no path: \"1\" at character 7"},
      {".a // \"none\"", "is no path: \"\"none\"\" at character 7"},
      {".9", "is no path: \"9\" at character 2"},
      {".a???", "is no path: \"??\" at character 4"},
      {"input", "is no path: \"input\" at character 1"},
      {".a; .b", "is no path: \"; .b\" at character 3"},
      {".$__loc__", "is no path: \"$__loc__\" at character 2"},
      {"@base64", "is no path: \"@base64\" at character 1"},
  };
  for (const auto& [path, message] : rows) {
    const auto compiled = JsonPath::Compile(path);
    ASSERT_FALSE(compiled) << path;
    EXPECT_THAT(compiled.error().message, ::testing::StartsWith(std::string(message) + ";")) << path;
  }
  EXPECT_EQ(JsonPath::Compile("." + std::string(1000, 'a')).error().message, "is longer than 1000 characters");
}

TEST(JsonPath, SaysWhatCannotBeFound) {
  const Json document = *Json::Parse(kAnswer);
  EXPECT_EQ(JsonPath::Compile(".three.x")->Find(document).error().message, "cannot index a number with \"x\"");
  EXPECT_EQ(JsonPath::Compile(".a[0]")->Find(document).error().message, "cannot index an object with 0");
  EXPECT_EQ(JsonPath::Compile(".a.n[]")->Find(document).error().message, "cannot iterate over null");
}

TEST(JsonPath, KnowsWhetherThereMayBeMany) {
  EXPECT_FALSE(JsonPath::Compile(".a[0] // .b")->has_many());
  EXPECT_TRUE(JsonPath::Compile(".a // .b[]?")->has_many());
}

}  // namespace
}  // namespace assay
