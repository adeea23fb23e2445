// The cases of many rules of one verdict: the gate is decided again once for all of them.

#include "daemon/verdict_cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/builtin_kinds.h"
#include "daemon/check_decision.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::HttpStub;
using testing::StubReply;
using testing::StubRequest;

constexpr int kRules = 25;
constexpr int kCases = 40;
constexpr int kFailing = 12;  // of them; a verdict names 10

class VerdictCases : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string cases;
    for (int i = 0; i < kCases; ++i)
      cases += R"({"id":"c)" + std::to_string(10 + i) + R"(","question":")" + (i < kFailing ? "hard" : "easy") +
               std::to_string(i) + "\"}\n";
    files_.Write("catalog/cases.jsonl", cases);
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "graders: [{name: answer, type: equals, value: \"yes\"}]\n");
    std::string gate = "kind: Gate\nname: release\nsuites: [s]\nrules:\n";
    for (int i = 0; i < kRules; ++i)
      gate += "  - {name: rule-" + std::to_string(i) + ", grader: answer, zero_failures: {max_rate: 0.0" +
              std::to_string(10 + i) + "}}\n";
    gate += "  - {name: there, freshness: {max_age: 1h}}\n";
    files_.Write("catalog/gate.yaml", gate);
    files_.Write(
        "catalog/m.yaml",
        "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m1, attempts: 1, url: \"" +
            stub_.url() + "/v1\"}\n");
    work_ = std::make_unique<DaemonWork>(files_);
    const CheckStatus check = work_->Decided(work_->Check("release", "m@1").check.id);
    ASSERT_EQ(check.check.state, "FAIL") << check.reason;
    verdict_ = check.verdict->record;
  }

  Result<std::vector<PartCases>> Listed(const CasesQuestion& question, std::int64_t most_held = kMostHeldCases) {
    const DecideWithCases decide = [this](const RecordedInputs& inputs) -> Result<Verdict> {
      ++decisions_;
      ASSAY_ASSIGN(Verdict verdict, DecideOnRuns(*work_->store, kinds_, inputs.check, inputs.links, inputs.decision,
                                                 inputs.decided_at, nullptr));
      for (RuleOutcome& rule : verdict.rules)
        if (rule.rule == of_no_suite_) rule.parts.front().suite = "gone";
      return verdict;
    };
    return ListVerdictCases({.store = *work_->store, .kinds = kinds_, .decide = decide, .most_held = most_held},
                            verdict_, question);
  }

  testing::TemporaryFolder files_;
  HttpStub stub_{[](const StubRequest& request, int) {
    return testing::ChatAnswer(request.body.find("hard") == std::string::npos ? "yes" : "no");
  }};
  const PluginKinds kinds_ = BuiltinKinds();
  std::unique_ptr<DaemonWork> work_;
  VerdictRecord verdict_;
  int decisions_ = 0;
  std::string of_no_suite_;  // a rule
};

TEST_F(VerdictCases, OfAllRulesAreDecidedOnce) {
  const auto listed = Listed({.most = 100});
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(decisions_, 1);
  ASSERT_EQ(listed->size(), kRules + 1u);
  for (int i = 0; i < kRules; ++i) {
    const PartCases& part = listed->at(static_cast<std::size_t>(i));
    EXPECT_EQ(part.rule, "rule-" + std::to_string(i));
    EXPECT_EQ(part.suite, "s");
    EXPECT_TRUE(part.is_all);
    ASSERT_EQ(part.cases.size(), static_cast<std::size_t>(kFailing)) << part.rule;
    EXPECT_EQ(part.cases.front().id, "c10");
    EXPECT_EQ(part.cases.back().id, "c21");
  }
  EXPECT_EQ(listed->back().rule, "there");
}

TEST_F(VerdictCases, OfRulesThatAreGroupedAreDecidedOnce) {
  const auto listed = Listed({.rules = {"rule-3", "rule-1", "rule-3"}, .most = 1, .is_grouped = true});
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(decisions_, 1);
  ASSERT_EQ(listed->size(), 2u) << "each once, in the order of the verdict";
  EXPECT_EQ(listed->at(0).rule, "rule-1");
  EXPECT_EQ(listed->at(1).rule, "rule-3");
  for (const PartCases& part : *listed) {
    EXPECT_EQ(part.failing, kFailing);
    EXPECT_EQ(part.cases.size(), 1u);
    EXPECT_EQ(part.groups, (std::vector<FailureGroup>{{.cases = kFailing, .of_cases = kCases}}));
  }
}

TEST_F(VerdictCases, OfRulesThatCannotBeGroupedSaySoBesideOthersThatAre) {
  of_no_suite_ = "rule-1";
  const auto listed = Listed({.rules = {"rule-1", "rule-3"}, .most = 1, .is_grouped = true});
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->size(), 2u);
  EXPECT_EQ(listed->at(0).not_grouped, "the verdict rests on no run of suite \"gone\"");
  EXPECT_TRUE(listed->at(0).groups.empty());
  EXPECT_EQ(listed->at(1).not_grouped, "");
  EXPECT_EQ(listed->at(1).groups.size(), 1u);
  const auto alone = Listed({.rules = {"rule-1"}, .most = 1, .is_grouped = true});
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().message, "the verdict rests on no run of suite \"gone\"");
}

TEST_F(VerdictCases, OfRulesThatAreNamedWholeNeedNoDecision) {
  const auto listed = Listed({.rules = {"there"}});
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_EQ(decisions_, 0);
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_TRUE(listed->front().is_all);
}

TEST_F(VerdictCases, OfRulesThatCouldNameMoreThanIsHeldAreDecidedInTurn) {
  const auto at_once = Listed({.most = 100});
  const auto in_turn = Listed({.most = 100}, 10 * kCases);
  ASSERT_TRUE(at_once && in_turn);
  EXPECT_EQ(decisions_, 1 + 3) << "25 rules by tens";
  ASSERT_EQ(in_turn->size(), at_once->size());
  for (std::size_t i = 0; i < at_once->size(); ++i) {
    EXPECT_EQ(in_turn->at(i).rule, at_once->at(i).rule);
    EXPECT_EQ(in_turn->at(i).cases, at_once->at(i).cases);
  }
}

TEST_F(VerdictCases, OfARuleThatTheVerdictHasNotAreNotFound) {
  const auto listed = Listed({.rules = {"rule-1", "rule-99"}});
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(listed.error().message, "verdict " + verdict_.id + " has no rule \"rule-99\"");
  EXPECT_EQ(decisions_, 0);
}

}  // namespace
}  // namespace assay
