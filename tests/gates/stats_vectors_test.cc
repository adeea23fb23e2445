// Published and recomputed values from a golden file: every method it names is either reproduced (tests/gates/stats)
// or listed as later.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "core/file.h"
#include "core/json.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

// In the file, not built yet.
const std::set<std::string>& LaterMethods() {
  static const std::set<std::string> later = {
      "asymptotic_confidence_sequence_relative_lift",
      "bernoulli_confidence_sequence_at_n",
      "beta_binomial_one_sided_bound",
      "beta_binomial_one_sided_log",
      "beta_binomial_two_sided_bound",
      "beta_binomial_two_sided_log",
      "betting_positive_capital_H0_mean_le_0.5",
      "bradley_terry_map_ridge",
      "bradley_terry_mle_centered",
      "bradley_terry_mle_ref0_with_se",
      "cohen_kappa_linear",
      "cohen_kappa_linear_weights",
      "cohen_kappa_quadratic",
      "cohen_kappa_unweighted",
      "cohen_kappa_vs_ac1",
      "cusum_tabular_k0.5",
      "dsse_pae",
      "dsse_signature_verify",
      "elo_batch_update",
      "ewma_series",
      "ewma_steady_state_limits",
      "fleiss_and_randolph_kappa",
      "fleiss_kappa",
      "gamma_exponential_bound",
      "gamma_exponential_log",
      "gamma_poisson_bound",
      "gamma_poisson_log",
      "github_x_hub_signature_256",
      "gwet_ac1",
      "gwet_ac1_two_raters",
      "judge_bias_plugin_ci",
      "judge_calibration_allocation",
      "krippendorff_alpha_interval",
      "krippendorff_alpha_nominal",
      "krippendorff_alpha_ordinal",
      "krippendorff_alpha_ratio",
      "mixture_sprt_identity",
      "mixture_sprt_normal_known_variance",
      "normal_mixture_one_sided_bound",
      "normal_mixture_one_sided_log",
      "normal_mixture_two_sided_best_rho",
      "normal_mixture_two_sided_bound",
      "normal_mixture_two_sided_log",
      "page_hinkley",
      "poly_stitching_bound",
      "ppi_mean_lambda_0",
      "ppi_mean_lambda_1",
      "ppi_mean_power_tuned",
      "predmix_eb_lambda_1",
      "predmix_empirical_bernstein_cs_95",
      "rogan_gladen_ci_known_se_sp",
      "rogan_gladen_delta_variance_estimated_se_sp",
      "rogan_gladen_point",
      "wald_sprt_bernoulli",
  };
  return later;
}

std::string VectorsFile() {
  const char* from_environment = std::getenv("ASSAY_VECTORS");
  return from_environment != nullptr ? from_environment : ASSAY_SOURCE_DIR "/../shared/vectors/statistics.json";
}

// The vectors, or the reason why there are none.
Result<Json> LoadVectors() {
  Result<std::string> text = ReadFile(VectorsFile());
  if (!text) return std::unexpected(text.error());
  return Json::Parse(*text);
}

// A list of lists is one list; true is 1; null is no information.
void AppendExpected(Numbers& numbers, const Json& expected) {
  if (expected.is_array()) {
    for (const Json& one : expected.as_array()) AppendExpected(numbers, one);
  } else if (expected.is_null()) {
    numbers.push_back(std::numeric_limits<double>::quiet_NaN());
  } else {
    numbers.push_back(expected.is_bool() ? (expected.as_bool() ? 1 : 0) : expected.as_number());
  }
}

class StatsVectors : public ::testing::TestWithParam<std::string> {};

TEST_P(StatsVectors, AreReproducedWithinTheirTolerance) {
  const Result<Json> file = LoadVectors();
  if (!file && file.error().code == ErrorCode::kNotFound) {
    GTEST_SKIP() << VectorsFile() << " is absent; set ASSAY_VECTORS to the golden file";
  }
  ASSERT_TRUE(file.has_value()) << file.error().message;
  int found = 0;
  for (const Json& vector : file->Find("vectors")->as_array()) {
    if (vector.Find("method")->as_string() != GetParam()) continue;
    ++found;
    SCOPED_TRACE(vector.Find("id")->as_string());
    Numbers expected;
    AppendExpected(expected, *vector.Find("expected"));
    const Numbers actual = VectorMethods().at(GetParam())(*vector.Find("inputs"));
    // A row may leave out what leads to the result.
    ASSERT_GE(actual.size(), expected.size());
    const std::size_t first = actual.size() - expected.size();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (std::isnan(expected[i])) {
        EXPECT_TRUE(std::isnan(actual[first + i])) << actual[first + i] << " where there is no information";
        continue;
      }
      const double tolerance =
          vector.Find("abs_tol")->as_number() + vector.Find("rel_tol")->as_number() * std::fabs(expected[i]);
      EXPECT_NEAR(actual[first + i], expected[i], tolerance);
    }
  }
  EXPECT_GT(found, 0) << "no vector for a method that is built";
}

std::vector<std::string> BuiltMethods() {
  std::vector<std::string> names;
  for (const auto& [name, method] : VectorMethods()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(EveryMethod, StatsVectors, ::testing::ValuesIn(BuiltMethods()), [](const auto& instance) {
  std::string name = instance.param;  // of letters, digits and underscores only
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
});

TEST(StatsVectorsFile, NamesNoUnknownMethod) {
  const Result<Json> file = LoadVectors();
  if (!file && file.error().code == ErrorCode::kNotFound) {
    GTEST_SKIP() << VectorsFile() << " is absent; set ASSAY_VECTORS to the golden file";
  }
  ASSERT_TRUE(file.has_value()) << file.error().message;
  for (const Json& vector : file->Find("vectors")->as_array()) {
    const std::string& method = vector.Find("method")->as_string();
    EXPECT_TRUE(VectorMethods().contains(method) || LaterMethods().contains(method))
        << "unknown method " << method << " of " << vector.Find("id")->as_string();
    EXPECT_FALSE(VectorMethods().contains(method) && LaterMethods().contains(method)) << method;
  }
}

}  // namespace
}  // namespace assay
