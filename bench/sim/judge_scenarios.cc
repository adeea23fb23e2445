// Gates on the verdicts of a judge that errs, corrected by what its sentinels show.

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kAlpha = 0.05;
constexpr const char* kFamily = "Judges, corrected";

struct Judge {
  double sensitivity = 0.9;
  double specificity = 0.85;
  int sentinels = 200;  // of each class
};

MetricShape JudgedMetric() {
  MetricShape metric = RateMetric();
  metric.judged = Judged::kCorrectable;
  return metric;
}

std::int64_t CountOf(Random& random, int n, double p) {
  std::int64_t count = 0;
  for (int i = 0; i < n; ++i) count += Draw(random, p) == 1 ? 1 : 0;
  return count;
}

JudgeCalibration Calibrated(Random& random, const Judge& judge) {
  JudgeCalibration calibration{.grader = "m", .judge = "j", .version = "1", .prompt = "p", .answered_by = {"j-1"}};
  calibration.counts = {.passes = judge.sentinels,
                        .true_passes = CountOf(random, judge.sentinels, judge.sensitivity),
                        .fails = judge.sentinels,
                        .true_fails = CountOf(random, judge.sentinels, judge.specificity)};
  return calibration;
}

// What the judge says of answers of which `rate` are right.
DrawnSuite JudgedSuite(Random& random, int cases, double rate, const Judge& judge) {
  DrawnSuite suite = Cases(JudgedMetric(), cases, [&](int) {
    const bool is_right = Draw(random, rate) == 1;
    return Draw(random, is_right ? judge.sensitivity : 1 - judge.specificity);
  });
  suite.judges = {Calibrated(random, judge)};
  return suite;
}

// The judge as it was for a share of the cases, and as it was when the rest was asked again: its sentinels were asked
// both times.
struct ChangedJudge {
  Judge then;
  Judge now;
  double share_then = 0.8;
};

DrawnSuite RetriedSuite(Random& random, int cases, double rate, const ChangedJudge& judge) {
  DrawnSuite suite = Cases(JudgedMetric(), cases, [&](int ordinal) {
    const Judge& of_case = ordinal < judge.share_then * cases ? judge.then : judge.now;
    const bool is_right = Draw(random, rate) == 1;
    return Draw(random, is_right ? of_case.sensitivity : 1 - of_case.specificity);
  });
  JudgeCalibration calibration = Calibrated(random, judge.now);
  calibration.counts = WorseOf(calibration.counts, Calibrated(random, judge.then).counts);
  suite.judges = {calibration};
  return suite;
}

// Clusters of five, in most of which all answers are right or all are wrong.
DrawnSuite ClusteredSuite(Random& random, int clusters, double rate, const Judge& judge) {
  constexpr int kSize = 5;
  bool shared = false;
  DrawnSuite suite = Cases(JudgedMetric(), clusters * kSize, [&](int ordinal) {
    if (ordinal % kSize == 0) shared = Draw(random, rate) == 1;
    const bool is_right = random.Uniform() < 0.8 ? shared : Draw(random, rate) == 1;
    return Draw(random, is_right ? judge.sensitivity : 1 - judge.specificity);
  });
  for (std::size_t i = 0; i < suite.cases.size(); ++i) suite.cases[i].cluster = static_cast<std::uint32_t>(i / kSize);
  suite.judges = {Calibrated(random, judge)};
  return suite;
}

Scenario OnTheFloor(std::string name, std::function<DrawnSuite(Random&)> draw, std::string settings = "") {
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = "on the floor",
                .rules = "  - {name: r, metric: m, at_least: 0.8}\n",
                .settings = std::move(settings),
                .draw = [draw = std::move(draw)](Random& random) -> DrawnRuns { return {.candidate = draw(random)}; },
                .most_passes = kAlpha,
                .most_fails = kAlpha,
                .rounds = 2000});
}

Scenario Floor(std::string name, double rate, int cases, const Judge& judge, std::string settings = "") {
  return Fixed(
      {.family = kFamily,
       .name = std::move(name),
       .truth = "on the floor",
       .rules = "  - {name: r, metric: m, at_least: 0.8}\n",
       .settings = std::move(settings),
       .draw = [=](Random& random) -> DrawnRuns { return {.candidate = JudgedSuite(random, cases, rate, judge)}; },
       .most_passes = kAlpha,
       .most_fails = kAlpha,
       .rounds = 2000});
}

}  // namespace

std::vector<Scenario> JudgeScenarios() {
  const Judge usual;
  const Judge weak{.sensitivity = 0.75, .specificity = 0.7, .sentinels = 100};
  const Judge kind{.sensitivity = 0.99, .specificity = 0.6, .sentinels = 100};
  return {
      Floor("`at_least: 0.8`, 500 cases, a judge right on 90 and 85 %", 0.8, 500, usual),
      Floor("`at_least: 0.8`, 2,000 cases, a judge right on 75 and 70 %", 0.8, 2000, weak),
      Floor("`at_least: 0.8`, 500 cases, a judge that passes 40 % of what is wrong", 0.8, 500, kind),
      Floor("`at_least: 0.8`, `stop: early`, up to 1,000 cases, a judge right on 90 and 85 %", 0.8, 1000, usual,
            "stop: early\n"),
      OnTheFloor("`at_least: 0.8`, 500 clusters of 5 that mostly agree, a judge right on 99 %",
                 [](Random& random) {
                   return ClusteredSuite(random, 500, 0.8, {0.99, 0.99, 2000});
                 }),
      OnTheFloor(
          "the same with `stop: early`",
          [](Random& random) {
            return ClusteredSuite(random, 500, 0.8, {0.99, 0.99, 2000});
          },
          "stop: early\n"),
      OnTheFloor("`at_least: 0.8`, 2,500 cases, a fifth of them asked again when the judge had become lenient",
                 [](Random& random) {
                   return RetriedSuite(random, 2500, 0.8, {.then = {0.99, 0.99, 2000}, .now = {0.995, 0.7, 2000}});
                 }),
      Fixed({.family = kFamily,
             .name = "`zero_failures: {max_rate: 0.05}`, 300 cases, a judge that sees 9 of 10",
             .truth = "fails at max_rate",
             .rules = "  - {name: r, metric: m, zero_failures: {max_rate: 0.05}}\n",
             .draw = [](Random& random) -> DrawnRuns {
               const Judge judge{.sensitivity = 1, .specificity = 0.9, .sentinels = 200};
               return {.candidate = JudgedSuite(random, 300, 0.95, judge)};
             },
             .most_passes = kAlpha,
             .rounds = 2000}),
      Fixed({.family = kFamily,
             .name = "`non_inferior: {margin: 0.1}`, 1,000 cases, a judge right on 90 and 85 %",
             .truth = "worse by the margin",
             .rules = "  - {name: r, metric: m, non_inferior: {margin: 0.1}}\n",
             .draw = [=](Random& random) -> DrawnRuns {
               return {.candidate = JudgedSuite(random, 1000, 0.75, usual),
                       .baseline = JudgedSuite(random, 1000, 0.85, usual)};
             },
             .most_passes = kAlpha,
             .most_fails = kAlpha,
             .rounds = 1000}),
      Fixed({.family = kFamily,
             .name = "the same judge, `uncorrected: true`: nothing promised",
             .truth = "5 points below the floor",
             .rules = "  - {name: r, metric: m, at_least: 0.75, uncorrected: true}\n",
             .draw = [](Random& random) -> DrawnRuns {
               const Judge judge{.sensitivity = 0.99, .specificity = 0.6, .sentinels = 100};
               return {.candidate = JudgedSuite(random, 500, 0.7, judge)};
             },
             .rounds = 2000}),
  };
}

}  // namespace assay::sim
