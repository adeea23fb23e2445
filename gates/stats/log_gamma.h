#pragma once
// Logarithms of gamma and beta functions, precise enough that the differences of two that are large mean something.
// Pure functions, thread-safe (std::lgamma is not).

namespace assay {

// ln Gamma(x) and ln B(a, b) = ln Gamma(a) + ln Gamma(b) - ln Gamma(a + b), natural logarithms, for positive finite
// arguments; NaN otherwise, also for 0. Stirling's series with seven terms from 25 on, below it by the recurrence
// Gamma(x) = Gamma(x + 1) / x (NIST Digital Library of Mathematical Functions, 5.11.1, 5.5.1 and 5.12.1). Differences
// of values for arguments up to 1e9 are good to 1e-8.
long double LogGamma(long double x);
long double LogBeta(long double a, long double b);

// ln Gamma(x) - ((x - 1/2) ln x - x + ln(2 pi) / 2), what Stirling's formula leaves; about 1 / (12 x)
// (DLMF 5.11.1). For x > 0; NaN otherwise.
double LogGammaRemainder(double x);

// ln P(shape, shape (1 + u)) and ln Q(shape, shape (1 + u)), the lower and upper incomplete gamma functions over Gamma,
// for shape > 0 and u > -1; natural logarithms of probabilities, at most 0. Temme's uniform expansion (SIAM Journal on
// Mathematical Analysis 10, 1979) for shapes from 10,000 on, else Boost.Math. To 1e-11 within six standard deviations
// of a shape of any size, where Boost.Math's series give up or take seconds. -infinity where nothing is left; NaN for
// arguments out of range.
double LogLowerGamma(double shape, double u);
double LogUpperGamma(double shape, double u);

}  // namespace assay
