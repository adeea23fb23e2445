#pragma once
// What several trials of one case say about k of them. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <vector>

namespace assay {

// How likely k trials drawn from `trials` without putting back, of which `passing` pass, all pass: C(passing, k) /
// C(trials, k), "pass^k" (Yao et al., tau-bench, arXiv 2406.12045). Over independent trials its mean is the k-th power
// of the probability to pass, without the bias of (passing / trials)^k. Absent (no information) for fewer than k
// trials, k < 1, and counts that cannot be. A product of trials - passing factors: relative error below 3e-16 for each,
// 3e-12 for 10,000 trials (what is below 1e-300 may be 0); 0 and 1 are exact, and it never falls when `passing` rises.
std::optional<double> PassHatK(std::int64_t trials, std::int64_t passing, std::int64_t k);

// How likely at least one of them passes: 1 - C(trials - passing, k) / C(trials, k), "pass@k" (Chen et al., arXiv
// 2107.03374). Absent as above; to 3e-12.
std::optional<double> PassAtK(std::int64_t trials, std::int64_t passing, std::int64_t k);

// PassHatK(trials, c, k) for c = 0 … trials; empty where it is absent. O(trials).
std::vector<double> PassHatKOfEach(std::int64_t trials, std::int64_t k);

}  // namespace assay
