// What a verdict says of the suites that it rests on, from the dataset to the replay, on both stores.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/daemon/daemon_work.h"
#include "tests/daemon/verdict_replays.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/postgres_cluster.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpStub;
using ::testing::IsEmpty;
using testing::PostgresCluster;
using testing::StubReply;
using testing::StubRequest;

class SuiteWarnings : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && !PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
    if (GetParam()) location_ = PostgresCluster::Shared().CreateDatabase();
    testing::WriteWorkCatalog(files_, stub_.url());
    files_.Write("catalog/gates.yaml",
                 "kind: Gate\nname: release\nsuites: [s]\nrules: [{name: most, grader: answer, at_least: 0.5}]\n---\n"
                 "kind: Gate\nname: strict\nsuites: [s]\nrules: [{name: none, grader: safe, zero_failures: {max_rate: "
                 "0.2}}]\n");
    WriteCases([](int i) { return "\"question\":\"q" + std::to_string(i) + "\""; });
    WriteSuite("");
  }

  // 20 of them, each with these fields beside its name.
  template <class FieldsOf>
  void WriteCases(FieldsOf fields_of) {
    std::string cases;
    for (int i = 0; i < 20; ++i) cases += "{\"id\":\"c" + std::to_string(i) + "\"," + fields_of(i) + "}\n";
    files_.Write("catalog/cases.jsonl", cases);
  }
  void WriteSuite(const std::string& more, const std::string& prompt = "{{question}}") {
    files_.Write("catalog/s.yaml",
                 "kind: Suite\nname: s\ndataset: [{file: cases.jsonl, id: id}]\nprompt: [{user: \"" + prompt +
                     "\"}]\n" + more +
                     "graders:\n  - {name: answer, type: contains, value: \"yes\"}\n"
                     "  - {name: no_leak, type: contains, value: leak, negate: true, role: invariant}\n"
                     "  - {name: safe, type: all, of: [answer, no_leak]}\n");
  }

  // Of an assayd that starts on what is there.
  Verdict VerdictOn(const std::string& gate) {
    work_.reset();
    work_ = std::make_unique<DaemonWork>(files_, 4, SystemClock(), location_);
    const CheckStatus status = work_->Decided(work_->Check(gate, "m@1", true).check.id);
    verdict_ = status.verdict->record.id;
    return status.verdict->verdict;
  }
  void ExpectReplayed() { EXPECT_EQ(testing::Shown(testing::ReplayOf(*work_, verdict_)), ""); }

  testing::TemporaryFolder files_;
  std::string location_;
  std::string leaks_on_ = "no case";
  HttpStub stub_{[this](const StubRequest& request, int) {
    return testing::ChatAnswer(request.body.find(leaks_on_) == std::string::npos ? "yes" : "yes, a leak");
  }};
  std::unique_ptr<DaemonWork> work_;
  std::string verdict_;
};

constexpr char kRepeated[] =
    "suite \"s\": 19 of its 20 cases ask what another asks: they count as 20 independent ones; name them in one "
    "cluster";

// Every case would be of one value, and a rule on each of them would be a rule on all together.
TEST_P(SuiteWarnings, NoRunIsMadeOnASliceThatIsAList) {
  WriteCases([](int i) {
    return "\"question\":\"q" + std::to_string(i) + "\",\"tags\":" + (i < 3 ? "\"law\"" : "[\"law\",\"hard\"]");
  });
  WriteSuite("slices: [tags]\n");
  const Verdict verdict = VerdictOn("release");
  EXPECT_EQ(verdict.state, VerdictState::kError);
  EXPECT_THAT(verdict.reason,
              HasSubstr("cases.jsonl:4: field \"tags\" is a slice and must be a text, a number, true or "
                        "false, not [\"law\",\"hard\"]"));
  EXPECT_EQ(stub_.requests(), 0);
}

TEST_P(SuiteWarnings, AnInvariantThatFailsWhereNoRuleAsksForEveryCaseIsNamed) {
  EXPECT_THAT(VerdictOn("release").warnings, IsEmpty());
  leaks_on_ = "q1";  // and of ten more
  const Verdict lenient = VerdictOn("release");
  EXPECT_EQ(lenient.state, VerdictState::kPass);
  EXPECT_THAT(
      lenient.warnings,
      ElementsAre("suite \"s\": invariant \"no_leak\" failed in 11 of 20 cases, and no blocking rule of the gate "
                  "asks for every case (zero_failures, no_new_failures, per_case_floor)"));
  ExpectReplayed();
  const Verdict strict = VerdictOn("strict");  // by what it is a part of
  EXPECT_EQ(strict.state, VerdictState::kFail);
  EXPECT_THAT(strict.warnings, ::testing::Not(::testing::Contains(HasSubstr("invariant"))));
}

TEST_P(SuiteWarnings, CasesThatAskWhatAnotherAsksAreCounted) {
  WriteCases([](int i) { return "\"question\":\"q\",\"note\":" + std::to_string(i); });
  const Verdict verdict = VerdictOn("release");
  EXPECT_EQ(verdict.state, VerdictState::kPass);
  EXPECT_THAT(verdict.warnings, ElementsAre(kRepeated));
  ExpectReplayed();
  WriteSuite("", "{{question}} {{note}}");  // on the dataset that is stored
  EXPECT_THAT(VerdictOn("release").warnings, IsEmpty());
  ExpectReplayed();
  WriteSuite("", "{{question}}?");
  EXPECT_THAT(VerdictOn("release").warnings, ElementsAre(kRepeated));
  WriteSuite("cluster: note\n");
  EXPECT_THAT(VerdictOn("release").warnings,
              ElementsAre("suite \"s\": 19 of its 20 cases ask what one of another cluster asks: they count as "
                          "independent ones; name them in one cluster"));
  WriteSuite("cluster: question\n");
  EXPECT_THAT(VerdictOn("release").warnings, IsEmpty()) << "they are one";
}

INSTANTIATE_TEST_SUITE_P(OnEachStore, SuiteWarnings, ::testing::Bool(),
                         [](const auto& instance) { return instance.param ? "Postgres" : "Sqlite"; });

}  // namespace
}  // namespace assay
