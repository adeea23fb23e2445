#pragma once
// How a rule asks for bounds: how sure, by which method, and what makes resampling reproducible.

#include <cstdint>
#include <optional>

#include "config/bound_method.h"
#include "gates/rules/rule.h"

namespace assay {

struct Bounding {
  double confidence = 0.95;                // of either bound by itself
  std::optional<BoundMethod> method = {};  // absent: the one that is right for the data
  std::uint64_t seed = 0;                  // of methods that resample
};

// Of the input: the seed is that of its run's id.
Bounding BoundingOf(const PartInput& input);

}  // namespace assay
