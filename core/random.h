#pragma once
// Reproducible randomness: the same seed gives the same numbers on every machine and library.

#include <cstdint>
#include <string_view>

namespace assay {

// Counter-based generator (SplitMix64, Steele et al. 2014): value i of stream `seed`, with no state between.
// Inline, since resampling draws a hundred million of them.
inline std::uint64_t RandomAt(std::uint64_t seed, std::uint64_t index) {
  std::uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

// A sequence over RandomAt. Not thread-safe.
class Random {
 public:
  explicit Random(std::uint64_t seed) : seed_(seed) {}
  std::uint64_t Next() { return RandomAt(seed_, index_++); }
  double Uniform();                          // [0, 1), 53 bits
  std::uint64_t Below(std::uint64_t bound);  // [0, bound), unbiased; bound > 0

 private:
  std::uint64_t seed_;
  std::uint64_t index_ = 0;
};

// A seed from text, e.g. a run id (first 8 bytes of its SHA-256).
std::uint64_t SeedFrom(std::string_view text);

// A keyed bijection of [0, size): a Feistel network of four rounds with cycle walking, so that the order of a run needs
// no memory and any position can be asked for. O(1) on average. Immutable, thread-safe.
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t seed);
  std::uint64_t At(std::uint64_t index) const;  // index < size
  std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_;
  std::uint64_t seed_;
  int half_bits_;
};

}  // namespace assay
