// Pairwise preference and drift. Elo's batch update stands here: it depends on the order of batches, and is for
// display.

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>

#include "gates/stats/bradley_terry.h"
#include "gates/stats/drift.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

// "pairs": winners and losers.
std::vector<PairPreferences> WinnersIn(const Json& in) {
  std::vector<PairPreferences> preferences;
  for (const Json& pair : in.Find("pairs")->as_array()) {
    preferences.push_back({.first = static_cast<std::size_t>(pair.as_array()[0].as_integer()),
                           .second = static_cast<std::size_t>(pair.as_array()[1].as_integer()),
                           .first_wins = 1});
  }
  return preferences;
}

Numbers CentredStrengths(const Json& in) {
  const auto fit = FitBradleyTerry(static_cast<std::size_t>(WholeIn(in, "n")), WinnersIn(in));
  return fit ? fit->strengths : Numbers{};
}

Numbers RidgeStrengths(const Json& in) {
  const auto fit =
      FitBradleyTerryRidge(static_cast<std::size_t>(WholeIn(in, "n")), WinnersIn(in), NumberIn(in, "alpha"));
  return fit ? fit->strengths : Numbers{};
}

// "wins": counts by "i>j". Strengths of all but the first relative to it, then their standard errors.
Numbers StrengthsRelativeToFirst(const Json& in) {
  std::vector<PairPreferences> preferences;
  for (const auto& [name, wins] : in.Find("wins")->as_object()) {
    const std::size_t beats = name.find('>');
    preferences.push_back({.first = std::stoul(name.substr(0, beats)),
                           .second = std::stoul(name.substr(beats + 1)),
                           .first_wins = wins.as_number()});
  }
  const std::size_t players = in.Find("players")->as_array().size();
  const std::optional<BradleyTerryFit> fit = FitBradleyTerry(players, preferences);
  Numbers result;
  for (std::size_t i = 1; fit && i < players; ++i) result.push_back(fit->strengths[i] - fit->strengths[0]);
  for (std::size_t i = 1; fit && i < players; ++i) result.push_back(OrNaN(StandardErrorOfDifference(*fit, i, 0)));
  return result;
}

// Expected scores to two decimals, as the example has them, and the new rating.
Numbers EloBatch(const Json& in) {
  const Numbers opponents = NumbersIn(in, "opp");
  const Numbers results = NumbersIn(in, "res");
  const double rating = NumberIn(in, "r");
  Numbers result;
  double surplus = 0;
  for (std::size_t i = 0; i < opponents.size(); ++i) {
    const double expected = 1 / (1 + std::pow(10, (opponents[i] - rating) / 400));
    result.push_back(std::round(expected * 100) / 100);
    surplus += results[i] - expected;
  }
  result.push_back(std::round(rating + NumberIn(in, "k") * surplus));
  return result;
}

Numbers Ewma(const Json& in) {
  const auto series = EwmaSeries(NumbersIn(in, "x"), NumberIn(in, "lam"), NumberIn(in, "z0"));
  Numbers result{NumberIn(in, "z0")};
  if (series) result.insert(result.end(), series->begin(), series->end());
  return result;
}

Numbers EwmaLimits(const Json& in) {
  const double half_width = OrNaN(
      EwmaHalfWidth({.deviation = NumberIn(in, "sigma"), .weight = NumberIn(in, "lam"), .width = NumberIn(in, "L")}));
  return {NumberIn(in, "mu0") + half_width, NumberIn(in, "mu0") - half_width};
}

Numbers Cusum(const Json& in) {
  const auto series =
      CusumSeries(NumbersIn(in, "x"),
                  {.mean = NumberIn(in, "mu"), .deviation = NumberIn(in, "sd"), .slack = NumberIn(in, "k", 0.5)});
  Numbers result;
  if (!series) return result;
  for (const CusumSums& sums : *series) {
    result.push_back(sums.high);
    result.push_back(sums.low);
  }
  return result;
}

// CPython's random.Random(seed) for a seed below 2^32: the Mersenne Twister, seeded by a key of one word.
class PythonRandom {
 public:
  explicit PythonRandom(std::uint32_t seed) {
    Fill(19650218);
    std::size_t i = 1;
    for (std::size_t k = 0; k < kSize; ++k) {
      state_[i] = (state_[i] ^ (Tangle(i) * 1664525)) + seed;
      i = Following(i);
    }
    for (std::size_t k = 0; k + 1 < kSize; ++k) {
      state_[i] = (state_[i] ^ (Tangle(i) * 1566083941)) - static_cast<std::uint32_t>(i);
      i = Following(i);
    }
    state_[0] = 0x80000000;
  }

  double Uniform() {
    const std::uint32_t high = Next() >> 5;
    const std::uint32_t low = Next() >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
  }

 private:
  static constexpr std::size_t kSize = 624;

  void Fill(std::uint32_t seed) {
    state_[0] = seed;
    for (std::size_t i = 1; i < kSize; ++i) {
      state_[i] = 1812433253 * (state_[i - 1] ^ (state_[i - 1] >> 30)) + static_cast<std::uint32_t>(i);
    }
  }
  std::uint32_t Tangle(std::size_t i) const { return state_[i - 1] ^ (state_[i - 1] >> 30); }
  std::size_t Following(std::size_t i) {
    if (i + 1 < kSize) return i + 1;
    state_[0] = state_[kSize - 1];
    return 1;
  }
  std::uint32_t Next() {
    if (used_ == kSize) Twist();
    std::uint32_t y = state_[used_++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680;
    y ^= (y << 15) & 0xEFC60000;
    return y ^ (y >> 18);
  }
  void Twist() {
    for (std::size_t i = 0; i < kSize; ++i) {
      const std::uint32_t y = (state_[i] & 0x80000000) | (state_[(i + 1) % kSize] & 0x7FFFFFFF);
      state_[i] = state_[(i + 397) % kSize] ^ (y >> 1) ^ ((y & 1) != 0 ? 0x9908B0DF : 0);
    }
    used_ = 0;
  }

  std::array<std::uint32_t, kSize> state_{};
  std::size_t used_ = kSize;
};

// The stream of river's example, which the file names by how Python makes it: rng.choices([0, 1], k=1000) and then
// rng.choices(range(4, 8), k=1000).
Numbers RiverStream() {
  PythonRandom random(12345);
  Numbers stream;
  for (int i = 0; i < 1000; ++i) stream.push_back(std::floor(random.Uniform() * 2));
  for (int i = 0; i < 1000; ++i) stream.push_back(4 + std::floor(random.Uniform() * 4));
  return stream;
}

Numbers PageHinkleyFirst(const Json& in) {
  const Numbers stream = in.Find("stream")->is_string() ? RiverStream() : NumbersIn(in, "stream");
  const auto result = PageHinkley(stream, {.least_values = static_cast<std::size_t>(WholeIn(in, "min_instances")),
                                           .tolerance = NumberIn(in, "delta"),
                                           .threshold = NumberIn(in, "threshold"),
                                           .memory = NumberIn(in, "alpha")});
  if (!result || !result->alarm) return {kNothing, kNothing};
  return {static_cast<double>(*result->alarm), stream[*result->alarm]};
}

}  // namespace

MethodTable PreferenceMethods() {
  return {
      {"bradley_terry_mle_centered", CentredStrengths},
      {"bradley_terry_map_ridge", RidgeStrengths},
      {"bradley_terry_mle_ref0_with_se", StrengthsRelativeToFirst},
      {"elo_batch_update", EloBatch},
      {"ewma_series", Ewma},
      {"ewma_steady_state_limits", EwmaLimits},
      {"cusum_tabular_k0.5", Cusum},
      {"page_hinkley", PageHinkleyFirst},
  };
}

}  // namespace assay
