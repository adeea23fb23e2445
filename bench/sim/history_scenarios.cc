// What is held against the past: a baseline that is asked beside the candidate (`interleave`), and a model against its
// own earlier runs (`drift`). PASS is that nothing was found, FAIL that something had moved.

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr const char* kFamily = "Held against the past: FAIL is found moved";
constexpr double kFalseAlarms = 0.01;

// Independent answers of which `rate` are right.
DrawnSuite Answers(Random& random, int cases, double rate) {
  return Cases(RateMetric(), cases, [&](int) { return Draw(random, rate); });
}

// Cases of which three in four are answered alike whenever they are asked, as those of most suites are.
DrawnSuite AnswersOf(Random& random, const std::vector<double>& difficulty, double rate) {
  return Cases(RateMetric(), static_cast<int>(difficulty.size()), [&](int ordinal) {
    const double fixed = difficulty[static_cast<std::size_t>(ordinal)];
    return (random.Uniform() < 0.75 ? fixed : random.Uniform()) < rate ? 1.0 : 0.0;
  });
}

struct Moved {
  std::string name;
  std::string truth;
  int cases = 0;
  double before = 0;
  double now = 0;
};

// Whether the baseline is found moved; the candidate is far better than its margin.
Scenario Beside(const Moved& moved) {
  const auto gate = std::make_shared<const GateSpec>(
      GateOf("  - {name: r, metric: m, non_inferior: {margin: 0.1}}\n", "interleave: true\n"));
  Scenario made{.family = kFamily, .name = moved.name, .truth = moved.truth, .check = {}, .rounds = 2000};
  if (moved.before == moved.now) made.most_fails = kFalseAlarms;
  made.check = [gate, moved](Random& random) -> Outcome {
    const std::uint64_t round = random.Next();
    std::vector<double> difficulty(static_cast<std::size_t>(moved.cases));
    for (double& one : difficulty) one = random.Uniform();
    DrawnRuns runs{.candidate = AnswersOf(random, difficulty, moved.now),
                   .baseline = AnswersOf(random, difficulty, moved.now),
                   .earlier = AnswersOf(random, difficulty, moved.before)};
    const Verdict verdict = Decide(*gate, EvidenceOf(runs, round), assay::Time{});
    return {.state = verdict.controls.at(0).has_moved ? VerdictState::kFail : VerdictState::kPass,
            .calls = 2.0 * moved.cases};
  };
  return made;
}

// A model with as many runs of as many cases before this one.
Scenario OverRuns(const std::string& method, const std::string& name, int earlier, const Moved& moved) {
  const auto gate = std::make_shared<const GateSpec>(
      GateOf("  - {name: r, metric: m, drift: {method: " + method + "}}\n  - {name: f, metric: m, at_least: 0.1}\n"));
  Scenario made{.family = kFamily, .name = name, .truth = moved.truth, .check = {}, .rounds = 2000};
  if (moved.before == moved.now) made.most_fails = kFalseAlarms;
  made.check = [gate, earlier, moved](Random& random) -> Outcome {
    const std::uint64_t round = random.Next();
    DrawnRuns runs{.candidate = Answers(random, moved.cases, moved.now)};
    for (int i = 0; i < earlier; ++i) {
      double passes = 0;
      for (int c = 0; c < moved.cases; ++c) passes += Draw(random, moved.before);
      runs.candidate.history.push_back(passes / moved.cases);
    }
    const Verdict verdict = Decide(*gate, EvidenceOf(runs, round), assay::Time{});
    const bool is_steady = verdict.rules.front().state == VerdictState::kPass;
    return {.state = is_steady ? VerdictState::kPass : VerdictState::kFail, .calls = static_cast<double>(moved.cases)};
  };
  return made;
}

}  // namespace

std::vector<Scenario> HistoryScenarios() {
  std::vector<Scenario> all = {
      Beside({"`interleave`, 50 cases", "the baseline is what it was", 50, 0.8, 0.8}),
      Beside({"`interleave`, 200 cases", "the baseline is what it was", 200, 0.8, 0.8}),
      Beside({"`interleave`, 1,000 cases", "the baseline is what it was", 1000, 0.8, 0.8}),
      Beside({"`interleave`, 200 cases", "the baseline fell by 5 points", 200, 0.8, 0.75}),
      Beside({"`interleave`, 200 cases", "the baseline fell by 10 points", 200, 0.8, 0.7}),
      Beside({"`interleave`, 1,000 cases", "the baseline fell by 5 points", 1000, 0.8, 0.75}),
  };
  for (const std::string method : {"ewma", "cusum", "page_hinkley"}) {
    for (const int earlier : {8, 60}) {
      all.push_back(
          OverRuns(method, "`drift: {method: " + method + "}`, 300 cases, " + std::to_string(earlier) + " earlier runs",
                   earlier, {"", "the model is what it was", 300, 0.8, 0.8}));
    }
    all.push_back(OverRuns(method, "`drift: {method: " + method + "}`, 300 cases, 60 earlier runs", 60,
                           {"", "it fell by 10 points since the last", 300, 0.8, 0.7}));
  }
  return all;
}

}  // namespace assay::sim
