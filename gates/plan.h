#pragma once
// What a gate can decide with the cases at hand, before any of them is run: a rule that nothing could pass, or nothing
// could fail, is found before it costs anything. Pure functions, thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/fields.h"
#include "config/gate.h"
#include "core/clock.h"
#include "gates/judge_calibration.h"
#include "gates/looks.h"
#include "gates/observations.h"

namespace assay {

// What the numbers of a minimum detectable effect are of.
enum class EffectUnit {
  kNone,
  kRate,         // of cases that pass
  kMean,         // of values
  kDifference,   // candidate less baseline, of rates or means
  kDeviations,   // distances from what is asked, in standard deviations of the values, or of their differences
  kShareWithin,  // of the cases that a quantile or a floor asks for
  kNewFailures,  // of cases that only the baseline passes
  kExpression,   // over several metrics
};
template <>
struct EnumWords<EffectUnit> {
  static constexpr EnumWord<EffectUnit> kWords[] = {
      {"none", EffectUnit::kNone, "there is no effect to speak of"},
      {"rate", EffectUnit::kRate, "of cases that pass"},
      {"mean", EffectUnit::kMean, "of values"},
      {"difference", EffectUnit::kDifference, "candidate less baseline"},
      {"deviations", EffectUnit::kDeviations, "from what is asked, in standard deviations"},
      {"share_within", EffectUnit::kShareWithin, "of cases that are as good as is asked"},
      {"new_failures", EffectUnit::kNewFailures, "share of cases that only the baseline passes"},
      {"expression", EffectUnit::kExpression, "of the expression"}};
};

// How the values of a metric vary, as far as that is known before a run.
struct MetricSpread {
  bool is_graded = false;  // values between 0 and 1 and not only these
  // Of stored trials, where there are any; else a plan says what it assumes.
  std::optional<double> mean = {};
  std::optional<double> deviation = {};     // of the values of cases
  std::optional<double> intracluster = {};  // the correlation of two cases of a cluster
  std::string source = {};                  // for people: "run 0192..."
  // Of two stored runs, whose differences are those that a comparison is planned with.
  std::optional<double> discordance = {};  // by how much the values of a case differ in the mean: of passes and
                                           // failures the share of the cases that only one of them passes
  std::optional<double> difference_deviation = {};  // the standard deviation of these differences
  std::string pair = {};                            // for people: which two
};

// What is asked of people.
struct PlannedPeople {
  std::string metric = {};
  std::string queue = {};
  double chance = 1;  // with which a case is drawn
  int people = 1;     // that judge one item
};

// A judge at its best is right on every sentinel.
JudgeCalibration PerfectJudge(std::string grader, std::int64_t passes, std::int64_t fails);

// What a stored run took, by trial.
struct StoredUse {
  double tokens = 0;               // in and out
  std::optional<double> usd = {};  // absent where not every answer has a cost
  std::string source = {};         // for people: "run 0192..."
};

// A suite without scores: its cases and slices, and as left out those that a metric does not ask.
struct PlannedSuite {
  std::string name;
  SuiteObservations cases;  // of a metric that people correct with a sample that says with which chance they are asked
  std::vector<JudgeCalibration> judges = {};  // of graders with sentinels: their numbers; planned as always right
  std::vector<MetricSpread> spreads = {};     // by metric; those that are missing are passes and failures
  std::vector<PlannedPeople> people = {};
  std::optional<std::int64_t> earlier_runs = {};  // complete ones of the same model; absent: not known
  std::optional<Duration> run_time = {};          // how long the newest of them took
  std::optional<StoredUse> use = {};              // what the newest of them took otherwise
};

// One rule on one suite, or on one value of one slice of it.
struct PartPlan {
  static constexpr double kPower = 0.8;             // of passes_from and fails_to
  static constexpr double kDiscordance = 0.1;       // assumed of comparisons of passes and failures
  static constexpr double kIntracluster = 0.1;      // assumed of cases in clusters
  static constexpr double kGradedShare = 0.25;      // variance of graded values, of the greatest that there can be
  static constexpr double kGradedDifference = 0.2;  // deviation of differences of graded values
  static constexpr std::int64_t kMostPlannedTrials = 200'000;  // beyond which cases_to_pass gives up

  std::string suite;
  std::string slice;  // "" when the rule has no `by`
  std::string slice_value;
  std::int64_t cases = 0;
  std::optional<std::int64_t> clusters = {};  // of suites whose cases come in clusters
  std::string problem = {};                   // why the rule cannot be computed there; nothing below is set then
  bool is_error = false;                      // what `problem` makes of every check
  bool can_pass = false;                      // with the best data that could come
  bool can_fail = false;                      // with the worst
  // The fewest of the best data, in clusters as they are there; absent when that is not known.
  std::optional<std::int64_t> cases_to_pass = {};
  std::int64_t earlier_runs = 0;  // without which it cannot pass
  std::string warning = {};       // why it cannot pass, or fail, where that is no matter of the number of cases
  std::string needs = {};         // for people, where the number of cases is not what it takes: "8 earlier runs"
  // The minimum detectable effect: the truth from which on the rule passes in kPower of checks, and down to which it
  // fails in as many (up to and down from, for a ceiling; at most and at least, of a difference either way). Of single
  // passes and failures exact, and of comparisons of up to 300 of them; else by what the rule says of made-up data that
  // vary as `assumes` says, and by the normal approximation of how the mean of such data varies.
  EffectUnit unit = EffectUnit::kNone;
  std::optional<double> passes_from = {};
  std::optional<double> fails_to = {};
  std::optional<double> detects = {};  // from what the rule asks for to fails_to; never negative
  std::string no_pass = {};            // in words, exactly where passes_from is absent
  std::string no_fail = {};            // likewise
  std::string assumes = {};            // what both rest on beside the cases, for people
  std::string basis = {};   // the stored run that it was planned with: "run 0192..."; "" where all is assumed
  std::string remark = {};  // what else there is to know
};

struct RulePlan {
  std::string rule;
  std::string kind;
  std::string metric;
  std::string asks;
  bool blocking = true;
  std::vector<PartPlan> parts;
  std::string problem = {};  // why it has no parts
};

// When a check of the gate on these suites looks at its rules.
Looks LooksAt(const GateSpec& gate, const std::vector<PlannedSuite>& suites);

// For people: what is wrong with the gate as a whole, though it can be decided.
std::vector<std::string> WarningsOf(const GateSpec& gate, const std::vector<PlannedSuite>& suites);

// What the last look can decide, in the gate's order; with `max_n` the suites have these cases only. O(cases x rules),
// and some dozens of times what a rule takes for the search of cases_to_pass.
std::vector<RulePlan> PlanGate(const GateSpec& gate, const std::vector<PlannedSuite>& suites);

}  // namespace assay
