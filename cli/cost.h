#pragma once
// What runs and verdicts cost, for people. What is not known is said to be so and never shown as 0.

#include <cstdint>
#include <optional>
#include <string>

namespace assay::v1 {
class Run;
class Verdict;
}  // namespace assay::v1

namespace assay {

struct Cost {
  std::optional<double> usd;         // of all answers that have a cost; absent when none has
  std::int64_t answers_without = 0;  // answers that `usd` does not count
  double unanswered_usd = 0;         // at most, of requests of a run that have no answer
  int suites_without = 0;            // suites of a verdict none of whose answers has a cost
};

Cost CostOf(const v1::Run& run);
// Of the runs that the verdict rests on, whoever asked for them.
Cost CostOf(const v1::Verdict& verdict);

// "$1.20", "at least $1.20; 3 answers without usage", "$1.20; up to $0.10 more for requests without an answer or
// usage", or "–".
std::string Describe(const Cost& cost);

}  // namespace assay
