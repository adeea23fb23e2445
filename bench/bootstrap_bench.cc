// What a BCa interval of 10,000 replicates over 10,000 paired differences costs, beside the loop that anyone would
// write with the standard library for the means of the replicates alone. CPU time of one thread, median of several
// rounds. Fails when it takes more than half a second.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <random>
#include <vector>

#include "core/random.h"
#include "gates/stats/bootstrap.h"

namespace assay {
namespace {

constexpr int kRounds = 5;
constexpr std::size_t kUnits = 10'000;
constexpr int kReplicates = 10'000;
constexpr double kMostSeconds = 0.5;

double ThreadSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class Work>
double MedianSeconds(const Work& work) {
  std::vector<double> seconds;
  for (int round = 0; round < kRounds; ++round) {
    const double start = ThreadSeconds();
    work();
    seconds.push_back(ThreadSeconds() - start);
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[kRounds / 2];
}

std::vector<double> Differences() {
  Random random(1);
  std::vector<double> differences;
  for (std::size_t i = 0; i < kUnits; ++i) differences.push_back(random.Uniform() - random.Uniform());
  return differences;
}

Interval PlainPercentile(const std::vector<double>& values) {
  std::mt19937_64 generator(1);
  std::uniform_int_distribution<std::size_t> any(0, values.size() - 1);
  std::vector<double> means;
  for (int replicate = 0; replicate < kReplicates; ++replicate) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[any(generator)];
    means.push_back(sum / static_cast<double>(values.size()));
  }
  std::sort(means.begin(), means.end());
  return {means[kReplicates / 40], means[kReplicates - kReplicates / 40 - 1]};
}

int Run() {
  const std::vector<double> values = Differences();
  std::vector<ClusterTotal> totals;
  for (const double value : values) totals.push_back({.sum = value, .magnitude = std::max(value, -value), .size = 1});
  const Resampling resampling{.seed = 1, .replicates = kReplicates};
  double checksum = 0;  // so that nothing is left out
  const double bca = MedianSeconds([&] {
    const auto means = BootstrapMean(values, resampling);
    checksum += BcaInterval(*means, 0.975)->lower;
  });
  const double clustered = MedianSeconds([&] {
    const auto means = BootstrapClusteredMean(totals, resampling);
    checksum += BcaInterval(*means, 0.975)->lower;
  });
  const double plain = MedianSeconds([&] { checksum += PlainPercentile(values).lower; });
  std::printf("| 10,000 replicates of 10,000 | s | plain loop over it |\n|---|---|---|\n");
  std::printf("| BCa, cases | %.3f | %.1f x |\n", bca, plain / bca);
  std::printf("| BCa, clusters | %.3f | %.1f x |\n", clustered, plain / clustered);
  std::printf("| plain loop, percentile | %.3f | |\n", plain);
  std::fprintf(stderr, "checksum %g\n", checksum);
  if (bca <= kMostSeconds) return 0;
  std::fprintf(stderr, "bootstrap_bench: BCa over cases took more than %.1f s\n", kMostSeconds);
  return 1;
}

}  // namespace
}  // namespace assay

int main() { return assay::Run(); }
