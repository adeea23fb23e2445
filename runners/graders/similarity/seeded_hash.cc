#include "runners/graders/similarity/seeded_hash.h"

#include <random>

namespace assay {

std::uint64_t HashSeed() {
  static const std::uint64_t seed = (std::uint64_t{std::random_device()()} << 32) | std::random_device()();
  return seed;
}

}  // namespace assay
