#pragma once
// P-values adjusted for their number: rejecting where the adjusted one is at most alpha controls the error named. Pure
// functions, thread-safe.
//
// Each takes m p-values, probabilities in [0, 1], in any order and answers in that order with values in [0, 1], none
// below what was given; equal ones stay equal, 0 stays 0, and a single one is as it was. Absent (no information) when
// there are none and when one is NaN or outside [0, 1]. O(m log m).

#include <optional>
#include <span>
#include <vector>

namespace assay {

using PValues = std::optional<std::vector<double>>;

// Family-wise error, that any true hypothesis is rejected: m p, under any dependence (Bonferroni, 1936; Dunn, 1961).
PValues AdjustBonferroni(std::span<const double> p_values);
// Family-wise under any dependence too and never greater: of ascending p(i), the greatest (m - i + 1) p(i) so far
// (Holm, Scandinavian Journal of Statistics 6, 1979).
PValues AdjustHolm(std::span<const double> p_values);
// Family-wise for independent and some positively dependent p-values: the least (m - i + 1) p(i) from here on
// (Hochberg, Biometrika 75, 1988).
PValues AdjustHochberg(std::span<const double> p_values);
// False discovery rate, the expected share of rejections that are wrong, for independent and positively dependent
// p-values: the least m p(i) / i from here on (Benjamini & Hochberg, JRSS B 57, 1995).
PValues AdjustBenjaminiHochberg(std::span<const double> p_values);
// False discovery rate under any dependence: that times 1 + 1/2 + … + 1/m (Benjamini & Yekutieli, Annals of Statistics
// 29, 2001).
PValues AdjustBenjaminiYekutieli(std::span<const double> p_values);

}  // namespace assay
