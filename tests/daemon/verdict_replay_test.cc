// Verdicts computed again from what they rest on, and what an edited store gives away.

#include "daemon/verdict_replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/version.h"
#include "daemon/builtin_kinds.h"
#include "daemon/waivers.h"
#include "tests/daemon/daemon_work.h"
#include "tests/daemon/judged_run.h"
#include "tests/daemon/verdict_replays.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using testing::DaemonWork;
using testing::EditStore;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::HttpStub;
using ::testing::Not;
using testing::ReplayOf;
using testing::Shown;
using testing::StubReply;
using testing::StubRequest;

// 40 cases, three trials each, of graders of several forms; m@2 fails every fourth question.
class ReplayedVerdicts : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string cases;
    for (int i = 0; i < 40; ++i) {
      const std::string number = std::to_string(100 + i);
      cases += "{\"id\":\"c" + number + "\",\"question\":\"q" + number + (i % 4 == 0 ? "!" : ".") +
               "\",\"journey\":\"" + (i % 2 == 0 ? "buy" : "ask") + "\",\"expected\":\"yes\"}\n";
    }
    files_.Write("catalog/cases.jsonl", cases);
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "trials: 3\nslices: [journey]\n"
                 "graders:\n"
                 "  - {name: answer, type: equals, value: \"{{expected}}\"}\n"
                 "  - {name: short, type: regex, pattern: \"^.{1,3}$\", when: {journey: buy}}\n"
                 "  - {name: quick, type: latency, max: 60s}\n"
                 "  - {name: both, type: all, of: [answer, quick]}\n"
                 "metrics:\n"
                 "  - {name: reliable, grader: answer, reduce: pass_hat_k, k: 2}\n"
                 "  - {name: usual, grader: answer, reduce: majority}\n"
                 "  - {name: speed, source: latency_ms, aggregate: p90}\n");
    files_.Write("catalog/gates.yaml",
                 "kind: Gate\nname: release\nsuites: [s]\nbaseline: {model: m, version: \"1\"}\nrules:\n"
                 "  - {name: floor, grader: answer, at_least: 0.95, by: journey}\n"
                 "  - {name: whole, grader: both, at_least: 0.1}\n"
                 "  - {name: short, grader: short, at_least: 0.01}\n"
                 "  - {name: reliable, metric: reliable, at_least: 0.1}\n"
                 "  - {name: usual, metric: usual, at_least: 0.1}\n"
                 "  - {name: speed, metric: speed, at_most: 100000}\n"
                 "  - {name: fresh, freshness: {max_age: 1h}}\n"
                 "  - {name: not-worse, grader: answer, non_inferior: {margin: 0.05}}\n"
                 "  - {name: sum, expression: \"answer - 0.5 * reliable >= 0.0\", role: advisory}\n");
    for (const std::string version : {"1", "2", "3"}) {
      files_.Write("catalog/m" + version + ".yaml", "kind: Model\nname: m\nversion: \"" + version +
                                                        "\"\nendpoint: {provider: openai-chat, model: m" + version +
                                                        ", attempts: 2, url: \"" + stub_.url() + "/v1\"}\n");
    }
    work_ = std::make_unique<DaemonWork>(files_);
    work_->Resume();
  }
  CheckStatus Decide(const std::string& candidate, const std::string& baseline = "", bool fresh = false) {
    CheckArguments arguments;
    arguments.gate = "release";
    arguments.candidate = candidate;
    arguments.baseline = baseline;
    arguments.fresh = fresh;
    const auto made = work_->Wait(work_->checks.CheckGate(work_->caller, arguments));
    EXPECT_TRUE(made) << made.error().message;
    return made ? work_->Decided(made->check.id) : CheckStatus{};
  }
  void ExpectReproduced(const CheckStatus& status) {
    const VerdictReplay replay = ReplayOf(*work_, status.check.verdict_id);
    EXPECT_TRUE(replay.IsReproduced()) << Shown(replay);
    EXPECT_EQ(replay.version, std::string(kVersion));
    EXPECT_GT(replay.scores, 0);
  }

  testing::TemporaryFolder files_;
  std::atomic<bool> is_down_ = false;
  HttpStub stub_{[this](const StubRequest& request, int) {
    if (is_down_ && request.body.find("q105") != std::string::npos) return StubReply{.status = 400, .body = "no"};
    const bool is_wrong =
        request.body.find("\"m2\"") != std::string::npos && request.body.find('!') != std::string::npos;
    return testing::ChatAnswer(is_wrong ? "certainly not" : "yes");
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(ReplayedVerdicts, ComeOutByteForByte) {
  const CheckStatus failed = Decide("m@2");
  ASSERT_EQ(failed.verdict->verdict.state, VerdictState::kFail) << failed.reason;
  ExpectReproduced(failed);
  const VerdictReplay replay = ReplayOf(*work_, failed.check.verdict_id);
  EXPECT_EQ(replay.trials, 2 * 40 * 3) << "of the candidate and of the baseline";
  EXPECT_EQ(replay.scores, 2 * 40 * 3 * 4);
  EXPECT_EQ(replay.from_record, 0);
}

TEST_F(ReplayedVerdicts, AreThoseOfTheirTime) {
  const CheckStatus first = Decide("m@3");
  const CheckStatus named = Decide("m@3", "m@2");  // another baseline than the gate's
  const CheckStatus failed = Decide("m@2");
  const CheckStatus again = Decide("m@2", "", true);
  EXPECT_EQ(again.verdict->verdict.attempt, 2);
  Decide("m@2", "", true);
  files_.Write("catalog/gates.yaml",
               "kind: Gate\nname: release\nsuites: [s]\nrules: [{name: x, grader: answer, "
               "at_least: 0.5}]\n");
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  for (const CheckStatus* status : {&first, &named, &failed, &again}) ExpectReproduced(*status);
}

TEST_F(ReplayedVerdicts, OfRetriedRunsToo) {
  is_down_ = true;
  const CheckStatus error = Decide("m@3");
  ExpectReproduced(error);
  is_down_ = false;
  const std::string run = error.verdict->verdict.suites.at(0).run;
  const auto retry = work_->Wait(work_->runs.RetryRun(work_->caller, run, {}));
  ASSERT_TRUE(retry) << retry.error().message;
  work_->Ended(retry->id);
  const CheckStatus decided = Decide("m@3");
  ExpectReproduced(decided);
  ExpectReproduced(error);
}

TEST_F(ReplayedVerdicts, OfWaivedOnesToo) {
  const CheckStatus failed = Decide("m@2");
  Waivers waivers({.store = *work_->store,
                   .clock = SystemClock(),
                   .blocking = work_->blocking.get_executor(),
                   .reading = work_->reading.get_executor(),
                   .approvers = {"bob"}});
  std::vector<std::string> rules;
  for (const RuleOutcome& rule : failed.verdict->verdict.rules) {
    if (rule.blocking && rule.state != VerdictState::kPass) rules.push_back(rule.rule);
  }
  const WaiverArguments arguments{.verdict = failed.check.verdict_id,
                                  .rules = rules,
                                  .reason = "known",
                                  .ticket = "T",
                                  .expires_at = SystemClock().Now() + std::chrono::hours(1),
                                  .request = {}};
  const Caller ann{.principal = "ann"};
  const Caller bob{.principal = "bob"};
  const auto asked = work_->Wait(waivers.RequestWaiver(ann, arguments));
  ASSERT_TRUE(asked) << asked.error().message;
  ASSERT_TRUE(work_->Wait(waivers.ApproveWaiver(bob, asked->waiver.id, "")));
  const CheckStatus waived = Decide("m@2");
  ASSERT_EQ(waived.verdict->verdict.Decision(), VerdictState::kPass);
  ExpectReproduced(waived);
  ASSERT_TRUE(work_->Wait(waivers.RevokeWaiver(ann, asked->waiver.id, "fixed")));
  ExpectReproduced(waived);
  ExpectReproduced(failed);
}

TEST_F(ReplayedVerdicts, FindAnEditedResponse) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_,
            "UPDATE trial_body SET response = 'yes' WHERE response = 'certainly not' AND trial_key = (SELECT "
            "MIN(trial_key) FROM trial_body WHERE response = 'certainly not')");
  const VerdictReplay replay = ReplayOf(*work_, failed.check.verdict_id);
  EXPECT_FALSE(replay.IsReproduced());
  EXPECT_TRUE(replay.missing.empty());
  EXPECT_THAT(Shown(replay), ContainsRegex("grader answer: recorded scored 0 fail.*, replayed scored 1 pass"));
}

TEST_F(ReplayedVerdicts, FindAResponseThatIsGone) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_, "UPDATE trial SET attempts = NULL");
  EXPECT_THAT(Shown(ReplayOf(*work_, failed.check.verdict_id)), HasSubstr("recorded scores, replayed no response"));
}

// An edited response that scores as before shows in what its graders say of it.
TEST_F(ReplayedVerdicts, FindAnEditedReason) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_, "UPDATE score_reason SET reason = 'made up' WHERE grader = 0");
  EXPECT_THAT(Shown(ReplayOf(*work_, failed.check.verdict_id)), HasSubstr("made up"));
}

// Labels and reasons may be words of an answer; that a score differs is none.
TEST_F(ReplayedVerdicts, TellNobodyWhatIsWithheldFromThem) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_, "UPDATE score_reason SET reason = 'made up' WHERE grader = 0");
  const auto replayed = [&](const VerdictReplays::Guard& guard) {
    VerdictReplays replays(*work_->store, work_->blocking.get_executor(), guard);
    const auto replay = work_->Wait(replays.ReplayVerdict(work_->caller, failed.check.verdict_id));
    EXPECT_TRUE(replay) << replay.error().message;
    return replay.value_or(VerdictReplay{.verdict = {}});
  };
  EXPECT_THAT(Shown(replayed({})), HasSubstr("made up"));
  const VerdictReplay open =
      replayed([](const Caller&, const RunRecord&, const std::vector<WorstCase>&) { return WithheldLabels{}; });
  EXPECT_THAT(Shown(open), HasSubstr("made up"));

  const VerdictReplay closed = replayed([](const Caller& caller, const RunRecord& run, const std::vector<WorstCase>&) {
    return WithheldLabels{.why = "withheld from " + caller.principal + ": " + run.suite};
  });
  EXPECT_EQ(closed.differing, open.differing);
  EXPECT_THAT(Shown(closed), Not(HasSubstr("made up")));
  ASSERT_FALSE(closed.differences.empty());
  EXPECT_THAT(closed.differences[0].path, EndsWith("grader answer"));
  const std::string withheld = " (label and reason withheld from tester: s)";
  EXPECT_THAT(closed.differences[0].recorded, AnyOf("scored 1 pass" + withheld, "scored 0 fail" + withheld));
  EXPECT_EQ(closed.differences[0].replayed, closed.differences[0].recorded) << "only the reason differs";

  const std::string covered = "c101";
  const VerdictReplay partly = replayed([&](const Caller&, const RunRecord&, const std::vector<WorstCase>& cases) {
    EXPECT_EQ(cases.size(), 1u);
    return WithheldLabels{.cases = {covered}};
  });
  for (const ReplayDifference& each : partly.differences) {
    if (!each.path.ends_with("grader answer")) continue;
    const bool is_covered = each.path.find("case " + covered + " ") != std::string::npos;
    EXPECT_EQ(each.recorded.find("made up") == std::string::npos, is_covered) << each.path << ": " << each.recorded;
  }
}

// The findings of a provider's filters are not stored: graded again, each answer would be free of them.
TEST_F(ReplayedVerdicts, TakeScoresOfWhatIsNotStoredFromTheRecord) {
  HttpStub filtered([](const StubRequest&, int) {
    return StubReply{.body = R"({"choices":[{"index":0,"message":{"role":"assistant","content":"yes"},)"
                             R"("finish_reason":"stop","content_filter_results":)"
                             R"({"violence":{"filtered":false,"detected":true}}}]})",
                     .headers = {{"Content-Type", "application/json"}}};
  });
  files_.Write(
      "catalog/filtered.yaml",
      "kind: Suite\nname: filtered\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"x\"}]\n"
      "graders:\n  - {name: safe, type: guardrails}\n  - {name: answer, type: equals, value: \"yes\"}\n"
      "  - {name: both, type: any, of: [safe, answer]}\n---\n"
      "kind: Gate\nname: filtered\nsuites: [filtered]\nrules: [{name: safe, grader: safe, at_least: 0.5}]\n---\n"
      "kind: Model\nname: f\nversion: \"1\"\nendpoint: {provider: openai-chat, model: f, attempts: 1, url: \"" +
          filtered.url() + "/v1\"}\n");
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  const CheckStatus decided = work_->Decided(work_->Check("filtered", "f@1").check.id);
  ASSERT_EQ(decided.check.state, "FAIL") << "it has findings: " << decided.reason;
  ExpectReproduced(decided);
}

TEST_F(ReplayedVerdicts, FindAnEditedScore) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_, "UPDATE score SET value = 1, pass = 1 WHERE pass = 0 AND grader = 0");
  const VerdictReplay replay = ReplayOf(*work_, failed.check.verdict_id);
  EXPECT_THAT(Shown(replay), ContainsRegex("grader answer: recorded scored 1 pass.*, replayed scored 0 fail"));
  EXPECT_GE(replay.differing, 30);
  std::vector<std::string> paths;
  for (const ReplayDifference& each : replay.differences) paths.push_back(each.path);
  EXPECT_LE(paths.size(), VerdictReplay::kMostDifferences);
}

TEST_F(ReplayedVerdicts, FindADeletedScoreAndAnEditedStatus) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_, "DELETE FROM score WHERE grader = 0 AND position = 5");
  EXPECT_THAT(Shown(ReplayOf(*work_, failed.check.verdict_id)), HasSubstr("grader answer: recorded absent"));
  EditStore(files_, "UPDATE trial SET status = 2 WHERE status = 1 AND trial_key = (SELECT MIN(trial_key) FROM trial)");
  EXPECT_THAT(Shown(ReplayOf(*work_, failed.check.verdict_id)),
              HasSubstr("status: recorded unscored, replayed scored"));
}

TEST_F(ReplayedVerdicts, FindAnEditedMeasurement) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_, "UPDATE trial SET latency_us = latency_us + 5000000");
  EXPECT_THAT(Shown(ReplayOf(*work_, failed.check.verdict_id)), HasSubstr("rules[5].parts[0].estimate"));
}

TEST_F(ReplayedVerdicts, FindAnEditedDocument) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_,
            "UPDATE verdict SET document = replace(document, '\"state\":\"FAIL\"', '\"state\":\"PASS\"'), state = "
            "'PASS'");
  const auto record = work_->store->GetVerdict("default", failed.check.verdict_id);
  ASSERT_TRUE(record);
  const auto replay = ReplayStoredVerdict(*work_->store, BuiltinKinds(), *record, {});
  if (replay) {
    EXPECT_THAT(Shown(*replay), HasSubstr("recorded \"PASS\", replayed \"FAIL\""));
  }  // else the document contradicts itself
}

TEST_F(ReplayedVerdicts, FindAWaiverThatNobodyGave) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_,
            "UPDATE verdict SET document = replace(replace(document, '\"decision\":\"FAIL\"', "
            "'\"decision\":\"PASS\"'), '\"waivers\":[]', '\"waivers\":[{\"approvers\":[],\"expires_at\":"
            "\"2099-01-01T00:00:00.000000Z\",\"id\":\"w\",\"reason\":\"r\",\"requested_at\":"
            "\"2026-01-01T00:00:00.000000Z\",\"requester\":\"x\",\"rules\":[\"floor\"],\"ticket\":\"t\","
            "\"verdict\":\"v\"}]')");
  EXPECT_THAT(Shown(ReplayOf(*work_, failed.check.verdict_id)),
              HasSubstr("decision: recorded \"PASS\", replayed \"FAIL\""));
}

TEST_F(ReplayedVerdicts, SayWhatIsMissing) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_, "UPDATE run SET id = 'gone' WHERE id = '" + failed.verdict->verdict.suites.at(0).run + "'");
  const VerdictReplay replay = ReplayOf(*work_, failed.check.verdict_id);
  EXPECT_EQ(replay.differing, 0) << Shown(replay);
  EXPECT_THAT(Shown(replay), HasSubstr("missing: run " + failed.verdict->verdict.suites.at(0).run));
}

TEST_F(ReplayedVerdicts, NameTheVersionWhereItDiffers) {
  const CheckStatus failed = Decide("m@2");
  EditStore(files_, "UPDATE verdict SET document = replace(document, '\"version\":\"" + std::string(kVersion) +
                        "\"', '\"version\":\"0.0.1\"')");
  const VerdictReplay replay = ReplayOf(*work_, failed.check.verdict_id);
  EXPECT_EQ(replay.recorded_version, "0.0.1");
  ASSERT_EQ(replay.differences.size(), 1u) << Shown(replay);
  EXPECT_EQ(replay.differences[0].path, "origin.version");
}

class ReplayedJudgements : public testing::JudgedRun {};

TEST_F(ReplayedJudgements, TakeTheJudgesWordFromTheRecord) {
  Serve("  - {name: polite, type: contains, value: \"yes\"}\n  - {name: both, type: all, of: [good, polite]}\n");
  work_->Resume();
  const CheckStatus decided = Decided();
  ASSERT_EQ(decided.verdict->verdict.suites.at(0).run_state, "complete") << decided.reason;
  is_down_ = true;  // nobody is asked
  const VerdictReplay replay = ReplayOf(*work_, decided.check.verdict_id);
  EXPECT_TRUE(replay.IsReproduced()) << Shown(replay);
  EXPECT_EQ(replay.trials, 2);
  EXPECT_EQ(replay.from_record, 2);
  EXPECT_EQ(replay.scores, 4);
  EditStore(files_, "UPDATE score SET value = 1 - value, pass = 1 - pass WHERE grader = 0");
  EXPECT_FALSE(ReplayOf(*work_, decided.check.verdict_id).IsReproduced()) << "the combination and the rule tell";
}

// Sentinels and what judges said of them are in the store: the file may grow, or go.
TEST_F(ReplayedJudgements, NeedNoFileOfSentinels) {
  const std::string gold =
      "{\"question\":\"q1\",\"response\":\"a\",\"label\":\"pass\"}\n"
      "{\"question\":\"r1\",\"response\":\"b\",\"label\":\"fail\"}\n";
  files_.Write("catalog/gold.jsonl", gold);
  judge_options_ = ", sentinels: {file: gold.jsonl}";
  Serve("  - {name: polite, type: contains, value: \"yes\"}\n");
  work_->Resume();
  const CheckStatus decided = Decided();
  files_.Write("catalog/gold.jsonl", gold + "{\"question\":\"q2\",\"response\":\"c\",\"label\":\"pass\"}\n");
  work_->catalog.Reload();
  const VerdictReplay grown = ReplayOf(*work_, decided.check.verdict_id);
  EXPECT_TRUE(grown.IsReproduced()) << Shown(grown);
  std::filesystem::remove(files_.path() / "catalog/gold.jsonl");
  const VerdictReplay gone = ReplayOf(*work_, decided.check.verdict_id);
  EXPECT_TRUE(gone.IsReproduced()) << Shown(gone);
}

}  // namespace
}  // namespace assay
