#include "daemon/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "core/response.h"
#include "daemon/human_evidence.h"
#include "daemon/people_quality.h"
#include "daemon/prepared_run.h"
#include "daemon/sentinels.h"

namespace assay {
namespace {

// The measured value of a trial that a metric of this source aggregates.
std::optional<double> Measured(MetricSource source, const TrialColumns& trial) {
  const auto number = [](const std::optional<std::int64_t>& value, double scale) -> std::optional<double> {
    return value ? std::optional(static_cast<double>(*value) / scale) : std::nullopt;
  };
  switch (source) {
    case MetricSource::kScore:
    case MetricSource::kPass:
    case MetricSource::kHuman:
    case MetricSource::kHumanCorrected:
      return std::nullopt;
    case MetricSource::kLatencyMs:
      return number(trial.latency_us, 1000);
    case MetricSource::kTtftMs:
      return number(trial.first_token_us, 1000);
    case MetricSource::kTokensPerSecond:
      if (!trial.latency_us || !trial.first_token_us) return std::nullopt;
      return TokensPerSecond(std::chrono::microseconds(*trial.latency_us),
                             std::chrono::microseconds(*trial.first_token_us), trial.tokens_out);
    case MetricSource::kTokensIn:
      return number(trial.tokens_in, 1);
    case MetricSource::kTokensOut:
      return number(trial.tokens_out, 1);
    case MetricSource::kCostUsd:
      return trial.cost_usd;  // of a cached answer: what it cost when it was asked for
  }
  return std::nullopt;
}

bool IsUnit(const std::optional<double>& value) { return value && *value >= 0 && *value <= 1; }

std::optional<double> PassAsNumber(const std::optional<bool>& pass) {
  return pass ? std::optional(*pass ? 1.0 : 0.0) : std::nullopt;
}

AnswerOrigin OriginOf(const TrialColumns& trial) {
  if (trial.is_cached) return AnswerOrigin::kCached;
  return trial.retries > 0 ? AnswerOrigin::kRetried : AnswerOrigin::kFirstTry;
}

std::vector<std::string> VersionsOf(const std::vector<RunGrader>& graders) {
  std::vector<std::string> versions;
  for (const RunGrader& grader : graders) versions.push_back(grader.name + " " + grader.version);
  return versions;
}

class Loader {
 public:
  Loader(Store& store, const RunRecord& run, const SuiteSpec& suite, TrialStatuses* statuses, Time as_of,
         PeopleQualities& qualities)
      : store_(store),
        run_(run),
        suite_(suite),
        statuses_(statuses),
        as_of_(as_of),
        qualities_(qualities),
        metrics_(EffectiveMetrics(suite)) {}

  Result<SuiteObservations> Load() {
    ASSAY_ASSIGN(std::vector<SliceColumn> slices, LoadSlices());
    std::vector<MetricShape> shapes;
    for (const MetricSpec& metric : metrics_) shapes.push_back(ShapeOf(metric));
    ASSAY_ASSIGN(observations_, SuiteObservations::Make(run_.cases, static_cast<int>(run_.trials), std::move(shapes),
                                                        std::move(slices)));
    ASSAY_TRY(LoadClusters());
    ASSAY_TRY(LoadScores());
    ASSAY_TRY(LoadLeftOut());
    ASSAY_TRY(LoadPeople());
    ASSAY_TRY(LoadTrials());
    return std::move(observations_);
  }

  const std::string& held_by() const { return held_by_; }
  std::vector<PeopleAsked> TakePeople() { return std::move(asked_); }

 private:
  Result<std::vector<SliceColumn>> LoadSlices() {
    ASSAY_ASSIGN(const std::vector<StoredSlice> stored, store_.ReadSliceColumns(run_.snapshot, suite_.slices));
    std::vector<SliceColumn> columns;
    for (const StoredSlice& slice : stored) {
      SliceColumn column(slice.slice, run_.cases);
      std::vector<std::optional<std::uint32_t>> numbers(slice.values.size());  // of those that a case has had
      for (std::size_t i = 0; i < slice.codes.size(); ++i) {
        if (slice.codes[i] == StoredSlice::kAbsent) continue;
        const auto ordinal = static_cast<std::int64_t>(i);
        const auto code = static_cast<std::size_t>(slice.codes[i]);
        if (numbers[code]) {
          column.SetTo(ordinal, *numbers[code]);
          continue;
        }
        ASSAY_TRY(column.Set(ordinal, slice.values[code]));
        numbers[code] = column.ValueOf(ordinal);
      }
      if (suite_.journeys && suite_.journeys->of == slice.slice) DeclareJourneys(*suite_.journeys, column);
      columns.push_back(std::move(column));
    }
    return columns;
  }

  Status LoadClusters() {
    if (!suite_.cluster) return {};
    const std::vector<std::string> field{*suite_.cluster};
    ASSAY_ASSIGN(const std::vector<StoredSlice> stored, store_.ReadSliceColumns(run_.snapshot, field));
    std::vector<std::uint32_t> of_case;
    for (const std::int32_t code : stored.at(0).codes) {
      if (code == StoredSlice::kAbsent) {
        return Fail(ErrorCode::kInternal, "case " + std::to_string(of_case.size()) + " of the dataset has no cluster");
      }
      of_case.push_back(static_cast<std::uint32_t>(code));
    }
    return observations_.SetClusters(std::move(of_case));
  }

  Status LoadScores() {
    const auto trials = static_cast<std::size_t>(run_.cases * run_.trials);
    is_graded_.assign(trials, false);
    is_due_.assign(trials, false);
    if (run_.state != RunState::kComplete) {
      ASSAY_ASSIGN(const std::vector<DueTrial> due, store_.DueTrials(run_.key));
      for (const DueTrial& each : due) {
        if (const auto place = PlaceOf(each.ordinal, each.trial)) is_due_[*place] = true;
      }
    }
    for (std::size_t grader = 0; grader < run_.graders.size(); ++grader) {
      std::vector<std::size_t> readers;    // the metrics that aggregate this grader
      std::vector<std::size_t> corrected;  // those that people correct
      for (std::size_t i = 0; i < metrics_.size(); ++i) {
        if (metrics_[i].grader != run_.graders[grader].name) continue;
        if (IsOfGrader(metrics_[i].source)) readers.push_back(i);
        if (metrics_[i].source == MetricSource::kHumanCorrected) corrected.push_back(i);
      }
      for (const std::size_t metric : corrected) {
        sampled_[metric].resize(trials);
        ASSAY_ASSIGN(const bool is_revised, store_.HasScoresOfPeople(run_.key, static_cast<int>(grader)));
        if (is_revised) revised_.insert(metric);
      }
      const auto keep = [&](const ScoreColumns& score) {
        const auto place = PlaceOf(score.ordinal, score.trial);
        if (place) is_graded_[*place] = true;
        // It may have become anything: the trial is skipped.
        if (place && is_due_[*place] && score.status == ScoreStatus::kError) return;
        for (const std::size_t metric : corrected) KeepJudged(metric, score);
        for (const std::size_t metric : readers) {
          const auto value = metrics_[metric].source == MetricSource::kPass ? PassAsNumber(score.pass) : score.value;
          Keep(observations_.AddScore(metric, score.ordinal, score.trial, score.status, value, score.pass));
          if (score.is_not_judged) Keep(observations_.AddNotJudged(metric, score.ordinal));
        }
      };
      const auto is_corrected = [&](std::size_t metric) { return metrics_[metric].judged == Judged::kCorrectable; };
      using enum Store::ScoreColumnSet;
      ASSAY_TRY(store_.ReadScores(run_.key, static_cast<int>(grader), keep,
                                  std::ranges::any_of(readers, is_corrected) ? kWithLabels : kValues));
    }
    return failure_;
  }

  // What a grader that decides by a threshold measures need not lie in [0, 1].
  void KeepJudged(std::size_t metric, const ScoreColumns& score) {
    if (score.status == ScoreStatus::kNotApplicable) {
      Keep(observations_.AddScore(metric, score.ordinal, score.trial, ScoreStatus::kNotApplicable, {}, {}));
      return;
    }
    const auto grader = std::ranges::find(suite_.graders, *metrics_[metric].grader, &GraderSpec::name);
    const bool takes_pass = grader != suite_.graders.end() && grader->threshold;
    const auto value = takes_pass ? PassAsNumber(score.pass) : score.value;
    const auto place = PlaceOf(score.ordinal, score.trial);
    if (place && score.status == ScoreStatus::kScored && IsUnit(value)) sampled_[metric][*place].judged = *value;
  }

  struct Place {
    std::int64_t ordinal;
    int trial;
  };

  // A trial without scores still belongs to the metrics of those graders only that would have been asked of its case.
  Status LoadLeftOut() {
    const bool may_leave_out =
        std::ranges::any_of(suite_.graders, [](const GraderSpec& each) { return !each.when.empty(); });
    if (!may_leave_out) return {};
    std::vector<Place> places;  // of trials without scores; those of a case follow each other
    ASSAY_TRY(store_.ReadTrialColumns(run_.key, [&](const TrialColumns& trial) {
      const auto place = PlaceOf(trial.ordinal, trial.trial);
      if (place && !is_graded_[*place]) places.push_back({trial.ordinal, trial.trial});
    }));
    std::vector<std::int64_t> ordinals;
    std::size_t begin = 0;
    for (std::size_t end = 0; end < places.size(); ++end) {
      if (ordinals.empty() || ordinals.back() != places[end].ordinal) ordinals.push_back(places[end].ordinal);
      const bool is_last = end + 1 == places.size();
      constexpr std::size_t kCasesAtOnce = 256;
      if (!is_last && (ordinals.size() < kCasesAtOnce || places[end + 1].ordinal == ordinals.back())) continue;
      ASSAY_ASSIGN(const std::vector<Case> cases, store_.ReadCases(run_.snapshot, ordinals));
      for (const Case& item : cases) {
        const auto from = begin;
        while (begin <= end && places[begin].ordinal == item.ordinal) ++begin;
        LeaveOut(item, std::span(places).subspan(from, begin - from));
      }
      ordinals.clear();
    }
    return failure_;
  }

  void LeaveOut(const Case& item, std::span<const Place> trials) {
    const std::vector<bool> left_out = LeftOutGraders(suite_.graders, item.fields);
    for (std::size_t metric = 0; metric < metrics_.size(); ++metric) {
      if (!metrics_[metric].grader) continue;
      const auto grader = std::ranges::find(suite_.graders, *metrics_[metric].grader, &GraderSpec::name);
      if (grader == suite_.graders.end()) continue;
      if (!left_out[static_cast<std::size_t>(grader - suite_.graders.begin())]) continue;
      for (const Place& place : trials) {
        Keep(observations_.AddScore(metric, place.ordinal, place.trial, ScoreStatus::kNotApplicable, {}, {}));
      }
    }
  }

  Status LoadPeople() {
    for (std::size_t metric = 0; metric < metrics_.size(); ++metric) {
      const MetricSpec& spec = metrics_[metric];
      if (!IsOfPeople(spec.source)) continue;
      ASSAY_ASSIGN(const HumanEvidence people, ReadHumanEvidence(store_, run_, *spec.queue, as_of_));
      if (held_by_.empty()) held_by_ = people.held_by;
      PeopleAsked asked{.metric = spec.name, .queue = *spec.queue};
      if (spec.quality && as_of_ != Time::max()) {  // else nothing is decided on it
        ASSAY_TRY(LoadQuality(spec, asked));
      }
      if (spec.source == MetricSource::kHuman) {
        ASSAY_TRY(LoadSaid(metric, people));
      } else {
        if (asked.problem.empty()) asked.problem = WhyNoSample(metric, people);
        ASSAY_TRY(LoadSample(metric, people));
      }
      asked_.push_back(std::move(asked));
    }
    return failure_;
  }

  Status LoadQuality(const MetricSpec& spec, PeopleAsked& asked) {
    auto quality = qualities_.Read(store_, run_.project, *spec.queue, *spec.quality, as_of_);
    if (!quality && quality.error().code == ErrorCode::kResourceExhausted) {
      asked.problem = "queue \"" + *spec.queue + "\": " + quality.error().message;
      return {};
    }
    if (!quality) return Fail(quality.error());
    asked.problem = WhatQualityLacks(*quality, *spec.quality, *spec.queue);
    asked.quality = *std::move(quality);
    return {};
  }

  // People are asked of a sample that was drawn by chance: the other cases are none of the metric's. One that was drawn
  // and is not settled is missing, and counts as the worst and the best that it could be.
  Status LoadSaid(std::size_t metric, const HumanEvidence& people) {
    return store_.ReadTrialColumns(run_.key, [&](const TrialColumns& trial) {
      const auto found = people.trials.find(trial.ordinal);
      if (found == people.trials.end() && (!HasResponse(trial) || !people.is_whole))
        return;  // it might have been drawn: an error here too
      const HumanTrial said =
          found == people.trials.end() ? HumanTrial{.status = ScoreStatus::kNotApplicable} : found->second;
      Keep(observations_.AddScore(metric, trial.ordinal, trial.trial, said.status, said.score.value, said.score.pass));
    });
  }

  std::string WhyNoSample(std::size_t metric, const HumanEvidence& people) const {
    const std::string queue = "queue \"" + *metrics_[metric].queue + "\"";
    if (revised_.contains(metric)) {
      return "people have scored answers of the run in place of grader \"" + *metrics_[metric].grader +
             "\": which ones may depend on what " + queue + " drew";
    }
    if (people.is_whole && !people.chance)
      return "it is not known with which chance " + queue +
             " drew the answers that people are asked of, or that changed between the offers of the run";
    return "";
  }

  // A case without a value of the grader, or that was drawn and is not settled, is missing; its own value is what is
  // known of it, what people said before what the grader does.
  Status LoadSample(std::size_t metric, const HumanEvidence& people) {
    std::vector<SampledCase>& cases = sampled_[metric];
    cases.resize(static_cast<std::size_t>(run_.cases));
    const bool is_known = people.is_whole && people.chance;
    ASSAY_TRY(store_.ReadTrialColumns(run_.key, [&](const TrialColumns& trial) {
      const auto place = PlaceOf(trial.ordinal, trial.trial);
      if (!place) return;
      SampledCase& each = cases[*place];
      const auto found = people.trials.find(trial.ordinal);
      const bool is_drawn = found != people.trials.end();
      if (HasResponse(trial) || is_drawn)
        each.asked = !is_known ? AskedOfPeople::kUnknown : is_drawn ? AskedOfPeople::kYes : AskedOfPeople::kNo;
      if (is_drawn && found->second.status == ScoreStatus::kScored) each.said = *found->second.score.value;
      if (!observations_.Asks(metric, static_cast<std::size_t>(trial.ordinal)) || std::isnan(each.judged))
        return;  // as the trial ended
      const bool is_settled = is_known && (!is_drawn || !std::isnan(each.said));
      const auto known = std::isnan(each.said) ? each.judged : each.said;
      Keep(observations_.AddScore(metric, trial.ordinal, trial.trial,
                                  is_settled ? ScoreStatus::kScored : ScoreStatus::kUnscored, known, std::nullopt));
    }));
    return observations_.SetSample(metric, PeopleSample(is_known ? *people.chance : 1, std::move(cases)));
  }

  Store::TrialColumnSet ColumnsNeeded() const {
    const auto needs_usage = [](const MetricSpec& metric) {
      return !IsOfScores(metric.source) && metric.source != MetricSource::kLatencyMs;
    };
    return std::ranges::any_of(metrics_, needs_usage) ? Store::TrialColumnSet::kAll : Store::TrialColumnSet::kOutcomes;
  }

  static bool HasResponse(const TrialColumns& trial) { return trial.latency_us || trial.is_cached; }

  Status LoadTrials() {
    if (statuses_ != nullptr) statuses_->assign(is_graded_.size(), std::nullopt);
    ASSAY_TRY(store_.ReadTrialColumns(
        run_.key,
        [&](const TrialColumns& trial) {
          Keep(observations_.AddOrigin(trial.ordinal, OriginOf(trial)));
          for (std::size_t i = 0; i < metrics_.size() && IsMeasured(trial); ++i) {
            if (IsOfScores(metrics_[i].source)) continue;
            if (const auto value = Measured(metrics_[i].source, trial)) {
              Keep(observations_.AddScore(i, trial.ordinal, trial.trial, ScoreStatus::kScored, value, std::nullopt));
            } else if (trial.status == TrialStatus::kScored) {  // answered, but the endpoint does not report this
              Keep(observations_.AddScore(i, trial.ordinal, trial.trial, ScoreStatus::kUnscored, std::nullopt,
                                          std::nullopt));
            }
          }
          Keep(observations_.AddTrial(trial.ordinal, trial.trial, trial.status));
          const auto place = PlaceOf(trial.ordinal, trial.trial);
          if (statuses_ != nullptr && place) (*statuses_)[*place] = trial.status;
        },
        ColumnsNeeded()));
    return failure_;
  }

  std::optional<std::size_t> PlaceOf(std::int64_t ordinal, int trial) const {
    const auto place = static_cast<std::size_t>(ordinal * run_.trials + trial);
    return place < is_graded_.size() ? std::optional(place) : std::nullopt;
  }

  // An answer that counts as none has no scores, and its times and costs are not those of an answer.
  bool IsMeasured(const TrialColumns& trial) const {
    if (trial.status != TrialStatus::kError) return true;
    const auto place = PlaceOf(trial.ordinal, trial.trial);
    return place && is_graded_[*place];
  }

  void Keep(Status status) {
    if (!status && failure_) failure_ = std::move(status);
  }

  Store& store_;
  const RunRecord& run_;
  const SuiteSpec& suite_;
  TrialStatuses* const statuses_;
  const Time as_of_;
  PeopleQualities& qualities_;
  std::string held_by_;
  const std::vector<MetricSpec> metrics_;
  std::map<std::size_t, std::vector<SampledCase>> sampled_;  // by metric that people correct
  std::set<std::size_t> revised_;                            // of these
  std::vector<PeopleAsked> asked_;
  SuiteObservations observations_;
  std::vector<bool> is_graded_;  // by trial: whether there are scores of it
  std::vector<bool> is_due_;     // by trial: the run was interrupted before all its graders were asked
  Status failure_;
};

// What a run and those whose answers it took over have in common.
struct Lineage {
  // No answer was given before: when the first run started, less the lifetime of cached answers where there are any.
  // Absent when it is not known of one of them.
  std::optional<Time> oldest = {};
  std::optional<double> cost_usd = {};
  double unanswered_usd = 0;
  std::int64_t answers_without_cost = 0;
  std::int64_t answers_cached = 0;
};

// Adds a run; `is_oldest_known` says whether that of those before is.
void AddRun(const RunRecord& run, const SuiteSpec& suite, bool is_oldest_known, Lineage& lineage) {
  if (run.started && is_oldest_known) {
    const Time first = run.answers_cached > 0 ? *run.started - suite.cache.ttl : *run.started;
    lineage.oldest = lineage.oldest ? std::min(*lineage.oldest, first) : first;
  } else {
    lineage.oldest.reset();
  }
  if (run.cost_usd) lineage.cost_usd = lineage.cost_usd.value_or(0) + *run.cost_usd;
  lineage.unanswered_usd += run.unanswered_usd;
  lineage.answers_without_cost += run.answers_without_cost;
  lineage.answers_cached += run.answers_cached;
}

Result<Lineage> LineageOf(Store& store, const RunRecord& run, const SuiteSpec& suite) {
  Lineage lineage;
  RunRecord one = run;
  for (bool is_first = true;; is_first = false) {
    AddRun(one, suite, is_first || lineage.oldest, lineage);
    if (one.retry_of.empty()) return lineage;
    auto earlier = store.GetRun(one.project, one.retry_of);
    if (!earlier && earlier.error().code == ErrorCode::kNotFound) {
      lineage.oldest.reset();
      lineage.unanswered_usd = std::numeric_limits<double>::infinity();
      return lineage;
    }
    if (!earlier) return Fail(earlier.error());
    one = *std::move(earlier);
  }
}

}  // namespace

Result<SuiteEvidence> LoadEvidence(Store& store, const RunRecord& run, const SuiteSpec& suite, TrialStatuses* statuses,
                                   Time as_of, PeopleQualities* qualities) {
  if (run.deleted) return Fail(ErrorCode::kFailedPrecondition, "run " + run.id + " is deleted");
  PeopleQualities own;
  Loader loader(store, run, suite, statuses, as_of, qualities == nullptr ? own : *qualities);
  auto observations = loader.Load();
  if (!observations) return Fail(observations.error());
  ASSAY_ASSIGN(const Lineage lineage, LineageOf(store, run, suite));
  ASSAY_ASSIGN(JudgesOfRun judges, CalibrationsOf(store, run));
  return SuiteEvidence{.suite = run.suite,
                       .suite_version = run.suite_version,
                       .dataset_version = run.snapshot_digest,
                       .cases_digest = CasesDigestOf(run),
                       .graders = VersionsOf(run.graders),
                       .run = run.id,
                       .state = run.state,
                       .cause = run.error,
                       .counts = run.counts,
                       .cost_usd = lineage.cost_usd,
                       .answers_without_cost = lineage.answers_without_cost,
                       .unanswered_usd = lineage.unanswered_usd,
                       .answers_cached = lineage.answers_cached,
                       .dataset_cases = run.cases,
                       .repeated_cases = RepeatedCasesOf(run),
                       .started = run.started,
                       .oldest = lineage.oldest,
                       .held_by = loader.held_by(),
                       .observations = *std::move(observations),
                       .judges = std::move(judges.judges),
                       .sentinels = std::move(judges.answers),
                       .people = loader.TakePeople()};
}

Result<std::optional<Time>> OldestAnswer(Store& store, const RunRecord& run, const SuiteSpec& suite) {
  ASSAY_ASSIGN(const Lineage lineage, LineageOf(store, run, suite));
  return lineage.oldest;
}

namespace {

// Rows are read with all that is in them, so that a few are at a time.
Status ReadIds(Store& store, SnapshotKey snapshot, std::map<std::int64_t, std::string>& ids) {
  constexpr std::size_t kAtOnce = 1000;
  for (auto at = ids.begin(); at != ids.end();) {
    std::vector<std::int64_t> ordinals;
    for (; at != ids.end() && ordinals.size() < kAtOnce; ++at) ordinals.push_back(at->first);
    ASSAY_ASSIGN(const std::vector<Case> cases, store.ReadCases(snapshot, ordinals));
    for (const Case& item : cases) ids[item.ordinal] = item.id;
  }
  return {};
}

}  // namespace

Status NameWorstCases(Store& store, const std::vector<RunRecord>& runs, Verdict& verdict) {
  for (const RunRecord& run : runs) {
    std::map<std::int64_t, std::string> ids;
    for (const RuleOutcome& rule : verdict.rules) {
      for (const RulePart& part : rule.parts) {
        if (part.suite != run.suite) continue;
        for (const WorstCase& worst : part.worst_cases) ids[worst.ordinal];
      }
    }
    ASSAY_TRY(ReadIds(store, run.snapshot, ids));
    for (RuleOutcome& rule : verdict.rules) {
      for (RulePart& part : rule.parts) {
        if (part.suite != run.suite) continue;
        for (WorstCase& worst : part.worst_cases) worst.id = ids[worst.ordinal];
      }
    }
  }
  return {};
}

}  // namespace assay
