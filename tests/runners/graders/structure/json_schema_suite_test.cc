// The official tests of draft 7. Every schema is either judged as the suite says or refused when compiled; what is
// refused is listed here, so that nothing new slips in.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "runners/graders/structure/json_schema.h"

namespace assay {
namespace {

// Files of the suite whose schemas use what JsonSchema refuses, with the number of groups refused.
const std::map<std::string, int> kRefused = {
    {"additionalProperties.json", 2},  // patternProperties
    {"definitions.json", 1},           // a reference to the metaschema
    {"format.json", 17},               // format
    {"patternProperties.json", 5},     // patternProperties
    {"properties.json", 1},            // patternProperties
    {"ref.json", 18},                  // $id below the root, references out of the document, keywords beside $ref
    {"refRemote.json", 11},            // references out of the document
};

TEST(JsonSchemaSuite, Draft7IsJudgedRightlyOrRefused) {
  const std::filesystem::path folder =
      std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / "json_schema_suite" / "tests" / "draft7";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "the JSON Schema test suite is not at " << folder;
  int right = 0;
  int refused_tests = 0;
  std::map<std::string, int> refused;
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.insert(entry.path());
  }
  for (const std::filesystem::path& path : files) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    const auto groups = Json::Parse(text.str(), 64);
    ASSERT_TRUE(groups.has_value()) << path << ": " << groups.error().message;
    for (const Json& group : groups->as_array()) {
      const auto schema = JsonSchema::Compile(*group.Find("schema"));
      const std::string& name = group.Find("description")->as_string();
      if (!schema) {
        if (std::getenv("ASSAY_VERBOSE"))
          std::cout << path.filename() << " \"" << name << "\" " << schema.error().message << "\n";
        refused[path.filename().string()] += 1;
        refused_tests += static_cast<int>(group.Find("tests")->as_array().size());
        continue;
      }
      for (const Json& test : group.Find("tests")->as_array()) {
        const auto wrong = schema->Check(*test.Find("data"));
        ASSERT_TRUE(wrong.has_value()) << wrong.error().message;
        EXPECT_EQ(!wrong->has_value(), test.Find("valid")->as_bool())
            << path.filename() << " \"" << name << "\" \"" << test.Find("description")->as_string() << "\" "
            << wrong->value_or("");
        right += !wrong->has_value() == test.Find("valid")->as_bool() ? 1 : 0;
      }
    }
  }
  std::cout << "draft 7: " << right << " tests judged as the suite says, " << refused_tests << " refused at lint\n";
  EXPECT_EQ(refused, kRefused);
}

}  // namespace
}  // namespace assay
