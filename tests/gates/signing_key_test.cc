#include "gates/signing_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base64.h"
#include "tests/testing/signing_keys.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using namespace testing;  // the keys

std::string WhyNoSigningKey(std::string_view pem) {
  const auto key = SigningKey::FromPem(pem);
  return key ? "" : key.error().message;
}
std::string WhyNoPublicKey(std::string_view pem) {
  const auto key = PublicKey::FromPem(pem);
  return key ? "" : key.error().message;
}

struct Pair {
  std::string_view key, public_key, algorithm;
};
constexpr Pair kPairs[] = {{kEd25519Key, kEd25519Public, "Ed25519"},
                           {kP256Key, kP256Public, "ECDSA P-256"},
                           {kP256Sec1Key, kP256Public, "ECDSA P-256"}};

TEST(SigningKey, WhatItSignsItsPublicHalfVerifies) {
  for (const Pair& pair : kPairs) {
    const auto key = SigningKey::FromPem(pair.key);
    const auto public_key = PublicKey::FromPem(pair.public_key);
    ASSERT_TRUE(key && public_key);
    EXPECT_EQ(public_key->algorithm(), pair.algorithm);
    EXPECT_EQ(key->public_key().id(), public_key->id());
    EXPECT_EQ(key->public_key().ToPem(), pair.public_key);
    EXPECT_THAT(public_key->id(), ::testing::MatchesRegex("sha256:[0-9a-f]{64}"));
    for (const std::string_view message : {"", "a", "a longer message"}) {
      const auto signature = key->Sign(message);
      ASSERT_TRUE(signature);
      EXPECT_TRUE(public_key->Verifies(message, *signature));
      EXPECT_FALSE(public_key->Verifies(std::string(message) + "b", *signature));
      EXPECT_FALSE(PublicKey::FromPem(kOtherEd25519Public)->Verifies(message, *signature));
      EXPECT_FALSE(public_key->Verifies(message, *signature + "x")) << "nothing may follow a signature";
      for (std::size_t i = 0; i < signature->size(); ++i) {
        std::string changed = *signature;
        changed[i] ^= 1;
        EXPECT_FALSE(public_key->Verifies(message, changed)) << i;
        EXPECT_FALSE(public_key->Verifies(message, signature->substr(0, i))) << i;
      }
    }
  }
}

// RFC 8032, section 7.1, test 2: the key of 4ccd089b…, whose message is the byte 72.
TEST(SigningKey, Ed25519IsThatOfTheStandard) {
  const auto key = SigningKey::FromPem(
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
      "-----END PRIVATE KEY-----\n");
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(ToBase64(*key->Sign("\x72")),
            "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==");
}

TEST(SigningKey, ZerosAreNoSignature) {
  for (const Pair& pair : kPairs) {
    const auto key = PublicKey::FromPem(pair.public_key);
    for (const std::size_t size : {0, 1, 63, 64, 65, 72, 1000}) {
      EXPECT_FALSE(key->Verifies("m", std::string(size, '\0'))) << size;
      EXPECT_FALSE(key->Verifies("m", std::string(size, '\xff'))) << size;
    }
  }
}

TEST(SigningKey, OthersAreRefusedAndTheReasonSaysWhatTheyAre) {
  EXPECT_EQ(WhyNoSigningKey(kP384Key), "a key on the curve secp384r1; verdicts are signed with Ed25519 or ECDSA P-256");
  EXPECT_EQ(WhyNoSigningKey(kRsaKey), "a key of type RSA; verdicts are signed with Ed25519 or ECDSA P-256");
  EXPECT_THAT(WhyNoSigningKey(kEncryptedKey), HasSubstr("the key is encrypted"));
  EXPECT_THAT(WhyNoSigningKey(kEncryptedSec1Key), HasSubstr("the key is encrypted"));
  EXPECT_THAT(WhyNoSigningKey(kEd25519Public), HasSubstr("no private key but a \"PUBLIC KEY\""));
  EXPECT_THAT(WhyNoSigningKey(""), HasSubstr("no private key but no PEM text"));
  EXPECT_THAT(WhyNoSigningKey("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
              HasSubstr("no private key but a \"PRIVATE KEY\""));
  EXPECT_THAT(WhyNoSigningKey(std::string(1 << 20, '-')), HasSubstr("longer than 65536 bytes"));

  EXPECT_THAT(WhyNoPublicKey(kP384Public), HasSubstr("a key on the curve secp384r1"));
  EXPECT_THAT(WhyNoPublicKey(kRsaPublic), HasSubstr("a key of type RSA"));
  EXPECT_THAT(WhyNoPublicKey(kEd25519Key), HasSubstr("no public key but a \"PRIVATE KEY\""));
  EXPECT_THAT(WhyNoPublicKey("-----BEGIN CERTIFICATE-----\n"), HasSubstr("no public key but a \"CERTIFICATE\""));
  EXPECT_THAT(WhyNoPublicKey("{}"), HasSubstr("no public key but no PEM text"));
  EXPECT_THAT(WhyNoPublicKey(std::string(1 << 20, '-')), HasSubstr("longer than 65536 bytes"));
}

}  // namespace
}  // namespace assay
