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

// Of one suite, metric by metric: a run may tell what one was and not what another was. The more runs, the less of what
// they say is chance; each counts as much as another. Built by one thread, then immutable.
class EarlierBaseline {
 public:
  // `metrics` are names; `cases` of the suite.
  EarlierBaseline(std::string suite, const std::vector<std::string>& metrics, std::int64_t cases);

  // Cases that this later run has asked a metric of are none that it leaves out, whatever earlier runs did.
  void ExpectAsked(const SuiteObservations& now);
  // What a run has shown of these cases, of which there may be as many as the suite has, by these of the metrics. Those
  // that it lacks are left out. O(metrics x cases).
  void Add(const std::string& run, const SuiteObservations& shown, std::span<const std::uint32_t> ordinals,
           std::span<const std::string> metrics);
  // By all metrics.
  void Add(const std::string& run, const SuiteObservations& shown, std::span<const std::uint32_t> ordinals);

  const std::string& suite() const { return suite_; }
  const std::vector<std::string>& runs() const { return runs_; }  // ids, as they were added
  // Those of which the metric was taken.
  const std::vector<std::string>& RunsOf(const std::string& metric) const { return columns_.at(metric).runs; }
  // Of the metrics that were not taken of all.
  std::map<std::string, std::vector<std::string>> PartialRuns() const;
  std::int64_t cases() const { return cases_; }
  // The mean over the runs that have a value of the case; absent where none has, and of other metrics.
  std::optional<double> ValueOf(const std::string& metric, std::size_t ordinal) const;
  // Whether some case has a value of the metric.
  bool Has(const std::string& metric) const;

  // How many of these cases have a value of the metric in fewer runs than so many, but for those that a run has left
  // out: of which its grader is not asked (`when`).
  std::int64_t CountFewer(const std::string& metric, std::span<const std::uint32_t> ordinals, int runs) const;
  std::int64_t CountFewer(const std::string& metric, int runs) const;  // of all

  // Of these cases only, numbered anew in their order.
  EarlierBaseline Part(std::span<const std::uint32_t> ordinals) const;

 private:
  struct Column {
    std::vector<double> sums;
    std::vector<std::int32_t> counts;
    std::vector<bool> left_out;
    std::vector<bool> is_asked;  // by the later run
    std::vector<std::string> runs;

    bool IsInFewerThan(int most, std::uint32_t ordinal) const {
      return counts[ordinal] < most && (is_asked[ordinal] || !left_out[ordinal]);
    }
  };

  std::string suite_;
  std::int64_t cases_;
  std::vector<std::string> runs_;
  std::map<std::string, Column> columns_;  // by metric
};

}  // namespace assay
