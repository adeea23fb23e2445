#include "gates/dsse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base64.h"
#include "core/json.h"
#include "tests/testing/signing_keys.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using namespace testing;  // the keys

std::string Sign(std::string_view type, std::string_view payload, std::string_view pem = kEd25519Key) {
  return *SignEnvelope(type, payload, *SigningKey::FromPem(pem));
}

// What is wrong, or "".
std::string Check(std::string_view text, std::initializer_list<std::string_view> pems = {kEd25519Public}) {
  const auto envelope = ParseEnvelope(text);
  if (!envelope) return envelope.error().message;
  std::vector<PublicKey> keys;
  for (const std::string_view pem : pems) keys.push_back(*PublicKey::FromPem(pem));
  const auto checked = CheckSignatures(*envelope, keys);
  return checked ? "" : checked.error().message;
}

// protocol.md, "Test Vectors": the envelope as it is printed there, and its key by its private number.
TEST(Dsse, ExampleOfTheProtocolVerifies) {
  constexpr std::string_view kKey =
      "-----BEGIN PUBLIC "
      "KEY-----"
      "\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZ805D3eqNZywjCI19lInBJOp7YMrCrzAH3CVTAOQ0jgMeCvVTiaRJaRPRDOv8UMs6U4SvKc6pn"
      "rIDOoSYI3fdA==\n-----END PUBLIC KEY-----\n";
  const std::string envelope =
      R"({"payload": "aGVsbG8gd29ybGQ=", "payloadType": "http://example.com/HelloWorld", "signatures": [{"keyid": "66301bbf",
      "sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]})";
  EXPECT_EQ(Check(envelope, {kKey}), "");
  EXPECT_EQ(ParseEnvelope(envelope)->payload, "hello world");
  std::string changed = envelope;
  changed.replace(changed.find("66301bbf"), 8, "whoever1");
  EXPECT_EQ(Check(changed, {kKey}), "") << "whose key it says to be means nothing";
}

TEST(Dsse, LengthsAreOfBytesAndKeepPartsApart) {
  EXPECT_EQ(PreAuthenticationEncoding("", ""), "DSSEv1 0  0 ");
  EXPECT_EQ(PreAuthenticationEncoding("t\xc3\xa4", "a b"), "DSSEv1 3 t\xc3\xa4 3 a b");
  EXPECT_NE(PreAuthenticationEncoding("a", "b c"), PreAuthenticationEncoding("a b", "c"));
  EXPECT_EQ(PreAuthenticationEncoding("t", std::string_view("\0\n", 2)), std::string("DSSEv1 1 t 2 \0\n", 15));
}

TEST(Dsse, EveryKindOfKeyAndPayload) {
  const std::string big(3'000'000, 'x');
  for (const auto& [key, public_key] : {std::pair{kEd25519Key, kEd25519Public}, {kP256Key, kP256Public}}) {
    for (const std::string_view payload :
         {std::string_view(""), std::string_view("{}"), std::string_view("\0\xff", 2), std::string_view(big)}) {
      const std::string text = Sign("t", payload, key);
      EXPECT_EQ(Check(text, {public_key}), "");
      EXPECT_EQ(ParseEnvelope(text)->payload, payload);
      EXPECT_THAT(Check(text, {kOtherEd25519Public}), HasSubstr("the signature does not hold"));
    }
  }
}

TEST(Dsse, OneKeyOfSeveralIsEnoughAndIsNamed) {
  const auto envelope = ParseEnvelope(Sign("t", "p", kP256Key));
  const std::vector<PublicKey> keys = {*PublicKey::FromPem(kOtherEd25519Public), *PublicKey::FromPem(kP256Public)};
  EXPECT_EQ(CheckSignatures(*envelope, keys), 1u);
  EXPECT_FALSE(CheckSignatures(*envelope, {}));
}

TEST(Dsse, AnySignatureOfSeveralMayHold) {
  Json envelope = *Json::Parse(Sign("t", "p"));
  Json signatures = *envelope.Find("signatures");
  const Json good = signatures.as_array()[0];
  Json bad = good;
  bad.Set("sig", "AAAA");
  envelope.Set("signatures", Json::Array{bad, good});
  EXPECT_EQ(Check(envelope.Dump()), "");
  envelope.Set("signatures", Json::Array{bad, bad});
  EXPECT_NE(Check(envelope.Dump()), "");
  envelope.Set("signatures", Json::Array(64, good));
  EXPECT_EQ(Check(envelope.Dump()), "");
  envelope.Set("signatures", Json::Array(65, good));
  EXPECT_EQ(Check(envelope.Dump()), "no DSSE envelope: more than 64 signatures");
}

TEST(Dsse, BothAlphabetsAreReadInPayloadAndSignature) {
  const std::string payload = "\xfb\xef\xbe\xff\xff";
  for (const std::string_view key : {kEd25519Key, kP256Key}) {
    std::string text = Sign("t", payload, key);
    ASSERT_THAT(text, HasSubstr("+"));
    std::ranges::replace(text, '+', '-');
    const std::size_t slashes = text.find("t\"");  // no slash but in Base64
    ASSERT_NE(slashes, std::string::npos);
    std::ranges::replace(text, '/', '_');
    EXPECT_EQ(Check(text, {key == kP256Key ? kP256Public : kEd25519Public}), "");
    EXPECT_EQ(ParseEnvelope(text)->payload, payload);
  }
  EXPECT_THAT(Check(R"({"payloadType": "t", "payload": "-_+/", "signatures": [{"sig": ""}]})"),
              HasSubstr("\"payload\" is not Base64"));
}

TEST(Dsse, EveryChangedByteIsSeen) {
  for (const std::string_view key : {kEd25519Key, kP256Key}) {
    const std::string_view public_key = key == kP256Key ? kP256Public : kEd25519Public;
    const std::string text = Sign("application/x", R"({"state":"PASS"})", key);
    const std::size_t id = text.find("keyid");
    const std::size_t id_end = text.find("\",", id);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i >= id && i < id_end) continue;  // unsigned
      for (const int bit : {1, 2, 32}) {
        std::string changed = text;
        changed[i] = static_cast<char>(changed[i] ^ bit);
        const auto envelope = ParseEnvelope(changed);
        if (envelope && envelope->payload_type == "application/x" && envelope->payload == R"({"state":"PASS"})" &&
            envelope->signatures[0].bytes == ParseEnvelope(text)->signatures[0].bytes) {
          continue;  // another alphabet, the same bytes
        }
        EXPECT_NE(Check(changed, {public_key}), "") << i << ": " << changed;
      }
    }
    for (std::size_t i = 0; i < text.size(); ++i) EXPECT_NE(Check(text.substr(0, i), {public_key}), "") << i;
  }
}

TEST(Dsse, AnotherTypeIsAnotherMessage) {
  Json envelope = *Json::Parse(Sign("t", "p"));
  envelope.Set("payloadType", "u");
  EXPECT_THAT(Check(envelope.Dump()), HasSubstr("the signature does not hold"));
}

TEST(Dsse, WhatIsNoEnvelopeIsRefusedWithTheReason) {
  const std::string payload = R"("payloadType": "t", "payload": "cA==")";
  const std::pair<std::string, std::string> bad[] = {
      {"", "no DSSE envelope: "},
      {"[]", "no JSON object"},
      {"{}", "\"payloadType\" is missing"},
      {R"({"payloadType": "t"})", "\"payload\" is missing"},
      {R"({"payloadType": 1, "payload": ""})", "\"payloadType\" is no text"},
      {R"({"payloadType": "t", "payload": "c"})", "\"payload\" is not Base64"},
      {R"({"payloadType": "t", "payload": "cA =="})", "\"payload\" is not Base64"},
      {"{" + payload + "}", "\"signatures\" is no list"},
      {"{" + payload + R"(, "signatures": {}})", "\"signatures\" is no list"},
      {"{" + payload + R"(, "signatures": []})", "it has no signature"},
      {"{" + payload + R"(, "signatures": [1]})", "a signature is no object"},
      {"{" + payload + R"(, "signatures": [{}]})", "\"sig\" is missing"},
      {"{" + payload + R"(, "signatures": [{"sig": "%"}]})", "\"sig\" is not Base64"},
      {"{" + payload + R"(, "signatures": [{"sig": "", "keyid": 3}]})", "\"keyid\" is no text"},
      {"{" + payload + R"(, "payload": "cA==", "signatures": [{"sig": ""}]})", "the key \"payload\" is there twice"},
      {"{" + payload + R"(, "signatures": [{"sig": "", "sig": ""}]})", "the key \"sig\" is there twice"},
      {Sign("t", "p") + "{}", "no DSSE envelope: "},
      {std::string(1000, '['), "no DSSE envelope: "},
      {std::string(Envelope::kMaxBytes + 1, ' '), "longer than 64 MiB"},
  };
  for (const auto& [text, why] : bad) EXPECT_THAT(Check(text), HasSubstr(why)) << text.substr(0, 100);
  EXPECT_THAT(Check("{" + payload + R"(, "signatures": [{"sig": ""}]})"), HasSubstr("does not hold")) << "an empty one";
}

TEST(Dsse, UnknownMembersArePassedOver) {
  Json envelope = *Json::Parse(Sign("t", "p"));
  envelope.Set("extra", Json::Of({{"payload", "x"}}));
  EXPECT_EQ(Check(envelope.Dump()), "");
}

}  // namespace
}  // namespace assay
