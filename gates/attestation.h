#pragma once
// Verdicts as attestations that others can check: in-toto Statements (v1) about the candidate in signed DSSE envelopes.
// The detailed one holds the verdict document; a SLSA Verification Summary (v1) exists of a PASS only.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/json.h"
#include "core/result.h"
#include "gates/dsse.h"
#include "gates/verdict.h"

namespace assay {

inline constexpr std::string_view kStatementPayloadType = "application/vnd.in-toto+json";
inline constexpr std::string_view kVerdictPredicateType = "urn:assay:verdict:v1";
inline constexpr std::string_view kSummaryPredicateType = "https://slsa.dev/verification_summary/v1";
inline constexpr std::string_view kVerifierId = "urn:assay:assayd";
inline constexpr std::string_view kPassedLevel = "ASSAY_GATE_PASSED";

// The bytes that are stored, hashed and signed: the verdict document as RFC 8785 JSON.
std::string CanonicalDocument(const Verdict& verdict);

// Whether a SLSA summary, which says PASSED of the gate as its policy, may be given for it. Whatever else lets a
// candidate ship, be it a waiver, is no such verdict; nor is a comparison with another baseline than the gate's own.
bool MayBeSummarised(const Verdict& verdict);

struct SignedVerdict {
  std::string envelope;
  std::string summary;  // likewise an envelope; "" unless MayBeSummarised
};
// The verdict has its origin. kFailedPrecondition when it has none, or its candidate no SHA-256.
Result<SignedVerdict> SignVerdict(const Verdict& verdict, const SigningKey& key);

struct AttestedVerdict {
  Verdict verdict;            // has its origin
  std::string document_hash;  // ContentVersion of the predicate, by which its successor names it
  std::string document;       // RFC 8785 JSON
};
struct AttestedSummary {
  std::string candidate;          // the subject's name, "M@V"
  std::string candidate_version;  // "sha256:…"
  std::string resource;           // URI
  std::string policy;             // URI
  std::string policy_version;     // "sha256:…"; "" when it is not named
  std::string verifier;           // URI
  Time verified_at{};
  std::vector<std::string> levels;
  std::vector<std::string> inputs;  // "sha256:…" of the envelopes that it rests on
};
struct Attestation {
  std::size_t key = 0;  // which of the given keys has signed it
  std::variant<AttestedVerdict, AttestedSummary> content;
};
// Reads nothing of the payload before a key of `keys` has signed it. kInvalidArgument: no envelope;
// kFailedPrecondition: none of the keys has signed it, or what it signs is something else.
Result<Attestation> VerifyAttestation(std::string_view envelope, std::span<const PublicKey> keys);

}  // namespace assay
