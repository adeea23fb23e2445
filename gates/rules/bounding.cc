#include "gates/rules/bounding.h"

#include "core/random.h"
#include "gates/gate.h"

namespace assay {

Bounding BoundingOf(const PartInput& input) {
  Bounding how{.confidence = input.confidence, .method = input.method};
  if (input.method) how.seed = SeedFrom(input.facts.run == nullptr ? "" : input.facts.run->run);
  return how;
}

}  // namespace assay
