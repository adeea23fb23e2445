#include "gates/stats/bradley_terry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace assay {
namespace {

constexpr std::size_t kMostModels = 500;
constexpr int kMostIterations = 200;
constexpr int kMostStepHalvings = 60;
constexpr double kStepPrecision = 1e-11;

using FitMatrix = std::vector<std::vector<double>>;

double WinsOfFirst(const PairPreferences& pair) { return pair.first_wins + pair.ties / 2; }
double WinsOfSecond(const PairPreferences& pair) { return pair.second_wins + pair.ties / 2; }

bool AreUsable(std::size_t models, std::span<const PairPreferences> preferences) {
  if (models < 2 || models > kMostModels) return false;
  return std::ranges::all_of(preferences, [&](const PairPreferences& pair) {
    const auto is_count = [](double count) { return count >= 0 && count <= 1e15; };
    return pair.first < models && pair.second < models && pair.first != pair.second && is_count(pair.first_wins) &&
           is_count(pair.second_wins) && is_count(pair.ties);
  });
}

// Whether all models are reached from the first one, by wins or against them.
bool ReachesAll(std::size_t models, std::span<const PairPreferences> preferences, bool is_by_wins) {
  std::vector<std::vector<std::size_t>> edges(models);
  for (const PairPreferences& pair : preferences) {
    const bool first_has_won = WinsOfFirst(pair) > 0;
    const bool second_has_won = WinsOfSecond(pair) > 0;
    if (is_by_wins ? first_has_won : second_has_won) edges[pair.first].push_back(pair.second);
    if (is_by_wins ? second_has_won : first_has_won) edges[pair.second].push_back(pair.first);
  }
  std::vector<char> is_reached(models, 0);
  std::vector<std::size_t> open = {0};
  is_reached[0] = 1;
  while (!open.empty()) {
    const std::size_t model = open.back();
    open.pop_back();
    for (const std::size_t other : edges[model]) {
      if (is_reached[other] != 0) continue;
      is_reached[other] = 1;
      open.push_back(other);
    }
  }
  return std::ranges::all_of(is_reached, [](char reached) { return reached != 0; });
}

// ln(1 + exp(x)).
double Softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double Logistic(double x) { return x > 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

struct PreferenceProblem {
  std::size_t models;
  std::span<const PairPreferences> preferences;
  double ridge;  // 0 for the most probable strengths
};

// What is to be made small: minus the log-likelihood, with the penalty.
double PreferenceLoss(const PreferenceProblem& problem, std::span<const double> strengths) {
  double loss = 0;
  for (const PairPreferences& pair : problem.preferences) {
    const double lead = strengths[pair.first] - strengths[pair.second];
    loss += WinsOfFirst(pair) * Softplus(-lead) + WinsOfSecond(pair) * Softplus(lead);
  }
  for (const double strength : strengths) loss += problem.ridge * strength * strength;
  return loss;
}

struct PreferenceSlope {
  std::vector<double> gradient;
  FitMatrix hessian;
};

PreferenceSlope PreferenceSlopeAt(const PreferenceProblem& problem, std::span<const double> strengths) {
  PreferenceSlope slope{.gradient = std::vector<double>(problem.models, 0),
                        .hessian = FitMatrix(problem.models, std::vector<double>(problem.models, 0))};
  for (const PairPreferences& pair : problem.preferences) {
    const double lead = strengths[pair.first] - strengths[pair.second];
    const double games = WinsOfFirst(pair) + WinsOfSecond(pair);
    const double pull = WinsOfSecond(pair) * Logistic(lead) - WinsOfFirst(pair) * Logistic(-lead);
    const double weight = games * Logistic(lead) * Logistic(-lead);
    slope.gradient[pair.first] += pull;
    slope.gradient[pair.second] -= pull;
    slope.hessian[pair.first][pair.first] += weight;
    slope.hessian[pair.second][pair.second] += weight;
    slope.hessian[pair.first][pair.second] -= weight;
    slope.hessian[pair.second][pair.first] -= weight;
  }
  for (std::size_t i = 0; i < problem.models; ++i) {
    slope.gradient[i] += 2 * problem.ridge * strengths[i];
    slope.hessian[i][i] += 2 * problem.ridge;
  }
  return slope;
}

// How much the sum of strengths, which preferences say nothing about, is held at 0: about as much as they hold others.
double Anchor(const FitMatrix& hessian) {
  double trace = 0;
  for (std::size_t i = 0; i < hessian.size(); ++i) trace += hessian[i][i];
  return trace / static_cast<double>(hessian.size());
}

// The lower triangle L with L L^T = `matrix`; absent when it is not positive definite.
std::optional<FitMatrix> Cholesky(FitMatrix matrix) {
  for (std::size_t j = 0; j < matrix.size(); ++j) {
    for (std::size_t i = j; i < matrix.size(); ++i) {
      double sum = matrix[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= matrix[i][k] * matrix[j][k];
      if (i == j) {
        if (!(sum > 0) || !std::isfinite(sum)) return std::nullopt;
        matrix[j][j] = std::sqrt(sum);
      } else {
        matrix[i][j] = sum / matrix[j][j];
      }
    }
  }
  return matrix;
}

std::vector<double> SolveCholesky(const FitMatrix& lower, std::vector<double> right) {
  const std::size_t size = lower.size();
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t k = 0; k < i; ++k) right[i] -= lower[i][k] * right[k];
    right[i] /= lower[i][i];
  }
  for (std::size_t i = size; i-- > 0;) {
    for (std::size_t k = i + 1; k < size; ++k) right[i] -= lower[k][i] * right[k];
    right[i] /= lower[i][i];
  }
  return right;
}

// The Hessian plus anchor / models in every cell: without a ridge it is singular along equal changes of all strengths.
std::optional<FitMatrix> Anchored(FitMatrix hessian, double anchor) {
  for (std::vector<double>& row : hessian) {
    for (double& cell : row) cell += anchor / static_cast<double>(hessian.size());
  }
  return Cholesky(std::move(hessian));
}

void Centre(std::vector<double>& strengths) {
  double sum = 0;
  for (const double strength : strengths) sum += strength;
  for (double& strength : strengths) strength -= sum / static_cast<double>(strengths.size());
}

// A Newton step that is shortened until the loss does not rise; the loss is convex, so it gets to the minimum. Returns
// its greatest change, infinite when there is none.
double NewtonStep(const PreferenceProblem& problem, std::vector<double>& strengths) {
  const PreferenceSlope slope = PreferenceSlopeAt(problem, strengths);
  const std::optional<FitMatrix> lower = Anchored(slope.hessian, Anchor(slope.hessian));
  if (!lower) return HUGE_VAL;
  const std::vector<double> direction = SolveCholesky(*lower, slope.gradient);
  const double loss = PreferenceLoss(problem, strengths);
  double length = 1;
  for (int i = 0; i < kMostStepHalvings; ++i, length /= 2) {
    std::vector<double> next = strengths;
    for (std::size_t k = 0; k < next.size(); ++k) next[k] -= length * direction[k];
    Centre(next);
    const double rounding = 1e-14 * std::fabs(loss);
    if (!(PreferenceLoss(problem, next) <= loss + rounding)) continue;
    double change = 0;
    for (std::size_t k = 0; k < next.size(); ++k) change = std::max(change, std::fabs(next[k] - strengths[k]));
    strengths = std::move(next);
    return change;
  }
  return HUGE_VAL;
}

std::optional<BradleyTerryFit> FitProblem(const PreferenceProblem& problem) {
  BradleyTerryFit fit;
  fit.strengths.assign(problem.models, 0);
  double change = HUGE_VAL;
  for (int i = 0; i < kMostIterations && change > kStepPrecision; ++i) {
    change = NewtonStep(problem, fit.strengths);
    if (!std::isfinite(change)) return std::nullopt;
  }
  if (change > kStepPrecision) return std::nullopt;
  const PreferenceSlope slope = PreferenceSlopeAt(problem, fit.strengths);
  const double anchor = problem.ridge > 0 ? 0 : Anchor(slope.hessian);
  const std::optional<FitMatrix> lower = Anchored(slope.hessian, anchor);
  if (!lower) return std::nullopt;
  // Of the anchored inverse, what the anchor put there is taken off: the pseudo-inverse remains.
  const double share = anchor > 0 ? 1 / (anchor * static_cast<double>(problem.models)) : 0;
  for (std::size_t i = 0; i < problem.models; ++i) {
    std::vector<double> unit(problem.models, 0);
    unit[i] = 1;
    fit.covariance.push_back(SolveCholesky(*lower, std::move(unit)));
    for (double& cell : fit.covariance.back()) cell -= share;
  }
  return fit;
}

bool AreModels(const BradleyTerryFit& fit, std::size_t i, std::size_t j) {
  return i < fit.strengths.size() && j < fit.strengths.size() && i != j;
}

}  // namespace

std::optional<BradleyTerryFit> FitBradleyTerry(std::size_t models, std::span<const PairPreferences> preferences) {
  if (!AreUsable(models, preferences)) return std::nullopt;
  if (!ReachesAll(models, preferences, true) || !ReachesAll(models, preferences, false)) return std::nullopt;
  return FitProblem({.models = models, .preferences = preferences, .ridge = 0});
}

std::optional<BradleyTerryFit> FitBradleyTerryRidge(std::size_t models, std::span<const PairPreferences> preferences,
                                                    double ridge) {
  if (!AreUsable(models, preferences) || !(ridge > 0) || !std::isfinite(ridge)) return std::nullopt;
  return FitProblem({.models = models, .preferences = preferences, .ridge = ridge});
}

std::optional<double> StandardErrorOfDifference(const BradleyTerryFit& fit, std::size_t i, std::size_t j) {
  if (!AreModels(fit, i, j) || fit.covariance.size() != fit.strengths.size()) return std::nullopt;
  const double variance = fit.covariance[i][i] + fit.covariance[j][j] - fit.covariance[i][j] - fit.covariance[j][i];
  if (!(variance > 0) || !std::isfinite(variance)) return std::nullopt;
  return std::sqrt(variance);
}

std::optional<double> PreferenceProbability(const BradleyTerryFit& fit, std::size_t i, std::size_t j) {
  if (!AreModels(fit, i, j)) return std::nullopt;
  return Logistic(fit.strengths[i] - fit.strengths[j]);
}

}  // namespace assay
