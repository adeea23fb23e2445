#pragma once
// Strengths of models from pairwise preferences (Bradley & Terry, Biometrika 39, 1952). Pure functions, thread-safe.
//
// P(i is preferred to j) = 1 / (1 + exp(strength j - strength i)). A tie is half a win for either; a verdict that
// changes with the order of the two answers should be given as one. Times 400 / ln 10, plus any constant, strengths are
// Elo ratings.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace assay {

// Comparisons of two models, named by their index. Counts are >= 0 and may be fractions.
struct PairPreferences {
  std::size_t first = 0;
  std::size_t second = 0;
  double first_wins = 0;
  double second_wins = 0;
  double ties = 0;
};

struct BradleyTerryFit {
  std::vector<double> strengths;  // of sum 0
  // covariance[i][j], of strengths: inverse information, so it takes comparisons as independent.
  std::vector<std::vector<double>> covariance;
};

// The strengths that make the preferences most probable, to 1e-10. Absent (no information) unless every model has
// beaten or tied with one that ... has beaten or tied with every other, since no finite strengths are most probable
// then; for fewer than 2 or more than 500 models; for indices out of range, a model against itself, and counts that are
// negative or not finite. O(models^3) an iteration, ten or so.
std::optional<BradleyTerryFit> FitBradleyTerry(std::size_t models, std::span<const PairPreferences> preferences);

// The same with a penalty of `ridge` > 0 times the sum of squared strengths: the mode of a posterior with a normal
// prior of variance 1 / (2 ridge). Exists for all preferences, none included. `covariance` is then that of the
// posterior's normal approximation.
std::optional<BradleyTerryFit> FitBradleyTerryRidge(std::size_t models, std::span<const PairPreferences> preferences,
                                                    double ridge);

// The standard error of strength i - strength j. Absent for indices out of range or equal.
std::optional<double> StandardErrorOfDifference(const BradleyTerryFit& fit, std::size_t i, std::size_t j);

// P(i is preferred to j).
std::optional<double> PreferenceProbability(const BradleyTerryFit& fit, std::size_t i, std::size_t j);

}  // namespace assay
