// Checks of gates whose rules compare: the baseline is run on the same cases, once, and whatever becomes of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "daemon/verdict_replay.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

constexpr int kCases = 60;  // 59 that are equal are shown to be no more than 0.05 worse

std::string Number(int i) { return (i < 10 ? "0" : "") + std::to_string(i); }
std::string Question(int i) { return "q" + Number(i) + "."; }

std::string ModelDocument(const std::string& version, const std::string& url) {
  return "kind: Model\nname: m\nversion: \"" + version + "\"\nendpoint: {provider: openai-chat, model: m" + version +
         ", attempts: 1, url: \"" + url + "/v1\"}\n";
}

class BaselineChecks : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string cases;
    for (int i = 0; i < kCases; ++i) {
      cases += "{\"id\":\"c" + Number(i) + "\",\"question\":\"" + Question(i) + "\",\"topic\":\"" +
               (i < 15 ? "bills" : "cards") + "\"}\n";
    }
    files_.Write("catalog/cases.jsonl", cases);
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "slices: [topic]\ngraders: [{name: answer, type: equals, value: \"yes\"}]\n");
    const std::string rules = "rules: [{name: not-worse, grader: answer, non_inferior: {margin: 0.05}}]\n";
    files_.Write("catalog/gates.yaml",
                 "kind: Gate\nname: release\nsuites: [s]\nbaseline: {model: m, version: \"1\"}\n" + rules +
                     "---\nkind: Gate\nname: staged\nsuites: [s]\n" + "baseline: {model: m, stage: production}\n" +
                     rules + "---\nkind: Gate\nname: alone\nsuites: [s]\n" + rules);
    for (const std::string version : {"1", "2", "3"}) {
      files_.Write("catalog/m" + version + ".yaml", ModelDocument(version, stub_.url()));
    }
    work_ = std::make_unique<DaemonWork>(files_);
  }

  Result<CheckStatus> TryCheck(const std::string& gate, const std::string& candidate, const std::string& baseline) {
    CheckArguments arguments;
    arguments.gate = gate;
    arguments.candidate = candidate;
    arguments.baseline = baseline;
    return work_->Wait(work_->checks.CheckGate(work_->caller, arguments));
  }
  std::string Message(const std::string& gate, const std::string& candidate, const std::string& baseline = "") {
    const auto made = TryCheck(gate, candidate, baseline);
    return made ? "made" : made.error().message;
  }
  CheckStatus Decided(const std::string& gate, const std::string& candidate) {
    return work_->Decided(work_->Check(gate, candidate).check.id);
  }
  void Promote(const std::string& version) {
    ASSERT_TRUE(work_->Wait(work_->models.PromoteModel(work_->caller, "m", version, "production")));
  }

  // What the endpoint does with a request that has this text in it, of one model and one question.
  static bool Has(const StubRequest& request, const std::string& text) {
    return !text.empty() && request.body.find(text) != std::string::npos;
  }

  testing::TemporaryFolder files_;
  std::string broken_model_;                // answered with 500: "m1"; "" for none
  std::vector<std::string> failed_by_two_;  // questions that m2 answers wrongly
  HttpStub stub_{[this](const StubRequest& request, int) {
    if (Has(request, broken_model_.empty() ? "" : "\"" + broken_model_ + "\""))
      return StubReply{.status = 500, .body = "down"};
    const bool is_two = Has(request, "\"m2\"");
    const auto fails = [&](const std::string& question) { return is_two && Has(request, question); };
    return testing::ChatAnswer(std::ranges::any_of(failed_by_two_, fails) ? "no" : "yes");
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(BaselineChecks, RunBothModelsOnTheSameCases) {
  const CheckStatus decided = Decided("release", "m@2");
  EXPECT_EQ(decided.check.state, "PASS") << decided.reason;
  EXPECT_EQ(stub_.requests(), 2 * kCases);
  ASSERT_EQ(decided.runs.size(), 2u);
  EXPECT_EQ(decided.runs[0].role, "candidate");
  EXPECT_EQ(decided.runs[0].run.model_label, "2");
  EXPECT_EQ(decided.runs[1].role, "baseline");
  EXPECT_EQ(decided.runs[1].run.model_label, "1");
  EXPECT_EQ(decided.runs[0].run.seed, decided.runs[1].run.seed);  // one order
  const Verdict& verdict = decided.verdict->verdict;
  EXPECT_EQ(verdict.baseline->version, "1");
  ASSERT_EQ(verdict.baseline_suites.size(), 1u);
  EXPECT_EQ(verdict.baseline_suites[0].run, decided.runs[1].run.id);
  const RulePart& part = verdict.rules.at(0).parts.at(0);
  EXPECT_EQ(part.comparison->passes, (PassTable{.both = kCases}));
  EXPECT_EQ(verdict.rules.at(0).asks, "difference >= -0.05");
}

TEST_F(BaselineChecks, FailACandidateThatIsWorseAndNameTheCases) {
  for (int i = 0; i < 20; ++i) failed_by_two_.push_back(Question(i));
  const CheckStatus decided = Decided("release", "m@2");
  EXPECT_EQ(decided.check.state, "FAIL") << decided.reason;
  const RulePart& part = decided.verdict->verdict.rules.at(0).parts.at(0);
  EXPECT_EQ(part.comparison->passes, (PassTable{.both = kCases - 20, .baseline_only = 20}));
  ASSERT_EQ(part.worst_cases.size(), 10u);
  EXPECT_EQ(part.worst_cases[0].id, "c00");
  EXPECT_EQ(part.worst_cases[0].value, 0.0);
  EXPECT_EQ(part.worst_cases[0].baseline, 1.0);
}

TEST_F(BaselineChecks, EveryRegressionIsListedWhereTheVerdictNamesTheFirstTen) {
  for (int i = 0; i < 20; ++i) failed_by_two_.push_back(Question(i));
  const CheckStatus decided = Decided("release", "m@2");
  const std::string verdict = decided.verdict->record.id;
  VerdictReplays replays(*work_->store, work_->blocking.get_executor());
  const auto listed = [&](const std::string& rule, std::size_t most) {
    return work_->Wait(replays.ListCases(work_->caller, verdict, {.rules = {rule}, .most = most}));
  };
  const auto all = listed("not-worse", 20);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 1u);
  EXPECT_EQ(all->at(0).suite, "s");
  EXPECT_TRUE(all->at(0).is_all);
  ASSERT_EQ(all->at(0).cases.size(), 20u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(all->at(0).cases[static_cast<std::size_t>(i)].id, "c" + Number(i));
  EXPECT_EQ(all->at(0).cases[19].value, 0.0);
  EXPECT_EQ(all->at(0).cases[19].baseline, 1.0);

  const auto some = listed("not-worse", 19);
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(some->at(0).cases.size(), 19u);
  EXPECT_FALSE(some->at(0).is_all);

  const auto unknown = listed("better", 5);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(unknown.error().message, "verdict " + verdict + " has no rule \"better\"");
}

// Also where fewer are listed than there are.
TEST_F(BaselineChecks, FailingCasesAreGroupedOverAllOfThem) {
  for (int i = 0; i < 20; ++i) failed_by_two_.push_back(Question(i));
  const CheckStatus decided = Decided("release", "m@2");
  VerdictReplays replays(*work_->store, work_->blocking.get_executor());
  const auto listed = work_->Wait(replays.ListCases(work_->caller, decided.verdict->record.id,
                                                    {.rules = {"not-worse"}, .most = 1, .is_grouped = true}));
  ASSERT_TRUE(listed) << listed.error().message;
  const PartCases& part = listed->at(0);
  EXPECT_EQ(part.cases.size(), 1u);
  EXPECT_FALSE(part.is_all);
  EXPECT_EQ(part.failing, 20);
  EXPECT_FALSE(part.is_least);
  EXPECT_EQ(part.groups, (std::vector<FailureGroup>{
                             {.slice = "topic", .slice_value = "bills", .label = "", .cases = 15, .of_cases = 15},
                             {.slice = "topic", .slice_value = "cards", .label = "", .cases = 5, .of_cases = 45}}));
}

// The label is the grader's, of a trial that failed.
TEST_F(BaselineChecks, FailingCasesAreGroupedByTheLabelOfTheirGrader) {
  files_.Write(
      "catalog/suite.yaml",
      "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
      "graders: [{name: answer, type: choice, answer: \"yes\", answer_is: label, labels: [\"yes\", \"no\"]}]\n");
  work_->catalog.Reload();
  for (int i = 0; i < 20; ++i) failed_by_two_.push_back(Question(i));
  const CheckStatus decided = Decided("release", "m@2");
  ASSERT_EQ(decided.check.state, "FAIL") << decided.reason;
  VerdictReplays replays(*work_->store, work_->blocking.get_executor());
  const auto listed = work_->Wait(replays.ListCases(work_->caller, decided.verdict->record.id,
                                                    {.rules = {"not-worse"}, .most = 1, .is_grouped = true}));
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(
      listed->at(0).groups,
      (std::vector<FailureGroup>{{.slice = "", .slice_value = "", .label = "no", .cases = 20, .of_cases = kCases}}));

  VerdictReplays guarded(*work_->store, work_->blocking.get_executor(),
                         [](const Caller& caller, const RunRecord& run, const std::vector<WorstCase>&) {
                           return WithheldLabels{.why = "withheld from " + caller.principal + ": " + run.suite};
                         });
  const auto withheld = work_->Wait(guarded.ListCases(work_->caller, decided.verdict->record.id,
                                                      {.rules = {"not-worse"}, .most = 1, .is_grouped = true}));
  ASSERT_TRUE(withheld) << withheld.error().message;
  EXPECT_EQ(withheld->at(0).groups, (std::vector<FailureGroup>{{.cases = 20, .of_cases = kCases}}));
  EXPECT_EQ(withheld->at(0).labels_withheld, "withheld from tester: s");
}

TEST_F(BaselineChecks, UseTheRunOfABaselineAgain) {
  Decided("release", "m@2");
  const CheckStatus second = Decided("release", "m@3");
  EXPECT_EQ(stub_.requests(), 3 * kCases);
  ASSERT_EQ(second.runs.size(), 2u);
  EXPECT_FALSE(second.runs[0].reused);
  EXPECT_TRUE(second.runs[1].reused);
  EXPECT_EQ(second.runs[1].role, "baseline");
}

TEST_F(BaselineChecks, NeedABaseline) {
  EXPECT_EQ(Message("alone", "m@2"),
            "gate \"alone\" compares with a baseline and names none; give one (assay gate check --baseline M@V)");
  EXPECT_EQ(Message("staged", "m@2"),
            "the baseline of gate \"staged\": model \"m\" has no version in stage \"production\"; promote one; "
            "registered are m@3, m@2, m@1");
  EXPECT_THAT(Message("alone", "m@2", "m@9"), HasSubstr("m@9"));
  EXPECT_EQ(Message("alone", "m@2", "m@1"), "made");
}

TEST_F(BaselineChecks, RefuseACandidateThatIsItsOwnBaseline) {
  EXPECT_EQ(
      Message("release", "m@1"),
      "the candidate m@1 is its own baseline: nothing would be compared; give another (assay gate check --baseline "
      "M@V)");
  EXPECT_TRUE(work_->AllRuns().empty());
  const auto other = TryCheck("release", "m@1", "m@3");
  ASSERT_TRUE(other) << other.error().message;
  const CheckStatus decided = work_->Decided(other->check.id);
  EXPECT_EQ(decided.check.state, "PASS");
  EXPECT_EQ(decided.verdict->verdict.warnings,
            std::vector<std::string>{"compared with m@3, which the check named; the gate's own baseline is m@1"});
}

// What a stage means is settled when the check is made, also across a restart before its runs.
TEST_F(BaselineChecks, KeepTheBaselineThatTheyWereMadeWith) {
  Promote("1");
  work_->HoldPreparing();
  const CheckStatus made = work_->Check("staged", "m@2");
  EXPECT_EQ(made.baseline->version, "1");
  Promote("3");
  work_->runs.Stop(Duration(0));
  work_->ReleasePreparing();
  work_->checks.Stop();
  work_ = nullptr;
  work_ = std::make_unique<DaemonWork>(files_);
  work_->Resume();
  const CheckStatus decided = work_->Decided(made.check.id);
  EXPECT_EQ(decided.check.state, "PASS") << decided.reason;
  EXPECT_EQ(decided.verdict->verdict.baseline->version, "1");
  EXPECT_EQ(decided.runs.at(1).run.model_label, "1");
  EXPECT_EQ(Decided("staged", "m@2").verdict->verdict.baseline->version, "3");
}

TEST_F(BaselineChecks, RunABaselineAgainWhoseErrorsLeftThemUndecided) {
  broken_model_ = "m1";
  const CheckStatus first = Decided("release", "m@2");
  EXPECT_EQ(first.check.state, "ERROR");
  EXPECT_THAT(first.reason, HasSubstr("the baseline's run ended in an error"));
  broken_model_ = "";
  const CheckStatus second = Decided("release", "m@2");
  EXPECT_EQ(second.check.state, "PASS") << second.reason;
  EXPECT_TRUE(second.runs.at(0).reused);
  EXPECT_NE(second.runs.at(1).run.id, first.runs.at(1).run.id);
}

}  // namespace
}  // namespace assay
