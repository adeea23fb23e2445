// How the failing cases of a rule fall into slices and labels, of a run that was made.

#include "daemon/failure_groups.h"

#include <gtest/gtest.h>

#include "daemon/builtin_kinds.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::HttpStub;
using testing::StubRequest;

constexpr int kRows = 200;
constexpr int kFailing = 20;  // the first of them: half say "no", half "unsure"

std::string RowName(int row) { return std::to_string(1000 + row).substr(1); }

std::string AnswerTo(const std::string& body) {
  for (int row = 0; row < kFailing; ++row)
    if (body.find("q" + RowName(row) + ".") != std::string::npos) return row < kFailing / 2 ? "no" : "unsure";
  return "yes";
}

class FailureGroupsOfARun : public ::testing::Test {
 protected:
  // The slice number has another value in each row, topic "a" in the first 15 and "b" in the others.
  void Run(const std::string& slices) {
    std::string rows;
    for (int row = 0; row < kRows; ++row) {
      rows += "{\"id\":\"c" + RowName(row) + "\",\"question\":\"q" + RowName(row) + ".\",\"number\":\"n" +
              RowName(row) + "\",\"topic\":\"" + (row < 15 ? "a" : "b") + "\"}\n";
    }
    files_.Write("catalog/cases.jsonl", rows);
    files_.Write("catalog/suite.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n"
                 "slices: [" +
                     slices +
                     "]\ngraders: [{name: answer, type: choice, answer: \"yes\", answer_is: label, labels: [\"yes\", "
                     "\"no\", \"unsure\"]}]\n");
    files_.Write("catalog/model.yaml",
                 "kind: Model\nname: m\nversion: \"1\"\nendpoint: {provider: openai-chat, model: m, attempts: 1, "
                 "url: \"" +
                     stub_.url() + "/v1\"}\n");
    work_ = std::make_unique<DaemonWork>(files_);
    const RunRecord run = work_->Ended(work_->StartRun("s", "m@1").id);
    ASSERT_EQ(run.state, RunState::kComplete);
    SuiteIdentity& suite = verdict_.suites.emplace_back();
    suite.suite = "s";
    suite.run = run.id;
  }
  // All of the suite, with the first `cases` of its rows.
  static RulePart PartWith(int cases) {
    RulePart part;
    part.suite = "s";
    part.counts.scheduled = kRows;
    for (int row = 0; row < cases; ++row)
      part.worst_cases.push_back({.ordinal = row, .id = "c" + RowName(row), .value = 0.0});
    return part;
  }
  Result<std::vector<GroupedFailures>> Group(const RuleOutcome& rule, const LabelsGuard& guard = {}) {
    return GroupFailures(*work_->store, BuiltinKinds(), {}, verdict_, rule, guard);
  }
  static RuleOutcome RuleOnAnswers() {
    RuleOutcome rule;
    rule.grader = "answer";
    rule.parts = {PartWith(kFailing)};
    return rule;
  }
  static FailureGroup OfTopic(const std::string& topic, const std::string& label, int cases) {
    return {.slice = "topic",
            .slice_value = topic,
            .label = label,
            .cases = cases,
            .of_cases = topic == "a" ? 15 : kRows - 15};
  }

  testing::TemporaryFolder files_;
  HttpStub stub_{[](const StubRequest& request, int) { return testing::ChatAnswer(AnswerTo(request.body)); }};
  std::unique_ptr<DaemonWork> work_;
  Verdict verdict_ = {};
};

TEST_F(FailureGroupsOfARun, AreBySliceAndLabelTheLargestFirst) {
  Run("topic");
  const auto grouped = Group(RuleOnAnswers());
  ASSERT_TRUE(grouped) << grouped.error().message;
  EXPECT_EQ(grouped->at(0).groups,
            (std::vector<FailureGroup>{OfTopic("a", "no", 10), OfTopic("a", "unsure", 5), OfTopic("b", "unsure", 5)}));
  EXPECT_EQ(grouped->at(0).labels_withheld, "");
}

TEST_F(FailureGroupsOfARun, HaveNoLabelsForWhoMustNotReadThemButAllCounts) {
  Run("topic");
  const auto grouped = Group(RuleOnAnswers(), [&](const RunRecord& run, const std::vector<WorstCase>& cases) {
    EXPECT_EQ(run.id, verdict_.suites[0].run);
    EXPECT_EQ(cases.size(), 20u);
    return WithheldLabels{.why = "withheld: you are not cleared for its data (health)"};
  });
  ASSERT_TRUE(grouped) << grouped.error().message;
  EXPECT_EQ(grouped->at(0).groups, (std::vector<FailureGroup>{OfTopic("a", "", 15), OfTopic("b", "", 5)}));
  EXPECT_EQ(grouped->at(0).labels_withheld, "withheld: you are not cleared for its data (health)");
  EXPECT_EQ(grouped->at(0).failing, 20);
}

TEST_F(FailureGroupsOfARun, CountCasesThatAreOutOfSightWithoutTheirLabel) {
  Run("topic");
  const auto grouped = Group(RuleOnAnswers(), [](const RunRecord&, const std::vector<WorstCase>&) {
    return WithheldLabels{.cases = {"c000", "c001", "c002", "c003", "c004"}};
  });
  ASSERT_TRUE(grouped) << grouped.error().message;
  EXPECT_EQ(grouped->at(0).groups, (std::vector<FailureGroup>{OfTopic("a", "", 5), OfTopic("a", "no", 5),
                                                              OfTopic("a", "unsure", 5), OfTopic("b", "unsure", 5)}));
  EXPECT_EQ(grouped->at(0).labels_withheld, "") << "others have theirs";
}

TEST_F(FailureGroupsOfARun, AreTwentyThousandAtMost) {
  Run("number");
  RuleOutcome rule;
  rule.parts = std::vector<RulePart>(kMostFailureGroups / kRows, PartWith(kRows));
  const auto most = Group(rule);
  ASSERT_TRUE(most) << most.error().message;
  ASSERT_EQ(most->size(), 100u);
  for (const GroupedFailures& part : *most) ASSERT_EQ(part.groups.size(), 200u);
  EXPECT_EQ(most->at(99).groups.at(199),
            (FailureGroup{.slice = "number", .slice_value = "n199", .cases = 1, .of_cases = 1}));
  rule.parts.push_back(PartWith(1));
  const auto more = Group(rule);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(
      more.error().message,
      "they fall into more than 20000 groups; a slice or label that is another for nearly each case tells nothing");
}

}  // namespace
}  // namespace assay
