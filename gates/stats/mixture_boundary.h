#pragma once
// Boundaries that a sum of centred values crosses at any time with a small probability only (Howard, Ramdas, McAuliffe
// & Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", Annals of Statistics 49, 2021), as the
// library confseq defines them. Pure functions, thread-safe.
//
// `sum` is S_t, the sum of the values minus their means; `variance` is its intrinsic time V_t >= 0, the variance that
// has been accumulated (t * sigma^2 for sub-Gaussian values). `alpha` in (0, 1) is the probability that S_t is ever
// above the bound; for two sides, that |S_t| ever is. The `...Log` functions are the natural logarithm of the mixture
// supermartingale, which rises with `sum` from 0 on and has an expectation of at most 1: evidence that the means are
// greater. The `...Bound` functions solve it for 1 / alpha, to 1e-12, on the safe side.
//
// Absent (no information) for an argument that is out of range, NaN or infinite, and where a logarithm is not finite.

#include <cstdint>
#include <optional>

namespace assay {

// Where the bound is to be tightest. It holds everywhere.
struct MixtureTuning {
  double variance = 0;  // the intrinsic time, > 0
  double alpha = 0.05;  // in (0, 1); in (0, 0.5) for one side
};

enum class Sides : std::uint8_t { kOne, kTwo };

// The parameter of the normal mixture that is best where the tuning says, for two sides.
std::optional<double> NormalMixtureRho(const MixtureTuning& tuning);

// Sub-Gaussian values, for example within an interval of width w with sigma = w / 2.
std::optional<double> NormalMixtureLog(double sum, double variance, const MixtureTuning& tuning, Sides sides);
std::optional<double> NormalMixtureBound(double variance, double alpha, const MixtureTuning& tuning, Sides sides);

// Sub-exponential values with scale c > 0 ("sub-gamma"); one side. Such a sum is at least -variance / c.
std::optional<double> GammaExponentialMixtureLog(double sum, double variance, double scale,
                                                 const MixtureTuning& tuning);
std::optional<double> GammaExponentialMixtureBound(double variance, double alpha, double scale,
                                                   const MixtureTuning& tuning);

// Values that exceed their mean by at most `scale` > 0 (Bennett); one side.
std::optional<double> GammaPoissonMixtureLog(double sum, double variance, double scale, const MixtureTuning& tuning);
std::optional<double> GammaPoissonMixtureBound(double variance, double alpha, double scale,
                                               const MixtureTuning& tuning);

// Values within [mean - below, mean + above], both > 0: a variance of below * above each. A sum is at most variance /
// below, and that is the bound where none smaller shows anything. Absent where
// the variance, or that of the tuning, is more than that of 10^10 values.
struct ValueRange {
  double below = 0;
  double above = 0;
};
std::optional<double> BetaBinomialMixtureLog(double sum, double variance, const ValueRange& range,
                                             const MixtureTuning& tuning, Sides sides);
std::optional<double> BetaBinomialMixtureBound(double variance, double alpha, const ValueRange& range,
                                               const MixtureTuning& tuning, Sides sides);

// Polynomial stitching (theorem 1): closed form, with the growth of the law of the iterated logarithm; one side. For
// two sides ask for half of alpha.
struct Stitching {
  double least_variance = 0;  // > 0; the bound is constant below it
  double scale = 0;           // c of sub-gamma values; may be negative
  double exponent = 1.4;      // s > 1, how fast the error is spent
  double ratio = 2;           // eta > 1, of one epoch to the one before
};
std::optional<double> PolynomialStitchingBound(double variance, double alpha, const Stitching& stitching);

}  // namespace assay
