#pragma once
// Hashes that differ between processes: nobody can write a text whose words or characters all fall into one slot. No
// result depends on them. Only for the files of this folder.

#include <cstddef>
#include <cstdint>

namespace assay {

// Of this process.
std::uint64_t HashSeed();

// For unordered containers of numbers.
struct SeededHash {
  std::size_t operator()(std::uint32_t value) const {
    std::uint64_t hash = (seed ^ value) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
    hash *= 0xBF58476D1CE4E5B9u;
    return static_cast<std::size_t>(hash ^ (hash >> 32));
  }
  std::uint64_t seed = HashSeed();
};

}  // namespace assay
