// What `method` costs: the same data under each method. Those that are approximate may only be shown, and their rates
// here are why; they are those of the rule, since it decides nothing.

#include "bench/sim/drawn.h"

namespace assay::sim {
namespace {

constexpr double kAlpha = 0.05;
constexpr const char* kFamily = "Methods";

std::optional<double> PromiseOf(const std::string& method) {
  return method == "bounded" || method == "unpaired" ? std::optional(kAlpha) : std::nullopt;
}

std::string RuleWith(const std::string& rule, const std::string& method) {
  return "  - {name: r, metric: m, " + rule + ", method: " + method + ", role: advisory}\n" +
         "  - {name: decides, metric: m, at_least: 0.01}\n";
}

Scenario Grades(const std::string& method) {
  return Fixed({.family = kFamily,
                .name = "`" + method + "`: `at_least: 0.98`, 100 grades, 3 % of them a third",
                .truth = "on the floor",
                .rules = RuleWith("at_least: 0.98", method),
                .draw = [](Random& random) -> DrawnRuns {
                  return {.candidate =
                              Cases(RateMetric(), 100, [&](int) { return random.Uniform() < 0.03 ? 1.0 / 3 : 1.0; })};
                },
                .most_passes = PromiseOf(method),
                .most_fails = PromiseOf(method),
                .rounds = 1000,
                .is_of_first_rule = true});
}

Scenario Pairs(const std::string& method) {
  return Fixed({.family = kFamily,
                .name = "`" + method + "`: `non_inferior: {margin: 0.05}`, 100 pairs, 5 % lost and none gained",
                .truth = "worse by the margin",
                .rules = RuleWith("non_inferior: {margin: 0.05}", method),
                .draw =
                    [](Random& random) {
                      DrawnSuite ours{.metrics = {RateMetric()}};
                      DrawnSuite theirs{.metrics = {RateMetric()}};
                      for (int i = 0; i < 100; ++i) {
                        const bool is_lost = random.Uniform() < 0.05;
                        const double same = Draw(random, 0.9);
                        ours.cases.push_back({.values = {{is_lost ? 0 : same}}});
                        theirs.cases.push_back({.values = {{is_lost ? 1 : same}}});
                      }
                      return DrawnRuns{.candidate = std::move(ours), .baseline = std::move(theirs)};
                    },
                .most_passes = PromiseOf(method),
                .most_fails = PromiseOf(method),
                .rounds = 1000,
                .is_of_first_rule = true});
}

}  // namespace

std::vector<Scenario> MethodScenarios() {
  std::vector<Scenario> all;
  for (const char* method : {"bounded", "t", "bootstrap", "percentile"}) all.push_back(Grades(method));
  for (const char* method : {"bounded", "unpaired", "t", "bootstrap", "percentile", "sign_flip", "tango", "newcombe"}) {
    all.push_back(Pairs(method));
  }
  return all;
}

}  // namespace assay::sim
