// Correction of a judge's errors, and what it has to agree with: people among each other.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <stdexcept>

#include "gates/stats/gwet.h"
#include "gates/stats/judge_correction.h"
#include "gates/stats/kappa.h"
#include "gates/stats/krippendorff.h"
#include "gates/stats/prediction_powered.h"
#include "gates/stats/proportion.h"
#include "tests/gates/stats/vector_methods.h"

namespace assay {
namespace {

constexpr double kNoResult = std::numeric_limits<double>::quiet_NaN();

using Rows = std::vector<Numbers>;

JudgeErrorRates RatesIn(const Json& in) {
  return {.sensitivity = NumberIn(in, "se"), .specificity = NumberIn(in, "sp")};
}

// Known error rates: the limits of the judge's pass rate, corrected.
Numbers CorrectedWilson(const Json& in) {
  const std::int64_t passes = WholeIn(in, "pos");
  const std::int64_t n = WholeIn(in, "n");
  const auto corrected = [&](std::optional<double> limit) { return OrNaN(RoganGladen(OrNaN(limit), RatesIn(in))); };
  return {corrected(WilsonLower(passes, n, LimitConfidence(in))),
          corrected(WilsonUpper(passes, n, LimitConfidence(in)))};
}

Numbers CorrectedEstimated(const Json& in) {
  const std::optional<CorrectedRate> corrected = RoganGladenEstimated({.judge_passes = WholeIn(in, "judge_pass"),
                                                                       .cases = WholeIn(in, "n"),
                                                                       .true_passes = WholeIn(in, "tp"),
                                                                       .human_passes = WholeIn(in, "human_pos"),
                                                                       .true_fails = WholeIn(in, "tn"),
                                                                       .human_fails = WholeIn(in, "human_neg")});
  if (!corrected) return {kNoResult, kNoResult};
  return {corrected->rate, corrected->standard_error};
}

Numbers JudgeBias(const Json& in) {
  const JudgeErrorRates rates{.sensitivity = NumberIn(in, "q1_sensitivity"),
                              .specificity = NumberIn(in, "q0_specificity")};
  const std::optional<Interval> interval = JudgeBiasInterval({.judged_rate = NumberIn(in, "p"),
                                                              .rates = rates,
                                                              .cases = NumberIn(in, "n"),
                                                              .human_passes = NumberIn(in, "m1"),
                                                              .human_fails = NumberIn(in, "m0")},
                                                             1 - NumberIn(in, "alpha", 0.05) / 2);
  const double point = OrNaN(RoganGladen(NumberIn(in, "p"), rates));
  if (!interval) return {point, kNoResult, kNoResult};
  return {point, interval->lower, interval->upper};
}

Numbers Allocation(const Json& in) {
  const std::optional<CalibrationAllocation> allocation = JudgeCalibrationAllocation(
      WholeIn(in, "m"), NumberIn(in, "p"),
      {.sensitivity = NumberIn(in, "q1_pilot"), .specificity = NumberIn(in, "q0_pilot")}, WholeIn(in, "m_pilot"));
  if (!allocation) return {kNoResult, kNoResult};
  return {static_cast<double>(allocation->human_fails), static_cast<double>(allocation->human_passes)};
}

// A list, or what the file says in words: "156 ones,44 zeros", "[2]*10", "Y+2".
Numbers ScoresIn(const Json& in, const char* key) {
  const Json* given = in.Find(key);
  if (given == nullptr || !given->is_string()) return NumbersIn(in, key);
  const std::string text = given->as_string();
  double first = 0;
  double second = 0;
  if (std::sscanf(text.c_str(), "%lf ones,%lf zeros", &first, &second) == 2) {
    Numbers scores(static_cast<std::size_t>(first), 1);
    scores.resize(static_cast<std::size_t>(first + second), 0);
    return scores;
  }
  if (std::sscanf(text.c_str(), "[%lf]*%lf", &first, &second) == 2) {
    return Numbers(static_cast<std::size_t>(second), first);
  }
  if (std::sscanf(text.c_str(), "Y%lf", &first) == 1) {
    Numbers scores = NumbersIn(in, "Y");
    for (double& score : scores) score += first;
    return scores;
  }
  throw std::invalid_argument("no scores: " + text);
}

struct PoweredResult {
  std::optional<PredictionPoweredMean> mean;
  std::optional<Interval> interval;
};

PoweredResult PoweredIn(const Json& in, std::optional<double> weight) {
  const Numbers human = ScoresIn(in, "Y");
  const Numbers judge = ScoresIn(in, "Yhat");
  const Numbers judge_only = ScoresIn(in, "Yhat_unlabeled");
  const ScoredByBoth scores{.human = human, .judge = judge, .judge_only = judge_only};
  PoweredResult result{.mean = weight ? PredictionPowered(scores, *weight) : PredictionPoweredTuned(scores),
                       .interval = {}};
  if (result.mean) result.interval = PredictionPoweredInterval(*result.mean, 1 - NumberIn(in, "alpha", 0.05) / 2);
  return result;
}

Numbers PoweredTuned(const Json& in) {
  const PoweredResult result = PoweredIn(in, std::nullopt);
  if (!result.mean || !result.interval) return {};
  return {result.mean->weight, result.mean->mean, result.mean->standard_error, result.interval->lower,
          result.interval->upper};
}

Numbers PoweredPoint(const Json& in) {
  const PoweredResult result = PoweredIn(in, 1);
  return {result.mean ? result.mean->mean : kNoResult};
}

Numbers PoweredClassical(const Json& in) {
  const PoweredResult result = PoweredIn(in, 0);
  if (!result.mean) return {};
  return {result.mean->mean, result.mean->standard_error};
}

Rows RowsIn(const Json& in, const char* key) {
  Rows rows;
  for (const Json& row : in.Find(key)->as_array()) {
    rows.emplace_back();
    for (const Json& one : row.as_array()) rows.back().push_back(one.is_null() ? kNoResult : one.as_number());
  }
  return rows;
}

// Ratings of each unit, without the missing ones, from any of the layouts of the file.
Rows UnitsIn(const Json& in) {
  Rows units;
  const auto add = [](Numbers& unit, double value, double times) {
    for (double i = 0; i < times; ++i) unit.push_back(value);
  };
  for (const char* key : {"units", "ratings_by_subject", "ratings"}) {
    if (in.Find(key) == nullptr) continue;
    for (const Numbers& row : RowsIn(in, key)) {
      units.emplace_back();
      for (const double value : row) add(units.back(), value, std::isnan(value) ? 0 : 1);
    }
  }
  if (in.Find("raters_by_units") != nullptr) {
    for (const Numbers& rater : RowsIn(in, "raters_by_units")) {
      units.resize(std::max(units.size(), rater.size()));
      for (std::size_t u = 0; u < rater.size(); ++u) add(units[u], rater[u], std::isnan(rater[u]) ? 0 : 1);
    }
  }
  if (in.Find("counts") != nullptr) {
    for (const Numbers& row : RowsIn(in, "counts")) {
      units.emplace_back();
      for (std::size_t k = 0; k < row.size(); ++k) add(units.back(), static_cast<double>(k), row[k]);
    }
  }
  if (in.Find("table") != nullptr) {
    const Rows table = RowsIn(in, "table");
    for (std::size_t i = 0; i < table.size(); ++i) {
      for (std::size_t j = 0; j < table.size(); ++j) {
        units.insert(units.end(), static_cast<std::size_t>(table[i][j]),
                     {static_cast<double>(i), static_cast<double>(j)});
      }
    }
  }
  return units;
}

// Ratings as counts of each category that occurs.
Rows CategoryCountsIn(const Json& in) {
  if (in.Find("counts") != nullptr) return RowsIn(in, "counts");
  const Rows units = UnitsIn(in);
  std::map<double, std::size_t> categories;
  for (const Numbers& unit : units) {
    for (const double value : unit) categories.emplace(value, 0);
  }
  std::size_t next = 0;
  for (auto& [value, index] : categories) index = next++;
  Rows counts;
  for (const Numbers& unit : units) {
    counts.emplace_back(categories.size(), 0.0);
    for (const double value : unit) counts.back()[categories.at(value)] += 1;
  }
  return counts;
}

Rows RaterTableIn(const Json& in) {
  if (in.Find("table") != nullptr) return RowsIn(in, "table");
  const Numbers categories = NumbersIn(in, "categories_used");
  const auto index = [&](double value) {
    return static_cast<std::size_t>(std::ranges::find(categories, value) - categories.begin());
  };
  Rows table(categories.size(), Numbers(categories.size(), 0));
  const Numbers first = NumbersIn(in, "rater1");
  const Numbers second = NumbersIn(in, "rater2");
  for (std::size_t i = 0; i < first.size(); ++i) table.at(index(first[i])).at(index(second[i])) += 1;
  return table;
}

// Kappa alone for a table, with its z for lists of ratings: as the references print them.
Method CohenWith(KappaWeights weights) {
  return [weights](const Json& in) {
    const std::optional<CohenKappa> kappa = CohensKappa(RaterTableIn(in), weights);
    if (!kappa) return Numbers{kNoResult};
    if (in.Find("table") != nullptr) return Numbers{kappa->kappa};
    return Numbers{kappa->kappa, kappa->kappa / kappa->null_standard_error};
  };
}

Numbers CohenInFull(const Json& in) {
  const std::optional<CohenKappa> kappa = CohensKappa(RaterTableIn(in), KappaWeights::kLinear);
  if (!kappa) return {};
  const std::optional<Interval> interval = CohensKappaInterval(*kappa, LimitConfidence(in));
  if (!interval) return {};
  return {kappa->kappa,    kappa->standard_error,      interval->lower,
          interval->upper, kappa->null_standard_error, kappa->kappa / kappa->null_standard_error};
}

Numbers KappaAndAc1(const Json& in) {
  const std::optional<CohenKappa> kappa = CohensKappa(RaterTableIn(in), KappaWeights::kUnweighted);
  const std::optional<GwetAgreement> gwet = GwetAc1OfTable(RaterTableIn(in));
  return {kappa ? kappa->kappa : kNoResult, gwet ? gwet->ac1 : kNoResult};
}

Numbers Gwet(const Json& in) {
  const std::optional<GwetAgreement> gwet = GwetAc1(CategoryCountsIn(in));
  if (!gwet) return {};
  return {gwet->ac1, gwet->observed, gwet->expected, gwet->standard_error};
}

Numbers GwetOfTable(const Json& in) {
  const std::optional<GwetAgreement> gwet = GwetAc1OfTable(RaterTableIn(in));
  if (!gwet) return {};
  return {gwet->ac1, gwet->observed};
}

Method AlphaOn(RatingScale scale) {
  return [scale](const Json& in) {
    const Rows units = UnitsIn(in);
    const std::optional<KrippendorffAlpha> alpha = KrippendorffsAlpha(units, scale);
    if (alpha) return Numbers{alpha->alpha};
    // Inspect calls ratings that are all the same perfect; to us they are no information.
    std::map<double, int> different;
    for (const Numbers& unit : units) {
      for (const double value : unit) ++different[value];
    }
    return Numbers{different.size() == 1 ? 1 : kNoResult};
  };
}

}  // namespace

MethodTable JudgeMethods() {
  return {
      {"rogan_gladen_point",
       [](const Json& in) {
         return Numbers{OrNaN(RoganGladen(NumberIn(in, "pos") / NumberIn(in, "n"), RatesIn(in)))};
       }},
      {"rogan_gladen_ci_known_se_sp", CorrectedWilson},
      {"rogan_gladen_delta_variance_estimated_se_sp", CorrectedEstimated},
      {"judge_bias_plugin_ci", JudgeBias},
      {"judge_calibration_allocation", Allocation},
      {"ppi_mean_lambda_0", PoweredClassical},
      {"ppi_mean_lambda_1", PoweredPoint},
      {"ppi_mean_power_tuned", PoweredTuned},
      {"cohen_kappa_unweighted", CohenWith(KappaWeights::kUnweighted)},
      {"cohen_kappa_linear", CohenWith(KappaWeights::kLinear)},
      {"cohen_kappa_quadratic", CohenWith(KappaWeights::kQuadratic)},
      {"cohen_kappa_linear_weights", CohenInFull},
      {"cohen_kappa_vs_ac1", KappaAndAc1},
      {"fleiss_kappa", [](const Json& in) { return Numbers{OrNaN(FleissKappa(CategoryCountsIn(in)))}; }},
      {"fleiss_and_randolph_kappa",
       [](const Json& in) {
         return Numbers{OrNaN(FleissKappa(CategoryCountsIn(in))), OrNaN(RandolphKappa(CategoryCountsIn(in)))};
       }},
      {"gwet_ac1", Gwet},
      {"gwet_ac1_two_raters", GwetOfTable},
      {"krippendorff_alpha_nominal", AlphaOn(RatingScale::kNominal)},
      {"krippendorff_alpha_ordinal", AlphaOn(RatingScale::kOrdinal)},
      {"krippendorff_alpha_interval", AlphaOn(RatingScale::kInterval)},
      {"krippendorff_alpha_ratio", AlphaOn(RatingScale::kRatio)},
  };
}

}  // namespace assay
