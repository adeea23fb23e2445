#include "tests/gates/stats/methods/empirical_bernstein.h"

#include <algorithm>
#include <cmath>

#include "gates/stats/betting.h"

namespace assay {
namespace {

constexpr double kMostBet = 0.5;

// The lower bound of the values, or of one minus each.
std::optional<double> BernsteinLower(std::span<const double> values, double confidence, bool is_mirrored) {
  if (values.empty() || !(confidence > 0 && confidence < 1)) return std::nullopt;
  PredictableBets bets(confidence);
  double count = 0;
  double sum = 0;
  double bet_sum = 0;
  double won = 0;
  double cost = -std::log1p(-confidence);
  double bound = 0;
  for (const double given : values) {
    if (!(given >= 0 && given <= 1)) return std::nullopt;
    const double value = is_mirrored ? 1 - given : given;
    const double bet = std::min(bets.Next(), kMostBet);
    bets.Observe(value);
    const double mean = count == 0 ? 0 : sum / count;  // of the values before
    cost += (value - mean) * (value - mean) * (-std::log1p(-bet) - bet);
    count += 1;
    sum += value;
    bet_sum += bet;
    won += bet * value;
    bound = std::max(bound, (won - cost) / bet_sum);
  }
  return std::min(bound, 1.0);
}

}  // namespace

std::optional<double> EmpiricalBernsteinLower(std::span<const double> values, double confidence) {
  return BernsteinLower(values, confidence, false);
}

std::optional<double> EmpiricalBernsteinUpper(std::span<const double> values, double confidence) {
  const std::optional<double> lower = BernsteinLower(values, confidence, true);
  if (!lower) return std::nullopt;
  return 1 - *lower;
}

}  // namespace assay
