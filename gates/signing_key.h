#pragma once
// Keys that sign verdicts and check them: Ed25519, and ECDSA over the curve P-256 with SHA-256. They are given as PEM.

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

struct evp_pkey_st;  // OpenSSL's

namespace assay {

// Immutable and thread-safe.
class PublicKey {
 public:
  // "-----BEGIN PUBLIC KEY-----". kInvalidArgument says what it is instead: of another type, private, a certificate.
  static Result<PublicKey> FromPem(std::string_view pem);

  // Whether `signature` is by the private half. Of ECDSA it may be DER or the 64 bytes r || s.
  bool Verifies(std::string_view message, std::string_view signature) const;
  // "sha256:" and the digest of the key's DER form (SubjectPublicKeyInfo): what signatures name it by.
  const std::string& id() const { return id_; }
  std::string_view algorithm() const;  // "Ed25519", "ECDSA P-256"
  std::string ToPem() const;

 private:
  friend class SigningKey;
  static Result<PublicKey> Of(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
  std::string id_;
};

// Immutable and thread-safe.
class SigningKey {
 public:
  // "-----BEGIN PRIVATE KEY-----" or "-----BEGIN EC PRIVATE KEY-----". kInvalidArgument: encrypted, of another type,
  // public, or no key.
  static Result<SigningKey> FromPem(std::string_view pem);

  // Of ECDSA in DER. kInternal when the library fails.
  Result<std::string> Sign(std::string_view message) const;
  const PublicKey& public_key() const { return public_key_; }

 private:
  explicit SigningKey(PublicKey key) : public_key_(std::move(key)) {}
  PublicKey public_key_;  // its key_ has the private half too
};

}  // namespace assay
