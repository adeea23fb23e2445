#pragma once
// Texts as vectors, as an embedding model gives them.

#include <chrono>
#include <optional>
#include <vector>

#include "core/response.h"

namespace assay {

struct Embeddings {
  std::vector<std::vector<float>> vectors;  // one per text, in their order; finite, all of one length
  Usage usage;
  std::chrono::microseconds latency{0};  // of the attempt that answered: request sent to last byte
  std::optional<double> cost_usd = {};   // by the prices of the model; absent without prices or usage
  int attempts = 1;                      // requests sent, the answering one included
  int retries = 0;                       // of those, sent again after a failure other than a rate limit
};

}  // namespace assay
