#include "daemon/waivers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "gates/attestation.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/postgres_cluster.h"
#include "tests/testing/signing_keys.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpStub;
using testing::PostgresCluster;
using testing::StubRequest;

constexpr std::chrono::hours kDay(24);

// The machine's time and what a test adds.
class ShiftedClock final : public Clock {
 public:
  Time Now() const override {
    const std::lock_guard lock(mutex_);
    return SystemClock().Now() + shift_;
  }
  void Add(Duration shift) {
    const std::lock_guard lock(mutex_);
    shift_ += shift;
  }

 private:
  mutable std::mutex mutex_;
  Duration shift_{};
};

// The gate "strict" fails: the model answers "yes" where at most 1 % may.
class StoredWaivers : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && !PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
    if (GetParam()) location_ = PostgresCluster::Shared().CreateDatabase();
    testing::WriteWorkCatalog(files_, stub_.url());
    WriteGate("{name: never, grader: answer, at_most: 0.01}");
    Start();
  }
  void WriteGate(const std::string& rules) {
    files_.Write("catalog/strict.yaml", "kind: Gate\nname: strict\nsuites: [t]\nrules: [" + rules + "]\n");
  }
  void Start() {
    waivers_ = nullptr;
    work_ = nullptr;
    work_ = std::make_unique<DaemonWork>(files_, 4, clock_, location_, GraderServices{}, &key_);
    work_->Resume();
    waivers_ = std::make_unique<Waivers>(
        WaiversContext{.store = *work_->store,
                       .clock = clock_,
                       .blocking = work_->blocking.get_executor(),
                       .reading = work_->reading.get_executor(),
                       .approvers = {"bob", "cid", "ann", "local"},
                       .changed = [this](const Waiver& waiver) { work_->checks.ShowWaived(waiver); }});
  }
  CheckStatus Decide(const std::string& gate = "strict", bool fresh = false) {
    return work_->Decided(work_->Check(gate, "m@1", fresh).check.id);
  }
  StoredVerdict Read(const std::string& id) {
    const auto verdict = work_->Wait(work_->checks.GetVerdict(work_->caller, id));
    EXPECT_TRUE(verdict) << verdict.error().message;
    return verdict.value_or(StoredVerdict{});
  }
  Result<WaiverStatus> Request(const std::string& verdict, const std::string& who = "ann",
                               const std::optional<RequestKey>& key = {}) {
    WaiverArguments arguments{.verdict = verdict,
                              .rules = {"never"},
                              .reason = "known",
                              .ticket = "T-1",
                              .expires_at = clock_.Now() + 7 * kDay,
                              .request = key};
    const Caller caller{.principal = who};
    return work_->Wait(waivers_->RequestWaiver(caller, arguments));
  }
  Result<WaiverStatus> Approve(const std::string& id, const std::string& who = "bob") {
    const Caller caller{.principal = who};
    return work_->Wait(waivers_->ApproveWaiver(caller, id, "fine"));
  }
  Result<WaiverStatus> Revoke(const std::string& id, const std::string& who = "ann") {
    const Caller caller{.principal = who};
    return work_->Wait(waivers_->RevokeWaiver(caller, id, "fixed"));
  }
  std::string Waived(const std::string& verdict) {
    const auto asked = Request(verdict);
    EXPECT_TRUE(asked) << asked.error().message;
    if (!asked) return "";
    const auto approved = Approve(asked->waiver.id);
    EXPECT_TRUE(approved) << approved.error().message;
    return asked->waiver.id;
  }
  VerdictState DecisionOf(const std::string& verdict) { return Read(verdict).verdict.Decision(); }
  std::string Metrics() { return work_->telemetry.Expose(); }
  static std::string CodeOf(const Result<WaiverStatus>& result) {
    return result ? "OK" : std::string(Name(result.error().code));
  }

  testing::TemporaryFolder files_;
  std::string location_;
  ShiftedClock clock_;
  const SigningKey key_ = *SigningKey::FromPem(testing::kEd25519Key);
  const std::vector<PublicKey> public_keys_ = {*PublicKey::FromPem(testing::kEd25519Public)};
  HttpStub stub_{[](const StubRequest&, int) { return testing::ChatAnswer("yes"); }};
  std::unique_ptr<DaemonWork> work_;
  std::unique_ptr<Waivers> waivers_;
};

TEST_P(StoredWaivers, HoldForTheVerdictThatTheyWereAskedForAndForTheNext) {
  const CheckStatus first = Decide();
  ASSERT_EQ(first.verdict->verdict.state, VerdictState::kFail) << first.reason;
  const std::size_t runs = work_->AllRuns().size();
  const auto asked = Request(first.check.verdict_id);
  ASSERT_TRUE(asked) << asked.error().message;
  EXPECT_EQ(asked->state, WaiverState::kRequested);
  EXPECT_EQ(DecisionOf(first.check.verdict_id), VerdictState::kFail) << "nobody has approved it";
  EXPECT_THAT(Metrics(), HasSubstr("assay_gate_waived{gate=\"strict\",model=\"m\"} 0"));
  ASSERT_TRUE(Approve(asked->waiver.id));

  const StoredVerdict shown = Read(first.check.verdict_id);
  EXPECT_EQ(shown.verdict.Decision(), VerdictState::kPass);
  EXPECT_EQ(shown.verdict.state, VerdictState::kFail);
  EXPECT_EQ(shown.record.document, first.verdict->record.document) << "what was signed does not change";
  EXPECT_THAT(Metrics(), HasSubstr("assay_gate_waived{gate=\"strict\",model=\"m\"} 1"));
  EXPECT_THAT(Metrics(), HasSubstr("assay_gate_verdict{gate=\"strict\",model=\"m\",state=\"FAIL\"} 1"));

  const CheckStatus second = Decide();
  EXPECT_EQ(work_->AllRuns().size(), runs) << "nothing is asked of the model again";
  EXPECT_EQ(second.check.state, "FAIL");
  EXPECT_EQ(second.verdict->verdict.Decision(), VerdictState::kPass);
  const StoredVerdict stored = Read(second.check.verdict_id);
  const Verdict document = *VerdictFromJson(*Json::Parse(stored.record.document));
  EXPECT_EQ(document.state, VerdictState::kFail);
  EXPECT_EQ(document.decision, VerdictState::kPass);
  ASSERT_EQ(document.waivers.size(), 1u);
  EXPECT_EQ(document.waivers[0].verdict, first.check.verdict_id) << "it refers to the one that was evaluated";
  EXPECT_THAT(document.waivers[0].approvers, ElementsAre("bob"));
  EXPECT_TRUE(VerifyAttestation(stored.record.envelope, public_keys_));
  EXPECT_EQ(stored.record.summary, "") << "no SLSA summary says PASSED of it";
}

TEST_P(StoredWaivers, EndWithTheirTimeOrTheirRevocation) {
  const std::string verdict = Decide().check.verdict_id;
  const std::string waiver = Waived(verdict);
  ASSERT_EQ(DecisionOf(verdict), VerdictState::kPass);
  clock_.Add(7 * kDay);
  EXPECT_EQ(DecisionOf(verdict), VerdictState::kFail);
  EXPECT_THAT(Metrics(), HasSubstr("assay_gate_waived{gate=\"strict\",model=\"m\"} 0"));
  EXPECT_EQ(CodeOf(Approve(waiver, "cid")), "failed_precondition");
  EXPECT_EQ(work_->Wait(waivers_->GetWaiver(work_->caller, waiver))->state, WaiverState::kExpired);

  const std::string second = Waived(verdict);
  ASSERT_EQ(DecisionOf(verdict), VerdictState::kPass);
  EXPECT_EQ(CodeOf(Revoke(second, "dan")), "permission_denied");
  EXPECT_EQ(DecisionOf(verdict), VerdictState::kPass);
  const auto revoked = Revoke(second);
  ASSERT_TRUE(revoked);
  EXPECT_EQ(revoked->state, WaiverState::kRevoked);
  EXPECT_EQ(DecisionOf(verdict), VerdictState::kFail);
  EXPECT_EQ(Decide().verdict->verdict.Decision(), VerdictState::kFail);
  EXPECT_THAT(Metrics(), HasSubstr("assay_gate_waived{gate=\"strict\",model=\"m\"} 0"));
  EXPECT_EQ(Revoke(second, "cid")->waiver.revoked_by, "ann") << "again changes nothing";
  EXPECT_EQ(CodeOf(Approve(second, "cid")), "failed_precondition");
}

TEST_P(StoredWaivers, AreForPeopleWithNamesAndRoles) {
  const std::string verdict = Decide().check.verdict_id;
  EXPECT_EQ(CodeOf(Request(verdict, "local")), "permission_denied");
  const std::string waiver = Request(verdict)->waiver.id;
  EXPECT_EQ(CodeOf(Approve(waiver, "local")), "permission_denied") << "even where the configuration names it";
  EXPECT_EQ(CodeOf(Approve(waiver, "dan")), "permission_denied") << "no approver";
  EXPECT_EQ(CodeOf(Approve(waiver, "ann")), "permission_denied") << "the requester, though an approver";
  EXPECT_EQ(CodeOf(Revoke(waiver, "local")), "permission_denied");
  EXPECT_EQ(DecisionOf(verdict), VerdictState::kFail);
  EXPECT_EQ(CodeOf(Approve("absent")), "not_found");
  EXPECT_EQ(CodeOf(Request("absent")), "not_found");
  const Caller elsewhere{.principal = "bob", .project = "other"};
  EXPECT_EQ(CodeOf(work_->Wait(waivers_->ApproveWaiver(elsewhere, waiver, ""))), "not_found");
}

TEST_P(StoredWaivers, OfTheGravestRulesNeedTwoApprovers) {
  WriteGate("{name: never, grader: answer, at_most: 0.01, severity: 1}");
  Start();
  const std::string verdict = Decide().check.verdict_id;
  const std::string waiver = Request(verdict)->waiver.id;
  ASSERT_TRUE(Approve(waiver));
  ASSERT_TRUE(Approve(waiver)) << "again changes nothing";
  EXPECT_EQ(DecisionOf(verdict), VerdictState::kFail);
  EXPECT_EQ(Approve(waiver, "cid")->state, WaiverState::kLive);
  EXPECT_EQ(DecisionOf(verdict), VerdictState::kPass);
}

TEST_P(StoredWaivers, DoNotHoldForAChangedGate) {
  const std::string verdict = Decide().check.verdict_id;
  Waived(verdict);
  WriteGate("{name: never, grader: answer, at_most: 0.02}");
  Start();
  EXPECT_EQ(Decide().verdict->verdict.Decision(), VerdictState::kFail);
  EXPECT_EQ(DecisionOf(verdict), VerdictState::kPass) << "of what they were asked for they hold, after a restart too";
  EXPECT_EQ(Decide("release").verdict->verdict.Decision(), VerdictState::kPass) << "that passes by itself";
  WriteGate("{name: never, grader: answer, at_most: 0.01, waivable: false}");
  Start();
  EXPECT_EQ(CodeOf(Request(Decide().check.verdict_id)), "failed_precondition");
}

TEST_P(StoredWaivers, ARequestIsMadeOnceAndAllOfItIsOnRecord) {
  const std::string verdict = Decide().check.verdict_id;
  const RequestKey key{.method = "RequestWaiver", .request_id = "r-1", .content_hash = "h"};
  const std::string waiver = Request(verdict, "ann", key)->waiver.id;
  EXPECT_EQ(Request(verdict, "ann", key)->waiver.id, waiver);
  ASSERT_TRUE(Approve(waiver));
  ASSERT_TRUE(Approve(waiver));
  ASSERT_TRUE(Revoke(waiver));
  std::vector<std::string> actions;
  const auto audit = work_->store->ListAudit("default", {.token = "", .limit = 100});
  ASSERT_TRUE(audit);
  for (const AuditRecord& record : audit->items) {
    if (record.object == "waiver/" + waiver) actions.push_back(record.action + " " + record.principal);
  }
  EXPECT_THAT(actions, ElementsAre("revoke_waiver ann", "approve_waiver bob", "request_waiver ann"));
  const auto listed = work_->Wait(waivers_->ListWaivers(work_->caller, "strict", {.token = "", .limit = 1}));
  ASSERT_TRUE(listed);
  EXPECT_EQ(listed->items.at(0).waiver.approvals.at(0).comment, "fine");
  EXPECT_EQ(listed->next, "");
}

TEST_P(StoredWaivers, ThereAreNotMoreOpenOnesThanAnybodyReads) {
  const std::string verdict = Decide().check.verdict_id;
  for (int i = 0; i < WaiverRecord::kMostOpen; ++i) ASSERT_TRUE(Request(verdict));
  const auto refused = Request(verdict);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(DecisionOf(verdict), VerdictState::kFail);
}

INSTANTIATE_TEST_SUITE_P(BothStores, StoredWaivers, ::testing::Bool(),
                         [](const auto& instance) { return instance.param ? "PostgreSql" : "Sqlite"; });

}  // namespace
}  // namespace assay
