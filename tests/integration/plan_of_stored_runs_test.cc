// assay plan --runs-of: a plan with what the runs of a daemon show.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "tests/integration/assay_stack.h"
#include "tests/testing/http_stub.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A suite of 50 cases, five of each of ten topics.
class PlanOfStoredRuns : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string cases;
    for (int i = 0; i < 50; ++i) {
      const std::string number = std::to_string(100 + i);
      cases +=
          R"({"id":")" + number + R"(","question":"q)" + number + R"(","topic":"t)" + std::to_string(i / 5) + "\"}\n";
    }
    files_.Write("catalog/cases.jsonl", cases);
    std::string models;
    for (const std::string version : {"1", "2"}) {
      models += "---\nkind: Model\nname: bot\nversion: \"" + version +
                "\"\nendpoint: {provider: openai-chat, model: bot" + version + ", url: \"" + stub_.url() + "/v1\"}\n";
    }
    files_.Write("catalog/catalog.yaml", R"(kind: Suite
name: s
dataset: [{file: cases.jsonl, id: id}]
prompt: [{user: "{{question}}"}]
cluster: topic
graders: [{name: answer, type: equals, value: "yes"}]
---
kind: Gate
name: release
suites: [s]
baseline: {model: bot, version: "1"}
rules:
  - {name: worse, metric: answer, non_inferior: {margin: 0.3}}
  - {name: floor, metric: answer, at_least: 0.3}
  - {name: steady, metric: answer, role: advisory, drift: {}}
)" + models);
    stack_ = std::make_unique<AssayStack>(files_.path() / "catalog");
    ASSERT_TRUE(stack_->Start()) << stack_->daemon().errors();
  }

  // A run of the model that answers these cases wrongly: "run 0192… of 2026-11-28".
  std::string RunThatFails(const std::string& model, const std::set<int>& wrong) {
    wrong_ = wrong;
    const Json run = stack_->AssayJson({"run", "start", "--suite", "s", "--model", model, "--wait"});
    EXPECT_EQ(*run.Find("state"), Json("COMPLETE")) << run.Dump();
    return "run " + run.Find("id")->as_string() + " of " + run.Find("ended_at")->as_string().substr(0, 10);
  }
  std::string Catalog() const { return (files_.path() / "catalog").string(); }

  StubReply Answer(const StubRequest& request) const {
    for (const int i : wrong_) {
      if (request.body.find("q" + std::to_string(100 + i)) != std::string::npos) return ChatAnswer("no");
    }
    return ChatAnswer("yes");
  }

  std::set<int> wrong_;  // set while nothing is asked
  TemporaryFolder files_;
  HttpStub stub_{[this](const StubRequest& request, int) { return Answer(request); }};
  std::unique_ptr<AssayStack> stack_;
};

// Of the newest run, six of 50 fail: all of the first topic and one of the second; of that of the baseline the latter
// and the next. So 44 of 50 pass, the models disagree on six of 50, and by the analysis of variance cases of a topic
// are correlated by (4.48 / 9 - 0.8 / 40) / (4.48 / 9 + 4 · 0.8 / 40) = 0.827.
TEST_F(PlanOfStoredRuns, HasTheNumbersOfTheNewestRuns) {
  RunThatFails("bot@2", {});
  const std::string baseline = RunThatFails("bot@1", {5, 6});
  const std::string newest = RunThatFails("bot@2", {0, 1, 2, 3, 4, 5});
  const ProgramEnd plan = stack_->Assay({"plan", "release", Catalog(), "--runs-of", "bot@2"});
  EXPECT_THAT(plan.output, HasSubstr("50 cases x 1 trial; about 900 tokens, as in " + newest)) << plan.errors;
  EXPECT_THAT(plan.output,
              HasSubstr("the models disagree on 12 % of the cases, as " + newest + " and " + baseline + " do"));
  EXPECT_THAT(plan.output, HasSubstr("worse: it was 0.88 in " + newest));
  EXPECT_THAT(plan.output, HasSubstr("floor: assumes two cases of a cluster are correlated by 0.827, as in " + newest +
                                     ": 50 cases tell as much as 12 independent ones (design effect 4.308)"));
  EXPECT_THAT(plan.output, HasSubstr("there are 2"));

  const Json json = stack_->AssayJson({"plan", "release", Catalog(), "--runs-of", "bot@2"});
  ASSERT_TRUE(json.is_object());
  EXPECT_EQ(json.Find("requests_of")->as_array().at(0).Find("tokens")->as_integer(), 900);
  const Json& part = json.Find("rules")->as_array().at(0).Find("parts")->as_array().at(0);
  EXPECT_EQ(part.Find("from")->as_string(), newest);
  EXPECT_EQ(part.Find("cases")->as_integer(), 50);
  EXPECT_EQ(part.Find("clusters")->as_integer(), 10);
}

// Of one model alone: its run before the newest, which shows how much it differs from itself.
TEST_F(PlanOfStoredRuns, HoldsAModelAgainstItselfWhereTheBaselineHasNone) {
  const std::string before = RunThatFails("bot@2", {0, 7});
  const std::string newest = RunThatFails("bot@2", {0, 1});
  const ProgramEnd plan = stack_->Assay({"plan", "release", Catalog(), "--runs-of", "bot@2"});
  EXPECT_THAT(plan.output,
              HasSubstr("the models disagree on 4 % of the cases, as " + newest + " and " + before + " do"))
      << plan.errors;
  EXPECT_THAT(plan.output, HasSubstr("worse: it was 0.96 in " + newest));
  // Another suite is another matter: nothing is stored of it.
  files_.Write("catalog/cases.jsonl", "{\"id\":\"a\",\"question\":\"q\",\"topic\":\"t\"}\n");
  const ProgramEnd of_another = stack_->Assay({"plan", "release", Catalog(), "--runs-of", "bot@2"});
  EXPECT_THAT(of_another.output, Not(HasSubstr("as in run"))) << of_another.errors;
  EXPECT_THAT(of_another.output, HasSubstr("there are 0"));
}

}  // namespace
}  // namespace assay::testing
