#include "gates/attestation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base64.h"
#include "core/digest.h"
#include "tests/gates/gate_fixture.h"
#include "tests/testing/signing_keys.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kEd25519Key;
using testing::kEd25519Public;
using testing::kOtherEd25519Public;
using testing::kP256Key;
using testing::kP256Public;

Verdict Decided(const char* cases = "400 x 1") {
  testing::EvidenceText text;
  text.cases = cases;
  Verdict verdict = testing::DecideOn({testing::MakeEvidence(text)}, {"{name: floor, metric: m, at_least: 0.9}"});
  verdict.gate_version = ContentVersion("gate");
  verdict.candidate = {"bot", "2026.11.2", ContentVersion("candidate")};
  verdict.decided_at = *ParseTime("2026-11-24T15:47:45.123456Z");
  verdict.origin = {.verdict = "v-3",
                    .check = "c-3",
                    .project = "a/b",
                    .sequence = 3,
                    .predecessor = ContentVersion("before"),
                    .version = "0.1.0",
                    .build = "12ab"};
  return verdict;
}

SignedVerdict Signed(const Verdict& verdict, std::string_view pem = kEd25519Key) {
  const auto result = SignVerdict(verdict, *SigningKey::FromPem(pem));
  EXPECT_TRUE(result) << result.error().message;
  return result.value_or(SignedVerdict{});
}

Result<Attestation> Verify(std::string_view text, std::string_view pem = kEd25519Public) {
  const PublicKey key = *PublicKey::FromPem(pem);
  return VerifyAttestation(text, std::span(&key, 1));
}
std::string WhyNot(std::string_view text, std::string_view pem = kEd25519Public) {
  const auto result = Verify(text, pem);
  return result ? "" : result.error().message;
}

// A statement with a change, signed by the right key.
std::string SignedStatement(const std::string& envelope, const std::function<void(Json&)>& change) {
  Json statement = *Json::Parse(ParseEnvelope(envelope)->payload);
  change(statement);
  return *SignEnvelope(kStatementPayloadType, statement.Dump(), *SigningKey::FromPem(kEd25519Key));
}

TEST(Attestation, SaysTheVerdictOfItsCandidate) {
  const Verdict verdict = Decided();
  ASSERT_EQ(verdict.state, VerdictState::kPass);
  for (const auto& [key, public_key] : {std::pair{kEd25519Key, kEd25519Public}, {kP256Key, kP256Public}}) {
    const std::string envelope = Signed(verdict, key).envelope;
    const auto attestation = Verify(envelope, public_key);
    ASSERT_TRUE(attestation) << attestation.error().message;
    const auto& attested = std::get<AttestedVerdict>(attestation->content);
    EXPECT_EQ(attested.document, CanonicalDocument(verdict));
    EXPECT_EQ(attested.document_hash, ContentVersion(CanonicalDocument(verdict)));
    EXPECT_EQ(attested.verdict.origin, verdict.origin);
    EXPECT_EQ(attested.verdict.candidate, verdict.candidate);
    EXPECT_THAT(WhyNot(envelope, kOtherEd25519Public), HasSubstr("the signature does not hold"));
  }
}

TEST(Attestation, StatementIsWhatTheStandardAsksFor) {
  const Json statement = *Json::Parse(ParseEnvelope(Signed(Decided()).envelope)->payload);
  EXPECT_EQ(statement.Find("_type")->as_string(), "https://in-toto.io/Statement/v1");
  EXPECT_EQ(statement.Find("predicateType")->as_string(), "urn:assay:verdict:v1");
  EXPECT_EQ(statement.Find("subject")->Dump(),
            R"([{"digest":{"sha256":")" + Sha256Hex("candidate") + R"("},"name":"bot@2026.11.2"}])");
  EXPECT_EQ(ParseEnvelope(Signed(Decided()).envelope)->payload, statement.DumpCanonical());
}

TEST(Attestation, SummaryOfAPassNamesTheDetailedOne) {
  const SignedVerdict both = Signed(Decided());
  const auto attestation = Verify(both.summary);
  ASSERT_TRUE(attestation) << attestation.error().message;
  const auto& summary = std::get<AttestedSummary>(attestation->content);
  EXPECT_EQ(summary.candidate, "bot@2026.11.2");
  EXPECT_EQ(summary.candidate_version, ContentVersion("candidate"));
  EXPECT_EQ(summary.resource, "urn:assay:model:a%2Fb:bot:2026.11.2");
  EXPECT_EQ(summary.policy, "urn:assay:gate:a%2Fb:g");
  EXPECT_EQ(summary.policy_version, ContentVersion("gate"));
  EXPECT_THAT(summary.levels, ElementsAre("ASSAY_GATE_PASSED"));
  EXPECT_THAT(summary.inputs, ElementsAre(ContentVersion(both.envelope)));
  EXPECT_EQ(FormatTime(summary.verified_at), "2026-11-24T15:47:45.123456Z");
}

TEST(Attestation, NothingButAPassIsSummarised) {
  for (const VerdictState state : {VerdictState::kFail, VerdictState::kInconclusive, VerdictState::kError}) {
    Verdict verdict = Decided();
    verdict.state = state;
    const SignedVerdict both = Signed(verdict);
    EXPECT_EQ(both.summary, "") << Name(state);
    EXPECT_EQ(std::get<AttestedVerdict>(Verify(both.envelope)->content).verdict.state, state);
  }
}

TEST(Attestation, WhatCannotBeAttestedIsNotSigned) {
  const SigningKey key = *SigningKey::FromPem(kEd25519Key);
  Verdict verdict = Decided();
  verdict.origin.reset();
  EXPECT_FALSE(SignVerdict(verdict, key));
  for (const char* version : {"", "sha256:", "sha256:xyz", "candidate"}) {
    verdict = Decided();
    verdict.candidate.content_version = version;
    EXPECT_FALSE(SignVerdict(verdict, key)) << version;
  }
}

// What the right key has signed is still read with suspicion: a key may serve several programs.
TEST(Attestation, SignedStatementsOfOthersAreNotTaken) {
  const SignedVerdict both = Signed(Decided());
  const auto refused = [&](const std::function<void(Json&)>& change) {
    return WhyNot(SignedStatement(both.envelope, change));
  };
  EXPECT_EQ(refused([](Json&) {}), "");
  EXPECT_THAT(refused([](Json& s) { s.Set("_type", "x"); }), HasSubstr("its statement is of type \"x\""));
  EXPECT_THAT(refused([](Json& s) { s.Set("predicateType", "x"); }), HasSubstr("its predicate is of type \"x\""));
  EXPECT_THAT(refused([](Json& s) { s.Set("predicateType", Json()); }), HasSubstr("\"predicateType\" is no text"));
  EXPECT_THAT(refused([](Json& s) { s.Set("predicateType", kSummaryPredicateType); }),
              HasSubstr("\"verificationResult\""));
  EXPECT_THAT(refused([](Json& s) { s.Set("predicate", 1); }), HasSubstr("\"predicate\" is no object"));
  EXPECT_THAT(refused([](Json& s) { s.Set("predicate", Json(Json::Object{})); }),
              HasSubstr("verdict: gate: is missing"));
  EXPECT_THAT(refused([](Json& s) { s.Set("subject", Json::Array{}); }), HasSubstr("it has not one subject"));
  EXPECT_THAT(refused([](Json& s) {
                const Json one = s.Find("subject")->as_array()[0];
                s.Set("subject", Json::Array{one, one});
              }),
              HasSubstr("it has not one subject"));
  EXPECT_THAT(refused([](Json& s) {
                s.Set("subject",
                      Json::Array{Json::Of({{"name", "bot"}, {"digest", Json::Of({{"sha256", Sha256Hex("other")}})}})});
              }),
              HasSubstr("its subject is not the verdict's candidate"));
  EXPECT_THAT(refused([](Json& s) {
                s.Set("subject", Json::Array{Json::Of({{"name", "bot"}, {"digest", Json::Of({{"md5", "aa"}})}})});
              }),
              HasSubstr("\"digest.sha256\" is no text"));
  const auto with_predicate = [&](const char* member, Json value) {
    return refused([&](Json& s) {
      Json predicate = *s.Find("predicate");
      predicate.Set(member, value);
      s.Set("predicate", predicate);
    });
  };
  EXPECT_THAT(with_predicate("state", "PENDING"),
              HasSubstr("verdict: decision: expected the state, or PASS by waivers"));
  EXPECT_THAT(refused([](Json& s) {
                Json predicate = *s.Find("predicate");
                predicate.Set("state", "PENDING");
                predicate.Set("decision", "PENDING");
                s.Set("predicate", predicate);
              }),
              HasSubstr("the verdict is PENDING"));
  EXPECT_THAT(with_predicate("state", "WAIVED"), HasSubstr("verdict: state: expected"));
  EXPECT_THAT(with_predicate("origin", Json()), HasSubstr("does not say where it stands"));
  EXPECT_EQ(with_predicate("of_a_later_version", 1), "");
  const SigningKey key = *SigningKey::FromPem(kEd25519Key);
  EXPECT_THAT(WhyNot(*SignEnvelope("text/plain", ParseEnvelope(both.envelope)->payload, key)),
              HasSubstr("its payload is of type \"text/plain\""));
  EXPECT_THAT(WhyNot(*SignEnvelope(kStatementPayloadType, "{", key)), HasSubstr("signed, but no attestation of Assay"));
  EXPECT_THAT(WhyNot(*SignEnvelope(kStatementPayloadType, R"({"_type": "a", "_type": "b"})", key)), HasSubstr("twice"));
}

TEST(Attestation, SummariesThatDoNotSayPassedAreNotTaken) {
  const SignedVerdict both = Signed(Decided());
  const auto with_predicate = [&](const char* member, Json value) {
    return WhyNot(SignedStatement(both.summary, [&](Json& s) {
      Json predicate = *s.Find("predicate");
      predicate.Set(member, value);
      s.Set("predicate", predicate);
    }));
  };
  EXPECT_EQ(with_predicate("slsaVersion", "1.1"), "");
  EXPECT_THAT(with_predicate("verificationResult", "FAILED"), HasSubstr("its result is \"FAILED\""));
  EXPECT_THAT(with_predicate("verifier", Json::Of({{"id", "https://example.com"}})), HasSubstr("its verifier is"));
  EXPECT_THAT(with_predicate("verifiedLevels", Json::Array{}), HasSubstr("lack ASSAY_GATE_PASSED"));
  EXPECT_THAT(with_predicate("verifiedLevels", Json::Array{Json("FAILED")}), HasSubstr("lack ASSAY_GATE_PASSED"));
  EXPECT_THAT(with_predicate("timeVerified", "today"), HasSubstr("\"timeVerified\" is no time"));
  EXPECT_THAT(with_predicate("policy", Json::Of({{"uri", "x"}})), HasSubstr("\"policy.digest.sha256\" is no text"));
}

TEST(Attestation, NothingIsReadBeforeTheSignatureHolds) {
  const std::string text =
      R"({"payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": [{"sig": "AAAA"}]})";
  EXPECT_THAT(WhyNot(text), HasSubstr("the signature does not hold"));
}

}  // namespace
}  // namespace assay
