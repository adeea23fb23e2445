#include "gates/signing_key.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "core/digest.h"

namespace assay {
namespace {

constexpr std::size_t kMaxPemBytes = 64 << 10;
constexpr std::size_t kRawSignatureBytes = 64;  // of P-256: r and s
constexpr std::string_view kTypes = "verdicts are signed with Ed25519 or ECDSA P-256";

struct Free {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::shared_ptr<EVP_PKEY> Share(EVP_PKEY* key) { return {key, EVP_PKEY_free}; }

Owned<BIO> Reading(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

bool IsEd25519(const EVP_PKEY* key) { return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519; }

// "" when it is one of ours.
std::string WhatElse(const EVP_PKEY* key) {
  if (IsEd25519(key)) return "";
  const char* type = EVP_PKEY_get0_type_name(key);
  const std::string name = type == nullptr ? "unknown" : type;
  if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC) return "a key of type " + name;
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) == 1) {
    const std::string_view curve(group.data(), length);
    if (curve == "prime256v1") return "";
    return "a key on the curve " + std::string(curve);
  }
  return "a key on a curve without a name";
}

const EVP_MD* DigestFor(const EVP_PKEY* key) { return IsEd25519(key) ? nullptr : EVP_sha256(); }

// What a PEM text holds, by its label; for messages.
std::string LabelOf(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  const std::size_t begin = pem.find(kBegin);
  if (begin == std::string_view::npos) return "no PEM text";
  pem.remove_prefix(begin + kBegin.size());
  const std::string_view label = pem.substr(0, std::min<std::size_t>(pem.find("-----"), 40));
  return "a \"" + std::string(label) + "\"";
}

bool HasLabel(std::string_view pem, std::string_view label) {
  return pem.find("-----BEGIN " + std::string(label) + "-----") != std::string_view::npos;
}

Status CheckSize(std::string_view pem) {
  if (pem.size() <= kMaxPemBytes) return {};
  return Fail(ErrorCode::kInvalidArgument, "no key: longer than " + std::to_string(kMaxPemBytes) + " bytes");
}

// A key that asks for a passphrase is refused; the default would ask on the terminal.
int RefusePassphrase(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

// "" when it is none.
std::string DerOfRaw(std::string_view raw) {
  const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(Bytes(raw), kRawSignatureBytes / 2, nullptr);
  BIGNUM* s = BN_bin2bn(Bytes(raw) + kRawSignatureBytes / 2, kRawSignatureBytes / 2, nullptr);
  if (signature == nullptr || ECDSA_SIG_set0(signature.get(), r, s) != 1) {
    BN_free(r);
    BN_free(s);
    return "";
  }
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return "";
  std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

Result<PublicKey> PublicKey::Of(std::shared_ptr<evp_pkey_st> key) {
  if (const std::string other = WhatElse(key.get()); !other.empty()) {
    return Fail(ErrorCode::kInvalidArgument, other + "; " + std::string(kTypes));
  }
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  if (size <= 0) return Fail(ErrorCode::kInvalidArgument, "a key without a public half");
  PublicKey result;
  result.id_ = ContentVersion(std::string_view(reinterpret_cast<char*>(der), static_cast<std::size_t>(size)));
  result.key_ = std::move(key);
  OPENSSL_free(der);
  return result;
}

Result<PublicKey> PublicKey::FromPem(std::string_view pem) {
  ASSAY_TRY(CheckSize(pem));
  const Owned<BIO> bio = Reading(pem);
  const auto key =
      Share(HasLabel(pem, "PUBLIC KEY") ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
  ERR_clear_error();
  if (key == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "no public key but " + LabelOf(pem) +
                                                 "; a public key begins with \"-----BEGIN PUBLIC KEY-----\" "
                                                 "(openssl pkey -in KEY.pem -pubout)");
  }
  return Of(key);
}

bool PublicKey::Verifies(std::string_view message, std::string_view signature) const {
  std::string der;
  if (!IsEd25519(key_.get()) && signature.size() == kRawSignatureBytes) {
    der = DerOfRaw(signature);
    signature = der;
  }
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  const bool is_good =
      context != nullptr && !signature.empty() &&
      EVP_DigestVerifyInit(context.get(), nullptr, DigestFor(key_.get()), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
  ERR_clear_error();
  return is_good;
}

std::string_view PublicKey::algorithm() const { return IsEd25519(key_.get()) ? "Ed25519" : "ECDSA P-256"; }

std::string PublicKey::ToPem() const {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_PUBKEY(bio.get(), key_.get()) != 1) return "";
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

Result<SigningKey> SigningKey::FromPem(std::string_view pem) {
  ASSAY_TRY(CheckSize(pem));
  bool was_asked = false;
  const Owned<BIO> bio = Reading(pem);
  const auto key = Share(PEM_read_bio_PrivateKey(bio.get(), nullptr, RefusePassphrase, &was_asked));
  ERR_clear_error();
  if (was_asked) {
    return Fail(ErrorCode::kInvalidArgument,
                "the key is encrypted; give it without a passphrase, in a file that only assayd can read "
                "(openssl pkey -in KEY.pem -out PLAIN.pem)");
  }
  if (key == nullptr) {
    return Fail(ErrorCode::kInvalidArgument, "no private key but " + LabelOf(pem) +
                                                 "; a private key begins with \"-----BEGIN PRIVATE KEY-----\" "
                                                 "(openssl genpkey -algorithm ed25519 -out KEY.pem)");
  }
  ASSAY_ASSIGN(PublicKey shared, PublicKey::Of(key));
  return SigningKey(std::move(shared));
}

Result<std::string> SigningKey::Sign(std::string_view message) const {
  EVP_PKEY* key = public_key_.key_.get();
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::array<unsigned char, 256> signature;
  std::size_t size = signature.size();
  const bool is_signed = context != nullptr &&
                         EVP_DigestSignInit(context.get(), nullptr, DigestFor(key), nullptr, key) == 1 &&
                         EVP_DigestSign(context.get(), signature.data(), &size, Bytes(message), message.size()) == 1;
  ERR_clear_error();
  if (!is_signed) return Fail(ErrorCode::kInternal, "the verdict could not be signed");
  return std::string(reinterpret_cast<char*>(signature.data()), size);
}

}  // namespace assay
