#include <gtest/gtest.h>

#include <fstream>

#include "tests/runners/graders/make_grader.h"

namespace assay {
namespace {

TEST(SafetyOptions, AreRefusedWithTheirPlace) {
  EXPECT_EQ(ErrorOf("secrets", "{types: [github_tokn]}"),
            "grader \"g\": options.yaml:1:9: types: unknown type \"github_tokn\"; did you mean \"github_token\"?");
  EXPECT_NE(ErrorOf("pii", "{types: [e-mail]}"), "");
  EXPECT_NE(ErrorOf("pii", "{types: []}"), "");
  EXPECT_NE(ErrorOf("pii", "{allow: [\" \"]}"), "");
  EXPECT_EQ(ErrorOf("deny_list", "{}"), "grader \"g\": options.yaml:1:1: phrases or phrases_file is needed");
  EXPECT_NE(ErrorOf("deny_list", "{phrases: [a, \"\u200B\"]}"), "");
  EXPECT_NE(ErrorOf("deny_list", "{phrases_file: /no/such/file}"), "");
  EXPECT_EQ(ErrorOf("prompt_injection", "{}"), "grader \"g\": options.yaml:1:1: canary or hijack is needed");
  EXPECT_NE(ErrorOf("prompt_injection", "{hijack: \" \"}"), "");
}

TEST(SafetyOptions, PhrasesComeFromAFileToo) {
  const auto folder = std::filesystem::path(testing::TempDir());
  std::ofstream(folder / "words.txt") << "\xEF\xBB\xBF# rivals\r\nAcme Rival\r\n\r\n  Söhne & Co \r\n";
  const auto made = MakeGrader(SpecOf("deny_list", "{phrases: other, phrases_file: words.txt}"), folder);
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(GradeText(*made->grader, "I buy at ACME rival.").pass, false);
  EXPECT_EQ(GradeText(*made->grader, "I buy at so\u0308hne & co").pass, false);
  EXPECT_EQ(GradeText(*made->grader, "Any other?").pass, false);
  EXPECT_EQ(GradeText(*made->grader, "# rivals").pass, true);
  std::ofstream(folder / "empty.txt") << "# nothing\n";
  EXPECT_FALSE(MakeGrader(SpecOf("deny_list", "{phrases_file: empty.txt}"), folder).has_value());
}

}  // namespace
}  // namespace assay
