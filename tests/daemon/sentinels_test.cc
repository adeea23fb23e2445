// Sentinels ride in every judged run: what is asked, what is kept, what it says of the judge, and what it decides.

#include "daemon/sentinels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/builtin_kinds.h"
#include "daemon/prepared_run.h"
#include "daemon/verdict_replay.h"
#include "tests/daemon/judged_run.h"
#include "tests/testing/await.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::JudgedRun;

class SentinelRun : public JudgedRun {
 protected:
  // Sentinels that people pass are about q, as the judge has it; `wrong` of each label are not.
  void ServeSentinels(int passes, int fails, int wrong_passes = 0, int wrong_fails = 0, int cases = 2,
                      const std::string& more_of_suite = "") {
    std::string gold;
    const auto add = [&](int number, const std::string& question, const std::string& label) {
      gold += "{\"id\":\"" + label + std::to_string(number) + "\",\"question\":\"" + question + std::to_string(number) +
              "\",\"response\":\"sentinel " + label + std::to_string(number) + "\",\"label\":\"" + label + "\"}\n";
    };
    for (int i = 0; i < passes; ++i) add(i, i < wrong_passes ? "r" : "q", "pass");
    for (int i = 0; i < fails; ++i) add(i, i < wrong_fails ? "q" : "r", "fail");
    files_.Write("catalog/gold.jsonl", gold);
    judge_options_ = ", sentinels: {file: gold.jsonl}";
    Serve("", more_of_suite);
    std::string rows;
    for (int i = 0; i < cases; ++i)
      rows += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"q\",\"reference\":\"\"}\n";
    files_.Write("catalog/cases.jsonl", rows);
    files_.Write("catalog/judged_gate.yaml",
                 "kind: Gate\nname: judged\nsuites: [judged]\nrules:\n"
                 "  - {name: good, grader: good, at_least: 0.5}\n"
                 "  - {name: agrees, agreement: {of: good, at_least: 0.5}, role: advisory}\n");
    work_->catalog.Reload();
  }
  std::vector<StoredSentinel> Sentinels(const RunRecord& run) { return *work_->store->ReadSentinels(run.key); }
  SentinelCounts CountsOf(const RunRecord& run) { return CalibrationsOf(*work_->store, run)->judges.at(0).counts; }
};

TEST_F(SentinelRun, JudgesAreAskedAboutThemAndModelsAreNot) {
  ServeSentinels(30, 20, 2, 1);
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 2, .scored = 2})) << "sentinels are no trials";
  EXPECT_EQ(candidate_.requests(), 2);
  EXPECT_EQ(judge_.requests(), 52);
  EXPECT_DOUBLE_EQ(run.cost_usd.value(), 52 * 7) << "their verdicts cost like others";
  EXPECT_EQ(CountsOf(run), (SentinelCounts{30, 28, 0, 20, 19, 0}));
  const auto shown_of = CalibrationsOf(*work_->store, run);
  const std::vector<JudgeCalibration>* const judges = &shown_of->judges;
  EXPECT_EQ(judges->at(0).judge, "judge");
  EXPECT_TRUE(judges->at(0).prompt.starts_with("sha256:"));
  EXPECT_EQ(judges->at(0).version, run.graders.at(0).version);
  EXPECT_THAT(judges->at(0).answered_by, ElementsAre("")) << "this endpoint does not say who answers";
  EXPECT_THAT(work_->telemetry.Expose(),
              HasSubstr("assay_judge_agreement{grader=\"good\",judge=\"judge\",suite=\"judged\"} 0.9"));
  const auto shown = work_->Wait(work_->runs.GetJudges(run));
  ASSERT_TRUE(shown);
  EXPECT_EQ(*shown, *judges);
}

TEST_F(SentinelRun, TheVerdictIsCorrectedAndSaysByWhat) {
  ServeSentinels(100, 100, 2, 5, 60);
  const CheckStatus check = Decided();
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kPass) << verdict.reason;
  const RulePart& part = verdict.rules.at(0).parts.at(0);
  EXPECT_EQ(part.estimate.method, "judge_corrected");
  ASSERT_TRUE(part.judge);
  EXPECT_TRUE(part.judge->is_corrected);
  EXPECT_EQ(part.judge->judges.at(0).counts, (SentinelCounts{100, 98, 0, 100, 95, 0}));
  EXPECT_THAT(part.reason, HasSubstr("passes 98 of 100 sentinels that people pass and fails 95 of 100"));
  EXPECT_EQ(verdict.rules.at(1).state, VerdictState::kPass) << verdict.rules.at(1).reason;
}

// Half of the answers are blank, and all others good: the judge's errors are no reason to take more away.
TEST_F(SentinelRun, WhatTheJudgeWasNotAskedOfIsNotCorrected) {
  ServeSentinels(100, 100, 0, 30, 200);
  is_half_blank_ = true;
  const CheckStatus check = Decided();
  const RulePart& part = check.verdict->verdict.rules.at(0).parts.at(0);
  ASSERT_TRUE(part.judge) << check.reason;
  EXPECT_EQ(part.judge->not_judged, 100);
  EXPECT_EQ(part.judge->judges.at(0).counts, (SentinelCounts{100, 100, 0, 100, 70, 0}));
  EXPECT_DOUBLE_EQ(part.estimate.value.value_or(0), 0.5);
  EXPECT_GT(part.estimate.upper.value_or(0), 0.5);
  EXPECT_THAT(part.reason, HasSubstr("; 100 trials failed without being judged; "));
  std::int64_t labelled = 0;
  for (const StoredTrial& trial : Trials(check.runs.at(0).run))
    labelled += trial.scores.at(0).score.label == Score::kNotJudged ? 1 : 0;
  EXPECT_GT(labelled, 0);
  const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), check.verdict->record, {});
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ(replay->differing, 0);
}

TEST_F(SentinelRun, AJudgeThatIsWrongHalfOfTheTimeDecidesNothing) {
  ServeSentinels(40, 40, 20, 20, 60);
  const CheckStatus check = Decided();
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kInconclusive) << check.verdict->verdict.reason;
  EXPECT_THAT(check.verdict->verdict.reason, HasSubstr("not shown to be better than chance"));
}

// Verdicts that stand as they are: what they rest on is in the verdict all the same, and is replayed with it.
TEST_F(SentinelRun, WhoTakesTheJudgesWordIsToldWhatItIsWorth) {
  ServeSentinels(20, 20, 2, 1, 60);
  files_.Write("catalog/judged_gate.yaml",
               "kind: Gate\nname: judged\nsuites: [judged]\nrules:\n"
               "  - {name: each, grader: good, per_case_floor: {at_least: 1}, uncorrected: true}\n");
  work_->catalog.Reload();
  const CheckStatus check = Decided();
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kPass) << verdict.reason;
  EXPECT_TRUE(verdict.rules.at(0).uncorrected);
  ASSERT_TRUE(verdict.rules.at(0).parts.at(0).judge);
  const JudgeEvidence& judge = *verdict.rules.at(0).parts.at(0).judge;
  EXPECT_FALSE(judge.is_corrected);
  EXPECT_EQ(judge.judges.at(0).counts, (SentinelCounts{20, 18, 0, 20, 19, 0}));
  EXPECT_THAT(verdict.reason, HasSubstr("not corrected for a judge's errors"));
  EXPECT_THAT(verdict.reason, HasSubstr("passes 18 of 20 sentinels that people pass and fails 19 of 20"));
  answered_by_ = [](int request) { return request % 2 == 0 ? "j-2026-01" : "j-2026-02"; };
  const CheckStatus unsteady = work_->Decided(work_->Check("judged", "m@1", true).check.id);
  EXPECT_EQ(unsteady.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(unsteady.reason, HasSubstr("answered with several models during the run"));
}

TEST_F(SentinelRun, AnotherModelBehindTheNameIsNoOneJudge) {
  ServeSentinels(40, 40, 0, 0, 20);
  answered_by_ = [](int request) { return request < 30 ? "j-2026-01" : "j-2026-02"; };
  const CheckStatus check = Decided();
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(check.verdict->verdict.reason,
              HasSubstr("answered with several models during the run: \"j-2026-01\", \"j-2026-02\""));
}

// Neither all at the beginning nor all at the end: a judge that changes in between is seen.
TEST_F(SentinelRun, TheyAreSpreadOverTheRun) {
  ServeSentinels(20, 20, 0, 0, 200);
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  ASSERT_EQ(asked_.size(), 240u);
  const auto in_half = std::count_if(asked_.begin(), asked_.begin() + 120, [](const std::string& body) {
    return body.find("sentinel ") != std::string::npos;
  });
  EXPECT_GT(in_half, 8);
  EXPECT_LT(in_half, 32);
}

// Three of five answers are good, and four of five are to be. A judge that starts to pass everything when the run has
// begun must not pass them, wherever the gate may end: it is caught by the sentinels that are asked since.
class LenientJudge : public SentinelRun, public ::testing::WithParamInterface<std::pair<const char*, int>> {
 protected:
  void ServeGate(const std::string& more) {
    ServeSentinels(100, 100, 0, 0, 1);
    std::string rows;
    for (int i = 0; i < 800; ++i) {
      rows += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"" + (i % 5 < 3 ? "q" : "r") + std::to_string(i) +
              "\",\"reference\":\"\"}\n";
    }
    files_.Write("catalog/cases.jsonl", rows);
    files_.Write("catalog/judged_gate.yaml", "kind: Gate\nname: judged\nsuites: [judged]\n" + more +
                                                 "rules: [{name: good, grader: good, at_least: 0.8}]\n");
    work_->catalog.Reload();
  }
};

TEST_P(LenientJudge, IsCaughtWhereverTheGateMayEnd) {
  ServeGate(GetParam().first);
  lenient_from_ = GetParam().second;
  const CheckStatus check = Decided();
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_NE(verdict.state, VerdictState::kPass) << verdict.reason;
  const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(),
                                          *work_->store->GetVerdict("default", check.check.verdict_id), {});
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_TRUE(replay->IsReproduced());
}

INSTANTIATE_TEST_SUITE_P(Gates, LenientJudge,
                         ::testing::Values(std::pair("stop: early\n", 60), std::pair("stop: early\n", 250),
                                           std::pair("stop: early\n", 400), std::pair("max_n: 800\n", 620),
                                           std::pair("max_n: 400\n", 300), std::pair("", 500)));

TEST_F(LenientJudge, IsNamedWithWhatItsSentinelsShow) {
  ServeGate("max_n: 800\n");
  lenient_from_ = 500;
  const CheckStatus check = Decided();
  EXPECT_EQ(check.verdict->verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(check.reason,
              HasSubstr("judge \"judge\" changed during the run: of the sentinels that people fail it failed"));
}

// One that stays as it is settles an early look on the sentinels that were due by then.
TEST_F(LenientJudge, ThatIsNoneSettlesEarly) {
  ServeGate("stop: early\n");
  const CheckStatus check = Decided();
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(verdict.state, VerdictState::kFail) << verdict.reason;
  ASSERT_TRUE(verdict.look);
  EXPECT_LT(verdict.look->look, verdict.look->looks);
  const SentinelCounts counts = verdict.rules.at(0).parts.at(0).judge->judges.at(0).counts;
  const std::int64_t due = 100 * verdict.look->cases / 800;
  EXPECT_EQ(counts, (SentinelCounts{due, due, 0, due, due, 0}));
}

TEST_F(SentinelRun, ARestartAsksOnlyWhatIsLeft) {
  ServeSentinels(60, 60, 0, 0, 60);
  judge_delay_ = std::chrono::milliseconds(20);
  const std::string id = work_->StartRun("judged", "m@1").id;
  ASSERT_TRUE(Eventually([this] { return judge_.requests() > 60; }));
  work_ = nullptr;
  // What it had sent is read before its connections are seen to be closed.
  ASSERT_TRUE(Eventually([this] { return judge_.open() == 0; }));
  const int before = judge_.requests();
  work_ = std::make_unique<DaemonWork>(files_);
  const RunRecord stopped = *work_->store->GetRun("default", id);
  std::int64_t kept = stopped.counts.Accounted();
  for (const StoredSentinel& each : Sentinels(stopped)) kept += each.score ? 1 : 0;
  EXPECT_GT(kept, 30);
  work_->Resume();
  const RunRecord run = work_->Ended(id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(CountsOf(run), (SentinelCounts{60, 60, 0, 60, 60, 0}));
  EXPECT_LE(judge_.requests() - before, 180 - kept);
}

// Killed when all trials were stored: the sentinels alone are gone on with.
TEST_F(SentinelRun, SentinelsAloneAreGoneOnWith) {
  ServeSentinels(40, 40, 0, 0, 1);
  judge_delay_ = std::chrono::milliseconds(50);
  const std::string id = work_->StartRun("judged", "m@1").id;
  ASSERT_TRUE(Eventually([&] { return work_->store->GetRun("default", id)->counts.scored == 1; }));
  work_ = nullptr;
  judge_delay_ = std::chrono::milliseconds(0);
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  const RunRecord run = work_->Ended(id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(CountsOf(run), (SentinelCounts{40, 40, 0, 40, 40, 0}));
  EXPECT_EQ(candidate_.requests(), 1);
}

// One that the judge does not answer is lost, and counts against the judge; the run is complete without it.
TEST_F(SentinelRun, OneWithoutAnAnswerIsLostAndNoErrorOfTheRun) {
  ServeSentinels(20, 20, 0, 0, 30);
  is_down_for_ = "sentinel fail7";
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts.error, 0);
  EXPECT_EQ(CountsOf(run), (SentinelCounts{20, 20, 0, 20, 19, 1}));
}

// 20 of 100 dollars: two verdicts of 7, and a third that is on its way when the share is spent.
TEST_F(SentinelRun, TheyTakeNoMoreThanTheirShareOfABudget) {
  model_prices_ = "{input: 0, output: 0.000001}";
  ServeSentinels(20, 20, 0, 0, 10, "budget_usd: 20000\nsampling: {max_tokens: 10}\n");
  files_.Write("catalog/judged.yaml",
               "kind: Suite\nname: judged\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
               "budget_usd: 20000\nsampling: {max_tokens: 10}\ngraders:\n"
               "  - {name: good, type: judge, endpoint: judge, criteria: \"It is about {{question}}.\", "
               "sentinels: {file: gold.jsonl, budget_share: 0.001}}\n");
  work_->catalog.Reload();
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(run.counts, (RunCounts{.scheduled = 10, .scored = 10}));
  const SentinelCounts counts = CountsOf(run);
  const std::int64_t asked = 40 - counts.lost_passes - counts.lost_fails;
  EXPECT_GE(asked, 3);
  EXPECT_LT(asked, 20);
}

// The cases that are taken over were judged by the judge of then, those that are asked again by that of now: the worse
// of both counts.
TEST_F(SentinelRun, ARetryAsksThemAgainAndCountsTheWorse) {
  ServeSentinels(20, 20, 1, 0, 30);
  files_.Write(
      "catalog/cases.jsonl",
      "{\"id\":\"a\",\"question\":\"q\",\"reference\":\"\"}\n{\"id\":\"b\",\"question\":\"down\",\"reference\":"
      "\"\"}\n");
  work_->catalog.Reload();
  is_down_for_ = "about down";
  const RunRecord first = work_->Ended(work_->StartRun("judged", "m@1").id);
  ASSERT_EQ(first.counts.error, 1) << first.error;
  ASSERT_EQ(CountsOf(first), (SentinelCounts{20, 19, 0, 20, 20, 0}));
  const int before = judge_.requests();
  is_down_for_ = "nobody";
  passes_instead_ = "sentinel fail";  // the judge has become lenient meanwhile, on 11 of the 20
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, first.id, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  const RunRecord run = work_->Ended(retry->id);
  ASSERT_EQ(run.state, RunState::kComplete) << run.error;
  EXPECT_EQ(judge_.requests() - before, 41);
  // 20 of 20 were right then and 9 are now, so that no error rate of either is better than shown.
  EXPECT_EQ(CountsOf(run), (SentinelCounts{20, 19, 0, 20, 9, 11}));
}

TEST_F(SentinelRun, RatesThatPeopleHaveCorrectedAreNotCorrectedAgain) {
  ServeSentinels(100, 100, 2, 5, 60);
  const CheckStatus before = Decided();
  ASSERT_EQ(before.verdict->verdict.state, VerdictState::kPass) << before.verdict->verdict.reason;
  const RunRecord run = before.runs.at(0).run;
  ASSERT_TRUE(work_->store->AppendScore(run.key, {.ordinal = 0,
                                                  .trial = 0,
                                                  .grader = "good",
                                                  .grader_version = "rubric 1",
                                                  .score = Score::Failing("not about it"),
                                                  .at = SystemClock().Now(),
                                                  .principal = "ann"}));
  const CheckStatus check = Decided();
  const Verdict& verdict = check.verdict->verdict;
  EXPECT_EQ(check.runs.at(0).run.id, run.id);
  EXPECT_EQ(verdict.state, VerdictState::kInconclusive);
  EXPECT_THAT(verdict.reason, HasSubstr("people have scored answers in place of judge \"judge\": the rate is in part "
                                        "theirs, and correcting it for the judge's errors would correct them"));
}

// The share of a budget is of the run, however often it is interrupted.
TEST_F(SentinelRun, ARestartDoesNotGiveThemTheirShareOfABudgetAgain) {
  model_prices_ = "{input: 0, output: 0.000001}";
  ServeSentinels(20, 20, 0, 0, 10, "budget_usd: 20000\nsampling: {max_tokens: 10}\n");
  files_.Write("catalog/judged.yaml",
               "kind: Suite\nname: judged\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
               "budget_usd: 20000\nsampling: {max_tokens: 10}\ngraders:\n"
               "  - {name: good, type: judge, endpoint: judge, criteria: \"It is about {{question}}.\", "
               "sentinels: {file: gold.jsonl, budget_share: 0.001}}\n");
  work_->catalog.Reload();
  const RunRecord run = work_->Ended(work_->StartRun("judged", "m@1").id);
  const SentinelCounts counts = CountsOf(run);
  ChangeSignal stop;
  const auto suite = LoadRunSuite(*work_->store, BuiltinKinds(), run);
  ASSERT_TRUE(suite) << suite.error().message;
  const auto left = PrepareSentinels(*work_->store, work_->blocking.get_executor(), run, *suite, stop);
  ASSERT_TRUE(left) << left.error().message;
  EXPECT_EQ(counts.lost_passes + counts.lost_fails > 20, true) << "there are some that were not asked about";
  EXPECT_FALSE((*left)->TakeDue(10, 10)) << "the share is spent";
}

TEST_F(SentinelRun, WhatIsKnownOfJudgesIsShownAgainAfterARestart) {
  ServeSentinels(30, 20, 2, 1);
  work_->Ended(work_->StartRun("judged", "m@1").id);
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  EXPECT_THAT(work_->telemetry.Expose(),
              HasSubstr("assay_judge_agreement{grader=\"good\",judge=\"judge\",suite=\"judged\"} 0.9"));
}

TEST_F(SentinelRun, OtherLabelsAreAnotherSuite) {
  ServeSentinels(20, 20);
  const CheckStatus first = Decided();
  ServeSentinels(20, 20, 3, 0);
  const CheckStatus again = Decided();
  EXPECT_NE(first.runs.at(0).run.id, again.runs.at(0).run.id);
  EXPECT_NE(first.runs.at(0).run.suite_version, again.runs.at(0).run.suite_version);
}

// What the catalog says of a gate with this rule on the judge "good", on "both", which it is a part of, and on "plain".
TEST_F(SentinelRun, AGateOnAJudgeWhoseErrorsAreNotKnownIsRefused) {
  const auto error = [&](const std::string& rule, const std::string& sentinels = "") {
    judge_options_ = sentinels;
    Serve("  - {name: plain, type: equals, value: \"yes\"}\n  - {name: both, type: all, of: [good, plain]}\n",
          "metrics: [" + std::string(kWait) + ", {name: third, grader: good, reduce: majority}]\n");
    files_.Write(
        "catalog/judged_gate.yaml",
        "kind: Gate\nname: judged\nsuites: [judged]\nbaseline: {model: m, version: \"1\"}\nrules:\n  - {name: r, " +
            rule + "}\n  - {name: other, grader: plain, at_least: 0.5}\n");
    const auto status = work_->Wait(work_->catalog.Reload(work_->caller));
    EXPECT_TRUE(status);
    return status && !status->errors.empty() ? status->errors.front().message : std::string();
  };
  files_.Write("catalog/gold.jsonl",
               "{\"question\": \"q\", \"response\": \"a\", \"label\": \"pass\"}\n"
               "{\"question\": \"r\", \"response\": \"b\", \"label\": \"fail\"}\n");
  const std::string known = ", sentinels: {file: gold.jsonl}";
  EXPECT_THAT(error("grader: good, at_least: 0.5"), HasSubstr("give the grader sentinels"));
  EXPECT_EQ(error("grader: good, at_least: 0.5", known), "");
  EXPECT_THAT(error("grader: good, at_least: 0.5, uncorrected: true"), HasSubstr("give the grader sentinels"));
  EXPECT_EQ(error("grader: good, at_least: 0.5, uncorrected: true", known), "");
  EXPECT_EQ(error("grader: both, at_least: 0.5, uncorrected: true", known), "");
  EXPECT_THAT(error("grader: both, at_least: 0.5, uncorrected: true"), HasSubstr("give grader \"good\" sentinels"));
  EXPECT_EQ(error("grader: good, no_new_failures: {}, uncorrected: true", known), "");
  EXPECT_THAT(error("grader: good, no_new_failures: {}, uncorrected: true"), HasSubstr("give the grader sentinels"));
  EXPECT_EQ(error("grader: good, at_least: 0.5, role: advisory"), "");
  EXPECT_THAT(error("grader: both, at_least: 0.5", known), HasSubstr("is made of a judge's opinions"));
  EXPECT_THAT(error("metric: third, at_least: 0.5", known), HasSubstr("is made of a judge's opinions"));
  EXPECT_THAT(error("grader: good, no_new_failures: {}", known), HasSubstr("counts single cases"));
  EXPECT_THAT(error("expression: good >= 0.5"), HasSubstr("give the grader sentinels"));
  EXPECT_EQ(error("expression: good >= 0.5", known), "");
  EXPECT_THAT(error("grader: plain, at_least: 0.5, uncorrected: true"), HasSubstr("has no meaning here"));
  EXPECT_EQ(error("agreement: {of: good, at_least: 0.5}", known), "");
  EXPECT_THAT(error("agreement: {of: good, at_least: 0.5}"), HasSubstr("is no grader with sentinels"));
  EXPECT_THAT(error("agreement: {of: plain, at_least: 0.5}", known), HasSubstr("is no grader with sentinels"));
  EXPECT_THAT(error("agreement: {of: nobody, at_least: 0.5}", known), HasSubstr("nobody"));
}

}  // namespace
}  // namespace assay
