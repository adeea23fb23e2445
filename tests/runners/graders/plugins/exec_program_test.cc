// Which program gave a score: the one that was there when the run began, or none.

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "tests/runners/graders/plugins/asked_program.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

// Passes or fails what it is asked of, and dies of the word "die".
std::string Program(const std::string& passes, const std::string& before = "") {
  return "#!/usr/bin/env python3\nimport json, os, sys\n"
         "for question in map(json.loads, sys.stdin):\n" +
         before +
         "  if question['response']['text'] == 'die': sys.exit()\n"
         "  print(json.dumps({'id': question['id'], 'pass': " +
         passes + "}), flush=True)\n";
}

class ExecProgram : public ::testing::Test {
 protected:
  // As an installer does it: another file in its place.
  void Install(const std::string& text, const std::string& as = "program") {
    const auto file = folder_.Write(as + ".new", text);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    std::filesystem::rename(file, folder_.path() / as);
  }
  testing::TemporaryFolder folder_;
};

TEST_F(ExecProgram, OneThatIsReplacedGivesNoScoreUntilItIsBack) {
  Install(Program("True"));
  AskedProgram program(AskedProgram::Folder{folder_.path()}, "program: program");
  EXPECT_EQ(program.Ask().pass, true);
  Install(Program("False"));
  EXPECT_EQ(program.Ask().pass, true) << "by the process that is there";
  EXPECT_THAT(program.Ask("die").reason, HasSubstr("crashed"));
  for (int question = 0; question < 5; ++question) {
    const Score score = program.Ask();
    EXPECT_EQ(score.status, ScoreStatus::kError);
    EXPECT_THAT(score.reason, AllOf(HasSubstr("plug-in (refused): the program is another one than when the run began"),
                                    HasSubstr((folder_.path() / "program").string())));
  }
  EXPECT_THAT(program.Failures(), ElementsAre("crashed", "refused", "refused", "refused", "refused", "refused"));
  Install(Program("True"));
  EXPECT_EQ(program.Ask().pass, true);
  std::filesystem::remove(folder_.path() / "program");
  EXPECT_THAT(program.Ask("die").reason, HasSubstr("crashed"));
  EXPECT_THAT(program.Ask().reason, HasSubstr("plug-in (refused): the program is not there as it was"));
}

TEST_F(ExecProgram, OneThatIsWrittenOverGivesNoScore) {
  Install(Program("True "));
  AskedProgram program(AskedProgram::Folder{folder_.path()}, "program: program");
  EXPECT_EQ(program.Ask().pass, true);
  folder_.Write("program", Program("False"));  // as long as it was
  EXPECT_THAT(program.Ask("die").reason, HasSubstr("crashed"));
  EXPECT_THAT(program.Ask().reason, HasSubstr("another one than when the run began"));
}

TEST_F(ExecProgram, OneThatIsReplacedWhileItStartsGivesNoScore) {
  Install(Program("False"), "other");
  Install(Program("True", "  os.replace('other', __file__)\n"));
  AskedProgram program(AskedProgram::Folder{folder_.path()}, "program: program");
  EXPECT_THAT(program.Ask().reason, HasSubstr("another one than when the run began"));
  EXPECT_THAT(program.Failures(), ElementsAre("refused"));
}

TEST_F(ExecProgram, ItsDigestIsPartOfTheVersion) {
  Install(Program("True"));
  const std::string plain = AskedProgram(AskedProgram::Folder{folder_.path()}, "program: program").version();
  EXPECT_THAT(plain, MatchesRegex("1 sha256:[0-9a-f]{16}"));
  EXPECT_THAT(AskedProgram(AskedProgram::Folder{folder_.path()}, "program: program, version: v7").version(),
              MatchesRegex("1 v7 sha256:[0-9a-f]{16}"));
  Install(Program("False"));
  EXPECT_NE(AskedProgram(AskedProgram::Folder{folder_.path()}, "program: program").version(), plain);
}

}  // namespace
}  // namespace assay
