#pragma once
// The best way to pair rows with columns. Only for files of this folder.

#include <cstddef>
#include <vector>

namespace assay {

// For each row the column that it is paired with, no column twice, so that the sum of their values is the largest
// possible; `kNoPartner` for the rows that are left over when there are more of them than columns. `values` has
// rows * columns finite numbers, row by row. O(min² · max) time.
inline constexpr std::size_t kNoPartner = static_cast<std::size_t>(-1);
std::vector<std::size_t> BestPairs(const std::vector<double>& values, std::size_t rows, std::size_t columns);

}  // namespace assay
