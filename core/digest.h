#pragma once
// SHA-256, HMAC over it, and hexadecimal.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace assay {

// 64 lower-case hex digits of the SHA-256 of `bytes`.
std::string Sha256Hex(std::string_view bytes);
// The form of a content version: "sha256:" + Sha256Hex(bytes).
std::string ContentVersion(std::string_view bytes);

// The 32 bytes of HMAC-SHA256 (RFC 2104).
std::string HmacSha256(std::string_view key, std::string_view bytes);

// SHA-256 over bytes that arrive in pieces. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void Update(std::string_view bytes);
  // Ends the digest; call once.
  std::string FinishHex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay
