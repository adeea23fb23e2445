#pragma once
// What the gate sees of a run: columns of numbers, filled by the store without JSON and without bodies. A case costs 9
// bytes a metric (24 and a bit a trial with several trials), and 4 bytes a slice and for its cluster, so a million
// cases of one trial with one metric and one slice take 13 MB. Of several trials a quantile, median or mode needs every
// value (8 bytes a trial more), a max or min the extreme (8 bytes a case more); what counts passes needs no more than
// the mean. Built by one thread, then immutable: const access is thread-safe.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "config/suite.h"
#include "core/result.h"
#include "core/run.h"
#include "core/score.h"
#include "gates/people_sample.h"

namespace assay {

// The probability of a quantile aggregate; absent for mean, and for max and sum, which never gate.
std::optional<double> QuantileOf(Aggregate aggregate);

// What a missing value may have been: anything in [0, 1], or anything at all.
enum class MetricRange { kUnit, kUnbounded };

struct MetricShape {
  std::string name;    // unique in the suite
  std::string grader;  // whose scores it aggregates; "" for a metric of another source (latency_ms, ...)
  Aggregate aggregate = Aggregate::kMean;
  MetricRange range = MetricRange::kUnit;
  MetricSource source = MetricSource::kScore;
  bool is_report = false;    // of a grader that never gates: no case lacks anything without it
  Reduction reduction = {};  // of the trials of a case
  Judged judged = Judged::kNo;
  std::vector<std::string> judge_parts = {};  // of a combination: the judges that have a part in it
  std::optional<int> severity = {};           // of the grader: 1 is the gravest
  std::vector<std::string> invariants = {};   // graders of role invariant without which no case passes

  // Whether both mean the same. Who judges, and how grave it is, may differ from suite to suite, as any options of a
  // grader may.
  friend bool operator==(const MetricShape& a, const MetricShape& b) {
    const auto meaning = [](const MetricShape& shape) {
      return std::tie(shape.name, shape.grader, shape.aggregate, shape.range, shape.source, shape.is_report,
                      shape.reduction, shape.judged);
    };
    return meaning(a) == meaning(b);
  }
};

// Of a metric as a suite has it.
MetricShape ShapeOf(const MetricSpec& metric);

// The values of one slice field, dictionary-encoded.
class SliceColumn {
 public:
  static constexpr std::size_t kMaxValues = 10000;  // a field with more distinct values is an id, not a slice

  // Every case starts with the value "" (the field is absent), which is value 0.
  SliceColumn(std::string name, std::int64_t cases);

  // kInvalidArgument for an ordinal out of range; kResourceExhausted beyond kMaxValues.
  Status Set(std::int64_t ordinal, std::string_view value);

  // The value with that number, which a case before it was given; without the search for it. The ordinal is in range.
  void SetTo(std::int64_t ordinal, std::uint32_t value) { of_case_[static_cast<std::size_t>(ordinal)] = value; }

  // Of these cases only, numbered anew in their order.
  SliceColumn Part(std::span<const std::uint32_t> ordinals) const;
  // Values that cases of the whole have and none of this part does; empty for one that is whole.
  const std::vector<std::string>& missing() const { return missing_; }

  // A value that there should be cases of, whether there are any or not; each once, in their order.
  struct Declared {
    std::string value = {};
    bool is_high_risk = false;
  };
  void Declare(std::string value, bool is_high_risk) { declared_.push_back({std::move(value), is_high_risk}); }
  const std::vector<Declared>& declared() const { return declared_; }

  const std::string& name() const { return name_; }
  std::int64_t cases() const { return static_cast<std::int64_t>(of_case_.size()); }
  const std::vector<std::string>& values() const { return values_; }
  std::uint32_t ValueOf(std::int64_t ordinal) const { return of_case_[static_cast<std::size_t>(ordinal)]; }

 private:
  std::string name_;
  std::vector<std::string> values_{""};
  std::unordered_map<std::string, std::uint32_t> index_{{"", 0}};
  std::vector<std::uint32_t> of_case_;
  std::vector<std::string> missing_;
  std::vector<Declared> declared_;
};

// The journeys that the suite must cover, in the column of their slice.
void DeclareJourneys(const JourneysSpec& journeys, SliceColumn& column);

// The trials of one case under one metric. A trial that is none of these is outstanding.
struct CaseTally {
  double sum = 0;  // of the values of the scored trials
  std::uint16_t scored = 0;
  std::uint16_t unscored = 0;
  std::uint16_t error = 0;
  std::uint16_t skipped = 0;
  std::uint16_t awaiting_human = 0;
  std::uint16_t passing = 0;  // scored trials with pass == true
  std::uint16_t failing = 0;  // scored trials with pass == false
  // Trials of which the grader was not asked (its `when`). That depends on the case alone, so with one such trial the
  // case is none of the metric's.
  std::uint16_t left_out = 0;

  int Accounted() const { return scored + unscored + error + skipped + awaiting_human + left_out; }
};

// How a trial ended for one metric. The first three are scored: without a verdict of the grader, passing, failing.
enum class TrialOutcome : std::uint8_t {
  kOutstanding,
  kScored,
  kPassing,
  kFailing,
  kUnscored,
  kError,
  kSkipped,
  kAwaitingHuman,
  kLeftOut
};

constexpr std::size_t kTrialOutcomes = 9;  // how many there are

constexpr bool IsScored(TrialOutcome outcome) {
  return outcome == TrialOutcome::kScored || outcome == TrialOutcome::kPassing || outcome == TrialOutcome::kFailing;
}

// Of a case of one trial that ended so.
constexpr CaseTally TallyOfOne(TrialOutcome outcome, double value) {
  const auto is = [outcome](TrialOutcome other) { return static_cast<std::uint16_t>(outcome == other); };
  const auto passing = is(TrialOutcome::kPassing);
  const auto failing = is(TrialOutcome::kFailing);
  const auto scored = static_cast<std::uint16_t>(is(TrialOutcome::kScored) + passing + failing);
  return {.sum = scored == 0 ? 0 : value,
          .scored = scored,
          .unscored = is(TrialOutcome::kUnscored),
          .error = is(TrialOutcome::kError),
          .skipped = is(TrialOutcome::kSkipped),
          .awaiting_human = is(TrialOutcome::kAwaitingHuman),
          .passing = passing,
          .failing = failing,
          .left_out = is(TrialOutcome::kLeftOut)};
}

// Where the answers of a case come from: the last of these that is true of any.
enum class AnswerOrigin : std::uint8_t {
  kFirstTry,
  kRetried,  // a request for it failed and was sent again
  kCached    // from the response cache: how it was got is not known
};

// The tallies of all cases under one metric.
class TallyColumn {
 public:
  TallyColumn() = default;  // of no case
  TallyColumn(std::size_t cases, int trials);

  // A trial of the case; `value` of one that is scored. At most `trials` a case.
  void Add(std::size_t ordinal, TrialOutcome outcome, double value = 0);
  CaseTally operator[](std::size_t ordinal) const {
    return outcomes_.empty() ? tallies_[ordinal] : TallyOfOne(outcomes_[ordinal], values_[ordinal]);
  }
  // Of one trial a case: how it ended, by ordinal. Empty of several.
  std::span<const TrialOutcome> outcomes() const { return outcomes_; }
  // Of the scored trials; absent without one.
  std::optional<double> MeanOf(std::size_t ordinal) const {
    if (outcomes_.empty()) {
      const CaseTally& tally = tallies_[ordinal];
      return tally.scored > 0 ? std::optional(tally.sum / tally.scored) : std::nullopt;
    }
    return IsScored(outcomes_[ordinal]) ? std::optional(values_[ordinal]) : std::nullopt;
  }
  bool IsLeftOut(std::size_t ordinal) const {
    return outcomes_.empty() ? tallies_[ordinal].left_out > 0 : outcomes_[ordinal] == TrialOutcome::kLeftOut;
  }
  std::size_t size() const { return std::max(tallies_.size(), outcomes_.size()); }
  TallyColumn Part(std::span<const std::uint32_t> ordinals) const;

 private:
  std::vector<CaseTally> tallies_;  // of several trials
  // Of one trial, which are most suites: the counters of a tally would be zeros but for one.
  std::vector<TrialOutcome> outcomes_;
  std::vector<double> values_;
};

class SuiteObservations {
 public:
  static constexpr std::int64_t kMaxCases = 100'000'000;
  static constexpr int kMaxTrials = 10'000;

  SuiteObservations() = default;  // no case, no metric
  // kInvalidArgument for counts out of range, a metric or slice named twice, or a slice column of another length.
  static Result<SuiteObservations> Make(std::int64_t cases, int trials, std::vector<MetricShape> metrics,
                                        std::vector<SliceColumn> slices);

  // One score row (or one measured value, e.g. a latency in ms, as kScored). `metric` is an index into metrics().
  // A SCORED row whose value is absent, not finite, or outside [0, 1] for a kUnit metric counts as an error trial, and
  // so does one without pass for a metric that counts passes. kInvalidArgument for an index out of range;
  // kAlreadyExists when this metric has this trial already (the newest revision only must be fed).
  Status AddScore(std::size_t metric, std::int64_t ordinal, int trial, ScoreStatus status, std::optional<double> value,
                  std::optional<bool> pass);
  // That the trial, which has failed, was not shown to the judge whose opinion the metric is: it failed for certain.
  // kInvalidArgument for an index out of range.
  Status AddNotJudged(std::size_t metric, std::int64_t ordinal);
  // A trial that ended without a score for some metrics: counts for every metric that has no row of it yet, so scores
  // come first. `status` kScored means that a grader gave no row although the trial was scored: an error trial.
  Status AddTrial(std::int64_t ordinal, int trial, TrialStatus status);

  // Of an answer of the case. kInvalidArgument for an ordinal out of range.
  Status AddOrigin(std::int64_t ordinal, AnswerOrigin origin);

  // Of a metric that people correct, what they said: its rules bound the mean of that, and take a case's own value for
  // what is known of it. kInvalidArgument for an index out of range and another number of cases.
  Status SetSample(std::size_t metric, PeopleSample sample);

  // Which cluster each case is of: cases of one are not independent. Numbers from 0, at most one a case.
  // kInvalidArgument for another number of cases and numbers out of range.
  Status SetClusters(std::vector<std::uint32_t> of_case);

  // What these cases show by themselves, as if there were no others but for the values of slices that none of them has
  // (SliceColumn::missing). They are numbered anew, in their order; each lies in [0, cases()). O(cases x metrics).
  SuiteObservations Part(std::span<const std::uint32_t> ordinals) const;

  std::int64_t cases() const { return cases_; }
  int trials() const { return trials_; }
  // Without clusters each case is by itself.
  bool HasClusters() const { return has_clusters_; }
  std::int64_t clusters() const { return clusters_; }  // the greatest number and 1
  std::uint32_t ClusterOf(std::uint32_t ordinal) const { return cluster_of_case_[ordinal]; }
  AnswerOrigin OriginOf(std::int64_t ordinal) const {
    return origins_.empty() ? AnswerOrigin::kFirstTry : origins_[static_cast<std::size_t>(ordinal)];
  }
  bool HasRetries() const { return has_retries_; }
  const std::vector<MetricShape>& metrics() const { return metrics_; }
  const std::vector<SliceColumn>& slices() const { return slices_; }
  const TallyColumn& Tallies(std::size_t metric) const { return tallies_[metric]; }
  // How many trials of the case failed without being judged.
  int NotJudged(std::size_t metric, std::size_t ordinal) const {
    return HasNotJudged(metric) ? not_judged_[metric][ordinal] : 0;
  }
  bool HasNotJudged(std::size_t metric) const { return metric < not_judged_.size() && !not_judged_[metric].empty(); }
  // Whether the case is one of the metric's.
  bool Asks(std::size_t metric, std::size_t ordinal) const { return !tallies_[metric].IsLeftOut(ordinal); }
  // The values of the case's trials, NaN for one that is not scored; of a max or min the extreme only. Empty unless
  // there are several trials and the metric needs them (its tallies do not say): a quantile over trials, median, mode,
  // max, min.
  std::span<const double> TrialValues(std::size_t metric, std::int64_t ordinal) const;
  // Null pointer where nobody corrects the metric.
  const PeopleSample* SampleOf(std::size_t metric) const {
    return metric < samples_.size() && samples_[metric] ? &*samples_[metric] : nullptr;
  }
  // Index into metrics(), or slices(); absent when there is none of that name.
  std::optional<std::size_t> FindMetric(std::string_view name) const;
  const SliceColumn* FindSlice(std::string_view name) const;

 private:
  Status IsThere(std::size_t metric, std::int64_t ordinal, int trial) const;
  bool Has(std::size_t metric, std::int64_t ordinal, int trial) const;
  void MarkSeen(std::size_t metric, std::int64_t ordinal, int trial);
  bool IsPlace(std::int64_t ordinal, int trial) const {
    return ordinal >= 0 && ordinal < cases_ && trial >= 0 && trial < trials_;
  }
  Status CheckPlace(std::int64_t ordinal, int trial) const;
  void KeepValue(std::size_t metric, std::int64_t ordinal, int trial, double value);
  std::size_t IndexOf(std::int64_t ordinal, int trial) const {
    return static_cast<std::size_t>(ordinal) * static_cast<std::size_t>(trials_) + static_cast<std::size_t>(trial);
  }

  std::int64_t cases_ = 0;
  int trials_ = 1;
  std::vector<MetricShape> metrics_;
  std::vector<SliceColumn> slices_;
  std::vector<TallyColumn> tallies_;         // by metric
  std::vector<std::vector<bool>> seen_;      // by metric, by ordinal * trials + trial; of one trial its outcome says it
  std::vector<std::vector<double>> values_;  // likewise, or by ordinal; where TrialValues has any
  std::vector<std::vector<std::uint16_t>> not_judged_;  // by metric and case; empty of metrics without any
  std::vector<std::optional<PeopleSample>> samples_;    // by metric; may be shorter
  std::vector<AnswerOrigin> origins_;                   // by ordinal; empty when all are first tries
  bool has_retries_ = false;
  bool has_clusters_ = false;
  std::int64_t clusters_ = 0;
  std::vector<std::uint32_t> cluster_of_case_;  // by ordinal
};

}  // namespace assay
