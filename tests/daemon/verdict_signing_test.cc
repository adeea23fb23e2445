#include "daemon/verdict_signing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/digest.h"
#include "gates/attestation.h"
#include "tests/daemon/daemon_work.h"
#include "tests/testing/http_stub.h"
#include "tests/testing/postgres_cluster.h"
#include "tests/testing/signing_keys.h"

namespace assay {
namespace {

using testing::DaemonWork;
using ::testing::HasSubstr;
using testing::HttpStub;
using ::testing::MatchesRegex;
using testing::PostgresCluster;
using testing::StubRequest;

class SignedVerdicts : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && !PostgresCluster::IsInstalled()) GTEST_SKIP() << PostgresCluster::kMissing;
    if (GetParam()) location_ = PostgresCluster::Shared().CreateDatabase();
    testing::WriteWorkCatalog(files_, stub_.url());
    files_.Write("catalog/strict.yaml",
                 "kind: Gate\nname: strict\nsuites: [t]\nrules: [{name: never, grader: answer, at_most: 0.01}]\n");
    Start(&*key_);
  }
  void Start(const SigningKey* key) {
    work_ = nullptr;
    work_ = std::make_unique<DaemonWork>(files_, 4, SystemClock(), location_, GraderServices{}, key);
    work_->Resume();
  }
  StoredVerdict Read(const std::string& id) {
    const auto verdict = work_->Wait(work_->checks.GetVerdict(work_->caller, id));
    EXPECT_TRUE(verdict) << verdict.error().message;
    return verdict.value_or(StoredVerdict{});
  }
  StoredVerdict Decide(const std::string& gate) {
    return Read(work_->Decided(work_->Check(gate, "m@1").check.id).check.verdict_id);
  }
  // Newest first, after checking that each names the one before.
  std::vector<VerdictRecord> Chain(const std::string& gate) {
    const auto page = work_->store->ListVerdicts("default", gate, {.token = "", .limit = 1000});
    EXPECT_TRUE(page);
    std::string expected;
    for (std::size_t i = 0; i < page->items.size(); ++i) {
      const VerdictRecord& record = page->items[i];
      const auto verdict = VerdictFromJson(*Json::Parse(record.document));
      EXPECT_EQ(verdict->origin->verdict, record.id);
      EXPECT_EQ(verdict->origin->check, record.check_id);
      EXPECT_EQ(verdict->origin->sequence, static_cast<std::int64_t>(page->items.size() - i));
      if (i > 0) {
        EXPECT_EQ(ContentVersion(record.document), expected);
      }
      expected = verdict->origin->predecessor;
    }
    EXPECT_EQ(expected, "");
    return page->items;
  }

  const std::optional<SigningKey> key_ = *SigningKey::FromPem(testing::kEd25519Key);
  const std::vector<PublicKey> public_keys_ = {*PublicKey::FromPem(testing::kEd25519Public)};
  testing::TemporaryFolder files_;
  std::string location_;
  HttpStub stub_{[](const StubRequest&, int) { return testing::ChatAnswer("yes"); }};
  std::unique_ptr<DaemonWork> work_;
};

TEST_P(SignedVerdicts, EnvelopeAttestsTheStoredDocument) {
  const StoredVerdict stored = Decide("release");
  ASSERT_EQ(stored.verdict.state, VerdictState::kPass) << stored.verdict.reason;
  const auto attestation = VerifyAttestation(stored.record.envelope, public_keys_);
  ASSERT_TRUE(attestation) << attestation.error().message;
  const auto& attested = std::get<AttestedVerdict>(attestation->content);
  EXPECT_EQ(attested.document, stored.record.document) << "byte for byte";
  EXPECT_EQ(attested.verdict.origin->verdict, stored.record.id);
  EXPECT_EQ(attested.verdict.origin->sequence, 1);
  EXPECT_THAT(attested.verdict.origin->build, MatchesRegex("[0-9a-f]*"));
  EXPECT_EQ(attested.verdict.candidate, (ModelIdentity{"m", "1", stored.verdict.candidate.content_version}));
  const auto summary = VerifyAttestation(stored.record.summary, public_keys_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(std::get<AttestedSummary>(summary->content).inputs.at(0), ContentVersion(stored.record.envelope));
}

TEST_P(SignedVerdicts, NothingButAPassHasASummary) {
  const StoredVerdict stored = Decide("strict");
  ASSERT_NE(stored.verdict.state, VerdictState::kPass);
  EXPECT_TRUE(VerifyAttestation(stored.record.envelope, public_keys_));
  EXPECT_EQ(stored.record.summary, "");
}

TEST_P(SignedVerdicts, WithoutAKeyThereIsTheChainAlone) {
  Start(nullptr);
  EXPECT_EQ(Decide("release").record.envelope, "");
  EXPECT_EQ(Decide("release").record.summary, "");
  EXPECT_EQ(Chain("release").size(), 2u);
}

TEST_P(SignedVerdicts, ChecksThatEndAtOnceAreOneChain) {
  constexpr int kChecks = 12;
  for (int round = 0; round < 2; ++round) {
    work_->HoldPreparing();  // so that all are decided when their run ends
    std::vector<std::string> checks;
    for (int i = 0; i < kChecks; ++i) checks.push_back(work_->Check("release", "m@1", round == 1).check.id);
    work_->ReleasePreparing();
    for (const std::string& check : checks) EXPECT_NE(work_->Decided(check).check.verdict_id, "");
  }
  EXPECT_EQ(Chain("release").size(), 2u * kChecks);
}

TEST_P(SignedVerdicts, ChainGoesOnAfterARestartAndWithAnotherKey) {
  Decide("release");
  CheckRecord open = work_->store->ListChecks("default", "release", {}).value().items.at(0);
  open.id = "left-by-a-crash";
  open.verdict_id = "";
  ASSERT_TRUE(work_->store->CreateCheck(open));
  const SigningKey other = *SigningKey::FromPem(testing::kP256Key);
  Start(&other);
  const StoredVerdict resumed = Read(work_->Decided("left-by-a-crash").check.verdict_id);
  EXPECT_FALSE(VerifyAttestation(resumed.record.envelope, public_keys_));
  EXPECT_TRUE(VerifyAttestation(resumed.record.envelope, std::vector<PublicKey>{other.public_key()}));
  Start(nullptr);
  Decide("release");
  EXPECT_EQ(Chain("release").size(), 3u);
}

INSTANTIATE_TEST_SUITE_P(BothStores, SignedVerdicts, ::testing::Bool(),
                         [](const auto& instance) { return instance.param ? "PostgreSql" : "Sqlite"; });

class SigningKeyFile : public ::testing::Test {
 protected:
  std::string Write(std::string_view text, mode_t mode) {
    const std::string path = files_.Write("key.pem", std::string(text)).string();
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  static std::string WhyNot(const std::string& path) {
    const auto key = ReadSigningKey(path);
    if (key) return "";
    EXPECT_EQ(key.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(key.error().message, HasSubstr(path));
    return key.error().message;
  }
  testing::TemporaryFolder files_;
};

TEST_F(SigningKeyFile, IsReadWhenNobodyElseMayReadIt) {
  for (const mode_t mode : {0600, 0400, 0440, 0640}) {
    EXPECT_EQ(WhyNot(Write(testing::kEd25519Key, mode)), "");
    EXPECT_EQ(WhyNot(Write(testing::kP256Key, mode)), "");
  }
  EXPECT_EQ(ReadSigningKey(Write(testing::kEd25519Key, 0600))->public_key().id(),
            PublicKey::FromPem(testing::kEd25519Public)->id());
}

TEST_F(SigningKeyFile, IsRefusedWhenOthersMayReadOrChangeIt) {
  for (const auto& [mode, shown] : {std::pair{0644, "0644"}, {0604, "0604"}, {0660, "0660"}, {0602, "0602"}}) {
    EXPECT_THAT(WhyNot(Write(testing::kEd25519Key, static_cast<mode_t>(mode))),
                HasSubstr(std::string("others may read or change it (mode ") + shown + "); chmod 600 "));
  }
}

TEST_F(SigningKeyFile, WhatIsNoKeyIsRefusedWithTheReason) {
  EXPECT_THAT(WhyNot(Write(testing::kEncryptedKey, 0600)), HasSubstr("the key is encrypted"));
  EXPECT_THAT(WhyNot(Write(testing::kRsaKey, 0600)), HasSubstr("a key of type RSA"));
  EXPECT_THAT(WhyNot(Write(testing::kEd25519Public, 0600)), HasSubstr("no private key but a \"PUBLIC KEY\""));
  EXPECT_THAT(WhyNot(Write("", 0600)), HasSubstr("no private key"));
  EXPECT_THAT(WhyNot(Write(std::string(1 << 20, 'x'), 0600)), HasSubstr("too long to be a key"));
  EXPECT_THAT(WhyNot((files_.path() / "absent").string()), HasSubstr("No such file"));
  EXPECT_THAT(WhyNot(files_.path().string()), HasSubstr("no regular file"));
  const std::string pipe = (files_.path() / "pipe").string();
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(WhyNot(pipe), HasSubstr("no regular file")) << "and nobody waits for a writer";
}

TEST(BuildIdOfThisProgram, IsHexadecimal) { EXPECT_THAT(BuildId(), MatchesRegex("[0-9a-f]{8,}")); }

}  // namespace
}  // namespace assay
