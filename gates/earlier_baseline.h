#pragma once
// What a baseline said before, in its first runs, case by case: what a later one of its runs is held against
// (gates/control_arm.h).

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gates/observations.h"

namespace assay {

// The value of the case by the metric, as its trials are reduced; absent unless each of them has one: which are missing
// may depend on what they would have been.
std::optional<double> WholeValueOf(const SuiteObservations& shown, std::size_t metric, std::uint32_t ordinal);

// Of one suite. The more runs, the less of what they say is chance; each counts as much as another. Built by one
// thread, then immutable.
class EarlierBaseline {
 public:
  // `metrics` are names; `cases` of the suite.
  EarlierBaseline(std::string suite, std::vector<std::string> metrics, std::int64_t cases);

  // What a run has shown of these cases, of which there may be as many as the suite has. Metrics that it lacks are left
  // out. O(metrics x cases).
  void Add(const std::string& run, const SuiteObservations& shown, std::span<const std::uint32_t> ordinals);

  const std::string& suite() const { return suite_; }
  const std::vector<std::string>& runs() const { return runs_; }  // ids, as they were added
  std::int64_t cases() const { return cases_; }
  // The mean over the runs that have a value of the case; absent where none has, and of other metrics.
  std::optional<double> ValueOf(const std::string& metric, std::size_t ordinal) const;

  // How many of these cases have a value of some metric in fewer runs than so many, but for those that a run has left
  // out: of which its grader is not asked (`when`).
  std::int64_t CountFewer(std::span<const std::uint32_t> ordinals, int runs) const;
  std::int64_t CountFewer(int runs) const;  // of all

  // Of these cases only, numbered anew in their order.
  EarlierBaseline Part(std::span<const std::uint32_t> ordinals) const;

 private:
  struct Column {
    std::vector<double> sums;
    std::vector<std::int32_t> counts;
    std::vector<bool> left_out;

    bool IsInFewerThan(int runs, std::uint32_t ordinal) const { return counts[ordinal] < runs && !left_out[ordinal]; }
  };

  std::string suite_;
  std::int64_t cases_;
  std::vector<std::string> runs_;
  std::map<std::string, Column> columns_;  // by metric
};

}  // namespace assay
