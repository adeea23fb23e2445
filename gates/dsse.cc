#include "gates/dsse.h"

#include "core/base64.h"
#include "core/json.h"

namespace assay {
namespace {

std::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, "no DSSE envelope: " + std::string(what));
}

Result<std::string> TextMember(const Json& object, const char* key) {
  const Json* member = object.Find(key);
  if (member == nullptr) return Malformed("\"" + std::string(key) + "\" is missing");
  if (!member->is_string()) return Malformed("\"" + std::string(key) + "\" is no text");
  return member->as_string();
}

Result<std::string> BytesMember(const Json& object, const char* key) {
  ASSAY_ASSIGN(const std::string text, TextMember(object, key));
  std::optional<std::string> bytes = FromEitherBase64(text);
  if (!bytes) return Malformed("\"" + std::string(key) + "\" is not Base64");
  return *std::move(bytes);
}

Result<Envelope::Signature> ReadSignature(const Json& object) {
  if (!object.is_object()) return Malformed("a signature is no object");
  Envelope::Signature signature;
  ASSAY_ASSIGN(signature.bytes, BytesMember(object, "sig"));
  if (object.Find("keyid") != nullptr) {
    ASSAY_ASSIGN(signature.key_id, TextMember(object, "keyid"));
  }
  return signature;
}

}  // namespace

std::string PreAuthenticationEncoding(std::string_view payload_type, std::string_view payload) {
  std::string text = "DSSEv1 " + std::to_string(payload_type.size()) + " ";
  text.reserve(text.size() + payload_type.size() + payload.size() + 24);
  text += payload_type;
  text += " " + std::to_string(payload.size()) + " ";
  text += payload;
  return text;
}

Result<Envelope> ParseEnvelope(std::string_view text) {
  if (text.size() > Envelope::kMaxBytes) {
    return Malformed("longer than " + std::to_string(Envelope::kMaxBytes >> 20) + " MiB");
  }
  const Result<Json> json = Json::Parse(text, Json::kMaxDepth, RepeatedKeys::kRefuse);
  if (!json) return Malformed(json.error().message);
  if (!json->is_object()) return Malformed("no JSON object");
  Envelope envelope;
  ASSAY_ASSIGN(envelope.payload_type, TextMember(*json, "payloadType"));
  ASSAY_ASSIGN(envelope.payload, BytesMember(*json, "payload"));
  const Json* signatures = json->Find("signatures");
  if (signatures == nullptr || !signatures->is_array()) return Malformed("\"signatures\" is no list");
  if (signatures->as_array().empty()) return Malformed("it has no signature");
  if (signatures->as_array().size() > Envelope::kMaxSignatures) {
    return Malformed("more than " + std::to_string(Envelope::kMaxSignatures) + " signatures");
  }
  for (const Json& one : signatures->as_array()) {
    ASSAY_ASSIGN(Envelope::Signature signature, ReadSignature(one));
    envelope.signatures.push_back(std::move(signature));
  }
  return envelope;
}

Result<std::size_t> CheckSignatures(const Envelope& envelope, std::span<const PublicKey> keys) {
  const std::string message = PreAuthenticationEncoding(envelope.payload_type, envelope.payload);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (const Envelope::Signature& signature : envelope.signatures) {
      if (keys[i].Verifies(message, signature.bytes)) return i;
    }
  }
  return Fail(ErrorCode::kFailedPrecondition,
              "the signature does not hold: the content was changed, or another key has signed it");
}

Result<std::string> SignEnvelope(std::string_view payload_type, std::string_view payload, const SigningKey& key) {
  ASSAY_ASSIGN(const std::string signature, key.Sign(PreAuthenticationEncoding(payload_type, payload)));
  const Json signatures(Json::Array{Json::Of({{"keyid", key.public_key().id()}, {"sig", ToBase64(signature)}})});
  return Json::Of({{"payloadType", payload_type}, {"payload", ToBase64(payload)}, {"signatures", signatures}}).Dump();
}

}  // namespace assay
