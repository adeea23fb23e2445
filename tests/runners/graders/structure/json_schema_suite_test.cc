// The official tests of draft 7: the required ones all as the suite says; of the optional ones, which leave to a
// validator what it does, those that differ are listed here with the reason.

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

const std::filesystem::path kSuite =
    std::filesystem::path(ASSAY_SOURCE_DIR) / ".." / "shared" / "data" / "json_schema_suite";

// The suite's remote documents, which it says to serve at this address.
const Json* RemoteDocument(std::string_view uri) {
  static std::map<std::string, Json, std::less<>> read;
  constexpr std::string_view kHost = "http://localhost:1234/";
  if (!uri.starts_with(kHost)) return nullptr;
  const std::filesystem::path path = kSuite / "remotes" / uri.substr(kHost.size());
  if (!std::filesystem::is_regular_file(path)) return nullptr;
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const auto document = Json::Parse(text.str());
  return document ? &read.emplace(uri, *document).first->second : nullptr;
}

struct SuiteTally {
  int right = 0;
  std::map<std::string, int> wrong;    // by file
  std::map<std::string, int> refused;  // tests of schemas that are refused when compiled, by file
  int Total() const {
    int total = right;
    for (const auto* counts : {&wrong, &refused}) {
      for (const auto& [file, count] : *counts) total += count;
    }
    return total;
  }
};

void RunFile(const std::filesystem::path& path, const JsonSchemaOptions& options, bool is_told, SuiteTally& tally) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  const auto groups = Json::Parse(text.str(), 64);
  ASSERT_TRUE(groups.has_value()) << path << ": " << groups.error().message;
  const std::string file = path.filename().string();
  for (const Json& group : groups->as_array()) {
    const auto schema = JsonSchema::Compile(*group.Find("schema"), options);
    const std::string& name = group.Find("description")->as_string();
    const Json::Array& tests = group.Find("tests")->as_array();
    if (!schema) {
      tally.refused[file] += static_cast<int>(tests.size());
      if (is_told) std::cout << file << " \"" << name << "\" refused: " << schema.error().message << "\n";
      continue;
    }
    for (const Json& test : tests) {
      const auto wrong = schema->Check(*test.Find("data"));
      ASSERT_TRUE(wrong.has_value()) << wrong.error().message;
      if (!wrong->has_value() == test.Find("valid")->as_bool()) {
        ++tally.right;
        continue;
      }
      ++tally.wrong[file];
      if (is_told) {
        std::cout << file << " \"" << name << "\" \"" << test.Find("description")->as_string() << "\" "
                  << test.Find("data")->Dump() << ": " << (*wrong ? ToString(**wrong) : "conforms") << "\n";
      }
    }
  }
}

SuiteTally RunFolder(const std::filesystem::path& folder, const JsonSchemaOptions& options, bool is_told) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.insert(entry.path());
  }
  SuiteTally tally;
  for (const std::filesystem::path& path : files) RunFile(path, options, is_told, tally);
  return tally;
}

class JsonSchemaSuite : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kSuite)) GTEST_SKIP() << "the JSON Schema test suite is not at " << kSuite;
    options_.find_document = &RemoteDocument;
  }
  JsonSchemaOptions options_;
};

TEST_F(JsonSchemaSuite, Draft7RequiredTestsAreAllJudgedAsTheSuiteSays) {
  const SuiteTally tally = RunFolder(kSuite / "tests" / "draft7", options_, true);
  std::cout << "draft 7, required: " << tally.right << " of " << tally.Total() << " tests as the suite says\n";
  EXPECT_GT(tally.right, 900);
  EXPECT_EQ(tally.wrong, (std::map<std::string, int>{}));
  EXPECT_EQ(tally.refused, (std::map<std::string, int>{}));
}

TEST_F(JsonSchemaSuite, Draft7OptionalTests) {
  options_.is_unknown_ignored = true;
  const bool is_told = std::getenv("ASSAY_VERBOSE") != nullptr;
  const SuiteTally tally = RunFolder(kSuite / "tests" / "draft7" / "optional", options_, is_told);
  std::cout << "draft 7, optional: " << tally.right << " of " << tally.Total() << " tests as the suite says\n";
  EXPECT_EQ(tally.wrong, (std::map<std::string, int>{{"content.json", 4}}));        // contentEncoding is an annotation
  EXPECT_EQ(tally.refused, (std::map<std::string, int>{{"cross-draft.json", 2}}));  // another draft
}

TEST_F(JsonSchemaSuite, Draft7Formats) {
  options_.check_formats = true;
  const bool is_told = std::getenv("ASSAY_VERBOSE") != nullptr;
  const SuiteTally tally = RunFolder(kSuite / "tests" / "draft7" / "optional" / "format", options_, is_told);
  std::cout << "draft 7, formats: " << tally.right << " of " << tally.Total() << " tests as the suite says\n";
  EXPECT_EQ(tally.wrong, (std::map<std::string, int>{
                             {"ecmascript-regex.json", 6},  // a regex is one that RE2 takes
                             {"hostname.json", 23},         // what an xn-- label stands for is not looked at
                         }));
  EXPECT_EQ(tally.refused, (std::map<std::string, int>{
                               {"idn-hostname.json", 89},
                               {"unknown.json", 7},  // a format that nobody checks is refused where formats count
                           }));
}

}  // namespace
}  // namespace assay
