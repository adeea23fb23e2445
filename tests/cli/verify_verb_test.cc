// assay verdict verify on files: no daemon is there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_line.h"
#include "core/digest.h"
#include "gates/attestation.h"
#include "tests/testing/program.h"
#include "tests/testing/signing_keys.h"

namespace assay {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class VerifyVerb : public ::testing::Test {
 protected:
  struct Printed {
    int exit_code = 0;
    std::string output;
    std::string errors;
  };

  VerifyVerb() {
    Verdict verdict;
    verdict.gate = "g";
    verdict.gate_version = ContentVersion("gate");
    verdict.candidate = {"bot", "1.2", ContentVersion("bot")};
    verdict.state = VerdictState::kPass;
    verdict.reason = "every rule holds";
    verdict.decided_at = *ParseTime("2026-11-24T15:47:45Z");
    verdict.origin = {.verdict = "v2",
                      .check = "c2",
                      .project = "default",
                      .sequence = 2,
                      .predecessor = ContentVersion("before"),
                      .version = "0.1.0",
                      .build = "12ab"};
    const SignedVerdict both = *SignVerdict(verdict, *SigningKey::FromPem(testing::kEd25519Key));
    envelope_ = both.envelope;
    verdict_ = files_.Write("verdict.json", both.envelope).string();
    summary_ = files_.Write("summary.json", both.summary + "\n").string();
    verdict.state = VerdictState::kFail;
    failed_ = files_.Write("failed.json", SignVerdict(verdict, *SigningKey::FromPem(testing::kEd25519Key))->envelope);
    verdict.state = VerdictState::kPass;
    verdict.attempt = 3;
    verdict.baseline = {"weak", "1", ContentVersion("weak")};
    verdict.is_baseline_given = true;
    verdict.warnings = {"compared with weak@1, which the check named; the gate's own baseline is bot@1.1"};
    const SignedVerdict given = *SignVerdict(verdict, *SigningKey::FromPem(testing::kEd25519Key));
    EXPECT_EQ(given.summary, "") << "its policy is not the gate's";
    given_ = files_.Write("given.json", given.envelope);
    verdict.is_baseline_given = false;
    verdict.warnings.clear();
    own_ = files_.Write("own.json", SignVerdict(verdict, *SigningKey::FromPem(testing::kEd25519Key))->envelope);
    verdict.is_baseline_given.reset();
    old_ = files_.Write("old.json", SignVerdict(verdict, *SigningKey::FromPem(testing::kEd25519Key))->envelope);
    key_ = files_.Write("key.pem", std::string(testing::kEd25519Public)).string();
    other_key_ = files_.Write("other.pem", std::string(testing::kP256Public)).string();
    private_key_ = files_.Write("private.pem", std::string(testing::kEd25519Key)).string();
  }

  Printed Verify(std::vector<std::string> arguments) {
    std::vector<const char*> argv = {"assay", "verdict", "verify"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Printed printed;
    printed.exit_code = RunCommandLine(static_cast<int>(argv.size()), argv.data());
    printed.output = ::testing::internal::GetCapturedStdout();
    printed.errors = ::testing::internal::GetCapturedStderr();
    return printed;
  }

  testing::TemporaryFolder files_;
  std::string envelope_, verdict_, summary_, failed_, given_, own_, old_, key_, other_key_, private_key_;
};

TEST_F(VerifyVerb, PrintsWhatTheFileAttests) {
  const Printed printed = Verify({verdict_, "--key", key_});
  EXPECT_EQ(printed.exit_code, 0) << printed.errors;
  EXPECT_EQ(printed.output,
            "signature    valid, Ed25519, key " + PublicKey::FromPem(testing::kEd25519Public)->id() +
                "\nattests      a verdict\ngate         g (" + ContentVersion("gate") +
                "), project default\ncandidate    bot@1.2 (" + ContentVersion("bot") +
                ")\nstate        PASS\nreason       every rule holds\ndecided      2026-11-24T15:47:45.000000Z\n"
                "verdict      v2, number 2 of its gate\ndocument     " +
                std::get<AttestedVerdict>(
                    VerifyAttestation(envelope_, std::vector{*PublicKey::FromPem(testing::kEd25519Public)})->content)
                    .document_hash +
                "\npredecessor  " + ContentVersion("before") + "\nmade by      assayd 0.1.0, build 12ab\n");
  EXPECT_EQ(Verify({verdict_, "--key", other_key_, "--key", key_}).exit_code, 0) << "any of the keys";
}

TEST_F(VerifyVerb, PrintsJson) {
  const Printed printed = Verify({verdict_, "--key", key_, "--output", "json"});
  EXPECT_EQ(printed.exit_code, 0);
  const Json json = Json::Parse(printed.output).value_or(Json(Json::Object{}));
  EXPECT_EQ(*json.Find("valid"), Json(true));
  EXPECT_EQ(*json.Find("state"), Json("PASS"));
  EXPECT_EQ(*json.Find("candidate"), Json("bot@1.2"));
  EXPECT_EQ(*json.Find("sequence"), Json(2));
  EXPECT_EQ(*json.Find("predecessor"), Json(ContentVersion("before")));
  const Printed refused = Verify({verdict_, "--key", other_key_, "--output", "json"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(*Json::Parse(refused.output)->Find("valid"), Json(false));
}

TEST_F(VerifyVerb, SummaryIsReadToo) {
  const Printed printed = Verify({summary_, "--key", key_, "--gate", "g", "--candidate", "bot@1.2", "--state", "PASS"});
  EXPECT_EQ(printed.exit_code, 0) << printed.errors;
  EXPECT_THAT(printed.output, AllOf(HasSubstr("attests      a SLSA verification summary"),
                                    HasSubstr("policy       urn:assay:gate:default:g"), HasSubstr("bot@1.2")));
}

TEST_F(VerifyVerb, WhatDoesNotHoldIsExitCodeOneWithTheReason) {
  const auto refused = [&](std::vector<std::string> arguments) {
    const Printed printed = Verify(std::move(arguments));
    EXPECT_EQ(printed.exit_code, 1);
    EXPECT_EQ(printed.output, "");
    return printed.errors;
  };
  EXPECT_THAT(refused({verdict_, "--key", other_key_}), HasSubstr("the signature does not hold"));
  std::string tampered = envelope_;
  tampered[tampered.find("\"payload\":") + 40] ^= 1;
  EXPECT_THAT(refused({files_.Write("tampered.json", tampered), "--key", key_}), HasSubstr("does not hold"));
  EXPECT_THAT(refused({files_.Write("cut.json", envelope_.substr(0, 500)), "--key", key_}),
              HasSubstr("no DSSE envelope"));
  EXPECT_THAT(refused({files_.Write("empty.json", ""), "--key", key_}), HasSubstr("no DSSE envelope"));
  const std::string other = *SignEnvelope("text/plain", "PASS", *SigningKey::FromPem(testing::kEd25519Key));
  EXPECT_THAT(refused({files_.Write("other.json", other), "--key", key_}), HasSubstr("of type \"text/plain\""));
}

// A signature says that the daemon gave this verdict, not that it is a PASS.
TEST_F(VerifyVerb, WhatAScriptAsksForMustBeWhatItAttests) {
  EXPECT_EQ(Verify({failed_, "--key", key_}).exit_code, 0);
  const Printed failed = Verify({failed_, "--key", key_, "--state", "PASS"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.errors, HasSubstr("it attests state FAIL, not PASS"));
  EXPECT_EQ(Verify({verdict_, "--key", key_, "--state", "PASS", "--gate", "g", "--candidate", "bot@1.2"}).exit_code, 0);
  EXPECT_EQ(Verify({verdict_, "--key", key_, "--candidate", ContentVersion("bot")}).exit_code, 0);
  EXPECT_EQ(Verify({verdict_, "--key", key_, "--candidate", "bot@1.3"}).exit_code, 1);
  EXPECT_EQ(Verify({verdict_, "--key", key_, "--gate", "h"}).exit_code, 1);
  EXPECT_EQ(Verify({summary_, "--key", key_, "--gate", "h"}).exit_code, 1);
  EXPECT_EQ(Verify({summary_, "--key", key_, "--state", "FAIL"}).exit_code, 1);
}

TEST_F(VerifyVerb, AGateMayBeNamedByItsVersion) {
  EXPECT_EQ(Verify({verdict_, "--key", key_, "--gate", ContentVersion("gate")}).exit_code, 0);
  EXPECT_EQ(Verify({summary_, "--key", key_, "--gate", ContentVersion("gate")}).exit_code, 0);
  EXPECT_THAT(Verify({verdict_, "--key", key_, "--gate", ContentVersion("edited")}).errors,
              HasSubstr("it attests gate g (" + ContentVersion("gate") + "), not " + ContentVersion("edited")));
}

// Whoever may make projects could try one after the other.
TEST_F(VerifyVerb, WhatIsClaimedIsClaimedOfTheProject) {
  for (const std::string& file : {verdict_, summary_}) {
    EXPECT_EQ(Verify({file, "--key", key_, "--gate", "g", "--project", "default"}).exit_code, 0);
    for (const char* claim : {"--gate=g", "--candidate=bot@1.2", "--state=PASS"}) {
      const Printed other = Verify({file, "--key", key_, claim, "--project", "elsewhere"});
      EXPECT_EQ(other.exit_code, 1) << claim;
      EXPECT_THAT(other.errors, HasSubstr("it attests project default, not elsewhere"));
    }
    EXPECT_EQ(Verify({file, "--key", key_, "--project", "elsewhere"}).exit_code, 0) << "nothing is claimed";
  }
}

TEST_F(VerifyVerb, APassOnABaselineThatWasNamedIsNoneOfTheGate) {
  const Printed shown = Verify({given_, "--key", key_});
  EXPECT_EQ(shown.exit_code, 0);
  EXPECT_THAT(shown.output, AllOf(HasSubstr("\nbaseline     weak@1 (" + ContentVersion("weak") +
                                            "), named by who asked, in place of the gate's own\n"),
                                  HasSubstr("\nattempt      3\n"),
                                  HasSubstr("\nwarning      compared with weak@1, which the check named")));
  const Json json = *Json::Parse(Verify({given_, "--key", key_, "--output", "json"}).output);
  EXPECT_EQ(*json.Find("baseline"), Json("weak@1"));
  EXPECT_EQ(*json.Find("baseline_given"), Json(true));
  EXPECT_EQ(*json.Find("attempt"), Json(3));
  EXPECT_EQ(json.Find("warnings")->as_array().size(), 1u);
  const Printed refused = Verify({given_, "--key", key_, "--state", "PASS"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("its candidate was compared with weak@1, which who asked has named in place of "
                                        "the gate's own baseline; --baseline weak@1 accepts that"));
  EXPECT_EQ(Verify({given_, "--key", key_, "--state", "PASS", "--baseline", "weak@1"}).exit_code, 0);
  EXPECT_THAT(Verify({given_, "--key", key_, "--baseline", "bot@1.1"}).errors, HasSubstr("it attests baseline weak@1"));
  EXPECT_THAT(Verify({verdict_, "--key", key_, "--baseline", "bot@1.1"}).errors, HasSubstr("it attests no baseline"));
}

// Documents of versions that did not say whose baseline it is could be of either.
TEST_F(VerifyVerb, APassOfWhichNobodyCanTellWhoNamedTheBaselineIsRefused) {
  EXPECT_EQ(Verify({own_, "--key", key_, "--state", "PASS"}).exit_code, 0);
  EXPECT_EQ(*Json::Parse(Verify({own_, "--key", key_, "--output", "json"}).output)->Find("baseline_given"),
            Json(false));
  const Printed shown = Verify({old_, "--key", key_});
  EXPECT_EQ(shown.exit_code, 0) << "nothing is claimed of it";
  EXPECT_THAT(shown.output, HasSubstr("\nbaseline     weak@1 (" + ContentVersion("weak") +
                                      "), which the gate or who asked has named: its assayd did not say\n"));
  EXPECT_EQ(*Json::Parse(Verify({old_, "--key", key_, "--output", "json"}).output)->Find("baseline_given"), Json());
  const Printed refused = Verify({old_, "--key", key_, "--state", "PASS"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors,
              HasSubstr("its candidate was compared with weak@1: the version of assayd that made this document did not "
                        "say whether that is the gate's own baseline, or was named by who asked; --baseline weak@1 "
                        "accepts that"));
  EXPECT_EQ(Verify({old_, "--key", key_, "--state", "PASS", "--baseline", "weak@1"}).exit_code, 0);
  EXPECT_EQ(Verify({old_, "--key", key_, "--gate", "g", "--candidate", "bot@1.2"}).exit_code, 0);
}

TEST_F(VerifyVerb, TextOfOthersStaysOnItsLine) {
  Verdict verdict =
      std::get<AttestedVerdict>(
          VerifyAttestation(envelope_, std::vector{*PublicKey::FromPem(testing::kEd25519Public)})->content)
          .verdict;
  verdict.state = VerdictState::kError;
  verdict.decision.reset();
  verdict.reason = "endpoint said: \nstate        PASS\x1b[2A";
  const SignedVerdict signed_verdict = *SignVerdict(verdict, *SigningKey::FromPem(testing::kEd25519Key));
  const Printed printed = Verify({files_.Write("hostile.json", signed_verdict.envelope), "--key", key_});
  EXPECT_EQ(printed.exit_code, 0);
  EXPECT_THAT(printed.output, HasSubstr("\nstate        ERROR\nreason       endpoint said: state PASS"));
  EXPECT_EQ(printed.output.find("\nstate        PASS"), std::string::npos);
  EXPECT_EQ(printed.output.find('\x1b'), std::string::npos);
}

TEST_F(VerifyVerb, WrongUseIsExitCode64) {
  const auto message = [&](std::vector<std::string> arguments) {
    const Printed printed = Verify(std::move(arguments));
    EXPECT_EQ(printed.exit_code, 64);
    return printed.errors;
  };
  EXPECT_THAT(message({}), HasSubstr("give FILE, --chain GATE, or both"));
  EXPECT_THAT(message({verdict_}), HasSubstr("give --key PUBLIC.pem"));
  EXPECT_THAT(message({verdict_, "--key", private_key_}), HasSubstr("no public key but a \"PRIVATE KEY\""));
  EXPECT_THAT(message({verdict_, "--key", verdict_}), HasSubstr("no public key but no PEM text"));
  EXPECT_THAT(message({verdict_, "--key", key_ + ".absent"}), HasSubstr("key.pem.absent"));
  EXPECT_THAT(message({verdict_ + ".absent", "--key", key_}), HasSubstr("verdict.json.absent"));
  EXPECT_THAT(message({verdict_, "--key", key_, "--state", "OK"}), HasSubstr("--state"));
  EXPECT_THAT(message({verdict_, "--key", key_, "--newest"}), HasSubstr("--newest needs FILE and --chain GATE"));
  // A variable of a script that is not set.
  for (const char* option : {"--gate", "--candidate", "--baseline", "--chain", "--state"}) {
    EXPECT_THAT(message({verdict_, "--key", key_, option, ""}), HasSubstr(option));
  }
  EXPECT_THAT(message({verdict_, "--key", key_, "--gate", ""}), HasSubstr("is empty: nothing would be checked"));
}

}  // namespace
}  // namespace assay
