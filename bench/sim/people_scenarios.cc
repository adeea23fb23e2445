// Gates on a grader that people correct on a random sample of the cases.

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kWrong = 0.05;
constexpr const char* kOfPeople = "People correct a grader";

struct Sampled {
  int cases = 500;
  double rate = 0.8;    // of people
  double right = 0.95;  // share of cases on which the grader says what they say
  double chance = 0.2;
};

// A grader that is wrong is wrong either way. Cases of a cluster of `size` mostly have one answer.
DrawnSuite SampledSuite(Random& random, const Sampled& truth, int size = 1) {
  MetricShape metric = RateMetric();
  metric.source = MetricSource::kHumanCorrected;
  std::vector<SampledCase> sampled;
  bool shared = false;
  DrawnSuite suite = Cases(metric, truth.cases, [&](int ordinal) {
    if (ordinal % size == 0) shared = Draw(random, truth.rate) == 1;
    const bool is_shared = size > 1 && random.Uniform() < 0.8;
    const double said = is_shared ? (shared ? 1 : 0) : Draw(random, truth.rate);
    const double judged = Draw(random, truth.right) == 1 ? said : 1 - said;
    const bool is_drawn = Draw(random, truth.chance) == 1;
    sampled.push_back({.judged = judged,
                       .said = is_drawn ? said : kNotSaid,
                       .asked = is_drawn ? AskedOfPeople::kYes : AskedOfPeople::kNo});
    return is_drawn ? said : judged;
  });
  for (std::size_t i = 0; size > 1 && i < suite.cases.size(); ++i)
    suite.cases[i].cluster = static_cast<std::uint32_t>(i) / static_cast<std::uint32_t>(size);
  suite.sample = PeopleSample(truth.chance, std::move(sampled));
  return suite;
}

Scenario OnTheMark(std::string name, const Sampled& truth, int size = 1, std::string settings = "") {
  return Fixed({.family = kOfPeople,
                .name = std::move(name),
                .truth = "on the floor",
                .rules = "  - {name: r, metric: m, at_least: 0.8}\n",
                .settings = std::move(settings),
                .draw = [=](Random& random) -> DrawnRuns { return {.candidate = SampledSuite(random, truth, size)}; },
                .most_passes = kWrong,
                .most_fails = kWrong,
                .rounds = 2000});
}

Scenario BySlice(double weak) {
  return Fixed({.family = kOfPeople,
                .name = "`at_least: 0.8, by: [topic]`, two topics of 400, a grader right on 95 %, a half drawn",
                .truth = "one topic on the floor",
                .rules = "  - {name: r, metric: m, at_least: 0.8, by: [topic]}\n",
                .draw = [=](Random& random) -> DrawnRuns {
                  DrawnSuite suite = SampledSuite(random, {400, weak, 0.95, 0.5});
                  const DrawnSuite good = SampledSuite(random, {400, 0.97, 0.95, 0.5});
                  std::vector<SampledCase> sampled;
                  for (std::size_t i = 0; i < 400; ++i) {
                    suite.cases[i].topic = "weak";
                    sampled.push_back(suite.sample->At(i));
                  }
                  for (std::size_t i = 0; i < 400; ++i) {
                    suite.cases.push_back(good.cases[i]);
                    suite.cases.back().topic = "good";
                    sampled.push_back(good.sample->At(i));
                  }
                  suite.sample = PeopleSample(0.5, std::move(sampled));
                  return {.candidate = std::move(suite)};
                },
                .most_passes = kWrong,
                .most_fails = kWrong,
                .rounds = 2000});
}

Scenario WorseByTheMargin(double right) {
  return Fixed({.family = kOfPeople,
                .name = "`non_inferior: {margin: 0.1}`, 500 cases, half drawn, a grader right on " +
                        std::to_string(static_cast<int>(100 * right)) + " %",
                .truth = "worse by the margin",
                .rules = "  - {name: r, metric: m, non_inferior: {margin: 0.1}}\n",
                .draw = [=](Random& random) -> DrawnRuns {
                  return {.candidate = SampledSuite(random, {500, 0.75, right, 0.5}),
                          .baseline = SampledSuite(random, {500, 0.85, right, 0.5})};
                },
                .most_passes = kWrong,
                .most_fails = kWrong,
                .rounds = 2000});
}

// Nothing is promised of how often a good candidate passes.
Scenario Good(std::string name, const Sampled& truth) {
  return Fixed({.family = kOfPeople,
                .name = std::move(name),
                .truth = "5 points above the floor",
                .rules = "  - {name: r, metric: m, at_least: 0.8}\n",
                .draw = [=](Random& random) -> DrawnRuns { return {.candidate = SampledSuite(random, truth)}; },
                .most_fails = kWrong,
                .rounds = 2000});
}

}  // namespace

std::vector<Scenario> PeopleScenarios() {
  return {
      OnTheMark("`at_least: 0.8`, 500 cases, a fifth drawn, a grader right on 95 %", {}),
      OnTheMark("the same, a grader right on half", {.right = 0.5}),
      OnTheMark("the same, a grader that is always wrong", {.right = 0}),
      OnTheMark("`at_least: 0.8`, 500 cases, all drawn", {.chance = 1}),
      OnTheMark("`at_least: 0.8`, 200 clusters of 5 that mostly agree, half drawn, a grader right on 95 %",
                {.cases = 1000, .chance = 0.5}, 5),
      OnTheMark("`at_least: 0.8`, `stop: early`, up to 1,000 cases, a fifth drawn, a grader right on 95 %",
                {.cases = 1000}, 1, "stop: early\n"),
      BySlice(0.8),
      WorseByTheMargin(0.95),
      WorseByTheMargin(0.6),
      Good("`at_least: 0.8`, 1,000 cases, a fifth drawn, a grader right on 98 %", {1000, 0.85, 0.98, 0.2}),
      Good("the same, a grader right on 95 %", {1000, 0.85, 0.95, 0.2}),
      Good("the same, a grader right on 80 %", {1000, 0.85, 0.8, 0.2}),
      Good("people alone, 200 cases", {200, 0.85, 1, 1}),
  };
}

}  // namespace assay::sim
