// Gates on the verdicts of a judge that errs, corrected by what its sentinels show.

#include "bench/sim/drawn.h"
#include "gates/looks.h"

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

// As it was for a share of the cases, and as it was for the others.
struct ChangedJudge {
  Judge then;
  Judge now;
  double share_then = 0.8;
};

// What the judge says of answers of which `rate` are right.
DrawnSuite JudgedSuite(Random& random, int cases, double rate, const Judge& judge) {
  DrawnSuite suite = Cases(JudgedMetric(), cases, [&](int) {
    const bool is_right = Draw(random, rate) == 1;
    return Draw(random, is_right ? judge.sensitivity : 1 - judge.specificity);
  });
  suite.judges = {Calibrated(random, judge)};
  return suite;
}

// The judge as it is when a case, or a sentinel, is judged: by how many cases have ended.
using JudgeAt = std::function<const Judge&(std::int64_t ended)>;

// Likewise of a judge that may change, with sentinels asked as the daemon asks them: spread over the cases, of which
// each look has its share.
DrawnSuite SuiteInTime(Random& random, int cases, double rate, int sentinels, const JudgeAt& judge_at) {
  DrawnSuite suite = Cases(JudgedMetric(), cases, [&](int ordinal) {
    const Judge& judge = judge_at(ordinal + 1);
    const bool is_right = Draw(random, rate) == 1;
    return Draw(random, is_right ? judge.sensitivity : 1 - judge.specificity);
  });
  SentinelAnswers answers;
  for (const std::int64_t due : SpreadOver(Looks::Of(StopWhen::kEarly, cases), cases, sentinels, random.Next())) {
    const Judge& judge = judge_at(due);
    answers.push_back({.passes = true, .due_cases = due, .verdicts = {Draw(random, judge.sensitivity) == 1}});
    answers.push_back({.passes = false, .due_cases = due, .verdicts = {Draw(random, judge.specificity) == 0}});
  }
  suite.judges = {{.grader = "m", .judge = "j", .version = "1", .prompt = "p", .answered_by = {"j-1"}}};
  suite.sentinels = {std::move(answers)};
  return suite;
}

DrawnSuite SteadySuite(Random& random, int cases, double rate, const Judge& judge) {
  return SuiteInTime(random, cases, rate, judge.sentinels, [&](std::int64_t) -> const Judge& { return judge; });
}

// It turns lenient after so many cases.
DrawnSuite LenientSuite(Random& random, int cases, double rate, const ChangedJudge& judge) {
  const auto changes_at = static_cast<std::int64_t>(judge.share_then * cases);
  return SuiteInTime(random, cases, rate, judge.then.sentinels,
                     [&](std::int64_t ended) -> const Judge& { return ended <= changes_at ? judge.then : judge.now; });
}

// The judge as it was for a share of the cases, and as it was when the rest was asked again: its sentinels were asked
// both times.
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

// Of each of four topics its rate.
DrawnSuite SlicedSuite(Random& random, int cases_each, const std::vector<double>& rates, const Judge& judge) {
  DrawnSuite suite = JudgedSuite(random, 0, 0, judge);
  for (std::size_t topic = 0; topic < rates.size(); ++topic) {
    DrawnSuite of_topic = JudgedSuite(random, cases_each, rates[topic], judge);
    for (DrawnCase& one : of_topic.cases) {
      one.topic = "t" + std::to_string(topic);
      suite.cases.push_back(std::move(one));
    }
  }
  return suite;
}

// A candidate that should pass, or fail: how often it does, and that the opposite is rare.
enum class Right { kPass, kFail };

Scenario Plain(Right right, std::string name, std::string truth, const std::string& rule,
               std::function<DrawnRuns(Random&)> draw, std::string settings = "") {
  const bool is_good = right == Right::kPass;
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = (is_good ? "good: " : "bad: ") + std::move(truth),
                .rules = "  - {name: r, " + rule + "}\n",
                .settings = std::move(settings),
                .draw = std::move(draw),
                .most_passes = is_good ? std::nullopt : std::optional(kAlpha),
                .most_fails = is_good ? std::optional(kAlpha) : std::nullopt,
                .rounds = 1000});
}

std::function<DrawnRuns(Random&)> Rate(int cases, double rate, const Judge& judge) {
  return [=](Random& random) -> DrawnRuns { return {.candidate = JudgedSuite(random, cases, rate, judge)}; };
}

std::function<DrawnRuns(Random&)> Rates(int cases_each, std::vector<double> rates, const Judge& judge) {
  return [=](Random& random) -> DrawnRuns { return {.candidate = SlicedSuite(random, cases_each, rates, judge)}; };
}

std::function<DrawnRuns(Random&)> TwoRates(int cases, double ours, double theirs, const Judge& judge) {
  return [=](Random& random) -> DrawnRuns {
    return {.candidate = JudgedSuite(random, cases, ours, judge),
            .baseline = JudgedSuite(random, cases, theirs, judge)};
  };
}

// A judge of which it is not known that it can tell good from bad decides nothing, though its word is taken: at equal
// odds of either verdict whatever the answer, it is shown to be better than chance at most as often as a rule may err.
Scenario Coin() {
  return Fixed({.family = kFamily,
                .name = "`at_least: 0.8, uncorrected: true`, 300 cases, a judge that passes 95 % whatever the answer",
                .truth = "30 points below the floor",
                .rules = "  - {name: r, metric: m, at_least: 0.8, uncorrected: true}\n",
                .draw = Rate(300, 0.5, {.sensitivity = 0.95, .specificity = 0.05, .sentinels = 100}),
                .most_passes = kAlpha,
                .most_fails = kAlpha,
                .rounds = 2000});
}

void AddSlicedAndPlain(std::vector<Scenario>& all) {
  const Judge usual;
  const Judge good{.sensitivity = 0.97, .specificity = 0.95, .sentinels = 300};
  const std::string floor = "metric: m, at_least: 0.8";
  const std::string by_topic = floor + ", by: topic";
  Scenario all_on =
      Plain(Right::kFail, "`at_least: 0.8, by: topic`, 4 slices of 500 cases, a judge right on 97 and 95 %", "",
            by_topic, Rates(500, {0.8, 0.8, 0.8, 0.8}, good));
  all_on.truth = "all on the floor";
  all_on.most_fails = kAlpha;
  all.push_back(std::move(all_on));
  Scenario one_on =
      Plain(Right::kFail, "`at_least: 0.8, by: topic`, 4 slices of 500 cases, a judge right on 97 and 95 %", "",
            by_topic, Rates(500, {0.8, 0.99, 0.99, 0.99}, good));
  one_on.truth = "one on the floor, three at 99 %";
  one_on.most_fails = kAlpha;
  all.push_back(std::move(one_on));
  all.push_back(Plain(Right::kPass, "`at_least: 0.8`, 500 cases, a judge right on 90 and 85 %", "0.95", floor,
                      Rate(500, 0.95, usual)));
  all.push_back(Plain(Right::kPass, "`at_least: 0.8`, 500 cases, a judge right on 97 and 95 %", "0.9", floor,
                      Rate(500, 0.9, good)));
  all.push_back(Plain(Right::kFail, "`at_least: 0.8`, 500 cases, a judge right on 97 and 95 %", "0.65", floor,
                      Rate(500, 0.65, good)));
  all.push_back(Plain(Right::kPass, "`at_least: 0.8, by: topic`, 4 slices of 300 cases, a judge right on 97 and 95 %",
                      "0.95", by_topic, Rates(300, {0.95, 0.95, 0.95, 0.95}, good)));
  all.push_back(Plain(Right::kFail, "`at_least: 0.8, by: topic`, 4 slices of 300 cases, a judge right on 97 and 95 %",
                      "one slice 0.6", by_topic, Rates(300, {0.6, 0.95, 0.95, 0.95}, good)));
  const auto steady = [good](double rate) -> std::function<DrawnRuns(Random&)> {
    return [=](Random& random) -> DrawnRuns { return {.candidate = SteadySuite(random, 2000, rate, good)}; };
  };
  all.push_back(Plain(Right::kPass, "`at_least: 0.8`, `stop: early`, up to 2,000 cases, a judge right on 97 and 95 %",
                      "0.95", floor, steady(0.95), "stop: early\n"));
  all.push_back(Plain(Right::kFail, "`at_least: 0.8`, `stop: early`, up to 2,000 cases, a judge right on 97 and 95 %",
                      "0.6", floor, steady(0.6), "stop: early\n"));
  all.push_back(Plain(Right::kPass, "`non_inferior: {margin: 0.1}`, 1,000 cases, a judge right on 97 and 95 %", "equal",
                      "metric: m, non_inferior: {margin: 0.1}", TwoRates(1000, 0.9, 0.9, good)));
  all.push_back(Plain(Right::kFail, "`non_inferior: {margin: 0.1}`, 1,000 cases, a judge right on 97 and 95 %",
                      "0.25 worse", "metric: m, non_inferior: {margin: 0.1}", TwoRates(1000, 0.65, 0.9, good)));
  all.push_back(Coin());
}

template <class DrawSuite>
Scenario OnTheFloor(std::string name, const DrawSuite& draw, std::string settings = "") {
  const std::function<DrawnRuns(Random&)> runs = [draw](Random& random) {
    DrawnRuns drawn{.candidate = draw(random)};
    return drawn;
  };
  return Fixed({.family = kFamily,
                .name = std::move(name),
                .truth = "on the floor",
                .rules = "  - {name: r, metric: m, at_least: 0.8}\n",
                .settings = std::move(settings),
                .draw = runs,
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

// Two replicas that answer in turn: one that is strict, and one that passes half of what is wrong.
void AddInTurn(std::vector<Scenario>& all) {
  const auto draw = [](Random& random) {
    const Judge strict{0.97, 0.97, 300};
    const Judge lenient{0.99, 0.5, 300};
    return SuiteInTime(random, 2000, 0.8, 300,
                       [&](std::int64_t ended) -> const Judge& { return ended % 2 == 0 ? strict : lenient; });
  };
  const std::string name = "`at_least: 0.8`, 2,000 cases, a judge whose two replicas answer in turn, one strict";
  all.push_back(OnTheFloor(name, draw));
  all.push_back(OnTheFloor(name + ", `stop: early`", draw, "stop: early\n"));
}

// A judge that turns lenient while a gate that may end early looks on. Most rounds see it; those that do not must not
// pass more often than any.
void AddLenient(std::vector<Scenario>& all) {
  struct Row {
    const char* what;
    ChangedJudge judge;
  };
  const Row rows[] = {
      {"turns to passing everything after the first look",
       {.then = {0.99, 0.99, 400}, .now = {1, 0, 400}, .share_then = 0.04}},
      {"passes half of what is wrong from the middle on",
       {.then = {0.97, 0.95, 300}, .now = {0.99, 0.5, 300}, .share_then = 0.5}},
      {"passes a little more of what is wrong from the middle on",
       {.then = {0.97, 0.95, 300}, .now = {0.98, 0.85, 300}, .share_then = 0.5}},
      {"passes everything in the last tenth", {.then = {0.97, 0.95, 300}, .now = {1, 0, 300}, .share_then = 0.9}}};
  for (const Row& row : rows) {
    all.push_back(OnTheFloor(
        std::string("`at_least: 0.8`, `stop: early`, up to 2,000 cases, a judge that ") + row.what,
        [judge = row.judge](Random& random) { return LenientSuite(random, 2000, 0.8, judge); }, "stop: early\n"));
  }
}

}  // namespace

std::vector<Scenario> JudgeScenarios() {
  const Judge usual;
  const Judge weak{.sensitivity = 0.75, .specificity = 0.7, .sentinels = 100};
  const Judge kind{.sensitivity = 0.99, .specificity = 0.6, .sentinels = 100};
  std::vector<Scenario> all = {
      Floor("`at_least: 0.8`, 500 cases, a judge right on 90 and 85 %", 0.8, 500, usual),
      Floor("`at_least: 0.8`, 2,000 cases, a judge right on 75 and 70 %", 0.8, 2000, weak),
      Floor("`at_least: 0.8`, 500 cases, a judge that passes 40 % of what is wrong", 0.8, 500, kind),
      OnTheFloor(
          "`at_least: 0.8`, `stop: early`, up to 1,000 cases, a judge right on 90 and 85 %",
          [usual](Random& random) { return SteadySuite(random, 1000, 0.8, usual); }, "stop: early\n"),
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
  AddSlicedAndPlain(all);
  AddLenient(all);
  AddInTurn(all);
  return all;
}

}  // namespace assay::sim
