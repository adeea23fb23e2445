#pragma once
// Gwet's AC1: agreement beyond chance that does not collapse when one category is rare (British Journal of Mathematical
// and Statistical Psychology 61, 2008; Handbook of Inter-Rater Reliability). Pure functions, thread-safe.

#include <optional>
#include <span>
#include <vector>

#include "gates/stats/interval.h"

namespace assay {

struct GwetAgreement {
  double ac1 = 0;
  double observed = 0;        // the mean share of pairs of raters that agree, over cases with two or more ratings
  double expected = 0;        // the agreement that is due to chance
  double standard_error = 0;  // over cases, raters fixed; may be 0
  double cases = 0;           // with a rating
};

// `counts` has a row a case with the number of ratings for each category, unused categories included; rows may have
// different sums (missing ratings), and a row without a rating does not count. Absent (no information) for fewer than 2
// categories, 2 cases or one case with two ratings, rows of different length, and counts that are negative or not
// finite.
std::optional<GwetAgreement> GwetAc1(std::span<const std::vector<double>> counts);

// Of two raters, from table[i][j], the number of cases in category i for the first and j for the second.
std::optional<GwetAgreement> GwetAc1OfTable(std::span<const std::vector<double>> table);

// Student bounds with one degree of freedom less than cases; `confidence` in (0.5, 1) is that of one bound by itself.
// Absent (no information) for a standard error of 0: a point is not an interval.
std::optional<Interval> GwetInterval(const GwetAgreement& agreement, double confidence);

}  // namespace assay
