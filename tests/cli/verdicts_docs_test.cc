// The worked examples of docs/verdicts.md hold: what is signed here is checked there by openssl and by Python alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/digest.h"
#include "core/file.h"
#include "gates/attestation.h"
#include "tests/testing/program.h"
#include "tests/testing/signing_keys.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// The fenced block behind the marker for `interpreter`.
std::string ExampleFor(const std::string& interpreter) {
  const std::string page = ReadFile(ASSAY_SOURCE_DIR "/docs/verdicts.md").value_or("");
  const std::size_t marker = page.find("<!-- run: " + interpreter + " -->");
  if (marker == std::string::npos) return "";
  const std::size_t begin = page.find('\n', page.find("```", marker)) + 1;
  return page.substr(begin, page.find("```", begin) - begin);
}

class VerdictsPage : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    const bool is_p256 = GetParam();
    verdict_.gate = "support-release";
    verdict_.gate_version = ContentVersion("gate");
    verdict_.candidate = {"bot", "1", ContentVersion("bot")};
    verdict_.state = VerdictState::kFail;
    verdict_.reason = "\"quoted\" \xc3\xbc \\ \n and \"payload\":\"x\"";
    verdict_.origin = {.verdict = "v", .check = "c", .project = "default", .sequence = 1, .version = "0.1.0"};
    const SigningKey key = *SigningKey::FromPem(is_p256 ? testing::kP256Key : testing::kEd25519Key);
    files_.Write("assay.pub.pem", key.public_key().ToPem());
    envelope_ = SignVerdict(verdict_, key)->envelope;
    files_.Write("verdict.json", envelope_);
  }
  testing::ProgramEnd Run(const std::string& interpreter) {
    files_.Write("example", ExampleFor(interpreter));
    return testing::RunProgram("/bin/sh",
                               {"-c", "cd '" + files_.path().string() + "' && exec " + interpreter + " example"});
  }
  // One bit of the payload.
  void Tamper() {
    std::string changed = envelope_;
    changed[changed.find("\"payload\":\"") + 60] ^= 1;
    files_.Write("verdict.json", changed);
  }

  testing::TemporaryFolder files_;
  Verdict verdict_;
  std::string envelope_;
};

TEST_P(VerdictsPage, OpensslChecksWhatIsSigned) {
  if (testing::RunProgram("/bin/sh", {"-c", "command -v openssl base64 sed"}).exit_code != 0) {
    GTEST_SKIP() << "openssl, base64 or sed is not installed";
  }
  const testing::ProgramEnd end = Run("sh");
  EXPECT_EQ(end.exit_code, 0) << end.output << end.errors;
  EXPECT_THAT(end.output, HasSubstr("Verified"));
  EXPECT_EQ(ReadFile(files_.path() / "payload.json").value_or(""), ParseEnvelope(envelope_)->payload);
  Tamper();
  EXPECT_NE(Run("sh").exit_code, 0);
}

TEST_P(VerdictsPage, PythonChecksWhatIsSigned) {
  if (testing::RunProgram("/bin/sh", {"-c", "python3 -c 'import cryptography'"}).exit_code != 0) {
    GTEST_SKIP() << "Python's package cryptography is not installed";
  }
  const testing::ProgramEnd end = Run("python3");
  EXPECT_EQ(end.exit_code, 0) << end.errors;
  EXPECT_EQ(end.output,
            "support-release FAIL " + Sha256Hex("bot") + "\n" + ContentVersion(CanonicalDocument(verdict_)) + "\n");
  Tamper();
  const testing::ProgramEnd tampered = Run("python3");
  EXPECT_NE(tampered.exit_code, 0);
  EXPECT_THAT(tampered.output, Not(HasSubstr("FAIL")));
}

INSTANTIATE_TEST_SUITE_P(BothKeys, VerdictsPage, ::testing::Bool(),
                         [](const auto& instance) { return instance.param ? "EcdsaP256" : "Ed25519"; });

}  // namespace
}  // namespace assay
