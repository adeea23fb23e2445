#pragma once
// What a dataset asks, whatever the order, the names, the slices and the layout of its cases; and what it is to the
// letter.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/digest.h"
#include "core/json.h"
#include "daemon/store/records.h"

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

// SHA-256 over a line for each case, in their order: the RFC 8785 JSON of {"fields", "id", "slices": {name: value}} as
// they are stored, and "\n". Not thread-safe.
class ExactCasesDigest {
 public:
  // `fields` are those of `row.json`.
  void Add(const CaseRow& row, const Json& fields);
  // "sha256:" + 64 hex digits; call once.
  std::string Text();

 private:
  Sha256 sum_;
};

}  // namespace assay
