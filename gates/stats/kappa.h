#pragma once
// Agreement beyond chance of raters who assign categories. Pure functions, thread-safe.
//
// Tables and lists name every category, also those that nobody used: with weights by distance an unused one matters.
// Counts are >= 0 and may be fractions. Where chance agreement is 1 (one category only) there is nothing to agree on:
// no information, where others return 1. Kappa falls with the prevalence of a category; gwet.h does not.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gates/stats/interval.h"

namespace assay {

// How bad a disagreement of the categories i and j is: all the same, |i - j|, or (i - j)^2.
enum class KappaWeights : std::uint8_t { kUnweighted, kLinear, kQuadratic };

struct CohenKappa {
  double kappa = 0;
  double observed = 0;             // weighted share of agreement
  double expected = 0;             // the same if the raters were independent
  double standard_error = 0;       // Fleiss, Cohen & Everitt, Psychological Bulletin 72, 1969; may be 0
  double null_standard_error = 0;  // of kappa when the true one is 0; kappa / this is the z of a test
};

// Of two raters (Cohen, Educational and Psychological Measurement 20, 1960; weighted: Psychological Bulletin 70, 1968).
// `table` is square, table[i][j] the number of cases in category i for the first and j for the second. Absent (no
// information) for fewer than 2 categories or 2 cases, a table that is not square or has a count that is negative or
// not finite, and for a chance agreement of 1.
std::optional<CohenKappa> CohensKappa(std::span<const std::vector<double>> table, KappaWeights weights);

// Normal bounds; `confidence` in (0.5, 1) is that of one bound by itself. Absent (no information) for a standard error
// of 0, as of raters who never disagree: a point is not an interval.
std::optional<Interval> CohensKappaInterval(const CohenKappa& kappa, double confidence);

// `counts` has a row a case with the number of raters for each category, the same number of raters in every row.
// Fleiss' kappa (Psychological Bulletin 76, 1971) takes chance agreement from how often categories are used, Randolph's
// (free-marginal, 2005) from their number. Absent (no information) for fewer than 2 cases, 2 categories or 2 raters,
// rows that differ in length or sum, counts that are negative or not finite, and a chance agreement of 1.
std::optional<double> FleissKappa(std::span<const std::vector<double>> counts);
std::optional<double> RandolphKappa(std::span<const std::vector<double>> counts);

}  // namespace assay
