// Gates that stop early: how often any of their looks is wrong, and what they save where the answer is plain.

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kAlpha = 0.05;
constexpr const char* kFamily = "`stop: early`";
constexpr const char* kEarly = "stop: early\n";
constexpr double kSaved = 0.4;  // of all calls, where the candidate is plainly good or bad

DrawnRuns Rates(Random& random, int cases, double rate) {
  return {.candidate = Cases(RateMetric(), cases, [&](int) { return Draw(random, rate); })};
}

// The candidate loses what the baseline has with probability `lost`, and has what it lacks with `won`.
DrawnRuns Pairs(Random& random, int cases, double lost, double won) {
  DrawnSuite candidate{.metrics = {RateMetric()}};
  DrawnSuite baseline{.metrics = {RateMetric()}};
  for (int i = 0; i < cases; ++i) {
    const double u = random.Uniform();
    const double same = Draw(random, 0.8);
    candidate.cases.push_back({.values = {{u < lost ? 0 : u < lost + won ? 1 : same}}});
    baseline.cases.push_back({.values = {{u < lost ? 1 : u < lost + won ? 0 : same}}});
  }
  return {.candidate = std::move(candidate), .baseline = std::move(baseline)};
}

// Grades of 1, and a few that lie anywhere.
DrawnRuns Grades(Random& random, int cases) {
  return {.candidate = Cases(RateMetric(), cases, [&](int) { return random.Uniform() < 0.8 ? 1 : random.Uniform(); })};
}

// Conversations of four turns, which mostly go well or badly as a whole.
DrawnRuns Talks(Random& random, int talks, double rate) {
  DrawnSuite suite{.metrics = {RateMetric()}};
  for (int talk = 0; talk < talks; ++talk) {
    const double shared = Draw(random, rate);
    for (int turn = 0; turn < 4; ++turn) {
      suite.cases.push_back({.values = {{random.Uniform() < 0.7 ? shared : Draw(random, rate)}},
                             .cluster = static_cast<std::uint32_t>(talk)});
    }
  }
  return {.candidate = std::move(suite)};
}

// Of a candidate that loses whole conversations.
DrawnRuns TalkPairs(Random& random, int talks, double lost) {
  DrawnRuns runs = Talks(random, talks, 0.9);
  runs.baseline = runs.candidate;
  bool is_lost = false;
  for (std::size_t i = 0; i < runs.candidate.cases.size(); ++i) {
    if (i % 4 == 0) is_lost = random.Uniform() < lost;
    if (is_lost) runs.candidate.cases[i].values[0][0] = 0;
  }
  return runs;
}

DrawnRuns Topics(Random& random, int cases, double rate) {
  DrawnRuns runs = Rates(random, cases, rate);
  for (std::size_t i = 0; i < runs.candidate.cases.size(); ++i) {
    runs.candidate.cases[i].topic = "t" + std::to_string(i % 10);
  }
  return runs;
}

Scenario OnTheLimit(std::string name, std::string truth, std::string rules, std::function<DrawnRuns(Random&)> draw,
                    int rounds = 2000) {
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = std::move(truth),
                .rules = std::move(rules),
                .settings = kEarly,
                .draw = std::move(draw),
                .most_passes = kAlpha,
                .most_fails = kAlpha,
                .rounds = rounds});
}

Scenario Plain(std::string name, std::string truth, std::string rules, double calls,
               std::function<DrawnRuns(Random&)> draw) {
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = std::move(truth),
                .rules = std::move(rules),
                .settings = kEarly,
                .draw = std::move(draw),
                .rounds = 1000,
                .most_calls = (1 - kSaved) * calls});
}

}  // namespace

std::vector<Scenario> SequentialScenarios() {
  const std::string floor = "  - {name: r, metric: m, at_least: 0.9}\n";
  const std::string not_worse = "  - {name: r, metric: m, non_inferior: {margin: 0.05}}\n";
  return {
      OnTheLimit(
          "`at_least: 0.9`, up to 200 cases", "on the floor", floor,
          [](Random& random) { return Rates(random, 200, 0.9); }, 4000),
      OnTheLimit(
          "`at_least: 0.9`, up to 2,000 cases", "on the floor", floor,
          [](Random& random) { return Rates(random, 2000, 0.9); }, 4000),
      OnTheLimit(
          "`at_least: 0.9`, up to 640 grades", "on the floor", floor,
          [](Random& random) { return Grades(random, 640); }, 1000),
      OnTheLimit(
          "`at_least: 0.8`, up to 200 conversations of 4 turns", "on the floor",
          "  - {name: r, metric: m, at_least: 0.8}\n", [](Random& random) { return Talks(random, 200, 0.8); }, 1000),
      OnTheLimit(
          "`at_least: 0.8, by: topic`, 10 slices of up to 100 cases", "all on the floor",
          "  - {name: r, metric: m, at_least: 0.8, by: topic}\n",
          [](Random& random) { return Topics(random, 1000, 0.8); }, 1000),
      OnTheLimit("`non_inferior: {margin: 0.05}`, up to 1,000 cases, only losses", "worse by the margin", not_worse,
                 [](Random& random) { return Pairs(random, 1000, 0.05, 0); }),
      OnTheLimit("`non_inferior: {margin: 0.05}`, up to 1,000 cases, 25 % differ", "worse by the margin", not_worse,
                 [](Random& random) { return Pairs(random, 1000, 0.15, 0.1); }),
      Plain("`at_least: 0.9`, up to 1,000 cases", "plainly good: 98 %", floor, 1000,
            [](Random& random) { return Rates(random, 1000, 0.98); }),
      Plain("`at_least: 0.9`, up to 1,000 cases", "plainly bad: 70 %", floor, 1000,
            [](Random& random) { return Rates(random, 1000, 0.7); }),
      Plain("`at_least: 0.8, by: topic`, 10 slices of up to 100 cases", "plainly bad in all: 40 %",
            "  - {name: r, metric: m, at_least: 0.8, by: topic}\n", 1000,
            [](Random& random) { return Topics(random, 1000, 0.4); }),
      Plain("`non_inferior: {margin: 0.05}`, up to 1,000 cases", "equal case by case", not_worse, 2000,
            [](Random& random) { return Pairs(random, 1000, 0, 0); }),
      Plain("`non_inferior: {margin: 0.05}`, up to 1,000 cases", "as good, 2 % differ", not_worse, 2000,
            [](Random& random) { return Pairs(random, 1000, 0.01, 0.01); }),
      Plain("`non_inferior: {margin: 0.05}`, up to 1,000 cases", "worse by 20 points", not_worse, 2000,
            [](Random& random) { return Pairs(random, 1000, 0.22, 0.02); }),
      Plain("`non_inferior: {margin: 0.05}`, up to 500 conversations of 4 turns", "equal case by case", not_worse, 4000,
            [](Random& random) { return TalkPairs(random, 500, 0); }),
      Plain("`non_inferior: {margin: 0.05}`, up to 500 conversations of 4 turns", "loses 30 % of them", not_worse, 4000,
            [](Random& random) { return TalkPairs(random, 500, 0.3); }),
  };
}

}  // namespace assay::sim
