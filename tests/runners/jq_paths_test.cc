// libjq follows the paths; the values are those of our documents.

#include "runners/jq/jq_paths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace assay {
namespace {

constexpr char kAnswer[] =
    R"({"a":{"b c":1,"b":[10,20,30],"n":null,"f":false,"t":"x"},"list":[{"text":"p"},{"text":"q"},{"other":1},null],)"
    R"("nested":[[1,2],[3]],"empty":[],"":"blank","_x9":"under","ü":"umlaut","three":3})";

JqPaths Compiled(const std::vector<std::string>& sources) {
  std::vector<std::optional<JsonPath>> paths;
  for (const std::string& source : sources) {
    auto path = JsonPath::Compile(source);
    EXPECT_TRUE(path) << source << ": " << path.error().message;
    if (path) paths.emplace_back(*std::move(path));
  }
  auto compiled = JqPaths::Compile(paths);
  EXPECT_TRUE(compiled) << compiled.error().message;
  return *std::move(compiled);
}

std::string Printed(const JqPaths::Found& found) {
  if (!found) return "error";
  std::string text;
  for (const Json* value : *found) text += value->Dump() + " ";
  return text;
}

TEST(JqPaths, FindsTheValuesOfEveryPath) {
  const std::pair<const char*, const char*> rows[] = {
      {".three", "3 "},
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
      {".a[]", R"(1 [10,20,30] null false "x" )"},
      {".nested[]?", "[1,2] [3] "},
      {".[].b?", "[10,20,30] "},
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
  std::vector<std::string> paths;
  for (const auto& [path, expected] : rows) paths.emplace_back(path);
  const Json document = *Json::Parse(kAnswer);
  const auto found = Compiled(paths).Find(document);
  ASSERT_EQ(found.size(), std::size(rows));
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(Printed(found[i]), rows[i].second) << rows[i].first;
}

TEST(JqPaths, FindsInEveryKindOfDocument) {
  struct Row {
    const char* document;
    std::vector<std::string> found;  // at each of the paths
  };
  const JqPaths paths = Compiled({".", ".a", ".[0]", ".[]", ".[]?", ".a[0]?", ".[0].a", ".a? // .[0]?", ".[-1]"});
  for (const Row& row : {
           Row{"null", {"null ", "null ", "null ", "error", "", "null ", "null ", "null ", "null "}},
           Row{"1", {"1 ", "error", "error", "error", "", "error", "error", "", "error"}},
           Row{"\"x\"", {"\"x\" ", "error", "error", "error", "", "error", "error", "", "error"}},
           Row{"true", {"true ", "error", "error", "error", "", "error", "error", "", "error"}},
           Row{"[]", {"[] ", "error", "null ", "", "", "error", "null ", "null ", "null "}},
           Row{"{}", {"{} ", "null ", "error", "", "", "null ", "error", "", "error"}},
           Row{"[[1]]", {"[[1]] ", "error", "[1] ", "[1] ", "[1] ", "error", "error", "[1] ", "[1] "}},
           Row{R"({"a":"b"})",
               {R"({"a":"b"} )", "\"b\" ", "error", "\"b\" ", "\"b\" ", "", "error", "\"b\" ", "error"}},
       }) {
    const Json document = *Json::Parse(row.document);
    const auto found = paths.Find(document);
    ASSERT_EQ(found.size(), row.found.size());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(Printed(found[i]), row.found[i]) << row.document << i;
  }
}

TEST(JqPaths, SaysWhatCannotBeFound) {
  const Json document = *Json::Parse(kAnswer);
  const auto found = Compiled({".three.x", ".a[0]", ".a.n[]"}).Find(document);
  EXPECT_EQ(found[0].error().message, "cannot index number with string \"x\"");
  EXPECT_EQ(found[1].error().message, "cannot index object with number");
  EXPECT_EQ(found[2].error().message, "cannot iterate over null (null)");
}

// libjq's own numbers are doubles, its texts are counted in bytes.
TEST(JqPaths, GivesValuesUnchanged) {
  const std::string text =
      R"({"n":9007199254740993,"a":{"id":9007199254740993,"x":1e300},"s":"\u0000\ud83d\ude00","k\u0000":[1]})";
  const Json document = *Json::Parse(text);
  const auto found = Compiled({".n", ".a", ".s", ".[\"k\\u0000\"]", "."}).Find(document);
  EXPECT_EQ(Printed(found[0]), "9007199254740993 ");
  EXPECT_EQ(Printed(found[1]), R"({"id":9007199254740993,"x":1e+300} )");
  EXPECT_EQ(found[2]->front()->as_string(), std::string("\0\xF0\x9F\x98\x80", 5));
  EXPECT_EQ(Printed(found[3]), "[1] ");
  EXPECT_EQ(found[4]->front(), &document);
}

TEST(JqPaths, BoundsWhatIsFound) {
  const auto document_of = [](std::size_t size) {
    return Json::Of({{"a", Json(Json::Array(size, Json(1)))}, {"b", "after"}});
  };
  const JqPaths paths = Compiled({".b", ".a[]", ".b"});
  const Json most = document_of(JqPaths::kMaxFound);
  const Json more = document_of(JqPaths::kMaxFound + 1);
  EXPECT_EQ(paths.Find(most)[1]->size(), JqPaths::kMaxFound);
  const auto found = paths.Find(more);
  EXPECT_EQ(Printed(found[0]), "\"after\" ");
  EXPECT_EQ(found[1].error().message, "leads to more than 10000 values");
  EXPECT_EQ(Printed(found[2]), "error") << "what was not looked for must not seem absent";
  EXPECT_EQ(Printed(paths.Find(most)[2]), "\"after\" ") << "the state is as good as new";
}

TEST(JqPaths, FindsNothingAtAnAbsentPath) {
  const std::vector<std::optional<JsonPath>> paths = {std::nullopt, *JsonPath::Compile(".a"), std::nullopt};
  const auto compiled = JqPaths::Compile(paths);
  ASSERT_TRUE(compiled) << compiled.error().message;
  const Json document = Json::Of({{"a", 1}});
  const auto found = compiled->Find(document);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(Printed(found[0]), "");
  EXPECT_EQ(Printed(found[1]), "1 ");
  EXPECT_EQ(Printed(found[2]), "");
  EXPECT_TRUE(JqPaths::Compile({})->Find(document).empty());
}

TEST(JqPaths, ServesManyThreads) {
  const JqPaths paths = Compiled({".a[]", ".b"});
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      const Json document = Json::Of({{"a", Json(Json::Array(3, Json(thread)))}, {"b", std::to_string(thread)}});
      for (int i = 0; i < 500; ++i) {
        const auto found = paths.Find(document);
        if (found[0]->size() != 3 || found[0]->back()->as_integer() != thread) ++wrong;
        if (found[1]->front()->as_string() != std::to_string(thread)) ++wrong;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace assay
