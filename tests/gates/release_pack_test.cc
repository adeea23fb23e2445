// The pack of evidence says what a verdict holds, and nothing of others acts in it.

#include "gates/release_pack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/gates/gate_fixture.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ReleasePack Pack(const std::string& cases = "60 x 1") {
  std::vector<SuiteEvidence> suites = {testing::MakeEvidence({.cases = cases})};
  const GateSpec gate = testing::MakeGate(suites, {"{name: r, metric: m, at_least: 0.9}"});
  const GateEvidence evidence{
      .gate_version = "sha256:g", .candidate = {"bot", "2", "sha256:c"}, .suites = std::move(suites)};
  return {.verdict = Decide(gate, evidence, Time{}),
          .verdict_id = "v1",
          .document_hash = "sha256:d",
          .made_at = Time(std::chrono::hours(1))};
}

TEST(ReleasePack, HasEachChapterOfThatWhichIsStored) {
  ReleasePack pack = Pack();
  pack.reviews = {{.suite = "s", .items = 12, .open = 3}};
  pack.decisions = {{.verdict = "v1",
                     .project = "p",
                     .gate = "g",
                     .is_go = true,
                     .reason = "all is well",
                     .principal = "rita",
                     .at = Time(std::chrono::hours(1))}};
  const std::string text = MarkdownOf(pack);
  for (const char* chapter :
       {"# Release readiness: bot&#64;2 at gate ", "## What was evaluated\n", "## Rules\n",
        "## Safety regression checks\n", "## Human review\n", "### Blockers\n", "## Known limitations\n",
        "## Mitigations\n", "## Regressions, worst first\n", "## Lineage and signature\n"})
    EXPECT_THAT(text, HasSubstr(chapter));
  EXPECT_THAT(text, HasSubstr("- **go** by rita at 1970-01-01T01:00:00"));
  EXPECT_THAT(text, HasSubstr("12 items, 3 open"));
  EXPECT_THAT(text, HasSubstr("- not signed: the daemon had no signing key\n"));
  EXPECT_THAT(text, HasSubstr("- verdict v1, document sha256:d\n"));
  EXPECT_THAT(MarkdownOf(Pack()), HasSubstr("Nobody has decided go or no-go on this verdict.\n"));
}

TEST(ReleasePack, NamesTheCasesOfRulesThatFailAndWhatIsMissing) {
  ReleasePack pack = Pack("40 x 1; 20 x 0");
  ASSERT_EQ(pack.verdict.state, VerdictState::kFail) << pack.verdict.reason;
  for (WorstCase& worst : pack.verdict.rules[0].parts[0].worst_cases) worst.id = "c" + std::to_string(worst.ordinal);
  const std::vector<Regression> regressions = RegressionsOf(pack.verdict);
  ASSERT_EQ(regressions.size(), RulePart::kMaxWorstCases);
  EXPECT_EQ(regressions[0].worst->id, "c40");
  EXPECT_THAT(MarkdownOf(pack), HasSubstr("| r | s | c40 | 0 | – |\n"));
  EXPECT_THAT(LimitationsOf(pack.verdict), ElementsAre("rule \"r\" is FAIL: " + pack.verdict.rules[0].reason));
}

TEST(ReleasePack, LetsNothingOfOthersAct) {
  ReleasePack pack = Pack("40 x 1; 20 x 0");
  pack.verdict.rules[0].parts[0].worst_cases[0].id = "<img src=x onerror=alert(1)> | [x](http://evil) \n# head";
  pack.verdict.warnings = {"`code` @everybody <script>\xE2\x80\xAE"};
  pack.blockers = {{.id = "b", .severity = 1, .reason = "![x](http://evil)", .recommender = "an|n"}};
  const std::string text = MarkdownOf(pack);
  EXPECT_THAT(text, HasSubstr("\\<img src=x onerror=alert(1)> \\| [x]\\(http://evil)  # head"));
  EXPECT_THAT(text, HasSubstr("- \\`code\\` &#64;everybody \\<script>\n"));
  EXPECT_THAT(text, HasSubstr("blocker b (severity 1, by an\\|n): ![x]\\(http://evil)"));
  EXPECT_THAT(text, Not(HasSubstr("\n# head")));
}

TEST(ReleasePack, IsTheSameAsJson) {
  const ReleasePack pack = Pack("40 x 1; 20 x 0");
  const Json json = ToJson(pack);
  EXPECT_EQ(json.Find("verdict_id")->as_string(), "v1");
  EXPECT_EQ(json.Find("verdict")->Find("state")->as_string(), "FAIL");
  EXPECT_EQ(json.Find("regressions")->as_array().size(), RulePart::kMaxWorstCases);
  EXPECT_EQ(json.Find("limitations")->as_array().size(), 1u);
  EXPECT_TRUE(Json::Parse(json.Dump()));
}

TEST(ReleaseDecision, IsGoOnlyForWhatPasses) {
  EXPECT_TRUE(CheckGo(Pack().verdict, "v1"));
  Verdict failed = Pack("40 x 1; 20 x 0").verdict;
  const Status refused = CheckGo(failed, "v1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "verdict v1 is FAIL, and go is for what passes: ask for a waiver of the rules that keep it from one (assay "
            "waiver request v1), and decide when others have approved it");
  failed.decision = VerdictState::kPass;
  EXPECT_TRUE(CheckGo(failed, "v1")) << "by waiver";
  failed.state = VerdictState::kError;
  failed.decision = VerdictState::kError;
  EXPECT_THAT(CheckGo(failed, "v1").error().message, HasSubstr("check the gate again"));
}

}  // namespace
}  // namespace assay
