// Floors, ceilings and counts on independent cases, the candidate exactly on the threshold.

#include <cmath>
#include <cstdio>

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kAlpha = 0.05;
constexpr const char* kFamily = "Thresholds, a fixed number of cases";

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

Scenario PassRate(double rate, int cases) {
  return Fixed({.family = kFamily,
                .name = "`at_least: " + Number(rate) + "`, " + std::to_string(cases) + " cases pass or fail",
                .truth = "on the floor",
                .rules = "  - {name: r, metric: m, at_least: " + Number(rate) + "}\n",
                .draw = [=](Random& random) -> DrawnRuns {
                  return {.candidate = Cases(RateMetric(), cases, [&](int) { return Draw(random, rate); })};
                },
                .most_passes = kAlpha,
                .most_fails = kAlpha});
}

// Three trials a case, each passing with a probability of the case, 0.4 to 1: 0.7 on average.
DrawnRuns Trials(Random& random, int cases) {
  DrawnSuite suite{.metrics = {RateMetric()}};
  for (int i = 0; i < cases; ++i) {
    const double p = 0.4 + 0.6 * random.Uniform();
    suite.cases.push_back({.values = {{Draw(random, p), Draw(random, p), Draw(random, p)}}});
  }
  return {.candidate = std::move(suite)};
}

// Grades of 1, and a few that lie anywhere: skewed as answers of a good model are.
double SkewedGrade(Random& random) { return random.Uniform() < 0.8 ? 1 : random.Uniform(); }
constexpr double kMeanSkewedGrade = 0.9;

// Rare grades of a third: with few of them seen, a variance says little.
double RareGrade(Random& random) { return random.Uniform() < 0.03 ? 1.0 / 3 : 1; }
constexpr double kMeanRareGrade = 1 - 0.03 * 2 / 3;

Scenario Graded(std::string name, double mean, int cases, double (*grade)(Random&)) {
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = "on the floor",
                .rules = "  - {name: r, metric: m, at_least: " + Number(mean) + "}\n",
                .draw = [=](Random& random) -> DrawnRuns {
                  return {.candidate = Cases(RateMetric(), cases, [&](int) { return grade(random); })};
                },
                .most_passes = kAlpha,
                .most_fails = kAlpha,
                .rounds = 2000});
}

// Lognormal times with a median of 1.
double Seconds(Random& random, double spread) { return std::exp(spread * DrawNormal(random)); }

Scenario Latency(Aggregate aggregate, double limit, std::string name, std::optional<double> most) {
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = "on the ceiling",
                .rules = "  - {name: r, metric: t, at_most: " + Number(limit) + "}\n",
                .draw = [=](Random& random) -> DrawnRuns {
                  return {.candidate =
                              Cases(TimeMetric("t", aggregate), 200, [&](int) { return Seconds(random, 0.6); })};
                },
                .most_passes = most,
                .most_fails = most});
}

}  // namespace

std::vector<Scenario> ThresholdScenarios() {
  std::vector<Scenario> all;
  for (const double rate : {0.5, 0.9, 0.99}) {
    for (const int cases : {50, 200, 1000}) all.push_back(PassRate(rate, cases));
  }
  all.push_back(Fixed({.family = kFamily,
                       .name = "`at_most: 0.05`, 200 cases",
                       .truth = "on the ceiling",
                       .rules = "  - {name: r, metric: m, at_most: 0.05}\n",
                       .draw = [](Random& random) -> DrawnRuns {
                         return {.candidate = Cases(RateMetric(), 200, [&](int) { return Draw(random, 0.05); })};
                       },
                       .most_passes = kAlpha,
                       .most_fails = kAlpha}));
  all.push_back(Fixed({.family = kFamily,
                       .name = "`at_least: 0.7`, 100 cases of 3 trials, some harder than others",
                       .truth = "on the floor",
                       .rules = "  - {name: r, metric: m, at_least: 0.7}\n",
                       .draw = [](Random& random) { return Trials(random, 100); },
                       .most_passes = kAlpha,
                       .most_fails = kAlpha}));
  all.push_back(Graded("`at_least: 0.9`, 80 grades, four of five of them 1", kMeanSkewedGrade, 80, &SkewedGrade));
  all.push_back(Graded("`at_least: 0.98`, 100 grades, 3 % of them a third", kMeanRareGrade, 100, &RareGrade));
  const double z95 = 1.6448536269514722;
  all.push_back(Latency(Aggregate::kP95, std::exp(0.6 * z95), "`at_most` on a p95 of 200 lognormal times", kAlpha));
  all.push_back(Latency(Aggregate::kMean, std::exp(0.18),
                        "`at_most` on a mean of 200 lognormal times (Student's t: nothing promised)", std::nullopt));
  all.push_back(Fixed({.family = kFamily,
                       .name = "`zero_failures: {max_rate: 0.02}`, 149 cases",
                       .truth = "fails at max_rate",
                       .rules = "  - {name: r, grader: m, zero_failures: {max_rate: 0.02}}\n",
                       .draw = [](Random& random) -> DrawnRuns {
                         return {.candidate = Cases(RateMetric(), 149, [&](int) { return Draw(random, 0.98); })};
                       },
                       .most_passes = kAlpha}));
  all.push_back(
      Fixed({.family = kFamily,
             .name = "`per_case_floor: {at_least: 0.5, share: 0.784}`, 150 cases of 3 trials",
             .truth = "on the share",
             .rules = "  - {name: r, metric: m, per_case_floor: {at_least: 0.5, share: 0.784}}\n",
             .draw =
                 [](Random& random) {
                   DrawnSuite suite{.metrics = {RateMetric()}};
                   for (int i = 0; i < 150; ++i) {
                     suite.cases.push_back({.values = {{Draw(random, 0.7), Draw(random, 0.7), Draw(random, 0.7)}}});
                   }
                   return DrawnRuns{.candidate = std::move(suite)};
                 },
             .most_passes = kAlpha,
             .most_fails = kAlpha}));
  all.push_back(Fixed({.family = kFamily,
                       .name = "`expression: m - 0.5 * n >= 0.7`, 300 cases, n never where m is",
                       .truth = "on the threshold",
                       .rules = "  - {name: r, expression: m - 0.5 * n >= 0.7}\n",
                       .draw =
                           [](Random& random) {
                             DrawnSuite suite{.metrics = {RateMetric("m"), RateMetric("n")}};
                             for (int i = 0; i < 300; ++i) {
                               const double u = random.Uniform();
                               suite.cases.push_back({.values = {{u < 0.8 ? 1.0 : 0.0}, {u >= 0.8 ? 1.0 : 0.0}}});
                             }
                             return DrawnRuns{.candidate = std::move(suite)};
                           },
                       .most_passes = kAlpha,
                       .most_fails = kAlpha}));
  all.push_back(Fixed({.family = kFamily,
                       .name = "three rules, the first on its floor, the others far above theirs",
                       .truth = "one on the floor",
                       .rules = "  - {name: a, metric: m, at_least: 0.9}\n"
                                "  - {name: b, metric: m, at_least: 0.5}\n"
                                "  - {name: c, metric: m, per_case_floor: {at_least: 0.5, share: 0.6}}\n",
                       .draw = [](Random& random) -> DrawnRuns {
                         return {.candidate = Cases(RateMetric(), 200, [&](int) { return Draw(random, 0.9); })};
                       },
                       .most_passes = kAlpha,
                       .most_fails = kAlpha}));
  return all;
}

}  // namespace assay::sim
