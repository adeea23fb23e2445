#include "gates/rehearsal.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace assay {
namespace {

// The clusters of so many cases, if the ones that are there are repeated.
std::vector<std::uint32_t> RepeatedClusters(const std::vector<std::uint32_t>& clusters, std::int64_t cases) {
  const std::uint32_t count = *std::ranges::max_element(clusters) + 1;
  std::vector<std::uint32_t> repeated;
  for (std::size_t i = 0; i < static_cast<std::size_t>(cases); ++i) {
    const auto round = static_cast<std::uint32_t>(i / clusters.size());
    repeated.push_back(clusters[i % clusters.size()] + round * count);
  }
  return repeated;
}

SuiteObservations Unscored(std::vector<MetricShape> shapes, int trials, const std::vector<std::uint32_t>& clusters,
                           std::int64_t cases) {
  SuiteObservations suite = SuiteObservations::Make(cases, trials, std::move(shapes), {}).value_or(SuiteObservations());
  if (!clusters.empty()) static_cast<void>(suite.SetClusters(RepeatedClusters(clusters, cases)));
  return suite;
}

// Cases from `first` on have the value in every trial.
void FillCases(SuiteObservations& suite, std::size_t metric, std::int64_t first, std::int64_t end, double value) {
  for (std::int64_t ordinal = first; ordinal < end; ++ordinal) {
    for (int trial = 0; trial < suite.trials(); ++trial)
      static_cast<void>(suite.AddScore(metric, ordinal, trial, ScoreStatus::kScored, value, value == 1));
  }
}

SuiteObservations Filled(const MetricShape& shape, int trials, const std::vector<std::uint32_t>& clusters,
                         std::int64_t cases, std::int64_t ones, double value, double otherwise) {
  SuiteObservations suite = Unscored({shape}, trials, clusters, cases);
  FillCases(suite, 0, 0, ones, value);
  FillCases(suite, 0, ones, cases, otherwise);
  return suite;
}

// As many cases as chance draws on average, evenly among the others.
void SampleEvenly(SuiteObservations& suite, double chance) {
  std::vector<SampledCase> cases(static_cast<std::size_t>(suite.cases()));
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const double value = suite.Tallies(0)[i].sum;
    const bool is_drawn = std::floor(chance * static_cast<double>(i + 1)) > std::floor(chance * static_cast<double>(i));
    cases[i] = {.judged = value,
                .said = is_drawn ? value : kNotSaid,
                .asked = is_drawn ? AskedOfPeople::kYes : AskedOfPeople::kNo};
  }
  static_cast<void>(suite.SetSample(0, PeopleSample(chance, std::move(cases))));
}

double OfOnePart(double confidence, std::size_t parts) { return 1 - (1 - confidence) / static_cast<double>(parts); }

}  // namespace

Rehearsal::Rehearsal(const Rule& rule, const RuleSpec& spec, const MetricShape& shape, int trials, std::size_t parts,
                     std::vector<std::uint32_t> clusters, const JudgeCalibration* judge, std::optional<double> chance)
    : rule_(rule),
      shape_(shape),
      judge_(judge),
      chance_(chance),
      trials_(trials),
      clusters_(std::move(clusters)),
      method_(spec.method),
      confidence_(spec.confidence),
      fail_confidence_(OfOnePart(spec.confidence, parts)),
      is_to_be_better_(spec.kind == "superior") {}

bool Rehearsal::CanPass(std::int64_t cases) const {
  return std::ranges::any_of(Best(), [&](const Fill& fill) { return FindOn(cases, fill, confidence_).passes; });
}

bool Rehearsal::CanFail(std::int64_t cases) const {
  return std::ranges::any_of(Extremes(), [&](const Fill& fill) { return FindOn(cases, fill, fail_confidence_).fails; });
}

bool Rehearsal::PassesWith(std::int64_t passing, std::int64_t cases) const {
  return FindWith(passing, cases, confidence_).passes;
}

bool Rehearsal::FailsWith(std::int64_t passing, std::int64_t cases) const {
  return FindWith(passing, cases, fail_confidence_).fails;
}

bool Rehearsal::PassesOn(const Disagreements& disagreements, std::int64_t cases) const {
  return FindOn(disagreements, cases, confidence_).passes;
}

bool Rehearsal::FailsOn(const Disagreements& disagreements, std::int64_t cases) const {
  return FindOn(disagreements, cases, fail_confidence_).fails;
}

// The best and the worst there could be; which is which depends on the rule.
std::vector<Rehearsal::Fill> Rehearsal::Extremes() const {
  if (shape_.range == MetricRange::kUnit) return {{1, 1}, {0, 0}, {1, 0}, {0, 1}};
  const double threshold = rule_.threshold();
  const double beyond = 2 * std::abs(threshold) + 1;
  if (rule_.Compares()) return {{0, 0}, {beyond, 0}, {0, beyond}};
  return {{threshold, 0}, {threshold + beyond, 0}, {threshold - beyond, 0}};
}

// A candidate that is not to be worse, or to be the same, is at its best the baseline again; one that beats it in
// every case would need few cases, and is no plan.
std::vector<Rehearsal::Fill> Rehearsal::Best() const {
  if (!rule_.Compares() || is_to_be_better_) return Extremes();
  if (shape_.range == MetricRange::kUnit) return {{1, 1}, {0, 0}};
  return {{0, 0}};
}

Finding Rehearsal::FindOn(std::int64_t cases, const Fill& fill, double confidence) const {
  return Find(Filled(shape_, trials_, clusters_, cases, cases, fill.candidate, 0),
              Filled(shape_, trials_, clusters_, cases, cases, fill.baseline, 0), confidence);
}

Finding Rehearsal::FindWith(std::int64_t passing, std::int64_t cases, double confidence) const {
  return Find(Filled(shape_, trials_, clusters_, cases, passing, 1, 0),
              Filled(shape_, trials_, clusters_, cases, cases, 1, 0), confidence);
}

// The cases that only the baseline passes come first, then those that only the candidate does.
Finding Rehearsal::FindOn(const Disagreements& disagreements, std::int64_t cases, double confidence) const {
  const std::int64_t losses = disagreements.only_baseline;
  SuiteObservations baseline = Unscored({shape_}, trials_, clusters_, cases);
  FillCases(baseline, 0, 0, losses, 1);
  FillCases(baseline, 0, losses, losses + disagreements.only_candidate, 0);
  FillCases(baseline, 0, losses + disagreements.only_candidate, cases, 1);
  return Find(Filled(shape_, trials_, clusters_, cases, losses, 0, 1), baseline, confidence);
}

bool Rehearsal::PassesOn(std::span<const double> candidate, std::span<const double> baseline) const {
  return FindOn(candidate, baseline, confidence_).passes;
}

bool Rehearsal::FailsOn(std::span<const double> candidate, std::span<const double> baseline) const {
  return FindOn(candidate, baseline, fail_confidence_).fails;
}

Finding Rehearsal::FindOn(std::span<const double> candidate, std::span<const double> baseline,
                          double confidence) const {
  return Find(Valued(candidate), rule_.Compares() ? Valued(baseline) : SuiteObservations(), confidence);
}

SuiteObservations Rehearsal::Valued(std::span<const double> values) const {
  const std::int64_t cases = std::ssize(values);
  SuiteObservations suite = Unscored({shape_}, trials_, clusters_, cases);
  for (std::int64_t i = 0; i < cases; ++i) FillCases(suite, 0, i, i + 1, values[static_cast<std::size_t>(i)]);
  return suite;
}

Finding Rehearsal::Find(SuiteObservations candidate, SuiteObservations baseline, double confidence) const {
  if (chance_) {
    SampleEvenly(candidate, *chance_);
    SampleEvenly(baseline, *chance_);
  }
  const std::vector<std::uint32_t> all = AllCases(candidate);
  PartInput input{.suite = candidate, .metric = 0, .cases = all, .confidence = confidence, .run_ended = true};
  if (rule_.Compares()) input.baseline = &baseline;
  input.method = method_;
  input.judge = judge_;
  if (rule_.Compares()) input.baseline_judge = judge_;
  return rule_.Find(input, ErrorsAs::kUnknown);
}

ExpressionRehearsal::ExpressionRehearsal(const Rule& rule, const RuleSpec& spec, const PartQuestion& question,
                                         std::size_t parts, std::vector<std::uint32_t> clusters)
    : rule_(rule),
      question_(question),
      clusters_(std::move(clusters)),
      confidence_(spec.confidence),
      fail_confidence_(OfOnePart(spec.confidence, parts)) {
  for (const std::size_t metric : question.metrics.named) {
    shapes_.push_back(question.suite->metrics()[metric]);
    const auto asked = std::ranges::count_if(
        question.cases, [&](std::uint32_t ordinal) { return question.suite->Asks(metric, ordinal); });
    asked_.push_back(static_cast<double>(asked) / static_cast<double>(std::max<std::size_t>(question.cases.size(), 1)));
  }
}

std::string ExpressionRehearsal::Objection() const {
  const auto is_unbounded = [](const MetricShape& shape) { return shape.range == MetricRange::kUnbounded; };
  const auto unbounded = std::ranges::find_if(shapes_, is_unbounded);
  if (unbounded != shapes_.end())
    return "\"" + unbounded->name + "\" has no bounds: how many cases it takes depends on how much it varies";
  if (shapes_.size() > kMostMetrics)
    return "over more than " + std::to_string(kMostMetrics) + " metrics: how many cases it takes is not tried";
  return "";
}

bool ExpressionRehearsal::CanPass(std::int64_t cases) const { return AnyCorner(cases, confidence_, &Finding::passes); }

bool ExpressionRehearsal::CanFail(std::int64_t cases) const {
  return AnyCorner(cases, fail_confidence_, &Finding::fails);
}

std::optional<std::vector<double>> ExpressionRehearsal::PassingCorner(std::int64_t cases) const {
  return FarthestCorner(cases, confidence_, &Finding::passes);
}

std::optional<std::vector<double>> ExpressionRehearsal::FailingCorner(std::int64_t cases) const {
  return FarthestCorner(cases, fail_confidence_, &Finding::fails);
}

bool ExpressionRehearsal::PassesOn(const std::vector<std::vector<double>>& values, std::int64_t cases) const {
  return FindOn(values, cases, confidence_).passes;
}

bool ExpressionRehearsal::FailsOn(const std::vector<std::vector<double>>& values, std::int64_t cases) const {
  return FindOn(values, cases, fail_confidence_).fails;
}

std::optional<double> ExpressionRehearsal::ValueOn(const std::vector<std::vector<double>>& values,
                                                   std::int64_t cases) const {
  RulePart part;
  FindOn(values, cases, confidence_, &part);
  return part.estimate.value;
}

std::int64_t ExpressionRehearsal::AskedOf(std::size_t metric, std::int64_t cases) const {
  return static_cast<std::int64_t>(std::llround(asked_[metric] * static_cast<double>(cases)));
}

Finding ExpressionRehearsal::FindOn(const std::vector<std::vector<double>>& values, std::int64_t cases,
                                    double confidence, RulePart* described) const {
  SuiteObservations suite = Unscored(shapes_, question_.suite->trials(), clusters_, cases);
  for (std::size_t metric = 0; metric < shapes_.size(); ++metric) {
    const std::int64_t asked = std::ssize(values[metric]);
    for (std::int64_t i = 0; i < asked; ++i)
      FillCases(suite, metric, i, i + 1, values[metric][static_cast<std::size_t>(i)]);
    for (std::int64_t ordinal = asked; ordinal < cases; ++ordinal) {
      for (int trial = 0; trial < suite.trials(); ++trial)
        static_cast<void>(suite.AddScore(metric, ordinal, trial, ScoreStatus::kNotApplicable, {}, {}));
    }
  }
  std::vector<std::size_t> named(shapes_.size());
  std::iota(named.begin(), named.end(), std::size_t{0});
  const std::vector<std::uint32_t> all = AllCases(suite);
  PartInput input{.suite = suite, .metric = {}, .cases = all, .confidence = confidence, .run_ended = true};
  input.named = named;
  input.named_judges = question_.opinion.named_judges;
  Finding finding = rule_.Find(input, ErrorsAs::kUnknown);
  if (described != nullptr) rule_.Describe(input, finding, *described);
  return finding;
}

std::vector<std::vector<double>> ExpressionRehearsal::CornerValues(std::uint32_t corner, std::int64_t cases) const {
  std::vector<std::vector<double>> values;
  for (std::size_t metric = 0; metric < shapes_.size(); ++metric) {
    values.emplace_back(static_cast<std::size_t>(AskedOf(metric, cases)), (corner >> metric & 1u) != 0 ? 1.0 : 0.0);
  }
  return values;
}

bool ExpressionRehearsal::AnyCorner(std::int64_t cases, double confidence, bool Finding::*holds) const {
  for (std::uint32_t corner = 0; corner < 1u << shapes_.size(); ++corner) {
    if (FindOn(CornerValues(corner, cases), cases, confidence).*holds) return true;
  }
  return false;
}

std::optional<std::vector<double>> ExpressionRehearsal::FarthestCorner(std::int64_t cases, double confidence,
                                                                       bool Finding::*holds) const {
  std::optional<std::uint32_t> farthest;
  double distance = -1;
  for (std::uint32_t corner = 0; corner < 1u << shapes_.size(); ++corner) {
    RulePart part;
    if (!(FindOn(CornerValues(corner, cases), cases, confidence, &part).*holds)) continue;
    const double here = std::abs(part.estimate.value.value_or(rule_.threshold()) - rule_.threshold());
    if (here <= distance) continue;
    distance = here;
    farthest = corner;
  }
  if (!farthest) return std::nullopt;
  std::vector<double> values;
  for (std::size_t metric = 0; metric < metrics(); ++metric) values.push_back((*farthest >> metric & 1u) != 0 ? 1 : 0);
  return values;
}

}  // namespace assay
