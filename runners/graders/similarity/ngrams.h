#pragma once
// How many n-grams two texts share. Only for the files of this folder.

#include <cstdint>
#include <span>
#include <vector>

#include "runners/graders/similarity/tokens.h"

namespace assay {

struct NgramCount {
  std::int64_t in_response = 0;
  std::int64_t in_reference = 0;  // of all references together
  std::int64_t in_both = 0;  // each as often as the text that has it less often; of the references the one with most
};

// Element n - 1 counts the n-grams, for n up to `max_order`. Linear time.
std::vector<NgramCount> CountNgrams(std::span<const std::uint32_t> response, std::span<const TokenIds> references,
                                    int max_order);

// Of each n-gram of the response of that order, by its place, whether any of the references has it. Linear time.
std::vector<bool> NgramsFound(std::span<const std::uint32_t> response, std::span<const TokenIds> references, int order);

}  // namespace assay
