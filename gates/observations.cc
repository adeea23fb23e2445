#include "gates/observations.h"

#include <cmath>
#include <utility>

namespace assay {
namespace {

bool IsScorable(const std::optional<double>& value, MetricRange range) {
  if (!value || !std::isfinite(*value)) return false;
  return range == MetricRange::kUnbounded || (*value >= 0 && *value <= 1);
}

std::string Quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

void AddTo(CaseTally& tally, TrialOutcome outcome, double value) {
  switch (outcome) {
    case TrialOutcome::kOutstanding:
      return;
    case TrialOutcome::kPassing:
    case TrialOutcome::kFailing:
    case TrialOutcome::kScored:
      ++tally.scored;
      tally.sum += value;
      tally.passing += outcome == TrialOutcome::kPassing ? 1 : 0;
      tally.failing += outcome == TrialOutcome::kFailing ? 1 : 0;
      return;
    case TrialOutcome::kUnscored:
      ++tally.unscored;
      return;
    case TrialOutcome::kError:
      ++tally.error;
      return;
    case TrialOutcome::kSkipped:
      ++tally.skipped;
      return;
    case TrialOutcome::kAwaitingHuman:
      ++tally.awaiting_human;
      return;
    case TrialOutcome::kLeftOut:
      ++tally.left_out;
      return;
  }
}

// Of a trial that a grader gave no row for.
TrialOutcome OutcomeWithoutScore(TrialStatus status) {
  switch (status) {
    case TrialStatus::kUnscored:
      return TrialOutcome::kUnscored;
    case TrialStatus::kSkipped:
      return TrialOutcome::kSkipped;
    case TrialStatus::kAwaitingHuman:
      return TrialOutcome::kAwaitingHuman;
    case TrialStatus::kScored:
    case TrialStatus::kError:
      break;
  }
  return TrialOutcome::kError;
}

TrialOutcome OutcomeOfScore(ScoreStatus status, bool is_scorable, std::optional<bool> pass) {
  if (status == ScoreStatus::kUnscored) return TrialOutcome::kUnscored;
  if (status == ScoreStatus::kNotApplicable) return TrialOutcome::kLeftOut;
  if (status == ScoreStatus::kError || !is_scorable) return TrialOutcome::kError;
  if (!pass) return TrialOutcome::kScored;
  return *pass ? TrialOutcome::kPassing : TrialOutcome::kFailing;
}

}  // namespace

MetricShape ShapeOf(const MetricSpec& metric) {
  const bool is_score = IsOfScores(metric.source);
  return {.name = metric.name,
          .grader = is_score ? metric.grader.value_or("") : "",
          .aggregate = metric.aggregate,
          .range = is_score && !metric.is_unbounded ? MetricRange::kUnit : MetricRange::kUnbounded,
          .source = metric.source,
          .is_report = metric.is_report,
          .reduction = metric.reduction,
          .judged = is_score ? metric.judged : Judged::kNo,
          .judge_parts = is_score ? metric.judge_parts : std::vector<std::string>(),
          .severity = is_score ? metric.severity : std::nullopt,
          .invariants = is_score ? metric.invariants : std::vector<std::string>()};
}

namespace {

enum class Kept { kNothing, kExtreme, kAll };

// Of the values of a metric's trials, beside their tallies.
Kept KeptOf(const MetricShape& metric, int trials) {
  if (trials == 1) return Kept::kNothing;
  const bool is_counted = metric.source == MetricSource::kPass;  // zeros and ones
  switch (metric.reduction.by) {
    case Reduce::kMean:
      return QuantileOf(metric.aggregate) ? Kept::kAll : Kept::kNothing;
    case Reduce::kMedian:
    case Reduce::kMode:
      return is_counted ? Kept::kNothing : Kept::kAll;
    case Reduce::kMax:
    case Reduce::kMin:
      return is_counted ? Kept::kNothing : Kept::kExtreme;
    case Reduce::kMajority:
    case Reduce::kAtLeastK:
    case Reduce::kPassAtK:
    case Reduce::kPassHatK:
      return Kept::kNothing;
  }
  return Kept::kAll;
}

}  // namespace

TallyColumn::TallyColumn(std::size_t cases, int trials) {
  if (trials == 1) {
    outcomes_.resize(cases);
    values_.resize(cases);
  } else {
    tallies_.resize(cases);
  }
}

void TallyColumn::Add(std::size_t ordinal, TrialOutcome outcome, double value) {
  if (outcomes_.empty()) {
    AddTo(tallies_[ordinal], outcome, value);
  } else {
    outcomes_[ordinal] = outcome;
    values_[ordinal] = value;
  }
}

std::optional<double> QuantileOf(Aggregate aggregate) {
  switch (aggregate) {
    case Aggregate::kP50:
      return 0.5;
    case Aggregate::kP90:
      return 0.9;
    case Aggregate::kP95:
      return 0.95;
    case Aggregate::kP99:
      return 0.99;
    case Aggregate::kMean:
    case Aggregate::kMax:
    case Aggregate::kSum:
      return std::nullopt;
  }
  return std::nullopt;
}

SliceColumn::SliceColumn(std::string name, std::int64_t cases)
    : name_(std::move(name)), of_case_(static_cast<std::size_t>(cases > 0 ? cases : 0), 0) {}

Status SliceColumn::Set(std::int64_t ordinal, std::string_view value) {
  if (ordinal < 0 || static_cast<std::size_t>(ordinal) >= of_case_.size()) {
    return Fail(ErrorCode::kInvalidArgument,
                "slice " + Quoted(name_) + ": there is no case " + std::to_string(ordinal));
  }
  const auto found = index_.find(std::string(value));
  if (found != index_.end()) {
    of_case_[static_cast<std::size_t>(ordinal)] = found->second;
    return {};
  }
  if (values_.size() >= kMaxValues) {
    return Fail(ErrorCode::kResourceExhausted, "slice " + Quoted(name_) + " has more than " +
                                                   std::to_string(kMaxValues) + " values; slice by a field with few");
  }
  const auto index = static_cast<std::uint32_t>(values_.size());
  values_.emplace_back(value);
  index_.emplace(value, index);
  of_case_[static_cast<std::size_t>(ordinal)] = index;
  return {};
}

Result<SuiteObservations> SuiteObservations::Make(std::int64_t cases, int trials, std::vector<MetricShape> metrics,
                                                  std::vector<SliceColumn> slices) {
  if (cases < 0 || cases > kMaxCases) {
    return Fail(ErrorCode::kInvalidArgument, std::to_string(cases) + " cases; at most " + std::to_string(kMaxCases));
  }
  if (trials < 1 || trials > kMaxTrials) {
    return Fail(ErrorCode::kInvalidArgument, std::to_string(trials) + " trials; 1 to " + std::to_string(kMaxTrials));
  }
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (metrics[i].name == metrics[j].name) {
        return Fail(ErrorCode::kInvalidArgument, "metric " + Quoted(metrics[i].name) + " is there twice");
      }
    }
  }
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (slices[i].cases() != cases) {
      return Fail(ErrorCode::kInvalidArgument, "slice " + Quoted(slices[i].name()) + " has " +
                                                   std::to_string(slices[i].cases()) + " cases, the suite " +
                                                   std::to_string(cases));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (slices[i].name() == slices[j].name()) {
        return Fail(ErrorCode::kInvalidArgument, "slice " + Quoted(slices[i].name()) + " is there twice");
      }
    }
  }
  SuiteObservations made;
  made.cases_ = cases;
  made.trials_ = trials;
  made.tallies_.resize(metrics.size());
  made.seen_.resize(metrics.size());
  made.values_.resize(metrics.size());
  for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
    made.tallies_[metric] = TallyColumn(static_cast<std::size_t>(cases), trials);
    const std::size_t size = static_cast<std::size_t>(cases) * static_cast<std::size_t>(trials);
    if (trials > 1) made.seen_[metric].resize(size);
    const Kept kept = KeptOf(metrics[metric], trials);
    if (kept == Kept::kNothing) continue;
    made.values_[metric].resize(kept == Kept::kAll ? size : static_cast<std::size_t>(cases),
                                std::numeric_limits<double>::quiet_NaN());
  }
  made.metrics_ = std::move(metrics);
  made.slices_ = std::move(slices);
  return made;
}

Status SuiteObservations::CheckPlace(std::int64_t ordinal, int trial) const {
  if (ordinal < 0 || ordinal >= cases_) {
    return Fail(ErrorCode::kInvalidArgument,
                "there is no case " + std::to_string(ordinal) + " among " + std::to_string(cases_));
  }
  if (trial < 0 || trial >= trials_) {
    return Fail(ErrorCode::kInvalidArgument, "case " + std::to_string(ordinal) + " has no trial " +
                                                 std::to_string(trial) + " among " + std::to_string(trials_));
  }
  return {};
}

bool SuiteObservations::Has(std::size_t metric, std::int64_t ordinal, int trial) const {
  if (trials_ == 1) return tallies_[metric].outcomes()[static_cast<std::size_t>(ordinal)] != TrialOutcome::kOutstanding;
  return seen_[metric][IndexOf(ordinal, trial)];
}

void SuiteObservations::MarkSeen(std::size_t metric, std::int64_t ordinal, int trial) {
  if (trials_ > 1) seen_[metric][IndexOf(ordinal, trial)] = true;
}

Status SuiteObservations::IsThere(std::size_t metric, std::int64_t ordinal, int trial) const {
  return Fail(ErrorCode::kAlreadyExists, "metric " + Quoted(metrics_[metric].name) + " has case " +
                                             std::to_string(ordinal) + " trial " + std::to_string(trial) + " already");
}

Status SuiteObservations::AddScore(std::size_t metric, std::int64_t ordinal, int trial, ScoreStatus status,
                                   std::optional<double> value, std::optional<bool> pass) {
  if (metric >= metrics_.size()) {
    return Fail(ErrorCode::kInvalidArgument, "there is no metric " + std::to_string(metric));
  }
  if (!IsPlace(ordinal, trial)) return CheckPlace(ordinal, trial);
  if (Has(metric, ordinal, trial)) return IsThere(metric, ordinal, trial);
  MarkSeen(metric, ordinal, trial);
  const MetricShape& shape = metrics_[metric];
  const bool is_scorable = IsScorable(value, shape.range) && (pass || !CountsPasses(shape.reduction.by));
  const TrialOutcome outcome = OutcomeOfScore(status, is_scorable, pass);
  const bool is_scored = status == ScoreStatus::kScored && is_scorable;
  tallies_[metric].Add(static_cast<std::size_t>(ordinal), outcome, is_scored ? *value : 0);
  if (is_scored) KeepValue(metric, ordinal, trial, *value);
  return {};
}

Status SuiteObservations::AddNotJudged(std::size_t metric, std::int64_t ordinal) {
  if (metric >= metrics_.size()) {
    return Fail(ErrorCode::kInvalidArgument, "there is no metric " + std::to_string(metric));
  }
  if (!IsPlace(ordinal, 0)) return CheckPlace(ordinal, 0);
  not_judged_.resize(metrics_.size());
  not_judged_[metric].resize(static_cast<std::size_t>(cases_));
  ++not_judged_[metric][static_cast<std::size_t>(ordinal)];
  return {};
}

void SuiteObservations::KeepValue(std::size_t metric, std::int64_t ordinal, int trial, double value) {
  std::vector<double>& values = values_[metric];
  const Kept kept = KeptOf(metrics_[metric], trials_);
  if (kept == Kept::kAll) values[IndexOf(ordinal, trial)] = value;
  if (kept != Kept::kExtreme) return;
  double& known = values[static_cast<std::size_t>(ordinal)];  // NaN before the first
  const bool is_max = metrics_[metric].reduction.by == Reduce::kMax;
  known = is_max ? std::fmax(known, value) : std::fmin(known, value);
}

Status SuiteObservations::SetSample(std::size_t metric, PeopleSample sample) {
  if (metric >= metrics_.size()) {
    return Fail(ErrorCode::kInvalidArgument, "there is no metric " + std::to_string(metric));
  }
  if (sample.cases() != cases_) {
    return Fail(ErrorCode::kInvalidArgument, "people were asked of a suite of " + std::to_string(sample.cases()) +
                                                 " cases, and this one has " + std::to_string(cases_));
  }
  samples_.resize(metrics_.size());
  samples_[metric] = std::move(sample);
  return {};
}

Status SuiteObservations::SetClusters(std::vector<std::uint32_t> of_case) {
  if (std::ssize(of_case) != cases_) {
    return Fail(ErrorCode::kInvalidArgument,
                "clusters of " + std::to_string(of_case.size()) + " cases, the suite has " + std::to_string(cases_));
  }
  std::int64_t clusters = 0;
  for (const std::uint32_t cluster : of_case) clusters = std::max(clusters, std::int64_t{cluster} + 1);
  if (clusters > cases_) {
    return Fail(ErrorCode::kInvalidArgument,
                "cluster " + std::to_string(clusters - 1) + " of " + std::to_string(cases_) + " cases");
  }
  cluster_of_case_ = std::move(of_case);
  clusters_ = clusters;
  has_clusters_ = true;
  return {};
}

Status SuiteObservations::AddOrigin(std::int64_t ordinal, AnswerOrigin origin) {
  if (!IsPlace(ordinal, 0)) return CheckPlace(ordinal, 0);
  if (origin == AnswerOrigin::kFirstTry) return {};
  if (origins_.empty()) origins_.resize(static_cast<std::size_t>(cases_));
  AnswerOrigin& known = origins_[static_cast<std::size_t>(ordinal)];
  known = std::max(known, origin);
  has_retries_ = has_retries_ || origin == AnswerOrigin::kRetried;
  return {};
}

Status SuiteObservations::AddTrial(std::int64_t ordinal, int trial, TrialStatus status) {
  if (!IsPlace(ordinal, trial)) return CheckPlace(ordinal, trial);
  for (std::size_t metric = 0; metric < metrics_.size(); ++metric) {
    if (Has(metric, ordinal, trial)) continue;
    MarkSeen(metric, ordinal, trial);
    tallies_[metric].Add(static_cast<std::size_t>(ordinal), OutcomeWithoutScore(status));
  }
  return {};
}

std::span<const double> SuiteObservations::TrialValues(std::size_t metric, std::int64_t ordinal) const {
  const std::vector<double>& values = values_[metric];
  if (values.empty()) return {};
  if (KeptOf(metrics_[metric], trials_) == Kept::kExtreme) {
    return std::span(values).subspan(static_cast<std::size_t>(ordinal), 1);
  }
  return std::span(values).subspan(IndexOf(ordinal, 0), static_cast<std::size_t>(trials_));
}

std::optional<std::size_t> SuiteObservations::FindMetric(std::string_view name) const {
  for (std::size_t metric = 0; metric < metrics_.size(); ++metric) {
    if (metrics_[metric].name == name) return metric;
  }
  return std::nullopt;
}

const SliceColumn* SuiteObservations::FindSlice(std::string_view name) const {
  for (const SliceColumn& slice : slices_) {
    if (slice.name() == name) return &slice;
  }
  return nullptr;
}

namespace {

// `per` elements of each case.
template <class Element>
std::vector<Element> PartOf(const std::vector<Element>& all, std::span<const std::uint32_t> ordinals, std::size_t per) {
  std::vector<Element> part;
  if (all.empty()) return part;
  part.reserve(ordinals.size() * per);
  for (const std::uint32_t ordinal : ordinals) {
    for (std::size_t i = 0; i < per; ++i) part.push_back(all[ordinal * per + i]);
  }
  return part;
}

// Numbers from 0 without gaps, in the order of their first appearance.
std::vector<std::uint32_t> NumberedAnew(const std::vector<std::uint32_t>& numbers) {
  std::unordered_map<std::uint32_t, std::uint32_t> anew;
  std::vector<std::uint32_t> result;
  result.reserve(numbers.size());
  for (const std::uint32_t number : numbers) {
    result.push_back(anew.emplace(number, static_cast<std::uint32_t>(anew.size())).first->second);
  }
  return result;
}

}  // namespace

void DeclareJourneys(const JourneysSpec& journeys, SliceColumn& column) {
  for (const std::string& journey : journeys.critical) column.Declare(journey, journeys.IsHighRisk(journey));
}

SliceColumn SliceColumn::Part(std::span<const std::uint32_t> ordinals) const {
  SliceColumn part = *this;
  part.of_case_ = PartOf(of_case_, ordinals, 1);
  std::vector<bool> is_here(values_.size());
  std::vector<bool> is_anywhere(values_.size());
  for (const std::uint32_t value : part.of_case_) is_here[value] = true;
  for (const std::uint32_t value : of_case_) is_anywhere[value] = true;
  for (std::size_t value = 0; value < values_.size(); ++value) {
    if (is_anywhere[value] && !is_here[value]) part.missing_.push_back(values_[value]);
  }
  return part;
}

TallyColumn TallyColumn::Part(std::span<const std::uint32_t> ordinals) const {
  TallyColumn part;
  part.tallies_ = PartOf(tallies_, ordinals, 1);
  part.outcomes_ = PartOf(outcomes_, ordinals, 1);
  part.values_ = PartOf(values_, ordinals, 1);
  return part;
}

SuiteObservations SuiteObservations::Part(std::span<const std::uint32_t> ordinals) const {
  SuiteObservations part;
  part.cases_ = static_cast<std::int64_t>(ordinals.size());
  part.trials_ = trials_;
  part.metrics_ = metrics_;
  for (const SliceColumn& slice : slices_) part.slices_.push_back(slice.Part(ordinals));
  const auto trials = static_cast<std::size_t>(trials_);
  for (std::size_t metric = 0; metric < metrics_.size(); ++metric) {
    part.tallies_.push_back(tallies_[metric].Part(ordinals));
    part.seen_.push_back(PartOf(seen_[metric], ordinals, trials));
    const bool is_by_trial = values_[metric].size() > static_cast<std::size_t>(cases_);
    part.values_.push_back(PartOf(values_[metric], ordinals, is_by_trial ? trials : 1));
  }
  for (const std::optional<PeopleSample>& sample : samples_) {
    part.samples_.push_back(sample ? std::optional(sample->Part(ordinals)) : std::nullopt);
  }
  for (const std::vector<std::uint16_t>& of_metric : not_judged_)
    part.not_judged_.push_back(PartOf(of_metric, ordinals, 1));
  part.origins_ = PartOf(origins_, ordinals, 1);
  part.has_retries_ = std::ranges::find(part.origins_, AnswerOrigin::kRetried) != part.origins_.end();
  part.has_clusters_ = has_clusters_;
  part.cluster_of_case_ = NumberedAnew(PartOf(cluster_of_case_, ordinals, 1));
  if (!part.cluster_of_case_.empty()) part.clusters_ = *std::ranges::max_element(part.cluster_of_case_) + 1LL;
  return part;
}

}  // namespace assay
