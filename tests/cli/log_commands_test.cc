#include "cli/log_commands.h"

#include <gtest/gtest.h>

#include "assay/v1/gate.pb.h"
#include "cli/check_report.h"
#include "core/json.h"

namespace assay {
namespace {

TEST(LogCommands, OfAzureAndTeamCityAreBrokenAnywhereInALine) {
  EXPECT_EQ(WithoutLogCommands("a ##vso[task.setvariable variable=x]1"), "a #\\#vso[task.setvariable variable=x]1");
  EXPECT_EQ(WithoutLogCommands("##[error]no"), "#\\#[error]no");
  EXPECT_EQ(WithoutLogCommands("###VSO[x] ##[y]"), "##\\#VSO[x] #\\#[y]");
  EXPECT_EQ(WithoutLogCommands("x\n##teamcity[testFailed name='a']"), "x\n#\\#teamcity[testFailed name='a']");
}

TEST(LogCommands, OfGitHubAreBrokenAtTheBeginningOfALine) {
  EXPECT_EQ(WithoutLogCommands("::error::no"), "\\::error::no");
  EXPECT_EQ(WithoutLogCommands("x\n \t::set-output name=a::b"), "x\n \t\\::set-output name=a::b");
  EXPECT_EQ(WithoutLogCommands("x\r::stop-commands::t"), "x\r\\::stop-commands::t");
  EXPECT_EQ(WithoutLogCommands("\xC2\xA0::add-mask::a"), "\xC2\xA0\\::add-mask::a") << "blanks that are no ASCII";
}

TEST(LogCommands, AreNothingElse) {
  for (const std::string text : {"## Rules\n### First failing cases\n", "std::string a::b", "x ::error::no", "## [x]",
                                 "# ##", "##", ":", "a ##b c[0]", ""}) {
    EXPECT_EQ(WithoutLogCommands(text), text);
  }
  const std::string name(41, 'a');
  EXPECT_EQ(WithoutLogCommands("##" + name + "["), "##" + name + "[") << "no command has such a name";
}

// What is parsed says what it said.
TEST(LogCommands, AreEscapedInJsonAndXml) {
  const std::string json = Json::Of({{"reason", "##vso[x]\n::error::y"}}).DumpIndented();
  const std::string safe = WithoutLogCommands(json);
  EXPECT_EQ(safe, "{\n  \"reason\": \"#\\u0023vso[x]\\n::error::y\"\n}");
  EXPECT_EQ(*Json::Parse(safe), *Json::Parse(json));
  EXPECT_EQ(WithoutLogCommands("[\"##[x]\"]"), "[\"#\\u0023[x]\"]");
  EXPECT_EQ(WithoutLogCommands("<?xml version=\"1.0\"?>\n<a>##vso[x]\n::error::y</a>"),
            "<?xml version=\"1.0\"?>\n<a>#&#35;vso[x]\n&#58;:error::y</a>");
}

TEST(LogCommands, OfOurOwnStay) {
  EXPECT_EQ(WithoutLogCommands("::error title=a::b ##[x]\n::notice::c\n", LineStarts::kOurOwn),
            "::error title=a::b #\\#[x]\n::notice::c\n");
}

TEST(LogCommands, AreInNoReport) {
  v1::Check check;
  check.set_gate("release");
  check.set_state(v1::VerdictState::FAIL);
  check.set_reason("::error::reason");
  check.mutable_verdict()->set_state(v1::VerdictState::FAIL);
  check.mutable_verdict()->add_warnings("##[warning]of it");
  v1::RuleOutcome& rule = *check.mutable_verdict()->add_rules();
  rule.set_rule("floor");
  rule.set_state(v1::VerdictState::FAIL);
  rule.set_reason("too low");
  const FailingCase failing{"floor", "##[section]a", "answer: wrong", "##vso[task.complete result=Succeeded;]"};
  for (const ReportFormat format :
       {ReportFormat::kText, ReportFormat::kMarkdown, ReportFormat::kJunit, ReportFormat::kJson}) {
    const std::string report = RenderCheck(check, {failing}, format, false);
    EXPECT_NE(report.find("##vso["), std::string::npos) << "it is there at first";
    const std::string safe = WithoutLogCommands(report);
    for (const std::string command : {"##vso[", "##[", "\n::"}) {
      EXPECT_EQ(safe.find(command), std::string::npos) << safe;
    }
    EXPECT_FALSE(safe.starts_with("::"));
  }
}

}  // namespace
}  // namespace assay
