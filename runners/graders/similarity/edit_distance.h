#pragma once
// How far two sequences are from each other. Their elements are numbers: characters, or words by Vocabulary::Ids.
// Only for the files of this folder.
//
// Work is bounded: the functions that may take quadratic time answer nullopt beyond their cap instead of computing for
// minutes. Caps are products of the two lengths, after what both begin and end with was cut off.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

using Sequence = std::span<const std::uint32_t>;

// 64 cells of the table a step: 0.3 s at the most (65,536 by 65,536 elements).
constexpr std::uint64_t kMaxBitCells = std::uint64_t{1} << 32;
// 64 cells a step, and two bits a cell to remember the way (11,500 by 11,500 elements, 32 MB).
constexpr std::uint64_t kMaxTracedCells = std::uint64_t{1} << 27;
// A cell a step: 0.3 s at the most (10,000 by 10,000 elements).
constexpr std::uint64_t kMaxPlainCells = 100'000'000;

// Insertions, deletions and substitutions. With `most`, a distance beyond it may be told as any number beyond it, and
// the work is that of a band of this width.
std::optional<std::uint64_t> LevenshteinDistance(Sequence a, Sequence b, std::uint64_t most = UINT64_MAX);

// As it, and swaps of neighbours. Restricted: no part is edited twice (optimal string alignment).
std::optional<std::uint64_t> RestrictedDamerauDistance(Sequence a, Sequence b);
std::optional<std::uint64_t> DamerauDistance(Sequence a, Sequence b);

// Places that differ; what one is longer by differs.
std::uint64_t HammingDistance(Sequence a, Sequence b);

// Length of the longest common subsequence.
std::optional<std::uint64_t> CommonSubsequence(Sequence a, Sequence b);

// In [0, 1]. Linear time.
double JaroSimilarity(Sequence a, Sequence b);
// Lifts a similarity above 0.7 by a tenth of the rest for each of up to four first elements that agree.
double JaroWinklerSimilarity(Sequence a, Sequence b);

// How a shortest way from `reference` to `response` is made up. Of several, the one that RapidFuzz takes: from the end,
// a deletion where one is on a shortest way, else an insertion where it is needed, else a match or a substitution.
struct SequenceAlignment {
  std::uint64_t hits = 0;
  std::uint64_t substitutions = 0;
  std::uint64_t deletions = 0;
  std::uint64_t insertions = 0;
};
std::optional<SequenceAlignment> AlignSequences(Sequence reference, Sequence response);

// Which elements of `reference` are in one longest common subsequence with `other`: their indexes, ascending. Of
// several, the one that rouge-score takes.
std::optional<std::vector<std::uint32_t>> CommonElements(Sequence reference, Sequence other);

// "the texts are too long to be compared: 70000 and 80000 characters"
std::string TooLong(Sequence a, Sequence b, std::string_view unit);

}  // namespace assay
