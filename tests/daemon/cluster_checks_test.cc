// Suites whose cases come in clusters, and rules with a method, from the requests to the stored verdict, on both
// stores.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/postgres_cluster.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::PostgresCluster;
using testing::StubReply;
using testing::StubRequest;

constexpr char kGates[] =
    "kind: Gate\nname: floor\nsuites: [u]\nrules:\n  - {name: floor, grader: answer, at_least: 0.9}\n---\n"
    "kind: Gate\nname: advice\nsuites: [u]\nrules:\n  - {name: floor, grader: answer, at_least: 0.5}\n"
    "  - {name: again, grader: answer, at_least: 0.9, method: bootstrap, role: advisory}\n";

class ClusterChecks : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && !PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
  }

  // On `talks` conversations of five cases each, of which those of the first `wrong` are answered wrong.
  Verdict VerdictOn(const std::string& gate, int talks, const std::string& cluster, int wrong = 0) {
    testing::WriteWorkCatalog(files_, stub_.url());
    std::string cases;
    for (int i = 0; i < 5 * talks; ++i) {
      cases += "{\"id\":\"c" + std::to_string(i) + "\",\"question\":\"" + (i / 5 < wrong ? "wrong" : "right") + "\"" +
               (has_gap_ && i == 3 ? "" : ",\"talk\":\"t" + std::to_string(i / 5) + "\"") + "}\n";
    }
    files_.Write("catalog/many.jsonl", cases);
    files_.Write("catalog/u.yaml",
                 "kind: Suite\nname: u\ndataset: [{file: many.jsonl, id: id}]\nprompt: [{user: \"{{question}}\"}]\n" +
                     cluster + "graders: [{name: answer, type: equals, value: \"yes\"}]\n---\n" + kGates);
    work_ = std::make_unique<DaemonWork>(files_, 4, SystemClock(),
                                         GetParam() ? PostgresCluster::Shared().CreateDatabase() : "");
    const CheckStatus status = work_->Decided(work_->Check(gate, "m@1").check.id);
    return status.verdict->verdict;
  }

  bool has_gap_ = false;  // a case has no conversation
  testing::TemporaryFolder files_;
  HttpStub stub_{[](const StubRequest& request, int) {
    return testing::ChatAnswer(request.body.find("wrong") == std::string::npos ? "yes" : "no");
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_P(ClusterChecks, CountConversationsAndNotTheirTurns) {
  EXPECT_EQ(VerdictOn("floor", 28, "").state, VerdictState::kPass);
  const Verdict verdict = VerdictOn("floor", 28, "cluster: talk\n");
  EXPECT_EQ(verdict.state, VerdictState::kInconclusive) << verdict.reason;
  EXPECT_THAT(verdict.reason, HasSubstr("140 cases in 28 clusters"));
  const RulePart& part = verdict.rules.at(0).parts.at(0);
  EXPECT_EQ(part.clusters, (PartClusters{.count = 28, .largest = 5}));
  const Json document = ToJson(verdict);
  const Json& shown = document.Find("rules")->as_array()[0].Find("parts")->as_array()[0];
  EXPECT_EQ(shown.Find("clusters")->Dump(), R"({"count":28,"largest":5,"design_effect":null})");
  EXPECT_EQ(shown.Find("method")->as_string(), "clustered_gaffke");
}

TEST_P(ClusterChecks, PassAndFailOnEnoughOfThem) {
  EXPECT_EQ(VerdictOn("floor", 29, "cluster: talk\n").state, VerdictState::kPass);
  const Verdict verdict = VerdictOn("floor", 29, "cluster: talk\n", 12);
  EXPECT_EQ(verdict.state, VerdictState::kFail) << verdict.reason;
  EXPECT_NEAR(*verdict.rules.at(0).parts.at(0).clusters->design_effect, 5, 0.3);
}

TEST_P(ClusterChecks, ShowWhatAnotherMethodSays) {
  const Verdict verdict = VerdictOn("advice", 40, "cluster: talk\n", 4);
  EXPECT_EQ(verdict.state, VerdictState::kPass) << verdict.reason;
  const RuleOutcome& again = verdict.rules.at(1);
  EXPECT_EQ(again.method, "bootstrap");
  EXPECT_EQ(again.parts.at(0).method, "clustered_bootstrap");
  EXPECT_EQ(again.state, VerdictState::kInconclusive);
}

// The dataset is at fault, not the candidate: no request is sent.
TEST_P(ClusterChecks, ACaseWithoutAClusterIsAnErrorOfTheDataset) {
  has_gap_ = true;
  const Verdict verdict = VerdictOn("floor", 2, "cluster: talk\n");
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_THAT(verdict.reason, HasSubstr("many.jsonl:4: the row has no field \"talk\""));
  EXPECT_EQ(stub_.requests(), 0);
}

INSTANTIATE_TEST_SUITE_P(OnEachStore, ClusterChecks, ::testing::Bool(),
                         [](const auto& instance) { return instance.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay
