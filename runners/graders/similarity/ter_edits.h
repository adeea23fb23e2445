#pragma once
// The edits of the translation edit rate (Snover et al. 2006): insertions, deletions, substitutions, and shifts of runs
// of words. Found by the heuristics of Tercom as sacrebleu has them, with their limits: shifts of at most 10 words over
// at most 50 places, at most 1,000 shifts tried, distances within 25 words of the diagonal.
// Only for the files of this folder.

#include <cstdint>
#include <optional>

#include "runners/graders/similarity/tokens.h"

namespace assay {

// At most so many words in each text (about 3 s then, if every limit is used to the full).
constexpr std::size_t kMaxTerWords = 10'000;

// nullopt for more words than that.
std::optional<std::int64_t> TranslationEdits(const TokenIds& response, const TokenIds& reference);

}  // namespace assay
