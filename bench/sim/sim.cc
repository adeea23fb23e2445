// How often whole gates are wrong: gates in YAML, decided as the daemon decides them, on made-up runs whose truth is
// known. Prints a table a family; exits with 1 when a rate is above what is promised. docs/simulation.md has the
// tables.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>

#include "bench/sim/rounds.h"

namespace assay::sim {
namespace {

constexpr int kQuickRounds = 100;

std::string Percent(double rate, const std::optional<double>& promised) {
  char text[64];
  std::snprintf(text, sizeof text, promised ? "%.1f %% (≤ %.0f)" : "%.1f %%", 100 * rate, 100 * promised.value_or(0));
  return text;
}

std::string Row(const Scenario& scenario, const Rates& rates) {
  char rest[64];
  std::snprintf(rest, sizeof rest, "%.1f %% | %.0f | %d", 100 - 100 * (rates.OfPass() + rates.OfFail()),
                rates.MeanCalls(), rates.rounds);
  return "| " + scenario.name + " | " + scenario.truth + " | " + Percent(rates.OfPass(), scenario.most_passes) + " | " +
         Percent(rates.OfFail(), scenario.most_fails) + " | " + rest + " |";
}

struct Options {
  bool is_quick = false;
  bool is_list = false;
  std::string only;
  int threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
};

int RunAll(const Options& options) {
  std::string family;
  int wrong = 0;
  for (const Scenario& scenario : AllScenarios()) {
    if ((scenario.family + "/" + scenario.name).find(options.only) == std::string::npos) continue;
    if (scenario.family != family) {
      family = scenario.family;
      std::printf(
          "\n## %s\n\n| gate | the candidate | PASS | FAIL | neither | answers | rounds "
          "|\n|---|---|---|---|---|---|---|\n",
          family.c_str());
    }
    if (options.is_list) {
      std::printf("%s\n", Row(scenario, Rates{.rounds = scenario.rounds}).c_str());
      continue;
    }
    const int rounds = options.is_quick ? std::min(scenario.rounds, kQuickRounds) : scenario.rounds;
    const Result result = Measure(scenario, rounds, options.threads);
    std::printf("%s\n", Row(scenario, result.rates).c_str());
    std::fflush(stdout);
    if (result.excess.empty()) continue;
    ++wrong;
    std::fprintf(stderr, "above what is promised: %s, %s: %s\n", family.c_str(), scenario.name.c_str(),
                 result.excess.c_str());
  }
  return wrong == 0 ? 0 : 1;
}

}  // namespace
}  // namespace assay::sim

int main(int argc, char** argv) {
  assay::sim::Options options;
  CLI::App app{"How often whole gates are wrong, on made-up runs whose truth is known"};
  app.add_flag("--quick", options.is_quick, "100 rounds of each gate: seconds");
  app.add_flag("--list", options.is_list, "the rows, without measuring them");
  app.add_option("--only", options.only, "only gates whose family/name has this text");
  app.add_option("--threads", options.threads, "as many as there are cores by default")->check(CLI::Range(1, 256));
  CLI11_PARSE(app, argc, argv);
  return assay::sim::RunAll(options);
}
