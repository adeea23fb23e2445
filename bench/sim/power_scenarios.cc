// Candidates that are clearly good, or clearly bad: the wrong verdict stays rare, and the right one is common.

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kAlpha = 0.05;
constexpr const char* kFamily = "Clearly good and clearly bad candidates";

enum class Candidate { kGood, kBad };

Scenario Of(Candidate candidate, std::string name, std::string truth, std::string rules,
            std::function<DrawnRuns(Random&)> draw) {
  const bool is_good = candidate == Candidate::kGood;
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = (is_good ? "good: " : "bad: ") + truth,
                .rules = "  - {name: r, metric: m, " + rules + "}\n",
                .draw = std::move(draw),
                .most_passes = is_good ? std::nullopt : std::optional(kAlpha),
                .most_fails = is_good ? std::optional(kAlpha) : std::nullopt,
                .rounds = 1000});
}

std::function<DrawnRuns(Random&)> PassRate(int cases, double rate) {
  return [=](Random& random) -> DrawnRuns {
    return {.candidate = Cases(RateMetric(), cases, [&](int) { return Draw(random, rate); })};
  };
}

std::function<DrawnRuns(Random&)> Compared(int cases, double gains, double losses) {
  return [=](Random& random) {
    DrawnSuite ours = Cases(RateMetric(), cases, [&](int) { return Draw(random, 0.9); });
    DrawnSuite theirs = ours;
    for (std::size_t i = 0; i < ours.cases.size(); ++i) {
      const double u = random.Uniform();
      if (u >= gains + losses) continue;
      ours.cases[i].values[0][0] = u < gains ? 1 : 0;
      theirs.cases[i].values[0][0] = u < gains ? 0 : 1;
    }
    return DrawnRuns{.candidate = std::move(ours), .baseline = std::move(theirs)};
  };
}

std::function<DrawnRuns(Random&)> Sliced(double rate_of_first, double rate) {
  return [=](Random& random) {
    DrawnSuite suite{.metrics = {RateMetric()}};
    for (int i = 0; i < 1000; ++i) {
      const int slice = i % 5;
      suite.cases.push_back(
          {.values = {{Draw(random, slice == 0 ? rate_of_first : rate)}}, .topic = "t" + std::to_string(slice)});
    }
    return DrawnRuns{.candidate = std::move(suite)};
  };
}

// 60 clusters of 5, correlation 0.36.
std::function<DrawnRuns(Random&)> Clustered(double rate) {
  return [=](Random& random) {
    DrawnSuite suite{.metrics = {RateMetric()}};
    for (std::uint32_t cluster = 0; cluster < 60; ++cluster) {
      const double shared = Draw(random, rate);
      for (int i = 0; i < 5; ++i) {
        const double value = random.Uniform() < 0.6 ? shared : Draw(random, rate);
        suite.cases.push_back({.values = {{value}}, .topic = "", .cluster = cluster});
      }
    }
    return DrawnRuns{.candidate = std::move(suite)};
  };
}

}  // namespace

std::vector<Scenario> PowerScenarios() {
  const auto good = Candidate::kGood;
  const auto bad = Candidate::kBad;
  const std::string floor = "at_least: 0.9";
  const std::string margin = "non_inferior: {margin: 0.05}";
  return {
      Of(good, "`at_least: 0.9`, 300 cases", "0.95", floor, PassRate(300, 0.95)),
      Of(bad, "`at_least: 0.9`, 300 cases", "0.83", floor, PassRate(300, 0.83)),
      Of(good, "`non_inferior: {margin: 0.05}`, 300 cases, 8 % differ", "equal", margin, Compared(300, 0.04, 0.04)),
      Of(bad, "`non_inferior: {margin: 0.05}`, 300 cases, 20 % differ", "0.14 worse", margin,
         Compared(300, 0.03, 0.17)),
      Of(good, "`at_least: 0.9, by: topic`, 5 slices of 200", "0.97", "at_least: 0.9, by: topic", Sliced(0.97, 0.97)),
      Of(bad, "`at_least: 0.9, by: topic`, 5 slices of 200", "one slice 0.78", "at_least: 0.9, by: topic",
         Sliced(0.78, 0.97)),
      Of(good, "`at_least: 0.9`, 60 clusters of 5, correlation 0.36", "0.97", floor, Clustered(0.97)),
      Of(bad, "`at_least: 0.9`, 60 clusters of 5, correlation 0.36", "0.75", floor, Clustered(0.75))};
}

}  // namespace assay::sim
