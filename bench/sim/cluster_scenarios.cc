// Cases in clusters: those of one resemble each other. The mean that is judged is that over all cases.

#include <cmath>
#include <cstdio>
#include <numeric>

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kAlpha = 0.05;
constexpr const char* kFamily = "Clusters";

struct Clusters {
  std::vector<int> sizes;
  // With this probability a case is like its cluster, else by itself: its square is the correlation within.
  double likeness = 0.6;
};

std::vector<int> Equal(int clusters, int size) { return std::vector<int>(static_cast<std::size_t>(clusters), size); }

std::vector<int> OneToTwenty() {
  std::vector<int> sizes(20);
  std::iota(sizes.begin(), sizes.end(), 1);
  return sizes;
}

// One cluster and cases by themselves.
std::vector<int> OneOfFifty() {
  std::vector<int> sizes = Equal(31, 1);
  sizes.front() = 50;
  return sizes;
}

std::vector<int> OneHasHalf() {
  std::vector<int> sizes = Equal(11, 4);
  sizes.front() = 40;
  return sizes;
}

// Calls add(cluster, like): `like` is whether the case is like its cluster.
template <class Add>
void ForEachCase(Random& random, const Clusters& clusters, const Add& add) {
  for (std::size_t cluster = 0; cluster < clusters.sizes.size(); ++cluster) {
    for (int i = 0; i < clusters.sizes[cluster]; ++i) add(cluster, random.Uniform() < clusters.likeness);
  }
}

// `draw(cluster)` gives a value of that cluster; cases like it share one.
DrawnSuite Clustered(Random& random, MetricShape metric, const Clusters& clusters,
                     const std::function<double(std::size_t)>& draw) {
  std::vector<double> shared;
  for (std::size_t cluster = 0; cluster < clusters.sizes.size(); ++cluster) shared.push_back(draw(cluster));
  DrawnSuite suite{.metrics = {std::move(metric)}};
  ForEachCase(random, clusters, [&](std::size_t cluster, bool is_like) {
    suite.cases.push_back({.values = {{is_like ? shared[cluster] : draw(cluster)}},
                           .topic = "t" + std::to_string(cluster % 4),
                           .cluster = static_cast<std::uint32_t>(cluster)});
  });
  return suite;
}

DrawnSuite PassOrFail(Random& random, const Clusters& clusters, double rate) {
  return Clustered(random, RateMetric(), clusters, [&](std::size_t) { return Draw(random, rate); });
}

std::string Floor(double rate) { return "  - {name: r, metric: m, at_least: " + std::to_string(rate) + "}\n"; }

Scenario OnFloor(std::string name, double rate, Clusters clusters, std::string rules = "", int rounds = 2000) {
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = "on the floor",
                .rules = rules.empty() ? Floor(rate) : std::move(rules),
                .draw = [=](Random& random) -> DrawnRuns { return {.candidate = PassOrFail(random, clusters, rate)}; },
                .most_passes = kAlpha,
                .most_fails = kAlpha,
                .rounds = rounds});
}

// What happens without the key.
Scenario Ignored() {
  return Fixed({.family = kFamily,
                .name = "`at_least: 0.9`, 40 clusters of 5 that agree, and no `cluster` (nothing promised)",
                .truth = "on the floor",
                .rules = Floor(0.9),
                .draw =
                    [](Random& random) {
                      DrawnSuite suite = PassOrFail(random, {Equal(40, 5), 1}, 0.9);
                      for (DrawnCase& one : suite.cases) one.cluster.reset();
                      return DrawnRuns{.candidate = std::move(suite)};
                    },
                .rounds = 2000});
}

// Large clusters are easier: the floor is the mean over the cases.
Scenario EasyWhenLarge() {
  const Clusters clusters{OneToTwenty(), 0.6};
  const auto rate = [sizes = clusters.sizes](std::size_t cluster) { return 0.5 + 0.025 * sizes[cluster]; };
  double sum = 0;
  double cases = 0;
  for (std::size_t i = 0; i < clusters.sizes.size(); ++i) {
    sum += rate(i) * clusters.sizes[i];
    cases += clusters.sizes[i];
  }
  char floor[32];
  std::snprintf(floor, sizeof floor, "%.12g", sum / cases);
  return Fixed({.family = kFamily,
                .name = "`at_least`, 20 clusters of 1 to 20 cases, large ones easier",
                .truth = "on the floor",
                .rules = "  - {name: r, metric: m, at_least: " + std::string(floor) + "}\n",
                .draw = [=](Random& random) -> DrawnRuns {
                  return {.candidate = Clustered(random, RateMetric(), clusters,
                                                 [&](std::size_t cluster) { return Draw(random, rate(cluster)); })};
                },
                .most_passes = kAlpha,
                .most_fails = kAlpha,
                .rounds = 1000});
}

// What the candidate loses of what the baseline passes, and gains of what it fails: clusters, mostly as a whole.
struct Differing {
  double lost = 0.1;
  double gained = 0.05;
};

DrawnRuns PairsIn(Random& random, const Clusters& clusters, const Differing& differing) {
  DrawnSuite ours = Clustered(random, RateMetric(), clusters, [&](std::size_t) {
    const double u = random.Uniform();
    return u < differing.lost ? -1.0 : u < differing.lost + differing.gained ? 1.0 : 0.0;
  });
  DrawnSuite theirs = ours;
  for (std::size_t i = 0; i < ours.cases.size(); ++i) {
    double& candidate = ours.cases[i].values[0][0];
    double& baseline = theirs.cases[i].values[0][0];
    const double difference = candidate;
    baseline = difference == 0 ? Draw(random, 0.9) : difference < 0 ? 1 : 0;
    candidate = baseline + difference;
  }
  return {.candidate = std::move(ours), .baseline = std::move(theirs)};
}

Scenario Compared(const std::string& rule, std::string data, std::string truth, const Clusters& clusters,
                  const Differing& differing, const std::string& settings = "") {
  return Fixed({.family = kFamily,
                .name = "`" + rule + "`, " + std::move(data),
                .truth = std::move(truth),
                .rules = "  - {name: r, metric: m, " + rule + "}\n",
                .settings = settings,
                .draw = [=](Random& random) { return PairsIn(random, clusters, differing); },
                .most_passes = kAlpha,
                .most_fails = kAlpha,
                .rounds = 1000});
}

void AddComparisons(std::vector<Scenario>& all) {
  const Clusters fours{Equal(60, 4), 0.7};
  const std::string not_worse = "non_inferior: {margin: 0.05}";
  const std::string by_margin = "worse by the margin";
  all.push_back(Compared(not_worse, "60 clusters of 4", by_margin, fours, {0.1, 0.05}));
  all.push_back(Compared(not_worse, "60 clusters of 4, only losses", by_margin, fours, {0.05, 0}));
  all.push_back(Compared(not_worse, "20 clusters of 1 to 20 cases", by_margin, {OneToTwenty(), 0.7}, {0.1, 0.05}));
  all.push_back(Compared("superior: {}", "60 clusters of 4", "equal", fours, {0.1, 0.1}));
  all.push_back(Compared("equivalent: {margin: 0.1}", "120 clusters of 4", "better by the margin", {Equal(120, 4), 0.7},
                         {0.05, 0.15}));
  all.push_back(Compared("non_inferior: {margin: 0.1}, by: topic", "4 slices of 30 clusters of 4",
                         "all worse by the margin", {Equal(120, 4), 0.7}, {0.15, 0.05}));
  all.push_back(Compared(not_worse, "`stop: early`, up to 200 clusters of 4", by_margin, {Equal(200, 4), 0.7},
                         {0.1, 0.05}, "stop: early\n"));
  all.push_back(Compared(not_worse, "`stop: early`, up to 200 clusters of 4, only losses", by_margin,
                         {Equal(200, 4), 0.7}, {0.05, 0}, "stop: early\n"));
  all.push_back(Compared("superior: {}", "`stop: early`, up to 200 clusters of 4", "equal", {Equal(200, 4), 0.7},
                         {0.1, 0.1}, "stop: early\n"));
}

Scenario Times(Aggregate aggregate, double limit, std::string name, std::optional<double> most) {
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = "on the ceiling",
                .rules = "  - {name: r, metric: t, at_most: " + std::to_string(limit) + "}\n",
                .draw = [=](Random& random) -> DrawnRuns {
                  return {.candidate = Clustered(random, TimeMetric("t", aggregate), {Equal(50, 5), 0.7},
                                                 [&](std::size_t) { return std::exp(0.6 * DrawNormal(random)); })};
                },
                .most_passes = most,
                .most_fails = most,
                .rounds = 1000});
}

}  // namespace

std::vector<Scenario> ClusterScenarios() {
  std::vector<Scenario> all;
  all.push_back(OnFloor("`at_least: 0.9`, 40 clusters of 5 that agree", 0.9, {Equal(40, 5), 1}));
  all.push_back(Ignored());
  all.push_back(OnFloor("`at_least: 0.9`, 40 clusters of 5, correlation 0.36", 0.9, {Equal(40, 5), 0.6}));
  all.push_back(OnFloor("`at_least: 0.5`, 20 clusters of 10, correlation 0.36", 0.5, {Equal(20, 10), 0.6}));
  all.push_back(OnFloor("`at_least: 0.7`, 5 clusters of 10, correlation 0.5", 0.7, {Equal(5, 10), 0.7}));
  all.push_back(OnFloor("`at_least: 0.98`, 150 clusters of 4, correlation 0.5", 0.98, {Equal(150, 4), 0.7}));
  all.push_back(OnFloor("`at_least: 0.9`, 20 clusters of 1 to 20 cases", 0.9, {OneToTwenty(), 0.6}, "", 1000));
  all.push_back(OnFloor("`at_least: 0.7`, 11 clusters, one with half of all cases", 0.7, {OneHasHalf(), 0.7}));
  all.push_back(OnFloor("`at_least: 0.3`, 11 clusters, one with half of all cases", 0.3, {OneHasHalf(), 0.7}));
  all.push_back(
      OnFloor("`at_least: 0.9`, one cluster of 50 that agree, 30 cases by themselves", 0.9, {OneOfFifty(), 1}));
  all.push_back(
      OnFloor("`at_least: 0.1`, one cluster of 50 that agree, 30 cases by themselves", 0.1, {OneOfFifty(), 1}));
  all.push_back(OnFloor("`at_least: 0.36`, 3 clusters of 20 that agree", 0.36, {Equal(3, 20), 1}));
  all.push_back(EasyWhenLarge());
  all.push_back(OnFloor("`at_least: 0.8, by: topic`, 4 slices of 15 clusters of 4", 0.8, {Equal(60, 4), 0.7},
                        "  - {name: r, metric: m, at_least: 0.8, by: topic}\n", 1000));
  all.push_back(OnFloor("`per_case_floor: {at_least: 0.5, share: 0.8}`, 40 clusters of 5", 0.8, {Equal(40, 5), 0.7},
                        "  - {name: r, metric: m, per_case_floor: {at_least: 0.5, share: 0.8}}\n"));
  Scenario counted = OnFloor("`zero_failures: {max_rate: 0.05}`, 59 clusters of 4 that agree", 0.95, {Equal(59, 4), 1},
                             "  - {name: r, grader: m, zero_failures: {max_rate: 0.05}}\n");
  counted.truth = "fails at max_rate";
  counted.most_fails.reset();
  all.push_back(std::move(counted));
  AddComparisons(all);
  const double z90 = 1.2815515655446004;
  all.push_back(Times(Aggregate::kP90, std::exp(0.6 * z90), "`at_most` on a p90 of times, 50 clusters of 5", kAlpha));
  all.push_back(Times(Aggregate::kMean, std::exp(0.18),
                      "`at_most` on a mean of times, 50 clusters of 5 (Student's t: nothing promised)", std::nullopt));
  return all;
}

}  // namespace assay::sim
