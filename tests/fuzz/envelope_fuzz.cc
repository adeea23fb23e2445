// Signed envelopes and the statements in them: nothing holds without the key's signature, and what is in a signed one
// is read or refused with a reason. The input is an envelope, and also a payload that the right key signs.

#include "gates/attestation.h"

#include "tests/fuzz/invariant.h"
#include "tests/testing/signing_keys.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace assay;
  using assay::fuzz::Require;
  static const SigningKey key = *SigningKey::FromPem(assay::testing::kEd25519Key);
  static const std::vector<PublicKey> keys = {key.public_key()};
  const std::string_view input = assay::fuzz::TextOf(data, size);

  if (const Result<Envelope> envelope = ParseEnvelope(input)) {
    Require(!envelope->signatures.empty(), "an envelope has a signature");
    Require(envelope->signatures.size() <= Envelope::kMaxSignatures, "and not too many");
    Require(!VerifyAttestation(input, {}), "no key, no attestation");
  } else {
    Require(envelope.error().message.starts_with("no DSSE envelope: "), "the error says what is wrong");
  }

  const Result<std::string> text = SignEnvelope(kStatementPayloadType, input, key);
  Require(text.has_value(), "anything can be signed");
  const Result<Envelope> read = ParseEnvelope(*text);
  Require(read && read->payload == input && read->payload_type == kStatementPayloadType, "and is read as it was");
  const Result<Attestation> attestation = VerifyAttestation(*text, keys);
  if (!attestation) {
    Require(attestation.error().message.starts_with("signed, but no attestation of Assay: "), "the reason is given");
    return 0;
  }
  if (const auto* attested = std::get_if<AttestedVerdict>(&attestation->content)) {
    Require(IsFinal(attested->verdict.state), "a verdict is not pending");
    Require(attested->verdict.origin.has_value(), "and has its place");
    const Result<Json> document = Json::Parse(attested->document);
    Require(document && document->DumpCanonical() == attested->document, "its document is canonical");
  }
  return 0;
}
