#pragma once
// Which call is which of the expected ones. Only for files of this folder.

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace assay {

using PairFits = std::function<bool(std::size_t wanted, std::size_t made)>;

// Pairs each of `wanted` with one of `made` that fits, no two with the same. nullopt when every one has its own, else
// the first of `wanted` that is left over. At most wanted * made questions and wanted * wanted * made steps.
std::optional<std::size_t> FirstUnpaired(std::size_t wanted, std::size_t made, const PairFits& fits);

// The same where each in its turn takes the first that is free, and keeps it though a later one has no other.
std::optional<std::size_t> FirstUnpairedGreedily(std::size_t wanted, std::size_t made, const PairFits& fits);

}  // namespace assay
