#include "bench/sim/rounds.h"

#include <atomic>
#include <cmath>
#include <cstdio>
#include <mutex>
#include <thread>

namespace assay::sim {
namespace {

void Count(const Outcome& outcome, Rates& rates) {
  ++rates.rounds;
  rates.calls += outcome.calls;
  if (outcome.state == VerdictState::kPass) ++rates.passes;
  if (outcome.state == VerdictState::kFail) ++rates.fails;
}

std::string ExcessOf(const char* what, double rate, double promised, int rounds) {
  const double limit = promised + 2 * std::sqrt(promised * (1 - promised) / rounds);
  if (rate <= limit) return "";
  char text[128];
  std::snprintf(text, sizeof text, "%s in %.2f %% of %d rounds, of %.2f %% promised", what, 100 * rate, rounds,
                100 * promised);
  return text;
}

}  // namespace

Rates Run(const Scenario& scenario, int rounds, int series, int threads) {
  const std::uint64_t seed = SeedFrom(scenario.family + "/" + scenario.name + "/" + std::to_string(series));
  Rates all;
  std::mutex mutex;
  std::atomic<int> next = 0;
  const auto work = [&] {
    Rates own;
    for (int round = next++; round < rounds; round = next++) {
      Random random(RandomAt(seed, static_cast<std::uint64_t>(round)));
      Count(scenario.check(random), own);
    }
    const std::lock_guard lock(mutex);
    all.rounds += own.rounds;
    all.passes += own.passes;
    all.fails += own.fails;
    all.calls += own.calls;
  };
  std::vector<std::jthread> workers;
  for (int i = 1; i < threads; ++i) workers.emplace_back(work);
  work();
  workers.clear();
  return all;
}

std::string Excess(const Scenario& scenario, const Rates& rates) {
  std::string excess;
  if (scenario.most_passes) excess = ExcessOf("PASS", rates.OfPass(), *scenario.most_passes, rates.rounds);
  if (excess.empty() && scenario.most_fails) {
    excess = ExcessOf("FAIL", rates.OfFail(), *scenario.most_fails, rates.rounds);
  }
  if (excess.empty() && scenario.most_calls && rates.MeanCalls() > *scenario.most_calls) {
    char text[96];
    std::snprintf(text, sizeof text, "%.1f calls on average, of %.1f promised", rates.MeanCalls(),
                  *scenario.most_calls);
    excess = text;
  }
  return excess;
}

Result Measure(const Scenario& scenario, int rounds, int threads) {
  Result result{.rates = Run(scenario, rounds, 0, threads), .excess = ""};
  if (Excess(scenario, result.rates).empty()) return result;
  constexpr int kTimesAsMany = 10;
  result.rates = Run(scenario, kTimesAsMany * rounds, 1, threads);
  result.excess = Excess(scenario, result.rates);
  return result;
}

}  // namespace assay::sim
