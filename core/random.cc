#include "core/random.h"

#include <bit>

#include "core/digest.h"

namespace assay {
double Random::Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }

std::uint64_t Random::Below(std::uint64_t bound) {
  const std::uint64_t rejected = (0 - bound) % bound;  // 2^64 mod bound: values below it would favour small results
  std::uint64_t value = Next();
  while (value < rejected) value = Next();
  return value % bound;
}

std::uint64_t SeedFrom(std::string_view text) {
  const std::string hex = Sha256Hex(text);
  std::uint64_t seed = 0;
  for (const char c : std::string_view(hex).substr(0, 16)) {
    seed = seed << 4 | static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
  }
  return seed;
}

Permutation::Permutation(std::uint64_t size, std::uint64_t seed)
    : size_(size), seed_(seed), half_bits_(size <= 1 ? 1 : (static_cast<int>(std::bit_width(size - 1)) + 1) / 2) {}

std::uint64_t Permutation::At(std::uint64_t index) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t value = index;
  do {  // the network permutes a power of four below 4 × size, so walking back into range takes a few steps at most
    std::uint64_t left = value >> half_bits_;
    std::uint64_t right = value & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      const std::uint64_t next = left ^ (RandomAt(seed_ ^ (round << 62), right) & mask);
      left = right;
      right = next;
    }
    value = left << half_bits_ | right;
  } while (value >= size_);
  return value;
}

}  // namespace assay
