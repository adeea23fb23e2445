// What is signed and how it is checked; and the signature of GitHub's webhooks, which is HMAC-SHA256.

#include "core/base64.h"
#include "core/digest.h"
#include "gates/dsse.h"
#include "gates/signing_key.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

// A decimal number as 32 bytes, the highest first.
std::string BigEndian(const std::string& decimal) {
  std::string bytes(32, '\0');
  for (const char digit : decimal) {
    unsigned carry = static_cast<unsigned>(digit - '0');
    for (std::size_t i = bytes.size(); i-- > 0;) {
      const unsigned value = static_cast<unsigned char>(bytes[i]) * 10u + carry;
      bytes[i] = static_cast<char>(value & 0xff);
      carry = value >> 8;
    }
  }
  return bytes;
}

// The point of a P-256 key as PEM: SubjectPublicKeyInfo with the algorithm's fixed beginning.
std::string PemOfPoint(const std::string& x, const std::string& y) {
  constexpr unsigned char kBeginning[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                          0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                          0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
  const std::string der =
      std::string(reinterpret_cast<const char*>(kBeginning), sizeof kBeginning) + BigEndian(x) + BigEndian(y);
  return "-----BEGIN PUBLIC KEY-----\n" + ToBase64(der) + "\n-----END PUBLIC KEY-----\n";
}

Numbers Pae(const Json& in) { return BytesOf(PreAuthenticationEncoding(TextIn(in, "type"), TextIn(in, "body"))); }

// Whether the signature holds, and whether the key is one: a point of the curve.
Numbers SignatureHolds(const Json& in) {
  const Result<PublicKey> key = PublicKey::FromPem(PemOfPoint(TextIn(in, "x"), TextIn(in, "y")));
  const std::optional<std::string> signature = FromEitherBase64(TextIn(in, "sig_b64"));
  const bool holds = key && signature && key->Verifies(TextIn(in, "pae"), *signature);
  return {holds ? 1.0 : 0.0, key ? 1.0 : 0.0};
}

Numbers WebhookSignature(const Json& in) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "sha256=";
  for (const char c : HmacSha256(TextIn(in, "secret"), TextIn(in, "payload"))) {
    const auto byte = static_cast<unsigned char>(c);
    text += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return BytesOf(text);
}

}  // namespace

MethodTable AttestationMethods() {
  return {
      {"dsse_pae", Pae}, {"dsse_signature_verify", SignatureHolds}, {"github_x_hub_signature_256", WebhookSignature}};
}

}  // namespace assay
