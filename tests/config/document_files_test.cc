// Every document of testdata/: NAME.good.yaml has no error; NAME.bad.yaml has exactly those that its first lines list,
// in order: "# expect LINE:COL path: message", in which {folder} stands
// for the folder of testdata.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "config/catalog.h"
#include "core/file.h"
#include "tests/config/plugin_tables.h"

namespace assay {
namespace {

using testing::FirstLineFields;
using testing::Lines;
using testing::TestKinds;

const std::string kFolder = std::string(ASSAY_SOURCE_DIR) + "/tests/config/testdata";

std::vector<std::string> FilesEndingIn(std::string_view end) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().string().ends_with(end)) files.push_back(entry.path().string());
  }
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> Expected(const std::string& file) {
  constexpr std::string_view kMark = "# expect ";
  const std::string text = *ReadFile(file);
  std::vector<std::string> expected;
  for (std::size_t at = 0; text.substr(at).starts_with(kMark);) {
    const std::size_t end = text.find('\n', at);
    std::string line = text.substr(at + kMark.size(), end - at - kMark.size());
    constexpr std::string_view kPlaceholder = "{folder}";
    for (std::size_t place; (place = line.find(kPlaceholder)) != std::string::npos;) {
      line.replace(place, kPlaceholder.size(), kFolder);
    }
    expected.push_back(std::move(line));
    at = end + 1;
  }
  return expected;
}

TEST(DocumentFiles, GoodOnesHaveNoErrors) {
  const std::vector<std::string> files = FilesEndingIn(".good.yaml");
  ASSERT_GE(files.size(), 4u);
  for (const std::string& file : files) {
    Diagnostics diagnostics;
    const Catalog catalog = LoadCatalog({file}, TestKinds(), FirstLineFields, diagnostics);
    EXPECT_EQ(diagnostics.Render(), "") << file;
    EXPECT_FALSE(catalog.documents.empty()) << file;
  }
}

TEST(DocumentFiles, BadOnesHaveExactlyTheErrorsTheyList) {
  const std::vector<std::string> files = FilesEndingIn(".bad.yaml");
  ASSERT_GE(files.size(), 10u);
  for (const std::string& file : files) {
    Diagnostics diagnostics;
    LoadCatalog({file}, TestKinds(), FirstLineFields, diagnostics);
    const std::vector<std::string> expected = Expected(file);
    EXPECT_FALSE(expected.empty()) << file << " lists no error";
    EXPECT_THAT(Lines(diagnostics), ::testing::ElementsAreArray(expected)) << diagnostics.Render();
  }
}

}  // namespace
}  // namespace assay
