#pragma once
// DSSE envelopes (secure-systems-lab/dsse, protocol 1): a payload with its type and signatures over both.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "gates/signing_key.h"

namespace assay {

// What is signed: "DSSEv1", the lengths and the bytes of type and payload.
std::string PreAuthenticationEncoding(std::string_view payload_type, std::string_view payload);

struct Envelope {
  static constexpr std::size_t kMaxBytes = 64u << 20;  // of its text
  static constexpr std::size_t kMaxSignatures = 64;

  struct Signature {
    std::string key_id;  // unsigned: for messages only
    std::string bytes;
  };
  std::string payload_type;
  std::string payload;
  std::vector<Signature> signatures;  // at least one
};

// Nothing of it is true before CheckSignatures has said so. Base64 of either alphabet; members that DSSE does not know
// are passed over. kInvalidArgument names what is wrong.
Result<Envelope> ParseEnvelope(std::string_view text);

// The key of `keys` that has signed the envelope, whatever its signatures say of their keys. kFailedPrecondition when
// none has.
Result<std::size_t> CheckSignatures(const Envelope& envelope, std::span<const PublicKey> keys);

// An envelope with one signature, as one line of JSON.
Result<std::string> SignEnvelope(std::string_view payload_type, std::string_view payload, const SigningKey& key);

}  // namespace assay
