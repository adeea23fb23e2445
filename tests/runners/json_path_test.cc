// What is a path and what is a program.

#include "runners/jq/json_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

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
      {".a[2147483648]", "is no path: \"2147483648]\" at character 4"},
      {".a[", "is no path: its end at character 4"},
      {".a[\"b]", "is no path: \"\"b]\" at character 4"},
      {".\"\\(1)\"", "is no path: \"\"\\(1)\"\" at character 2"},
      {".a // ", "is no path: its end at character 7"},
      {".a // 1", "is no path: \"1\" at character 7"},
      {".a // \"none\"", "is no path: \"\"none\"\" at character 7"},
      {".9", "is no path: \"9\" at character 2"},
      {".a?//.b", "is no path: \"?//.b\" at character 3"},
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

TEST(JsonPath, KnowsWhetherThereMayBeMany) {
  EXPECT_FALSE(JsonPath::Compile(".a[0] // .b")->has_many());
  EXPECT_FALSE(JsonPath::Compile(".[\"[]\"]")->has_many());
  EXPECT_TRUE(JsonPath::Compile(".a // .b[]?")->has_many());
}

}  // namespace
}  // namespace assay
