#pragma once
// A rule judges numbers: it bounds what the complete data can be and says whether every completion passes or fails.
// What that means while a run is going on, or after errors, is the same for all rules and stands in decision.h.
//
// Rules are immutable and thread-safe. To add one: a file here with Make…Rule and …Kind, a line in builtin.def, a test
// data file and a section of docs/rules.md.

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/bound_method.h"
#include "config/node.h"
#include "config/plugin_kind.h"
#include "core/clock.h"
#include "core/result.h"
#include "gates/judge_calibration.h"
#include "gates/observations.h"
#include "gates/verdict.h"

namespace assay {

class PartMemory;
struct SuiteEvidence;

// The runs that the cases are of, and when they are judged: for rules that ask of a run as a whole.
struct RunFacts {
  const SuiteEvidence* run = nullptr;
  const SuiteEvidence* baseline = nullptr;  // of gates with a baseline
  Time now{};
};

// The cases that a rule is asked about.
struct PartInput {
  const SuiteObservations& suite;
  std::optional<std::size_t> metric;     // index into suite.metrics(); absent for rules on no metric
  std::span<const std::uint32_t> cases;  // ordinals
  double confidence = 0.95;              // one-sided, in (0.5, 1)
  bool run_ended = false;                // trials that are not accounted for will never come
  // The same cases as the baseline answered them; null pointer for rules that compare with none.
  const SuiteObservations* baseline = nullptr;
  // The confidence that FAIL needs, where it is another: of one of several parts of a rule, or at a second attempt.
  std::optional<double> fail_confidence = {};
  RunFacts facts = {};
  // Of rules that name metrics themselves: these, in their order (Rule::MetricNames). Then `metric` is absent.
  std::span<const std::size_t> named = {};
  std::optional<BoundMethod> method = {};  // that the rule asks for; absent: the one that is right for the data
  // Where the metric is a judge's opinion and its rate is corrected: how the judge did on sentinels, and in the run of
  // the baseline. Of rules that name metrics: one each in their order, null pointers among them.
  const JudgeCalibration* judge = nullptr;
  const JudgeCalibration* baseline_judge = nullptr;
  std::span<const JudgeCalibration* const> named_judges = {};
  std::size_t most_worst_cases = RulePart::kMaxWorstCases;  // more where somebody asks for all of them
  PartMemory* memory = nullptr;  // of the metric on these cases (part_memory.h), where other rules ask of them too

  // Needs a metric.
  const MetricShape& shape() const { return suite.metrics()[*metric]; }
  CaseTally TallyOf(std::uint32_t ordinal) const { return suite.Tallies(*metric)[ordinal]; }
  CaseTally BaselineTallyOf(std::uint32_t ordinal) const { return baseline->Tallies(*metric)[ordinal]; }
};

// How trials that ended in errors are counted: as what helps the candidate most, those of a baseline at their worst, or
// least. Other missing trials are always unknown.
enum class ErrorsAs { kUnknown, kBest, kWorst };

// What holds whatever the unknown trials would have been.
struct Finding {
  bool passes = false;  // every completion of the data passes
  bool fails = false;   // every completion fails
  // The bounds behind it; infinite when there is none.
  double pass_bound = -std::numeric_limits<double>::infinity();
  double fail_bound = std::numeric_limits<double>::infinity();
  std::string_view method = "";  // of the bounds
};

// The number of cases beyond which the search for `more_cases` gives up.
inline constexpr std::int64_t kMostCases = 10'000'000;

class Rule {
 public:
  virtual ~Rule() = default;

  // What its threshold is; shown in the outcome.
  virtual double threshold() const = 0;
  // What it asks for, for people: ">= 0.9", "difference >= -0.02". `shape` is of its metric; null pointer without one.
  virtual std::string Asks(const MetricShape* shape) const = 0;
  // Whether it compares with a baseline: then the input has one.
  virtual bool Compares() const { return false; }
  // Metrics that it is computed with, of rules that name them themselves. A suite without one of them has no part.
  virtual std::vector<std::string> MetricNames() const { return {}; }
  // What it makes of metrics that are a judge's opinion; as its kind says.
  virtual JudgeUse UseOfJudges() const { return JudgeUse::kCounts; }
  // Whether it bounds means, and so the mean of a metric that people correct (people_sample.h).
  virtual bool BoundsMeans() const { return false; }
  // Whether it judges each case by itself and bounds no rate, so that a single case can pass it.
  virtual bool PassesOnOneCase() const { return false; }
  // Complete runs of the same model before this one, without which it never passes.
  virtual std::int64_t EarlierRunsNeeded() const { return 0; }
  // Whether it concludes from its cases what holds for others like them: of a single one it concludes nothing.
  virtual bool ConcludesFromSample() const { return false; }
  // Why this rule cannot be computed on that metric, "" when it can.
  virtual std::string Objection(const PartInput&) const { return ""; }
  virtual Finding Find(const PartInput& input, ErrorsAs errors) const = 0;
  // Signed distance from the threshold to `bound`, positive on the good side.
  virtual double Margin(const PartInput& input, double bound) const = 0;
  // Fills estimate, shown and worst_cases, and, once the state is set, more_cases and reason for PASS, FAIL and
  // INCONCLUSIVE.
  virtual void Describe(const PartInput& input, const Finding& finding, RulePart& part) const = 0;
};

// The rule of `kind` with the value under its key. kInvalidArgument says what is wrong; kNotFound for an unknown kind.
Result<std::unique_ptr<Rule>> MakeRule(const std::string& kind, const Node& option);

// The first diagnostic as an error, for the Make…Rule functions.
Error OptionError(const std::string& kind, const Diagnostics& diagnostics);

}  // namespace assay
