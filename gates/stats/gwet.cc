#include "gates/stats/gwet.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

// `cases` cases with the same ratings.
struct RatedCases {
  std::vector<double> counts;
  double ratings = 0;
  double cases = 1;
  double pair_agreement = 0;  // of cases with two or more ratings
};

std::optional<RatedCases> RatedCasesOf(std::vector<double> counts, double cases) {
  RatedCases rated{.counts = std::move(counts), .cases = cases};
  double squares = 0;
  for (const double count : rated.counts) {
    if (!(count >= 0) || !std::isfinite(count)) return std::nullopt;
    rated.ratings += count;
    squares += count * count;
  }
  if (!std::isfinite(squares)) return std::nullopt;
  if (rated.ratings >= 2) rated.pair_agreement = (squares - rated.ratings) / (rated.ratings * (rated.ratings - 1));
  return rated;
}

// The mean share of each category in the ratings of a case.
std::vector<double> Prevalence(std::span<const RatedCases> rated, double cases) {
  std::vector<double> prevalence(rated[0].counts.size(), 0);
  for (const RatedCases& one : rated) {
    for (std::size_t k = 0; k < prevalence.size(); ++k) {
      prevalence[k] += one.cases * one.counts[k] / one.ratings / cases;
    }
  }
  return prevalence;
}

// The sum of squared influences of the cases, over the cases less one.
double Spread(std::span<const RatedCases> rated, const GwetAgreement& agreement, std::span<const double> prevalence,
              double with_pairs) {
  const double rest = 1 - agreement.expected;
  double sum = 0;
  for (const RatedCases& one : rated) {
    double chance = 0;
    for (std::size_t k = 0; k < prevalence.size(); ++k) chance += one.counts[k] / one.ratings * (1 - prevalence[k]);
    chance /= static_cast<double>(prevalence.size() - 1);
    const double own =
        one.ratings >= 2 ? agreement.cases / with_pairs * (one.pair_agreement - agreement.expected) / rest : 0;
    const double influence = own - 2 * (1 - agreement.ac1) * (chance - agreement.expected) / rest - agreement.ac1;
    sum += one.cases * influence * influence;
  }
  return sum / (agreement.cases - 1);
}

std::optional<GwetAgreement> Ac1Of(std::span<const RatedCases> rated) {
  if (rated.empty() || rated[0].counts.size() < 2) return std::nullopt;
  GwetAgreement agreement;
  double with_pairs = 0;
  for (const RatedCases& one : rated) {
    agreement.cases += one.cases;
    if (!(one.ratings >= 2)) continue;
    with_pairs += one.cases;
    agreement.observed += one.cases * one.pair_agreement;
  }
  if (!(agreement.cases >= 2) || !std::isfinite(agreement.cases) || !(with_pairs > 0)) return std::nullopt;
  agreement.observed /= with_pairs;
  const std::vector<double> prevalence = Prevalence(rated, agreement.cases);
  for (const double share : prevalence) agreement.expected += share * (1 - share);
  agreement.expected /= static_cast<double>(prevalence.size() - 1);
  // At most 1 / categories: the denominator is never small.
  agreement.ac1 = (agreement.observed - agreement.expected) / (1 - agreement.expected);
  const double variance = Spread(rated, agreement, prevalence, with_pairs) / agreement.cases;
  if (!std::isfinite(agreement.ac1) || !std::isfinite(variance)) return std::nullopt;
  // Influences that are equal but for rounding are no variance.
  agreement.standard_error = variance > 1e-28 ? std::sqrt(variance) : 0;
  return agreement;
}

}  // namespace

std::optional<GwetAgreement> GwetAc1(std::span<const std::vector<double>> counts) {
  std::vector<RatedCases> rated;
  for (const std::vector<double>& row : counts) {
    if (row.size() != counts[0].size()) return std::nullopt;
    std::optional<RatedCases> one = RatedCasesOf(row, 1);
    if (!one) return std::nullopt;
    if (one->ratings > 0) rated.push_back(*std::move(one));
  }
  return Ac1Of(rated);
}

std::optional<GwetAgreement> GwetAc1OfTable(std::span<const std::vector<double>> table) {
  std::vector<RatedCases> rated;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i].size() != table.size()) return std::nullopt;
    for (std::size_t j = 0; j < table.size(); ++j) {
      if (!(table[i][j] >= 0) || !std::isfinite(table[i][j])) return std::nullopt;
      if (table[i][j] == 0) continue;
      std::vector<double> counts(table.size(), 0);
      counts[i] += 1;
      counts[j] += 1;
      rated.push_back(*RatedCasesOf(std::move(counts), table[i][j]));
    }
  }
  return Ac1Of(rated);
}

std::optional<Interval> GwetInterval(const GwetAgreement& agreement, double confidence) {
  if (!(agreement.cases >= 2) || !(agreement.standard_error > 0) || !std::isfinite(agreement.standard_error) ||
      !(confidence > 0.5) || !std::isfinite(agreement.ac1)) {
    return std::nullopt;
  }
  const std::optional<double> t = StudentTQuantile(confidence, agreement.cases - 1);
  if (!t) return std::nullopt;
  return Interval{.lower = agreement.ac1 - *t * agreement.standard_error,
                  .upper = std::min(1.0, agreement.ac1 + *t * agreement.standard_error)};
}

}  // namespace assay
