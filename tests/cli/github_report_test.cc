#include "cli/github_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "assay/v1/gate.pb.h"
#include "tests/testing/program.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

v1::Check CheckOf(v1::VerdictState::Value state, const std::string& reason) {
  v1::Check check;
  check.set_gate("release");
  check.mutable_candidate()->set_name("m");
  check.mutable_candidate()->set_version("2");
  check.set_state(state);
  check.set_reason(reason);
  return check;
}

void AddRule(v1::Check& check, const std::string& name, v1::VerdictState::Value state, bool blocking = true) {
  v1::RuleOutcome& rule = *check.mutable_verdict()->add_rules();
  rule.set_rule(name);
  rule.set_role(blocking ? v1::RuleRole::BLOCKING : v1::RuleRole::ADVISORY);
  rule.set_state(state);
  rule.set_reason("because of " + name);
}

TEST(GitHubAnnotations, NameTheGateAndTheRulesThatDoNotPass) {
  v1::Check check = CheckOf(v1::VerdictState::FAIL, "floor: 50 % < 90 %\nand more");
  AddRule(check, "floor", v1::VerdictState::FAIL);
  AddRule(check, "good", v1::VerdictState::PASS);
  AddRule(check, "shown", v1::VerdictState::FAIL, false);
  AddRule(check, "open", v1::VerdictState::INCONCLUSIVE);
  check.mutable_verdict()->add_warnings("retried answers differ");
  EXPECT_EQ(GitHubAnnotations(check),
            "::error title=gate release FAIL for m@2::floor: 50 %25 < 90 %25 and more\n"
            "::error title=rule floor FAIL::because of floor\n"
            "::warning title=rule open INCONCLUSIVE::because of open\n"
            "::warning title=gate release::retried answers differ\n");
  EXPECT_EQ(GitHubAnnotations(CheckOf(v1::VerdictState::PASS, "all")),
            "::notice title=gate release PASS for m@2::all\n");
  EXPECT_THAT(GitHubAnnotations(CheckOf(v1::VerdictState::ERROR, "down")), StartsWith("::error "));
  EXPECT_THAT(GitHubAnnotations(CheckOf(v1::VerdictState::PENDING, "waits")), StartsWith("::warning "));
}

// A command in a reason, which can quote a model's answer, must stay text.
TEST(GitHubAnnotations, CannotBeForgedByWhatIsInThem) {
  v1::Check check = CheckOf(v1::VerdictState::FAIL, "x\r\n::notice title=gate release PASS::all\n");
  AddRule(check, "a,b: c\n::notice::", v1::VerdictState::FAIL);
  std::istringstream lines(GitHubAnnotations(check));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_THAT(line, StartsWith("::error title="));
  EXPECT_EQ(count, 2);
  EXPECT_THAT(GitHubAnnotations(check), HasSubstr("rule a%2Cb%3A c %3A%3Anotice%3A%3A FAIL"));
}

// However late in the gate it stands: GitHub shows ten annotations of a step.
TEST(GitHubAnnotations, NameTheWorstRulesFirst) {
  v1::Check check = CheckOf(v1::VerdictState::FAIL, "x");
  for (int i = 0; i < 12; ++i) AddRule(check, "open" + std::to_string(i), v1::VerdictState::INCONCLUSIVE);
  AddRule(check, "broken", v1::VerdictState::ERROR);
  AddRule(check, "bad", v1::VerdictState::FAIL);
  AddRule(check, "worse", v1::VerdictState::FAIL);
  check.mutable_verdict()->mutable_rules(13)->set_severity(2);
  check.mutable_verdict()->mutable_rules(14)->set_severity(1);
  EXPECT_THAT(GitHubAnnotations(check), StartsWith("::error title=gate release FAIL for m@2::x\n"
                                                   "::error title=rule worse FAIL::because of worse\n"
                                                   "::error title=rule bad FAIL::because of bad\n"
                                                   "::error title=rule broken ERROR::because of broken\n"
                                                   "::warning title=rule open0 INCONCLUSIVE::because of open0\n"
                                                   "::warning title=rule open1 INCONCLUSIVE::because of open1\n"));
}

TEST(GitHubAnnotations, AreAtMostTen) {
  v1::Check check = CheckOf(v1::VerdictState::FAIL, "x");
  for (int i = 0; i < 30; ++i) AddRule(check, "r" + std::to_string(i), v1::VerdictState::FAIL);
  const std::string text = GitHubAnnotations(check);
  EXPECT_EQ(std::ranges::count(text, '\n'), 10);
}

class StepSummary : public ::testing::Test {
 protected:
  void TearDown() override { unsetenv("GITHUB_STEP_SUMMARY"); }
  std::string Text() const {
    std::stringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  testing::TemporaryFolder files_;
  const std::string path_ = files_.path() / "summary.md";
};

TEST_F(StepSummary, IsAddedToWhatTheStepHasSaid) {
  std::ofstream(path_) << "before\n";
  setenv("GITHUB_STEP_SUMMARY", path_.c_str(), 1);
  ASSERT_TRUE(AppendStepSummary(CheckOf(v1::VerdictState::PASS, "all"), {}));
  EXPECT_THAT(Text(), StartsWith("before\n## ✅ PASS: gate `release` for `m@2`\n\nall\n"));
}

TEST_F(StepSummary, IsCutWhereGitHubWouldRefuseIt) {
  setenv("GITHUB_STEP_SUMMARY", path_.c_str(), 1);
  std::vector<FailingCase> failing;
  for (int i = 0; i < 20'000; ++i) {
    failing.push_back({"r", "case-" + std::to_string(i), std::string(100, 'w'), std::string(100, 'x')});
  }
  ASSERT_TRUE(AppendStepSummary(CheckOf(v1::VerdictState::FAIL, "many"), failing));
  EXPECT_LE(Text().size(), 1024u * 1024);
  EXPECT_THAT(Text(), ::testing::EndsWith("|\n\nThe rest is cut: a summary has at most 1 MiB.\n"));
}

TEST_F(StepSummary, SaysWhenItsFileCannotBeWritten) {
  setenv("GITHUB_STEP_SUMMARY", files_.path().c_str(), 1);
  const Status written = AppendStepSummary(CheckOf(v1::VerdictState::PASS, "all"), {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "GITHUB_STEP_SUMMARY: cannot write \"" + files_.path().string() + "\"");
  unsetenv("GITHUB_STEP_SUMMARY");
  EXPECT_TRUE(AppendStepSummary(CheckOf(v1::VerdictState::PASS, "all"), {}));
}

}  // namespace
}  // namespace assay
