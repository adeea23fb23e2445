#include "gates/attestation.h"

#include "core/digest.h"

namespace assay {
namespace {

constexpr std::string_view kStatementType = "https://in-toto.io/Statement/v1";
constexpr std::string_view kSlsaVersion = "1.0";
constexpr std::string_view kSha256Prefix = "sha256:";
constexpr std::size_t kSha256Digits = 64;

// The digits of "sha256:…", or "" when that is not what it is.
std::string_view DigitsOf(std::string_view version) {
  if (!version.starts_with(kSha256Prefix)) return "";
  version.remove_prefix(kSha256Prefix.size());
  const bool is_hex = version.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return is_hex && version.size() == kSha256Digits ? version : "";
}

// RFC 3986: what is not unreserved is percent-encoded.
std::string Encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return encoded;
}

std::string ModelUri(const Verdict& verdict) {
  return "urn:assay:model:" + Encoded(verdict.origin->project) + ":" + Encoded(verdict.candidate.name) + ":" +
         Encoded(verdict.candidate.version);
}

Json Sha256Set(std::string_view digits) { return Json::Of({{"sha256", digits}}); }

std::string Statement(const Verdict& verdict, std::string_view predicate_type, Json predicate) {
  const Json subject = Json::Of({{"name", verdict.candidate.name + "@" + verdict.candidate.version},
                                 {"digest", Sha256Set(DigitsOf(verdict.candidate.content_version))}});
  return Json::Of({{"_type", kStatementType},
                   {"subject", Json(Json::Array{subject})},
                   {"predicateType", predicate_type},
                   {"predicate", std::move(predicate)}})
      .DumpCanonical();
}

std::string SummaryStatement(const Verdict& verdict, std::string_view envelope) {
  const Json policy =
      Json::Of({{"uri", "urn:assay:gate:" + Encoded(verdict.origin->project) + ":" + Encoded(verdict.gate)},
                {"digest", Sha256Set(DigitsOf(verdict.gate_version))}});
  const Json input = Json::Of(
      {{"uri", "urn:assay:verdict:" + Encoded(verdict.origin->verdict)}, {"digest", Sha256Set(Sha256Hex(envelope))}});
  return Statement(
      verdict, kSummaryPredicateType,
      Json::Of(
          {{"verifier", Json::Of({{"id", kVerifierId}, {"version", Json::Of({{"assayd", verdict.origin->version}})}})},
           {"timeVerified", FormatTime(verdict.decided_at)},
           {"resourceUri", ModelUri(verdict)},
           {"policy", policy},
           {"inputAttestations", Json(Json::Array{input})},
           {"verificationResult", "PASSED"},
           {"verifiedLevels", Json(Json::Array{Json(kPassedLevel)})},
           {"slsaVersion", kSlsaVersion}}));
}

std::unexpected<Error> Another(std::string what) {
  return Fail(ErrorCode::kFailedPrecondition, "signed, but no attestation of Assay: " + std::move(what));
}

const Json* At(const Json& json, std::initializer_list<std::string_view> path) {
  const Json* found = &json;
  for (const std::string_view key : path) {
    if (found != nullptr) found = found->Find(key);
  }
  return found;
}

Result<std::string> TextAt(const Json& json, std::initializer_list<std::string_view> path) {
  const Json* found = At(json, path);
  if (found != nullptr && found->is_string()) return found->as_string();
  std::string name;
  for (const std::string_view key : path) name += (name.empty() ? "" : ".") + std::string(key);
  return Another("\"" + name + "\" is no text");
}

Result<std::string> VersionAt(const Json& json, std::initializer_list<std::string_view> path) {
  ASSAY_ASSIGN(const std::string digits, TextAt(json, path));
  std::string version = std::string(kSha256Prefix) + digits;
  if (DigitsOf(version).empty()) return Another("\"" + digits.substr(0, 80) + "\" is no SHA-256");
  return version;
}

struct Subject {
  std::string name;
  std::string version;  // "sha256:…"
};

// One of several subjects would be claimed without having been judged.
Result<Subject> ReadSubject(const Json& statement) {
  const Json* list = statement.Find("subject");
  if (list == nullptr || !list->is_array() || list->as_array().size() != 1) return Another("it has not one subject");
  const Json& one = list->as_array()[0];
  Subject subject;
  ASSAY_ASSIGN(subject.name, TextAt(one, {"name"}));
  ASSAY_ASSIGN(subject.version, VersionAt(one, {"digest", "sha256"}));
  return subject;
}

Result<AttestedVerdict> ReadVerdict(const Json& predicate, const Subject& subject) {
  auto verdict = VerdictFromJson(predicate);
  if (!verdict) return Another(verdict.error().message);
  if (!verdict->origin) return Another("the verdict does not say where it stands in its gate's chain");
  if (!IsFinal(verdict->state)) return Another("the verdict is PENDING");
  if (verdict->candidate.content_version != subject.version)
    return Another("its subject is not the verdict's candidate");
  std::string document = predicate.DumpCanonical();
  std::string hash = ContentVersion(document);
  return AttestedVerdict{*std::move(verdict), std::move(hash), std::move(document)};
}

Result<std::vector<std::string>> ReadLevels(const Json& predicate) {
  std::vector<std::string> levels;
  const Json* list = predicate.Find("verifiedLevels");
  if (list == nullptr || !list->is_array()) return Another("\"verifiedLevels\" is no list");
  for (const Json& level : list->as_array()) {
    if (!level.is_string()) return Another("\"verifiedLevels\" is no list of texts");
    levels.push_back(level.as_string());
  }
  if (std::ranges::find(levels, kPassedLevel) == levels.end()) {
    return Another("its levels lack " + std::string(kPassedLevel));
  }
  return levels;
}

Result<AttestedSummary> ReadSummary(const Json& predicate, Subject subject) {
  AttestedSummary summary;
  summary.candidate = std::move(subject.name);
  summary.candidate_version = std::move(subject.version);
  ASSAY_ASSIGN(const std::string result, TextAt(predicate, {"verificationResult"}));
  if (result != "PASSED") return Another("its result is \"" + result.substr(0, 80) + "\"");
  ASSAY_ASSIGN(summary.verifier, TextAt(predicate, {"verifier", "id"}));
  if (summary.verifier != kVerifierId) return Another("its verifier is \"" + summary.verifier.substr(0, 80) + "\"");
  ASSAY_ASSIGN(summary.levels, ReadLevels(predicate));
  ASSAY_ASSIGN(summary.resource, TextAt(predicate, {"resourceUri"}));
  ASSAY_ASSIGN(summary.policy, TextAt(predicate, {"policy", "uri"}));
  ASSAY_ASSIGN(summary.policy_version, VersionAt(predicate, {"policy", "digest", "sha256"}));
  ASSAY_ASSIGN(const std::string verified, TextAt(predicate, {"timeVerified"}));
  const Result<Time> time = ParseTime(verified);
  if (!time) return Another("\"timeVerified\" is no time");
  summary.verified_at = *time;
  const Json* inputs = predicate.Find("inputAttestations");
  if (inputs == nullptr || !inputs->is_array()) return Another("\"inputAttestations\" is no list");
  for (const Json& input : inputs->as_array()) {
    ASSAY_ASSIGN(std::string version, VersionAt(input, {"digest", "sha256"}));
    summary.inputs.push_back(std::move(version));
  }
  return summary;
}

}  // namespace

std::string CanonicalDocument(const Verdict& verdict) { return ToJson(verdict).DumpCanonical(); }

bool MayBeSummarised(const Verdict& verdict) {
  return verdict.state == VerdictState::kPass && !verdict.is_baseline_given.value_or(false);
}

Result<SignedVerdict> SignVerdict(const Verdict& verdict, const SigningKey& key) {
  if (!verdict.origin) return Fail(ErrorCode::kFailedPrecondition, "the verdict has no place in a chain");
  for (const std::string* version : {&verdict.candidate.content_version, &verdict.gate_version}) {
    if (DigitsOf(*version).empty()) {
      return Fail(ErrorCode::kFailedPrecondition,
                  "\"" + *version + "\" is no content version; nothing can be attested of it");
    }
  }
  SignedVerdict signed_verdict;
  const std::string statement = Statement(verdict, kVerdictPredicateType, ToJson(verdict));
  ASSAY_ASSIGN(signed_verdict.envelope, SignEnvelope(kStatementPayloadType, statement, key));
  if (!MayBeSummarised(verdict)) return signed_verdict;
  const std::string summary = SummaryStatement(verdict, signed_verdict.envelope);
  ASSAY_ASSIGN(signed_verdict.summary, SignEnvelope(kStatementPayloadType, summary, key));
  return signed_verdict;
}

Result<Attestation> VerifyAttestation(std::string_view text, std::span<const PublicKey> keys) {
  ASSAY_ASSIGN(const Envelope envelope, ParseEnvelope(text));
  Attestation attestation;
  ASSAY_ASSIGN(attestation.key, CheckSignatures(envelope, keys));
  if (envelope.payload_type != kStatementPayloadType) {
    return Another("its payload is of type \"" + envelope.payload_type.substr(0, 80) + "\"");
  }
  const Result<Json> statement = Json::Parse(envelope.payload, Json::kMaxDepth, RepeatedKeys::kRefuse);
  if (!statement) return Another(statement.error().message);
  ASSAY_ASSIGN(const std::string type, TextAt(*statement, {"_type"}));
  if (type != kStatementType) return Another("its statement is of type \"" + type.substr(0, 80) + "\"");
  ASSAY_ASSIGN(const std::string predicate_type, TextAt(*statement, {"predicateType"}));
  ASSAY_ASSIGN(Subject subject, ReadSubject(*statement));
  const Json* predicate = statement->Find("predicate");
  if (predicate == nullptr || !predicate->is_object()) return Another("\"predicate\" is no object");
  if (predicate_type == kVerdictPredicateType) {
    ASSAY_ASSIGN(attestation.content, ReadVerdict(*predicate, subject));
  } else if (predicate_type == kSummaryPredicateType) {
    ASSAY_ASSIGN(attestation.content, ReadSummary(*predicate, std::move(subject)));
  } else {
    return Another("its predicate is of type \"" + predicate_type.substr(0, 80) + "\"");
  }
  return attestation;
}

}  // namespace assay
