#pragma once
// Rules asked on data that is made up, for plans (plan.h): what the best and the worst answers would come to. Private
// to gates/.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/gate.h"
#include "gates/observations.h"
#include "gates/rule_parts.h"
#include "gates/rules/rule.h"

namespace assay {

// Of a comparison of passes and failures: cases that only one of the models passes. All others are passed by both.
struct Disagreements {
  std::int64_t only_candidate = 0;
  std::int64_t only_baseline = 0;
};

// A rule on one metric, with numbers of cases that are made up. What it is made of outlives it.
class Rehearsal {
 public:
  // `parts` is the number of parts of the rule, which a FAIL of one is held against (fail_levels.h): at the level of
  // the first. `clusters` are those of the part's cases, numbered in the order in which they appear; empty without.
  // `judge`: whose opinion the metric is, where that is corrected. `chance`: with which cases are drawn that people are
  // asked of, where they correct it; they say what the grader does.
  Rehearsal(const Rule& rule, const RuleSpec& spec, const MetricShape& shape, int trials, std::size_t parts,
            std::vector<std::uint32_t> clusters, const JudgeCalibration* judge, std::optional<double> chance);

  bool CanPass(std::int64_t cases) const;
  bool CanFail(std::int64_t cases) const;
  // Of pass/fail data: `passing` of the cases pass.
  bool PassesWith(std::int64_t passing, std::int64_t cases) const;
  bool FailsWith(std::int64_t passing, std::int64_t cases) const;
  // Of a rule that compares pass/fail data.
  bool PassesOn(const Disagreements& disagreements, std::int64_t cases) const;
  bool FailsOn(const Disagreements& disagreements, std::int64_t cases) const;
  // On these values of the cases, in the order of the part's; `baseline` is not asked of a rule that does not compare.
  bool PassesOn(std::span<const double> candidate, std::span<const double> baseline) const;
  bool FailsOn(std::span<const double> candidate, std::span<const double> baseline) const;

  double confidence() const { return confidence_; }
  double fail_confidence() const { return fail_confidence_; }
  const std::vector<std::uint32_t>& clusters() const { return clusters_; }

 private:
  // Every case of the candidate has one value, and every one of the baseline another.
  struct Fill {
    double candidate;
    double baseline;
  };

  std::vector<Fill> Extremes() const;
  std::vector<Fill> Best() const;
  Finding FindOn(std::int64_t cases, const Fill& fill, double confidence) const;
  Finding FindWith(std::int64_t passing, std::int64_t cases, double confidence) const;
  Finding FindOn(const Disagreements& disagreements, std::int64_t cases, double confidence) const;
  Finding FindOn(std::span<const double> candidate, std::span<const double> baseline, double confidence) const;
  SuiteObservations Valued(std::span<const double> values) const;
  Finding Find(SuiteObservations candidate, SuiteObservations baseline, double confidence) const;

  const Rule& rule_;
  const MetricShape& shape_;
  const JudgeCalibration* const judge_;
  const std::optional<double> chance_;
  const int trials_;
  const std::vector<std::uint32_t> clusters_;
  const std::optional<BoundMethod> method_;
  const double confidence_;
  const double fail_confidence_;
  const bool is_to_be_better_;
};

// Likewise a rule over several metrics, each of which is 0 in all cases or 1 in all.
class ExpressionRehearsal {
 public:
  static constexpr std::size_t kMostMetrics = 6;  // each doubles what is tried

  // `clusters` as above.
  ExpressionRehearsal(const Rule& rule, const RuleSpec& spec, const PartQuestion& question, std::size_t parts,
                      std::vector<std::uint32_t> clusters);

  // Why nothing can be said of it, "" when it can.
  std::string Objection() const;
  bool CanPass(std::int64_t cases) const;
  bool CanFail(std::int64_t cases) const;
  std::size_t metrics() const { return shapes_.size(); }
  // The value of each metric, 0 or 1 in all cases, with which it passes, or fails, the farthest from its limit; absent
  // when there are none.
  std::optional<std::vector<double>> PassingCorner(std::int64_t cases) const;
  std::optional<std::vector<double>> FailingCorner(std::int64_t cases) const;
  // Where each metric has these values, in the order of the cases that it asks.
  bool PassesOn(const std::vector<std::vector<double>>& values, std::int64_t cases) const;
  bool FailsOn(const std::vector<std::vector<double>>& values, std::int64_t cases) const;
  // What the expression comes to there; absent when nothing does.
  std::optional<double> ValueOn(const std::vector<std::vector<double>>& values, std::int64_t cases) const;
  // Of so many cases those that the metric asks.
  std::int64_t AskedOf(std::size_t metric, std::int64_t cases) const;
  const std::vector<std::uint32_t>& clusters() const { return clusters_; }

 private:
  // Asks the rule; `describes`: also for its estimate.
  Finding FindOn(const std::vector<std::vector<double>>& values, std::int64_t cases, double confidence,
                 RulePart* described = nullptr) const;
  std::vector<std::vector<double>> CornerValues(std::uint32_t corner, std::int64_t cases) const;

  bool AnyCorner(std::int64_t cases, double confidence, bool Finding::*holds) const;
  std::optional<std::vector<double>> FarthestCorner(std::int64_t cases, double confidence, bool Finding::*holds) const;

  const Rule& rule_;
  const PartQuestion& question_;
  const std::vector<std::uint32_t> clusters_;
  const double confidence_;
  const double fail_confidence_;
  std::vector<MetricShape> shapes_ = {};  // that it names
  std::vector<double> asked_ = {};        // of each the share of the cases that it asks
};

}  // namespace assay
