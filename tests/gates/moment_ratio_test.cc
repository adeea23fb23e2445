#include "gates/stats/moment_ratio.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <vector>

namespace assay {
namespace {

struct Factors {
  const char* name;
  int terms;
  double least;
  double greatest;
  double weight;
};

std::vector<RatioTerm> TermsOf(const Factors& each) {
  std::vector<RatioTerm> terms;
  for (int i = 0; i < each.terms; ++i) {
    const double share = (i + 0.5) / each.terms;
    terms.push_back({each.least + (each.greatest - each.least) * share, each.weight});
  }
  return terms;
}

// A logarithm a term, in more digits.
std::complex<double> Plainly(const std::vector<RatioTerm>& terms, std::complex<double> delta) {
  std::complex<long double> log = 0;
  const std::complex<long double> step(delta);
  for (const RatioTerm& term : terms) {
    const auto ratio = static_cast<long double>(term.ratio);
    log -= static_cast<long double>(term.weight) * std::log(std::complex<long double>(1) - step * ratio);
  }
  return std::complex<double>(std::exp(log));
}

class MomentRatioTest : public ::testing::TestWithParam<Factors> {};

TEST_P(MomentRatioTest, IsTheProductWhereverTheSeriesHoldsAndBeyond) {
  const std::vector<RatioTerm> terms = TermsOf(GetParam());
  MomentRatio ratio(terms);
  const double most = std::max(std::fabs(GetParam().least), std::fabs(GetParam().greatest));
  for (const double size : {0.0, 1e-9, 0.01, 0.2, 0.249, 0.26, 0.9, 3.0, 40.0}) {
    for (const double angle : {0.4, 1.2, 1.57, 2.0}) {
      const std::complex<double> delta = std::polar(size / most, angle);
      const std::complex<double> expected = Plainly(terms, delta);
      const std::complex<double> found = ratio.At(delta);
      if (std::abs(expected) < 1e-200 || !std::isfinite(std::abs(expected))) continue;
      // Each factor is right to a few units in the last place.
      const double allowed = 1e-14 + 1e-15 * GetParam().terms * GetParam().weight;
      EXPECT_NEAR(std::abs(found / expected - 1.0), 0, allowed) << size << " at " << angle;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, MomentRatioTest,
                         ::testing::Values(Factors{"few", 5, -0.3, 0.7, 1}, Factors{"one_side", 400, 0.001, 2, 1},
                                           Factors{"both_sides", 3000, -1, 1, 1}, Factors{"weights", 500, -0.2, 0.1, 7},
                                           Factors{"shares_of_cases", 500, -0.2, 0.1, 1.5},
                                           Factors{"nearly_all_near_zero", 2000, -1e-3, 2, 1}),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(MomentRatio, OfNothingIsOne) { EXPECT_EQ(MomentRatio().At({0.3, 2}), std::complex<double>(1)); }

}  // namespace
}  // namespace assay
