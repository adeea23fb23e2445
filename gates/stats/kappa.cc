#include "gates/stats/kappa.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/distributions.h"

namespace assay {
namespace {

// Below it, what is left of 1 - chance agreement is rounding.
constexpr double kNoVariation = 1e-12;

bool IsKappaCount(double count) { return count >= 0 && std::isfinite(count); }

bool AreCounts(std::span<const std::vector<double>> rows, std::size_t columns) {
  return std::ranges::all_of(rows, [&](const std::vector<double>& row) {
    return row.size() == columns && std::ranges::all_of(row, IsKappaCount);
  });
}

double SumOfCounts(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

// Of agreement: 1 for the same category, 0 for the farthest ones.
double AgreementWeight(std::size_t i, std::size_t j, std::size_t categories, KappaWeights weights) {
  if (weights == KappaWeights::kUnweighted) return i == j ? 1 : 0;
  const double distance = static_cast<double>(i > j ? i - j : j - i) / static_cast<double>(categories - 1);
  return 1 - (weights == KappaWeights::kLinear ? distance : distance * distance);
}

// Shares of a table and of its margins, with the mean weights of a category against the other rater's.
struct KappaShares {
  std::vector<std::vector<double>> cells;
  std::vector<double> rows, columns;
  std::vector<double> row_weights, column_weights;
  double cases = 0;
};

std::optional<KappaShares> SharesOf(std::span<const std::vector<double>> table, KappaWeights weights) {
  const std::size_t size = table.size();
  if (size < 2 || !AreCounts(table, size)) return std::nullopt;
  KappaShares shares;
  for (const std::vector<double>& row : table) shares.cases += SumOfCounts(row);
  if (!(shares.cases >= 2) || !std::isfinite(shares.cases)) return std::nullopt;
  shares.rows.assign(size, 0);
  shares.columns.assign(size, 0);
  for (std::size_t i = 0; i < size; ++i) {
    shares.cells.emplace_back();
    for (std::size_t j = 0; j < size; ++j) {
      const double share = table[i][j] / shares.cases;
      shares.cells.back().push_back(share);
      shares.rows[i] += share;
      shares.columns[j] += share;
    }
  }
  shares.row_weights.assign(size, 0);
  shares.column_weights.assign(size, 0);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      const double weight = AgreementWeight(i, j, size, weights);
      shares.row_weights[i] += weight * shares.columns[j];
      shares.column_weights[j] += weight * shares.rows[i];
    }
  }
  return shares;
}

// The number of raters of every row; absent when the rows are no such counts.
std::optional<double> RatersOf(std::span<const std::vector<double>> counts) {
  if (counts.size() < 2 || counts[0].size() < 2 || !AreCounts(counts, counts[0].size())) return std::nullopt;
  const double raters = SumOfCounts(counts[0]);
  if (!(raters >= 2) || !std::isfinite(raters)) return std::nullopt;
  for (const std::vector<double>& row : counts) {
    if (!(std::fabs(SumOfCounts(row) - raters) <= 1e-9 * raters)) return std::nullopt;
  }
  return raters;
}

// The share of pairs of raters that agree.
double PairAgreement(std::span<const std::vector<double>> counts, double raters) {
  double sum = 0;
  for (const std::vector<double>& row : counts) {
    double squares = 0;
    for (const double count : row) squares += count * count;
    sum += (squares - raters) / (raters * (raters - 1));
  }
  return sum / static_cast<double>(counts.size());
}

std::optional<double> BeyondChance(double observed, double expected) {
  if (!(1 - expected > kNoVariation) || !std::isfinite(observed) || !std::isfinite(expected)) return std::nullopt;
  return (observed - expected) / (1 - expected);
}

}  // namespace

std::optional<CohenKappa> CohensKappa(std::span<const std::vector<double>> table, KappaWeights weights) {
  const std::optional<KappaShares> shares = SharesOf(table, weights);
  if (!shares) return std::nullopt;
  CohenKappa result;
  const auto for_each = [&](const auto& visit) {
    for (std::size_t i = 0; i < table.size(); ++i) {
      for (std::size_t j = 0; j < table.size(); ++j) {
        visit(shares->cells[i][j], shares->rows[i] * shares->columns[j], AgreementWeight(i, j, table.size(), weights),
              shares->row_weights[i] + shares->column_weights[j]);
      }
    }
  };
  for_each([&](double cell, double chance, double weight, double) {
    result.observed += weight * cell;
    result.expected += weight * chance;
  });
  const std::optional<double> kappa = BeyondChance(result.observed, result.expected);
  if (!kappa) return std::nullopt;
  result.kappa = *kappa;
  double variance = 0;
  double null_variance = 0;
  for_each([&](double cell, double chance, double weight, double mean_weights) {
    const double deviation = weight - mean_weights * (1 - *kappa);
    variance += cell * deviation * deviation;
    null_variance += chance * (weight - mean_weights) * (weight - mean_weights);
  });
  const double centre = *kappa - result.expected * (1 - *kappa);
  const double scale = 1 / ((1 - result.expected) * std::sqrt(shares->cases));
  // Of differences of sums of shares; what is smaller is rounding.
  const auto root = [](double difference) { return difference > 1e-14 ? std::sqrt(difference) : 0; };
  result.standard_error = root(variance - centre * centre) * scale;
  result.null_standard_error = root(null_variance - result.expected * result.expected) * scale;
  return result;
}

std::optional<Interval> CohensKappaInterval(const CohenKappa& kappa, double confidence) {
  const std::optional<double> z = NormalQuantile(confidence);
  if (!z || !(confidence > 0.5) || !(kappa.standard_error > 0) || !std::isfinite(kappa.standard_error) ||
      !std::isfinite(kappa.kappa)) {
    return std::nullopt;
  }
  return Interval{.lower = kappa.kappa - *z * kappa.standard_error, .upper = kappa.kappa + *z * kappa.standard_error};
}

std::optional<double> FleissKappa(std::span<const std::vector<double>> counts) {
  const std::optional<double> raters = RatersOf(counts);
  if (!raters) return std::nullopt;
  double expected = 0;
  for (std::size_t category = 0; category < counts[0].size(); ++category) {
    double sum = 0;
    for (const std::vector<double>& row : counts) sum += row[category];
    const double share = sum / (static_cast<double>(counts.size()) * *raters);
    expected += share * share;
  }
  return BeyondChance(PairAgreement(counts, *raters), expected);
}

std::optional<double> RandolphKappa(std::span<const std::vector<double>> counts) {
  const std::optional<double> raters = RatersOf(counts);
  if (!raters) return std::nullopt;
  return BeyondChance(PairAgreement(counts, *raters), 1 / static_cast<double>(counts[0].size()));
}

}  // namespace assay
