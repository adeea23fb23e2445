// What a check decides by stands in the manifest of its runs before the first result, and stays what it was.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "core/json.h"
#include "daemon/store/sql.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"

namespace assay {
namespace {

using testing::DaemonWork;
using testing::Eventually;
using testing::HttpStub;
using testing::StubRequest;

class FrozenManifest : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::WriteWorkCatalog(files_, stub_.url());
    std::string cases;
    for (int i = 0; i < 12; ++i) {
      const std::string number = std::to_string(i);
      cases += "{\"id\":\"c" + number + "\",\"question\":\"q" + number + "\"}\n";
    }
    files_.Write("catalog/cases.jsonl", cases);
    files_.Write("catalog/base.yaml",
                 "kind: Model\nname: base\nversion: \"1\"\nendpoint: {provider: openai-chat, model: b, attempts: 1, "
                 "url: \"" +
                     stub_.url() + "/v1\"}\n");
    WriteGate("0.9", "0.2", "max_n: 6\n");
    work_ = std::make_unique<DaemonWork>(files_);
  }
  ~FrozenManifest() override { Answer(); }

  void WriteGate(const std::string& confidence, const std::string& margin, const std::string& max_n) {
    files_.Write("catalog/gates.yaml", "kind: Gate\nname: release\nsuites: [s]\n" + max_n +
                                           "baseline: {model: base, version: \"1\"}\nrules:\n"
                                           "  - {name: floor, grader: answer, at_least: 0.1, confidence: " +
                                           confidence +
                                           "}\n"
                                           "  - {name: not-worse, grader: answer, confidence: 0.975, non_inferior: "
                                           "{margin: " +
                                           margin +
                                           "}}\n"
                                           "  - {name: each, grader: answer, per_case_floor: {at_least: 0.5}}\n");
  }

  // The endpoint gives no answer before.
  void Answer() {
    if (!is_answering_) answering_.set_value();
    is_answering_ = true;
  }

  // By a connection of its own, as the manifest is stored.
  std::string StoredManifest(const std::string& run) {
    const auto rows = Query("SELECT CAST(manifest AS TEXT) FROM run WHERE id = '" + run + "'", "t");
    return rows.size() == 1 ? rows[0].Text(0) : "";
  }
  std::int64_t StoredTrials() { return Query("SELECT COUNT(*) FROM trial", "i").at(0).Int(0); }
  SqlRows Query(const std::string& query, const std::string& types) {
    auto sql = Sql::Open({Engine::kSqlite, (files_.path() / "assay.db").string()});
    EXPECT_TRUE(sql) << sql.error().message;
    auto rows = (*sql)->Query(query, types);
    EXPECT_TRUE(rows) << rows.error().message;
    return rows.value_or(SqlRows{});
  }

  testing::TemporaryFolder files_;
  bool is_answering_ = false;
  std::promise<void> answering_;
  std::shared_future<void> may_answer_{answering_.get_future()};
  HttpStub stub_{[this](const StubRequest&, int) {
    may_answer_.wait();
    return testing::ChatAnswer("yes");
  }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_F(FrozenManifest, StandsBeforeTheFirstResultAndStays) {
  const CheckStatus check = work_->Check("release", "m@1");
  ASSERT_TRUE(Eventually([&] { return stub_.in_flight() > 0; }));
  Result<CheckStatus> asked = Fail(ErrorCode::kNotFound, "not yet");
  ASSERT_TRUE(Eventually([&] {
    asked = work_->Wait(work_->checks.GetCheck(work_->caller, check.check.id));
    return asked && asked->runs.size() == 2;
  }));
  EXPECT_EQ(asked->check.state, "PENDING");
  EXPECT_EQ(StoredTrials(), 0);

  std::vector<std::string> before;
  for (const CheckRunState& each : asked->runs) {
    before.push_back(StoredManifest(each.run.id));
    const auto manifest = Json::Parse(before.back());
    ASSERT_TRUE(manifest) << before.back();
    EXPECT_EQ(manifest->Find("order_seed")->as_string(), std::to_string(each.run.seed)) << each.role;
    EXPECT_EQ(manifest->Find("decision")->Dump(),
              R"({"gate":"release","gate_version":")" + asked->check.gate_version +
                  R"(","max_n":6,"rules":[{"rule":"floor","alpha":0.1},)"
                  R"({"rule":"not-worse","alpha":0.025,"margin":0.2},{"rule":"each"}]})")
        << each.role;
  }
  EXPECT_EQ(StoredTrials(), 0) << "read while no trial had a result";

  WriteGate("0.6", "0.9", "");
  work_->catalog.Reload();
  Answer();
  const CheckStatus decided = work_->Decided(check.check.id);
  ASSERT_TRUE(decided.verdict) << decided.reason;
  EXPECT_EQ(StoredTrials(), 12) << "six cases of candidate and baseline each";
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_EQ(StoredManifest(asked->runs[i].run.id), before[i]);
  const std::vector<RuleOutcome>& rules = decided.verdict->verdict.rules;
  EXPECT_EQ(rules.at(0).parts.at(0).estimate.confidence, 0.9);
  EXPECT_EQ(rules.at(1).parts.at(0).estimate.confidence, 0.975);
}

// A gate that asks every case, of which the most is what there is; and a run that no check asked for, which decides
// nothing.
TEST_F(FrozenManifest, SaysWhatIsKnownOfOtherRuns) {
  WriteGate("0.9", "0.2", "");
  work_->catalog.Reload();
  Answer();
  const CheckStatus decided = work_->Decided(work_->Check("release", "m@1").check.id);
  const auto of_check = Json::Parse(StoredManifest(decided.runs.at(0).run.id));
  ASSERT_TRUE(of_check);
  EXPECT_EQ(of_check->Find("decision")->Find("max_n")->as_integer(), 12);
  const RunRecord by_hand = work_->Ended(work_->StartRun("s", "m@1").id);
  const auto manifest = Json::Parse(StoredManifest(by_hand.id));
  ASSERT_TRUE(manifest);
  EXPECT_EQ(manifest->Find("order_seed")->as_string(), std::to_string(by_hand.seed));
  EXPECT_EQ(manifest->Find("decision"), nullptr);
}

}  // namespace
}  // namespace assay
