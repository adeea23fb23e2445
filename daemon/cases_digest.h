#pragma once
// What a dataset asks, whatever the order, the names, the slices and the layout of its cases.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay {

// The sum of hashes modulo 2^256. Who wants two datasets to look alike has to find one (a generalised birthday
// problem); nobody gains by it: what looks alike is counted as drawn before. Not thread-safe.
class CasesDigest {
 public:
  // A case, by the SHA-256 of its fields (RFC 8785 JSON): 64 lower-case hex digits.
  void Add(std::string_view hash);
  // "sha256-sum:" + 64 hex digits. Equal when the same cases were added, each as often, in whatever order.
  std::string Text() const;

 private:
  std::array<std::uint64_t, 4> sum_{};  // the lowest digits first
};

}  // namespace assay
