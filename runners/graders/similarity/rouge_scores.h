#pragma once
// ROUGE (Lin 2004) of one response and one reference, as rouge-score counts it. Only for the files of this folder.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "runners/graders/similarity/edit_distance.h"
#include "runners/graders/similarity/tokens.h"

namespace assay {

struct PrecisionRecall {
  double precision = 0;
  double recall = 0;
  double F() const { return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0; }
};

PrecisionRecall RougeN(const TokenIds& response, const TokenIds& reference, int order);

// The unexpected is what is wrong: the texts are too long.
using RougeResult = std::expected<PrecisionRecall, std::string>;

// By the longest common subsequence.
RougeResult RougeL(const TokenIds& response, const TokenIds& reference);

// The same by sentence: of each sentence of the reference, the words that it shares with any of the response.
RougeResult RougeLsum(const std::vector<TokenIds>& response, const std::vector<TokenIds>& reference);

// By the common subsequence of the greatest weight: a run of k words weighs k to the power of `weight`.
RougeResult RougeW(const TokenIds& response, const TokenIds& reference, double weight);

}  // namespace assay
